"""The functions themselves: code, layers, environment, log group, event source, failure destination."""

from __future__ import annotations

from dataclasses import dataclass

from infra.functions import FUNCTIONS, Function, Http, Queue, Schedule, Stream, Upload
from infra.stage import Stage
from infra.template.environment import environment
from infra.template.intrinsics import Json, Resources, att, ref, sub, when
from infra.template.queues import dead_letter_name, queue_id
from infra.template.roles import named, role
from infra.template.storage import bucket_arn
from infra.template.tables import Table

LOG_RETENTION_DAYS = 30
STREAM_RETRIES = 5
STREAM_MAX_AGE_SECONDS = 86_400
# ministack 1.5.33 counts no retries: there, age alone frees a stream from a record that cannot be handled.
STREAM_MAX_AGE_SECONDS_EMBEDDED = 120
ASYNC_RETRIES = 2
ASYNC_MAX_AGE_SECONDS = 3_600


class FunctionRowError(LookupError):
    """A function was declared in a room and nobody said what it may touch."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What Chalice's package says of a function: its entry point and what its decorator fixed."""

    handler: str
    batch_size: int | None = None
    window_seconds: int = 0
    schedule: str | None = None


@dataclass(frozen=True, slots=True)
class Artifacts:
    """Keys in the artifacts bucket; content-addressed, so an unchanged part is not uploaded twice."""

    code: str
    deps_layer: str
    imaging_layer: str


def function_resources(
    stage: Stage, tables: list[Table], declared: dict[str, Declared], artifacts: Artifacts
) -> Resources:
    resources = {
        "DepsLayer": _layer(stage, "deps", artifacts.deps_layer),
        "ImagingLayer": _layer(stage, "imaging", artifacts.imaging_layer),
    }
    for function in rows(declared):
        name = function.logical_id
        resources[f"{name}Logs"] = {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {
                "LogGroupName": f"/aws/lambda/{stage.prefix}-{function.name}",
                "RetentionInDays": LOG_RETENTION_DAYS,
            },
        }
        resources[f"{name}Role"] = role(function, stage, tables)
        resources[name] = _function(function, stage, declared[name], artifacts)
        resources |= _wiring(function, stage, tables, declared[name])
    return resources


def rows(declared: dict[str, Declared]) -> list[Function]:
    """The rows whose function the application has. Raises FunctionRowError for a function without a row."""
    missing = set(declared) - {function.logical_id for function in FUNCTIONS}
    if missing:
        raise FunctionRowError(f"Add a row to infra/functions.py for: {', '.join(sorted(missing))}.")
    return [function for function in FUNCTIONS if function.logical_id in declared]


def _layer(stage: Stage, name: str, key: str) -> Json:
    return {
        "Type": "AWS::Lambda::LayerVersion",
        "Properties": {
            "LayerName": f"{stage.prefix}-{name}",
            "Content": {"S3Bucket": ref("ArtifactsBucket"), "S3Key": key},
            "CompatibleRuntimes": [f"python{stage.python}"],
            "CompatibleArchitectures": [stage.architecture],
        },
    }


def _function(function: Function, stage: Stage, declared: Declared, artifacts: Artifacts) -> Json:
    properties: Json = {
        "FunctionName": f"{stage.prefix}-{function.name}",
        "Runtime": f"python{stage.python}",
        "Architectures": [stage.architecture],
        "Handler": declared.handler,
        "Code": {"S3Bucket": ref("ArtifactsBucket"), "S3Key": artifacts.code},
        "Layers": [ref("DepsLayer"), *([ref("ImagingLayer")] if function.imaging else [])],
        "Role": att(f"{function.logical_id}Role"),
        "MemorySize": function.memory,
        "Timeout": function.timeout,
        "Environment": {"Variables": environment(function, stage)},
        "LoggingConfig": {"LogGroup": ref(f"{function.logical_id}Logs")},
    }
    if function.reserved is not None:
        properties["ReservedConcurrentExecutions"] = when("ReserveConcurrency", function.reserved)
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def _wiring(function: Function, stage: Stage, tables: list[Table], declared: Declared) -> Resources:
    match function.trigger:
        case Http():
            return {"APIHandlerPermission": permission(function, "apigateway", _api_arn())}
        case Queue(name=queue, concurrency=concurrency):
            return {f"{function.logical_id}Source": _queue_source(function, queue, concurrency, declared)}
        case Stream(table=table):
            stream = att(named((table,), tables)[0].logical_id, "StreamArn")
            return {f"{function.logical_id}Source": _stream_source(function, stage, stream, declared)}
        case Schedule():
            return _scheduled(function, stage, declared) | _async_failures(function)
        case Upload():
            source = sub(bucket_arn(stage, "uploads"))
            granted = permission(function, "s3", source, SourceAccount=ref("AWS::AccountId"))
            return {f"{function.logical_id}UploadPermission": granted} | _async_failures(function)


def permission(function: Function, service: str, source: Json, **more: Json) -> Json:
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": att(function.logical_id),
            "Principal": f"{service}.amazonaws.com",
            "SourceArn": source,
            **more,
        },
    }


def _api_arn() -> Json:
    return sub("arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${RestAPI}/*")


def _queue_source(function: Function, queue: str, concurrency: int, declared: Declared) -> Json:
    return {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "EventSourceArn": att(queue_id(queue)),
            "FunctionName": ref(function.logical_id),
            "BatchSize": declared.batch_size or 1,
            "MaximumBatchingWindowInSeconds": declared.window_seconds,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": concurrency},
        },
    }


def _stream_source(function: Function, stage: Stage, stream: Json, declared: Declared) -> Json:
    max_age = STREAM_MAX_AGE_SECONDS_EMBEDDED if stage.is_embedded else STREAM_MAX_AGE_SECONDS
    return {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "EventSourceArn": stream,
            "FunctionName": ref(function.logical_id),
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": declared.batch_size or 100,
            "MaximumBatchingWindowInSeconds": declared.window_seconds,
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": STREAM_RETRIES,
            "MaximumRecordAgeInSeconds": max_age,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "DestinationConfig": {"OnFailure": {"Destination": _dead_letters(function)}},
        },
    }


def _scheduled(function: Function, stage: Stage, declared: Declared) -> Resources:
    rule = f"{function.logical_id}Rule"
    return {
        rule: {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Name": f"{stage.prefix}-{function.name}",
                "ScheduleExpression": declared.schedule,
                "Targets": [{"Id": function.name, "Arn": att(function.logical_id)}],
            },
        },
        f"{rule}Permission": permission(function, "events", att(rule)),
    }


def _async_failures(function: Function) -> Resources:
    return {
        f"{function.logical_id}Failures": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {
                "FunctionName": ref(function.logical_id),
                "Qualifier": "$LATEST",
                "MaximumRetryAttempts": ASYNC_RETRIES,
                "MaximumEventAgeInSeconds": ASYNC_MAX_AGE_SECONDS,
                "DestinationConfig": {"OnFailure": {"Destination": _dead_letters(function)}},
            },
        }
    }


def _dead_letters(function: Function) -> Json:
    return att(queue_id(str(dead_letter_name(function))))
