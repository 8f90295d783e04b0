"""Rows of the marketplace: counted look-ups, and the read model of what is live."""

from chalicelib.marketplace.repository.listings import (
    TABLES as _LISTING_TABLES,
)
from chalicelib.marketplace.repository.listings import (
    ListingItem,
    ShelfItem,
    WordItem,
    fetch_shelf,
    find_entries,
    find_listed,
    find_listing_row,
    find_of_developer,
    find_vocabulary,
    get_listed,
    list_on_shelf,
    put_listing,
    standing_of,
    words_of_row,
    write_many,
    write_words,
)
from chalicelib.marketplace.repository.lookups import LookupItem, take_lookup

TABLES = (*_LISTING_TABLES, LookupItem)

__all__ = [
    "TABLES",
    "ListingItem",
    "LookupItem",
    "ShelfItem",
    "WordItem",
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
    "take_lookup",
    "words_of_row",
    "write_many",
    "write_words",
]
