"""Documents that lead to others: orders to invoices, invoices to credits and payments; each exactly once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.company_data import service
from chalicelib.company_data.domain import Mark, Selection
from chalicelib.company_data.domain.picks import PERIOD, picks_of
from chalicelib.company_data.domain.templates import SEEDED_AT
from tests.company_data.test_records import call, is_refused, person, seeded
from tests.factories import aws_calls

__all__ = ["call", "person", "seeded"]

ORDER = {"Order": {"CustomerNumber": "1", "OrderRows": [{"ArticleNumber": "1", "OrderedQuantity": 2, "Price": 100}]}}


@pytest.fixture
def order(call, seeded):
    return call("POST", "orders", ORDER).json["Order"]["DocumentNumber"]


@pytest.fixture
def invoice(call, order):
    return call("PUT", f"orders/{order}/createinvoice").json["Invoice"]["DocumentNumber"]


def test_an_order_becomes_one_invoice(call, order):
    answer = call("PUT", f"orders/{order}/createinvoice")
    made = answer.json["Invoice"]
    assert answer.status == 200
    found = call("GET", f"invoices/{made['DocumentNumber']}").json["Invoice"]
    assert (found["OrderReference"], found["Total"], found["CustomerName"] != "") == (order, 250.0, True)
    before = call("GET", f"orders/{order}").json["Order"]
    assert (before["InvoiceReference"], before["InvoiceCreated"]) == (made["DocumentNumber"], True)
    is_refused(call("PUT", f"orders/{order}/createinvoice"), "invoiced")
    assert call("GET", "orders?filter=invoicecreated").json["MetaInformation"]["@TotalResources"] == 1


def test_a_credit_names_its_invoice_and_is_made_once(call, seeded):
    answer = call("PUT", "invoices/1/credit").json["Invoice"]
    assert (answer["Credit"], answer["CreditInvoiceReference"]) == ("true", "1")
    original = call("GET", "invoices/1").json["Invoice"]
    assert (original["CreditInvoiceReference"], original["Balance"]) == (answer["DocumentNumber"], 0)
    assert answer["Total"] == -original["Total"]
    is_refused(call("PUT", "invoices/1/credit"), "has been credited")
    call("PUT", f"invoices/{answer['DocumentNumber']}/bookkeep")
    is_refused(call("PUT", f"invoices/{answer['DocumentNumber']}/credit"), "credit")


def test_a_payment_brings_the_balance_down_once(call, invoice):
    def pay(amount):
        made = call("POST", "invoicepayments", {"InvoicePayment": {"InvoiceNumber": invoice, "Amount": amount}})
        return made.json["InvoicePayment"]["Number"]

    first = pay(100)
    is_refused(call("PUT", f"invoicepayments/{first}/bookkeep"), "waits for payment")
    call("PUT", f"invoices/{invoice}/bookkeep")
    assert call("PUT", f"invoicepayments/{first}/bookkeep").json["InvoicePayment"]["Booked"] is True
    assert call("GET", f"invoices/{invoice}").json["Invoice"]["Balance"] == 150.0
    is_refused(call("PUT", f"invoicepayments/{first}/bookkeep"), "booked")
    is_refused(call("PUT", f"invoicepayments/{pay(150.01)}/bookkeep"), "more than the balance")
    call("PUT", f"invoicepayments/{pay(150)}/bookkeep")
    assert call("GET", "invoices?filter=fullypaid&sortorder=descending&limit=1").json["Invoices"][0]["Balance"] == 0
    is_refused(
        call("POST", "invoicepayments", {"InvoicePayment": {"InvoiceNumber": "999999", "Amount": 1}}), "does not exist"
    )
    is_refused(call("POST", "invoicepayments", {"InvoicePayment": {"InvoiceNumber": invoice, "Amount": 0}}), "Amount")


MARKS = st.builds(
    Mark, st.sampled_from(["a", "b", "c"]), st.sampled_from([SEEDED_AT, datetime(2026, 11, 1, tzinfo=UTC)])
)


@settings(max_examples=300, deadline=None)
@given(
    pattern=st.lists(st.sampled_from(["a", "b", "c"]), min_size=PERIOD, max_size=PERIOD),
    seeds=st.integers(0, 55),
    marks=st.dictionaries(st.integers(1, 80), MARKS),
    states=st.none() | st.frozensets(st.sampled_from(["a", "b", "c"])),
    since=st.none() | st.just(datetime(2026, 6, 1, tzinfo=UTC)),
    page=st.integers(1, 5),
    down=st.booleans(),
)
def test_picks_are_what_looking_at_each_record_would_pick(  # noqa: PLR0917 - drawn by hypothesis
    pattern, seeds, marks, states, since, page, down
):
    total = max([seeds, *marks])
    marks |= {ordinal: Mark("a", SEEDED_AT) for ordinal in range(seeds + 1, total + 1) if ordinal not in marks}
    of = [Mark(state, SEEDED_AT) for state in pattern]
    selection = Selection(page=page, limit=7, states=states, since=since, is_descending=down)
    expected = [n for n in range(1, total + 1) if selection.takes(marks.get(n) or of[n % PERIOD])]
    picks = picks_of(selection, of, seeds, marks, total)
    assert picks.total == len(expected)
    assert picks.window(selection) == [expected[place] for place in selection.window(len(expected))]


def test_a_filter_of_fifty_thousand_costs_what_one_of_fifty_costs(call, person):
    costs = {}
    call("GET", "invoices")  # what a process reads once
    for template in ("small", "large"):
        service.fill(person.company.tenant_id, template, template)
        with aws_calls() as calls:
            found = call("GET", "invoices?filter=unpaid&limit=20&page=2").json
        costs[template] = calls
    assert costs["small"] == costs["large"]
    assert found["MetaInformation"]["@TotalResources"] == 15_000
