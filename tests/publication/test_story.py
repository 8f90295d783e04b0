"""Publication over the portal: agreement, checklist, review, four eyes, price lock, mails, log, and what is live."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest

from chalicelib.accounts.domain import PortalRole, StaffRole
from chalicelib.callbacks import repository as callbacks_repository
from chalicelib.callbacks.domain import SCENARIOS, CallbackRun, Outcome, RunStatus, Verdict
from chalicelib.images import service as images
from chalicelib.integrations import service as integrations
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.publication import repository, service
from chalicelib.publication.domain import ReviewOutdatedError, checklist
from chalicelib.publication.schemas import ReviewStep
from tests import factories
from tests.client import Client
from tests.factories import aws_calls, developer, mails, operator, told, whoami

EN = {"Accept": "text/html", "Accept-Language": "en"}
DETAILS = {
    "name": "Kvitto Sync", "scopes": ["invoice"], "description": "Photograph a receipt and the voucher is there. " * 3,
    "category": "receipts", "contact_email": "a@b.example", "redirect_uris": ["https://app.example/cb"],
    "sales_channel": "platform", "price_minor": 9900,
}  # fmt: skip
ALL_GOOD = [{"rule": rule.rule, "is_fulfilled": True} for rule in checklist().rules]


@pytest.fixture
def owner(client, monkeypatch):
    monkeypatch.setattr(images, "logo_url_of", lambda _: "/images/logo.png")
    return developer(client)


@pytest.fixture
def staff(client, owner):
    return operator(client)


@pytest.fixture
def made(owner):
    return owner.post("/integrations", json=DETAILS).json


def here(made):
    return f"/integrations/{made['integration_id']}/publication"


def accept(owner):
    version = owner.get("/partner-agreement").json["version"]
    return owner.post("/partner-agreement", json={"version": version})


def submit(owner, made, **more):
    return owner.post(here(made), json={"action": "submit", **more})


def decide(staff, made, action, **more):
    path = f"/operator/publications/{made['integration_id']}"
    version = staff.get(path).json["publication"]["version"]
    return staff.post(path, json={"action": action, "version": version, **more})


def published(owner, staff, made, **more):
    accept(owner)
    assert submit(owner, made, **more).status == 200
    answer = decide(staff, made, "approve", verdicts=ALL_GOOD)
    assert answer.status == 200, answer.text
    return answer.json


def press(browser, page, **fields):
    token = browser.get(page, headers=EN).form_token
    return browser.post(page, form={"form_token": token, **fields}, headers=EN)


def status_of(made):
    return str(integrations.get_public(made["integration_id"]).status)


def test_the_agreement_is_accepted_once_and_names_who(owner, made):
    assert submit(owner, made).json["code"] == "agreement-required"
    assert owner.post("/partner-agreement", json={"version": "old"}).status == 422
    first = accept(owner).json
    assert (first["accepted_by"], first["accepted_at"] is not None) == (whoami(owner).account.name, True)
    assert accept(owner).json == first


def test_what_the_checklist_misses_stops_the_request(owner, made):
    accept(owner)
    owner.request("PATCH", f"/integrations/{made['integration_id']}", json={"description": "short"})
    answer = submit(owner, made)
    assert (answer.status, answer.json["code"], answer.json["rules"]) == (409, "checklist", ["description"])
    found = owner.get(f"{here(made)}/checklist").json
    (line,) = [one for one in found["findings"] if one["rule"] == "description"]
    assert (found["is_complete"], line["evidence"]) == (False, "5 characters, at least 60 are needed.")


def test_from_request_to_listing_with_mails_and_log(owner, staff, made):
    ready = published(owner, staff, made)
    assert (ready["status"], ready["is_live"], ready["listing_version"]) == ("published", True, 1)
    assert status_of(made) == "published"
    (event,) = told("publication.*")
    assert (event.event_type, event.data["listing"]["name"]) == ("publication.listed", "Kvitto Sync")
    subjects = [mail.subject for mail in mails()]
    assert subjects == ["Kvitto Sync: skickad till granskning", "Kvitto Sync: approved and published"]
    log = staff.get(f"/operator/companies/{whoami(owner).company.tenant_id}/audit").json["items"]
    assert [one["action"] for one in log] == ["publication.approve", "publication.submit"]
    notes = owner.get(f"{here(made)}/notes").json["items"]
    assert [(one["kind"], one["side"]) for one in notes] == [("approve", "operator"), ("submit", "developer")]


def test_BO_19_what_is_live_stays_while_an_update_is_edited_reviewed_and_taken_back(owner, staff, made):
    published(owner, staff, made)
    path = f"/integrations/{made['integration_id']}"
    assert owner.request("PATCH", path, json={"name": "New name"}).status == 200
    assert submit(owner, made).json["is_live"]
    review = staff.get(f"/operator/publications/{made['integration_id']}").json
    assert review["changes"] == [{"field": "name", "before": "Kvitto Sync", "after": "New name"}]
    assert owner.post(here(made), json={"action": "cancel"}).json["status"] == "published"
    submit(owner, made)
    asked = decide(staff, made, "request_changes", reason="The name misleads.")
    assert (asked.json["status"], asked.json["is_live"]) == ("changes_requested", True)
    assert len(told("publication.*")) == 1, "nothing customers see has changed"
    found = service.get_review(made["integration_id"]).publication
    assert found.live is not None
    assert found.live.name == "Kvitto Sync"
    submit(owner, made)
    assert decide(staff, made, "approve", verdicts=ALL_GOOD).json["listing_version"] == 2
    assert told("publication.*")[-1].data["listing"]["name"] == "New name"


def test_BO_17_nobody_decides_on_their_own(client, owner, staff, made):
    accept(owner)
    submit(owner, made)
    person = whoami(staff)
    own = factories.new_person(company=whoami(owner).company, portal_role=PortalRole.OWNER)
    assert own
    membership = replace(
        whoami(owner).membership, account_id=person.account.account_id, portal_role=PortalRole.DEVELOPER
    )
    from chalicelib.accounts import repository as accounts_rows
    from chalicelib.kit import store

    with store.transaction() as tx:
        accounts_rows.put_membership(tx, membership)
    answer = decide(staff, made, "approve", verdicts=ALL_GOOD)
    assert (answer.status, answer.json["code"]) == (403, "four-eyes")
    colleague = operator(client, staff_role=StaffRole.REVIEWER)
    assert decide(colleague, made, "approve", verdicts=ALL_GOOD).status == 200


def test_an_approval_needs_every_rule_judged_and_a_refusal_a_reason(owner, staff, made):
    accept(owner)
    submit(owner, made)
    assert decide(staff, made, "approve", verdicts=ALL_GOOD[1:]).status == 422
    assert decide(staff, made, "approve", verdicts=[{"rule": "nonsense", "is_fulfilled": True}]).status == 422
    assert decide(staff, made, "request_changes").status == 422
    assert decide(staff, made, "request_changes", reason="x", verdicts=ALL_GOOD[:1]).json["reason"] == "x"


def test_what_the_reviewer_looked_at_is_what_is_approved(owner, staff, made):
    accept(owner)
    seen = submit(owner, made).json["version"]
    owner.post(here(made), json={"action": "cancel"})
    submit(owner, made)
    body = {"action": "approve", "version": seen, "verdicts": ALL_GOOD}
    answer = staff.post(f"/operator/publications/{made['integration_id']}", json=body)
    assert (answer.status, answer.json["code"]) == (412, "review-outdated")


def test_of_two_decisions_at_once_one_wins(owner, staff, made, monkeypatch):
    accept(owner)
    version = submit(owner, made).json["version"]
    stale = repository.find_publication(whoami(owner).company.tenant_id, made["integration_id"])
    assert decide(staff, made, "request_changes", reason="No").status == 200
    monkeypatch.setattr(repository, "find_publication", lambda *_: stale)
    command = ReviewStep.model_validate({"action": "approve", "version": version, "verdicts": ALL_GOOD})
    with pytest.raises(ReviewOutdatedError):
        service.review(whoami(staff).ctx(), made["integration_id"], command)
    monkeypatch.undo()
    assert (status_of(made), told("publication.*")) == ("draft", [])


def test_the_price_is_locked_until_unpublished_and_can_go_back(owner, staff, made):
    published(owner, staff, made)
    path = f"/integrations/{made['integration_id']}"
    for change in ({"price_minor": 1}, {"licence_model": "per_user"}, {"sales_channel": None, "price_minor": None}):
        answer = owner.request("PATCH", path, json=change)
        assert (answer.status, answer.json["code"]) == (409, "price-locked")
    assert owner.request("PATCH", path, json={"name": "Other", "price_minor": 9900}).status == 200
    assert owner.post(here(made), json={"action": "unpublish"}).json["is_live"] is False
    assert status_of(made) == "draft"
    assert owner.request("PATCH", path, json={"price_minor": 1}).status == 200
    assert told("publication.*")[-1].event_type == "publication.unlisted"


def test_O4_suspended_is_gone_at_once_and_comes_back(owner, staff, made):
    published(owner, staff, made)
    assert decide(staff, made, "suspend", reason="It leaks data.").json["is_live"] is False
    assert status_of(made) == "suspended"
    assert submit(owner, made).json["code"] == "publication-state"
    assert "It leaks data." in mails()[-1].text
    assert decide(staff, made, "unsuspend", reason="Fixed.").json["status"] == "published"
    assert [event.event_type for event in told("publication.*")][-1] == "publication.listed"


def test_O4_the_operator_chooses_whether_customers_may_go_on(staff, made):
    decide(staff, made, "suspend", reason="Unclear terms.", keeps_customers=True)
    kept = integrations.get_public(made["integration_id"])
    assert (kept.status, kept.keeps_customers, kept.is_stopped) == ("suspended", True, False)
    decide(staff, made, "unsuspend", reason="Clear.")
    back = integrations.get_public(made["integration_id"])
    assert (back.keeps_customers, back.is_stopped) == (False, False)


def test_one_that_was_never_sent_in_can_be_suspended_too(staff, made):
    assert decide(staff, made, "suspend", reason="Phishing").json["status"] == "suspended"
    assert status_of(made) == "suspended"
    assert decide(staff, made, "unsuspend", reason="A mistake").json["status"] == "draft"


def test_messages_go_both_ways(owner, staff, made):
    path = f"{here(made)}/messages"
    assert owner.post(path, json={"text": "Hello?"}).status == 404
    accept(owner)
    submit(owner, made)
    assert owner.post(path, json={"text": "When?"}).status == 201
    assert staff.post(f"/operator/publications/{made['integration_id']}/messages", json={"text": "Soon."}).status == 201
    assert ["When?" in mails()[-2].text, "Soon." in mails()[-1].text] == [True, True]
    assert [one["text"] for one in owner.get(f"{here(made)}/notes").json["items"]] == ["Soon.", "When?", ""]


def test_the_queue_is_one_query_longest_waiting_first(owner, staff, made):
    accept(owner)
    submit(owner, made)
    second = owner.post("/integrations", json=DETAILS | {"name": "Second"}).json
    submit(owner, second)
    names = [one["name"] for one in staff.get("/operator/publications").json["items"]]
    assert names == ["Kvitto Sync", "Second"]
    from chalicelib.publication.schemas import QueueQuery

    with aws_calls() as calls:
        service.list_queue(whoami(staff).ctx(), QueueQuery())
    assert calls == ["Query"]


def test_another_company_finds_nothing_and_customers_may_not(client, owner, made):
    stranger = developer(client)
    assert stranger.get(here(made)).status == 404
    assert submit(stranger, made).status in {404, 409}
    assert stranger.get(f"/operator/publications/{made['integration_id']}").status == 403
    assert factories.customer(client).get(here(made)).status == 403


def test_deleting_the_integration_takes_the_publication_along(owner, staff, made):
    published(owner, staff, made)
    assert owner.request("DELETE", f"/integrations/{made['integration_id']}").status == 204
    assert repository.PublicationItem.count() == 0


def test_D4_pages_from_the_tab_to_the_decision(owner, staff, made):
    tab = f"/portal/integrations/{made['integration_id']}/publish"
    page = owner.get(tab, headers=EN)
    assert page.status == 200
    assert "I accept the partner agreement" in page.text
    refused = press(owner, tab, action="submit", place="marketplace")
    assert refused.status == 409
    version = owner.get("/partner-agreement").json["version"]
    assert press(owner, tab, action="submit", place="marketplace", agreement=version).status == 303
    assert "In review" in owner.get(tab, headers=EN).text
    assert made["integration_id"] in staff.get("/operator/reviews", headers=EN).text
    review = f"/operator/reviews/{made['integration_id']}"
    publication = service.get_review(made["integration_id"]).publication
    fields = {"version": publication.version, "fulfilled": [rule.rule for rule in checklist().rules[:-1]]}
    assert press(staff, review, action="approve", **fields).status == 422
    assert press(staff, review, action="request_changes", reason="Not truthful", **fields).status == 303
    page = owner.get(tab, headers=EN)
    assert "Not truthful" in page.text
    assert "Not fulfilled: Name, text and pictures" in page.text
    assert owner.submit(tab, f"{tab}/messages", text="Now?").status == 303
    assert owner.submit(tab, f"{tab}/messages", text="").status == 422
    assert press(owner, tab, action="submit", place="website").status == 303
    publication = service.get_review(made["integration_id"]).publication
    fields = {"version": publication.version, "fulfilled": [rule.rule for rule in checklist().rules]}
    assert press(staff, review, action="approve", **fields).status == 303
    assert "Version 1 is what customers see" in owner.get(tab, headers=EN).text
    assert staff.submit(review, f"{review}/messages", text="Welcome").status == 303


def test_the_demo_publishes_its_first_integration_and_does_so_once(owner, staff):
    from infra.seed import INTEGRATIONS, publish

    @dataclass
    class Visitor:
        client: Client

        def call(self, method, path, json=None):
            answer = self.client.request(method, path, json=json)
            assert answer.status < 400, answer.text
            return answer.json

    made = owner.post("/integrations", json=INTEGRATIONS[0]).json
    for _ in range(2):
        publish(Visitor(staff), Visitor(owner), made)
    assert (status_of(made), len(told("publication.*"))) == ("published", 1)


def test_the_operator_takes_a_listing_out_with_a_reason_and_it_can_come_back(owner, staff, made):
    published(owner, staff, made)
    assert decide(staff, made, "delist").status == 422
    answer = decide(staff, made, "delist", reason="Customers complained.")
    assert (answer.json["status"], answer.json["is_live"], answer.json["reason"]) == (
        "unpublished", False, "Customers complained.",
    )  # fmt: skip
    assert status_of(made) == "draft"
    assert any("taken out of the marketplace" in mail.subject for mail in mails(whoami(owner).account.email))
    assert decide(staff, made, "delist", reason="Again").status == 409
    assert submit(owner, made).status == 200


def test_O3_a_reason_that_comes_often_and_comments_on_rules_reach_the_developer(owner, staff, made):
    accept(owner)
    submit(owner, made)
    review = f"/operator/reviews/{made['integration_id']}"
    page = staff.get(review, headers=EN).text
    assert "Nobody answers at the contact address." in page
    version = service.get_review(made["integration_id"]).publication.version
    answer = press(
        staff, review, action="request_changes", canned="contact", reason="We wrote twice.", version=version,
        **{"comment-contact": "No answer in five days", "fulfilled": ["category"]},
    )  # fmt: skip
    assert answer.status == 303
    seen = owner.get(here(made)).json
    assert seen["reason"] == "Nobody answers at the contact address.\n\nWe wrote twice."
    (verdict,) = [one for one in seen["verdicts"] if one["rule"] == "contact"]
    assert (verdict["is_fulfilled"], verdict["comment"]) == (False, "No answer in five days")
    tab = f"/portal/integrations/{made['integration_id']}/publish"
    assert "No answer in five days" in owner.get(tab, headers=EN).text
    wrong = press(
        staff, review, action="request_changes", reason="x", version=version, **{"comment-contact": "x" * 501}
    )
    assert wrong.status == 422


def test_O2_what_the_rules_found_is_ticked_already(owner, staff, made):
    accept(owner)
    submit(owner, made)
    page = staff.get(f"/operator/reviews/{made['integration_id']}", headers=EN).text
    assert re.search(r'value="category" checked', page)
    assert not re.search(r'value="truthful" checked', page)


def test_a_callback_test_is_evidence(owner, made):
    def finding():
        found = owner.get(f"{here(made)}/checklist").json["findings"]
        return next(one for one in found if one["rule"] == "callback")

    assert (finding()["is_fulfilled"], finding()["evidence"]) == (None, "No callback test has come to an end yet.")
    integration = integrations.get_public(made["integration_id"])
    now = new_context().now
    outcomes = tuple(Outcome(scenario=one, verdict=Verdict.OK, finding="") for one in SCENARIOS)
    run = CallbackRun(
        integration_id=integration.integration_id, run_id="run_1", tenant_id=integration.tenant_id,
        redirect_uri="https://a.example/", status=RunStatus.DONE, started_at=now, outcomes=outcomes,
    )  # fmt: skip
    with store.transaction() as tx:
        callbacks_repository.put_run(tx, run, None)
    assert finding()["is_fulfilled"] is True
    assert finding()["evidence"].endswith("5 of 5 scenarios are good.")


def test_a_handed_over_listing_stays_live_under_its_new_developers_name(owner, staff, made, client):
    published(owner, staff, made)
    heir = developer(client)
    number = whoami(heir).company.number
    assert owner.post(f"/integrations/{made['integration_id']}/transfer", json={"company_number": number}).status == 201
    accept_path = f"/transfers/{made['integration_id']}/acceptance"
    assert heir.post(accept_path).json["code"] == "agreement-required"
    assert (
        heir.submit("/portal/partner-agreement", version=heir.get("/partner-agreement").json["version"]).status == 303
    )
    assert heir.post(accept_path).status == 200
    assert heir.get(here(made)).json["is_live"]
    event = told("publication.listed")[-1]
    assert (event.data["developer"], event.data["tenant_id"]) == (
        whoami(heir).company.name, whoami(heir).company.tenant_id,
    )  # fmt: skip
    assert owner.get(here(made)).status == 404
