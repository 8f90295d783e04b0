"""What an account would bring or CloudFormation would do, and the emulator does not; its self-test watches the list."""

from __future__ import annotations

from typing import Any

from infra.target import Target

# ministack 1.5.33 creates AWS::DynamoDB::Table without these. Remove a line when its self-test says it is needless.


def close_gaps(target: Target, template: dict[str, Any], mail_domain: str) -> None:
    target.client("ses").verify_domain_identity(Domain=mail_domain)  # an account brings its verified domain
    dynamodb = target.client("dynamodb")
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::DynamoDB::Table":
            _close(dynamodb, resource["Properties"])


def _close(dynamodb: Any, table: dict[str, Any]) -> None:
    name = table["TableName"]
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification=table["PointInTimeRecoverySpecification"]
    )
    wanted = table.get("TimeToLiveSpecification")
    if wanted is None:
        return
    now = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if now.get("AttributeName") != wanted["AttributeName"]:
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)
