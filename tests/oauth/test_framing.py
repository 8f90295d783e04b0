"""Client authentication and framing of the back channel (cases TK): refused before anything is looked up or used."""

from __future__ import annotations

import base64
from urllib.parse import quote, urlencode

import pytest

from chalicelib.integrations import service as integrations
from chalicelib.kit import store
from chalicelib.oauth import client_auth
from tests.factories import aws_calls
from tests.oauth.conftest import REDIRECT, VERIFIER

INVALID_CLIENT = {"error": "invalid_client", "error_description": "The client credentials are invalid"}


def basic(text: str | bytes) -> str:
    return "Basic " + base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def form_of(code, **changes):
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    return form | changes


def encoded(text: str) -> str:
    return "".join(f"%{ord(letter):02x}" for letter in text)


def test_TK_01_basic_raw(world, app_a):
    code, _ = world.consent(app_a)
    answer = world.exchange(app_a, code)
    assert answer.status == 200
    assert isinstance(answer.json["expires_in"], int)


def test_TK_03_basic_form_encoded(world, app_a):
    code, _ = world.consent(app_a)
    header = basic(f"{encoded(app_a.client_id)}:{encoded(app_a.client_secret)}")
    assert world.post("/oauth-v1/token", form_of(code), Authorization=header).status == 200


def test_TK_04_credentials_are_the_same_raw_and_encoded(world, app_a):
    text = f"{app_a.client_id}:{app_a.client_secret}"
    assert len(text) <= 45
    assert quote(app_a.client_id + app_a.client_secret) == app_a.client_id + app_a.client_secret


def test_TK_05_credentials_in_the_body(world, app_a):
    code, _ = world.consent(app_a)
    sent = form_of(code, client_id=app_a.client_id, client_secret=app_a.client_secret)
    assert world.post("/oauth-v1/token", sent).status == 200


def test_TK_06_both_methods_at_once_are_refused(world, app_a, app_b):
    code, _ = world.consent(app_a)
    assert world.exchange(app_a, code, client_secret=app_a.client_secret).json["error"] == "invalid_request"
    assert world.exchange(app_a, code, client_id=app_b.client_id).json["error"] == "invalid_request"
    assert world.exchange(app_a, code, client_id=app_a.client_id).status == 200


@pytest.mark.parametrize("header", [
    None, "", "Basic", "Basic ", "Basic !", "Basic " + "A" * 5, basic("nocolon"), basic(":"), basic("a:b"), basic(b"\xff:\xff"),
    "Basic Zm9v OmJhcg==", "Bearer x", "Digest x", "Basic Zm9vOmJhcg===",
])  # fmt: skip
def test_TK_07_no_or_broken_authentication(world, app_a, header):
    code, _ = world.consent(app_a)
    headers = {} if header is None else {"Authorization": header}
    answer = world.post("/oauth-v1/token", form_of(code), **headers)
    assert (answer.status, answer.json) == (401, INVALID_CLIENT)
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
    assert world.exchange(app_a, code).status == 200


@pytest.mark.parametrize("change", [
    lambda text: text[:-1], lambda text: text + "x", str.swapcase, lambda text: text[::-1], lambda _: "", lambda _: "ü" * 32,
])  # fmt: skip
def test_a_wrong_secret_is_refused(world, app_a, change):
    secret = change(app_a.client_secret)
    answer = world.post(
        "/oauth-v1/token", {"grant_type": "refresh_token"}, Authorization=basic(f"{app_a.client_id}:{secret}")
    )
    assert (answer.status, answer.json) == (401, INVALID_CLIENT)


def test_TK_09_scheme_ignores_case_and_two_headers_are_one_too_many(world, app_a):
    code, _ = world.consent(app_a)
    twice = world.post("/oauth-v1/token", form_of(code), Authorization=f"{app_a.basic}, {app_a.basic}")
    assert (twice.status, twice.json["error"]) == (400, "invalid_request")
    lower = app_a.basic.replace("Basic", "basic")
    assert world.post("/oauth-v1/token", form_of(code), Authorization=lower).status == 200


def test_TK_10_credentials_in_the_url_are_refused(world, app_a):
    url = "/oauth-v1/token?" + urlencode({"client_id": app_a.client_id, "client_secret": app_a.client_secret})
    answer = world.post(url, {"grant_type": "refresh_token", "refresh_token": "x"})
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/oauth-v1/token", "/oauth-v1/revoke", "/oauth-v1/introspect"])
def test_TK_13_only_post(world, app_a, method, path):
    answer = world.http.request(method, path, headers={"Authorization": app_a.basic, "X-HTTP-Method-Override": "POST"})
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert answer.headers["cache-control"] == "no-store"
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("name", ["grant_type", "code", "client_id", "redirect_uri", "code_verifier", "scope", "x"])
def test_TK_15_a_doubled_parameter_is_refused_and_the_code_unused(world, app_a, name):
    code, _ = world.consent(app_a)
    form = form_of(code)
    pairs = [*form.items(), (name, form.get(name, "a")), *([] if name in form else [(name, "a")])]
    answer = world.post("/oauth-v1/token", pairs, app_a)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    assert world.exchange(app_a, code).status == 200


def test_TK_16_parameters_in_the_query_are_refused(world, app_a):
    code, _ = world.consent(app_a)
    for query in ("grant_type=authorization_code", f"code={code}", "x=1"):
        answer = world.post(f"/oauth-v1/token?{query}", form_of(code), app_a)
        assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    assert world.exchange(app_a, code).status == 200


@pytest.mark.parametrize(("content_type", "body"), [
    ("application/json", '{"grant_type":"refresh_token"}'), ("text/plain", "grant_type=refresh_token"), ("", "a=b"),
    ("multipart/form-data; boundary=x", "--x"), ("application/x-www-form-urlencoded", "a=%ff"),
    ("application/x-www-form-urlencoded", "&".join(f"a{n}=1" for n in range(600))),
    ("application/x-www-form-urlencoded", "a=" + "x" * 40_000),
])  # fmt: skip
def test_TK_17_only_a_form(world, app_a, content_type, body):
    headers = {"Content-Type": content_type, "Authorization": app_a.basic}
    answer = world.http.request("POST", "/oauth-v1/token", body=body, headers=headers)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "grant_type", ["password", "implicit", "urn:ietf:params:oauth:grant-type:device_code", "REFRESH_TOKEN"]
)
def test_an_unknown_grant_is_named_so(world, app_a, grant_type):
    assert world.token(app_a, grant_type=grant_type).json["error"] == "unsupported_grant_type"


@pytest.mark.parametrize("form", [{}, {"grant_type": ""}])
def test_a_missing_grant_type_is_an_invalid_request(world, app_a, form):
    assert world.token(app_a, **form).json["error"] == "invalid_request"


def test_TK_19_nothing_of_this_endpoint_is_kept(world, app_a):
    code, _ = world.consent(app_a)
    answers = [world.token(None), world.token(app_a), world.exchange(app_a, code), world.exchange(app_a, code)]
    assert [answer.status for answer in answers] == [401, 400, 200, 400]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["pragma"] == "no-cache"
        assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_error_descriptions_hold_only_what_the_rfc_allows(world, app_a):
    answer = world.post("/oauth-v1/token", [('"\\é', "1"), ('"\\é', "2")], app_a)
    description = answer.json["error_description"]
    assert all(char == " " or "!" <= char <= "~" for char in description)
    assert not set('"\\') & set(description)


def test_SE_07_a_removed_secret_dies_and_a_new_one_lives_at_once(world, app_a):
    ctx = world.developer.ctx()
    integration_id = app_a.integration.integration_id
    world.connect(app_a)
    second = integrations.add_secret(ctx, integration_id)
    header = basic(f"{app_a.client_id}:{second.client_secret}")
    assert (
        world.post("/oauth-v1/token", {"grant_type": "x"}, Authorization=header).json["error"]
        == "unsupported_grant_type"
    )
    integrations.remove_secret(ctx, integration_id, app_a.integration.secrets[0].secret_id)
    client_auth.clients.cache_clear()  # the five seconds a process remembers are over
    assert world.token(app_a, grant_type="x").json == INVALID_CLIENT


def test_RV_12_a_deleted_integration_is_no_client_any_more(world, app_a):
    tokens = world.connect(app_a)
    integrations.delete_integration(world.developer.ctx(), app_a.integration.integration_id)
    client_auth.clients.cache_clear()
    assert world.refresh(app_a, tokens["refresh_token"]).json == INVALID_CLIENT


def test_a_warm_process_reads_the_client_from_memory(world, app_a):
    world.token(app_a, grant_type="x")
    with aws_calls() as calls:
        world.token(app_a, grant_type="x")
    assert calls == ["UpdateItem"]  # the flight recorder counts the refusal; nothing is read


def test_our_own_trouble_is_503_and_never_invalid_grant(world, app_a, monkeypatch):
    tokens = world.connect(app_a)
    code, _ = world.consent(app_a)
    from botocore.exceptions import ReadTimeoutError

    def lost(*_args, **_kwargs):
        raise ReadTimeoutError(endpoint_url="x")

    with monkeypatch.context() as broken:
        broken.setattr(store.shared_connection(), "dispatch", lost)
        broken.setattr("chalicelib.kit.wire.call", lost)
        broken.setattr(store.shared_connection(), "get_item", lost)
        broken.setattr(store.shared_connection(), "transact_write_items", lost)
        for answer in (world.refresh(app_a, tokens["refresh_token"]), world.exchange(app_a, code)):
            assert (answer.status, answer.json["error"]) == (503, "temporarily_unavailable")
            assert answer.headers["retry-after"] == "1"
    assert world.refresh(app_a, tokens["refresh_token"]).status == 200
    assert world.exchange(app_a, code).status == 200
