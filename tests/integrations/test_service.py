"""Use cases on fresh AWS: uniqueness, versions, secrets, what is told to others, and how many calls it takes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.accounts.domain import DeveloperLicenceRequiredError, PortalRole
from chalicelib.integrations import repository, service
from chalicelib.integrations.domain import NameTakenError, SecretLimitReachedError, VersionConflictError
from chalicelib.integrations.schemas import IntegrationCreate, IntegrationUpdate
from chalicelib.integrations.service.changing import told
from chalicelib.kit import secrets, store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import MalformedRequestError, NotFoundError
from chalicelib.kit.outbox import OutboxItem
from chalicelib.kit.pagination import PageQuery
from tests.factories import aws_calls, new_person


@pytest.fixture
def ctx(aws) -> Context:
    return new_person(licence=True, portal_role=PortalRole.OWNER).ctx()


def command(name: str = "Kvitto", **details: object) -> IntegrationCreate:
    return IntegrationCreate.model_validate({"name": name, "scopes": ["profile"]} | details, strict=False)


def events() -> list[dict]:
    return sorted((json.loads(row.body) for row in OutboxItem.scan()), key=lambda event: event["data"]["version"])


def rows() -> str:
    raw = [
        item.to_dynamodb_dict()
        for table in (repository.IntegrationItem, repository.IntegrationKeyItem, OutboxItem)
        for item in table.scan()
    ]
    return json.dumps(raw)


def test_create_stores_reservations_and_tells_in_one_transaction(ctx):
    service.create_integration(ctx, command("warm up"))
    with aws_calls() as calls:
        created = service.create_integration(ctx, command())
    assert calls == ["GetItem", "TransactWriteItems"]
    held = {
        item.reservation.split("#")[0]
        for item in repository.IntegrationKeyItem.scan()
        if item.integration_id == created.integration.integration_id
    }
    assert held == {"name", "integration", "client", "number", "secret"}
    told = [event for event in events() if event["subject"] == created.integration.integration_id]
    assert [event["event_type"] for event in told] == ["integration.created"]
    assert told[0]["data"]["owner_tenant_id"] == ctx.caller.tenant_id


def test_credentials_have_the_form_of_the_contract(ctx):
    created = service.create_integration(ctx, command())
    assert re.fullmatch(r"[A-Za-z0-9]{12}", created.integration.client_id)
    assert re.fullmatch(r"[A-Za-z0-9]{32}", created.client_secret)
    assert secrets.has_checksum(created.client_secret)
    assert 0 < created.integration.number < 2**53
    assert created.client_secret not in repr(created)


def test_SE_03_nothing_stored_verifies_a_secret_without_the_key(ctx):
    secret = service.create_integration(ctx, command()).client_secret
    stored = rows()
    for form in (secret, base64.b64encode(secret.encode()).decode().rstrip("="), secret.encode().hex(),
                 hashlib.sha1(secret.encode()).hexdigest(), hashlib.sha256(secret.encode()).hexdigest()):  # fmt: skip
        assert form not in stored


def test_a_name_is_taken_once_in_a_company_and_free_in_another(ctx):
    service.create_integration(ctx, command("Café"))
    with pytest.raises(NameTakenError):
        service.create_integration(ctx, command("CAFE\u0301"))
    other = new_person(licence=True, portal_role=PortalRole.OWNER).ctx()
    assert service.create_integration(other, command("Café")).integration.tenant_id == other.caller.tenant_id


def test_a_refused_create_leaves_nothing(ctx):
    service.create_integration(ctx, command())
    before = rows()
    with pytest.raises(NameTakenError):
        service.create_integration(ctx, command())
    assert rows() == before


def test_without_a_licence_nothing_is_written(aws):
    ctx = new_person(portal_role=PortalRole.OWNER).ctx()
    with pytest.raises(DeveloperLicenceRequiredError):
        service.create_integration(ctx, command())


def test_SE_09_a_try_that_died_before_its_answer_is_finished_with_a_new_secret(ctx):
    keyed = ctx.with_operation("the same idempotency key")
    lost = service.create_integration(keyed, command())
    again = service.create_integration(ctx.with_operation("the same idempotency key"), command())
    assert again.integration.integration_id == lost.integration.integration_id
    assert not service.is_client_secret(again.integration, lost.client_secret, ctx.now)
    assert service.is_client_secret(again.integration, again.client_secret, ctx.now)
    assert len(service.list_integrations(ctx, PageQuery()).items) == 1


def test_two_requests_with_one_idempotency_key_of_different_callers_do_not_meet(ctx):
    service.create_integration(ctx.with_operation("key"), command())
    other = new_person(licence=True, portal_role=PortalRole.OWNER).ctx().with_operation("key")
    assert service.create_integration(other, command()).integration.tenant_id == other.caller.tenant_id


def test_every_way_to_find_one(ctx):
    made = service.create_integration(ctx, command()).integration
    assert service.find_by_client_id(made.client_id) == made
    assert service.find_by_number(made.number) == made
    assert service.get_public(made.integration_id) == made
    assert service.get_integration(ctx, made.integration_id) == made
    with aws_calls() as calls:
        service.get_integration(ctx, made.integration_id)
    assert calls == ["GetItem"]


@pytest.mark.parametrize("odd", ["", "x" * 5_000, "int_" + "a" * 5_000, "å", "\0", "{}", "INTEGRATION#", "../x"])
def test_IN_30_odd_names_find_nothing_and_ask_nobody(ctx, odd):
    with aws_calls() as calls:
        assert service.find_by_client_id(odd) is None
        with pytest.raises(NotFoundError):
            service.get_integration(ctx, odd)
        with pytest.raises(NotFoundError):
            service.get_public(odd)
    assert calls in ([], ["GetItem"])  # one of them has the form of a client id


def test_ownership_a_stranger_finds_nothing(ctx):
    made = service.create_integration(ctx, command()).integration
    stranger = new_person(licence=True, portal_role=PortalRole.OWNER).ctx()
    for attempt in (
        lambda: service.get_integration(stranger, made.integration_id),
        lambda: service.update_integration(stranger, made.integration_id, IntegrationUpdate(description="x")),
        lambda: service.delete_integration(stranger, made.integration_id),
        lambda: service.add_secret(stranger, made.integration_id),
        lambda: service.remove_secret(stranger, made.integration_id, made.secrets[0].secret_id),
    ):
        with pytest.raises(NotFoundError):
            attempt()
    assert service.get_integration(ctx, made.integration_id) == made


def test_a_rename_frees_the_old_name_and_takes_the_new_one(ctx):
    made = service.create_integration(ctx, command("One")).integration
    service.update_integration(ctx, made.integration_id, IntegrationUpdate(name="Two"))
    service.create_integration(ctx, command("One"))
    with pytest.raises(NameTakenError):
        service.create_integration(ctx, command("two"))


def test_a_rename_that_only_changes_the_case_is_no_new_name(ctx):
    made = service.create_integration(ctx, command("kvitto")).integration
    assert service.update_integration(ctx, made.integration_id, IntegrationUpdate(name="KVITTO")).name == "KVITTO"


def test_a_change_is_told_with_the_names_of_what_changed(ctx):
    made = service.create_integration(ctx, command()).integration
    with aws_calls() as calls:
        service.update_integration(ctx, made.integration_id, IntegrationUpdate(description="New", name="Kvitto"))
    assert calls == ["GetItem", "GetItem", "TransactWriteItems"]
    assert events()[-1]["data"]["changed"] == ["description"]


def test_a_change_of_nothing_writes_nothing(ctx):
    made = service.create_integration(ctx, command()).integration
    with aws_calls() as calls:
        same = service.update_integration(ctx, made.integration_id, IntegrationUpdate(name="Kvitto"), '"1"')
    assert same.version == 1
    assert "TransactWriteItems" not in calls


@pytest.mark.parametrize("tag", ['"7"', 'W/"1"', '"1', "1", ""])
def test_if_match_refuses_every_other_tag(ctx, tag):
    made = service.create_integration(ctx, command()).integration
    with pytest.raises(VersionConflictError):
        service.update_integration(ctx, made.integration_id, IntegrationUpdate(description="x"), tag)


@pytest.mark.parametrize("tag", ['"1"', "*", '"9", "1"', None])
def test_if_match_lets_the_current_version_through(ctx, tag):
    made = service.create_integration(ctx, command()).integration
    assert service.update_integration(ctx, made.integration_id, IntegrationUpdate(description="x"), tag).version == 2


def test_two_editors_without_if_match_both_get_their_change(ctx):
    made = service.create_integration(ctx, command()).integration
    fresh = service.get_integration(ctx, made.integration_id)
    service.update_integration(ctx, made.integration_id, IntegrationUpdate(description="A"))
    with pytest.raises(VersionConflictError):
        repository.save_integration(fresh, replace(fresh, version=2), told(ctx, "updated", fresh), "op")
    after = service.update_integration(ctx, made.integration_id, IntegrationUpdate(website="https://b.example"))
    assert (after.description, after.website) == ("A", "https://b.example")


def test_deleting_frees_everything_and_tells(ctx):
    made = service.create_integration(ctx, command()).integration
    service.delete_integration(ctx, made.integration_id)
    assert list(repository.IntegrationItem.scan()) == []
    assert list(repository.IntegrationKeyItem.scan()) == []
    assert service.find_by_client_id(made.client_id) is None
    assert [event["event_type"] for event in events()].count("integration.deleted") == 1
    with pytest.raises(NotFoundError):
        service.delete_integration(ctx, made.integration_id)
    service.create_integration(ctx, command())


def test_both_secrets_work_until_one_is_revoked(ctx):
    created = service.create_integration(ctx, command())
    integration_id = created.integration.integration_id
    second = service.add_secret(ctx, integration_id)
    now = service.get_integration(ctx, integration_id)
    assert service.is_client_secret(now, created.client_secret, ctx.now)
    assert service.is_client_secret(now, second.client_secret, ctx.now)
    with pytest.raises(SecretLimitReachedError):
        service.add_secret(ctx, integration_id)
    service.remove_secret(ctx, integration_id, now.secrets[0].secret_id)
    now = service.find_by_client_id(now.client_id)
    assert not service.is_client_secret(now, created.client_secret, ctx.now)
    assert service.is_client_secret(now, second.client_secret, ctx.now)


@pytest.mark.parametrize("wrong", ["", "x", "å" * 32, "A" * 32, "A" * 5_000])
def test_what_is_no_secret_is_refused(ctx, wrong):
    assert not service.is_client_secret(service.create_integration(ctx, command()).integration, wrong, ctx.now)


def test_an_expired_secret_does_not_work(ctx):
    created = service.create_integration(ctx, command())
    (secret,) = created.integration.secrets
    ended = replace(created.integration, secrets=(replace(secret, expires_at=ctx.now + timedelta(hours=1)),))
    assert service.is_client_secret(ended, created.client_secret, ctx.now)
    assert not service.is_client_secret(ended, created.client_secret, ctx.now + timedelta(hours=1))


def test_everything_survives_the_way_to_the_table_and_back(ctx):
    made = service.create_integration(
        ctx,
        command("Allt", description="Å\n\n*ä*", contact_email="a@example.com", redirect_uris=["https://a.example/%7e", "http://[::1]:1/"],
                start_page="https://a.example/start", website="https://a.example", user_agreement="https://a.example/terms", category="receipts",
                sales_channel="platform", price_minor=9_900, licence_model="per_user", only_administrator=True),
    ).integration  # fmt: skip
    assert service.get_integration(ctx, made.integration_id) == made


def test_IN_10_all_fields_at_their_limits_fit_into_one_item(ctx):
    wide = "\U0001f9fe"
    made = service.create_integration(
        ctx,
        command(wide * 60, description=wide * 10_000, redirect_uris=[f"https://a.example/{n}/".ljust(2_048, "x") for n in range(10)],
                start_page="https://a.example/".ljust(2_048, "x"), website="https://a.example/".ljust(2_048, "x"),
                user_agreement="https://a.example/".ljust(2_048, "x"), sales_channel="website", price_text=wide * 200,
                scopes=list(service.scope_catalogue())),
    ).integration  # fmt: skip
    service.add_secret(ctx, made.integration_id)
    assert service.get_integration(ctx, made.integration_id).description == made.description


def test_a_name_that_grows_when_it_is_compared_still_fits_a_key(ctx):
    made = service.create_integration(ctx, command("\ufdfa" * 60)).integration
    with pytest.raises(NameTakenError):
        service.create_integration(ctx, command(made.name))


def test_lists_page_with_sealed_cursors_in_one_query(ctx):
    for n in range(5):
        service.create_integration(ctx, command(f"Number {n}"))
    seen, cursor = [], None
    while True:
        with aws_calls() as calls:
            page = service.list_integrations(ctx, PageQuery(limit=2, cursor=cursor))
        assert calls == ["Query"]
        seen += [one.name for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
        assert "ten_" not in cursor
    assert sorted(seen) == [f"Number {n}" for n in range(5)]
    page = service.list_integrations(ctx, PageQuery(limit=2))
    stranger = new_person(licence=True, portal_role=PortalRole.OWNER).ctx()
    with pytest.raises(MalformedRequestError):
        service.list_integrations(stranger, PageQuery(cursor=page.next_cursor))


def test_the_operator_sees_all_of_them_newest_first(ctx):
    first = service.create_integration(ctx, command("First")).integration
    other = new_person(licence=True, portal_role=PortalRole.OWNER).ctx()
    second = service.create_integration(
        replace(other, now=ctx.now + timedelta(minutes=1)), command("Second")
    ).integration
    with aws_calls() as calls:
        page = service.list_all(ctx, PageQuery())
    assert calls == ["Query"]
    assert list(page.items) == [second, first]


def test_a_taken_client_id_is_chosen_again(ctx, monkeypatch):
    made = service.create_integration(ctx, command("One")).integration
    ids = iter(["int_2", "num_2", "cli_" + made.client_id, "int_3", "num_3", "cli_aaaaaaaaaaaa"])
    fixed = replace(ctx, new_id=lambda prefix: next(ids) if prefix in {"int", "num", "cli"} else ctx.new_id(prefix))
    assert service.create_integration(fixed, command("Two")).integration.client_id == "aaaaaaaaaaaa"
    assert store.find(repository.IntegrationKeyItem, "integration#int_2") is None
