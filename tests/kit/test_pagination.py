"""Pages: every row once and in order, cursors that only their owner can use."""

from __future__ import annotations

import pytest

from chalicelib.kit import store
from chalicelib.kit.context import Actor, new_context
from chalicelib.kit.errors import MalformedRequestError
from chalicelib.kit.pagination import PageQuery, fetch_page
from tests.kit.notebook import PageItem, create

A = new_context(Actor("a", "ten_a", session_id="s"))
B = new_context(Actor("b", "ten_b", session_id="s"))


@pytest.fixture(autouse=True)
def pages(aws):
    create()
    for number in range(23):
        store.save(PageItem("b", number))


def read(ctx, limit, cursor=None, name="pages"):
    return fetch_page(ctx, name, PageQuery(limit=limit, cursor=cursor), lambda **kw: PageItem.query("b", **kw))


@pytest.mark.parametrize("limit", [1, 7, 23, 100])
def test_PG_01_a_walk_meets_every_row_once_in_order(limit):
    seen, cursor = [], None
    while True:
        page = read(A, limit, cursor)
        seen += [row.number for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == list(range(23))


def test_PG_06_a_cursor_shows_nothing():
    cursor = read(A, 5).next_cursor
    assert "book" not in cursor
    assert "ten_a" not in cursor


def test_PG_07_a_deleted_row_does_not_stop_the_walk():
    cursor = read(A, 5).next_cursor
    store.remove(PageItem, ("b", 4))
    assert [row.number for row in read(A, 2, cursor).items] == [5, 6]


@pytest.mark.parametrize("how", ["other caller", "other list", "garbage", "old"])
def test_BO_10_a_cursor_works_only_for_its_caller_and_list(how):
    from dataclasses import replace
    from datetime import timedelta

    cursor = read(A, 5).next_cursor
    late = replace(A, now=A.now + timedelta(days=1, seconds=1))
    tries = {
        "other caller": lambda: read(B, 5, cursor),
        "other list": lambda: read(A, 5, cursor, name="others"),
        "garbage": lambda: read(A, 5, "k1.AAAA"),
        "old": lambda: read(late, 5, cursor),
    }
    with pytest.raises(MalformedRequestError):
        tries[how]()


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_limit_out_of_range_is_named(limit):
    with pytest.raises(MalformedRequestError, match="limit"):
        read(A, limit)
