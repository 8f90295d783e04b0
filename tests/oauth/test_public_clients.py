"""Public clients (RFC 8252, TK-12, TK-22, RT-28, AZ-13): no secret, PKCE instead, and their own pages may read answers."""

from __future__ import annotations

import base64

import pytest

from chalicelib.activations.domain import ConsentKind
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import ClientType, PublicClientError
from chalicelib.integrations.schemas import IntegrationUpdate
from chalicelib.kit.errors import RejectedError
from tests.oauth.conftest import CHALLENGE, REDIRECT, Registered, World

APP = "com.example.app:/callback"
LOOPBACK = "http://127.0.0.1/cb"


@pytest.fixture
def native(world: World) -> Registered:
    return world.register(client_type=ClientType.PUBLIC, redirect_uris=[REDIRECT, APP, LOOPBACK])


def test_a_public_client_is_born_without_a_secret_and_never_gets_one(world, native):
    assert native.client_secret == ""
    assert native.integration.secrets == ()
    with pytest.raises(PublicClientError):
        integrations.add_secret(world.developer.ctx(), native.integration.integration_id)


def test_what_kind_of_client_it_is_cannot_be_edited():
    assert "client_type" not in IntegrationUpdate.model_fields


def test_TK_12_it_names_itself_and_must_send_no_secret(world, native):
    form = {"grant_type": "x", "client_id": native.client_id}
    assert world.post("/oauth-v1/token", form).json["error"] == "unsupported_grant_type"
    empty = "Basic " + base64.b64encode(f"{native.client_id}:".encode()).decode()
    assert world.post("/oauth-v1/token", {"grant_type": "x"}, Authorization=empty).status == 400
    some = "Basic " + base64.b64encode(f"{native.client_id}:secret".encode()).decode()
    for answer in (
        world.post("/oauth-v1/token", form | {"client_secret": "secret"}),
        world.post("/oauth-v1/token", {"grant_type": "x"}, Authorization=some),
    ):
        assert (answer.status, answer.json["error"]) == (401, "invalid_client")


def test_a_confidential_client_cannot_leave_its_secret_out(world, app_a):
    answer = world.post("/oauth-v1/token", {"grant_type": "x", "client_id": app_a.client_id})
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


def test_RT_28_its_refresh_tokens_rotate_and_reuse_ends_the_family(world, native):
    first = world.connect(native)["refresh_token"]
    second = world.refresh(native, first).json["refresh_token"]
    assert second != first
    third = world.refresh(native, second).json["refresh_token"]
    assert world.refresh(native, first).json["error"] == "invalid_grant"
    assert world.refresh(native, third).json["error"] == "invalid_grant"


def test_its_code_needs_the_verifier(world, native):
    code, _ = world.consent(native, code_challenge=CHALLENGE)
    assert world.exchange(native, code, code_verifier=None).json["error"] == "invalid_grant"
    assert world.exchange(native, code).status == 200


def test_it_may_revoke_but_not_introspect_and_has_no_credentials_to_act_with(world, native):
    tokens = world.connect(native)
    assert world.post("/oauth-v1/introspect", {"token": tokens["access_token"]}, native).status == 401
    world.consent(native, kind=ConsentKind.SERVICE)
    answer = world.client_credentials(native, world.customer.company.number)
    assert answer.json["error"] == "unauthorized_client"
    assert world.revoke(native, tokens["refresh_token"]).json == {"revoked": True}
    assert world.refresh(native, tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_TK_22_scripts_of_its_own_pages_may_read_answers_and_errors(world, native, app_a):
    own = {"Origin": "https://app.example.com"}
    for app, origin, is_readable in [
        (native, "https://app.example.com", True),
        (native, "https://evil.example", False),
        (native, "https://app.example.com.evil.example", False),
        (native, "null", False),
        (native, "http://127.0.0.1", False),
        (app_a, "https://app.example.com", False),
    ]:
        answer = world.token(app, {"Origin": origin}, grant_type="x")
        assert answer.headers.get("access-control-allow-origin") == (origin if is_readable else None)
        assert "access-control-allow-credentials" not in answer.headers
    code, _ = world.consent(native)
    answer = world.token(native, own, grant_type="authorization_code", code=code, redirect_uri=REDIRECT)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (400, own["Origin"])
    answer = world.post("/oauth-v1/revoke", {"token": "x"}, native, **own)
    assert (answer.status, answer.headers["vary"]) == (200, "Origin")


def test_private_use_schemes_are_a_domain_backwards_and_only_for_public_clients(world, native):
    edit = lambda app, uri: integrations.update_integration(  # noqa: E731
        world.developer.ctx(), app.integration.integration_id, IntegrationUpdate(redirect_uris=[uri])
    )
    for uri in (APP, "se.nordbok-example.app:/", "com.example.app:/a/b?c=d"):
        assert edit(native, uri).redirect_uris == (uri,)
    for uri in ("myapp:/cb", "com.example.app://host/cb", "javascript:/x", "data:/x", "com.example.app:cb",
                "com.example.app:/cb#f", "Com.example.app:/cb", ".example:/cb", "http:/cb"):  # fmt: skip
        with pytest.raises(RejectedError):
            edit(native, uri)
    confidential = world.register()
    with pytest.raises(RejectedError):
        edit(confidential, APP)
