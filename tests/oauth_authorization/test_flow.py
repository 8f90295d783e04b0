"""The story of a customer through every endpoint: sign in, approve, exchange, refresh, disconnect, and it is over."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from chalicelib.integrations import service as integrations
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.kit.outbox import OutboxItem
from chalicelib.oauth import client_auth, cutoffs, keys
from chalicelib.oauth.grants import client_credentials
from chalicelib.oauth.service import rotate_signing_keys
from tests.client import Client
from tests.factories import whoami
from tests.oauth_authorization.conftest import R1, VERIFIER, Stage, answer_of


@pytest.fixture(autouse=True)
def signing_keys(stage: Stage) -> None:
    """A process that remembers nothing, and a key to sign with."""
    client_auth.clients.cache_clear()
    client_credentials.known_tenants.cache_clear()
    keys.rings.cache_clear()
    cutoffs.forget_revocations()
    rotate_signing_keys(new_context())


@pytest.fixture
def secret(stage: Stage) -> str:
    return integrations.add_secret(stage.developer.ctx(), stage.integration.integration_id).client_secret


def token(stage: Stage, secret: str, **form: Any) -> Any:
    credentials = base64.b64encode(f"{stage.integration.client_id}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", **form.pop("headers", {})}
    return Client(stage.app).post("/oauth-v1/token", form=form, headers=headers)


def exchange(stage: Stage, secret: str, code: str, **changes: Any) -> Any:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": R1, "code_verifier": VERIFIER, **changes}
    return token(stage, secret, **{name: value for name, value in form.items() if value is not None})


def test_from_consent_to_tokens_to_disconnection(stage, secret):
    code = answer_of(stage.decide(stage.ask()))["code"]
    tokens = exchange(stage, secret, code)
    assert (tokens.status, tokens.json["scope"]) == (200, "customer invoice")
    refreshed = token(stage, secret, grant_type="refresh_token", refresh_token=tokens.json["refresh_token"])
    assert refreshed.status == 200
    path = f"/activations/{stage.integration.integration_id}"
    assert stage.customer.request("DELETE", path).status == 204
    dead = token(stage, secret, grant_type="refresh_token", refresh_token=refreshed.json["refresh_token"])
    assert (dead.status, dead.json["error"]) == (400, "invalid_grant")


def test_a_code_is_not_exchanged_after_the_activation_ended(stage, secret):
    code = answer_of(stage.decide(stage.ask()))["code"]
    stage.customer.request("DELETE", f"/activations/{stage.integration.integration_id}")
    assert exchange(stage, secret, code).json["error"] == "invalid_grant"


def test_an_omitted_redirect_is_omitted_at_the_exchange_too(stage, secret):
    code = answer_of(stage.decide(stage.ask(redirect_uri=None)))["code"]
    assert exchange(stage, secret, code, redirect_uri=None).status == 200


def test_AZ_39_tokens_stay_with_what_their_own_consent_said(stage, secret):
    code = answer_of(stage.decide(stage.ask(scope="invoice")))["code"]
    stage.decide(stage.ask(scope="customer"))
    assert exchange(stage, secret, code).json["scope"] == "invoice"


def test_a_service_consent_opens_client_credentials_and_a_users_consent_does_not_close_it(stage):
    robot = stage.new_integration(name="Robot", only_administrator=True)
    secret = integrations.add_secret(stage.developer.ctx(), robot.integration_id).client_secret
    stage.integration = robot
    number = {"TenantId": str(whoami(stage.customer).company.number)}
    asked = {"grant_type": "client_credentials", "headers": number}
    assert token(stage, secret, **asked).status == 400
    stage.decide(stage.ask(client_id=robot.client_id, account_type="service", scope="invoice"))
    assert token(stage, secret, **asked).json["scope"] == "invoice"
    stage.decide(stage.ask(client_id=robot.client_id))
    assert token(stage, secret, **asked).json["scope"] == "invoice"
    stage.customer.request("DELETE", f"/activations/{robot.integration_id}")
    assert token(stage, secret, **asked).status == 400


def test_the_button_for_somebody_else_ends_the_session_and_keeps_the_request(stage):
    page = stage.ask()
    answer = stage.decide(page, "switch")
    assert answer.status == 303
    assert answer.headers["location"].startswith("/sign-in?next=%2Foauth-v1%2Fauth%2Fatx_")
    assert stage.customer.get("/my-integrations").headers["location"].startswith("/sign-in")
    other = stage.new_customer()
    path = "/oauth-v1/auth/" + answer.headers["location"].rpartition("%2F")[2]
    assert "code" in answer_of(stage.decide(other.get(path), client=other))


def test_a_browser_is_told_between_sign_in_and_the_clients_error(stage):
    """Chromium applies the sign-in page's form-action to redirects: a page has to end the chain."""
    place = stage.ask(client=Client(stage.app)).headers["location"]
    path = "/oauth-v1/auth/" + place.rpartition("%2F")[2]
    poor = stage.new_customer(modules=frozenset())
    page = poor.get(path, headers={"Sec-Fetch-Mode": "navigate"})
    assert page.status == 200
    assert f'http-equiv="refresh" content="0; url={R1}?error=error_missing_license&amp;' in page.text
    assert "form-action 'self';" in page.headers["content-security-policy"]
    assert answer_of(poor.get(path))["error"] == "error_missing_license"
    assert poor.get(stage.address(), headers={"Sec-Fetch-Mode": "navigate"}).status == 303


@pytest.mark.parametrize("mode", ["refused", "lost"])
def test_FA_01_whichever_call_fails_the_person_finishes_by_repeating(stage, monkeypatch, mode):
    """The N-th AWS call of each request fails, for N = 1, 2, …: at most one code each, never a 500."""
    from botocore.exceptions import ConnectionError as BrokenConnectionError

    connection = store.shared_connection().client
    make = type(connection)._make_api_call
    state = {"left": -1, "hit": False}

    def failing(self: Any, operation: str, kwargs: Any) -> Any:
        if state["left"] < 0:
            return make(self, operation, kwargs)
        state["left"] -= 1
        if state["left"] >= 0:
            return make(self, operation, kwargs)
        state["hit"] = True
        if mode == "lost":
            make(self, operation, kwargs)
        raise BrokenConnectionError(error="lost")

    monkeypatch.setattr(type(connection), "_make_api_call", failing)

    def with_failure(number: int, act: Any) -> Any:
        state.update(left=number, hit=False)
        answer = act()
        state["left"] = -1
        return answer

    for number in range(1, 30):
        page = with_failure(number, lambda: stage.ask(state=f"s{number}"))  # noqa: B023 - called at once
        if not state["hit"]:
            break
        assert page.status in {200, 503}
    else:
        pytest.fail("the request never got through")
    for number in range(1, 30):
        page = stage.ask(state=f"d{number}")
        before = len(stage.codes())
        answer = with_failure(number, lambda: stage.decide(page))  # noqa: B023 - called at once
        if not state["hit"]:
            break
        assert answer.status in {303, 503}
        again = stage.decide(page)
        assert "code" in answer_of(again)
        assert len(stage.codes()) == before + 1
    kinds = [item.event_type for item in OutboxItem.scan() if item.event_type.startswith("activation.")]
    assert kinds.count("activation.activated") == 1
