"""The rules of sandboxes, without AWS."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.accounts.domain import NUMBERS, CompanyKind, LicenceStatus
from chalicelib.config import load_data
from chalicelib.sandboxes import domain
from chalicelib.sandboxes.domain import (
    SANDBOX_CAP,
    SLOTS,
    STEPS,
    SandboxStatus,
    all_modules,
    company_of,
    new_sandbox,
    number_for,
    pick_slot,
)

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def sandbox(**changes):
    made = new_sandbox(
        "Tests", tenant_id="ten_dev", account_id="acc_1", email="anna@example.test", ids=("sbx_1", "ten_1"), now=NOW
    )
    return replace(made, **changes)


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(domain).failed == 0


def test_there_are_thirty_places_with_sortable_names():
    assert len(SLOTS) == len(set(SLOTS)) == SANDBOX_CAP == 30
    assert sorted(SLOTS) == list(SLOTS)
    assert SLOTS[0] == "SLOT#01"


def test_a_slot_is_picked_among_the_free_ones_only():
    taken = set(SLOTS)
    assert pick_slot(taken, "sbx_1") is None
    for slot in SLOTS:
        assert pick_slot(taken - {slot}, "sbx_1") == slot


def test_sandboxes_spread_over_the_slots_so_that_creates_seldom_meet():
    picked = {pick_slot(set(), f"sbx_{n}") for n in range(300)}
    assert picked == set(SLOTS)


def test_the_company_number_follows_from_the_sandbox():
    assert number_for("sbx_1") == number_for("sbx_1")
    assert all(number_for(f"sbx_{n}") in NUMBERS for n in range(1000))
    assert len({number_for(f"sbx_{n}") for n in range(1000)}) > 990


def test_a_sandbox_holds_every_module_any_scope_needs():
    scopes = load_data("scopes")
    modules = all_modules(scopes)
    assert "Integration" in modules
    assert all(set(scope["licences"]) <= modules for scope in scopes)


def test_a_sandboxs_company_is_marked_as_one_and_knows_its_developer():
    company = company_of(sandbox(company_number=1234567), frozenset({"Order"}))
    assert company.kind is CompanyKind.SANDBOX
    assert (company.tenant_id, company.home_tenant_id, company.number) == ("ten_1", "ten_dev", 1234567)
    assert company.licence is LicenceStatus.NONE
    assert company.email == "anna@example.test"
    assert company == company_of(sandbox(company_number=1234567), frozenset({"Order"}))


def test_a_company_needs_its_number_first():
    with pytest.raises(ValueError):
        company_of(sandbox(), frozenset())


@pytest.mark.parametrize("status", list(SandboxStatus))
def test_what_is_settled_and_what_can_be_retried(status):
    fresh = sandbox(status=status)
    under_way = status in {SandboxStatus.REQUESTED, SandboxStatus.PROVISIONING}
    assert fresh.is_settled is not (under_way or status in {SandboxStatus.RESETTING, SandboxStatus.DELETING})
    assert fresh.can_retry(NOW) is (status is SandboxStatus.FAILED)
    later = NOW + timedelta(minutes=5)
    assert fresh.can_retry(later) is (status is SandboxStatus.FAILED or under_way)
    assert fresh.is_stalled(later) is not fresh.is_settled


def test_progress_counts_steps():
    assert sandbox().steps == len(STEPS) == 6
