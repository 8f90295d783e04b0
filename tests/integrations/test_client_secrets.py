"""Client secrets over time: rotation with overlap, an end that is warned of, last use, and burning by whoever found one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.accounts.domain import PortalRole, TooManyAttemptsError
from chalicelib.integrations import repository, service
from chalicelib.integrations.domain import NewSecret, SecretLimitReachedError
from chalicelib.integrations.schemas import IntegrationCreate, IntegrationUpdate, SecretRotation, SecretUpdate
from chalicelib.integrations.service import burning, client_secrets
from chalicelib.kit import secrets
from chalicelib.kit.context import new_context
from chalicelib.kit.errors import NotFoundError, RejectedError
from tests.factories import aws_calls, developer, mails, new_person, told, whoami


@pytest.fixture
def ctx(aws):
    client_secrets._noted.clear()
    return new_person(licence=True, portal_role=PortalRole.OWNER).ctx()


@pytest.fixture
def created(ctx):
    return service.create_integration(ctx, IntegrationCreate(name="Kvitto", scopes=["customer"]))


def rotate(ctx, created, **how) -> NewSecret:
    return service.rotate_secret(ctx, created.integration.integration_id, SecretRotation(**how))


def works(ctx, created, secret, after=timedelta()):
    now = service.get_integration(ctx, created.integration.integration_id)
    return service.is_client_secret(now, secret, ctx.now + after)


def test_D6_both_work_for_the_overlap_and_the_old_one_ends_by_itself(ctx, created):
    made = rotate(ctx, created, overlap_days=7)
    assert works(ctx, created, created.client_secret)
    assert works(ctx, created, made.client_secret)
    assert not works(ctx, created, created.client_secret, timedelta(days=7))
    assert works(ctx, created, made.client_secret, timedelta(days=700))


def test_an_overlap_of_nothing_ends_the_old_one_at_once(ctx, created):
    rotate(ctx, created, overlap_days=0)
    assert not works(ctx, created, created.client_secret)
    assert len(service.get_integration(ctx, created.integration.integration_id).secrets) == 1


def test_SE_06_never_three(ctx, created):
    rotate(ctx, created)
    with pytest.raises(SecretLimitReachedError):
        rotate(ctx, created)
    assert len(service.get_integration(ctx, created.integration.integration_id).secrets) == 2


def test_an_old_secret_that_was_to_end_sooner_still_does(ctx, created):
    (old,) = created.integration.secrets
    ends = ctx.now + timedelta(days=2)
    service.update_secret(ctx, created.integration.integration_id, old.secret_id, SecretUpdate(expires_at=ends))
    rotate(ctx, created, overlap_days=30)
    assert not works(ctx, created, created.client_secret, timedelta(days=2))


def test_SE_09_a_rotation_that_died_unheard_gives_a_clean_new_secret(ctx, created):
    lost = rotate(ctx.with_operation("key"), created)
    again = rotate(ctx.with_operation("key"), created)
    assert not works(ctx, created, lost.client_secret)
    assert works(ctx, created, again.client_secret)
    assert works(ctx, created, created.client_secret)


@pytest.mark.parametrize("ends", [timedelta(0), timedelta(days=-1), timedelta(days=800)])
def test_an_end_lies_within_two_years(ctx, created, ends):
    (old,) = created.integration.secrets
    with pytest.raises(RejectedError):
        service.update_secret(
            ctx, created.integration.integration_id, old.secret_id, SecretUpdate(expires_at=ctx.now + ends)
        )


def test_an_end_can_be_taken_back(ctx, created):
    (old,) = created.integration.secrets
    for ends in (ctx.now + timedelta(days=3), None):
        service.update_secret(ctx, created.integration.integration_id, old.secret_id, SecretUpdate(expires_at=ends))
    assert works(ctx, created, created.client_secret, timedelta(days=500))
    with pytest.raises(NotFoundError):
        service.update_secret(ctx, created.integration.integration_id, "sec_other", SecretUpdate(expires_at=None))


def later(ctx, **how):
    return replace(new_context(), now=ctx.now + timedelta(**how))


def test_mails_warn_thirty_seven_and_one_days_ahead_each_once(ctx, created):
    rotate(ctx, created, overlap_days=40)
    runs = [day for day in range(41) for _ in range(2)]  # the schedule may run twice
    dues = [40 - day for day in runs if service.send_due_warnings(later(ctx, days=day, minutes=5))]
    assert dues == [30, 7, 1]
    letters = [mail for mail in mails(ctx.caller.email) if "ends" in mail.subject]
    assert len(letters) == 3
    assert all(created.client_secret[-4:] in mail.text and "has not been used" in mail.text for mail in letters)
    assert list(repository.SecretWarningItem.scan()) == []


def test_a_warning_that_is_no_longer_true_is_not_sent(ctx, created):
    (old,) = created.integration.secrets
    integration_id = created.integration.integration_id
    service.update_secret(ctx, integration_id, old.secret_id, SecretUpdate(expires_at=ctx.now + timedelta(days=10)))
    service.update_secret(ctx, integration_id, old.secret_id, SecretUpdate(expires_at=None))
    assert service.send_due_warnings(later(ctx, days=3, minutes=1)) == 1
    assert [mail for mail in mails(ctx.caller.email) if "ends" in mail.subject] == []


def test_a_schedule_that_stood_still_catches_up_for_a_week(ctx, created):
    rotate(ctx, created, overlap_days=10)
    assert service.send_due_warnings(later(ctx, days=8)) == 1


def test_last_use_costs_one_write_an_hour(ctx, created):
    integration = service.get_integration(ctx, created.integration.integration_id)
    with aws_calls() as calls:
        for _ in range(5):
            service.note_secret_use(integration, created.client_secret, ctx.now)
    assert calls == ["UpdateItem"]
    after = service.get_integration(ctx, integration.integration_id)
    assert after.secrets[0].last_used_at == ctx.now
    assert after.version == integration.version
    client_secrets._noted.clear()  # another process
    with aws_calls() as calls:
        service.note_secret_use(after, created.client_secret, ctx.now + timedelta(minutes=59))
    assert calls == []
    service.note_secret_use(after, created.client_secret, ctx.now + timedelta(minutes=60))
    assert service.get_integration(ctx, integration.integration_id).secrets[0].last_used_at > ctx.now


def test_a_use_that_lost_against_another_process_is_no_error(ctx, created):
    stale = service.get_integration(ctx, created.integration.integration_id)
    service.note_secret_use(stale, created.client_secret, ctx.now)
    client_secrets._noted.clear()
    service.note_secret_use(stale, created.client_secret, ctx.now + timedelta(hours=2))
    assert service.get_integration(ctx, stale.integration_id).secrets[0].last_used_at == ctx.now


def test_an_edit_keeps_the_last_use_and_a_wrong_secret_is_no_use(ctx, created):
    integration = service.get_integration(ctx, created.integration.integration_id)
    with aws_calls() as calls:
        service.note_secret_use(integration, secrets.mint(32), ctx.now)
    assert calls == []
    service.note_secret_use(integration, created.client_secret, ctx.now)
    service.update_integration(ctx, integration.integration_id, IntegrationUpdate(description="x"))
    assert service.get_integration(ctx, integration.integration_id).secrets[0].last_used_at == ctx.now


def test_SE_10_a_found_secret_is_dead_at_once_and_its_owners_are_told(ctx, created):
    stranger = new_context(source_ip="192.0.2.1")
    assert service.burn_secret(stranger, f" {created.client_secret}\n")
    assert not works(ctx, created, created.client_secret)
    (mail,) = [mail for mail in mails(ctx.caller.email) if "handed in" in mail.subject]
    assert created.client_secret not in mail.text
    assert created.client_secret[-4:] in mail.text
    (event,) = told("integration.secret_burned")
    assert event.data["owner_tenant_id"] == ctx.caller.tenant_id
    assert not service.burn_secret(stranger, created.client_secret)


def test_burning_one_leaves_the_other(ctx, created):
    made = rotate(ctx, created)
    assert service.burn_secret(new_context(), created.client_secret)
    assert works(ctx, created, made.client_secret)


@pytest.mark.parametrize("odd", ["", "x", "A" * 32, "å" * 32, "A" * 200, "client_secret", "\0" * 32, "٣" * 32])
def test_what_is_no_secret_asks_nobody(aws, odd):
    with aws_calls() as calls:
        assert not service.burn_secret(new_context(), odd)
    assert calls == []


def test_guessing_with_right_checksums_is_counted_by_address(aws, monkeypatch):
    monkeypatch.setattr(burning, "_PER_ADDRESS", 3)
    guesser = new_context(source_ip="192.0.2.2")
    for _ in range(3):
        assert not service.burn_secret(guesser, secrets.mint(32))
    with pytest.raises(TooManyAttemptsError):
        service.burn_secret(guesser, secrets.mint(32))
    assert not service.burn_secret(new_context(source_ip="192.0.2.3"), secrets.mint(32))


def test_the_end_and_the_rotation_over_json(client):
    dev = developer(client)
    made = dev.post("/integrations", json={"name": "Kvitto", "scopes": ["customer"]}).json
    home = f"/integrations/{made['integration_id']}/secrets"
    new = dev.post(f"{home}/rotations", json={"overlap_days": 1, "expires_in_days": 90})
    assert new.status == 201
    assert new.json["secret"]["expires_at"]
    assert new.json["secret"]["last_used_at"] is None
    ends = (datetime.now(UTC) + timedelta(days=20)).isoformat()
    changed = dev.request("PATCH", f"{home}/{new.json['secret']['secret_id']}", json={"expires_at": ends})
    assert changed.status == 200
    naive = dev.request(
        "PATCH", f"{home}/{new.json['secret']['secret_id']}", json={"expires_at": "2027-01-01T00:00:00"}
    )
    assert naive.status == 422


def test_anybody_burns_over_json_and_on_the_page(client):
    dev = developer(client)
    first = dev.post("/integrations", json={"name": "One", "scopes": ["customer"]}).json["client_secret"]
    second = dev.post("/integrations", json={"name": "Two", "scopes": ["customer"]}).json["client_secret"]
    assert client.post("/burn", json={"client_secret": first}).json == {"result": "burned"}
    assert client.post("/burn", json={"client_secret": first}).json == {"result": "unknown"}
    client.headers["Accept-Language"] = "en"
    page = client.submit("/burn", "/burn/form", client_secret=second)
    assert page.status == 200
    assert "It is dead" in page.text
    assert second not in page.text
    assert "Nothing to end" in client.submit("/burn", "/burn/form", client_secret="wrong").text


def test_D6_the_page_rotates_shows_the_end_and_sets_it(client):
    dev = developer(client)
    dev.headers["Accept-Language"] = "en"
    made = dev.post("/integrations", json={"name": "Kvitto", "scopes": ["customer"]}).json
    page = f"/portal/integrations/{made['integration_id']}/oauth"
    home = f"/portal/integrations/{made['integration_id']}/secrets"
    answer = dev.submit(page, f"{home}/rotate", overlap_days="7", expires_in_days="")
    assert answer.status == 201
    assert "New client secret" in answer.text
    secret_id = made["secrets"][0]["secret_id"]
    assert dev.submit(page, f"{home}/{secret_id}/expiry", days="90").status == 303
    assert dev.submit(page, f"{home}/{secret_id}/expiry", days="91").status == 422
    assert "Last used" in dev.get(page).text
    assert whoami(dev)
