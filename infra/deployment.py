"""Deploys a package through CloudFormation; the same steps for an account and for the embedded AWS."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.finish import Package
from infra.package.archive import digest
from infra.static_files import sync_static
from infra.target import Target

POLL_SECONDS = 0.3
POLL_SECONDS_AWS = 5.0
FAILED = ("FAILED", "ROLLBACK")
CAPABILITIES = ["CAPABILITY_IAM"]
FIRST_KEY_FUNCTION = "oauth-rotate-keys"
Say = Callable[[str], None]


class DeploymentError(RuntimeError):
    """CloudFormation refused or rolled back; the message names the resources and their reasons."""


def deploy(package: Package, target: Target, parameters: Mapping[str, str], say: Say) -> dict[str, str]:
    """Create or update the stage's stack and its static files; answers the stack's outputs."""
    bucket = ensure_artifacts_bucket(target)
    upload(package, target, bucket)
    template_url = _put_template(package, target, bucket)
    wanted = {"ArtifactsBucket": bucket, **parameters}
    name = package.stage.prefix
    if apply_change_set(target, name, template_url, wanted, say):
        say("stack is up to date")
    outputs = stack_outputs(target, name)
    sync_static(target, outputs["StaticBucket"], package.static)
    return outputs


def create_first_key(target: Target, prefix: str) -> None:
    """Call the key rotation as its schedule would: it makes the first signing keys, or does nothing."""
    event = {
        "version": "0",
        "id": "first-key",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "region": "",
        "resources": [],
        "detail": {},
    }
    answer = target.client("lambda").invoke(FunctionName=f"{prefix}-{FIRST_KEY_FUNCTION}", Payload=json.dumps(event))
    if "FunctionError" in answer:
        raise DeploymentError(f"{FIRST_KEY_FUNCTION} failed: {answer['Payload'].read().decode()[:500]}")


def ensure_artifacts_bucket(target: Target) -> str:
    """The one resource outside the stack: CloudFormation reads code from it."""
    account = target.client("sts").get_caller_identity()["Account"]
    s3 = target.client("s3")
    region = s3.meta.region_name
    bucket = f"anslut-artifacts-{account}-{region}"
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError:
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **where)
        closed = dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        )
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=closed)
    return bucket


def upload(package: Package, target: Target, bucket: str) -> None:
    s3 = target.client("s3")
    for key, file in package.artifacts.items():
        if not _exists(s3, bucket, key):
            s3.upload_file(str(file), bucket, key)


def _put_template(package: Package, target: Target, bucket: str) -> str:
    s3 = target.client("s3")
    key = f"templates/{digest(package.template)}.json"
    s3.upload_file(str(package.template), bucket, key)
    host = target.endpoint or f"https://s3.{s3.meta.region_name}.amazonaws.com"
    return f"{host}/{bucket}/{key}"


def _exists(s3: Any, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError:
        return False
    return True


def apply_change_set(target: Target, name: str, template_url: str, parameters: Mapping[str, str], say: Say) -> bool:
    """True if there was nothing to change. Raises DeploymentError when the stack did not reach its goal."""
    cloudformation = target.client("cloudformation")
    change_set = create_change_set(target, name, template_url, parameters)
    if change_set is None:
        return True
    cloudformation.execute_change_set(StackName=name, ChangeSetName=change_set)
    _wait_for_stack(cloudformation, name, _interval(target), say)
    return False


def create_change_set(target: Target, name: str, template_url: str, parameters: Mapping[str, str]) -> str | None:
    """Name of a change set that is ready, or None if it is empty."""
    cloudformation = target.client("cloudformation")
    change_set = f"deploy-{time.time_ns()}"
    cloudformation.create_change_set(
        StackName=name,
        ChangeSetName=change_set,
        ChangeSetType="UPDATE" if stack_exists(target, name) else "CREATE",
        TemplateURL=template_url,
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in sorted(parameters.items())],
        Capabilities=CAPABILITIES,
    )
    while True:
        answer = cloudformation.describe_change_set(StackName=name, ChangeSetName=change_set)
        if answer["Status"] == "CREATE_COMPLETE":
            return change_set
        if answer["Status"] == "FAILED":
            reason = answer.get("StatusReason", "")
            if "didn't contain changes" in reason or "No updates" in reason:
                cloudformation.delete_change_set(StackName=name, ChangeSetName=change_set)
                return None
            raise DeploymentError(f"CloudFormation refused the template: {reason}")
        time.sleep(_interval(target))


def stack_exists(target: Target, name: str) -> bool:
    """False also for a stack that only a change set was ever made for."""
    try:
        stacks = target.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError:
        return False
    return stacks[0]["StackStatus"] not in ("REVIEW_IN_PROGRESS", "DELETE_COMPLETE")


def stack_outputs(target: Target, name: str) -> dict[str, str]:
    stack = target.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def resource_names(target: Target, name: str) -> dict[str, dict[str, str]]:
    """Logical id → physical id, by resource type."""
    found: dict[str, dict[str, str]] = {}
    pages = target.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
    for resource in (summary for page in pages for summary in page["StackResourceSummaries"]):
        kind = found.setdefault(resource["ResourceType"], {})
        kind[resource["LogicalResourceId"]] = resource["PhysicalResourceId"]
    return found


def _interval(target: Target) -> float:
    return POLL_SECONDS if target.endpoint else POLL_SECONDS_AWS


def _wait_for_stack(cloudformation: Any, name: str, interval: float, say: Say) -> None:
    told: set[str] = set()
    while True:
        status = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        if status.endswith("_COMPLETE") and not any(word in status for word in FAILED):
            return
        if not status.endswith("_IN_PROGRESS"):
            raise DeploymentError(_reasons(cloudformation, name, status))
        if status not in told:
            told.add(status)
            say(status.lower().replace("_", " "))
        time.sleep(interval)


def _reasons(cloudformation: Any, name: str, status: str) -> str:
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    failed = [e for e in events if e["ResourceStatus"].endswith("FAILED")]
    lines = [f"  {e['LogicalResourceId']} ({e['ResourceType']}): {e.get('ResourceStatusReason', '')}" for e in failed]
    return "\n".join([f"The stack {name} ended as {status}.", *lines])
