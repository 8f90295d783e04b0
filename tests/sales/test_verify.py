"""The chain: whoever changes, drops or adds a line is found out."""

from __future__ import annotations

import json

import pytest

from chalicelib.sales import repository, service
from chalicelib.sales.domain import Month
from chalicelib.sales.repository import InvoiceItem, LedgerItem, StatementItem
from chalicelib.sales.service.reconciling import reconcile
from chalicelib.sales.service.verifying import verify_book, verify_invoices
from tests.sales.builders import at
from tests.sales.test_close import sold

pytestmark = pytest.mark.usefixtures("aws")
NOVEMBER = Month(2026, 11)


@pytest.fixture
def book():
    sold({"seats": 3}, {"day": "2026-11-30"}, {"tenant_id": "ten_0001", "integration_id": "int_kvitto", "seats": 2})
    return service.close_month(at("2026-12-01"), NOVEMBER)


def findings(book):
    return [*verify_book(book).findings, *verify_invoices(at("2026-12-02"), book)]


def test_a_clean_month_verifies(book):
    assert findings(book) == []


def test_SA_21_a_changed_line_breaks_the_chain_at_its_place(book):
    row = LedgerItem.get("2026-11#00000", 3)
    line = json.loads(row.body)
    row.body = json.dumps(line | {"amount_minor": line["amount_minor"] + 1}, sort_keys=True)
    row.save()
    found = findings(book)
    assert any(one.startswith("Line 3 was changed") for one in found)
    assert any("the lines say" in one for one in found)


def test_a_line_rewritten_with_a_fitting_hash_breaks_the_next_link(book):
    from chalicelib.sales.domain import hash_line

    first, row = LedgerItem.get("2026-11#00000", 1), LedgerItem.get("2026-11#00000", 2)
    row.body = row.body.replace("Bergs", "Borgs")
    row.hash = hash_line(first.hash, row.body)
    row.save()
    assert any(one.startswith("Line 3 was changed, or one before it") for one in findings(book))


def test_a_removed_line_is_missed(book):
    LedgerItem.get("2026-11#00000", 2).delete()
    assert any(one == "Line 2 is missing; line 3 follows." for one in findings(book))


def test_SA_24_one_ore_in_a_statement_an_invoice_or_the_book_is_found(book):
    statement = next(iter(StatementItem.scan()))
    statement.share_minor += 1
    statement.save()
    assert any("The statement of ten_nordkod" in one for one in findings(book))
    invoice = next(iter(InvoiceItem.scan()))
    invoice.total_minor -= 1
    invoice.save()
    assert any(one.startswith(f"Invoice {int(invoice.number)} says") for one in findings(book))


def test_a_month_that_does_not_go_on_from_the_one_before_is_found(book):
    service.close_month(at("2027-01-02"), NOVEMBER.next)
    from chalicelib.sales.repository import BookItem

    row = BookItem.get("sales", "2026-11")
    row.head_hash = "f" * 64
    row.save()
    december = repository.find_book(NOVEMBER.next)
    assert any("does not go on from the last hash" in one for one in findings(december))


def test_SA_24_the_nightly_look_tells_a_difference_and_what_was_left_behind(book):
    assert reconcile(at("2026-12-02")) == []
    statement = next(iter(StatementItem.scan()))
    statement.net_minor += 1
    statement.save()
    assert len(reconcile(at("2026-12-02"))) == 1
    sold({"tenant_id": "ten_late", "day": "2026-11-20"})
    assert any("is not invoiced although 2026-11 is closed" in one for one in reconcile(at("2026-12-02")))


def test_before_the_first_close_there_is_nothing_to_look_at():
    assert reconcile(at("2026-12-02")) == []
