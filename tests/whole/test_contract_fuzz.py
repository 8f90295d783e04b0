"""The API's description, taken at its word: each operation with generated input, each answer held against its schema (IN-37).

No answer may be 500 or above, have a status or a content type the description does not name, or a body that does not fit.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from openapi_schema_validator import OAS31Validator

from chalicelib.kit.context import new_context
from chalicelib.oauth.service import rotate_signing_keys
from infra.openapi import built
from tests import factories
from tests.client import Answer, Client
from tests.conftest import fresh_aws

ROUNDS = 3
OUR_TROUBLE = 500
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 2**53, 1.5, "", "x" * 300, "å\u202e\u0000", "'\"<script>", [], {}, ["x"], {"S": "x"},
)  # fmt: skip
# What ends the session or the person that everything else is tried with, and what speaks to people outside.
LEFT_OUT = {
    "DELETE /sessions", "DELETE /sessions/current", "PUT /accounts/current/password", "POST /accounts/current/second-factor",
    "PUT /sessions/current/company", "POST /accounts/current/email-changes",
}  # fmt: skip


class Maker:
    """Values for a schema: mostly fitting, now and then not; from a fixed seed, so that a failure comes again."""

    def __init__(self, schemas: dict[str, Any], seed: int) -> None:
        self.schemas = schemas
        self.random = random.Random(seed)

    def value(self, schema: dict[str, Any], depth: int = 0) -> Any:
        if self.random.random() < 0.1:
            return self.random.choice(ODD)
        if "$ref" in schema:
            return self.value(self.schemas[schema["$ref"].rpartition("/")[2]], depth)
        for word in ("anyOf", "oneOf", "allOf"):
            if word in schema:
                return self.value(self.random.choice(schema[word]), depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        return getattr(self, f"_{schema.get('type', 'string')}", self._string)(schema, depth)

    def _object(self, schema: dict[str, Any], depth: int) -> Any:
        required = set(schema.get("required", ()))
        chosen = {
            name: part
            for name, part in schema.get("properties", {}).items()
            if name in required or self.random.random() < 0.5
        }
        return {name: self.value(part, depth + 1) for name, part in chosen.items() if self.random.random() < 0.95}

    def _array(self, schema: dict[str, Any], depth: int) -> Any:
        count = self.random.randint(schema.get("minItems", 0), min(schema.get("maxItems", 3), 3))
        return [self.value(schema.get("items", {}), depth + 1) for _ in range(count)]

    def _integer(self, schema: dict[str, Any], _: int) -> Any:
        return self.random.randint(schema.get("minimum", 0), schema.get("maximum", 1_000))

    def _number(self, schema: dict[str, Any], depth: int) -> Any:
        return float(self._integer(schema, depth))

    def _boolean(self, *_: Any) -> Any:
        return self.random.random() < 0.5

    def _null(self, *_: Any) -> Any:
        return None

    def _string(self, schema: dict[str, Any], _: int) -> Any:
        if schema.get("format") == "date-time":
            return "2027-01-01T00:00:00Z"
        if schema.get("format") == "date":
            return "2026-11-22"
        size = self.random.randint(schema.get("minLength", 0), min(schema.get("maxLength", 20), 20))
        return "".join(self.random.choice("abc xyzåäö0189-_.@/:") for _ in range(size))


@pytest.fixture(scope="module")
def people(app: Any) -> Iterator[dict[str, Client]]:
    with fresh_aws():
        rotate_signing_keys(new_context())
        yield {"operator": factories.operator(app), "developer": factories.developer(app)}


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """OAuth, the company API and the older dialect speak forms and tokens: they have tests of their own."""
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if f"{method.upper()} {path}" not in LEFT_OUT
        and not path.startswith(("/3/", "/api/", "/oauth-v1", "/.well-known"))
    ]


def test_IN_37_every_operation_answers_as_it_is_described(people: dict[str, Client]) -> None:
    document = built()
    made = people["developer"].post("/integrations", json={"name": "Fuzz", "scopes": ["profile"]}).json
    found: list[str] = []
    for seed in range(ROUNDS):
        maker = Maker(document["components"]["schemas"], seed)
        for method, path, operation in operations(document):
            if method == "DELETE" and seed < ROUNDS - 1:
                continue  # what is there is to be there for the other rounds
            client = people["operator" if path.startswith("/operator") else "developer"]
            sent, answer = _ask(client, maker, method, path, operation, str(made["integration_id"]))
            wrong = _fault(document, operation, answer)
            if wrong:
                found.append(f"{method} {sent}: {answer.status} {wrong}: {answer.text[:300]}")
    assert not found, f"{len(found)} findings:\n" + "\n".join(found[:25])


def _ask(
    client: Client, maker: Maker, method: str, path: str, operation: dict[str, Any], integration_id: str
) -> tuple[str, Answer]:
    address, query, headers = path, {}, {}
    for parameter in operation.get("parameters", ()):
        name, where = parameter["name"], parameter["in"]
        if where == "path":
            known = integration_id if name == "integration_id" else maker.random.choice(["x", "sec_1", "å", "a" * 80])
            address = address.replace(f"{{{name}}}", quote(known, safe=""))
        elif where == "query" and maker.random.random() < 0.5:
            query[name] = maker.value(parameter["schema"])
        elif where == "header" and name == "If-Match" and maker.random.random() < 0.5:
            headers[name] = maker.random.choice(['"1"', "*", "odd"])
    if query:
        address += "?" + urlencode(query, doseq=True)
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return address, client.request(method, address, headers=headers)
    text = json.dumps(maker.value(schema))
    answer = client.request(method, address, body=text, headers=headers | {"Content-Type": "application/json"})
    return f"{address} {text[:300]}", answer


def _fault(document: dict[str, Any], operation: dict[str, Any], answer: Answer) -> str:
    if answer.status >= OUR_TROUBLE:
        return "our own trouble"
    described = operation["responses"].get(str(answer.status))
    if described is None:
        return f"a status that is not described (described: {', '.join(operation['responses'])})"
    content = described.get("content")
    if not content:
        return "a body where none is described" if answer.text else ""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind not in content:
        return f"the content type {kind}"
    if not kind.endswith("json"):
        return ""
    schema = {**content[kind]["schema"], "components": document["components"]}
    errors = [error.message for error in OAS31Validator(schema).iter_errors(answer.json)]
    return f"a body that does not fit: {errors[0][:200]}" if errors else ""
