"""What tells an operator that something is wrong: alarms by mail, figures out of the log lines, one dashboard.

For accounts only: on the embedded stage nobody is called at night. `docs/operations.md` says what to do at each.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from infra.functions import FUNCTIONS, Function
from infra.stage import Stage
from infra.template.api import STAGE_NAME
from infra.template.intrinsics import Json, Resources, att, camel, policy, ref, sub
from infra.template.queues import dead_letter_name, queue_id

MINUTE, FIVE_MINUTES = 60, 300
TOKEN_ROUTE = "POST /oauth-v1/token"  # noqa: S105 - an address
SLOW_MS = 1_000
FAILING_PERCENT = 1


@dataclass(frozen=True, slots=True)
class LoggedFigure:
    """A count of log lines of some functions; `pattern` is CloudWatch's filter language for JSON lines."""

    name: str
    functions: tuple[str, ...]
    pattern: str
    alarm: str | None = None
    """What the alarm says; None: a line of the dashboard only."""


LOGGED: tuple[LoggedFigure, ...] = (
    LoggedFigure(
        "TokenFailures", ("api",), f'{{ $.route = "{TOKEN_ROUTE}" && $.status_code >= 500 }}',
        "Token requests fail on our side: integrations keep their tokens and repeat, but nobody gets new ones.",
    ),
    LoggedFigure("TokenAnswers", ("api",), f'{{ $.route = "{TOKEN_ROUTE}" && $.status_code < 300 }}'),
    LoggedFigure(
        "TokenRefusals", ("api",),
        f'{{ $.route = "{TOKEN_ROUTE}" && $.status_code >= 400 && $.status_code <= 499 }}',
    ),
    LoggedFigure(
        "LedgerDiffers", ("sales-close", "sales-reconcile"), '{ $.message = "sales.ledger_differs" }',
        "A total of sales differs from the ledger. Nothing is paid out before somebody has looked.",
    ),
)  # fmt: skip


def watch_resources(stage: Stage) -> Resources:
    failing = {
        f"{queue_id(dead)}Alarm": _dead_letters(stage, function, dead)
        for function in FUNCTIONS
        if (dead := dead_letter_name(function)) is not None
    }
    logged: Resources = {}
    for figure in LOGGED:
        logged |= _logged(stage, figure)
    return {
        "AlarmTopic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"{stage.prefix}-alarms"}},
        "AlarmTopicPolicy": _topic_policy(),
        "AlarmMail": {
            "Type": "AWS::SNS::Subscription",
            "Condition": "HasOperator",
            "Properties": {"TopicArn": ref("AlarmTopic"), "Protocol": "email", "Endpoint": ref("OperatorEmail")},
        },
        **failing,
        **logged,
        "ApiFailuresAlarm": _failures(stage),
        "ApiSlowAlarm": _slow(stage),
        "Dashboard": {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {"DashboardName": stage.prefix, "DashboardBody": sub(json.dumps(_dashboard(stage)))},
        },
    }


def _topic_policy() -> Json:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": ref("AlarmTopic"),
        "Condition": {"StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")}},
    }
    return {
        "Type": "AWS::SNS::TopicPolicy",
        "Properties": {"Topics": [ref("AlarmTopic")], "PolicyDocument": policy(statement)},
    }


def _alarm(stage: Stage, name: str, says: str, **more: Json | str | int | list[Json]) -> Json:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": f"{stage.prefix}-{name}",
            "AlarmDescription": says,
            "AlarmActions": [ref("AlarmTopic")],
            "OKActions": [ref("AlarmTopic")],
            "TreatMissingData": "notBreaching",
            "EvaluationPeriods": 1,
            **more,
        },
    }


def _dead_letters(stage: Stage, function: Function, dead: str) -> Json:
    return _alarm(
        stage, dead, f"Events of {function.name} ended in {dead}: read its log, mend the cause, then make redrive.",
        Namespace="AWS/SQS", MetricName="ApproximateNumberOfMessagesVisible", Statistic="Maximum",
        Dimensions=[{"Name": "QueueName", "Value": att(queue_id(dead), "QueueName")}],
        Period=FIVE_MINUTES, Threshold=0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip


def _logged(stage: Stage, figure: LoggedFigure) -> Resources:
    functions = [function for function in FUNCTIONS if function.name in figure.functions]
    found: Resources = {
        f"{figure.name}In{function.logical_id}": {
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {
                "LogGroupName": ref(f"{function.logical_id}Logs"),
                "FilterPattern": figure.pattern,
                "MetricTransformations": [
                    {"MetricNamespace": stage.prefix, "MetricName": figure.name, "MetricValue": "1", "DefaultValue": 0}
                ],
            },
        }
        for function in functions
    }
    if figure.alarm is not None:
        found[f"{figure.name}Alarm"] = _alarm(
            stage, camel(figure.name).lower(), figure.alarm, Namespace=stage.prefix, MetricName=figure.name,
            Statistic="Sum", Period=FIVE_MINUTES, Threshold=0, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
    return found


def _failures(stage: Stage) -> Json:
    """More than one answer in a hundred, and at least three, so that a single one at night wakes nobody."""
    return _alarm(
        stage, "api-failures", f"Over {FAILING_PERCENT} % of the answers are 5xx: read the log of the api function.",
        Metrics=[
            {"Id": "percent", "Expression": "IF(failed >= 3, 100 * failed / answered, 0)", "ReturnData": True},
            _gateway("failed", stage, "5XXError", "Sum"),
            _gateway("answered", stage, "Count", "SampleCount"),
        ],
        Threshold=FAILING_PERCENT, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip


def _gateway(name: str, stage: Stage, metric: str, stat: str) -> Json:
    named = {"Namespace": "AWS/ApiGateway", "MetricName": metric, "Dimensions": _gateway_dimensions(stage)}
    return {"Id": name, "MetricStat": {"Metric": named, "Period": FIVE_MINUTES, "Stat": stat}, "ReturnData": False}


def _gateway_dimensions(stage: Stage) -> list[Json]:
    return [{"Name": "ApiName", "Value": stage.prefix}, {"Name": "Stage", "Value": STAGE_NAME}]


def _slow(stage: Stage) -> Json:
    return _alarm(
        stage, "api-slow", f"One request in twenty took over {SLOW_MS} ms for a quarter of an hour.",
        Namespace="AWS/ApiGateway", MetricName="Latency", ExtendedStatistic="p95",
        Dimensions=_gateway_dimensions(stage), Period=FIVE_MINUTES, EvaluationPeriods=3, DatapointsToAlarm=3,
        Threshold=SLOW_MS, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip


def _dashboard(stage: Stage) -> Json:
    gateway = ["ApiName", stage.prefix, "Stage", STAGE_NAME]
    api = ["FunctionName", f"{stage.prefix}-api"]
    dead = [name for function in FUNCTIONS if (name := dead_letter_name(function)) is not None]
    visible = "ApproximateNumberOfMessagesVisible"
    graphs: list[tuple[str, str, list[list[str | Json]]]] = [
        ("Requests and failures", "Sum", [["AWS/ApiGateway", n, *gateway] for n in ("Count", "4XXError", "5XXError")]),
        ("Latency", "p50", [["AWS/ApiGateway", "Latency", *gateway, {"stat": stat}] for stat in ("p50", "p95")]),
        ("Token answers", "Sum", [[stage.prefix, figure.name] for figure in LOGGED if figure.name.startswith("Token")]),
        ("API function", "Maximum", [["AWS/Lambda", n, *api] for n in ("ConcurrentExecutions", "Throttles", "Errors")]),
        ("Ended events", "Maximum", [["AWS/SQS", visible, "QueueName", f"{stage.prefix}-{name}"] for name in dead]),
        ("Mail", "Sum", [["AWS/SES", name] for name in ("Send", "Bounce", "Complaint")]),
    ]
    return {"widgets": [_graph(place, *graph) for place, graph in enumerate(graphs)]}


def _graph(place: int, title: str, stat: str, metrics: list[list[str | Json]]) -> Json:
    return {
        "type": "metric", "width": 12, "height": 6, "x": 12 * (place % 2), "y": 6 * (place // 2),
        "properties": {
            "title": title, "stat": stat, "period": MINUTE, "region": "${AWS::Region}", "view": "timeSeries",
            "metrics": metrics,
        },
    }  # fmt: skip
