"""API Gateway: one greedy resource, one stage, and gateway answers in problem+json."""

from __future__ import annotations

import hashlib
import json

from infra.stage import Stage
from infra.template.intrinsics import Json, Resources, att, camel, ref, sub

STAGE_NAME = "api"

# Response type → status, title, detail. What API Gateway says by itself, in the words of our own problems.
GATEWAY_ANSWERS: dict[str, tuple[str, str, str]] = {
    "MISSING_AUTHENTICATION_TOKEN": ("404", "Not found", "There is nothing at this address."),
    "RESOURCE_NOT_FOUND": ("404", "Not found", "There is nothing at this address."),
    "REQUEST_TOO_LARGE": ("413", "Request too large", "Send a smaller body."),
    "THROTTLED": ("429", "Too many requests", "Wait a moment and repeat the request."),
    "INTEGRATION_TIMEOUT": ("503", "Temporarily unavailable", "Repeat the same request; that is safe."),
    "INTEGRATION_FAILURE": ("503", "Temporarily unavailable", "Repeat the same request; that is safe."),
    "DEFAULT_4XX": ("400", "Bad request", "The request could not be read."),
    "DEFAULT_5XX": ("503", "Temporarily unavailable", "Repeat the same request; that is safe."),
}
RETRY_LATER = ("THROTTLED", "INTEGRATION_TIMEOUT", "INTEGRATION_FAILURE", "DEFAULT_5XX")


def api_resources(stage: Stage) -> Resources:
    """Any method at any path goes to the API function, which finds the route itself (docs/decisions/0007)."""
    answers = {f"Answer{camel(kind)}": _answer(kind) for kind in GATEWAY_ANSWERS}
    methods = {"RootMethod": _any(att("RestAPI", "RootResourceId")), "PathMethod": _any(ref("PathResource"))}
    deployment = f"Deployment{_digest({**methods, **answers, 'binary': ['*/*']})}"
    return {
        "RestAPI": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {
                "Name": stage.prefix,
                "EndpointConfiguration": {"Types": ["REGIONAL"]},
                # Files such as XLSX: the gateway looks at the first type of the Accept header only, and a browser's is
                # text/html. Requests arrive as base64 then; `kit/request.py` reads both.
                "BinaryMediaTypes": ["*/*"],
            },
        },
        "PathResource": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {
                "RestApiId": ref("RestAPI"),
                "ParentId": att("RestAPI", "RootResourceId"),
                "PathPart": "{proxy+}",
            },
        },
        **methods,
        **answers,
        deployment: {
            "Type": "AWS::ApiGateway::Deployment",
            "DependsOn": sorted({*answers, *methods}),
            "Properties": {"RestApiId": ref("RestAPI")},
        },
        "ApiStage": _stage(deployment),
    }


def _stage(deployment: str) -> Json:
    throttle = {
        "HttpMethod": "*",
        "ResourcePath": "/*",
        "ThrottlingBurstLimit": ref("RequestBurst"),
        "ThrottlingRateLimit": ref("RequestRate"),
    }
    return {
        "Type": "AWS::ApiGateway::Stage",
        "Properties": {
            "RestApiId": ref("RestAPI"),
            "DeploymentId": ref(deployment),
            "StageName": STAGE_NAME,
            "MethodSettings": [throttle],
        },
    }


def _any(resource: Json) -> Json:
    invoke = (
        "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${APIHandler.Arn}/invocations"
    )
    return {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            "RestApiId": ref("RestAPI"),
            "ResourceId": resource,
            "HttpMethod": "ANY",
            "AuthorizationType": "NONE",  # the guards of the app decide
            "Integration": {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": sub(invoke)},
        },
    }


def _answer(kind: str) -> Json:
    properties: Json = {
        "RestApiId": ref("RestAPI"),
        "ResponseType": kind,
        "ResponseTemplates": _templates(kind),
        "ResponseParameters": _headers(kind),
    }
    if kind != "DEFAULT_4XX":  # a family keeps the status of the case at hand
        properties["StatusCode"] = GATEWAY_ANSWERS[kind][0]
    return {"Type": "AWS::ApiGateway::GatewayResponse", "Properties": properties}


def _templates(kind: str) -> Json:
    status, title, detail = GATEWAY_ANSWERS[kind]
    problem = {"type": "about:blank", "title": title, "status": int(status), "detail": detail}
    return {"application/json": json.dumps(problem)}


def _headers(kind: str) -> Json:
    retry = {"gatewayresponse.header.Retry-After": "'2'"} if kind in RETRY_LATER else {}
    return {
        "gatewayresponse.header.Content-Type": "'application/problem+json'",
        "gatewayresponse.header.Cache-Control": "'no-store'",
        **retry,
    }


def _digest(body: Json) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:12]
