"""The audit of a month: every link of the chain and every total, recomputed from nothing but its lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from chalicelib.sales.domain.closing import Book
from chalicelib.sales.domain.invoices import Line, Totals, hash_line, parse_line

__all__ = ["Audit", "StoredLine"]

StoredLine = tuple[int, str, str]  # place, text, hash


class Audit:
    """Walk the lines once with `lines`, then `compare`; `findings` are sentences with numbers, none when all agrees."""

    def __init__(self, book: Book, stored: Iterable[StoredLine]) -> None:
        self.book = book
        self.head = book.opening_hash
        self.findings: list[str] = []
        self.totals: dict[str, Totals] = {}
        self.count = 0
        self._stored = stored
        self._invoices: set[int] = set()
        self._keys: set[str] = set()

    def lines(self) -> Iterator[Line]:
        """Each line is checked as it passes."""
        for seq, text, stored_hash in self._stored:
            self.count += 1
            self.head = hash_line(self.head, text)
            if seq != self.count:
                self.findings.append(f"Line {self.count} is missing; line {seq} follows.")
                self.count = seq
            if self.head != stored_hash:
                self.findings.append(f"Line {seq} was changed, or one before it: the chain breaks here.")
                self.head = stored_hash
            line = parse_line(text)
            self._add(line)
            yield line

    def compare(self) -> None:
        """The lines against what the book says of itself."""
        book = self.book
        if self.count != book.lines:
            self.findings.append(f"The book says {book.lines} lines, there are {self.count}.")
        if self.head != book.head_hash:
            self.findings.append("The last hash is not the book's.")
        if self.totals != dict(book.totals):
            self.findings.append(f"The book says {_sums(book.totals)}, the lines say {_sums(self.totals)}.")
        if self._invoices != set(range(book.first_number, book.next_number)):
            self.findings.append("The lines' invoice numbers have a gap.")

    def _add(self, line: Line) -> None:
        if line.key in self._keys:
            self.findings.append(f"Line {line.seq} stands twice: {line.key}.")
        self._keys.add(line.key)
        is_new = line.invoice not in self._invoices
        self._invoices.add(line.invoice)
        self.totals[line.currency] = self.totals.get(line.currency, Totals()).plus([line], invoices=int(is_new))


def _sums(totals: Mapping[str, Totals]) -> str:
    return ", ".join(f"{one.net} + {one.vat} {currency}" for currency, one in sorted(totals.items())) or "nothing"
