"""What was revoked lately: rows of one hour share a partition, so a verifier reads only what is new to it (D3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pynamodb.attributes import TTLAttribute, UnicodeAttribute

from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.oauth.domain import ACCESS_TOKEN_LIFETIME

_KEPT_FOR = 2 * ACCESS_TOKEN_LIFETIME  # after that no token exists that could be refused
_HOUR = timedelta(hours=1)


class RevocationItem(store.Item):
    Meta = store.table("revocations")

    hour = UnicodeAttribute(hash_key=True)
    revocation_id = UnicodeAttribute(range_key=True)  # begins with the instant, so a range is a span of time
    subjects = store.WordSetAttribute()
    expires_at = TTLAttribute()


def add_revocation(tx: store.Transaction, ctx: Context, subjects: frozenset[str]) -> None:
    revocation_id = f"{_instant(ctx.now)}#{ctx.new_id('rvk')}"
    row = RevocationItem(_hour(ctx.now), revocation_id, subjects=subjects, expires_at=ctx.now + _KEPT_FOR)
    tx.put("revocation", row)


def list_revocations(since: datetime, now: datetime) -> Iterator[tuple[datetime, frozenset[str]]]:
    """Everything revoked from `since` on, with its instant: one call for each hour touched."""
    hour = since.replace(minute=0, second=0, microsecond=0)
    while hour <= now + timedelta(minutes=1):  # another machine's clock may already be in the next hour
        with store.faults():
            newer = RevocationItem.revocation_id >= _instant(since)
            for item in RevocationItem.query(_hour(hour), newer, consistent_read=True):
                yield datetime.fromisoformat(item.revocation_id.partition("#")[0]), item.subjects
        hour += _HOUR


def _hour(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H")


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
