"""What developers and customers read: statements, lines, subscriptions, orders, invoices; each one Query a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.integrations import service as integrations
from chalicelib.kit.context import Context
from chalicelib.kit.errors import LimitReachedError, NotFoundError
from chalicelib.kit.pagination import MAX_LIMIT, Page, PageQuery
from chalicelib.kit.sheets import Cell
from chalicelib.sales import repository
from chalicelib.sales.domain import Invoice, Line, Order, Statement, Subscription, local_day, month_of
from chalicelib.sales.schemas import LinesQuery, MonthsQuery, SubscriptionsQuery
from chalicelib.sales.service.delivering import read_lines

__all__ = [
    "InvoiceDocument",
    "get_invoice",
    "line_rows",
    "list_customers",
    "list_invoices",
    "list_lines",
    "list_orders",
    "list_statements",
    "major",
    "sheet_lines",
    "statement_rows",
]

SHEET_MAX = 20_000  # lines: an answer of a function holds 6 MB
_MONTHS = 11  # before this one
_MINOR_PER_MAJOR = 100


class TooManyLinesError(LimitReachedError):
    title = "These are more lines than one file takes"


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """An invoice with what it consists of; VAT is not among `lines`."""

    invoice: Invoice
    lines: tuple[Line, ...]


def list_statements(ctx: Context, query: MonthsQuery) -> list[Statement]:
    """The caller's company's, by month, integration and currency: one Query."""
    last = query.last or str(month_of(local_day(ctx.now)))
    first = query.first
    if first is None:
        month = month_of(local_day(ctx.now))
        for _ in range(_MONTHS):
            month = month.previous
        first = min(str(month), last)
    return repository.list_statements(ctx.caller.tenant_id, first, last)


def list_lines(ctx: Context, query: LinesQuery) -> Page[Line]:
    """The caller's company's lines of a month. Somebody else's integration has none there."""
    page = PageQuery(limit=query.limit, cursor=query.cursor)
    return repository.list_owner_lines(ctx, ctx.caller.tenant_id, query.month, query.integration_id, page)


def list_customers(ctx: Context, query: SubscriptionsQuery) -> Page[Subscription]:
    """Who subscribes to the caller's company's integrations, ended ones included."""
    page = PageQuery(limit=query.limit, cursor=query.cursor)
    return repository.list_by_owner(ctx, ctx.caller.tenant_id, query.integration_id, page)


def list_orders(ctx: Context, integration_id: str, query: PageQuery) -> Page[Order]:
    """What was bought and ended, oldest first. Raises NotFoundError for somebody else's integration."""
    integrations.get_integration(ctx, integration_id)
    return repository.list_orders(ctx, integration_id, query)


def list_invoices(ctx: Context, query: PageQuery) -> Page[Invoice]:
    """The caller's company's, newest first."""
    return repository.list_invoices(ctx, ctx.caller.tenant_id, query)


def get_invoice(ctx: Context, number: str) -> InvoiceDocument:
    """One of the caller's company. Raises NotFoundError, also for somebody else's. Two reads."""
    is_number = number.isascii() and number.isdecimal() and len(number) <= 12  # noqa: PLR2004
    invoice = repository.find_invoice(ctx.caller.tenant_id, int(number)) if is_number else None
    if invoice is None:
        raise NotFoundError("There is no such invoice in the company you are working in.")
    return InvoiceDocument(invoice, tuple(line for line in read_lines(invoice) if not line.is_vat))


def sheet_lines(ctx: Context, query: LinesQuery) -> list[Line]:
    """All of them for a file. Raises TooManyLinesError beyond 20,000."""
    found: list[Line] = []
    cursor = None
    while True:
        page = list_lines(ctx, query.model_copy(update={"limit": MAX_LIMIT, "cursor": cursor}))
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found
        if len(found) > SHEET_MAX:
            raise TooManyLinesError("Choose one integration, or read the lines page by page.")


LINE_HEAD = (
    "month", "invoice", "kind", "customer number", "customer", "integration", "from", "to", "quantity", "unit price",
    "amount", "your share", "currency", "reason",
)  # fmt: skip
STATEMENT_HEAD = ("month", "integration", "currency", "lines", "licences", "invoiced", "credits", "your share")


def line_rows(lines: Sequence[Line]) -> Iterator[Sequence[Cell]]:
    for line in lines:
        yield (
            line.month, line.invoice, str(line.kind), line.tenant_number, line.company_name, line.integration_name,
            line.start, line.last_day, line.quantity, major(line.unit_minor), major(line.amount_minor),
            major(line.share_minor), line.currency, line.reason,
        )  # fmt: skip


def statement_rows(statements: Sequence[Statement]) -> Iterator[Sequence[Cell]]:
    for one in statements:
        yield (
            one.month, one.integration_name, one.currency, one.lines, one.licences, major(one.net_minor),
            major(one.credit_minor), major(one.share_minor),
        )  # fmt: skip


def major(minor: int) -> Decimal:
    """Minor units as the amount people write.

    >>> major(-123456)
    Decimal('-1234.56')
    """
    return Decimal(minor).scaleb(-2)


INVOICE_HEAD = (
    "invoice",
    "integration",
    "kind",
    "from",
    "to",
    "quantity",
    "unit price",
    "amount",
    "currency",
    "reason",
)


def invoice_rows(document: InvoiceDocument) -> Iterator[Sequence[Cell]]:
    """Its lines, its VAT, its total."""
    invoice = document.invoice
    for line in document.lines:
        yield (
            invoice.number, line.integration_name, str(line.kind), line.start, line.last_day, line.quantity,
            major(line.unit_minor), major(line.amount_minor), line.currency, line.reason,
        )  # fmt: skip
    nothing = ("", None, None, None, None)
    yield (
        invoice.number,
        "",
        f"vat {invoice.vat_percent} %",
        *nothing[1:],
        major(invoice.vat_minor),
        invoice.currency,
        "",
    )
    yield (invoice.number, "", "total", *nothing[1:], major(invoice.total_minor), invoice.currency, "")
