"""The nightly look at what is closed (SA-24): lines against totals, invoices and statements; nothing left behind."""

from __future__ import annotations

from chalicelib.kit.context import Context
from chalicelib.kit.log import log
from chalicelib.sales import repository
from chalicelib.sales.service.verifying import verify_book, verify_invoices

__all__ = ["reconcile"]


def reconcile(ctx: Context) -> list[str]:
    """The newest closed month, recomputed from its lines. What differs is logged as an error and answered."""
    book = next((one for one in repository.list_books() if one.is_closed), None)
    if book is None:
        return []
    findings = [*verify_book(book).findings, *verify_invoices(ctx, book)]
    waiting = repository.find_first_due()
    if waiting is not None and waiting <= book.month:
        findings.append(f"Something of {waiting} is not invoiced although {book.month} is closed.")
    if findings:
        log.error("sales.ledger_differs", extra={"month": book.month, "findings": findings[:5]})
    return findings
