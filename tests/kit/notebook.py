"""A table of its own for the kit's tests."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.kit import store


class PageItem(store.Item):
    Meta = store.table("kit-pages")

    book_id = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)
    text = UnicodeAttribute(default="")
    words = store.WordSetAttribute(default=frozenset())


class TitleItem(store.Item):
    Meta = store.table("kit-titles")

    title = UnicodeAttribute(hash_key=True)
    book_id = UnicodeAttribute()


def create() -> None:
    for table in (PageItem, TitleItem):
        table.create_table(wait=False)
