"""The emulator's self-test: everything we lean on, so that a bad upgrade is noticed here and not in a room's test."""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from tests.e2e.stack import Stack

CAP = 30
LAMBDA_TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}


@pytest.fixture(scope="module")
def table(stack: Stack) -> Iterator[str]:
    """A table of our own, so that no room's rows are in the way."""
    name = f"self-test-{uuid.uuid4().hex[:8]}"
    dynamodb = stack.aws("dynamodb")
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    yield name
    dynamodb.delete_table(TableName=name)


def item(pk: str, sk: str = "-", **more: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}, **{k: {"S": v} for k, v in more.items()}}


def put_new(table: str, row: dict[str, Any]) -> dict[str, Any]:
    return {"Put": {"TableName": table, "Item": row, "ConditionExpression": "attribute_not_exists(pk)"}}


# --- DynamoDB ---


def test_thirty_slots_hold_against_fifty_threads(stack: Stack, table: str) -> None:
    dynamodb = stack.aws("dynamodb")

    def take(attempt: int) -> bool:
        for slot in range(CAP):
            rows = [item("DEV#a", f"SLOT#{slot:02}", owner=str(attempt)), item(f"SBX#{attempt}-{slot}")]
            try:
                dynamodb.transact_write_items(TransactItems=[put_new(table, row) for row in rows])
            except dynamodb.exceptions.TransactionCanceledException:
                continue
            return True
        return False

    with ThreadPoolExecutor(50) as pool:
        won = Counter(pool.map(take, range(50)))
    assert won == {True: CAP, False: 20}
    taken = dynamodb.query(
        TableName=table, KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "DEV#a"}}
    )
    assert taken["Count"] == CAP


def test_one_code_is_exchanged_once_under_fifty_threads(stack: Stack, table: str) -> None:
    dynamodb = stack.aws("dynamodb")
    dynamodb.put_item(TableName=table, Item=item("CODE#1"))

    def exchange(family: int) -> bool:
        update = {
            "TableName": table,
            "Key": item("CODE#1"),
            "UpdateExpression": "SET used_by = :f",
            "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(used_by)",
            "ExpressionAttributeValues": {":f": {"S": str(family)}},
        }
        try:
            dynamodb.transact_write_items(TransactItems=[{"Update": update}, put_new(table, item(f"FAM#{family}"))])
        except dynamodb.exceptions.TransactionCanceledException:
            return False
        return True

    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(exchange, range(50))) == 1


def test_repeating_a_transaction_with_its_token_does_it_once(stack: Stack, table: str) -> None:
    dynamodb, token = stack.aws("dynamodb"), uuid.uuid4().hex
    add = {
        "TableName": table,
        "Key": item("COUNT#token"),
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    for _ in range(3):
        dynamodb.transact_write_items(TransactItems=[{"Update": add}], ClientRequestToken=token)
    assert dynamodb.get_item(TableName=table, Key=item("COUNT#token"))["Item"]["n"] == {"N": "1"}


def test_a_failed_condition_returns_the_row_that_was_there(stack: Stack, table: str) -> None:
    dynamodb = stack.aws("dynamodb")
    dynamodb.put_item(TableName=table, Item=item("OLD#1", state="first"))
    with pytest.raises(ClientError) as caught:
        dynamodb.put_item(
            TableName=table,
            Item=item("OLD#1", state="second"),
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert caught.value.response["Item"]["state"] == {"S": "first"}


def test_a_cancelled_transaction_says_why_and_returns_the_row(stack: Stack, table: str) -> None:
    dynamodb = stack.aws("dynamodb")
    dynamodb.put_item(TableName=table, Item=item("OLD#2", state="first"))
    refused = put_new(table, item("OLD#2"))
    refused["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    with pytest.raises(ClientError) as caught:
        dynamodb.transact_write_items(TransactItems=[put_new(table, item("OLD#3")), refused])
    reasons = caught.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1]["Item"]["state"] == {"S": "first"}
    assert "Item" not in dynamodb.get_item(TableName=table, Key=item("OLD#3"))


def test_time_to_live_is_kept(stack: Stack) -> None:
    dynamodb = stack.aws("dynamodb")
    found = dynamodb.describe_time_to_live(TableName=stack.table("outbox"))["TimeToLiveDescription"]
    assert found["TimeToLiveStatus"] == "ENABLED"


# --- S3 ---


@pytest.fixture
def ticket(stack: Stack) -> dict[str, Any]:
    key = f"self-test/{uuid.uuid4().hex}.png"
    answer: dict[str, Any] = stack.aws("s3").generate_presigned_post(
        stack.bucket("uploads"),
        key,
        Fields={"Content-Type": "image/png"},
        Conditions=[{"Content-Type": "image/png"}, ["content-length-range", 1, 1000]],
        ExpiresIn=60,
    )
    return answer


def upload(ticket: dict[str, Any], body: bytes = b"x" * 10, **changed: str) -> int:
    fields = {**ticket["fields"], **changed}
    return requests.post(ticket["url"], data=fields, files={"file": ("f", body)}, timeout=10).status_code


def test_an_upload_with_its_ticket_is_accepted(ticket: dict[str, Any]) -> None:
    assert upload(ticket) == 204


@pytest.mark.parametrize(
    ("body", "changed", "status"),
    [
        (b"x", {"key": "self-test/other.png"}, 403),
        (b"x", {"Content-Type": "text/html"}, 403),
        (b"x" * 1001, {}, 400),
        (b"", {}, 400),
    ],
    ids=["another key", "another type", "too large", "empty"],
)
def test_an_upload_outside_its_ticket_is_refused(
    ticket: dict[str, Any], body: bytes, changed: dict[str, str], status: int
) -> None:
    assert upload(ticket, body, **changed) == status


def test_an_expired_ticket_is_refused(stack: Stack) -> None:
    s3 = stack.aws("s3")
    old = s3.generate_presigned_post(stack.bucket("uploads"), "self-test/old.png", ExpiresIn=1)
    time.sleep(2)
    assert upload(old) == 403


# --- S3 events, queues, streams, schedules: each with a function made here ---

RECORDER = """
import json, os
from botocore.session import get_session

def handler(event, context):
    text = json.dumps(event)
    records = event.get("Records", [])
    bad = [r for r in records if "poison" in json.dumps(r)]
    failed = [r.get("messageId") or r["dynamodb"]["SequenceNumber"] for r in bad]
    get_session().create_client("sqs").send_message(QueueUrl=os.environ["SEEN"], MessageBody=text)
    print("recorded")
    return {"batchItemFailures": [{"itemIdentifier": i} for i in failed[:1] if i]}
"""


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def new_role(stack: Stack, name: str, *allowed: str) -> str:
    """A function's role that may do `allowed` anywhere."""
    iam = stack.aws("iam")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(LAMBDA_TRUST))["Role"]["Arn"]
    rights = policy({"Effect": "Allow", "Action": list(allowed), "Resource": "*"})
    iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=rights)
    return arn


def test_a_role_may_do_what_its_policy_says_and_nothing_else(stack: Stack, table: str) -> None:
    name = f"self-test-{uuid.uuid4().hex[:8]}"
    iam, other = stack.aws("iam"), stack.table("accounts")
    iam.create_user(UserName=name)
    arn = f"arn:aws:dynamodb:eu-north-1:000000000000:table/{table}"
    rights = policy({"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": arn})
    iam.put_user_policy(UserName=name, PolicyName="one-table", PolicyDocument=rights)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    narrow = boto3.client(
        "dynamodb", endpoint_url=stack.aws_endpoint, region_name="eu-north-1",
        aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"],
    )  # fmt: skip
    assert "Item" not in narrow.get_item(TableName=table, Key=item("nothing"))
    for refused in (
        lambda: narrow.put_item(TableName=table, Item=item("mine")),
        lambda: narrow.get_item(TableName=other, Key={"account_id": {"S": "acc_1"}}),
    ):
        with pytest.raises(ClientError, match="not authorized"):
            refused()


class Recorder:
    """A function that notes each event it gets in a queue, and fails records that say poison."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.name = f"self-test-{uuid.uuid4().hex[:8]}"
        role = new_role(stack, self.name, "sqs:*", "dynamodb:*", "logs:*")
        self.seen = stack.aws("sqs").create_queue(QueueName=f"{self.name}-seen")["QueueUrl"]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("recorder.py", RECORDER)
        self.arn = stack.aws("lambda").create_function(
            FunctionName=self.name,
            Runtime="python3.11",
            Handler="recorder.handler",
            Role=role,
            Code={"ZipFile": packed.getvalue()},
            Environment={"Variables": {"SEEN": self.seen}},
            Layers=stack.aws("lambda")
            .get_function(FunctionName=stack.function("api"))["Configuration"]["Layers"][0]["Arn"]
            .split(),
            Timeout=20,
        )["FunctionArn"]

    def events(self) -> list[dict[str, Any]]:
        """Events noted since the last look."""
        answer = self.stack.aws("sqs").receive_message(QueueUrl=self.seen, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            self.stack.aws("sqs").delete_message(QueueUrl=self.seen, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def records(self, count: int) -> list[dict[str, Any]]:
        """Waits until that many records were seen; a record that came twice counts twice."""
        found: list[dict[str, Any]] = []

        def enough() -> bool:
            found.extend(record for event in self.events() for record in event["Records"])
            return len(found) >= count

        self.stack.eventually(enough)
        return found


@pytest.fixture
def recorder(stack: Stack) -> Iterator[Recorder]:
    made = Recorder(stack)
    yield made
    for mapping in stack.aws("lambda").list_event_source_mappings(FunctionName=made.name)["EventSourceMappings"]:
        stack.aws("lambda").delete_event_source_mapping(UUID=mapping["UUID"])
    stack.aws("lambda").delete_function(FunctionName=made.name)
    stack.aws("sqs").delete_queue(QueueUrl=made.seen)


def test_an_upload_event_names_the_key_encoded_and_its_sequencer(stack: Stack, recorder: Recorder) -> None:
    s3, bucket = stack.aws("s3"), f"{recorder.name}-bucket"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
    wanted = {"LambdaFunctionArn": recorder.arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
    )
    s3.put_object(Bucket=bucket, Key="raw/a b+ö.png", Body=b"12345")
    (record,) = recorder.records(1)
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["s3"]["object"]["key"] == "raw/a+b%2B%C3%B6.png"
    assert record["s3"]["object"]["size"] == 5
    assert record["s3"]["object"]["sequencer"]
    assert record["s3"]["bucket"]["name"] == bucket


def test_a_message_that_keeps_failing_ends_in_the_dead_letter_queue_and_the_others_do_not(
    stack: Stack, recorder: Recorder
) -> None:
    sqs = stack.aws("sqs")
    dead = sqs.create_queue(QueueName=f"{recorder.name}-dlq")["QueueUrl"]
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url = sqs.create_queue(QueueName=recorder.name, Attributes={"VisibilityTimeout": "4", "RedrivePolicy": redrive})[
        "QueueUrl"
    ]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for body in ("good", "poison", "fine"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    stack.aws("lambda").create_event_source_mapping(
        EventSourceArn=arn, FunctionName=recorder.name, BatchSize=10, FunctionResponseTypes=["ReportBatchItemFailures"]
    )

    def dead_letters() -> list[str]:
        found = sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10).get("Messages", [])
        return [message["Body"] for message in found]

    assert stack.eventually(dead_letters) == ["poison"]
    seen = Counter(r["body"] for r in recorder.records(4))
    assert seen["poison"] >= 2
    assert {"good", "fine"} <= set(seen)
    for queue in (url, dead):
        sqs.delete_queue(QueueUrl=queue)


def test_a_stream_repeats_the_record_that_failed(stack: Stack, recorder: Recorder, table: str) -> None:
    dynamodb = stack.aws("dynamodb")
    stack.aws("lambda").create_event_source_mapping(
        EventSourceArn=dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"],
        FunctionName=recorder.name,
        StartingPosition="LATEST",
        BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    seen: list[str] = []

    def see(key: str, times: int) -> None:
        def found() -> bool:
            events = recorder.events()
            seen.extend(r["dynamodb"]["Keys"]["pk"]["S"] for event in events for r in event["Records"])
            return seen.count(key) >= times

        stack.eventually(found)

    dynamodb.put_item(TableName=table, Item=item("S#1"))
    see("S#1", 1)
    dynamodb.put_item(TableName=table, Item=item("S#2-poison"))
    see("S#2-poison", 2)
    assert seen[0] == "S#1"


def test_a_schedule_fires(stack: Stack, recorder: Recorder) -> None:
    events = stack.aws("events")
    events.put_rule(Name=recorder.name, ScheduleExpression="rate(1 minute)")
    events.put_targets(Rule=recorder.name, Targets=[{"Id": "1", "Arn": recorder.arn}])
    (event,) = stack.eventually(recorder.events, seconds=90, every=1)
    assert event["source"] == "aws.events"
    assert event["detail-type"] == "Scheduled Event"
    events.remove_targets(Rule=recorder.name, Ids=["1"])
    events.delete_rule(Name=recorder.name)


def test_an_asynchronous_failure_ends_at_its_destination(stack: Stack, recorder: Recorder) -> None:
    functions, sqs = stack.aws("lambda"), stack.aws("sqs")
    lost = sqs.create_queue(QueueName=f"{recorder.name}-lost")["QueueUrl"]
    lost_arn = sqs.get_queue_attributes(QueueUrl=lost, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.update_function_configuration(FunctionName=recorder.name, Handler="recorder.absent")
    functions.put_function_event_invoke_config(
        FunctionName=recorder.name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": lost_arn}},
    )
    functions.invoke(FunctionName=recorder.name, InvocationType="Event", Payload=b'{"hello": 1}')
    messages = stack.eventually(lambda: sqs.receive_message(QueueUrl=lost).get("Messages"))
    assert json.loads(messages[0]["Body"])["requestPayload"] == {"hello": 1}
    sqs.delete_queue(QueueUrl=lost)


# --- Secrets and keys ---


def test_the_generated_secret_is_sixty_four_letters_and_digits(stack: Stack) -> None:
    value = stack.aws("secretsmanager").get_secret_value(SecretId="anslut-embedded-root")["SecretString"]
    secret = json.loads(value)["k1"]
    assert len(secret) == 64
    assert secret.isalnum()


def test_the_wrapping_key_opens_only_with_the_same_context(stack: Stack) -> None:
    kms = stack.aws("kms")
    key = stack.aws("cloudformation").describe_stack_resource(
        StackName="anslut-embedded", LogicalResourceId="WrappingKey"
    )["StackResourceDetail"]["PhysicalResourceId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"signing key", EncryptionContext={"kid": "1"})["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"kid": "1"})["Plaintext"] == b"signing key"
    with pytest.raises(ClientError):
        kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"kid": "2"})


# --- API Gateway: a small function behind an API of its own ---

GATEWAY = """
def handler(event, context):
    print("request")
    return {
        "statusCode": 401,
        "multiValueHeaders": {"Set-Cookie": ["a=1; Path=/", "b=2; Path=/"]},
        "headers": {"Content-Type": "text/html", "WWW-Authenticate": 'Bearer realm="x"', "Location": "/there"},
        "body": event["body"] or "",
    }
"""


def test_cookies_challenge_and_body_pass_the_gateway(stack: Stack, recorder: Recorder) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("recorder.py", GATEWAY)
    stack.aws("lambda").update_function_code(FunctionName=recorder.name, ZipFile=packed.getvalue())
    gateway = stack.aws("apigateway")
    api = gateway.create_rest_api(name=recorder.name)["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    path = gateway.create_resource(restApiId=api, parentId=root, pathPart="{proxy+}")["id"]
    gateway.put_method(restApiId=api, resourceId=path, httpMethod="ANY", authorizationType="NONE")
    uri = f"arn:aws:apigateway:eu-north-1:lambda:path/2015-03-31/functions/{recorder.arn}/invocations"
    gateway.put_integration(
        restApiId=api, resourceId=path, httpMethod="ANY", type="AWS_PROXY", integrationHttpMethod="POST", uri=uri
    )
    gateway.create_deployment(restApiId=api, stageName="t")
    answer = requests.post(f"{stack.aws_endpoint}/restapis/{api}/t/_user_request_/x/y", data="å=1", timeout=20)
    assert answer.status_code == 401
    assert answer.raw.headers.getlist("Set-Cookie") == ["a=1; Path=/", "b=2; Path=/"]
    challenges = [answer.headers.get(n) for n in ("WWW-Authenticate", "x-amzn-remapped-www-authenticate")]
    assert 'Bearer realm="x"' in challenges
    assert answer.headers["Location"] == "/there"
    assert answer.content.decode() == "å=1"
    gateway.delete_rest_api(restApiId=api)


# --- Mail ---


def test_mail_can_be_read_back(stack: Stack) -> None:
    to = f"{uuid.uuid4().hex}@example.com"
    stack.aws("sesv2").send_email(
        FromEmailAddress="no-reply@nordbok.example",
        Destination={"ToAddresses": [to]},
        Content={"Simple": {"Subject": {"Data": "Hej å"}, "Body": {"Text": {"Data": "See http://x.example/y?z=1."}}}},
    )
    (mail,) = stack.mails(to)
    assert mail["subject"] == "Hej å"
    page = requests.get(f"{stack.url}/dev/mail", params={"to": to}, timeout=10).text
    assert '<a href="http://x.example/y?z=1">' in page
