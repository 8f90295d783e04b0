"""Books, ledger, invoices and statements: a step of the close is one transaction, and the book's row decides it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.outbox import new_event, publish
from chalicelib.kit.pagination import Page, PageQuery, fetch_page
from chalicelib.sales.domain import (
    Book,
    BookState,
    Chunk,
    Customer,
    Entry,
    Invoice,
    Line,
    Month,
    Statement,
    Subscription,
    Totals,
    parse_line,
)
from chalicelib.sales.repository.subscriptions import LANES, to_item, to_subscription
from chalicelib.sales.repository.tables import BookItem, InvoiceItem, LedgerItem, StatementItem, SubscriptionItem

__all__ = [
    "add_book",
    "close_book",
    "count_due",
    "find_book",
    "find_first_due",
    "find_invoice",
    "list_books",
    "list_due",
    "list_invoices",
    "list_invoices_of_month",
    "list_owner_lines",
    "list_statements",
    "list_statements_of_month",
    "mark_delivered",
    "put_statements",
    "read_entries",
    "read_subscriptions",
    "save_chunk",
    "take_lease",
]

_BOOK = "sales"
_PAGE = 1000  # lines of one partition of the ledger
_BOOK_WHOLE = ("first_number", "next_number", "next_seq", "expected", "billed")
_INVOICE_WHOLE = ("number", "net_minor", "vat_percent", "vat_minor", "total_minor", "first_seq", "last_seq")
_STATEMENT_WHOLE = ("integration_number", "lines", "licences", "net_minor", "credit_minor", "share_minor")


def list_books() -> list[Book]:
    """Every month there is, newest first: one Query."""
    with store.faults():
        found = list(BookItem.query(_BOOK, consistent_read=True, scan_index_forward=False))
    return [_to_book(item) for item in found]


def find_book(month: Month) -> Book | None:
    item = store.find(BookItem, _BOOK, str(month))
    return _to_book(item) if item else None


def add_book(book: Book) -> None:
    """Open a month, unless it is open already."""
    with suppress(store.RefusedError):
        store.add(_to_item(book))


def take_lease(month: Month, worker: str, now: datetime, lifetime: timedelta) -> Book | None:
    """The open book for this worker, or None while another one holds it. It saves work; it protects nothing."""
    until, moment = int((now + lifetime).timestamp()), int(now.timestamp())
    try:
        item = store.update(
            BookItem,
            (_BOOK, str(month)),
            [BookItem.lease_by.set(worker), BookItem.lease_until.set(until)],
            (BookItem.state == BookState.CLOSING)
            & ((BookItem.lease_until < moment) | (BookItem.lease_by == worker) | BookItem.lease_by.does_not_exist()),
        )
    except store.RefusedError:
        return None
    return _to_book(item)


def save_chunk(ctx: Context, chunk: Chunk) -> None:
    """One transaction: the book moves on, invoices, lines, subscriptions and their event are there; or none of it.

    Raises RefusedError: part "book" when another close moved it, a subscription's id when its row was changed.
    """
    before, after = chunk.before, chunk.after
    with store.transaction() as tx:
        tx.update(
            "book",
            BookItem,
            (_BOOK, before.month),
            [
                BookItem.head_hash.set(after.head_hash),
                BookItem.next_number.set(after.next_number),
                BookItem.next_seq.set(after.next_seq),
                BookItem.billed.set(after.billed),
                BookItem.totals.set(_plain_totals(after)),
            ],
            (BookItem.head_hash == before.head_hash)
            & (BookItem.billed == before.billed)
            & (BookItem.state == BookState.CLOSING),
        )
        for due in chunk.dues:
            key = f"{due.before.tenant_id} {due.before.integration_id}"
            tx.put(key, to_item(due.after), SubscriptionItem.version == due.before.version)
        for entry in chunk.entries:
            tx.add(f"line {entry.line.seq}", _to_ledger_item(entry))
        for invoice in chunk.invoices:
            tx.add(f"invoice {invoice.number}", _to_invoice_item(invoice))
        if chunk.invoices:
            issued = [[one.tenant_id, one.number] for one in chunk.invoices]
            publish(tx, new_event(ctx, "invoices.issued", before.month, invoices=issued))


def close_book(book: Book, now: datetime) -> None:
    """Raises RefusedError when a line was added since `book` was read."""
    store.update(
        BookItem,
        (_BOOK, book.month),
        [BookItem.state.set(BookState.CLOSED), BookItem.closed_at.set(now), BookItem.lease_until.set(0)],
        BookItem.head_hash == book.head_hash,
    )


def find_first_due() -> str | None:
    """The earliest month in which anything waits to be invoiced: one Query a lane."""
    found = []
    for lane in _lanes():
        with store.faults():
            found += [item.bill_place.split("#")[0] for item in SubscriptionItem.by_bill.query(lane, limit=1)]
    return min(found, default=None)


def count_due(month: Month) -> int:
    """How many subscriptions the close of a month has to look at."""
    with store.faults():
        return sum(
            SubscriptionItem.by_bill.count(lane, SubscriptionItem.bill_place < str(month.next)) for lane in _lanes()
        )


def list_due(month: Month) -> Iterator[list[tuple[str, str]]]:
    """Keys of the subscriptions to look at, those of one customer together, customers in order."""
    for lane in _lanes():
        with store.faults():
            found = SubscriptionItem.by_bill.query(lane, SubscriptionItem.bill_place < str(month.next))
            waiting: list[tuple[str, str]] = []
            for item in found:
                key = (item.tenant_id, item.integration_id)
                if waiting and waiting[0][0] != key[0]:
                    yield waiting
                    waiting = []
                waiting.append(key)
        if waiting:
            yield waiting


def read_subscriptions(keys: Iterable[tuple[str, str]]) -> list[Subscription]:
    return [to_subscription(item) for item in store.get_many(SubscriptionItem, keys)]


def read_entries(month: str, first: int, last: int) -> Iterator[tuple[int, str, str]]:
    """(place, text, hash) of lines in order: one Query a thousand lines. Missing ones are simply not there."""
    for page in range((first - 1) // _PAGE, (last - 1) // _PAGE + 1):
        with store.faults():
            items = LedgerItem.query(f"{month}#{page:05}", LedgerItem.seq.between(first, last), consistent_read=True)
            for item in items:
                yield int(item.seq), item.body, item.hash


def list_owner_lines(
    ctx: Context, owner_tenant_id: str, month: str, integration_id: str | None, query: PageQuery
) -> Page[Line]:
    """A developer's lines of a month, of one integration or all: one Query a page."""
    place = f"{month}#{integration_id}#" if integration_id else f"{month}#"
    page = fetch_page(
        ctx,
        f"sales lines {place}",
        query,
        lambda **kw: LedgerItem.by_owner.query(owner_tenant_id, LedgerItem.owner_place.startswith(place), **kw),
    )
    return page.map(lambda item: parse_line(item.body))


def find_invoice(tenant_id: str, number: int) -> Invoice | None:
    item = store.find(InvoiceItem, tenant_id, number)
    return _to_invoice(item) if item else None


def list_invoices(ctx: Context, tenant_id: str, query: PageQuery) -> Page[Invoice]:
    """A customer's, newest first."""
    page = fetch_page(
        ctx,
        "invoices",
        query,
        lambda **kw: InvoiceItem.query(tenant_id, consistent_read=True, scan_index_forward=False, **kw),
    )
    return page.map(_to_invoice)


def list_invoices_of_month(ctx: Context, month: str, query: PageQuery) -> Page[Invoice]:
    """Everybody's, by number: for the operator."""
    page = fetch_page(ctx, f"invoices of {month}", query, lambda **kw: InvoiceItem.by_month.query(month, **kw))
    return page.map(_to_invoice)


def mark_delivered(tx: store.Transaction, invoice: Invoice, now: datetime) -> None:
    """Part "delivered": refused when it went out before."""
    tx.update(
        "delivered",
        InvoiceItem,
        (invoice.tenant_id, invoice.number),
        [InvoiceItem.delivered_at.set(now)],
        InvoiceItem.delivered_at.does_not_exist(),
    )


def put_statements(statements: Iterable[Statement]) -> None:
    """Each replaces what stood there: twenty-five a call."""
    with store.faults(), StatementItem.batch_write() as batch:
        for one in statements:
            place = f"{one.month}#{one.integration_id}#{one.currency}"
            batch.save(store.to_item(StatementItem, one, place=place))


def list_statements(owner_tenant_id: str, first_month: str, last_month: str) -> list[Statement]:
    """A developer's statements, both months included: one Query."""
    if first_month > last_month:
        return []  # DynamoDB refuses a range that ends before it begins
    with store.faults():
        found = list(
            StatementItem.query(
                owner_tenant_id, StatementItem.place.between(first_month, f"{last_month}~"), consistent_read=True
            )
        )
    return [_to_statement(item) for item in found]


def list_statements_of_month(month: str) -> list[Statement]:
    """Every developer's, through an index that may lag a moment behind the close: one Query."""
    with store.faults():
        return [_to_statement(item) for item in StatementItem.by_month.query(month)]


def _to_statement(item: StatementItem) -> Statement:
    return store.to_entity(Statement, item, **{name: int(getattr(item, name)) for name in _STATEMENT_WHOLE})


def _lanes() -> list[str]:
    return [f"lane-{number}" for number in range(LANES)]


def _to_item(book: Book) -> BookItem:
    return store.to_item(BookItem, book, book=_BOOK, totals=_plain_totals(book))


def _plain_totals(book: Book) -> dict[str, Any]:
    return {currency: asdict(totals) for currency, totals in book.totals.items()}


def _to_book(item: BookItem) -> Book:
    whole = {name: int(getattr(item, name)) for name in _BOOK_WHOLE}
    totals = {currency: Totals(**entry) for currency, entry in item.totals.items()}
    return store.to_entity(Book, item, totals=totals, **whole)


def _to_ledger_item(entry: Entry) -> LedgerItem:
    line = entry.line
    owned = bool(line.owner_tenant_id)
    return LedgerItem(
        f"{line.month}#{(line.seq - 1) // _PAGE:05}",
        line.seq,
        body=entry.text,
        hash=entry.hash,
        owner_tenant_id=line.owner_tenant_id if owned else None,
        owner_place=f"{line.month}#{line.integration_id}#{line.seq:09}" if owned else None,
    )


def _to_invoice_item(invoice: Invoice) -> InvoiceItem:
    return store.to_item(InvoiceItem, invoice, customer=asdict(invoice.customer))


def _to_invoice(item: InvoiceItem) -> Invoice:
    whole = {name: int(getattr(item, name)) for name in _INVOICE_WHOLE}
    return store.to_entity(Invoice, item, customer=Customer(**item.customer), **whole)
