"""One IAM role per function, naming only what its row in `infra/functions.py` names."""

from __future__ import annotations

from infra.functions import ALL, Function, Http, Stream
from infra.stage import Stage
from infra.template.intrinsics import Json, allow, att, policy, ref, sub, when
from infra.template.queues import dead_letter_name, queue_id
from infra.template.storage import bucket_arn
from infra.template.tables import Table

READ = ["dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:Query"]
WRITE = ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
READ_OBJECTS = ["s3:GetObject", "s3:GetObjectVersion"]
WRITE_OBJECTS = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"]
CONSUME = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
FOLLOW = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]


def role(function: Function, stage: Stage, tables: list[Table]) -> Json:
    statements = [
        *_logs(function),
        *_tables(function, tables),
        *_buckets(function, stage),
        *_queues(function),
        *_stream(function, tables),
        *_secrets(function),
        *_mail(function, stage),
    ]
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": policy(
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
            ),
            "Policies": [{"PolicyName": function.name, "PolicyDocument": policy(*statements)}],
        },
    }


def named(names: tuple[str, ...], tables: list[Table]) -> list[Table]:
    """The tables a row names. Raises KeyError for a name that is no table."""
    if names == ALL:
        return tables
    by_name = {table.short_name: table for table in tables}
    return [by_name[name] for name in names]


def _logs(function: Function) -> list[Json]:
    # GetAtt Arn of a log group ends in `:*`, which is its streams.
    return [allow(["logs:CreateLogStream", "logs:PutLogEvents"], att(f"{function.logical_id}Logs"))]


def _tables(function: Function, tables: list[Table]) -> list[Json]:
    statements = []
    read = named(function.reads, tables)
    if read:
        indexes = [sub(f"${{{t.logical_id}.Arn}}/index/{index}") for t in read for index in t.index_names]
        statements.append(allow(READ, [att(t.logical_id) for t in read] + indexes))
    scanned = named(function.scans, tables)
    if scanned:
        statements.append(allow(["dynamodb:Scan"], [att(t.logical_id) for t in scanned]))
    written = named(function.writes, tables)
    if written:
        statements.append(allow(WRITE, [att(t.logical_id) for t in written]))
    return statements


def _buckets(function: Function, stage: Stage) -> list[Json]:
    reads = [sub(f"{bucket_arn(stage, bucket)}/*") for bucket in function.reads_buckets]
    writes = [sub(f"{bucket_arn(stage, bucket)}/*") for bucket in function.writes_buckets]
    # Who may not list is told 403 instead of 404 for an object that is gone, and could never call that final.
    listed = [sub(bucket_arn(stage, bucket)) for bucket in function.reads_buckets]
    statements = [allow(READ_OBJECTS, reads), allow(["s3:ListBucket"], listed)] if reads else []
    return statements + ([allow(WRITE_OBJECTS, writes)] if writes else [])


def _queues(function: Function) -> list[Json]:
    statements = []
    dead = dead_letter_name(function)
    consumed = getattr(function.trigger, "name", None)
    if consumed:
        statements.append(allow(CONSUME, att(queue_id(consumed))))
    elif dead:
        statements.append(allow(["sqs:SendMessage"], att(queue_id(dead))))
    if function.sends_to:
        statements.append(allow(["sqs:SendMessage"], [att(queue_id(name)) for name in function.sends_to]))
    return statements


def _stream(function: Function, tables: list[Table]) -> list[Json]:
    if not isinstance(function.trigger, Stream):
        return []
    table = named((function.trigger.table,), tables)[0]
    return [
        allow(FOLLOW, att(table.logical_id, "StreamArn")),
        # AWS offers no resource for this one action.
        allow(["dynamodb:ListStreams"], "*"),
    ]


def _secrets(function: Function) -> list[Json]:
    statements = []
    if function.secret:
        root = att("RootSecret", "Id")
        # Whoever deploys names the secret of the platform's own login; without one this is the root secret again.
        outside = [when("HasOidcSecret", ref("OidcSecret"), root)] if isinstance(function.trigger, Http) else []
        statements.append(allow(["secretsmanager:GetSecretValue"], [root, *outside] if outside else root))
    if function.kms:
        statements.append(allow([f"kms:{action}" for action in function.kms], att("WrappingKey")))
    return statements


def _mail(function: Function, stage: Stage) -> list[Json]:
    if not function.mail:
        return []
    identity = sub("arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${MailIdentity}")
    # ministack asks for SendEmail on no resource, where AWS asks for it on the sender's identity.
    return [allow(["ses:SendEmail"], [identity, "*"] if stage.is_embedded else identity)]
