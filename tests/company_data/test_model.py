"""A stateful model of company data: lists, numbers, states and resets agree with a plain dictionary, whatever happens."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from chalicelib.company_data import service
from chalicelib.company_data.domain import (
    RESOURCES,
    RecordLockedError,
    RecordTakenError,
    Selection,
)
from chalicelib.kit.context import new_context

CUSTOMERS, INVOICES = RESOURCES["customers"], RESOURCES["invoices"]
ACTIONS = {action.name: action for action in INVOICES.actions}
picks = st.integers(0, 1_000)
pages = st.builds(Selection, page=st.integers(1, 4), limit=st.integers(1, 9), is_descending=st.booleans())


@pytest.fixture
def machine(aws):
    class CompanyData(RuleBasedStateMachine):
        """`customers` and `invoices` are what should be there, in the order they were made."""

        @initialize(template=st.sampled_from(["", "small"]))
        def begin(self, template):
            self.tenant_id, self.epoch, self.template = new_context().new_id("tsb"), 0, template
            self.reset()

        @rule()
        def reset(self):
            self.epoch += 1
            service.fill(self.tenant_id, self.template, f"e{self.epoch}")
            service.sweep(self.tenant_id)
            self.customers = {one["CustomerNumber"]: one["Name"] for one in self.listed(CUSTOMERS)}
            self.invoices = {one["DocumentNumber"]: one for one in self.listed(INVOICES)}
            assert len(self.customers) == (25 if self.template else 0)

        @rule(name=st.sampled_from("ABC"), number=st.none() | st.sampled_from(["1", "x", "26", "27"]))
        def add_customer(self, name, number):
            given = {"Name": name} | ({"CustomerNumber": number} if number else {})
            if number in self.customers:
                with pytest.raises(RecordTakenError):
                    service.create_record(new_context(), self.tenant_id, CUSTOMERS, given)
                return
            made = service.create_record(new_context(), self.tenant_id, CUSTOMERS, given)["CustomerNumber"]
            assert made not in self.customers
            assert number in {None, made}
            self.customers[made] = name

        @rule(pick=picks, name=st.sampled_from("DEF"))
        def change_customer(self, pick, name):
            if self.customers:
                number = sorted(self.customers)[pick % len(self.customers)]
                service.update_record(new_context(), self.tenant_id, CUSTOMERS, number, {"Name": name})
                self.customers[number] = name

        @rule(pick=picks, price=st.integers(1, 99))
        def add_invoice(self, pick, price):
            if self.customers:
                customer = sorted(self.customers)[pick % len(self.customers)]
                rows = [{"Price": price, "DeliveredQuantity": 1}]
                made = service.create_record(
                    new_context(), self.tenant_id, INVOICES, {"CustomerNumber": customer, "InvoiceRows": rows}
                )
                self.invoices[made["DocumentNumber"]] = made

        @rule(pick=picks, name=st.sampled_from(["bookkeep", "cancel"]))
        def act(self, pick, name):
            if not self.invoices:
                return
            number = sorted(self.invoices)[pick % len(self.invoices)]
            standing = self.invoices[number]
            if standing["Booked"] or standing["Cancelled"]:
                with pytest.raises(RecordLockedError):
                    service.act_on_record(new_context(), self.tenant_id, INVOICES, number, ACTIONS[name])
                return
            self.invoices[number] = service.act_on_record(
                new_context(), self.tenant_id, INVOICES, number, ACTIONS[name]
            )

        @rule(selection=pages, state=st.sampled_from(["unbooked", "cancelled"]))
        def filtered(self, selection, state):
            from dataclasses import replace

            chosen = replace(selection, states=frozenset({state}))
            expected = [number for number, one in self.invoices.items() if state_of(one) == state]
            found = service.list_records(self.tenant_id, INVOICES, chosen)
            assert found.total == len(expected)
            assert [one["DocumentNumber"] for one in found.records] == [
                expected[n] for n in chosen.window(len(expected))
            ]

        @rule(selection=pages)
        def paged(self, selection):
            expected = list(self.customers)
            found = service.list_records(self.tenant_id, CUSTOMERS, selection)
            assert [one["CustomerNumber"] for one in found.records] == [
                expected[n] for n in selection.window(len(expected))
            ]

        @invariant()
        def everything_is_there_once(self):
            if hasattr(self, "customers"):
                found = self.listed(CUSTOMERS)
                assert {one["CustomerNumber"]: one["Name"] for one in found} == self.customers
                assert len(found) == len(self.customers)

        def listed(self, resource):
            return service.list_records(self.tenant_id, resource, Selection(limit=500)).records

        def teardown(self):
            if hasattr(self, "tenant_id"):
                service.clear(self.tenant_id)
                assert not service.has_data(self.tenant_id)

    return CompanyData


def state_of(invoice):
    return "cancelled" if invoice["Cancelled"] else "booked" if invoice["Booked"] else "unbooked"


def test_company_data_obeys_its_model(machine):
    quick = settings(max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=quick)
