"""What wakes an operator: every queue of ended events, our own failures, and log lines that say what they are read for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.kit.log import log
from infra.finish import Package
from infra.functions import FUNCTIONS
from infra.template.queues import dead_letter_name
from infra.template.watch import LOGGED, TOKEN_ROUTE
from tests.client import Client

Resources = dict[str, Any]


@pytest.fixture
def account(packages: dict[str, Package]) -> Resources:
    found: Resources = json.loads(packages["audit"].template.read_text())["Resources"]
    return found


def alarms(resources: Resources) -> Iterator[tuple[str, Resources]]:
    return ((name, r["Properties"]) for name, r in resources.items() if r["Type"] == "AWS::CloudWatch::Alarm")


def test_every_queue_of_ended_events_has_an_alarm(account: Resources) -> None:
    dead = {f"anslut-audit-{name}" for function in FUNCTIONS if (name := dead_letter_name(function))}
    assert dead <= {properties["AlarmName"] for _, properties in alarms(account)}


def test_every_alarm_says_what_it_means_and_reaches_the_operator(account: Resources) -> None:
    for name, properties in alarms(account):
        assert properties["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
        assert properties["AlarmDescription"].endswith("."), name
    assert account["AlarmMail"]["Properties"]["Endpoint"] == {"Ref": "OperatorEmail"}


def test_only_cloudwatch_of_this_account_publishes_alarms(account: Resources) -> None:
    (statement,) = account["AlarmTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_the_dashboard_names_only_figures_that_are_counted(account: Resources) -> None:
    body = json.loads(account["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
    ours = {m[1] for w in body["widgets"] for m in w["properties"]["metrics"] if m[0] == "anslut-audit"}
    assert ours == {figure.name for figure in LOGGED if figure.name.startswith("Token")}


@pytest.fixture
def logging() -> Iterator[None]:
    before = log.log_level
    log.setLevel("INFO")
    yield
    log.setLevel(before)


@pytest.mark.usefixtures("logging")
def test_the_line_of_a_token_request_has_the_fields_that_are_counted(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    client.post("/oauth-v1/token", form={"grant_type": "refresh_token"})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "request.answered" in line]
    (line,) = [line for line in lines if line["route"] == TOKEN_ROUTE]
    read = {name for figure in LOGGED if "api" in figure.functions for name in re.findall(r"\$\.(\w+)", figure.pattern)}
    assert read <= set(line)
    assert isinstance(line["status_code"], int)
