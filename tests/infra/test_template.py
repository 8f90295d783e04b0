"""The template of each target: lint, least privilege, protection of data, no event that gets lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.config import load_data
from infra.finish import Package
from infra.functions import FUNCTIONS, QUEUES, Http, Queue, Stream
from infra.template.queues import MAX_RECEIVES, VISIBILITY_FACTOR

Resources = dict[str, Any]
# The one action IAM offers no resource for.
LONG = ("SalesClose", "SalesReconcile")  # they go on where they stopped, and the longer one runs the fewer begin anew
ALLOWED_STARS = {"dynamodb:ListStreams"}


def of_type(resources: Resources, kind: str) -> Iterator[tuple[str, Resources]]:
    return ((name, r["Properties"]) for name, r in resources.items() if r["Type"] == kind)


def statements(resources: Resources) -> Iterator[tuple[str, Resources]]:
    for name, properties in of_type(resources, "AWS::IAM::Role"):
        for policy in properties["Policies"]:
            yield from ((name, statement) for statement in policy["PolicyDocument"]["Statement"])


def test_the_template_lints(package: Package) -> None:
    linter = str(Path(sys.executable).with_name("cfn-lint"))
    done = subprocess.run([linter, str(package.template)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_function_has_a_row_and_every_row_a_function(resources: Resources) -> None:
    deployed = {name for name, _ in of_type(resources, "AWS::Lambda::Function")}
    assert deployed == {function.logical_id for function in FUNCTIONS}


def test_no_role_may_touch_everything(package: Package, resources: Resources) -> None:
    for role, statement in statements(resources):
        if package.stage.is_embedded and statement["Action"] == ["ses:SendEmail"]:
            continue  # as ministack asks for it; the account's template is the one that counts
        listed = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        assert not any("*" in action for action in statement["Action"]), role
        if "*" in listed:
            assert set(statement["Action"]) <= ALLOWED_STARS, role


def test_a_wildcard_stands_only_behind_a_named_bucket(package: Package, resources: Resources) -> None:
    for role, statement in statements(resources):
        if package.stage.is_embedded and statement["Action"] == ["ses:SendEmail"]:
            continue
        if "*" in json.dumps(statement["Resource"]) and not set(statement["Action"]) <= ALLOWED_STARS:
            assert all(action.startswith("s3:") for action in statement["Action"]), role
            listed = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            assert all(arn["Fn::Sub"].endswith("/*") and "s3:::anslut-" in arn["Fn::Sub"] for arn in listed)


def test_each_function_has_a_role_of_its_own(resources: Resources) -> None:
    roles = [properties["Role"]["Fn::GetAtt"][0] for _, properties in of_type(resources, "AWS::Lambda::Function")]
    assert len(set(roles)) == len(roles)


def test_the_image_function_has_no_secret_and_no_key(resources: Resources) -> None:
    mine = [s["Action"] for role, s in statements(resources) if role == "ImagesRenderRole"]
    assert mine
    assert not [a for actions in mine for a in actions if a.startswith(("secretsmanager:", "kms:", "ses:"))]


def test_secrets_stand_in_no_environment(resources: Resources) -> None:
    for name, properties in of_type(resources, "AWS::Lambda::Function"):
        assert all(v.startswith(("ANSLUT_", "POWERTOOLS_")) for v in properties["Environment"]["Variables"]), name
        assert "{{resolve:" not in json.dumps(properties), name


def test_every_function_has_limits_a_log_with_an_end_and_the_layer(resources: Resources) -> None:
    for name, properties in of_type(resources, "AWS::Lambda::Function"):
        assert properties["MemorySize"] >= 256
        assert properties["Timeout"] <= (900 if name in LONG else 300)
        assert resources[f"{name}Logs"]["Properties"]["RetentionInDays"] == 30
        wanted = ["DepsLayer", "ImagingLayer"] if name == "ImagesRender" else ["DepsLayer"]
        assert [layer["Ref"] for layer in properties["Layers"]][: len(wanted)] == wanted


def test_every_event_that_fails_ends_in_a_queue(resources: Resources) -> None:
    for function in FUNCTIONS:
        name = function.logical_id
        match function.trigger:
            case Http():
                continue
            case Queue(name=queue):
                camel = "".join(part.capitalize() for part in queue.split("-"))
                redrive = resources[f"{camel}Queue"]["Properties"]["RedrivePolicy"]
                assert redrive["maxReceiveCount"] == MAX_RECEIVES
                assert (
                    resources[f"{camel}Queue"]["Properties"]["VisibilityTimeout"]
                    >= VISIBILITY_FACTOR * function.timeout
                )
            case Stream():
                source = resources[f"{name}Source"]["Properties"]
                assert source["BisectBatchOnFunctionError"] is True
                assert source["DestinationConfig"]["OnFailure"]
            case _:
                failures = resources[f"{name}Failures"]["Properties"]
                assert failures["DestinationConfig"]["OnFailure"]
                assert failures["MaximumRetryAttempts"] == 2


def test_queue_and_stream_functions_report_single_failures(resources: Resources) -> None:
    for name, properties in of_type(resources, "AWS::Lambda::EventSourceMapping"):
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name


def test_queues_are_encrypted_and_ask_for_tls(resources: Resources) -> None:
    for name, properties in of_type(resources, "AWS::SQS::Queue"):
        assert properties["SqsManagedSseEnabled"] is True
        assert resources[f"{name}Policy"]["Properties"]["PolicyDocument"]["Statement"][0]["Effect"] == "Deny"


def test_buckets_are_closed_encrypted_and_ask_for_tls(package: Package, resources: Resources) -> None:
    for name, properties in of_type(resources, "AWS::S3::Bucket"):
        assert all(properties["PublicAccessBlockConfiguration"].values())
        assert properties["BucketEncryption"]
        assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        denial = resources[f"{name}Policy"]["Properties"]["PolicyDocument"]["Statement"][0]
        assert denial["Effect"] == "Deny"
        here = {"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}} if package.stage.is_embedded else {}
        assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}, **here}


def test_the_front_reads_images_and_learns_what_is_gone(package: Package, resources: Resources) -> None:
    statements = resources["ImagesBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    allowed = {action for one in statements if one["Effect"] == "Allow" for action in one["Action"]}
    assert allowed == (set() if package.stage.is_embedded else {"s3:GetObject", "s3:ListBucket"})


def test_tables_are_recoverable_encrypted_and_kept(package: Package, resources: Resources) -> None:
    deployed = not package.stage.is_embedded
    for name, properties in of_type(resources, "AWS::DynamoDB::Table"):
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert properties["SSESpecification"] == {"SSEEnabled": True}
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert properties["DeletionProtectionEnabled"] is deployed
        assert resources[name]["DeletionPolicy"] == ("Retain" if deployed else "Delete")


def test_the_gateway_speaks_problem_json(resources: Resources) -> None:
    answers = {p["ResponseType"]: p for _, p in of_type(resources, "AWS::ApiGateway::GatewayResponse")}
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "MISSING_AUTHENTICATION_TOKEN"} <= set(answers)
    for kind, answer in answers.items():
        problem = json.loads(answer["ResponseTemplates"]["application/json"])
        assert set(problem) == {"type", "title", "status", "detail"}, kind
        content_type = answer["ResponseParameters"]["gatewayresponse.header.Content-Type"]
        assert content_type == "'application/problem+json'"


def test_unknown_addresses_are_not_found(resources: Resources) -> None:
    answers = {p["ResponseType"]: p for _, p in of_type(resources, "AWS::ApiGateway::GatewayResponse")}
    assert answers["MISSING_AUTHENTICATION_TOKEN"]["StatusCode"] == "404"


def test_only_an_account_has_a_distribution_and_it_restores_the_challenge(
    package: Package, resources: Resources
) -> None:
    distributions = list(of_type(resources, "AWS::CloudFront::Distribution"))
    assert bool(distributions) is not package.stage.is_embedded
    for _, properties in of_type(resources, "AWS::CloudFront::Function"):
        assert "x-amzn-remapped-www-authenticate" in properties["FunctionCode"]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_function_names_are_room_and_verb(function: Any) -> None:
    assert function.name == "api" or len(function.name.split("-")) >= 2


def test_every_queue_that_asks_for_events_exists_and_is_read() -> None:
    assert set(load_data("subscriptions")) == set(QUEUES)
    assert {row.trigger.name for row in FUNCTIONS if isinstance(row.trigger, Queue)} == set(QUEUES)
