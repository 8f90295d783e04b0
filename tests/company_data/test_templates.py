"""Seeded data (SB-14): the same for ever, whole in itself, and free of storage."""

from __future__ import annotations

import pytest

from chalicelib.company_data.domain import RESOURCES, TEMPLATES, rules
from chalicelib.company_data.domain.templates import seeded, seeded_mark, seeded_ordinal

SMALL = "83c871c3b098ef7fd5407202ae69c386cf40b9bc35902fb37ca6ebd708aafbe8"
SAMPLE = (1, 2, 7, 499, 5_000, 19_999)


def test_SB_14_the_small_template_is_identical_every_time():
    assert TEMPLATES["small"].digest() == TEMPLATES["small"].digest() == SMALL


@pytest.mark.parametrize("name", ["small", "large"])
@pytest.mark.parametrize("resource", RESOURCES.values(), ids=lambda r: r.name)
def test_seeded_records_keep_the_rules_and_refer_to_each_other(name, resource):
    template = TEMPLATES[name]

    def find(other, key):
        ordinal = seeded_ordinal(template, RESOURCES[other], key)
        return ordinal and seeded(template, RESOURCES[other], ordinal).values

    count = template.counts[resource.name]
    for ordinal in {n for n in (*SAMPLE, count) if 1 <= n <= count}:
        record = seeded(template, resource, ordinal)
        rules.check(resource, record.values, find)
        assert seeded_ordinal(template, resource, record.key) == ordinal
        assert record.mark == seeded_mark(resource, ordinal)
        assert set(record.values) == {field.name for field in resource.fields}


@pytest.mark.parametrize("key", ["", "0", "-1", "+1", "01", "1 ", "²", "26", "9" * 40, "A/1", "1/1", "x"])
def test_no_other_spelling_is_a_seeded_customer(key):
    assert seeded_ordinal(TEMPLATES["small"], RESOURCES["customers"], key) is None
