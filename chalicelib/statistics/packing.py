"""Facts as they are stored: those of one quarter of an hour that came together, packed into one row of 14 bytes each.

A row is `length of the head · compressed head · columns`. The head says how many facts each integration has of each
kind; the columns hold, in the head's order, digests of event ids, then numbers of companies, then seconds into the
quarter. Rows of one delivery share no event, so counting adds up heads; only where deliveries overlap it looks closer.
"""

from __future__ import annotations

import json
import struct
import zlib
from array import array
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple

from chalicelib.statistics.domain import Fact, Owners, Partition

WIDTH = 14  # 8 bytes of digest, 4 of company number, 2 of seconds
LARGEST = 8_000  # facts in a row: DynamoDB's rows end at 400 kB
_LENGTH = struct.Struct("<I")

Group = tuple[str, str, str]  # owner, integration, kind and detail


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
    opened = [_open(row) for row in rows]
    owners: Owners = {}
    told = set[int]().union(*(digests for _, digests in opened))
    if len(told) == sum(len(digests) for _, digests in opened):
        for head, _ in opened:
            _add_head(owners, head)
        return owners
    seen: set[int] = set()
    for head, digests in opened:
        _add_unseen(owners, head, digests, seen)
    return owners


def _add_head(owners: Owners, head: Owners) -> None:
    for owner, integrations in head.items():
        mine = owners.setdefault(owner, {})
        for integration_id, counts in integrations.items():
            standing = mine.get(integration_id)
            if standing is None:
                mine[integration_id] = counts
                continue
            for key, number in counts.items():
                standing[key] = standing.get(key, 0) + number


def _add_unseen(owners: Owners, head: Owners, digests: array[int], seen: set[int]) -> None:
    """The facts of a row that no row before it told."""
    start = 0
    for owner, integrations in head.items():
        for integration_id, counts in integrations.items():
            for key, number in counts.items():
                fresh = set(digests[start : start + number]) - seen
                start += number
                if fresh:
                    seen |= fresh
                    _add_head(owners, {owner: {integration_id: {key: len(fresh)}}})


def _pack_row(slot: str, entries: Sequence[tuple[int, Fact]]) -> Batch:
    groups: dict[Group, list[tuple[int, Fact]]] = {}
    name = blake2b(digest_size=8)
    for digest, fact in entries:
        name.update(digest.to_bytes(8, "little"))
        groups.setdefault((fact.owner_tenant_id, fact.integration_id, fact.key), []).append((digest, fact))
    head: Owners = {}
    for owner, integration_id, key in sorted(groups):
        head.setdefault(owner, {}).setdefault(integration_id, {})[key] = len(groups[owner, integration_id, key])
    ordered = [entry for group in sorted(groups) for entry in groups[group]]
    compressed = zlib.compress(json.dumps(head, separators=(",", ":")).encode(), 9)
    columns = (
        array("Q", (digest for digest, _ in ordered)),
        array("I", (fact.tenant_number for _, fact in ordered)),
        array("H", (fact.seconds for _, fact in ordered)),
    )
    packed = b"".join((_LENGTH.pack(len(compressed)), compressed, *(column.tobytes() for column in columns)))
    return Batch(Partition.of(slot, int.from_bytes(name.digest(), "big")), name.hexdigest(), packed)


def _open(row: bytes) -> tuple[Owners, array[int]]:
    """The head, and the digests in its order."""
    (length,) = _LENGTH.unpack_from(row)
    start = _LENGTH.size + length
    head: Owners = json.loads(zlib.decompress(row[_LENGTH.size : start]))
    digests = array("Q")
    digests.frombytes(row[start : start + 8 * ((len(row) - start) // WIDTH)])
    return head, digests
