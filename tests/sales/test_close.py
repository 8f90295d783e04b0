"""The monthly close: invoices once, whatever is killed, lost, refused or run twice; sums to the öre."""

from __future__ import annotations

import itertools
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.accounts.domain import Company
from chalicelib.kit import store
from chalicelib.kit.errors import UnavailableError
from chalicelib.sales import repository, service
from chalicelib.sales.domain import Customer, Month, MonthNotOverError, drafts_of, due_in, new_book, parse_line, place
from chalicelib.sales.domain.calendar import prorated
from chalicelib.sales.repository import InvoiceItem, LedgerItem, StatementItem, SubscriptionItem
from chalicelib.sales.repository.subscriptions import to_item
from chalicelib.sales.schemas import LinesQuery
from chalicelib.sales.service import closing
from tests.conftest import fresh_aws
from tests.factories import aws_calls, new_person, told
from tests.sales.builders import at, bought, buyer, for_sale, purchase

NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)
MARCH_OF_TIME = at("2026-12-01T05:00:00")


class Killed(BaseException):
    """The process is gone: nobody catches it."""


def sold(*histories: dict[str, Any]) -> list[str]:
    """Companies with subscriptions, written as the rules make them; answers their ids."""
    tenants = []
    for number, history in enumerate(histories):
        tenant = history.get("tenant_id", f"ten_{number:04}")
        made = bought(history.get("day", "2026-11-15"), history.get("seats", 1), **history.get("price", {}))
        integration_id = history.get("integration_id", "int_lagerbro")
        mine = f"sub_{tenant}_{integration_id}"
        row = replace(
            made,
            tenant_id=tenant,
            tenant_number=1_000_000 + number,
            integration_id=integration_id,
            owner_tenant_id=history.get("owner", "ten_nordkod"),
            subscription_id=mine,
            pending=tuple(
                replace(one, subscription_id=mine, key=one.key.replace(made.subscription_id, mine))
                for one in made.pending
            ),
        )
        row = history.get("then", lambda one: one)(row)
        to_item(row).save()
        tenants.append(tenant)
    return tenants


def close(month=NOVEMBER, ctx=MARCH_OF_TIME):
    return service.close_month(replace(ctx, operation_id=ctx.new_id("run")), month)


def ledger():
    return sorted((item.page, int(item.seq), item.body, item.hash) for item in LedgerItem.scan())


def lines():
    return [parse_line(body) for _, _, body, _ in ledger()]


def everything():
    """All that a close leaves behind, without the moments at which it happened."""
    invoices = sorted((int(i.number), i.tenant_id, int(i.net_minor), int(i.vat_minor)) for i in InvoiceItem.scan())
    rows = sorted(
        (s.tenant_id, s.integration_id, s.bill_place, s.period_start, s.pending) for s in SubscriptionItem.scan()
    )
    statements = sorted(
        (s.owner_tenant_id, s.place, int(s.net_minor), int(s.share_minor)) for s in StatementItem.scan()
    )
    events = Counter((tenant, number) for e in told("invoices.issued") for tenant, number in e.data["invoices"])
    return ledger(), invoices, rows, statements, events


@pytest.mark.usefixtures("aws")
def test_SA_06_price_9995_three_users_25_percent():
    sold({"seats": 3})
    book = close()
    (invoice,) = InvoiceItem.scan()
    assert (invoice.net_minor, invoice.vat_minor, invoice.total_minor) == (29985, 7496, 37481)
    assert book.is_closed
    assert (book.totals["SEK"].net, book.totals["SEK"].vat, book.totals["SEK"].share) == (29985, 7496, 22489)
    assert [(line.kind, line.amount_minor, line.share_minor) for line in lines()] == [
        ("period", 29985, 22489),
        ("vat", 7496, 0),
    ]


@pytest.mark.parametrize(
    ("country", "number", "vat"),
    [("SE", "SE559999000801", 2499), ("DK", "DK12345678", 0), ("DK", "12345678", 2499), ("NO", "NO123456789", 2499)],
)
def test_SA_23_a_company_of_another_eu_country_with_a_vat_number_reports_the_vat_itself(country, number, vat):
    customer = Customer(tenant_id="ten_a", number=1, name="A", country_code=country, vat_number=number)
    row = replace(bought("2026-11-02"), tenant_id="ten_a")
    drafts = drafts_of(customer, [due_in(row, NOVEMBER, "run")], NOVEMBER)
    chunk = place(new_book(NOVEMBER, None, 1, MARCH_OF_TIME.now), drafts, MARCH_OF_TIME.now)
    (invoice,) = chunk.invoices
    assert (invoice.net_minor, invoice.vat_minor, invoice.total_minor) == (9995, vat, 9995 + vat)
    assert (invoice.vat_percent, invoice.is_reverse_charge) == (25 if vat else 0, not vat)
    assert len(chunk.entries) == (2 if vat else 1)


@pytest.mark.usefixtures("aws")
def test_a_month_closed_again_changes_nothing_and_the_next_goes_on_with_number_and_hash():
    sold({}, {"day": "2026-11-30", "seats": 2})
    first = close()
    before = everything()
    assert close() == first
    assert everything() == before
    second = close(DECEMBER, at("2027-01-02"))
    assert (first.first_number, first.next_number) == (1001, 1003)
    assert (second.first_number, second.next_number) == (1003, 1005)
    assert second.opening_hash == first.head_hash
    assert {line.start.isoformat() for line in lines() if line.month == "2026-12" and not line.is_vat} == {
        "2026-12-15",
        "2026-12-30",
    }
    assert sorted(Counter(line.key for line in lines()).values()) == [1] * 8


@pytest.mark.usefixtures("aws")
def test_months_are_closed_when_they_are_over_and_in_order():
    sold({"day": "2026-10-15"})
    with pytest.raises(MonthNotOverError):
        close(NOVEMBER)
    with pytest.raises(MonthNotOverError):
        close(Month(2026, 10), at("2026-10-31"))
    done = service.close_due_months(MARCH_OF_TIME, lambda: True)
    assert [book.month for book in done] == ["2026-10", "2026-11"]
    assert service.close_due_months(MARCH_OF_TIME, lambda: True) == []


@pytest.mark.usefixtures("aws")
def test_a_late_close_invoices_what_belongs_to_its_month_only():
    """SA-03: six weeks late is the same as in time."""
    sold({"day": "2026-11-20"})
    close(NOVEMBER, at("2027-01-15"))
    assert [line.start for line in lines() if not line.is_vat] == [date(2026, 11, 20)]
    close(DECEMBER, at("2027-01-15"))
    assert [line.start for line in lines() if not line.is_vat] == [date(2026, 11, 20), date(2026, 12, 20)]


@pytest.mark.usefixtures("aws")
def test_a_customer_gets_one_invoice_for_all_it_bought_and_a_developer_one_statement_an_integration():
    sold(
        {"tenant_id": "ten_a"},
        {"tenant_id": "ten_a", "integration_id": "int_kvitto", "owner": "ten_annan", "seats": 2},
        {"tenant_id": "ten_b", "seats": 4},
    )
    close()
    assert len(list(InvoiceItem.scan())) == 2
    stored = repository.list_statements("ten_nordkod", "2026-11", "2026-11")
    assert [(one.licences, one.net_minor) for one in stored] == [(5, 5 * 9995)]
    assert [one.licences for one in repository.list_statements("ten_annan", "2026-11", "2026-11")] == [2]


@pytest.mark.usefixtures("aws")
def test_SA_20_pages_of_lines_add_up_to_the_statements_and_the_ledger_by_currency():
    """However many there are: a page is one Query, and what a file takes is bounded and said (SHEET_MAX)."""
    euro = {"integration_id": "int_euro", "price": {"integration_id": "int_euro", "currency": "EUR", "unit_minor": 333}}
    sold(*[{"seats": 1 + number % 3} | (euro if number % 2 else {}) for number in range(45)])
    book = close()
    nordkod = Company(tenant_id="ten_nordkod", number=1_999_999, name="Nordkod", created_at=at("2026-01-01").now)
    ctx = new_person(company=nordkod)
    summed, cursor, pages = Counter(), None, 0
    while pages == 0 or cursor:
        with aws_calls() as calls:
            page = service.list_lines(ctx.ctx(), LinesQuery(month="2026-11", limit=10, cursor=cursor))
        assert calls == ["Query"]
        cursor, pages = page.next_cursor, pages + 1
        for line in page.items:
            summed[line.currency] += line.amount_minor
    assert pages == 5
    assert summed == {
        one.currency: one.net_minor for one in repository.list_statements("ten_nordkod", "2026-11", "2026-11")
    }
    assert summed == {currency: totals.net for currency, totals in book.totals.items()}
    ledger_sums = Counter()
    for line in lines():
        ledger_sums[line.currency] += 0 if line.is_vat else line.amount_minor
    assert ledger_sums == summed
    assert set(summed) == {"SEK", "EUR"}


@pytest.mark.usefixtures("aws")
def test_SA_12_SA_17_what_is_cancelled_or_ended_is_not_invoiced_after():
    from chalicelib.sales.domain import cancelled, ended_now

    sold(
        {"day": "2026-10-10", "then": lambda s: cancelled(s, at("2026-11-05").now, "x")},
        {"day": "2026-11-01", "seats": 2, "then": lambda s: ended_now(s, at("2026-11-16").now, "x", "suspended")},
    )
    close(Month(2026, 10), at("2026-11-02"))
    close()
    november = [(line.kind, line.amount_minor) for line in lines() if line.month == "2026-11" and not line.is_vat]
    assert november == [("period", 19990), ("credit", -prorated(19990, 15, 30))]
    assert [row.bill_place for row in SubscriptionItem.scan()] == [None, None]


@pytest.mark.usefixtures("aws")
def test_calls_grow_with_chunks_not_with_history():
    sold(*[{} for _ in range(40)])
    with aws_calls() as calls:
        close()
    counted = Counter(calls)
    assert counted["TransactWriteItems"] == 2, "24 customers a transaction"
    assert counted["BatchGetItem"] == 2, "subscriptions and companies, a hundred at a time"
    with aws_calls() as second:
        close(DECEMBER, at("2027-01-02"))
    assert Counter(second)["TransactWriteItems"] == 2


WORLD = (
    {"tenant_id": "ten_a", "seats": 3},
    {"tenant_id": "ten_a", "integration_id": "int_kvitto", "price": {"unit_minor": 333}},
    {"tenant_id": "ten_b", "day": "2026-11-30"},
    {"tenant_id": "ten_c", "day": "2026-11-02", "seats": 7},
)


@contextmanager
def failing_at(number: int, way: str):
    """The N-th DynamoDB write of the block is refused before, lost after, or the process dies on either side of it."""
    original = store.shared_connection().client._make_api_call
    count = itertools.count(1)
    reads = {"Query", "GetItem", "BatchGetItem", "DescribeTable", "Scan"}

    def call(operation: str, kwargs: Any) -> Any:
        hit = operation not in reads and next(count) == number
        if hit and way == "killed before":
            raise Killed
        if hit and way == "refused":
            raise UnavailableError
        answer = original(operation, kwargs)
        if hit and way == "killed after":
            raise Killed
        if hit and way == "lost":
            raise UnavailableError
        return answer

    store.shared_connection().client._make_api_call = call
    try:
        yield count
    finally:
        store.shared_connection().client._make_api_call = original


def clean_run():
    with fresh_aws():
        sold(*WORLD)
        with failing_at(0, "") as count:
            close()
        return everything(), next(count) - 1


@pytest.mark.parametrize("way", ["killed before", "killed after", "refused", "lost"])
def test_SA_02_a_close_killed_at_any_write_and_run_again_equals_one_clean_run(way, monkeypatch):
    monkeypatch.setattr(closing, "_PARTS", 9)  # several transactions for four subscriptions
    expected, writes = clean_run()
    assert writes >= 7, "book, lease, three steps, two statements, the end"
    for number in range(1, writes + 1):
        with fresh_aws():
            sold(*WORLD)
            with failing_at(number, way), pytest.raises((Killed, UnavailableError)):
                close()
            close(ctx=at("2026-12-01T06:00:00"))  # the lease of the dead one has run out
            found = everything()
            assert found == expected, f"{way} at write {number}"


def test_SA_03_two_closes_at_once_are_one(monkeypatch):
    """The second begins in the middle of each of the first one's steps, without respect for its lease."""
    expected, _ = clean_run()
    monkeypatch.setattr(closing, "_LEASE", closing.timedelta(seconds=-1))
    original, depth = repository.save_chunk, []

    def interrupted(ctx, chunk):
        if not depth:
            depth.append(1)
            close(ctx=at("2026-12-01T05:30:00"))
        original(ctx, chunk)

    monkeypatch.setattr(repository, "save_chunk", interrupted)
    with fresh_aws():
        sold(*WORLD)
        assert close().is_closed
        assert everything() == expected


@pytest.mark.usefixtures("aws")
def test_a_second_close_leaves_the_work_to_the_first():
    sold(*WORLD)
    halfway = service.close_month(replace(MARCH_OF_TIME, operation_id="one"), NOVEMBER, lambda: False)
    other = service.close_month(replace(MARCH_OF_TIME, operation_id="two"), NOVEMBER)
    assert not halfway.is_closed
    assert not other.is_closed
    assert other.invoices == 0
    assert service.close_month(replace(MARCH_OF_TIME, operation_id="one"), NOVEMBER).is_closed


@pytest.mark.usefixtures("aws")
def test_seats_bought_in_the_moment_of_the_close_are_not_lost(monkeypatch):
    berg = buyer()
    mine = berg.company.tenant_id
    service.buy(at("2026-11-15", berg.ctx()), purchase(tenant_id=mine, integration=for_sale()))
    original, done = repository.save_chunk, []

    def overtaken(ctx, chunk):
        if not done:
            done.append(1)
            service.change_seats(at("2026-12-01", berg.ctx()), mine, "int_lagerbro", 3)
        original(ctx, chunk)

    monkeypatch.setattr(repository, "save_chunk", overtaken)
    close()
    assert [(line.kind, line.quantity) for line in lines()] == [("period", 1), ("vat", 25)]
    close(DECEMBER, at("2027-01-02"))
    december = [(line.kind, line.quantity, line.start.day) for line in lines() if line.month == "2026-12"]
    assert december == [("seats", 2, 1), ("period", 3, 15), ("vat", 25, 1)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.integers(1, 28), st.integers(0, 10_000_000), st.integers(1, 50), st.integers(0, 4), st.integers(0, 2)
        ),
        min_size=1,
        max_size=25,
    )
)
def test_a_random_months_parts_make_its_total_to_the_ore(world):
    """Invoices, statements, shares and the book's totals, all from the same lines."""
    from chalicelib.sales.domain import fold_lines, with_seats

    customers: dict[str, list[Any]] = {}
    for number, (day, unit, seats, tenant, owner) in enumerate(world):
        row = bought(f"2026-11-{day:02}", seats, unit_minor=unit)
        row = replace(
            row,
            tenant_id=f"ten_{tenant}",
            integration_id=f"int_{number}",
            owner_tenant_id=f"own_{owner}",
            subscription_id=f"sub_{number}",
        )
        row = with_seats(row, seats + owner, at("2026-11-29").now, "x")
        customers.setdefault(row.tenant_id, []).append(row)
    drafts = []
    for tenant, rows in customers.items():
        details = Customer(tenant_id=tenant, number=1, name=tenant)
        drafts += drafts_of(details, [due_in(row, NOVEMBER, "run") for row in rows], NOVEMBER)
    chunk = place(new_book(NOVEMBER, None, len(world), MARCH_OF_TIME.now), drafts, MARCH_OF_TIME.now)
    placed = [entry.line for entry in chunk.entries]
    total = chunk.after.totals.get("SEK")
    net = sum(line.amount_minor for line in placed if not line.is_vat)
    vat = sum(line.amount_minor for line in placed if line.is_vat)
    if total is None:
        assert not placed
        return
    assert (total.net, total.vat, total.lines, total.invoices) == (net, vat, len(placed), len(chunk.invoices))
    assert sum(invoice.total_minor for invoice in chunk.invoices) == net + vat
    assert [invoice.number for invoice in chunk.invoices] == list(range(1001, 1001 + len(chunk.invoices)))
    statements = fold_lines(placed)
    assert sum(one.net_minor for one in statements) == net
    assert sum(one.share_minor for one in statements) == total.share
    assert all((one.share + one.kept) == one.net for one in statements)
    for invoice in chunk.invoices:
        mine = [line for line in placed if line.invoice == invoice.number]
        assert invoice.total_minor == sum(line.amount_minor for line in mine)
        assert abs(4 * invoice.vat_minor - invoice.net_minor) <= 2, "25 % to the nearest öre"
        assert (invoice.first_seq, invoice.last_seq) == (mine[0].seq, mine[-1].seq)
