"""Ids, money and OpenAPI: small promises of the kit."""

from __future__ import annotations

import doctest
from decimal import Decimal

import pytest

from chalicelib.kit import money, secrets
from chalicelib.kit.context import new_context, new_id
from chalicelib.kit.errors import UnauthenticatedError
from chalicelib.kit.money import Money


def test_BO_22_ids_are_random_and_long():
    ids = {new_id("int") for _ in range(10_000)}
    assert len(ids) == 10_000
    assert all(len(value) == 28 and value.startswith("int_") for value in ids)


def test_ids_under_a_key_follow_from_it():
    first, again, other = (new_context().with_operation(key) for key in ("a", "a", "b"))
    assert [first.new_id("x"), first.new_id("x")] == [again.new_id("x"), again.new_id("x")]
    assert other.new_id("x") != new_context().with_operation("a").new_id("x")


def test_a_route_that_let_nobody_in_has_no_caller():
    with pytest.raises(UnauthenticatedError):
        _ = new_context().caller


def test_currencies_do_not_mix():
    with pytest.raises(ValueError, match="SEK and EUR"):
        Money(1, "SEK") + Money(1, "EUR")


@pytest.mark.parametrize(
    ("amount", "percent", "share"), [(2, "25", 1), (1, "50", 1), (-1, "50", -1), (29985, "25", 7496)]
)
def test_shares_round_half_away_from_zero(amount, percent, share):
    assert Money(amount, "SEK").share(Decimal(percent)) == Money(share, "SEK")


@pytest.mark.parametrize("module", [money, secrets])
def test_examples_in_docstrings_run(module):
    assert doctest.testmod(module).failed == 0
