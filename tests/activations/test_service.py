"""Activating and ending in DynamoDB: together with its consent, its event and its tokens, or not at all."""

from __future__ import annotations

import json

import pytest

from chalicelib.activations import repository, service
from chalicelib.activations.domain import ConsentKind
from chalicelib.kit import store
from chalicelib.kit.errors import ForbiddenError, NotFoundError, UnavailableError
from chalicelib.kit.outbox import OutboxItem
from chalicelib.kit.pagination import PageQuery
from tests import factories
from tests.factories import aws_calls, whoami


def told():
    events = [json.loads(item.body) for item in OutboxItem.scan() if item.event_type.startswith("activation.")]
    return sorted(events, key=lambda event: event["occurred_at"])


def test_an_activation_is_told_with_what_others_need(stage):
    activation = stage.activate()
    (event,) = told()
    assert (event["event_type"], event["subject"]) == ("activation.activated", activation.activation_id)
    company = whoami(stage.customer).company
    assert event["data"] == {
        "activation_id": activation.activation_id, "integration_id": stage.integration.integration_id,
        "owner_tenant_id": stage.integration.tenant_id, "client_id": stage.integration.client_id,
        "tenant_id": company.tenant_id, "tenant_number": company.number, "scopes": ["customer", "invoice"], "kind": "user", "country_code": "",
    }  # fmt: skip


def test_the_row_reads_back_as_it_was_written(stage):
    activation = stage.activate(kind=ConsentKind.SERVICE)
    assert service.find_activation(activation.tenant_id, activation.integration_id) == activation


def test_every_consent_is_kept(stage):
    first = stage.activate(scopes={"invoice"})
    stage.activate()
    consents = list(repository.ConsentItem.query(first.activation_id))
    assert sorted(sorted(one.scopes) for one in consents) == [["customer", "invoice"], ["invoice"]]


def test_a_consent_based_on_an_old_reading_is_refused(stage):
    stage.activate()
    with pytest.raises(store.RefusedError) as refused:
        activate_on_nothing(stage)
    assert set(refused.value.parts) == {"activation"}


def activate_on_nothing(stage):
    from tests.activations import conftest

    original = service.find_activation
    try:
        service.find_activation = lambda *_: None
        conftest.activate(whoami(stage.customer), stage.integration)
    finally:
        service.find_activation = original


def test_ending_closes_the_token_families_in_the_same_transaction(stage, monkeypatch):
    activation = stage.activate()
    closed = []
    monkeypatch.setattr(service.Ports, "close_families", staticmethod(lambda tx, ctx, ending: closed.append(ending)))
    ctx = whoami(stage.customer).ctx()
    with aws_calls() as calls:
        service.end_activation(ctx, activation.integration_id)
    assert calls == ["GetItem", "TransactWriteItems"]
    assert closed == [activation]
    after = service.find_activation(activation.tenant_id, activation.integration_id)
    assert (after.is_active, after.ended_by) == (False, ctx.operation_id)
    assert [event["event_type"] for event in told()] == ["activation.activated", "activation.ended"]


def test_ending_twice_is_told_once(stage):
    activation = stage.activate()
    for _ in range(2):
        service.end_activation(whoami(stage.customer).ctx(), activation.integration_id)
    assert [event["event_type"] for event in told()] == ["activation.activated", "activation.ended"]


def test_FA_04_an_end_whose_answer_was_lost_is_finished_by_repeating_it(stage, monkeypatch):
    activation = stage.activate()
    commit = store.Transaction.commit

    def lose(self: store.Transaction) -> None:
        commit(self)
        raise UnavailableError

    monkeypatch.setattr(store.Transaction, "commit", lose)
    with pytest.raises(UnavailableError):
        service.end_activation(whoami(stage.customer).ctx(), activation.integration_id)
    monkeypatch.setattr(store.Transaction, "commit", commit)
    service.end_activation(whoami(stage.customer).ctx(), activation.integration_id)
    assert len(told()) == 2


def test_an_end_that_meets_a_new_consent_looks_again(stage, monkeypatch):
    activation = stage.activate(scopes={"invoice"})
    find = repository.find

    def overtaken(tenant_id, integration_id):
        standing = find(tenant_id, integration_id)
        monkeypatch.setattr(repository, "find", find)
        stage.activate()
        return standing

    monkeypatch.setattr(repository, "find", overtaken)
    service.end_activation(whoami(stage.customer).ctx(), activation.integration_id)
    assert not service.find_activation(activation.tenant_id, activation.integration_id).is_active


def test_an_end_that_loses_every_time_says_repeat(stage, monkeypatch):
    activation = stage.activate()
    monkeypatch.setattr(repository, "put", lambda tx, *_: tx.check(
        "activation", repository.ActivationItem, ("nobody", "int_x"), repository.ActivationItem.tenant_id.exists()))  # fmt: skip
    with pytest.raises(UnavailableError):
        service.end_activation(whoami(stage.customer).ctx(), activation.integration_id)


def test_only_who_may_ends_it(stage):
    company = whoami(stage.customer).company
    user = factories.new_person(company=company, is_administrator=False)
    other = factories.new_person(company=company, is_administrator=False)
    stage.activate(user)
    with pytest.raises(ForbiddenError):
        service.end_activation(other.ctx(), stage.integration.integration_id)
    service.end_activation(user.ctx(), stage.integration.integration_id)


def test_the_start_page_is_todays(stage):
    stage.activate()
    ctx = whoami(stage.customer).ctx()
    assert service.find_start_page(ctx, stage.integration.integration_id) == "https://app.example/cb"
    with_start = stage.new_integration(
        name="Start", start_page="https://app.example/start", website="https://example.com/"
    )
    stage.activate(integration=with_start)
    assert service.find_start_page(ctx, with_start.integration_id) == "https://app.example/start"
    service.end_activation(ctx, with_start.integration_id)
    with pytest.raises(NotFoundError):
        service.find_start_page(ctx, with_start.integration_id)


def test_lists_are_one_query_each(stage):
    for number in range(3):
        stage.activate(integration=stage.new_integration(name=f"N{number}"))
    ctx = whoami(stage.customer).ctx()
    with aws_calls() as calls:
        page = service.list_own(ctx, PageQuery(limit=2))
    assert (calls, len(page.items)) == (["Query", "BatchGetItem"], 2)
    rest = service.list_own(ctx, PageQuery(limit=2, cursor=page.next_cursor))
    assert len({one.integration_id for one in [*page.items, *rest.items]}) == 3


@pytest.mark.parametrize("integration_id", ["", "int_" + "x" * 3000, "nothing", "int_\0"])
def test_an_id_that_is_none_is_not_found(stage, integration_id):
    assert service.find_activation(whoami(stage.customer).company.tenant_id, integration_id) is None
