"""Two companies, from the earlier system to the marketplace and out of it again, over HTTP against the embedded AWS."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from infra.seed import upload_image
from infra.visitor import Visitor, wait_for
from tests.e2e.pictures import square
from tests.e2e.stack import Stack
from tests.e2e.test_integration_races import REVIEWED, approval
from tests.e2e.test_story import PASSWORD, gets_the_licence, sign_up


@pytest.fixture
def operator(stack: Stack) -> Visitor:
    visitor = Visitor(stack.url, "operator@nordbok.example", "try-anslut-today")
    visitor.sign_in()
    return visitor


def test_two_companies(stack: Stack, operator: Visitor, unique: str) -> None:
    owner = is_migrated(stack, operator, unique)
    colleague = is_invited(stack, owner, unique)
    heir = sign_up(stack, f"heir-{unique}@codehouse.example", "Hanna Heir", f"Heirs {unique} AB")
    gets_the_licence(operator, heir)

    made = builds(colleague, unique)
    file = keeps_it_as_a_file(colleague, made)
    made = begins_anew_from_the_file(colleague, made, file)
    sends_it_in(stack, colleague, made)
    is_asked_for_changes(operator, colleague, made)
    is_published(stack, operator, colleague, made)
    updates_while_it_is_live(stack, operator, colleague, made)
    hands_it_over(stack, owner, heir, made, unique)
    is_suspended_and_comes_back(stack, operator, heir, made)


def is_migrated(stack: Stack, operator: Visitor, unique: str) -> Visitor:
    row = {
        "email": f"migrated-{unique}@codehouse.example", "name": "Mia Migrated", "company_name": f"Earlier {unique} AB",
        "organization_number": "556677-8899", "lang": "en",
    }  # fmt: skip
    operator.call("POST", "/operator/migrations", json={"rows": [row]})
    visitor = Visitor(stack.url, row["email"], PASSWORD)
    requests.post(f"{stack.url}/accounts/password-resets", json={"email": row["email"]}, timeout=30).raise_for_status()
    code = wait_for(lambda: _code(visitor, "reset"), "the mail with the way in")
    body = {"code": code, "password": PASSWORD}
    requests.post(f"{stack.url}/accounts/password-resets/completions", json=body, timeout=30).raise_for_status()
    session = visitor.sign_in()
    assert {"owner", "developer"} <= set(session["roles"])
    tenant_id = visitor.call("GET", "/companies/current")["tenant_id"]
    if visitor.call("GET", "/companies/current")["licence"] != "granted":
        grant = {"action": "grant", "reason": "Had one in the earlier system"}
        operator.call("POST", f"/operator/companies/{tenant_id}/licence", json=grant)
    return visitor


def is_invited(stack: Stack, owner: Visitor, unique: str) -> Visitor:
    colleague = Visitor(stack.url, f"colleague-{unique}@codehouse.example", PASSWORD)
    owner.call("POST", "/companies/current/invitations", json={
        "email": colleague.email, "portal_role": "developer", "lang": "en",
    })  # fmt: skip
    code = wait_for(lambda: _code(colleague, "invitation"), "the invitation")
    body = {"code": code, "name": "Cleo Colleague", "password": PASSWORD, "lang": "en"}
    requests.post(f"{stack.url}/invitations/acceptances", json=body, timeout=30).raise_for_status()
    assert "developer" in colleague.sign_in()["roles"]
    return colleague


def builds(colleague: Visitor, unique: str) -> dict[str, Any]:
    body = {"name": f"Tale {unique}", "scopes": ["profile", "companyinformation"], **REVIEWED}
    made: dict[str, Any] = colleague.call("POST", "/integrations", json=body, expect=201)
    return made


def keeps_it_as_a_file(colleague: Visitor, made: dict[str, Any]) -> str:
    answer = colleague.browser.get(f"{colleague.url}/integrations/{made['integration_id']}/file", timeout=30)
    assert answer.status_code == 200
    assert made["client_id"] not in answer.text
    return answer.text


def begins_anew_from_the_file(colleague: Visitor, made: dict[str, Any], file: str) -> dict[str, Any]:
    colleague.call("DELETE", f"/integrations/{made['integration_id']}")
    answer = colleague.browser.post(
        f"{colleague.url}/integrations/files",
        data=file.encode(),
        headers={"Content-Type": "application/json"},
        timeout=30,
    )
    assert answer.status_code == 201, answer.text
    again: dict[str, Any] = answer.json()
    assert keeps_it_as_a_file(colleague, again) == file
    return again


def sends_it_in(stack: Stack, colleague: Visitor, made: dict[str, Any]) -> None:
    path = f"/integrations/{made['integration_id']}"
    refused = colleague.browser.post(f"{stack.url}{path}/publication", json={"action": "submit"}, timeout=30)
    assert refused.json()["code"] == "agreement-required"
    version = colleague.call("GET", "/partner-agreement")["version"]
    colleague.call("POST", "/partner-agreement", json={"version": version})
    refused = colleague.browser.post(f"{stack.url}{path}/publication", json={"action": "submit"}, timeout=30)
    assert refused.json()["code"] == "checklist"
    upload_image(colleague, f"{path}/images", "logo", square(), "image/png")
    assert colleague.call("POST", f"{path}/publication", json={"action": "submit"})["status"] == "in_review"


def is_asked_for_changes(operator: Visitor, colleague: Visitor, made: dict[str, Any]) -> None:
    path = f"/operator/publications/{made['integration_id']}"
    review = operator.call("GET", path)
    verdicts = [
        {"rule": one["rule"], "is_fulfilled": one["rule"] != "truthful", "comment": "Whose picture is it?"}
        for one in review["findings"]
    ]
    body = {"action": "request_changes", "version": review["publication"]["version"], "reason": "The logo is not yours.",
            "verdicts": verdicts}  # fmt: skip
    operator.call("POST", path, json=body)
    seen = colleague.call("GET", f"/integrations/{made['integration_id']}/publication")
    assert (seen["status"], seen["reason"]) == ("changes_requested", "The logo is not yours.")
    wait_for(lambda: [mail for mail in colleague.mails() if "changes requested" in mail["subject"]], "the mail")
    text = f"The reviewer asked, and we drew it ourselves. {made['client_id']} " * 2
    colleague.call("PATCH", f"/integrations/{made['integration_id']}", json={"description": text})


def is_published(stack: Stack, operator: Visitor, colleague: Visitor, made: dict[str, Any]) -> None:
    path = f"/integrations/{made['integration_id']}/publication"
    colleague.call("POST", path, json={"action": "submit"})
    operator.call("POST", f"/operator/publications/{made['integration_id']}", json=approval(operator, made))
    listing = wait_for(lambda: _listing(stack, made), "the listing")
    assert "we drew it ourselves" in listing["description"]


def updates_while_it_is_live(stack: Stack, operator: Visitor, colleague: Visitor, made: dict[str, Any]) -> None:
    path = f"/integrations/{made['integration_id']}"
    colleague.call("PATCH", path, json={"description": "Now it reads invoices too, and what was there is there. " * 3})
    colleague.call("POST", f"{path}/publication", json={"action": "submit"})
    assert "we drew it ourselves" in _listing(stack, made)["description"]
    operator.call("POST", f"/operator/publications/{made['integration_id']}", json=approval(operator, made))
    wait_for(lambda: "reads invoices" in _listing(stack, made)["description"], "the update")


def hands_it_over(stack: Stack, owner: Visitor, heir: Visitor, made: dict[str, Any], unique: str) -> None:
    number = heir.call("GET", "/companies/current")["number"]
    path = f"/integrations/{made['integration_id']}/transfer"
    owner.call("POST", path, json={"company_number": number}, expect=201)
    wait_for(lambda: [mail for mail in heir.mails() if "offers you" in mail["subject"]], "the mail of the offer")
    accept = f"{stack.url}/transfers/{made['integration_id']}/acceptance"
    assert heir.browser.post(accept, timeout=30).json()["code"] == "agreement-required"
    version = heir.call("GET", "/partner-agreement")["version"]
    heir.call("POST", "/partner-agreement", json={"version": version})
    taken = heir.call("POST", f"/transfers/{made['integration_id']}/acceptance")
    assert taken["client_id"] == made["client_id"]
    assert taken["client_secret"] != made["client_secret"]
    wait_for(lambda: _listing(stack, made)["developer"] == f"Heirs {unique} AB", "the new developer's name")


def is_suspended_and_comes_back(stack: Stack, operator: Visitor, heir: Visitor, made: dict[str, Any]) -> None:
    path = f"/operator/publications/{made['integration_id']}"
    for action, is_live in (("suspend", False), ("unsuspend", True), ("delist", False)):
        version = operator.call("GET", path)["publication"]["version"]
        operator.call("POST", path, json={"action": action, "version": version, "reason": "Customers complained."})
        wait_for(lambda is_live=is_live: bool(_listing(stack, made)) is is_live, f"{action} to be seen")
    assert heir.call("GET", f"/integrations/{made['integration_id']}/publication")["status"] == "unpublished"


def _code(visitor: Visitor, page: str) -> str | None:
    found = [re.search(rf"/{page}\?code=([A-Za-z0-9_.~-]+)", mail["text"]) for mail in visitor.mails()]
    return next((code[1] for code in found if code), None)


def _listing(stack: Stack, made: dict[str, Any]) -> dict[str, Any]:
    answer = requests.get(f"{stack.url}/listings/{made['integration_id']}", timeout=30)
    found: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
    return found
