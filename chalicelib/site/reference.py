"""The API reference out of the OpenAPI document: what an operation takes and answers, and how to call it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

__all__ = ["Answer", "Field", "Operation", "Parameter", "find_operation", "list_areas", "list_operations"]

_FORM = "application/x-www-form-urlencoded"
_DEPTH = 3  # of objects in objects that a reader is shown; deeper ones are named only
_TEXTS = {
    "email": "anna@example.se",
    "contact_email": "anna@example.se",
    "currency": "SEK",
    "date": "2026-11-22",
    "date-time": "2026-11-22T12:00:00Z",
    "uri": "https://app.example.se/callback",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """`place` is path, query or header; `kind` a JSON type or the values that may be given."""

    name: str
    place: str
    kind: str
    is_required: bool
    note: str
    value: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a body; `name` has dots for what lies inside another field."""

    name: str
    kind: str
    is_required: bool
    note: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    text: str
    codes: tuple[str, ...]
    fields: tuple[Field, ...]
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`needs` is none, session, bearer or client (HTTP Basic with client id and secret)."""

    operation_id: str
    method: str
    path: str
    area: str
    summary: str
    needs: str
    parameters: tuple[Parameter, ...]
    media_type: str
    fields: tuple[Field, ...]
    body: str
    answers: tuple[Answer, ...]
    samples: tuple[tuple[str, str], ...]


def list_operations(document: Mapping[str, Any]) -> list[Operation]:
    """All of them, in the document's order."""
    return [
        _operation(document, path, method, raw)
        for path, methods in document["paths"].items()
        for method, raw in methods.items()
    ]


def list_areas(operations: Sequence[Operation]) -> dict[str, list[Operation]]:
    areas: dict[str, list[Operation]] = {}
    for operation in operations:
        areas.setdefault(operation.area, []).append(operation)
    return areas


def find_operation(operations: Sequence[Operation], operation_id: str) -> Operation | None:
    return next((one for one in operations if one.operation_id == operation_id), None)


def _operation(document: Mapping[str, Any], path: str, method: str, raw: Mapping[str, Any]) -> Operation:
    schemas = document["components"]["schemas"]
    content = raw.get("requestBody", {}).get("content", {})
    media_type = next(iter(content), "")
    schema = content[media_type]["schema"] if media_type else {}
    parameters = tuple(_parameter(one, schemas) for one in raw.get("parameters", []))
    needs = next((name for rule in raw.get("security", []) for name in rule), "none")
    body = _example(schema, schemas) if media_type else None
    call = _Call(method.upper(), document["servers"][0]["url"] + path, needs, parameters, media_type, body)
    return Operation(
        operation_id=raw["operationId"],
        method=method.upper(),
        path=path,
        area=raw["tags"][0],
        summary=raw.get("summary", ""),
        needs=needs,
        parameters=parameters,
        media_type=media_type,
        fields=tuple(_fields(schema, schemas)),
        body="" if body is None else _written(body, media_type),
        answers=tuple(_answer(status, one, schemas) for status, one in raw["responses"].items()),
        samples=(("curl", call.curl()), ("Python", call.python()), ("JavaScript", call.javascript())),
    )


def _parameter(raw: Mapping[str, Any], schemas: Mapping[str, Any]) -> Parameter:
    schema = raw.get("schema", {})
    value = "" if not raw.get("required") else str(_example(schema, schemas, raw["name"]))
    note = _note({**schema, "description": raw.get("description", schema.get("description", ""))})
    return Parameter(raw["name"], raw["in"], _kind(schema, schemas), bool(raw.get("required")), note, value)


def _answer(status: str, raw: Mapping[str, Any], schemas: Mapping[str, Any]) -> Answer:
    content = raw.get("content", {})
    is_problem = "application/problem+json" in content
    schema: dict[str, Any] = {} if is_problem else next((one["schema"] for one in content.values()), {})
    codes = tuple(raw["description"].split(", ")) if is_problem else ()
    example = json.dumps(_example(schema, schemas), indent=2, ensure_ascii=False) if schema else ""
    text = "" if is_problem else raw["description"]
    return Answer(status, text, codes, tuple(_fields(schema, schemas)), example)


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any], before: str = "", depth: int = 1) -> Iterator[Field]:
    found = _plain(schema, schemas)
    if found.get("type") == "array":
        yield from _fields(found.get("items", {}), schemas, f"{before}[]", depth)
        return
    for name, raw in found.get("properties", {}).items():
        path = f"{before}.{name}".lstrip(".")
        yield Field(path, _kind(raw, schemas), name in found.get("required", ()), _note(raw))
        if depth < _DEPTH:
            yield from _fields(raw, schemas, path, depth + 1)


def _plain(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema behind references, and behind "or null"."""
    if "$ref" in schema:
        return _plain(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return _plain(next((one for one in schema["anyOf"] if one.get("type") != "null"), {}), schemas)
    return schema


def _kind(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    found = _plain(schema, schemas)
    if "enum" in found:
        return " | ".join(map(str, found["enum"]))
    if "const" in found:
        return str(found["const"])
    if found.get("type") == "array":
        return f"array of {_kind(found.get('items', {}), schemas)}"
    kinds = found.get("type", "any")
    if isinstance(kinds, list):
        return " | ".join(kinds)
    return f"{kinds}, {found['format']}" if "format" in found else str(kinds)


def _note(schema: Mapping[str, Any]) -> str:
    """The description and the limits, as far as a caller must know them."""
    inner: Mapping[str, Any] = next((one for one in schema.get("anyOf", ()) if one.get("type") != "null"), schema)
    limits = [
        f"{text} {inner[key]}"
        for key, text in (("minLength", "at least"), ("maxLength", "at most"), ("minimum", "from"), ("maximum", "to"))
        if key in inner
    ]
    default = schema.get("default")
    if isinstance(default, str | int) and default != "":
        limits.append(f"default {default}")
    return "; ".join(part for part in (schema.get("description", ""), ", ".join(limits)) if part)


def _example(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "") -> Any:
    """A plausible value, the same each time: of an object what is required, or its first two fields if nothing is."""
    found = _plain(schema, schemas)
    for key in ("example", "const"):
        if key in found:
            return found[key]
    if "enum" in found:
        return found["enum"][0]
    kind = found.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        fields = found.get("properties", {})
        wanted = [name for name in fields if name in found.get("required", ())] or list(fields)[:2]
        return {one: _example(fields[one], schemas, one) for one in wanted}
    if kind == "array":
        return [_example(found.get("items", {}), schemas, name.rstrip("s"))]
    if kind == "string":
        return _text(found, name)
    return {"integer": found.get("minimum", 1), "number": 1.5, "boolean": True}.get(kind)


def _text(schema: Mapping[str, Any], name: str) -> str:
    for key in (schema.get("format", ""), name):
        if key in _TEXTS:
            return _TEXTS[key]
    if "uri" in name or name in {"website", "start_page", "href", "url", "link"}:
        return _TEXTS["uri"]
    if name.startswith("scope"):
        return "companyinformation"
    if name.endswith("_id") or name == "id":
        return f"{name.removesuffix('_id')[:3] or 'id'}_1"
    return (name or "text").replace("_", " ")


def _written(body: Any, media_type: str) -> str:
    return urlencode(body) if media_type == _FORM else json.dumps(body, indent=2, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class _Call:
    """One request, told in three languages."""

    method: str
    url: str
    needs: str
    parameters: tuple[Parameter, ...]
    media_type: str
    body: Any

    def address(self) -> str:
        url = self.url
        for one in self.parameters:
            if one.place == "path":
                url = url.replace(f"{{{one.name}}}", one.value)
        query = {one.name: one.value for one in self.parameters if one.place == "query" and one.is_required}
        return f"{url}?{urlencode(query)}" if query else url

    def headers(self) -> dict[str, str]:
        found = {"Authorization": "Bearer $ACCESS_TOKEN"} if self.needs == "bearer" else {}
        if self.needs == "session":
            found["Cookie"] = "anslut_session=$SESSION"
        if self.body is not None and self.media_type != _FORM:
            found["Content-Type"] = self.media_type
        return found

    def curl(self) -> str:
        lines = [f'curl "{self.address()}"' if self.method == "GET" else f'curl -X {self.method} "{self.address()}"']
        if self.needs == "client":
            lines.append('-u "$CLIENT_ID:$CLIENT_SECRET"')
        lines += [f'-H "{name}: {value}"' for name, value in self.headers().items()]
        if self.media_type == _FORM:
            lines += [f"-d {name}={value}" for name, value in self.body.items()]
        elif self.body is not None:
            lines.append(f"-d '{json.dumps(self.body, ensure_ascii=False)}'")
        return " \\\n  ".join(lines)

    def python(self) -> str:
        lines = ["import requests", "", f"answer = requests.{self.method.lower()}(", f'    "{self.address()}",']
        if self.needs == "client":
            lines.append("    auth=(client_id, client_secret),")
        headers = {name: value for name, value in self.headers().items() if name == "Authorization"}
        if headers:
            lines.append('    headers={"Authorization": f"Bearer {access_token}"},')
        if self.needs == "session":
            lines.append('    cookies={"anslut_session": session},')
        if self.body is not None:
            lines.append(f"    {'data' if self.media_type == _FORM else 'json'}={self.body!r},")
        return "\n".join([*lines, "    timeout=10,", ")", "answer.raise_for_status()", "print(answer.json())"])

    def javascript(self) -> str:
        lines = [f'const answer = await fetch("{self.address()}", {{', f'  method: "{self.method}",']
        headers = {name: f'"{value}"' for name, value in self.headers().items() if name != "Cookie"}
        if self.needs == "bearer":
            headers["Authorization"] = "`Bearer ${accessToken}`"
        if self.needs == "client":
            headers["Authorization"] = '"Basic " + btoa(`${clientId}:${clientSecret}`)'
        if headers:
            told = ", ".join(f'"{name}": {value}' for name, value in headers.items())
            lines.append(f"  headers: {{ {told} }},")
        if self.body is not None:
            text = json.dumps(self.body, ensure_ascii=False)
            made = f"new URLSearchParams({text})" if self.media_type == _FORM else f"JSON.stringify({text})"
            lines.append(f"  body: {made},")
        return "\n".join([*lines, "});", "console.log(answer.status, await answer.json());"])
