"""Rows of the read model: the listing itself decides, shelves change with it, words are checked against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.pagination import Page, PageQuery, fetch_page
from chalicelib.marketplace.listed import Card, Listed, card_of, parse_listed, shelves_of
from chalicelib.marketplace.words import BUCKET

__all__ = [
    "TABLES",
    "fetch_shelf",
    "find_entries",
    "find_listed",
    "find_listing_row",
    "find_vocabulary",
    "get_listed",
    "put_listing",
    "write_words",
]

_MOST_ENTRIES = 200
_MOST_VOCABULARY = 1_000


class ListingItem(store.Item):
    """`version` is the publication's: an older event never overwrites a newer one; not live is a row too."""

    Meta = store.table("listings")

    integration_id = UnicodeAttribute(hash_key=True)
    version = NumberAttribute()
    is_live = BooleanAttribute()
    listing = store.JsonAttribute()
    words = store.JsonAttribute()


class ShelfItem(store.Item):
    """One card on one shelf, so that a page of a list is one Query."""

    Meta = store.table("listing-shelves")

    shelf = UnicodeAttribute(hash_key=True)
    shelf_key = UnicodeAttribute(range_key=True)
    card = store.JsonAttribute()


class WordItem(store.Item):
    """`word#weight#id` under the word's first two letters, and under `?` before them each word once."""

    Meta = store.table("listing-words")

    bucket = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    words = UnicodeAttribute(default="")


TABLES = (ListingItem, ShelfItem, WordItem)


def find_listing_row(integration_id: str) -> ListingItem | None:
    return store.find(ListingItem, integration_id)


def find_listed(integration_id: str) -> Listed | None:
    """What is live, or None."""
    row = find_listing_row(integration_id)
    return parse_listed(row.listing) if row is not None and row.is_live else None


def get_listed(integration_ids: Iterable[str]) -> dict[str, Listed]:
    """Those of them that are live: one call."""
    rows = store.get_many(ListingItem, integration_ids)
    return {row.integration_id: parse_listed(row.listing) for row in rows if row.is_live}


def put_listing(
    integration_id: str, version: int, listed: Listed | None, words: Mapping[str, int], before: ListingItem | None
) -> None:
    """Listing and shelves in one transaction. Raises RefusedError when `before` is no longer the stored row."""
    old = set(shelves_of(parse_listed(before.listing))) if before is not None and before.is_live else set()
    new = set(shelves_of(listed)) if listed else set()
    condition = ListingItem.version == before.version if before is not None else store.absent(ListingItem)
    row = ListingItem(
        integration_id, version=version, is_live=listed is not None, listing=asdict(listed) if listed else {},
        words=dict(words),
    )  # fmt: skip
    with store.transaction() as tx:
        tx.put("listing", row, condition)
        for shelf, key in old - new:
            tx.delete(f"off {shelf} {key}", ShelfItem, (shelf, key))
        for shelf, key in new if listed else ():
            tx.put(f"on {shelf} {key}", ShelfItem(shelf, key, card=asdict(card_of(listed))))  # type: ignore[arg-type]


def write_words(integration_id: str, old: Mapping[str, int], new: Mapping[str, int]) -> None:
    """Repeatable; a word left behind by a crash leads to a listing that no longer has it, and is not shown."""
    said = " ".join(new)
    gone = {(word, weight) for word, weight in old.items() if new.get(word) != weight}
    with store.faults(), WordItem.batch_write() as batch:
        for word, weight in gone:
            batch.delete(WordItem(word[:BUCKET], f"{word}#{weight}#{integration_id}"))
        for word, weight in new.items():
            batch.save(WordItem(word[:BUCKET], f"{word}#{weight}#{integration_id}", words=said))
            batch.save(WordItem(f"?{word[:BUCKET]}", word))


def fetch_shelf(ctx: Context, shelf: str, query: PageQuery) -> Page[Card]:
    """By name: one Query."""
    page = fetch_page(ctx, f"shelf:{shelf}", query, lambda **kw: ShelfItem.query(shelf, **kw))
    return page.map(lambda item: Card(**item.card))


def find_entries(stem: str) -> list[tuple[int, str, list[str]]]:
    """(weight, integration id, all its words) of what begins with the stem; the first two hundred: one Query."""
    with store.faults():
        rows = list(
            WordItem.query(stem[:BUCKET], WordItem.entry.startswith(stem), limit=_MOST_ENTRIES, page_size=_MOST_ENTRIES)
        )
    return [(int(row.entry.split("#")[1]), row.entry.split("#")[2], row.words.split()) for row in rows]


def find_vocabulary(bucket: str) -> list[str]:
    """Every word that begins with these letters: one Query."""
    with store.faults():
        rows = list(WordItem.query(f"?{bucket}", limit=_MOST_VOCABULARY, page_size=_MOST_VOCABULARY))
    return [row.entry for row in rows]
