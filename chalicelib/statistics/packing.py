"""Facts as they are stored: those of one quarter of an hour that came together, packed into one row of 14 bytes each.

A row is `length of the head · compressed head · columns`. The head says how many facts each integration has of each
kind (`owner#integration#kind/detail`); the columns hold, in its order, digests of event ids, numbers of companies and
seconds. Rows of one delivery share no event: counting adds up heads, and looks closer only where deliveries overlap.
"""

from __future__ import annotations

import json
import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

from chalicelib.statistics.domain import Counts, Fact, Owners, Partition

WIDTH = 14  # 8 bytes of digest, 4 of company number, 2 of seconds
LARGEST = 8_000  # facts in a row: DynamoDB's rows end at 400 kB
_LENGTH = struct.Struct("<I")
Opened = tuple[Counts, "array[int]"]  # how many of each, and their digests in the same order


class Batch(NamedTuple):
    """One row. Its id follows from what is in it, so the same delivery again is the same row."""

    partition: Partition
    batch_id: str
    packed: bytes


def digest_of(event_id: str) -> int:
    """Eight bytes that stand for an event id: two of a million in one quarter are alike once in 30 million quarters."""
    return int.from_bytes(blake2b(event_id.encode(), digest_size=8).digest(), "little")


def pack(facts: Iterable[Fact]) -> list[Batch]:
    """The rows that hold these facts; one told twice among them is there once."""
    slots: dict[str, dict[int, Fact]] = {}
    for fact in facts:
        slots.setdefault(fact.slot, {})[digest_of(fact.event_id)] = fact
    batches = []
    for slot, found in slots.items():
        entries = sorted(found.items())
        starts = range(0, len(entries), LARGEST)
        batches += [_pack_row(slot, entries[start : start + LARGEST]) for start in starts]
    return batches


def count_packed(rows: Iterable[bytes]) -> Owners:
    """How many facts of each kind, by owner and integration. What several rows tell is counted once (D9)."""
    return count_opened([open_row(row) for row in rows])


def count_opened(opened: Sequence[Opened]) -> Owners:
    """The counting itself."""
    told = set[int]().union(*(digests for _, digests in opened))
    if len(told) != sum(len(digests) for _, digests in opened):
        opened = [(head, array("Q")) for head in _unseen(opened)]
    sums: Counts = {}
    so_far = sums.get
    for head, _ in opened:
        for name, number in head.items():
            sums[name] = so_far(name, 0) + number
    owners: Owners = {}
    for name, number in sums.items():
        owner, integration_id, key = name.split("#")
        owners.setdefault(owner, {}).setdefault(integration_id, {})[key] = number
    return owners


def _unseen(opened: Sequence[Opened]) -> Iterator[Counts]:
    """Heads without the facts that a row before them told."""
    seen: set[int] = set()
    for head, digests in opened:
        start = 0
        fresh: Counts = {}
        for name, number in head.items():
            mine = set(digests[start : start + number]) - seen
            start += number
            seen |= mine
            if mine:
                fresh[name] = len(mine)
        yield fresh


def _pack_row(slot: str, entries: Sequence[tuple[int, Fact]]) -> Batch:
    groups: dict[str, list[tuple[int, Fact]]] = {}
    name = blake2b(digest_size=8)
    for digest, fact in entries:
        name.update(digest.to_bytes(8, "little"))
        groups.setdefault(f"{fact.owner_tenant_id}#{fact.integration_id}#{fact.key}", []).append((digest, fact))
    head = {group: len(groups[group]) for group in sorted(groups)}
    ordered = [entry for group in sorted(groups) for entry in groups[group]]
    compressed = zlib.compress(json.dumps(head, separators=(",", ":")).encode(), 9)
    columns = (
        array("Q", (digest for digest, _ in ordered)),
        array("I", (fact.tenant_number for _, fact in ordered)),
        array("H", (fact.seconds for _, fact in ordered)),
    )
    packed = b"".join((_LENGTH.pack(len(compressed)), compressed, *(column.tobytes() for column in columns)))
    return Batch(Partition.of(slot, int.from_bytes(name.digest(), "big")), name.hexdigest(), packed)


def open_row(row: bytes) -> Opened:
    """The head, and the digests in its order."""
    (length,) = _LENGTH.unpack_from(row)
    start = _LENGTH.size + length
    head: Counts = json.loads(zlib.decompress(row[_LENGTH.size : start]))
    digests = array("Q")
    digests.frombytes(row[start : start + 8 * ((len(row) - start) // WIDTH)])
    return head, digests
