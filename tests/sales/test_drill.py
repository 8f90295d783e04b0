"""The restore drill: export, wipe, restore, the same rows and the same sums; and a file that verifies by itself."""

from __future__ import annotations

import json

import pytest

from chalicelib.sales import service
from chalicelib.sales.domain import Month
from chalicelib.sales.repository import TABLES as ITEMS
from infra.sales import KEYS, TABLES, Shop, audit
from tests.conftest import aws_client
from tests.sales.builders import at
from tests.sales.test_close import sold

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def shop():
    sold({"seats": 3}, {"day": "2026-11-30"})
    service.close_month(at("2026-12-01"), Month(2026, 11))
    service.close_month(at("2027-01-02"), Month(2026, 12))
    return Shop(aws_client("dynamodb"), "anslut-test")


def test_the_command_knows_every_table_and_its_key():
    named = {
        item.Meta.short_name: tuple(
            name for name, a in item.get_attributes().items() if a.is_hash_key or a.is_range_key
        )
        for item in ITEMS
    }
    assert set(named) == set(TABLES)
    assert {name: set(key) for name, key in named.items()} == {name: set(key) for name, key in KEYS.items()}


def test_export_wipe_restore_gives_the_same_rows_and_sums(shop):
    before = shop.export()
    totals, findings = audit(before)
    assert findings == []
    assert totals["2026-11"]["SEK"].net == 4 * 9995
    assert shop.wipe() == len(before)
    assert shop.export() == []
    assert shop.restore(before) == len(before)
    assert shop.export() == before
    assert shop.restore(before) == 0, "what stands is left alone"
    assert service.close_month(at("2027-02-02"), Month(2027, 1)).is_closed, "and the next month goes on"


def test_a_file_in_which_one_line_was_changed_does_not_verify(shop):
    lines = shop.export()
    at_line = next(n for n, line in enumerate(lines) if '"sales-ledger"' in line)
    entry = json.loads(lines[at_line])
    entry["row"]["body"]["S"] = entry["row"]["body"]["S"].replace("Bergs", "Borgs")
    lines[at_line] = json.dumps(entry, sort_keys=True)
    assert any("the chain breaks here" in finding for finding in audit(lines)[1])
