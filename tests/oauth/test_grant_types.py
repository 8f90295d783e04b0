"""An integration says which grants it uses; the others are refused, however good the credentials are."""

from __future__ import annotations

import pytest

from chalicelib.activations.domain import ConsentKind
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import GrantType
from chalicelib.integrations.schemas import IntegrationCreate, IntegrationUpdate
from chalicelib.kit.errors import RejectedError
from chalicelib.oauth import client_auth
from chalicelib.oauth.attempts.domain import Cause, Step, cause_of
from chalicelib.oauth.errors import GRANT_NOT_USED, UnauthorizedClientError


def refused(answer):
    return (answer.status, answer.json["error"], answer.json["error_description"]) == (
        400, "unauthorized_client", "The client may not use this grant",
    )  # fmt: skip


def test_TK_18_without_the_refresh_grant_an_exchange_gives_no_refresh_token_and_a_refresh_is_refused(world, app_a):
    once = world.register(grant_types=[GrantType.AUTHORIZATION_CODE])
    code, _ = world.consent(once)
    tokens = world.exchange(once, code)
    assert tokens.status == 200
    assert "refresh_token" not in tokens.json
    assert world.is_accepted(tokens.json["access_token"])
    theirs = world.connect(app_a)["refresh_token"]
    assert refused(world.refresh(once, theirs))
    assert world.refresh(app_a, theirs).status == 200
    assert refused(world.post("/oauth-v1/migrate", {"access_token": "x"}, once))


def test_TK_18_a_grant_that_is_switched_off_is_refused_at_once_and_comes_back(world, app_a):
    integration_id, ctx = app_a.integration.integration_id, world.developer.ctx()
    token = world.connect(app_a)["refresh_token"]
    integrations.update_integration(ctx, integration_id, IntegrationUpdate(grant_types=[GrantType.CLIENT_CREDENTIALS]))
    client_auth.clients.cache_clear()
    code, activation = world.consent(app_a, kind=ConsentKind.SERVICE)
    assert refused(world.refresh(app_a, token))
    assert refused(world.exchange(app_a, code))
    assert world.client_credentials(app_a, activation.tenant_number).status == 200
    everything = IntegrationUpdate(grant_types=None)
    assert len(integrations.update_integration(ctx, integration_id, everything).grant_types) == 3
    client_auth.clients.cache_clear()
    assert world.exchange(app_a, code).status == 200
    assert world.refresh(app_a, token).status == 200


def test_client_credentials_can_be_switched_off(world):
    web = world.register(grant_types=[GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN])
    _, activation = world.consent(web, kind=ConsentKind.SERVICE)
    assert refused(world.client_credentials(web, activation.tenant_number))


@pytest.mark.parametrize(("given", "client_type"), [
    ([], "confidential"), (["refresh_token"], "confidential"), (["refresh_token", "client_credentials"], "confidential"),
    (["client_credentials"], "public"),
])  # fmt: skip
def test_what_is_left_must_lead_to_a_token(world, given, client_type):
    command = IntegrationCreate.model_validate(
        {"name": "N", "scopes": ["invoice"], "grant_types": given, "client_type": client_type}, strict=False
    )
    with pytest.raises(RejectedError) as error:
        integrations.create_integration(world.developer.ctx(), command)
    assert [entry["pointer"] for entry in error.value.errors] == ["/grant_types"]


@pytest.mark.parametrize("step", [Step.CODE, Step.REFRESH, Step.SERVICE, Step.MIGRATION])
def test_the_flight_recorder_names_the_request_and_the_developer(step):
    assert cause_of(UnauthorizedClientError(log=GRANT_NOT_USED), step) is Cause.REQUEST_MALFORMED
