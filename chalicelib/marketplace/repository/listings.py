"""Rows of the read model: the listing itself decides, shelves change with it, words are checked against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.pagination import Page, PageQuery, fetch_page
from chalicelib.marketplace.listed import (
    Card,
    Listed,
    Rated,
    Standing,
    card_of,
    parse_card,
    parse_listed,
    shelves_of,
    weighted_words,
)
from chalicelib.marketplace.words import BUCKET

__all__ = [
    "TABLES",
    "fetch_shelf",
    "find_entries",
    "find_listed",
    "find_listing_row",
    "find_of_developer",
    "find_vocabulary",
    "get_listed",
    "list_on_shelf",
    "put_listing",
    "standing_of",
    "words_of_row",
    "write_many",
    "write_words",
]

_MOST_ENTRIES = 200
_MOST_VOCABULARY = 1_000


class ByDeveloper(GlobalSecondaryIndex["ListingItem"]):  # type: ignore[no-untyped-call]  # PynamoDB left a hook untyped
    """Which listings a licence decides on. Not consistent: whoever writes a listing asks for the licence again."""

    Meta = store.index("by_developer", KeysOnlyProjection())

    tenant_id = UnicodeAttribute(hash_key=True)
    integration_id = UnicodeAttribute(range_key=True)


class ListingItem(store.Item):
    """`version` is the publication's: an older event never overwrites a newer one; not live is a row too."""

    Meta = store.table("listings")

    integration_id = UnicodeAttribute(hash_key=True)
    tenant_id = UnicodeAttribute(null=True)
    version = NumberAttribute()
    revision = NumberAttribute(default=0)
    is_live = BooleanAttribute()
    is_licensed = BooleanAttribute(default=True)
    rated = store.JsonAttribute(default=dict)
    listing = store.JsonAttribute()
    words = store.JsonAttribute()

    by_developer = ByDeveloper()


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


def standing_of(row: ListingItem | None) -> Standing:
    if row is None:
        return Standing()
    listed = parse_listed(row.listing) if row.is_live else None
    return Standing(int(row.version), listed, bool(row.is_licensed), Rated(**row.rated))


def words_of_row(standing: Standing) -> dict[str, int]:
    """The words that lead to it."""
    return weighted_words(standing.shown) if standing.shown else {}


def find_of_developer(tenant_id: str) -> list[str]:
    """The listings of one developer: one Query of the index."""
    with store.faults():
        return [row.integration_id for row in ListingItem.by_developer.query(tenant_id)]


def find_listed(integration_id: str) -> Listed | None:
    """What is live, or None."""
    return standing_of(find_listing_row(integration_id)).shown


def get_listed(integration_ids: Iterable[str]) -> dict[str, Listed]:
    """Those of them that are live: one call."""
    rows = store.get_many(ListingItem, integration_ids)
    shown = {row.integration_id: standing_of(row).shown for row in rows}
    return {integration_id: listed for integration_id, listed in shown.items() if listed is not None}


def put_listing(integration_id: str, standing: Standing, before: ListingItem | None) -> None:
    """Listing and shelves in one transaction. Raises RefusedError when `before` is no longer the stored row."""
    gone, listed = standing_of(before).shown, standing.shown
    old = set(shelves_of(gone)) if gone else set()
    new = set(shelves_of(listed)) if listed else set()
    condition = ListingItem.revision == before.revision if before is not None else store.absent(ListingItem)
    row = _row(integration_id, standing, int(before.revision) + 1 if before is not None else 1)
    with store.transaction() as tx:
        tx.put("listing", row, condition)
        for shelf, key in old - new:
            tx.delete(f"off {shelf} {key}", ShelfItem, (shelf, key))
        for shelf, key in new if listed else ():
            tx.put(f"on {shelf} {key}", ShelfItem(shelf, key, card=asdict(card_of(listed))))  # type: ignore[arg-type]


def write_many(standings: Mapping[str, Standing]) -> None:
    """New listings with shelves and words, in batches: for filling a marketplace where nobody else writes."""
    rows: dict[tuple[str, ...], store.Item] = {}
    for integration_id, standing in standings.items():
        rows["listing", integration_id] = _row(integration_id, standing, 1)
        listed = standing.shown
        for shelf, key in shelves_of(listed) if listed else ():
            rows["shelf", shelf, key] = ShelfItem(shelf, key, card=asdict(card_of(listed)))  # type: ignore[arg-type]
        words = words_of_row(standing)
        for word, weight in words.items():
            rows["word", word, integration_id] = _entry(word, weight, integration_id, " ".join(words))
            rows["known", word] = WordItem(f"?{word[:BUCKET]}", word)
    for kind in (ListingItem, ShelfItem, WordItem):
        with store.faults(), kind.batch_write() as batch:
            for row in rows.values():
                if isinstance(row, kind):
                    batch.save(row)


def _row(integration_id: str, standing: Standing, revision: int) -> ListingItem:
    return ListingItem(
        integration_id, version=standing.version, revision=revision, is_live=standing.listed is not None,
        is_licensed=standing.is_licensed, rated=asdict(standing.rated),
        listing=asdict(standing.listed) if standing.listed else {}, words=words_of_row(standing),
        tenant_id=standing.listed.tenant_id if standing.listed else None,
    )  # fmt: skip


def _entry(word: str, weight: int, integration_id: str, said: str) -> WordItem:
    return WordItem(word[:BUCKET], f"{word}#{weight}#{integration_id}", words=said)


def write_words(integration_id: str, old: Mapping[str, int], new: Mapping[str, int]) -> None:
    """Repeatable; a word left behind by a crash leads to a listing that no longer has it, and is not shown."""
    said = " ".join(new)
    gone = {(word, weight) for word, weight in old.items() if new.get(word) != weight}
    with store.faults(), WordItem.batch_write() as batch:
        for word, weight in gone:
            batch.delete(WordItem(word[:BUCKET], f"{word}#{weight}#{integration_id}"))
        for word, weight in new.items():
            batch.save(_entry(word, weight, integration_id, said))
            batch.save(WordItem(f"?{word[:BUCKET]}", word))


def fetch_shelf(ctx: Context, shelf: str, query: PageQuery) -> Page[Card]:
    """By name: one Query."""
    page = fetch_page(ctx, f"shelf:{shelf}", query, lambda **kw: ShelfItem.query(shelf, **kw))
    return page.map(lambda item: parse_card(item.card))


def list_on_shelf(shelf: str, limit: int) -> list[str]:
    """The first integration ids of a shelf: one Query."""
    with store.faults():
        return [row.shelf_key.rpartition("#")[2] for row in ShelfItem.query(shelf, consistent_read=True, limit=limit)]


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
