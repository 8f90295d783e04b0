"""What tests/quick_moto.py changes in moto keeps DynamoDB's promise: a refused transaction leaves nothing behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest

from chalicelib.kit import store
from chalicelib.sandboxes.repository import SlotItem
from tests.factories import new_person


@pytest.fixture
def rows(aws):
    person = new_person()
    ctx = person.ctx()
    for slot in ("changed", "deleted"):
        store.save(SlotItem("ten_a", slot, sandbox_id="before", taken_at=ctx.now))
    return ctx


def all_rows():
    return {row.slot: row.sandbox_id for row in SlotItem.scan()}


@pytest.mark.parametrize("is_refused", [True, False])
def test_all_of_a_transaction_or_nothing(rows, is_refused):
    taken = SlotItem("ten_a", "changed" if is_refused else "free", sandbox_id="after", taken_at=rows.now)
    refused = pytest.raises(store.RefusedError, match="taken") if is_refused else nullcontext()
    with refused, store.transaction() as tx:
        tx.put("new", SlotItem("ten_a", "new", sandbox_id="after", taken_at=rows.now))
        tx.put("new company", SlotItem("ten_b", "new b", sandbox_id="after", taken_at=rows.now))
        tx.delete("deleted", SlotItem, ("ten_a", "deleted"), SlotItem.sandbox_id == "before")
        if not is_refused:
            tx.update("changed", SlotItem, ("ten_a", "changed"), [SlotItem.sandbox_id.set("after")], None)
        tx.add("taken", taken)
    before = {"changed": "before", "deleted": "before"}
    after = dict.fromkeys(("new", "new b", "changed", "free"), "after")
    assert all_rows() == (before if is_refused else after)


def test_a_refused_change_is_taken_back_in_the_row_itself(rows):
    with pytest.raises(store.RefusedError), store.transaction() as tx:
        tx.update("changed", SlotItem, ("ten_a", "changed"), [SlotItem.sandbox_id.set("after")], None)
        tx.add("deleted", SlotItem("ten_a", "deleted", sandbox_id="after", taken_at=rows.now))
    assert all_rows() == {"changed": "before", "deleted": "before"}


def test_threads_meet_one_at_a_time_one_condition_lets_one_through(rows):
    def take(thread: int) -> bool:
        try:
            with store.transaction() as tx:
                free = SlotItem.sandbox_id == "before"
                tx.update("changed", SlotItem, ("ten_a", "changed"), [SlotItem.sandbox_id.set(f"{thread}")], free)
                tx.put(f"by {thread}", SlotItem("ten_a", f"by {thread}", sandbox_id="won", taken_at=rows.now))
        except store.RefusedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [thread for thread, has_won in enumerate(pool.map(take, range(24))) if has_won]
    assert len(won) == 1
    assert all_rows() == {"changed": str(won[0]), "deleted": "before", f"by {won[0]}": "won"}
