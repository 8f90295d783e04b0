"""Verification: every total recomputed from the ledger, and every link of the chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.kit.context import Context
from chalicelib.kit.pagination import MAX_LIMIT, PageQuery
from chalicelib.sales import repository
from chalicelib.sales.domain import Audit, Book, Invoice, Statement, Totals, fold_lines, parse_line

__all__ = ["Report", "verify_book", "verify_invoices"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`findings` is empty when everything agrees; each finding is one sentence with numbers."""

    month: str
    lines: int
    head_hash: str
    totals: dict[str, Totals]
    statements: tuple[Statement, ...]
    findings: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return not self.findings


def verify_book(book: Book, *, with_statements: bool = True) -> Report:
    """Recompute chain, totals, numbers and statements of a month: one Query a thousand lines."""
    audit = Audit(book, repository.read_entries(book.month, 1, max(book.lines, 1)))
    statements = fold_lines(audit.lines())
    audit.compare()
    before = _before(book)
    if before is not None and before.head_hash != book.opening_hash:
        audit.findings.append(f"{book.month} does not go on from the last hash of {before.month}.")
    if with_statements:
        audit.findings += _compare_statements(book, statements)
    return Report(
        month=book.month, lines=audit.count, head_hash=audit.head, totals=audit.totals,
        statements=tuple(statements), findings=tuple(audit.findings),
    )  # fmt: skip


def verify_invoices(ctx: Context, book: Book) -> list[str]:
    """Each invoice of the month against its lines: one Query a hundred invoices, and the month's lines once more."""
    sums: dict[int, list[int]] = {}
    for _, text, _ in repository.read_entries(book.month, 1, max(book.lines, 1)):
        line = parse_line(text)
        found = sums.setdefault(line.invoice, [0, 0])
        found[1 if line.is_vat else 0] += line.amount_minor
    findings = []
    for invoice in _invoices(ctx, book.month):
        net, vat = sums.pop(invoice.number, [0, 0])
        if (net, vat, net + vat) != (invoice.net_minor, invoice.vat_minor, invoice.total_minor):
            findings.append(f"Invoice {invoice.number} says {invoice.total_minor}, its lines say {net + vat}.")
    return findings + [f"Invoice {number} is missing." for number in sorted(sums)]


def _invoices(ctx: Context, month: str) -> Iterator[Invoice]:
    cursor = None
    while True:
        page = repository.list_invoices_of_month(ctx, month, PageQuery(limit=MAX_LIMIT, cursor=cursor))
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _before(book: Book) -> Book | None:
    older = [one for one in repository.list_books() if one.month < book.month]
    return older[0] if older else None


def _compare_statements(book: Book, statements: list[Statement]) -> list[str]:
    """Stored statements of every developer who has lines, against those folded now."""
    findings = []
    for owner in sorted({one.owner_tenant_id for one in statements}):
        stored = repository.list_statements(owner, book.month, book.month)
        if stored != [one for one in statements if one.owner_tenant_id == owner]:
            findings.append(f"The statement of {owner} is not what the lines say.")
    return findings
