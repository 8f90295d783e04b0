"""Sales over HTTP: what developers, customers, the operator and partner clients are shown, and what they are not."""

from __future__ import annotations

import base64
import csv
import io
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from chalicelib.integrations import repository as integrations
from chalicelib.kit.context import Actor
from chalicelib.kit.outbox import new_event
from chalicelib.sales import repository, service
from chalicelib.sales.domain import Month
from chalicelib.sales.repository import SubscriptionItem
from tests.factories import aws_calls, customer, developer, operator, told, whoami
from tests.sales.builders import at, for_sale, purchase


@pytest.fixture
def shop(client):
    """A developer with one integration, sold to one customer since September, closed up to October."""
    seller, buyer = developer(client), customer(client)
    mine = whoami(seller)
    integration = for_sale(tenant_id=mine.company.tenant_id)
    integrations.add_integration(integration, new_event(mine.ctx(), "integration.created", "int_lagerbro"), "op")
    berg = whoami(buyer)
    ctx = at("2026-09-15", berg.ctx())
    service.buy(
        ctx,
        purchase(
            tenant_id=berg.company.tenant_id, integration=integration, seats=3, account_id=berg.account.account_id
        ),
    )
    service.close_month(at("2026-10-01"), Month(2026, 9))
    service.close_month(at("2026-11-01"), Month(2026, 10))
    seller.headers["accept-language"] = buyer.headers["accept-language"] = "en"
    return seller, buyer


def form(page, path, **fields):
    token = re.search(r'name="form_token" value="([^"]+)"', page.text)[1]
    return {"form_token": token, **fields}


def test_the_developers_statement_is_one_query_and_its_file_says_the_same(shop):
    seller, _ = shop
    with aws_calls() as calls:
        found = seller.get("/sales/statements?from=2026-09&to=2026-10").json
    assert calls.count("Query") == 1
    assert [(one["month"], one["licences"], one["net_minor"], one["share_minor"]) for one in found] == [
        ("2026-09", 3, 29985, 22489), ("2026-10", 3, 29985, 22489),
    ]  # fmt: skip
    text = seller.get("/sales/statements/csv?from=2026-09&to=2026-10").text
    assert list(csv.reader(io.StringIO(text)))[1] == [
        "2026-09",
        "Lagerbro",
        "SEK",
        "1",
        "3",
        "299.85",
        "0.00",
        "224.89",
    ]
    assert seller.get("/sales/statements/pdf").status == 404


def test_a_file_for_spreadsheets_holds_numbers_as_numbers(shop):
    seller, _ = shop
    answer = seller.get("/sales/lines/xlsx?month=2026-10")
    packed = zipfile.ZipFile(io.BytesIO(base64.b64decode(answer.text)))
    assert packed.testzip() is None
    for part in packed.namelist():
        ET.fromstring(packed.read(part))
    sheet = packed.read("xl/worksheets/sheet1.xml").decode()
    assert '<c s="2"><v>299.85</v></c>' in sheet
    assert "Lagerbro" in sheet


def test_lines_customers_and_orders_are_the_developers_own(shop, client):
    seller, _ = shop
    (line,) = seller.get("/sales/lines?month=2026-10").json["items"]
    assert (line["kind"], line["quantity"], line["amount_minor"], line["last_day"]) == (
        "period",
        3,
        29985,
        "2026-11-14",
    )
    assert [one["seats"] for one in seller.get("/sales/subscriptions").json["items"]] == [3]
    assert [one["kind"] for one in seller.get("/sales/orders/int_lagerbro").json["items"]] == ["purchase"]
    stranger = developer(client)
    assert stranger.get("/sales/lines?month=2026-10").json["items"] == []
    assert stranger.get("/sales/subscriptions?integration_id=int_lagerbro").json["items"] == []
    assert stranger.get("/sales/orders/int_lagerbro").status == 404
    assert seller.get("/sales/lines?month=2026-13").status == 400


def test_the_customers_invoice_in_every_form(shop, client):
    _, buyer = shop
    listed = buyer.get("/invoices").json["items"]
    assert [one["number"] for one in listed] == [1002, 1001]
    assert buyer.get("/invoices/1002").json["total_minor"] == 37481
    rows = list(csv.reader(io.StringIO(buyer.get("/invoices/1002/csv").text)))
    assert [row[7] for row in rows[1:]] == ["299.85", "74.96", "374.81"]
    page = buyer.get("/account/invoices/1002")
    assert page.status == 200
    assert "374.81" in page.text
    stranger = customer(client)
    assert stranger.get("/invoices/1002").status == 404
    assert stranger.get("/account/invoices/1002").status == 404
    for nonsense in ("0", "-1", "1e3", "9" * 40, "٣"):
        assert buyer.get(f"/invoices/{nonsense}").status == 404


@pytest.mark.parametrize("path", ["/portal/sales", "/portal/sales?month=2026-09", "/portal/sales/lines?month=2026-10",
                                  "/portal/sales/customers", "/portal/sales/orders/int_lagerbro"])  # fmt: skip
def test_the_developers_pages_show_it_in_both_languages(shop, path):
    seller, _ = shop
    for lang in ("en", "sv"):
        answer = seller.get(path, headers={"accept-language": lang})
        assert answer.status == 200
        assert "Lagerbro" in answer.text


def test_O6_the_operators_export_equals_the_page(shop, client):
    staff = operator(client)
    staff.headers["accept-language"] = "en"
    page = staff.get("/operator/sales/2026-10").text
    assert "SEK 299.85" in page.replace("\u00a0", " ")
    rows = list(csv.DictReader(io.StringIO(staff.get("/operator/sales/months/2026-10/export/csv").text)))
    assert [(row["invoiced"], row["developer's share"], row["platform's part"]) for row in rows] == [
        ("299.85", "224.89", "74.96")
    ]
    (paid,) = csv.DictReader(io.StringIO(staff.get("/operator/sales/months/2026-10/payouts/csv").text))
    assert paid["amount"] == "224.89"
    assert staff.get("/operator/sales/months/2026-12/payouts/csv").status == 404
    (first, _) = staff.get("/operator/sales/months").json
    assert (first["month"], first["invoices"], first["percent"]) == ("2026-10", 1, 100)


def test_the_operator_sees_what_comes_verifies_and_gives_credit_once(shop, client):
    _, buyer = shop
    staff = operator(client)
    staff.headers["accept-language"] = "en"
    page = staff.get("/operator/sales/preview")
    assert "2026-11" in page.text
    report = staff.get("/operator/sales/months/2026-10/verification").json
    assert (report["is_sound"], report["lines"], report["findings"]) == (True, 2, [])
    assert "Everything agrees" in staff.get("/operator/sales/2026-10/verify").text
    assert "1002" in staff.get("/operator/sales/2026-10/invoices").text
    berg = whoami(buyer)
    blank = staff.get("/operator/sales/credit")
    once = re.search(r'name="once" value="([^"]+)"', blank.text)[1]
    fields = form(
        blank,
        "",
        once=once,
        customer=str(berg.company.number),
        integration="LagerbroLag1",
        amount="99,50",
        reason="Two days of outage",
    )
    for _ in range(2):
        assert staff.post("/operator/sales/credit", form=fields).status == 303
    (row,) = SubscriptionItem.scan()
    assert [charge.amount_minor for charge in row.pending if charge.kind == "credit"] == [-9950]
    wrong = staff.post("/operator/sales/credit", form=fields | {"amount": "ninety", "once": "another"})
    assert wrong.status == 422
    assert "Write an amount" in wrong.text
    assert staff.post("/operator/sales/credit", form=fields | {"customer": "1", "once": "another"}).status == 422


def test_a_close_is_asked_for_only_when_it_is_due(shop, client):
    staff = operator(client)
    staff.headers["accept-language"] = "en"
    assert staff.post("/operator/sales/closes", json={"month": "2026-10"}).status == 409
    assert staff.post("/operator/sales/closes", json={"month": "2031-01"}).status == 409
    assert staff.post("/operator/sales/closes", json={"month": "soon"}).status == 422
    assert told("sales.*") == []
    blank = staff.get("/operator/sales/credit")
    assert staff.post("/operator/sales", form=form(blank, "", month="2026-10")).status == 409


def test_partner_clients_read_orders_in_their_shapes(shop, client):
    """Amounts are numbers of licences (decision 0070)."""
    from chalicelib.kit.context import new_context
    from chalicelib.kit.errors import NotFoundError

    seller, buyer = shop
    berg = whoami(buyer)
    service.cancel(at("2026-10-20", berg.ctx()), berg.company.tenant_id, "int_lagerbro")
    token = Actor("acc_1", whoami(seller).company.tenant_id, scopes=frozenset({"developerapi"}), client_id="x")
    ctx = new_context(token)
    number = str(berg.company.number)
    sales = service.list_partner_sales(ctx, "4711")
    assert [(one["tenantId"], one["type"], one["amount"]) for one in sales] == [
        (number, "termination", 3),
        (number, "purchase", 3),
    ]
    older = service.get_app_sales(ctx, "LagerbroLag1")
    (tenant,) = older["tenants"]
    assert (older["appId"], tenant["tenantId"]) == ("LagerbroLag1", number)
    assert [one["amount"] for one in tenant["purchases"]] == [3]
    assert tenant["purchases"][0]["purchaseTime"]["date"] == "2026-09-15"
    assert tenant["terminations"][0]["onCancellationTime"]["date"] == "2026-10-20"
    assert service.get_app_sales(ctx, "LagerbroLag1", number) == older
    other = replace(ctx, actor=replace(token, tenant_id="ten_other"))
    for call in (lambda: service.list_partner_sales(other, "4711"), lambda: service.get_app_sales(other, "LagerbroLag1"),
                 lambda: service.get_app_sales(ctx, "LagerbroLag1", "1")):  # fmt: skip
        with pytest.raises(NotFoundError):
            call()
    assert client.get("/api/integration-developer/sales-v1/4711").status == 401
    assert seller.get("/api/integration-developer/sales-v1/4711").status == 401


def test_no_address_changes_or_removes_a_line_of_the_ledger(app):
    """SA-21: there is no such route; corrections are new lines."""
    from chalicelib.registry import all_routes
    from chalicelib.sales.repository import books

    writing = [f"{r.method} {r.path}" for r in all_routes() if "sales" in r.path and r.method not in {"GET", "HEAD"}]
    assert sorted(writing) == [
        "POST /operator/sales", "POST /operator/sales/closes", "POST /operator/sales/credit", "POST /operator/sales/credits",
    ]  # fmt: skip
    for part in (repository, books):
        assert not [name for name in part.__all__ if name.startswith(("delete", "remove"))]
