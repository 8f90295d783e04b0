"""OpenAPI 3.1, generated from the same declarations that serve the requests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chalicelib.kit.errors import (
    AppError,
    ForbiddenError,
    MalformedRequestError,
    PayloadTooLargeError,
    RejectedError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedMediaTypeError,
)
from chalicelib.kit.http import NoContent, Route
from chalicelib.kit.idempotency import IdempotencyKeyInUseError, IdempotencyKeyReusedError

__all__ = ["build_openapi"]

Refs = Mapping[Any, dict[str, Any]]
_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"{(\w+)}")
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


# What the company API answers instead: every key in both spellings, because clients read one or the other.
_DIALECT: dict[str, Any] = {
    "type": "object",
    "required": ["ErrorInformation"],
    "properties": {
        "message": {"const": "unauthorized", "description": "with 401 only"},
        "ErrorInformation": {
            "type": "object",
            "required": ["error", "message", "code", "Error", "Message", "Code"],
            "properties": {
                **{name: {"type": "integer"} for name in ("error", "Error", "code", "Code")},
                **{name: {"type": "string"} for name in ("message", "Message")},
            },
        },
    },
}


def build_openapi(
    routes: Sequence[Route], *, title: str, version: str, server: str, written: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The document for every typed JSON route, in the order of their paths.

    `written` (`paths`, `schemas`) describes by hand what answers in a form of its own; a path of it must be a route's.
    """
    written = written or {"paths": {}, "schemas": {}}
    typed = [route for route in routes if route.kind == "json" and (route.returns or route.body)]
    # What is sent and what is answered differ: defaults may be left out of the one and always stand in the other.
    sent = {model for route in typed for model in (route.body, route.query) if model}
    answered = {cast("type[BaseModel]", route.returns) for route in typed if route.returns not in {None, NoContent}}
    pairs: list[tuple[type[BaseModel], Any]] = [
        *((model, "validation") for model in sorted(sent, key=_name_of)),
        *((model, "serialization") for model in sorted(answered, key=_name_of)),
    ]
    refs, definitions = models_json_schema(pairs, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for route in sorted(typed, key=lambda found: (found.path, found.method)):
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, refs, definitions.get("$defs", {}))
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "servers": [{"url": server}],
        "paths": dict(sorted({**paths, **written["paths"]}.items())),
        "components": {
            "schemas": {
                **definitions.get("$defs", {}),
                **written["schemas"],
                "Problem": _PROBLEM,
                "DialectError": _DIALECT,
            },
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "anslut_session"},
                "api_token": {"type": "http", "scheme": "bearer", "description": "A token of POST /api-tokens."},
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "client": {"type": "http", "scheme": "basic"},
            },
        },
    }


def _name_of(model: type[BaseModel]) -> str:
    return model.__name__


def _operation(route: Route, refs: Refs, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary.partition("\n")[0] or route.name.replace("_", " ").capitalize(),
        "tags": [route.path.strip("/").partition("/")[0]],
        "responses": _responses(route, refs),
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.path)
    ]
    if route.query is not None:
        name = refs[route.query, "validation"]["$ref"].rpartition("/")[2]
        parameters += _query_parameters(schemas[name])
    if route.keyed:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "maxLength": 200},
            }
        )
    if route.conditional:
        parameters.append({"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}})
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        content = {"application/json": {"schema": refs[route.body, "validation"]}}
        operation["requestBody"] = {"required": True, "content": content}
    if route.guard.name != "public":
        operation["security"] = _security(route.guard.name)
    return operation


def _security(guard: str) -> list[dict[str, list[str]]]:
    if guard == "bearer" or guard.startswith("scope:"):
        return [{"bearer": []}]
    names = ("session", "api_token") if "+token:" in guard else ("session",)
    return [{name: []} for name in names]


def _query_parameters(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": value}
        for name, value in schema.get("properties", {}).items()
    ]


def _responses(route: Route, refs: Refs) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    if route.returns is None or route.returns is NoContent:
        responses["204"] = {"description": "Done"}
    else:
        schema: dict[str, Any] = refs[route.returns, "serialization"]
        if route.paged:
            cursor = {"type": ["string", "null"]}
            schema = {
                "type": "object",
                "required": ["items", "next_cursor"],
                "properties": {"items": {"type": "array", "items": schema}, "next_cursor": cursor},
            }
        elif route.listed:
            schema = {"type": "array", "items": schema}
        responses[str(route.status)] = {"description": "OK", "content": {"application/json": {"schema": schema}}}
    media, model = (
        ("application/json", "DialectError") if _speaks_dialect(route) else ("application/problem+json", "Problem")
    )
    for status, names in sorted(_problem_statuses(route).items()):
        content = {media: {"schema": {"$ref": _REF.format(model=model)}}}
        responses[str(status)] = {"description": ", ".join(sorted(names)), "content": content}
    return responses


def _speaks_dialect(route: Route) -> bool:
    return route.path.startswith("/3/")


def _problem_statuses(route: Route) -> dict[int, set[str]]:
    kinds: list[type[AppError]] = [*route.problems, UnavailableError]
    if route.guard.name != "public":
        kinds += [UnauthenticatedError, ForbiddenError]
    if route.keyed:
        kinds += [IdempotencyKeyInUseError, IdempotencyKeyReusedError, MalformedRequestError]
    if route.body is not None:
        kinds += [MalformedRequestError, RejectedError, UnsupportedMediaTypeError, PayloadTooLargeError]
    elif route.query is not None:
        kinds.append(MalformedRequestError)
    found: dict[int, set[str]] = {}
    for kind in kinds:
        # The dialect of the company API has no 422.
        is_rejected = _speaks_dialect(route) and kind.status == RejectedError.status
        found.setdefault(MalformedRequestError.status if is_rejected else kind.status, set()).add(kind.code)
    return found
