"""Sold, closed, invoiced, paid out and verified, on the deployed package: the months after what the demo has closed."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from infra.visitor import Visitor, wait_for
from tests.e2e.stack import Stack

PASSWORD = "a long enough password"
DAY = 86_400


@pytest.fixture
def operator(stack: Stack) -> Visitor:
    return persona(stack, "operator")


def persona(stack: Stack, role: str) -> Visitor:
    person = next(one for one in stack.personas if one["role"] == role)
    visitor = Visitor(stack.url, person["email"], person["password"])
    visitor.sign_in()
    return visitor


def next_month(operator: Visitor) -> date:
    """The first day of the month that the next close is for."""
    newest = date.fromisoformat(operator.call("GET", "/operator/sales/months")[0]["month"] + "-01")
    return (newest + timedelta(days=32)).replace(day=1)


def travel(visitor: Visitor, day: date) -> None:
    days = (day - datetime.now(UTC).date()).days
    visitor.browser.headers["Anslut-Time-Travel"] = str(days * DAY)
    if days > 0:
        visitor.sign_in()  # today's session has ended by then; one begun in the past would be swept away


def come_home(visitor: Visitor) -> None:
    visitor.browser.headers.pop("Anslut-Time-Travel", None)
    visitor.sign_in()


def test_a_purchase_becomes_an_invoice_a_statement_and_a_chain_that_verifies(
    stack: Stack, operator: Visitor, unique: str
) -> None:
    developer = persona(stack, "developer")
    sold = next(one for one in developer.call("GET", "/integrations")["items"] if one["name"] == "Lagerbro")
    month = next_month(operator)
    buyer = Visitor(stack.url, f"buyer-{unique}@example.test", PASSWORD)
    buyer.sign_up("Bo Köpare", f"Köparna {unique} AB", "559999-0016")
    buyer.sign_in()
    travel(buyer, month + timedelta(days=9))
    offer = buyer.call("GET", f"/offers/{sold['integration_id']}")
    terms = {name: offer[name] for name in ("price_version", "agreement_version")}
    order = {"integration_id": sold["integration_id"], "seats": 3, "is_agreed": True, **terms}
    for _ in range(2):
        buyer.call("POST", "/licences", json=order)
    come_home(buyer)

    travel(operator, month + timedelta(days=33))
    name = f"{month:%Y-%m}"
    operator.call("POST", "/operator/sales/closes", json={"month": name})
    book = wait_for(lambda: closed(operator, name), f"the close of {name}", 90)
    assert book["percent"] == 100

    (invoice,) = buyer.call("GET", "/invoices")["items"]
    assert (invoice["net_minor"], invoice["vat_minor"], invoice["total_minor"]) == (44700, 11175, 55875)
    assert invoice["customer"]["name"] == f"Köparna {unique} AB"
    assert "558.75" in buyer.page(f"/account/invoices/{invoice['number']}").text
    packed = zipfile.ZipFile(io.BytesIO(download(buyer, f"/invoices/{invoice['number']}/xlsx")))
    assert "558.75" in packed.read("xl/worksheets/sheet1.xml").decode()
    mail = wait_for(lambda: [one for one in buyer.mails() if "558.75 SEK" in one["text"]], "the invoice by mail", 60)
    assert str(invoice["number"]) in mail[0]["subject"]

    lines = rows(developer, f"/sales/lines/csv?month={name}")
    (mine,) = [line for line in lines if line["invoice"] == str(invoice["number"])]
    assert (mine["quantity"], mine["amount"], mine["your share"]) == ("3", "447.00", "335.25")
    statements = developer.call("GET", "/sales/statements", params={"from": name, "to": name})
    assert sum(one["net_minor"] for one in statements) == sum(round(float(line["amount"]) * 100) for line in lines)

    report = operator.call("GET", f"/operator/sales/months/{name}/verification")
    assert (report["is_sound"], report["findings"]) == (True, [])
    exported = rows(operator, f"/operator/sales/months/{name}/export/csv")
    assert sum(round(float(row["invoiced"]) * 100) for row in exported) == book["totals"]["SEK"]["net"]


def closed(operator: Visitor, month: str) -> Any:
    found = [one for one in operator.call("GET", "/operator/sales/months") if one["month"] == month]
    return found[0] if found and found[0]["state"] == "closed" else None


def download(visitor: Visitor, path: str) -> bytes:
    """As a browser follows a link: the first type it accepts is HTML."""
    answer = visitor.browser.get(visitor.url + path, headers={"Accept": "text/html,*/*;q=0.8"}, timeout=35)
    assert answer.status_code == 200
    return answer.content


def rows(visitor: Visitor, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(download(visitor, path).decode())))
