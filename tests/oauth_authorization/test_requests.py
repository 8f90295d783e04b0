"""AZ: what an authorization request may say, and who is told when it says something else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.integrations.domain import ClientType, GrantType
from chalicelib.oauth.authorization import checks
from tests.client import Client
from tests.conftest import fresh_aws
from tests.oauth_authorization.conftest import CHALLENGE, R1, R2, answer_of, is_own_page

ISSUER = "https://portal.test"


@pytest.fixture(scope="module")
def one_aws() -> Iterator[None]:
    """One AWS for the file: each test has people and an integration of its own."""
    with fresh_aws():
        yield


@pytest.fixture
def client(app: Any, one_aws: None) -> Client:
    return Client(app)


def test_AZ_01_an_unknown_client_is_never_redirected(stage):
    for client_id in ("nobody000000", "", None, "<script>", "x" * 5000):
        assert is_own_page(stage.ask(client_id=client_id))
    page = stage.ask(client_id="<script>alert(1)</script>")
    assert "<script>alert" not in page.text


def test_AZ_03_a_doubled_client_id_is_never_redirected(stage):
    for second in (stage.integration.client_id, "other0000000"):
        assert is_own_page(stage.ask(("client_id", second)))


def test_AZ_04_with_two_redirects_one_must_be_named(stage):
    two = stage.new_integration(name="Two", redirect_uris=[R1, R2])
    for missing in (None, ""):
        assert is_own_page(stage.ask(client_id=two.client_id, redirect_uri=missing))
    assert stage.ask(redirect_uri=None).status == 200  # exactly one is registered: contract.md


def test_AZ_06_an_unregistered_redirect_is_never_redirected(stage):
    page = stage.ask(redirect_uri="https://evil.example/cb?x=<b>")
    assert is_own_page(page)
    assert "<b>" not in page.text.partition("problem")[2].partition("</h1>")[0]
    assert is_own_page(stage.ask(("redirect_uri", R1)))


NEAR_MISSES = [
    R1 + "/", "https://app.example.com//cb", "https://app.example.com/CB", "HTTPS://app.example.com/cb",
    "https://APP.example.com/cb", "https://app.example.com:443/cb", R1 + "?x=1", R1 + "#f",
    "https://app.example.com/cb/../cb", "https://app.example.com/cb%2f", "https://app.example.com/%63b",
    "https://user@app.example.com/cb", "https://app.example.com.evil.com/cb", "https://evil.com\\@app.example.com/cb",
    "https://app.example.com./cb", "https://\u0430pp.example.com/cb", "https://xn--pp-6kc.example.com/cb", R1 + "\0",
    R1 + "\t", R1 + " ", "http://app.example.com/cb", "https://app.example.com:8443/cb", R1 + "x" * 8000,
    R1 + ",https://evil.example/cb",
]  # fmt: skip


@pytest.mark.parametrize("uri", NEAR_MISSES, ids=range(len(NEAR_MISSES)))
def test_AZ_07_a_near_miss_is_never_redirected(stage, uri):
    assert is_own_page(stage.ask(redirect_uri=uri))


def test_AZ_07_has_its_24_near_misses():
    assert len(set(NEAR_MISSES)) == 24


def test_AZ_10_a_bad_redirect_wins_over_every_other_fault(stage):
    assert is_own_page(
        stage.ask(redirect_uri="https://evil.example/cb", response_type="token", scope="nope", state=None)
    )


LOOPBACK = [
    ("http://127.0.0.1:51004/cb", True), ("http://127.0.0.1/cb", True), ("http://127.0.0.1:51004/other", False),
    ("http://localhost:51004/cb", False), ("http://[::1]:51004/cb", False), ("http://127.0.0.1:0/cb", False),
    ("http://127.0.0.1:70000/cb", False), ("http://127.0.0.1:51004/cb#f", False), ("http://127.0.0.1:51004/cb?x", False),
    ("http://127.0.0.1:51004@evil.example/cb", False), ("http://127.0.0.1.evil.example/cb", False),
    ("http://127.0.0.2/cb", False), ("https://127.0.0.1:51004/cb", False),
]  # fmt: skip


def test_AZ_13_only_the_port_of_a_loopback_address_may_vary(stage):
    native = stage.new_integration(name="Native", redirect_uris=["http://127.0.0.1/cb"])
    for sent, is_accepted in LOOPBACK:
        page = stage.ask(client_id=native.client_id, redirect_uri=sent)
        if is_accepted:
            assert stage.decide(page).headers["location"].startswith(sent + "?code=")
        else:
            assert is_own_page(page), sent


def test_AZ_15_only_the_code_response_type_exists(stage):
    for response_type in ("token", "id_token", "code token", "none", "code code", "CODE"):
        answer = stage.ask(response_type=response_type)
        assert answer.headers["location"].startswith(R1 + "?error=unsupported_response_type&")
        assert "access_token" not in answer.headers["location"]


def test_a_required_parameter_is_missed_by_name(stage):
    for missing in ("response_type", "state"):
        answer = answer_of(stage.ask(**{missing: None}))
        assert (answer["error"], answer["error_description"]) == ("invalid_request", f"{missing} is missing")


def test_AZ_18_a_scope_beyond_the_registered_ones_shows_no_consent_page(stage):
    answer = answer_of(stage.ask(scope="invoice salary"))
    assert answer["error"] == "invalid_scope"
    assert "salary" in answer["error_description"]


NO_SCOPES = [
    'invoice"', "invoice\\", "invoice\x07", "invoice\tcustomer", "fäktura", "in\nvoice", " ", "",
    " ".join(f"s{n}" for n in range(10_000)), "x" * 200_000,
]  # fmt: skip


def test_AZ_19_a_scope_that_is_none_is_refused(stage):
    for scope in NO_SCOPES:
        assert answer_of(stage.ask(scope=scope))["error"] == "invalid_scope", scope[:20]


def test_AZ_21_scopes_are_case_sensitive_and_whole(stage):
    for scope in ("INVOICE", "invoice2", "invo", "invoice,customer"):
        assert answer_of(stage.ask(scope=scope))["error"] == "invalid_scope"


LONG_STATE = ("a&b=c+d%e#f;ü g" * 67)[:1000]


@pytest.mark.parametrize("state", [LONG_STATE, "ü" * 1000, "%2525", "a b", "&error=x", "\U0001f600"])
def test_AZ_22_the_state_comes_back_as_it_was(stage, state):
    assert answer_of(stage.ask(state=state, scope="nope"))["state"] == state
    assert answer_of(stage.decide(stage.ask(state=state)))["state"] == state
    assert answer_of(stage.decide(stage.ask(state=state), "denied"))["state"] == state


def test_a_state_that_fits_into_no_answer_is_told_to_the_person(stage):
    assert is_own_page(stage.ask(state="ü" * 1100))


def test_AZ_24_every_answer_names_the_issuer(stage):
    answers = [stage.ask(scope="nope"), stage.ask(response_type="token"), stage.decide(stage.ask(), "denied"),
               stage.decide(stage.ask())]  # fmt: skip
    assert {answer_of(answer)["iss"] for answer in answers} == {ISSUER}


def test_AZ_25_a_known_parameter_sent_twice_is_refused(stage):
    for name in sorted(checks.KNOWN - {"client_id", "redirect_uri"}):
        for first in (stage.valid.get(name, "query"), ""):
            answer = answer_of(stage.ask((name, "second"), **{name: first}))
            assert answer["error"] == "invalid_request"
            assert name in answer["error_description"]
            assert ("state" in answer) == (name != "state")  # neither of two states is the client's


def test_unknown_parameters_are_ignored_even_twice(stage):
    assert stage.ask(("resource", "a"), ("resource", "b"), ("utm", "x")).status == 200


def test_AZ_27_a_parameter_without_a_value_is_omitted(stage):
    empty = dict.fromkeys(["prompt", "display", "nonce", "response_mode", "access_type", "account_type", "request"], "")
    assert stage.ask(**empty).status == 200


def test_AZ_28_a_form_does_the_same_and_json_is_refused(stage):
    answer = stage.customer.post("/oauth-v1/auth", form=stage.valid, headers={"Origin": "https://client.example"})
    assert answer.status == 303
    assert stage.customer.get(answer.headers["location"]).status == 200
    assert is_own_page(stage.customer.post("/oauth-v1/auth", form={**stage.valid, "redirect_uri": R1 + "/"}))
    assert stage.customer.post("/oauth-v1/auth", json=stage.valid).status == 415


def test_AZ_30_plain_is_refused(stage):
    for method in ("plain", "s256", "S512"):
        assert answer_of(stage.ask(code_challenge_method=method))["error"] == "invalid_request"


def test_AZ_31_a_challenge_without_a_method_would_be_plain(stage):
    assert answer_of(stage.ask(code_challenge_method=None))["error"] == "invalid_request"


def test_a_challenge_that_no_verifier_can_meet_is_refused(stage):
    for challenge in ("short", CHALLENGE + "=", CHALLENGE[:-1] + "+", "x" * 128, None):
        assert answer_of(stage.ask(code_challenge=challenge))["error"] == "invalid_request"


def test_a_confidential_client_may_leave_out_pkce(stage):
    assert stage.ask(code_challenge=None, code_challenge_method=None).status == 200


def test_AZ_33_the_same_challenge_twice_works_and_is_logged(stage, monkeypatch):
    told = []
    monkeypatch.setattr("chalicelib.oauth.authorization.service.log.warning", lambda text, **_: told.append(text))
    assert stage.ask().status == 200
    assert told == []
    assert stage.ask(state="other").status == 200
    assert told == ["pkce_challenge_reused"]


def test_AZ_34_answers_go_into_the_query_only(stage):
    for mode in ("fragment", "form_post", "web_message", "query.jwt", "unknown"):
        answer = stage.ask(response_mode=mode)
        assert answer_of(answer)["error"] == "invalid_request"
        assert "#" not in answer.headers["location"]
    assert stage.ask(response_mode="query").status == 200


def test_AZ_36_no_page_means_no_code(stage):
    assert answer_of(stage.ask(prompt="none"))["error"] == "consent_required"
    nobody = type(stage.customer)(stage.app)
    assert answer_of(stage.ask(prompt="none", client=nobody))["error"] == "login_required"


def test_AZ_37_none_stands_alone(stage):
    for prompt in ("none login", "login none", "none consent", "create"):
        assert answer_of(stage.ask(prompt=prompt))["error"] == "invalid_request"


def test_other_prompts_show_the_page(stage):
    for prompt in ("login", "consent", "select_account", "login consent"):
        assert stage.ask(prompt=prompt).status == 200


def test_AZ_54_only_the_dialects_own_values(stage):
    assert answer_of(stage.ask(account_type="admin"))["error"] == "invalid_request"
    assert answer_of(stage.ask(account_type="service"))["error"] == "unauthorized_client"
    assert answer_of(stage.ask(access_type="online"))["error"] == "invalid_request"


def test_access_type_offline_is_accepted(stage):
    assert stage.ask(access_type="offline").status == 200


def test_AZ_57_request_objects_are_not_fetched(stage):
    assert answer_of(stage.ask(request="x.y.z"))["error"] == "request_not_supported"
    answer = answer_of(stage.ask(request_uri="https://169.254.169.254/"))
    assert answer["error"] == "request_uri_not_supported"


def test_AZ_49_no_other_origin_may_read_the_endpoint(stage):
    answer = stage.customer.get(stage.address(), headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_AZ_51_forged_host_headers_change_nothing(stage):
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    page = stage.customer.get(stage.address(), headers=forged)
    assert "evil.example" not in page.text
    answer = stage.customer.get(stage.address(scope="nope"), headers=forged)
    assert answer_of(answer)["iss"] == ISSUER
    assert "evil.example" not in answer.headers["location"]


def test_a_lone_surrogate_is_answered_and_not_a_crash(stage):
    event_query = stage.address(state="x").replace("state=x", "state=" + quote(b"\xed\xa0\x80"))
    assert stage.customer.get(event_query).status in {200, 303, 400}
    from chalicelib.kit.request import Form
    from chalicelib.oauth.errors import ClientNotTrustedError

    with pytest.raises(ClientNotTrustedError):
        checks.find_client(Form((("client_id", "\ud800"),)), lambda _: None)


def test_every_check_stands_in_the_table():
    """A missing check would be a missing line: each function of the module that begins with check_ is in CHECKS."""
    named = {value for name, value in vars(checks).items() if name.startswith("check_") and name != "check_available"}
    assert named == set(checks.CHECKS)


def test_a_refused_request_stores_nothing(stage):
    from chalicelib.oauth.authorization.repository import AuthorizationTransactionItem

    before = AuthorizationTransactionItem.count()
    stage.ask(scope="nope")
    stage.ask(redirect_uri="https://evil.example")
    assert AuthorizationTransactionItem.count() == before


@pytest.fixture
def native(stage: Any) -> Any:
    uris = ["http://127.0.0.1/cb", "com.example.app:/cb"]
    return stage.new_integration(
        name="Native", redirect_uris=uris, client_type=ClientType.PUBLIC, only_administrator=True
    )


def test_a_public_client_must_send_a_code_challenge(stage, native):
    uri = "com.example.app:/cb"
    bare = stage.ask(client_id=native.client_id, redirect_uri=uri, code_challenge=None, code_challenge_method=None)
    assert answer_of(bare)["error"] == "invalid_request"
    assert bare.headers["location"].startswith("com.example.app:/cb?error=")
    page = stage.ask(
        client_id=native.client_id, redirect_uri=uri, code_challenge=CHALLENGE, code_challenge_method="S256"
    )
    assert page.status == 200
    assert "form-action 'self' com.example.app:" in page.headers["content-security-policy"]


def test_AZ_13_a_native_client_may_listen_on_any_port(stage, native):
    def ask(uri: str) -> Any:
        return stage.ask(
            client_id=native.client_id, redirect_uri=uri, code_challenge=CHALLENGE, code_challenge_method="S256"
        )

    assert ask("http://127.0.0.1:51004/cb").status == 200
    for uri in ("http://127.0.0.1:51004/other", "http://localhost:51004/cb", "http://[::1]:51004/cb",
                "http://127.0.0.1:0/cb", "http://127.0.0.1:99999/cb", "com.example.app:51004/cb"):  # fmt: skip
        assert is_own_page(ask(uri)), uri


def test_a_public_client_has_no_service_account(stage, native):
    answer = stage.ask(
        client_id=native.client_id, redirect_uri="com.example.app:/cb", code_challenge=CHALLENGE,
        code_challenge_method="S256", account_type="service",
    )  # fmt: skip
    assert answer_of(answer)["error"] == "unauthorized_client"


def test_AZ_16_a_client_that_does_not_use_codes_gets_none(stage):
    robot = stage.new_integration(name="Robot", only_administrator=True, grant_types=[GrantType.CLIENT_CREDENTIALS])
    answer = answer_of(stage.ask(client_id=robot.client_id))
    assert (answer["error"], answer["state"]) == ("unauthorized_client", "xyz")
    assert "code" not in answer
    # Its service account is approved on the same page; the program then asks by client credentials.
    assert "code" in answer_of(stage.decide(stage.ask(client_id=robot.client_id, account_type="service")))
