"""The monthly close as values: what a subscription owes for a month, and how invoices and lines get their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.config import load_data
from chalicelib.sales.domain.calendar import Month, local_day, parse_month
from chalicelib.sales.domain.invoices import Customer, Invoice, Line, Totals, hash_line, line_of, line_text, vat_line
from chalicelib.sales.domain.subscriptions import Subscription, advanced

__all__ = [
    "GENESIS",
    "Book",
    "BookState",
    "Chunk",
    "Draft",
    "Due",
    "Entry",
    "drafts_of",
    "due_in",
    "is_due",
    "new_book",
    "place",
]

GENESIS = "0" * 64
MAX_CHARGES = 30  # of one subscription in one close; what is left is taken by its next pass
_MAX_PARTS = 90  # rows of one invoice in one transaction, which holds a hundred


class BookState(StrEnum):
    CLOSING = "closing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A month of the ledger. `head_hash` and `next_number` are what every step of the close is conditional on."""

    month: str
    state: BookState = BookState.CLOSING
    opening_hash: str
    head_hash: str
    first_number: int
    next_number: int
    next_seq: int = 1
    expected: int = 0
    billed: int = 0
    totals: Mapping[str, Totals] = field(default_factory=dict)
    started_at: datetime
    closed_at: datetime | None = None
    lease_by: str | None = None

    @property
    def lines(self) -> int:
        return self.next_seq - 1

    @property
    def invoices(self) -> int:
        return self.next_number - self.first_number

    @property
    def is_closed(self) -> bool:
        return self.state is BookState.CLOSED

    @property
    def percent(self) -> int:
        """How far the close has come; 100 when it is done."""
        if self.is_closed:
            return 100
        return min(99, self.billed * 100 // self.expected) if self.expected else 0


@dataclass(frozen=True, slots=True)
class Due:
    """A subscription before and after the close of a month, and the lines that lie between."""

    before: Subscription
    after: Subscription
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice without a number: one customer, one currency. Without lines only the subscriptions move on."""

    customer: Customer | None
    account_id: str
    dues: tuple[Due, ...]
    lines: tuple[Line, ...]

    @property
    def parts(self) -> int:
        """Rows a transaction writes for it: subscriptions, lines and the invoice."""
        return len(self.dues) + len(self.lines) + (1 if self.lines else 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as it stands in the ledger: its text and its link of the chain."""

    line: Line
    text: str
    hash: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """One step of the close: everything that one transaction writes."""

    before: Book
    after: Book
    invoices: tuple[Invoice, ...]
    entries: tuple[Entry, ...]
    dues: tuple[Due, ...]


def new_book(month: Month, before: Book | None, expected: int, now: datetime) -> Book:
    """The month goes on with the numbers and the hash of the one before it."""
    number = before.next_number if before else load_data("platform")["first_invoice_number"]
    opening = before.head_hash if before else GENESIS
    return Book(
        month=str(month), opening_hash=opening, head_hash=opening, first_number=number, next_number=number,
        expected=expected, started_at=now,
    )  # fmt: skip


def due_in(subscription: Subscription, month: Month, operation_id: str) -> Due:
    """What the close of `month` invoices; charges of later days stay pending. A pure function of the row."""
    moved = advanced(subscription, month.last_day)
    due = [charge for charge in moved.pending if charge.dated <= month.last_day][:MAX_CHARGES]
    after = replace(
        moved,
        pending=tuple(charge for charge in moved.pending if charge not in due),
        version=subscription.version + 1,
        operation_id=operation_id,
    )
    return Due(subscription, after, tuple(line_of(subscription, charge, month) for charge in due))


def is_due(subscription: Subscription, month: Month) -> bool:
    """Whether the close of `month` changes the row at all: charges to invoice, or a period to begin."""
    start = subscription.next_period_start
    begins = start <= month.last_day and subscription.is_live_on(start)
    return begins or any(charge.dated <= month.last_day for charge in subscription.pending)


def drafts_of(customer: Customer | None, dues: Iterable[Due], month: Month) -> Iterator[Draft]:
    """A customer's invoices: one a currency, more only where one would not fit a transaction."""
    waiting = list(dues)
    for currency in sorted({line.currency for due in waiting for line in due.lines}):
        mine = [due for due in waiting if due.lines and due.lines[0].currency == currency]
        waiting = [due for due in waiting if due not in mine]
        while mine:
            taken = _fitting(mine)
            lines = [line for due in taken for line in due.lines]
            vat = vat_line(lines, month, customer.vat_percent if customer else 0)
            yield Draft(customer, taken[-1].before.account_id, tuple(taken), (*lines, vat) if vat else tuple(lines))
            mine = mine[len(taken) :]
    for due in waiting:
        yield Draft(customer, due.before.account_id, (due,), ())


def place(book: Book, drafts: Iterable[Draft], now: datetime) -> Chunk:
    """Give numbers, places and hashes, in order, from where the book stands."""
    number, seq, head = book.next_number, book.next_seq, book.head_hash
    totals = dict(book.totals)
    invoices: list[Invoice] = []
    entries: list[Entry] = []
    dues: list[Due] = []
    for draft in drafts:
        dues += draft.dues
        if not draft.lines or draft.customer is None:
            continue
        placed = [replace(line, seq=seq + n, invoice=number) for n, line in enumerate(draft.lines)]
        for line in placed:
            text = line_text(line)
            head = hash_line(head, text)
            entries.append(Entry(line, text, head))
        invoices.append(_invoice(draft, draft.customer, placed, now))
        currency = placed[0].currency
        totals[currency] = totals.get(currency, Totals()).plus(placed, invoices=1)
        seq += len(placed)
        number += 1
    after = replace(
        book, next_number=number, next_seq=seq, head_hash=head, totals=totals, billed=book.billed + len(dues)
    )
    return Chunk(book, after, tuple(invoices), tuple(entries), tuple(dues))


def _fitting(dues: list[Due]) -> list[Due]:
    taken: list[Due] = []
    parts = 2  # the invoice and its VAT
    for due in dues:
        parts += 1 + len(due.lines)
        if taken and parts > _MAX_PARTS:
            break
        taken.append(due)
    return taken


def _invoice(draft: Draft, customer: Customer, lines: list[Line], now: datetime) -> Invoice:
    net = sum(line.amount_minor for line in lines if not line.is_vat)
    vat = sum(line.amount_minor for line in lines if line.is_vat)
    platform = load_data("platform")
    month = parse_month(lines[0].month)
    issued = max(local_day(now), month.last_day)
    return Invoice(
        tenant_id=customer.tenant_id,
        number=lines[0].invoice,
        month=str(month),
        currency=lines[0].currency,
        net_minor=net,
        vat_percent=customer.vat_percent,
        vat_minor=vat,
        total_minor=net + vat,
        first_seq=lines[0].seq,
        last_seq=lines[-1].seq,
        issued_on=issued,
        due_on=issued + timedelta(days=platform["seller"]["payment_days"]),
        customer=customer,
        account_id=draft.account_id,
        created_at=now,
    )
