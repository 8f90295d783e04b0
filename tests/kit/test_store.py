"""The store: conditions answer with what stood in the way, transactions name the part that failed, trouble is 503."""

from __future__ import annotations

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from pynamodb.exceptions import PutError

from chalicelib.kit import store
from chalicelib.kit.errors import UnavailableError
from tests.kit.notebook import PageItem, TitleItem, create


@pytest.fixture(autouse=True)
def notebook(aws):
    create()


def test_add_inserts_once_and_shows_who_was_first():
    store.add(PageItem("b", 1, text="first"))
    with pytest.raises(store.RefusedError) as refused:
        store.add(PageItem("b", 1, text="second"))
    assert refused.value.parts["item"].text == "first"


def test_D2_a_lost_answer_is_recognised_as_our_own_write():
    store.add(PageItem("b", 1, text="req_1"))
    store.add(PageItem("b", 1, text="req_1"), ours=lambda standing: standing.text == "req_1")
    with pytest.raises(store.RefusedError):
        store.add(PageItem("b", 1, text="req_2"), ours=lambda standing: standing.text == "req_2")


def test_update_answers_with_the_new_row_or_the_one_that_refused():
    store.add(PageItem("b", 1, text="one"))
    new = store.update(PageItem, ("b", 1), [PageItem.text.set("two")], PageItem.text == "one")
    assert new.text == "two"
    with pytest.raises(store.RefusedError) as refused:
        store.update(PageItem, ("b", 1), [PageItem.text.set("three")], PageItem.text == "one")
    assert refused.value.parts["item"].text == "two"


def test_update_of_what_is_not_there_is_refused_with_nothing():
    with pytest.raises(store.RefusedError) as refused:
        store.update(PageItem, ("b", 9), [PageItem.text.set("x")], PageItem.book_id.exists())
    assert refused.value.parts["item"] is None


def test_remove_is_silent_about_what_is_gone():
    store.remove(PageItem, ("b", 1))
    store.add(PageItem("b", 1))
    store.remove(PageItem, ("b", 1))
    assert store.find(PageItem, "b", 1) is None


def test_F16_a_transaction_names_the_part_that_refused_whatever_the_order():
    store.add(TitleItem("taken", book_id="other"))
    with pytest.raises(store.RefusedError) as refused, store.transaction() as tx:
        tx.add("page", PageItem("b", 1))
        tx.update("counter", PageItem, ("b", 0), [PageItem.text.set("x")])
        tx.add("title", TitleItem("taken", book_id="b"))
        tx.check("shelf", PageItem, ("b", 7), PageItem.book_id.does_not_exist())
    assert set(refused.value.parts) == {"title"}
    assert store.find(PageItem, "b", 1) is None


def test_all_kinds_of_parts_happen_together():
    store.add(PageItem("b", 1, text="old"))
    store.add(PageItem("b", 2))
    with store.transaction() as tx:
        tx.delete("old", PageItem, ("b", 2), PageItem.book_id.exists())
        tx.update("text", PageItem, ("b", 1), [PageItem.text.set("new")], PageItem.text == "old")
        tx.put("title", TitleItem("t", book_id="b"))
    assert store.find(PageItem, "b", 1).text == "new"
    assert store.find(PageItem, "b", 2) is None


def test_an_empty_word_set_survives_storage():
    store.add(PageItem("b", 1, words=frozenset()))
    store.add(PageItem("b", 2, words={"b", "a"}))
    assert store.find(PageItem, "b", 1).words == frozenset()
    assert store.find(PageItem, "b", 2).words == frozenset({"a", "b"})


def test_one_client_serves_every_table():
    store.find(PageItem, "b", 1)
    store.find(TitleItem, "t")
    assert PageItem._get_connection().connection is TitleItem._get_connection().connection


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "ProvisionedThroughputExceededException", "InternalServerError"]
)
def test_trouble_at_aws_is_503_and_says_that_repeating_is_safe(code):
    from botocore.exceptions import ClientError

    cause = ClientError({"Error": {"Code": code, "Message": "arn:secret"}}, "PutItem")
    with pytest.raises(UnavailableError) as caught, store.faults():
        raise PutError("failed", cause)
    assert caught.value.headers["Retry-After"] == "1"
    assert "arn" not in caught.value.detail


def test_a_time_out_is_503():
    def time_out(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    events = store.shared_connection().client.meta.events
    events.register_first("before-send.dynamodb", time_out)
    try:
        with pytest.raises(UnavailableError):
            store.find(TitleItem, "t1")
    finally:
        events.unregister("before-send.dynamodb", time_out)


def test_a_lost_connection_is_503():
    with pytest.raises(UnavailableError), store.faults():
        raise ConnectTimeoutError(endpoint_url="https://x")
