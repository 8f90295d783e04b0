"""What the operator does: months and their close, a preview, verification, all sales, what developers are paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import Company
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.outbox import new_event, publish
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.kit.sheets import Cell
from chalicelib.sales import domain, repository
from chalicelib.sales.domain import (
    Book,
    Invoice,
    Month,
    MonthNotOverError,
    Statement,
    Totals,
    local_day,
    month_of,
    parse_month,
    totals_of,
)
from chalicelib.sales.service.closing import month_to_close, read_drafts
from chalicelib.sales.service.reading import major
from chalicelib.sales.service.verifying import Report, verify_book, verify_invoices

__all__ = [
    "EXPORT_HEAD",
    "PAYOUT_HEAD",
    "Preview",
    "export_rows",
    "find_book",
    "get_book",
    "list_books",
    "list_month_statements",
    "list_sales_invoices",
    "next_month",
    "payout_rows",
    "preview_close",
    "request_close",
    "verify_month",
]

_PREVIEW_MAX = 1000  # subscriptions: about twenty reads
_NAMES_MAX = 100


@dataclass(frozen=True, slots=True)
class Preview:
    """What a close of `month` would invoice now; `seen` of `expected` subscriptions were looked at."""

    month: str
    expected: int
    seen: int
    totals: dict[str, Totals]

    @property
    def is_whole(self) -> bool:
        return self.seen >= self.expected


def list_books() -> list[Book]:
    """Newest month first: one Query."""
    return repository.list_books()


def get_book(month: str) -> Book:
    """Raises NotFoundError for a month whose close has not begun."""
    book = repository.find_book(_parsed(month))
    if book is None:
        raise NotFoundError("The close of that month has not begun.")
    return book


def find_book(month: str) -> Book | None:
    """Raises NotFoundError for what is no month."""
    return repository.find_book(_parsed(month))


def next_month(ctx: Context) -> Month | None:
    """The month that is over and waits to be closed."""
    return month_to_close(ctx)


def request_close(ctx: Context, month: str) -> str:
    """Ask for the close of a month, or for an interrupted one to go on; it runs in the background.

    Raises MonthNotOverError for any other month than the one that is next.
    """
    wanted = _parsed(month)
    if wanted != month_to_close(ctx):
        raise MonthNotOverError("Months are closed when they are over, one after the other.")
    with store.transaction() as tx:
        publish(tx, new_event(ctx, "sales.close_requested", str(wanted), month=str(wanted)))
    return str(wanted)


def preview_close(ctx: Context, month: Month | None = None) -> Preview | None:
    """What the next close would do, without doing it: of the month that waits, else of the one that is running."""
    wanted = month or month_to_close(ctx) or month_of(local_day(ctx.now))
    book = repository.find_book(wanted)
    if book is not None and book.is_closed:
        return None
    blank = domain.new_book(wanted, None, 0, ctx.now)
    seen, totals = 0, blank
    customers = repository.list_due(wanted)
    while batch := list(islice(customers, 50)):
        drafts = read_drafts(ctx, wanted, batch)
        totals = domain.place(totals, drafts, ctx.now).after
        seen += sum(map(len, batch))
        if seen >= _PREVIEW_MAX:
            break
    expected = seen if seen < _PREVIEW_MAX else repository.count_due(wanted)
    return Preview(str(wanted), expected, seen, dict(totals.totals))


def verify_month(ctx: Context, month: str) -> Report:
    """Every total of the month recomputed from its lines. Raises NotFoundError."""
    book = get_book(month)
    report = verify_book(book, with_statements=book.is_closed)
    return replace(report, findings=(*report.findings, *verify_invoices(ctx, book)))


def list_sales_invoices(ctx: Context, month: str, query: PageQuery) -> Page[Invoice]:
    """Everybody's invoices of a month, by number: one Query."""
    return repository.list_invoices_of_month(ctx, str(_parsed(month)), query)


def list_month_statements(month: str) -> list[tuple[Statement, str]]:
    """Each developer's month with the developer's name, the greatest first: one Query and one read a hundred names."""
    statements = [
        one for owner in _by_owner(repository.list_statements_of_month(str(_parsed(month)))) for one in totals_of(owner)
    ]
    names = _names({one.owner_tenant_id for one in statements})
    named = [(one, _name(names, one.owner_tenant_id)) for one in statements]
    return sorted(named, key=lambda entry: (entry[0].currency, -entry[0].net_minor, entry[1]))


EXPORT_HEAD = (
    "month", "developer", "integration", "integration number", "currency", "lines", "licences", "invoiced", "credits",
    "developer's share", "platform's part",
)  # fmt: skip
PAYOUT_HEAD = ("month", "developer number", "developer", "organization number", "currency", "amount", "reference")


def export_rows(month: str) -> Iterator[Sequence[Cell]]:
    """One row a developer, integration and currency; its sums are the month's totals without VAT."""
    statements = repository.list_statements_of_month(str(_parsed(month)))
    names = _names({one.owner_tenant_id for one in statements})
    for one in statements:
        yield (
            one.month, _name(names, one.owner_tenant_id), one.integration_name, one.integration_number, one.currency,
            one.lines, one.licences, major(one.net_minor), major(one.credit_minor), major(one.share_minor),
            major(one.kept.amount_minor),
        )  # fmt: skip


def payout_rows(month: str) -> Iterator[Sequence[Cell]]:
    """What each developer is to be paid; a negative amount is carried over by whoever pays. Only of a closed month.

    Raises NotFoundError, MonthNotOverError.
    """
    if not get_book(month).is_closed:
        raise MonthNotOverError("Payouts are made of closed months.")
    statements = repository.list_statements_of_month(month)
    names = _names({one.owner_tenant_id for one in statements})
    for owner in _by_owner(statements):
        for one in totals_of(owner):
            company = names.get(one.owner_tenant_id)
            yield (
                month, company.number if company else 0, _name(names, one.owner_tenant_id),
                company.organization_number if company else "", one.currency, major(one.share_minor),
                f"{month}-{company.number if company else one.owner_tenant_id}",
            )  # fmt: skip


def _parsed(month: str) -> Month:
    try:
        return parse_month(month)
    except ValueError as error:
        raise NotFoundError("There is no such month.") from error


def _by_owner(statements: list[Statement]) -> Iterator[list[Statement]]:
    owners: dict[str, list[Statement]] = {}
    for one in statements:
        owners.setdefault(one.owner_tenant_id, []).append(one)
    yield from owners.values()


def _names(tenant_ids: set[str]) -> dict[str, Company]:
    return accounts.find_companies(sorted(tenant_ids))


def _name(names: dict[str, Company], tenant_id: str) -> str:
    company = names.get(tenant_id)
    return company.name if company else tenant_id
