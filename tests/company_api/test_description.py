"""The company API's description says what the company API answers: the dialect's error body, never a problem document."""

from __future__ import annotations

import json
from pathlib import Path

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text("utf-8"))
DIALECT = {"application/json": {"schema": {"$ref": "#/components/schemas/DialectError"}}}


def test_every_error_of_the_company_api_is_described_in_the_dialect():
    seen = 0
    for path, operations in DOCUMENT["paths"].items():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if path.startswith("/3/") and status >= "400":
                    seen += 1
                    assert answer["content"] == DIALECT, (path, status)
                    assert status != "422", path
    assert seen > 50


def test_an_answered_error_fits_its_description(client):
    answer = client.get("/3/companyinformation")
    schema = DOCUMENT["components"]["schemas"]["DialectError"]["properties"]["ErrorInformation"]
    assert set(schema["required"]) == set(answer.json["ErrorInformation"])
