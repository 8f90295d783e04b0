"""CloudFormation's functions as Python functions, and the resource type all parts share."""

from __future__ import annotations

from typing import Any

from infra.stage import Stage

Json = dict[str, Any]
Resources = dict[str, Json]


def ref(name: str) -> Json:
    return {"Ref": name}


def att(resource: str, attribute: str = "Arn") -> Json:
    return {"Fn::GetAtt": [resource, attribute]}


def sub(text: str) -> Json:
    return {"Fn::Sub": text}


def when(condition: str, then: Any, otherwise: Any = None) -> Json:
    return {"Fn::If": [condition, then, {"Ref": "AWS::NoValue"} if otherwise is None else otherwise]}


def policy(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: list[str], resources: Any, **more: Any) -> Json:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def camel(name: str) -> str:
    """`outbox-fanout` and `sandbox_slots` become logical ids: `OutboxFanout`, `SandboxSlots`."""
    return "".join(part.capitalize() for part in name.replace("_", "-").split("-"))


def deny_plain_http(actions: list[str], resources: Json | list[Json], stage: Stage) -> Json:
    """A resource policy's statement. The embedded AWS speaks plain http on this machine's own address, and may."""
    condition: Json = {"Bool": {"aws:SecureTransport": "false"}}
    if stage.is_embedded:
        condition["NotIpAddress"] = {"aws:SourceIp": "127.0.0.0/8"}
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": resources,
        "Condition": condition,
    }
