"""Facts and counts: what happened, to whose integration, and what the numbers of an interval say."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from chalicelib.statistics.calendar import Interval, slice_of

ALL = "all"  # the series of all integrations of a developer together
PLATFORM = "*"  # the owner of everything, for the operator
SHARDS = 2  # partitions of one quarter of an hour: 2 x 1,000 write units a second, of 40 facts or more each
LANES = 16  # rows that hold everybody's counts of an hour or a day, by owner
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
# A message may wait 14 days in a queue before somebody sends it on; a clock may be wrong, but not by a day.
PAST_TOLERANCE, FUTURE_TOLERANCE = timedelta(days=15), timedelta(hours=24)
# Points an answer may have: a chart of more is noise. What is read follows from it: two spans of month rows at most.
LONGEST = {Interval.HOUR: 1, Interval.DAY: 400, Interval.WEEK: 1_100, Interval.MONTH: 1_100}
MOST_INTEGRATIONS = 100
_LARGEST_NUMBER = 2**32 - 1
_SLOT = "%Y-%m-%dT%H:%MZ"

Counts = dict[str, int]
"""How many of each `kind/detail`: `{"activated/SE": 3, "failed/invalid_grant": 1}`."""
Integrations = dict[str, Counts]
Owners = dict[str, Integrations]


class FactKind(StrEnum):
    ACTIVATED = "activated"
    REACTIVATED = "reactivated"
    ENDED = "ended"
    EXPIRED = "expired"  # a company's last connection died of itself; the activation stands (decision 0075)
    PURCHASED = "purchased"
    CANCELLED = "cancelled"
    VIEWED = "viewed"
    LAUNCHED = "launched"
    CALLED = "called"
    FAILED = "failed"


BY_COUNTRY = (FactKind.ACTIVATED, FactKind.ENDED)


def key_of(kind: FactKind, detail: str = "") -> str:
    """`detail` is the country of the company, or the cause of an error; nothing where it is not known."""
    return f"{kind}/{detail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something happened, once: `event_id` is its natural key, however often it is told."""

    event_id: str
    kind: FactKind
    owner_tenant_id: str
    integration_id: str
    occurred_at: datetime
    detail: str = ""
    tenant_number: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.tenant_number <= _LARGEST_NUMBER:
            raise ValueError("no number of a company")
        if "#" in f"{self.owner_tenant_id}{self.integration_id}{self.detail}":
            raise ValueError("ids are joined by #")

    @property
    def key(self) -> str:
        return key_of(self.kind, self.detail)

    @property
    def slot(self) -> str:
        return slot_name(self.occurred_at)

    @property
    def seconds(self) -> int:
        """Into its quarter of an hour."""
        return int((self.occurred_at - slice_of(self.occurred_at)).total_seconds())


class Partition(NamedTuple):
    """Facts of one quarter of an hour and shard. No reader's question ends here: only the fold reads facts."""

    slot: str
    shard: int

    @classmethod
    def of(cls, slot: str, number: int) -> Partition:
        return cls(slot, number % SHARDS)

    @property
    def hour(self) -> str:
        return f"{self.slot[:13]}Z"

    @property
    def minute(self) -> str:
        return self.slot[14:16]

    @property
    def key(self) -> str:
        return f"{self.hour}#{self.shard}"


def slot_name(moment: datetime) -> str:
    """A quarter of an hour by its beginning.

    >>> slot_name(datetime(2026, 11, 22, 8, 29, tzinfo=UTC))
    '2026-11-22T08:15Z'
    """
    return f"{slice_of(moment):{_SLOT}}"


def slot_start(slot: str) -> datetime:
    return datetime.strptime(slot, _SLOT).replace(tzinfo=UTC)


def lane_of(owner_tenant_id: str) -> str:
    """Everybody's counts lie in lanes; the platform's own in one apart."""
    if owner_tenant_id == PLATFORM:
        return PLATFORM
    return f"{zlib.crc32(owner_tenant_id.encode()) % LANES:02}"


def is_plausible(occurred_at: datetime, now: datetime) -> bool:
    """ST-19: 1970 and 2100 are clocks gone wrong."""
    return now - PAST_TOLERANCE <= occurred_at <= now + FUTURE_TOLERANCE


def add_counts(parts: Iterable[Mapping[str, int]]) -> Counts:
    summed: Counts = {}
    for counts in parts:
        for key, number in counts.items():
            summed[key] = summed.get(key, 0) + number
    return summed


def add_owners(parts: Iterable[Mapping[str, Mapping[str, Mapping[str, int]]]]) -> Owners:
    """Everybody's counts of a longer time from those of its parts."""
    summed: Owners = {}
    for owners in parts:
        for owner, integrations in owners.items():
            mine = summed.setdefault(owner, {})
            for integration_id, counts in integrations.items():
                mine[integration_id] = add_counts((mine.get(integration_id, {}), counts))
    return summed


def number_of(counts: Mapping[str, int], *kinds: FactKind) -> int:
    """How many of these kinds.

    >>> number_of({"ended/SE": 1, "ended/NO": 2, "activated/SE": 5}, FactKind.ENDED)
    3
    """
    starts = tuple(f"{kind}/" for kind in kinds)
    return sum(number for key, number in counts.items() if key.startswith(starts))


def net_of(counts: Mapping[str, int]) -> int:
    """What remains active of it."""
    return number_of(counts, FactKind.ACTIVATED) - number_of(counts, FactKind.ENDED)


def by_detail(counts: Mapping[str, int], *kinds: FactKind) -> Counts:
    """Numbers by country, or by cause."""
    return add_counts(
        {key.partition("/")[2]: number} for key, number in counts.items() if key.partition("/")[0] in kinds
    )
