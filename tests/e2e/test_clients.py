"""Independent clients complete every flow they support against the running portal, unmodified.

openid-client and oauth4webapi are strict generic clients; Authlib and requests-oauthlib are what Python programs use; fortpyx
and pyfortnox were written for the Fortnox dialect and get another host.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from oauthlib.oauth2 import InvalidGrantError
from requests_oauthlib import OAuth2Session

from infra.seed import CUSTOMER, DEVELOPER, PASSWORD
from infra.visitor import Visitor, wait_for
from tests.e2e.programs import Program, javascript, python
from tests.e2e.stack import Stack

CALLBACK = "http://127.0.0.1:9099/callback"
SCOPE = "companyinformation profile"
SWEDISH = str.maketrans("åäö", "{|}")  # what comes after z, in this order


@pytest.fixture(autouse=True)
def plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def signed_in(stack: Stack, email: str) -> Visitor:
    visitor = Visitor(stack.url, email, PASSWORD)
    visitor.sign_in()
    return visitor


@pytest.fixture
def customer(stack: Stack) -> Visitor:
    return signed_in(stack, CUSTOMER.email)


@pytest.fixture
def registered(stack: Stack, unique: str) -> Any:
    developer = signed_in(stack, DEVELOPER.email)

    def register(**details: Any) -> dict[str, Any]:
        body = {"name": f"Client {unique}", "scopes": SCOPE.split(), "redirect_uris": [CALLBACK], **details}
        made: dict[str, Any] = developer.call("POST", "/integrations", json=body, expect=201)
        return made

    return register


def talk(stack: Stack, customer: Visitor, program: Program, client: dict[str, Any]) -> dict[str, Any]:
    """Tell the program who it is, let the customer approve, hear what came of it."""
    program.tell(
        issuer=stack.url, client_id=client["client_id"], client_secret=client["client_secret"], redirect_uri=CALLBACK,
        scope=SCOPE, api=f"{stack.url}/3/companyinformation", audience=f"{stack.url}/3",
        tenant=str(customer.call("GET", "/companies/current")["number"]),
    )  # fmt: skip
    answer = customer.approve(program.hear()["address"])
    program.tell(callback=answer["location"], code=answer["code"])
    return program.hear()


@pytest.mark.parametrize("kind", ["confidential", "public"])
@pytest.mark.parametrize("name", ["openid_client.mjs", "oauth4webapi.mjs"])
def test_strict_generic_clients(stack: Stack, customer: Visitor, registered: Any, name: str, kind: str) -> None:
    client = registered(client_type=kind)
    with javascript(name) as program:
        found = talk(stack, customer, program, client)
    number = customer.call("GET", "/companies/current")["number"]
    assert found["api"]["CompanyInformation"]["DatabaseNumber"] == number
    assert (found["rotated"], found["scope"], found["afterwards"]) == (True, SCOPE, "invalid_grant")
    if kind == "confidential":
        assert found["introspected"]["active"] is True
        assert found["introspected"]["client_id"] == client["client_id"]
    if "claims" in found:  # oauth4webapi has checked signature, typ, iss, aud and lifetime itself (RFC 9068)
        assert found["claims"]["tenantId"] == number
    if "service" in found:
        assert found["service"] == "unauthorized_client"  # nobody gave a service consent


def test_the_dialects_own_client_needs_nothing_but_another_host(
    stack: Stack, customer: Visitor, registered: Any
) -> None:
    with python("fortpyx_client.py", "fortpyx.txt") as program:
        found = talk(stack, customer, program, registered())
    assert found["rotated"]
    assert found["renewed"], "on 401 the library refreshes by itself and repeats the call"
    company = customer.call("GET", "/companies/current")
    assert found["company"]["CompanyInformation"]["DatabaseNumber"] == company["number"]
    assert found["company"]["CompanyInformation"]["CompanyName"] == company["name"]
    assert "Could not refresh tokens" in found["refused"]


@contextmanager
def sandboxed(stack: Stack, name: str) -> Iterator[dict[str, Any]]:
    """What a program is told to call the company API of a new sandbox, and its number."""
    developer = signed_in(stack, DEVELOPER.email)
    made = developer.call("POST", "/sandboxes", json={"name": name}, expect=202)["sandbox_id"]
    wait_for(lambda: developer.call("GET", f"/sandboxes/{made}")["status"] == "ready", "a ready sandbox", 120)
    connection = developer.call("POST", f"/sandboxes/{made}/connections", expect=201)
    login = (connection["client_id"], connection["client_secret"])
    token = requests.post(
        f"{stack.url}/oauth-v1/token", data={"grant_type": "client_credentials"}, auth=login,
        headers={"TenantId": str(connection["tenant_number"])}, timeout=30,
    ).json()["access_token"]  # fmt: skip
    yield {
        "issuer": stack.url, "client_id": login[0], "client_secret": login[1], "access_token": token,
        "number": connection["tenant_number"],
    }  # fmt: skip
    developer.call("DELETE", f"/sandboxes/{made}")


def test_the_dialects_own_client_does_its_ordinary_work_in_a_sandbox(stack: Stack, unique: str) -> None:
    """Company, customers and invoices: typed answers, all pages, sorted, created, changed and booked."""
    with sandboxed(stack, f"Library {unique}") as told, python("fortpyx_records.py", "fortpyx.txt") as program:
        program.tell(**told)
        found = program.hear()
    assert found["company"]["CompanyInformation"]["DatabaseNumber"] == told["number"]
    assert found["names"] == sorted(found["names"], key=lambda name: name.casefold().translate(SWEDISH))
    assert found["customer"] == ["Åkes Bygg AB", "Åkes AB", "Växjö", "26"]
    assert found["invoice"] == ["61", 250, True, 250]
    assert found["unpaid"]


def test_a_second_client_of_the_dialect_does_its_ordinary_work_in_a_sandbox(stack: Stack, unique: str) -> None:
    """Without types, with the parameters that search lists; and it understands our refusals."""
    with sandboxed(stack, f"Second {unique}") as told, python("pyfortnox_records.py", "pyfortnox.txt") as program:
        program.tell(**told)
        found = program.hear()
    assert found["company"]["DatabaseNumber"] == told["number"]
    assert len(found["listed"]) == 7
    assert found["listed"] == sorted(found["listed"], key=lambda name: name.casefold().translate(SWEDISH))
    assert (found["customer"], found["found"]) == (["Åkes Bygg AB", "Åkes AB", "Växjö"], True)
    assert found["invoice"] == [250, "Tack", True]
    assert (found["order"], found["articles"] > 0) == ("1", True)
    assert "There is no customer nobody" in found["refused"]


def test_requests_oauthlib(stack: Stack, customer: Visitor, registered: Any) -> None:
    client = registered()
    token_url = f"{stack.url}/oauth-v1/token"
    program = OAuth2Session(client["client_id"], scope=SCOPE.split(), redirect_uri=CALLBACK, pkce="S256")
    address, state = program.authorization_url(f"{stack.url}/oauth-v1/auth")
    answer = customer.approve(address)
    assert answer["state"] == state
    first = program.fetch_token(
        token_url, authorization_response=answer["location"], client_secret=client["client_secret"]
    )
    assert program.get(f"{stack.url}/3/me").json()["Me"]["Email"] == customer.email
    login = (client["client_id"], client["client_secret"])
    second = program.refresh_token(token_url, refresh_token=first["refresh_token"], auth=login)
    assert second["refresh_token"] != first["refresh_token"]
    with pytest.raises(InvalidGrantError):
        program.refresh_token(token_url, refresh_token="nonsense", auth=login)


def test_requests_oauthlib_as_a_public_client(stack: Stack, customer: Visitor, registered: Any) -> None:
    client = registered(client_type="public")
    program = OAuth2Session(client["client_id"], scope=SCOPE.split(), redirect_uri=CALLBACK, pkce="S256")
    address, _ = program.authorization_url(f"{stack.url}/oauth-v1/auth")
    answer = customer.approve(address)
    # It sends its id with an empty password in the header, as its documentation has it.
    program.fetch_token(f"{stack.url}/oauth-v1/token", authorization_response=answer["location"])
    assert program.get(f"{stack.url}/3/me").status_code == 200


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib(stack: Stack, customer: Visitor, registered: Any, method: str) -> None:
    client = registered()
    program = AuthlibSession(
        client["client_id"], client["client_secret"], scope=SCOPE, redirect_uri=CALLBACK, code_challenge_method="S256",
        token_endpoint_auth_method=method, revocation_endpoint_auth_method=method,
    )  # fmt: skip
    token_url, verifier = f"{stack.url}/oauth-v1/token", "v" * 64
    address, _ = program.create_authorization_url(f"{stack.url}/oauth-v1/auth", code_verifier=verifier)
    answer = customer.approve(address)
    first = program.fetch_token(token_url, authorization_response=answer["location"], code_verifier=verifier)
    second = program.refresh_token(token_url, refresh_token=first["refresh_token"])
    asked = program.introspect_token(f"{stack.url}/oauth-v1/introspect", token=second["access_token"])
    assert asked.json()["active"] is True
    assert program.revoke_token(f"{stack.url}/oauth-v1/revoke", token=second["refresh_token"]).json() == {
        "revoked": True
    }
    with pytest.raises(OAuthError, match="invalid_grant"):
        program.refresh_token(token_url, refresh_token=second["refresh_token"])


def test_TK_21_the_client_really_receives_the_challenge(stack: Stack) -> None:
    """API Gateway renames the header; the front gives it back its name."""
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    answer = requests.post(f"{stack.url}/oauth-v1/token", auth=("nobody", "x"), data=form, timeout=20)
    assert (answer.status_code, answer.headers["WWW-Authenticate"][:12]) == (401, "Basic realm=")
    for headers in ({}, {"Authorization": "Bearer x"}):
        answer = requests.get(f"{stack.url}/3/companyinformation", headers=headers, timeout=20)
        assert (answer.status_code, answer.headers["WWW-Authenticate"][:6]) == (401, "Bearer")
