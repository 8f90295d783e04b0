"""Sign-in with the platform's own login: the whole way with a provider of another hand, in a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from socket import socket
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from chalicelib.accounts import repository
from chalicelib.accounts.service.passwords import hash_password
from chalicelib.config import settings
from chalicelib.kit import store
from tests.accounts.test_security import turned_on
from tests.client import Client
from tests.factories import mails, new_person, told

START, BACK = "/sign-in/platform", "/sign-in/platform/callback"
HTML = {"Accept": "text/html", "Accept-Language": "en"}
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce",
        "true",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/.well-known/openid-configuration")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _wait(url: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the provider does not start")


@pytest.fixture
def switched_on(issuer, monkeypatch, client) -> Iterator[str]:
    from tests.conftest import aws_client

    aws_client("secretsmanager").create_secret(Name="outside", SecretString="a secret of ours")
    monkeypatch.setenv("ANSLUT_STAGE", "embedded")  # the only stage that talks to its own machine
    monkeypatch.setenv("ANSLUT_OIDC_ISSUER", issuer)
    monkeypatch.setenv("ANSLUT_OIDC_CLIENT_ID", "anslut")
    monkeypatch.setenv("ANSLUT_OIDC_NAME", "Nordbok ID")
    monkeypatch.setenv("ANSLUT_OIDC_SECRET_ID", "outside")
    settings.cache_clear()
    yield issuer
    monkeypatch.undo()
    settings.cache_clear()


def somebody(issuer: str, sub: str, **claims: Any) -> str:
    body = json.dumps({"email": f"{sub}@example.se", "email_verified": True, "name": "Olga Utifrån", **claims}).encode()
    request = urllib.request.Request(f"{issuer}/users/{sub}", body, {"Content-Type": "application/json"}, method="PUT")
    urllib.request.urlopen(request).close()
    return sub


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def at_the_provider(address: str, **fields: str) -> str:
    """The person signs in there; the address they are sent back to."""
    opener = urllib.request.build_opener(_Stay)
    with pytest.raises(urllib.error.HTTPError) as answer:
        opener.open(address, urlencode(fields).encode())
    with answer.value as sent:
        return str(sent.headers["Location"])


def path_of(address: str) -> str:
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == settings().origin
    return f"{parts.path}?{parts.query}"


def sign_in_outside(browser: Client, sub: str, begin: str = START) -> Any:
    away = browser.get(begin, headers=HTML)
    assert away.status == 303, away.text
    return browser.get(path_of(at_the_provider(away.headers["location"], sub=sub)), headers=HTML)


def test_somebody_new_gets_an_account_with_a_company_and_goes_where_they_wanted(switched_on, client):
    somebody(switched_on, "olga")
    page = client.get("/sign-in?next=/account", headers=HTML).text
    begin = re.search(r'href="(/sign-in/platform[^"]*)"', page)
    assert "Continue with Nordbok ID" in page
    assert begin is not None
    answer = sign_in_outside(client, "olga", begin[1])
    assert (answer.status, answer.headers["location"]) == (303, "/account")
    session = client.get("/sessions/current").json
    assert (session["email"], session["person"]) == ("olga@example.se", "Olga Utifrån")
    assert {"administrator", "owner"} <= set(session["roles"])
    sign_in_outside(client, "olga")
    assert client.get("/sessions/current").json["account_id"] == session["account_id"], (
        "the same person the second time"
    )
    assert len(told("company.created")) == 1


def test_a_known_address_is_connected_once_and_its_owner_is_told(switched_on, client):
    person = new_person(email="astrid@example.se")
    somebody(switched_on, "sub-of-astrid", email="Astrid@example.se")
    assert sign_in_outside(client, "sub-of-astrid").status == 303
    assert client.get("/sessions/current").json["account_id"] == person.account.account_id
    (mail,) = mails("astrid@example.se")
    assert "Nordbok ID" in mail.subject
    assert [event.subject for event in told("account.connected")] == [person.account.account_id]
    somebody(switched_on, "sub-of-astrid", email="another@example.se")
    sign_in_outside(client, "sub-of-astrid")
    assert client.get("/sessions/current").json["account_id"] == person.account.account_id, "by person, not by address"
    somebody(switched_on, "her-successor", email="astrid@example.se")
    refused = sign_in_outside(Client(client.app), "her-successor")
    assert refused.status == 409, "an address that was given to somebody new opens nothing"


@pytest.mark.parametrize(
    "claims", [{"email_verified": False}, {"email_verified": None}, {"email": "\uff41strid@example.se"}]
)
def test_an_address_nobody_vouches_for_connects_nothing(switched_on, client, claims):
    new_person(email="astrid@example.se")
    somebody(switched_on, "stranger", **{"email": "astrid@example.se", **claims})
    answer = sign_in_outside(client, "stranger")
    assert answer.status == 403
    assert "Confirm your e-mail address there first" in answer.text
    assert client.get("/sessions/current").status == 401


def test_two_step_sign_in_is_asked_for_here_too(switched_on, client):
    person = new_person(email="tove@example.se")
    with store.transaction() as tx:
        repository.set_password(
            tx, person.account.account_id, hash_password(PASSWORD), person.account.created_at - timedelta(days=1)
        )
    _, recovery = turned_on(person)
    somebody(switched_on, "tove")
    page = sign_in_outside(client, "tove", f"{START}?next=/account")
    assert (page.status, client.get("/sessions/current").status) == (200, 401)
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert ticket is not None
    fields = {"form_token": page.form_token, "ticket": ticket[1], "next": "/account", "code": recovery[0]}
    answer = client.post("/sign-in/code", form=fields, headers=HTML)
    assert (answer.status, answer.headers["location"]) == (303, "/account")
    assert client.get("/sessions/current").status == 200


def test_an_answer_serves_only_the_browser_that_asked_and_only_once(switched_on, client):
    somebody(switched_on, "mallory")
    away = client.get(START, headers=HTML).headers["location"]
    back = path_of(at_the_provider(away, sub="mallory"))
    victim = Client(client.app)
    assert victim.get(back, headers=HTML).status == 401, "nobody can be signed in as somebody else by a link"
    victim.get(START, headers=HTML)
    assert victim.get(back, headers=HTML).status == 401, "another sign-in of theirs does not open it either"
    ticket = client.cookies["__Host-anslut_outside"]
    assert client.get(back, headers=HTML).status == 303
    assert "__Host-anslut_outside" not in client.cookies
    client.cookies["__Host-anslut_outside"] = ticket
    assert client.get(back, headers=HTML).status == 401, "the code was redeemed"


def test_who_turns_back_is_told_so(switched_on, client):
    away = client.get(START, headers=HTML).headers["location"]
    back = path_of(at_the_provider(away, action="deny"))
    state = parse_qs(urlsplit(away).query)["state"][0]
    answer = client.get(f"{back}&state={state}" if "state=" not in back else back, headers=HTML)
    assert answer.status == 401
    assert "You did not sign in there." in answer.text
    assert client.get(f"{BACK}?code=x&state=%00", headers=HTML).status == 401


def test_the_browser_is_sent_nowhere_but_to_a_path_of_ours(switched_on, client):
    somebody(switched_on, "olga2")
    assert sign_in_outside(client, "olga2", f"{START}?next=//evil.example/").headers["location"] == "/"


def test_a_login_that_does_not_answer_is_said_in_words(switched_on, client, monkeypatch):
    monkeypatch.setenv("ANSLUT_OIDC_ISSUER", "http://127.0.0.1:9")
    settings.cache_clear()
    answer = client.get(START, headers=HTML)
    assert answer.status == 503
    assert "does not answer" in answer.text


def test_without_a_configured_login_nothing_of_it_is_seen(client):
    assert settings().outside_login is None
    assert "Continue with" not in client.get("/sign-in", headers=HTML).text
    assert (client.get(START).status, client.get(BACK).status) == (404, 404)
