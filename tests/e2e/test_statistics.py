"""What customers do over HTTP is in the developer's numbers after the fold: page, API and CSV say the same (D9, D10)."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import requests

from infra.visitor import Visitor
from tests.e2e.stack import Stack
from tests.e2e.test_sales import PASSWORD, persona
from tests.e2e.test_story import scheduled_event

CALLBACK = "https://numbers.example/callback"
DONE = {"activated": 3, "reactivated": 0, "deactivated": 2, "launched": 1, "failed": 1}


def test_what_customers_do_is_what_page_api_and_csv_say(stack: Stack, unique: str) -> None:
    developer = persona(stack, "developer")
    made = developer.call("POST", "/integrations", json={"name": f"Numbers {unique}", "scopes": ["companyinformation"]})
    mine = made["integration_id"]
    details = {"redirect_uris": [CALLBACK], "start_page": "https://numbers.example/start"}
    developer.call("PATCH", f"/integrations/{mine}", json=details)
    stays, leaves = (customer(stack, f"{who}-{unique}") for who in ("stays", "leaves"))
    for visitor in (stays, leaves):
        activate(stack, visitor, made["client_id"])
    stays.call("POST", f"/activations/{mine}/launches")
    leaves.call("DELETE", f"/activations/{mine}")
    stays.call("DELETE", f"/activations/{mine}")
    activate(stack, stays, made["client_id"])
    refused = requests.post(
        f"{stack.url}/oauth-v1/token", data={"grant_type": "refresh_token", "refresh_token": "x"},
        auth=(made["client_id"], made["client_secret"]), timeout=20,
    )  # fmt: skip
    assert refused.status_code == 400

    def counted() -> bool:
        stack.invoke("statistics-rollup", scheduled_event())
        totals = ask(developer, mine, period="7d")["totals"]
        return {name: totals[name] for name in DONE} == DONE

    stack.eventually(counted, seconds=60, every=1)
    agrees(developer, mine, period="7d")
    agrees(developer, mine, period="12m")
    today = date.fromisoformat(ask(developer, mine, period="7d")["to"])
    around = agrees(developer, mine, **{"from": str(today - timedelta(days=1)), "to": str(today), "interval": "day"})
    assert len(around["points"]) == 2
    assert around["before"]["activated"] == 0
    later = ask(developer, mine, **{"from": str(today + timedelta(days=1)), "to": str(today + timedelta(days=2))})
    assert (later["totals"]["activated"], later["before"]["activated"]) == (0, 3), "compared with the days just before"
    assert [one["cause"] for one in around["causes"]] == ["connection_ended"]


def customer(stack: Stack, name: str) -> Visitor:
    visitor = Visitor(stack.url, f"{name}@example.test", PASSWORD)
    visitor.sign_up(name, f"{name} AB")
    visitor.sign_in()
    return visitor


def activate(stack: Stack, visitor: Visitor, client_id: str) -> None:
    asked = {
        "client_id": client_id, "response_type": "code", "scope": "companyinformation", "state": "s",
        "redirect_uri": CALLBACK,
    }  # fmt: skip
    assert "code" in visitor.approve(f"{stack.url}/oauth-v1/auth?{urlencode(asked)}")


def ask(developer: Visitor, integration_id: str, **query: str) -> dict[str, Any]:
    found: dict[str, Any] = developer.call(
        "GET", "/statistics/activations", params={"integration_id": integration_id, **query}
    )
    return found


def agrees(developer: Visitor, integration_id: str, **query: str) -> dict[str, Any]:
    """API, CSV and page of one question."""
    found = ask(developer, integration_id, **query)
    asked = urlencode({"integration_id": integration_id, **query})
    text = developer.page(f"/statistics/activations.csv?{asked}").text
    rows = list(csv.DictReader(io.StringIO(text)))
    for name in DONE:
        column = [int(row[name]) for row in rows]
        assert column == [point[name] for point in found["points"]], name
        assert sum(column) == found["totals"][name], name
    assert found["active_now"] == found["points"][-1]["active"] == 1
    page = developer.page(f"/portal/statistics?{asked}").text
    values = [f'data-value="{point["activated"]}"' in page for point in found["points"]]
    assert all(values)
    return found
