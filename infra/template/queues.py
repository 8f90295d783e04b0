"""SQS: one queue per consumer, each with a dead letter queue, and one dead letter queue per other event function."""

from __future__ import annotations

from infra.functions import FUNCTIONS, Function, Http, Queue
from infra.stage import Stage
from infra.template.intrinsics import Json, Resources, att, camel, deny_plain_http, policy, sub

MAX_RECEIVES = 5
VISIBILITY_FACTOR = 6  # AWS's advice for Lambda consumers: six times the function's timeout
KEPT_DAYS = 14
DAY_SECONDS = 86_400


def queue_id(name: str) -> str:
    return f"{camel(name)}Queue"


def dead_letter_name(function: Function) -> str | None:
    """Where a function's failed events end: `mail-dlq` beside the queue, else `<function>-dlq`."""
    if isinstance(function.trigger, Http):
        return None
    return f"{function.trigger.name if isinstance(function.trigger, Queue) else function.name}-dlq"


def queue_resources(stage: Stage) -> Resources:
    resources: Resources = {}
    for function in FUNCTIONS:
        dead = dead_letter_name(function)
        if dead is None:
            continue
        resources[queue_id(dead)] = _queue(stage, dead, {})
        resources[f"{queue_id(dead)}Policy"] = _tls_only(stage, dead)
        if isinstance(function.trigger, Queue):
            name = function.trigger.name
            resources[queue_id(name)] = _queue(stage, name, _consumed(function, dead))
            resources[f"{queue_id(name)}Policy"] = _tls_only(stage, name)
    return resources


def _consumed(function: Function, dead: str) -> Json:
    return {
        "VisibilityTimeout": VISIBILITY_FACTOR * function.timeout,
        "RedrivePolicy": {"deadLetterTargetArn": att(queue_id(dead)), "maxReceiveCount": MAX_RECEIVES},
    }


def _queue(stage: Stage, name: str, more: Json) -> Json:
    return {
        "Type": "AWS::SQS::Queue",
        "Properties": {
            "QueueName": f"{stage.prefix}-{name}",
            "MessageRetentionPeriod": KEPT_DAYS * DAY_SECONDS,
            "SqsManagedSseEnabled": True,
            **more,
        },
    }


def _tls_only(stage: Stage, name: str) -> Json:
    deny = deny_plain_http(["sqs:*"], att(queue_id(name)), stage)
    url = {"Ref": queue_id(name)}
    return {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [url], "PolicyDocument": policy(deny)}}


def queue_urls() -> Json:
    """JSON object consumer → queue URL, as `ANSLUT_QUEUE_URLS` wants it."""
    names = [f.trigger.name for f in FUNCTIONS if isinstance(f.trigger, Queue)]
    return sub("{" + ", ".join(f'"{name}": "${{{queue_id(name)}}}"' for name in names) + "}")
