"""The whole story, over HTTP against the embedded AWS: from a stranger's sign-up to a line in the statistics.

The integration's program is Authlib, which nobody here wrote; the picture is a photograph of a rocket launch that
scikit-image ships. Mails, image sizes, sandboxes and statistics arrive through real streams, queues, S3 events and a
schedule.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
import skimage
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

from infra.seed import upload_image
from infra.visitor import Visitor, wait_for
from tests.e2e.stack import Stack

PHOTOGRAPH = Path(skimage.__file__).parent / "data" / "rocket.jpg"
CALLBACK = "http://127.0.0.1:9099/callback"
PASSWORD = "a long enough password"
SCOPES = ["companyinformation", "profile"]


@pytest.fixture(autouse=True)
def plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client libraries refuse http unless told that this is a loopback test."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


def test_the_whole_story(stack: Stack, unique: str) -> None:
    operator = Visitor(stack.url, "operator@nordbok.example", "try-anslut-today")
    operator.sign_in()
    developer = sign_up(stack, f"ada-{unique}@codehouse.example", "Ada Code", "Code House AB")
    learns_what_is_missing(developer)
    gets_the_licence(operator, developer)

    integration = creates_an_integration(developer, f"Receipts {unique}")
    uploads_a_photograph(stack, developer, integration)
    sandbox_comes_and_goes(developer)

    customer = sign_up(stack, f"kim-{unique}@bakery.example", "Kim Baker", "Bakery AB")
    finds_the_hidden_integration(customer, integration)
    program = connects_by_code(stack, customer, integration)
    reads_what_was_agreed_and_nothing_else(stack, program, customer)
    connects_a_service(stack, customer, integration)
    keys_and_metadata_are_published(stack, program)

    statistics_show_it(stack, developer, integration)
    operator_sees_everybody(operator, developer, integration)
    disconnecting_ends_the_tokens(stack, customer, integration, program)
    deletes_the_integration(developer, integration)


def sign_up(stack: Stack, email: str, name: str, company: str) -> Visitor:
    visitor = Visitor(stack.url, email, PASSWORD)
    visitor.sign_up(name, company)
    session = visitor.sign_in()
    assert (session["company"], session["person"]) == (company, name)
    assert "administrator" in session["roles"]
    return visitor


def learns_what_is_missing(developer: Visitor) -> None:
    answer = developer.browser.post(developer.url + "/integrations", json={"name": "X", "scopes": ["profile"]})
    assert answer.status_code == 403
    assert answer.json()["code"] == "developer-licence-required"
    page = developer.page("/account")
    assert page.status_code == 200
    assert "licence" in page.text.lower()


def gets_the_licence(operator: Visitor, developer: Visitor) -> None:
    tenant_id = developer.call("GET", "/companies/current")["tenant_id"]
    body = {"action": "grant", "reason": "Known to us"}
    operator.call("POST", f"/operator/companies/{tenant_id}/licence", json=body)
    assert developer.call("GET", "/companies/current")["licence"] == "granted"


def creates_an_integration(developer: Visitor, name: str) -> dict[str, Any]:
    made: dict[str, Any] = developer.call("POST", "/integrations", json={"name": name, "scopes": SCOPES}, expect=201)
    assert len(f"{made['client_id']}:{made['client_secret']}") <= 45
    path = f"/integrations/{made['integration_id']}"
    details = {
        "redirect_uris": [CALLBACK],
        "start_page": "https://receipts.example/start",
        "category": "receipts",
        "sales_channel": "platform",
        "price_minor": 9900,
        "currency": "SEK",
        "only_administrator": True,
    }
    changed = developer.call("PATCH", path, json=details)
    assert changed["price_minor"] == 9900
    read = developer.call("GET", path)
    assert read == changed
    assert made["client_secret"] not in str(read)
    assert made["integration_id"] in [e["integration_id"] for e in developer.call("GET", "/integrations")["items"]]
    page = developer.page(f"/portal/integrations/{made['integration_id']}")
    assert name in page.text
    assert made["client_secret"] not in page.text
    return made


def uploads_a_photograph(stack: Stack, developer: Visitor, integration: dict[str, Any]) -> None:
    path = f"/integrations/{integration['integration_id']}/images"
    image = upload_image(developer, path, "logo", PHOTOGRAPH.read_bytes(), "image/jpeg")
    assert image["status"] == "ready"
    largest = max(image["variants"], key=lambda variant: variant["width"])
    served = requests.get(stack.url + largest["url"], timeout=20)
    assert served.status_code == 200
    assert served.headers["Content-Type"] == largest["content_type"]
    assert len(served.content) == largest["byte_size"]
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    page = developer.page(f"/portal/integrations/{integration['integration_id']}")
    assert any(variant["url"] in page.text for variant in image["variants"])


def sandbox_comes_and_goes(developer: Visitor) -> None:
    sandbox = developer.call("POST", "/sandboxes", json={"name": "Acceptance tests"})
    path = f"/sandboxes/{sandbox['sandbox_id']}"
    ready = wait_for(lambda: _when(developer.call("GET", path), "ready"), "the sandbox")
    assert ready["email"] == developer.email
    assert "Acceptance tests" in developer.page("/portal/sandboxes").text
    developer.call("DELETE", path)
    wait_for(lambda: not _known(developer, sandbox["sandbox_id"]), "the sandbox's end")


def finds_the_hidden_integration(customer: Visitor, integration: dict[str, Any]) -> None:
    assert integration["name"] not in customer.page("/marketplace").text
    found = customer.call("GET", f"/marketplace/by-client-id/{integration['client_id']}")
    assert found["name"] == integration["name"]
    assert customer.browser.get(f"{customer.url}/marketplace/by-client-id/AAAAAAAAAAAA").status_code == 404


def connects_by_code(stack: Stack, customer: Visitor, integration: dict[str, Any]) -> OAuth2Session:
    program = OAuth2Session(
        integration["client_id"],
        integration["client_secret"],
        scope=" ".join(SCOPES),
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        token_endpoint=f"{stack.url}/oauth-v1/token",
    )
    verifier = "v" * 64
    address, state = program.create_authorization_url(f"{stack.url}/oauth-v1/auth", code_verifier=verifier)
    page = customer.browser.get(address, timeout=20)
    assert integration["name"] in page.text, "the consent page says who asks"
    answer = customer.approve(address)
    assert (answer["state"], answer["iss"]) == (state, stack.url)
    program.fetch_token(authorization_response=answer["location"], code_verifier=verifier)
    first = dict(program.token)
    program.refresh_token(f"{stack.url}/oauth-v1/token", refresh_token=first["refresh_token"])
    assert program.token["refresh_token"] != first["refresh_token"]
    assert integration["name"] in customer.page("/my-integrations").text
    return program


def reads_what_was_agreed_and_nothing_else(stack: Stack, program: OAuth2Session, customer: Visitor) -> None:
    company = program.get(f"{stack.url}/3/companyinformation").json()["CompanyInformation"]
    assert company["CompanyName"] == "Bakery AB"
    assert company["DatabaseNumber"] == customer.call("GET", "/companies/current")["number"]
    assert program.get(f"{stack.url}/3/me").json()["Me"]["Email"] == customer.email
    refused = program.get(f"{stack.url}/3/settings/company")
    assert refused.status_code == 403
    assert refused.json()["ErrorInformation"]["Code"] == refused.json()["ErrorInformation"]["code"] == 2000663
    anonymous = requests.get(f"{stack.url}/3/companyinformation", timeout=20)
    assert anonymous.status_code == 401
    assert anonymous.headers["WWW-Authenticate"].startswith("Bearer")


def connects_a_service(stack: Stack, customer: Visitor, integration: dict[str, Any]) -> None:
    number = customer.call("GET", "/companies/current")["number"]
    service = OAuth2Session(integration["client_id"], integration["client_secret"])
    ask = {
        "url": f"{stack.url}/oauth-v1/token",
        "grant_type": "client_credentials",
        "headers": {"TenantId": str(number)},
    }
    with pytest.raises(Exception, match=r"(?i)grant|client|consent"):
        service.fetch_token(**ask)
    address, _ = OAuth2Session(
        integration["client_id"], scope="companyinformation", redirect_uri=CALLBACK
    ).create_authorization_url(f"{stack.url}/oauth-v1/auth", account_type="service", state="service")
    assert "code" in customer.approve(address)
    token = service.fetch_token(**ask)
    assert "refresh_token" not in token
    assert service.get(f"{stack.url}/3/companyinformation").status_code == 200


def keys_and_metadata_are_published(stack: Stack, program: OAuth2Session) -> None:
    metadata = requests.get(f"{stack.url}/.well-known/oauth-authorization-server", timeout=20).json()
    assert metadata["issuer"] == stack.url
    keys = requests.get(metadata["jwks_uri"], timeout=20).json()
    assert len(keys["keys"]) >= 2, "the next key is published before it signs"
    claims = jwt.decode(program.token["access_token"], KeySet.import_key_set(keys), algorithms=["ES256"]).claims
    assert claims["iss"] == stack.url
    assert claims["scope"] == " ".join(SCOPES)
    wrong = requests.post(
        metadata["token_endpoint"], auth=("nobody", "x"), data={"grant_type": "refresh_token"}, timeout=20
    )
    assert wrong.status_code == 401
    assert wrong.headers["WWW-Authenticate"].startswith("Basic"), "TK-21: the front gives the header back its name"


def statistics_show_it(stack: Stack, developer: Visitor, integration: dict[str, Any]) -> None:
    def activated(interval: str, which: str) -> int:
        query = {"interval": interval, "integration_id": which}
        found: int = developer.call("GET", "/statistics/activations", params=query)["totals"]["activated"]
        return found

    def folded() -> bool:
        stack.invoke("statistics-rollup", scheduled_event())
        return activated("day", integration["integration_id"]) == 1

    stack.eventually(folded, seconds=40, every=1)
    assert [activated(interval, "all") for interval in ("day", "week", "month")] == [1, 1, 1]
    assert integration["name"] in developer.page("/portal/statistics").text


def operator_sees_everybody(operator: Visitor, developer: Visitor, integration: dict[str, Any]) -> None:
    company = developer.call("GET", "/companies/current")
    assert company["name"] in operator.page("/operator").text
    assert integration["name"] in operator.page("/operator/integrations").text
    assert developer.browser.get(developer.url + "/operator/companies").status_code == 403


def disconnecting_ends_the_tokens(
    stack: Stack, customer: Visitor, integration: dict[str, Any], program: OAuth2Session
) -> None:
    customer.call("DELETE", f"/activations/{integration['integration_id']}")
    refused = requests.post(
        f"{stack.url}/oauth-v1/token",
        data={"grant_type": "refresh_token", "refresh_token": program.token["refresh_token"]},
        auth=(integration["client_id"], integration["client_secret"]),
        timeout=20,
    )
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")

    def is_refused() -> bool:
        headers = {"Authorization": f"Bearer {program.token['access_token']}"}
        return requests.get(f"{stack.url}/3/companyinformation", headers=headers, timeout=20).status_code == 401

    stack.eventually(is_refused, seconds=10)


def deletes_the_integration(developer: Visitor, integration: dict[str, Any]) -> None:
    path = f"/integrations/{integration['integration_id']}"
    developer.call("DELETE", path)
    assert developer.browser.get(developer.url + path).status_code == 404


def scheduled_event() -> dict[str, Any]:
    """What EventBridge sends when the schedule fires."""
    return {
        "version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "account": "0",
        "time": "2026-11-22T00:00:00Z", "region": "eu-north-1", "resources": [], "detail": {},
    }  # fmt: skip


def test_time_travel_lets_a_token_expire_on_this_stage_only(stack: Stack, unique: str) -> None:
    """The header moves the clock of one request; tests/architecture proves that other stages never read it."""
    customer = sign_up(stack, f"tim-{unique}@late.example", "Tim Late", "Late AB")
    assert customer.call("GET", "/sessions/current")["company"] == "Late AB"
    later = {"Anslut-Time-Travel": str(15 * 24 * 3600)}
    assert customer.browser.get(customer.url + "/sessions/current", headers=later).status_code == 401
    assert customer.browser.get(customer.url + "/sessions/current").status_code == 200


def _when(sandbox: dict[str, Any], status: str) -> dict[str, Any] | None:
    assert sandbox["status"] != "failed", sandbox
    return sandbox if sandbox["status"] == status else None


def _known(developer: Visitor, sandbox_id: str) -> bool:
    return sandbox_id in [entry["sandbox_id"] for entry in developer.call("GET", "/sandboxes")["items"]]
