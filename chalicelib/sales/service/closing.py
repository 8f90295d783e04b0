"""The monthly close: many small transactions, each decided by the book's row; it may die anywhere and be run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import Company
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import UnavailableError
from chalicelib.kit.log import log
from chalicelib.sales import domain, repository
from chalicelib.sales.domain import Book, Customer, Draft, Month, MonthNotOverError, local_day, month_of, parse_month
from chalicelib.sales.service.verifying import Report, verify_book

__all__ = ["close_due_months", "close_month", "month_to_close", "read_drafts"]

_LEASE = timedelta(minutes=2)
_PARTS = 98  # rows of one transaction beside the book's own and its event
_BATCH = 96  # subscriptions read together: whole transactions, where each makes four rows
_TRIES = 6  # a customer changing seats, or a second close, in the moment of the write
_SETTLED = timedelta(hours=3)  # after midnight, before a schedule closes: purchases of the last second have landed

Proceed = Callable[[], bool]
Keys = list[tuple[str, str]]


def month_to_close(ctx: Context) -> Month | None:
    """The earliest month that is over and not closed; None when everything is done."""
    books = repository.list_books()
    last_over = month_of(local_day(ctx.now)).previous
    if books:
        newest = parse_month(books[0].month)
        wanted: Month | None = newest.next if books[0].is_closed else newest
    else:
        first = repository.find_first_due()
        wanted = parse_month(first) if first else None
    return wanted if wanted is not None and wanted <= last_over else None


def close_due_months(ctx: Context, proceed: Proceed) -> list[Book]:
    """For the schedule: every month that waits, oldest first, for as long as `proceed` says yes."""
    done = []
    while proceed() and (month := month_to_close(ctx)) is not None:
        if local_day(ctx.now - _SETTLED) <= month.last_day:
            break
        book = close_month(ctx, month, proceed)
        done.append(book)
        if not book.is_closed:
            break
    return done


def close_month(ctx: Context, month: Month, proceed: Proceed = lambda: True) -> Book:
    """Invoice everything that is due and close the book. Run again it goes on where it was; when done, nothing happens.

    Answers with a book that is still closing when `proceed` said stop or another run is at work. Raises
    MonthNotOverError for a month that is not over, or not the next one.
    """
    standing = repository.find_book(month)
    if standing is not None and standing.is_closed:
        return standing
    if month != month_to_close(ctx):
        raise MonthNotOverError("Months are closed when they are over, one after the other.")
    if standing is None:
        before = repository.find_book(month.previous)
        repository.add_book(domain.new_book(month, before, repository.count_due(month), ctx.now))
    book = repository.take_lease(month, ctx.operation_id, ctx.now, _LEASE)
    if book is None:
        return _stands(month)
    while proceed() and _bill_all(ctx, month, proceed):
        continue
    if not proceed():
        return _stands(month)
    return _finish(ctx, month)


def _bill_all(ctx: Context, month: Month, proceed: Proceed) -> bool:
    """One pass over what is due; whether anything was found, for what a pass leaves behind the next one takes."""
    found = False
    for batch in _batches(month):
        if not proceed():
            return True
        found = _bill(ctx, month, batch) or found
    return found


def _batches(month: Month) -> Iterator[list[Keys]]:
    """Customers as many as a BatchGetItem of subscriptions holds; one with more stands alone."""
    batch: list[Keys] = []
    for customer in repository.list_due(month):
        if batch and sum(map(len, batch)) + len(customer) > _BATCH:
            yield batch
            batch = []
        batch.append(customer)
    if batch:
        yield batch


def _bill(ctx: Context, month: Month, batch: list[Keys]) -> bool:
    """Bill a batch of customers, whatever others do meanwhile; whether there was anything to do.

    The index only proposes: what the rows themselves owe is decided here, so a stale entry bills nothing.
    """
    for _ in range(_TRIES):
        book = repository.find_book(month)
        drafts = read_drafts(ctx, month, batch)
        if not drafts or book is None or book.is_closed:
            return False
        try:
            for group in _groups(drafts):
                chunk = domain.place(book, group, ctx.now)
                repository.save_chunk(ctx, chunk)
                book = chunk.after
        except store.RefusedError as refused:
            log.info("sales.close_repeated", extra={"parts": sorted(refused.parts)[:5]})
            continue
        return True
    raise UnavailableError


def read_drafts(ctx: Context, month: Month, batch: list[Keys]) -> list[Draft]:
    """What these customers owe for the month, as their rows say now: two reads a hundred."""
    keys = [key for customer in batch for key in customer]
    found = {(one.tenant_id, one.integration_id): one for one in repository.read_subscriptions(keys)}
    companies = accounts.find_companies([customer[0][0] for customer in batch])
    drafts: list[Draft] = []
    for customer in batch:
        rows = [found[key] for key in customer if key in found]
        dues = [domain.due_in(row, month, ctx.operation_id) for row in rows if domain.is_due(row, month)]
        company = companies.get(customer[0][0])
        details = _customer(company) if company else _vanished(rows) if rows else None
        drafts += domain.drafts_of(details, dues, month)
    return drafts


def _groups(drafts: list[Draft]) -> Iterator[list[Draft]]:
    """As many as one transaction holds."""
    group: list[Draft] = []
    for draft in drafts:
        if group and sum(one.parts for one in group) + draft.parts > _PARTS:
            yield group
            group = []
        group.append(draft)
    if group:
        yield group


def _finish(ctx: Context, month: Month) -> Book:
    """Fold the statements, verify the chain, close. Each step is the same when it is done twice."""
    book = _stands(month)
    if book.is_closed:
        return book
    report = verify_book(book, with_statements=False)
    _check(report)
    repository.put_statements(report.statements)
    try:
        repository.close_book(book, ctx.now)
    except store.RefusedError:
        log.info("sales.close_repeated", extra={"parts": ["book"]})
    closed = _stands(month)
    log.info("sales.month_closed", extra={"month": str(month), "lines": closed.lines, "invoices": closed.invoices})
    return closed


def _check(report: Report) -> None:
    if report.findings:
        log.error("sales.ledger_differs", extra={"month": report.month, "findings": list(report.findings)[:5]})
        raise UnavailableError("The ledger does not verify; the month stays open.")


def _stands(month: Month) -> Book:
    book = repository.find_book(month)
    if book is None:
        raise UnavailableError
    return book


def _customer(company: Company) -> Customer:
    return Customer(
        tenant_id=company.tenant_id,
        number=company.number,
        name=company.name,
        organization_number=company.organization_number,
        address=company.address,
        zip_code=company.zip_code,
        city=company.city,
        country_code=company.country_code,
        vat_number=company.vat_number,
        email=company.email,
    )


def _vanished(rows: list[domain.Subscription]) -> Customer:
    """The company was removed; what it owes is still invoiced to the name it had."""
    return Customer(tenant_id=rows[0].tenant_id, number=rows[0].tenant_number, name=rows[0].company_name)
