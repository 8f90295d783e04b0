"""Reading ahead: the rows of several tables in one step, found by the rooms that ask for them."""

from __future__ import annotations

import threading
from contextlib import nullcontext

import pytest
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.kit import store
from chalicelib.kit.errors import UnavailableError
from chalicelib.kit.reads import Latest, Row, at_once, read_ahead
from tests.factories import aws_calls


class ShelfItem(store.Item):
    Meta = store.table("test-shelves")

    shelf = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute(default="")


class BookItem(store.Item):
    Meta = store.table("test-books")

    shelf = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)


@pytest.fixture
def tables(aws):
    for item in (ShelfItem, BookItem):
        item._connection = None
        item.create_table(wait=False)
    ShelfItem("a", name="First").save()
    for number in (1, 2, 10):
        BookItem("a", number).save()


def test_what_was_read_ahead_costs_nothing_more_and_what_is_not_there_is_known(tables):
    with aws_calls() as calls:
        wanted = (Row(ShelfItem, "a"), Row(ShelfItem, "b"), Row(BookItem, "a", 2), Row(ShelfItem, "a"), None)
        with read_ahead(*wanted, Latest(BookItem, "a"), Latest(BookItem, "b")):
            assert store.find(ShelfItem, "a").name == "First"
            assert store.find(ShelfItem, "b") is None
            assert int(store.find(BookItem, "a", 2).number) == 2
            assert int(store.latest(BookItem, "a").number) == 10
            assert store.latest(BookItem, "b") is None
    assert sorted(calls) == ["BatchGetItem", "Query", "Query"]


def test_what_was_not_read_ahead_is_asked_for_and_all_is_forgotten_after_the_block(tables):
    with aws_calls() as calls:
        with read_ahead(Row(ShelfItem, "a")):
            assert store.find(BookItem, "a", 1) is not None
            with read_ahead(Row(ShelfItem, "b")):
                assert store.find(ShelfItem, "a").name == "First"
        assert store.find(ShelfItem, "a").name == "First"
        assert int(store.latest(BookItem, "a").number) == 10
        with read_ahead(None):
            pass
    assert calls == ["BatchGetItem", "GetItem", "BatchGetItem", "GetItem", "Query"]


@pytest.mark.parametrize("times", [1, 99])
def test_rows_left_out_of_a_full_answer_are_asked_for_again_but_not_for_ever(tables, monkeypatch, times):
    """DynamoDB answers with at most 16 MB and names the keys it left out."""
    dispatch, asked = store.shared_connection().dispatch, []

    def leaving_out(operation, kwargs):
        asked.append(operation)
        if len(asked) <= times:
            return {"Responses": {}, "UnprocessedKeys": kwargs["RequestItems"]}
        return dispatch(operation, kwargs)

    monkeypatch.setattr(store.shared_connection(), "dispatch", leaving_out)
    refused = pytest.raises(UnavailableError) if times > 1 else nullcontext()
    with refused, read_ahead(Row(ShelfItem, "a"), Row(ShelfItem, "b"), Row(ShelfItem, "a")):
        assert store.find(ShelfItem, "b") is None
        assert store.find(ShelfItem, "a").name == "First"
    assert len(asked) == (2 if times == 1 else 6)


def test_trouble_is_unavailable_and_no_answer(aws):
    ShelfItem._connection = None
    with pytest.raises(UnavailableError), read_ahead(Row(ShelfItem, "a")):
        pytest.fail("the table does not exist")


def test_side_by_side_keeps_the_order_and_tells_of_trouble():
    met = threading.Barrier(3, timeout=20)

    def wait(number):
        met.wait()  # passes only when all three are under way
        return number

    assert at_once(lambda: wait(1), lambda: wait(2), lambda: wait(3)) == [1, 2, 3]

    def fail():
        raise UnavailableError

    with pytest.raises(UnavailableError):
        at_once(lambda: 1, fail)
