"""A stateful model of one developer's sandboxes: whatever order things happen in, slots, rows and companies agree."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import CompanyKind
from chalicelib.sandboxes import service
from chalicelib.sandboxes.domain import SandboxCapReachedError, SandboxStatus
from chalicelib.sandboxes.repository import SandboxItem, SlotItem
from chalicelib.sandboxes.schemas import SandboxCreate
from tests.conftest import empty_tables
from tests.factories import new_person

picks = st.integers(min_value=0, max_value=1_000)


@pytest.fixture
def machine(aws, queue, monkeypatch):
    monkeypatch.setattr("chalicelib.sandboxes.domain.sandbox.SLOTS", ("SLOT#01", "SLOT#02", "SLOT#03"))
    monkeypatch.setattr("chalicelib.sandboxes.repository.sandboxes.SLOTS", ("SLOT#01", "SLOT#02", "SLOT#03"))

    class Sandboxes(RuleBasedStateMachine):
        @initialize()
        def start(self):
            empty_tables()
            self.anna = new_person(licence=True)
            self.alive: set[str] = set()
            self.gone: set[str] = set()

        def messages(self):
            return [body for body in queue.told() if self.anna.company.tenant_id in body]

        @rule()
        def create(self):
            try:
                made = service.create_sandbox(self.anna.ctx(), SandboxCreate(name="Model"))
            except SandboxCapReachedError:
                assert len(self.alive) == 3
            else:
                assert len(self.alive) < 3
                self.alive.add(made.sandbox_id)

        @rule(pick=picks)
        def delete(self, pick):
            known = sorted(self.alive | self.gone)
            if known:
                service.delete_sandbox(self.anna.ctx(), known[pick % len(known)])

        @rule(pick=picks, again=st.integers(min_value=1, max_value=3))
        def deliver(self, pick, again):
            """Any message, early or late, once or more."""
            messages = self.messages()
            if messages:
                assert queue.deliver(*[messages[pick % len(messages)]] * again) == []
            rows = {row.sandbox_id for row in self.rows() if row.status is not SandboxStatus.DELETED}
            self.gone |= self.alive - rows
            self.alive &= rows

        def rows(self):
            return list(SandboxItem.query(self.anna.company.tenant_id))

        @invariant()
        def slots_and_rows_agree(self):
            if not hasattr(self, "anna"):
                return
            rows = self.rows()
            live = {row.sandbox_id: row for row in rows if row.status is not SandboxStatus.DELETED}
            slots = {slot.slot: slot.sandbox_id for slot in SlotItem.query(self.anna.company.tenant_id)}
            assert set(live) == self.alive
            assert sorted(slots.values()) == sorted(live)
            assert all(slots[row.slot] == row.sandbox_id for row in live.values())
            assert {row.sandbox_id for row in rows if row.status is SandboxStatus.DELETED} == self.gone
            assert len(slots) <= 3

        def teardown(self):
            """Once every message has come, nothing hangs: each one is ready or gone, and companies are those of the ready."""
            if not hasattr(self, "anna"):
                return
            messages = self.messages()
            assert queue.deliver(*messages, *reversed(messages)) == []
            rows = self.rows()
            assert {row.status for row in rows} <= {SandboxStatus.READY, SandboxStatus.DELETED}
            companies = {
                entry.company.tenant_id
                for entry in accounts.list_companies(self.anna.account.account_id)
                if entry.company.kind is CompanyKind.SANDBOX
            }
            assert companies == {row.company_tenant_id for row in rows if row.status is SandboxStatus.READY}

    return Sandboxes


def test_sandboxes_obey_their_model(machine):
    quick = settings(max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=quick)
