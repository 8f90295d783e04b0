"""`python -m infra.sales`: keep the sales of a stage in a file, verify the file, put it back, and rehearse all three.

python -m infra.sales export FILE      every row of the sales tables, one JSON object a line
python -m infra.sales verify FILE      every link and total recomputed from the file alone, without any AWS
python -m infra.sales restore FILE     put the rows back; rows that are there already stay as they are
python -m infra.sales drill FILE       export, wipe, restore, export again, compare (embedded stage only)
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from boto3.dynamodb.types import TypeDeserializer

from chalicelib.sales.domain import Audit, Book, BookState, Totals
from infra.embedded.home import Home
from infra.stage import EMBEDDED, Stage
from infra.target import Target

TABLES = (
    "price-versions", "subscriptions", "sales-orders", "sales-months", "sales-ledger", "invoices", "sales-statements",
)  # fmt: skip
KEYS = {
    "price-versions": ("integration_id", "version"),
    "subscriptions": ("tenant_id", "integration_id"),
    "sales-orders": ("integration_id", "place"),
    "sales-months": ("book", "month"),
    "sales-ledger": ("page", "seq"),
    "invoices": ("tenant_id", "number"),
    "sales-statements": ("owner_tenant_id", "place"),
}
BATCH = 25  # what BatchWriteItem takes

Row = dict[str, Any]
File = Annotated[Path, typer.Argument(help="rows, one JSON object a line")]
StageName = Annotated[str, typer.Option("--stage", help="embedded, or a stage in an account")]

command = typer.Typer(pretty_exceptions_enable=False, help=__doc__)


class Shop:
    """The sales tables of one stage."""

    def __init__(self, dynamodb: Any, prefix: str) -> None:
        self.dynamodb = dynamodb
        self.prefix = prefix

    def rows(self, table: str) -> Iterator[Row]:
        for page in self.dynamodb.get_paginator("scan").paginate(
            TableName=f"{self.prefix}-{table}", ConsistentRead=True
        ):
            yield from page["Items"]

    def export(self) -> list[str]:
        """Every row as one line, sorted, so that two exports of the same rows are the same text."""
        return sorted(
            json.dumps({"table": table, "row": row}, sort_keys=True, ensure_ascii=False)
            for table in TABLES
            for row in self.rows(table)
        )

    def wipe(self) -> int:
        doomed = [
            (table, {"DeleteRequest": {"Key": {name: row[name] for name in KEYS[table]}}})
            for table in TABLES
            for row in self.rows(table)
        ]
        self._write(doomed)
        return len(doomed)

    def restore(self, lines: list[str]) -> int:
        """Put rows back. What stands already is left alone: a restore never overwrites what is newer."""
        standing = {_key(table, row) for table in TABLES for row in self.rows(table)}
        entries = [json.loads(line) for line in lines]
        missing = [entry for entry in entries if _key(entry["table"], entry["row"]) not in standing]
        self._write([(entry["table"], {"PutRequest": {"Item": entry["row"]}}) for entry in missing])
        return len(missing)

    def _write(self, requests: list[tuple[str, Row]]) -> None:
        for start in range(0, len(requests), BATCH):
            waiting: dict[str, list[Row]] = {}
            for table, request in requests[start : start + BATCH]:
                waiting.setdefault(f"{self.prefix}-{table}", []).append(request)
            while waiting:
                waiting = self.dynamodb.batch_write_item(RequestItems=waiting).get("UnprocessedItems", {})


def audit(lines: list[str]) -> tuple[dict[str, dict[str, Totals]], list[str]]:
    """Totals by month, and what does not agree, from exported rows alone."""
    plain = TypeDeserializer().deserialize
    rows: dict[str, list[Row]] = {table: [] for table in TABLES}
    for line in lines:
        entry = json.loads(line)
        rows[entry["table"]].append({name: plain(value) for name, value in entry["row"].items()})
    totals: dict[str, dict[str, Totals]] = {}
    findings: list[str] = []
    before = None
    for row in sorted(rows["sales-months"], key=lambda one: str(one["month"])):
        book = _to_book(row)
        mine = sorted((int(one["seq"]), one["body"], one["hash"]) for one in rows["sales-ledger"]
                      if one["page"].startswith(f"{book.month}#"))  # fmt: skip
        found = Audit(book, mine)
        for _ in found.lines():
            continue
        found.compare()
        if before is not None and before.head_hash != book.opening_hash:
            found.findings.append(f"It does not go on from the last hash of {before.month}.")
        before = book
        totals[book.month] = found.totals
        findings += [f"{book.month}: {finding}" for finding in found.findings]
    return totals, findings


@command.command()
def export(file: File, stage: StageName = EMBEDDED) -> None:
    """Write every row of the sales tables to a file."""
    lines = _shop(stage).export()
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"{len(lines)} rows")


@command.command()
def verify(file: File) -> None:
    """Recompute the file's totals and links; exit status 1 when anything differs."""
    totals, findings = audit(_read(file))
    for month, sums in totals.items():
        for currency, one in sums.items():
            counted = f"{one.invoices} invoices, {one.lines} lines"
            print(f"{month} {currency}: {counted}, {one.net} + {one.vat} VAT, {one.share} share")
    print("\n".join(findings) or "Everything agrees.")
    sys.exit(bool(findings))


@command.command()
def restore(file: File, stage: StageName = EMBEDDED) -> None:
    """Put back the rows that are missing."""
    print(f"{_shop(stage).restore(_read(file))} rows put back")


@command.command()
def drill(file: File, stage: StageName = EMBEDDED) -> None:
    """Export, verify, wipe, restore, export again: the same rows and the same sums, or exit status 1."""
    if stage != EMBEDDED:
        sys.exit("A drill wipes the tables. It runs on the embedded stage only.")
    shop = _shop(stage)
    before = shop.export()
    file.write_text("".join(f"{line}\n" for line in before), encoding="utf-8")
    print(f"{len(before)} rows kept in {file}, {shop.wipe()} wiped, {shop.restore(before)} put back")
    after = shop.export()
    same = after == before and audit(after) == audit(before)
    print("The same rows and the same sums." if same else "The rows differ!")
    sys.exit(not same)


def _shop(stage: str) -> Shop:
    if stage != EMBEDDED:
        return Shop(Target().client("dynamodb"), Stage(stage).prefix)
    file = Home.from_env().stack_file
    if not file.exists():
        sys.exit("Nothing runs here yet: make run")
    return Shop(Target(json.loads(file.read_text())["aws_endpoint"]).client("dynamodb"), Stage(stage).prefix)


def _read(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def _key(table: str, row: Row) -> str:
    return json.dumps([table, *(row[name] for name in KEYS[table])], sort_keys=True)


def _to_book(row: Row) -> Book:
    return Book(
        month=row["month"],
        state=BookState(row["state"]),
        opening_hash=row["opening_hash"],
        head_hash=row["head_hash"],
        first_number=int(row["first_number"]),
        next_number=int(row["next_number"]),
        next_seq=int(row["next_seq"]),
        totals={currency: Totals(**sums) for currency, sums in json.loads(row["totals"]).items()},
        started_at=datetime.fromtimestamp(0, UTC),
    )


if __name__ == "__main__":
    command()
