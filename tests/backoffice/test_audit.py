"""The audit log: rows from events, once each, read by the company it concerns and by nobody else."""

from __future__ import annotations

import random
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from chalicelib.accounts import repository
from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import PortalRole
from chalicelib.accounts.schemas import InvitationCreate
from chalicelib.accounts.service.passwords import hash_password
from chalicelib.backoffice import audit
from chalicelib.backoffice.domain import AuditEntry
from chalicelib.backoffice.events import backoffice_audit
from chalicelib.backoffice.repository import AuditItem
from chalicelib.backoffice.words import WORDS
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.kit.outbox import consumers_of, parse_event
from tests.factories import customer, developer, new_person, operator, told, whoami


def deliver(events):
    """As the queue does, at least once and in no order."""
    records = [{"messageId": event.event_id, "body": event.to_json()} for event in events]
    random.Random(7).shuffle(records)
    for _ in range(2):
        answer = backoffice_audit({"Records": records}, SimpleNamespace())
        assert answer == {"batchItemFailures": []}


def deliver_all():
    deliver([event for event in told() if "audit" in consumers_of(event.event_type)])


def test_OP_21_what_is_done_to_people_integrations_and_licence_is_in_the_log_once(client, app):
    boss = developer(app)
    tenant_id = whoami(boss).company.tenant_id
    made = boss.post("/integrations", json={"name": "=cmd()", "scopes": ["companyinformation"]}).json
    boss.post("/companies/current/invitations", json={"email": "berit@example.se", "portal_role": "viewer"})
    operator(app).post(f"/operator/companies/{tenant_id}/licence", json={"action": "suspend", "reason": "Because"})
    deliver_all()
    entries = boss.get("/companies/current/audit").json["items"]
    assert sorted(entry["action"] for entry in entries) == ["integration.created", "licence.suspend", "member.invited"]
    by = {entry["action"]: entry for entry in entries}
    assert by["member.invited"]["email"] == whoami(boss).account.email
    assert by["member.invited"]["details"]["after"] == ["viewer"]
    assert by["licence.suspend"]["reason"] == "Because"
    assert (by["licence.suspend"]["email"], by["licence.suspend"]["account_id"]) == ("", "operator")
    whole = str([row.to_simple_dict() for row in AuditItem.scan()])
    assert made["client_secret"] not in whole
    assert boss.get("/companies/current/audit?about=member").json["items"] == [by["member.invited"]]
    assert boss.get("/companies/current/audit?until=2020-01-01").json["items"] == []
    assert len(boss.get("/companies/current/audit?since=2020-01-01").json["items"]) == 3


def test_a_company_reads_its_own_log_only_and_plain_users_none(client, app):
    boss, other = developer(app), developer(app)
    accounts.invite(whoami(boss).ctx(), InvitationCreate(email="berit@example.se"))
    deliver_all()
    assert other.get("/companies/current/audit").json["items"] == []
    colleague = new_person(company=whoami(boss).company, is_administrator=False, portal_role=PortalRole.VIEWER)
    assert customer(app, is_administrator=False).get("/account/audit").status == 403
    assert colleague.actor.roles == {"member", "user", "viewer", "licensed", "builder"}


def test_an_event_without_a_company_leaves_no_row(aws):
    deliver([parse_event(_event())])
    assert AuditItem.count() == 0


def _event() -> str:
    from chalicelib.kit.outbox import new_event

    return new_event(new_context(), "integration.created", "int_1").to_json()


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_IN_18_no_cell_of_the_file_begins_a_formula(start):
    entry = AuditEntry(
        entry_id="aud_1", tenant_id="ten_1", action="licence.grant", subject="ten_1", reason=start, account_id="acc_1",
        email="a@example.se", request_id="req_1", created_at=new_context().now,
    )  # fmt: skip
    line = audit.render_csv([entry]).split("\n", 1)[1]
    assert f"'{start}" in line


def test_the_page_and_the_file_show_the_same(client, app):
    boss = developer(app)
    accounts.invite(whoami(boss).ctx(), InvitationCreate(email="berit@example.se"))
    deliver_all()
    page = boss.get("/account/audit?about=member")
    assert "berit@example.se" in page.text
    file = boss.get("/account/audit.csv?about=member")
    assert file.headers["content-type"].startswith("text/csv")
    assert "member.invited" in file.text
    assert boss.get("/account/audit.csv?about=licence").text.count("\n") == 1


def test_a_password_that_changes_stands_in_the_companys_log_in_words(client, app):
    boss = developer(app)
    boss.cookies["lang"] = "sv"
    with store.transaction() as tx:
        ours = hash_password("correct horse battery")
        repository.set_password(tx, whoami(boss).account.account_id, ours, new_context().now)
    changed = {"password": "correct horse battery", "new_password": "another good long password"}
    assert boss.request("PUT", "/accounts/current/password", json=changed).status < 300
    deliver_all()
    (entry,) = boss.get("/companies/current/audit?about=account").json["items"]
    assert (entry["action"], entry["email"]) == ("account.password_changed", whoami(boss).account.email)
    assert "another good" not in str([row.to_simple_dict() for row in AuditItem.scan()])
    page = boss.get("/account/audit", headers={"Accept": "text/html"}).text
    assert "Bytte lösenord" in page
    assert "account.password_changed" not in page


def test_every_event_that_reaches_the_log_has_words():
    told_somewhere = {
        name
        for path in Path("chalicelib").rglob("*.py")
        for name in re.findall(
            r'"((?:account|member|activation|integration)\.[a-z_]+)"', path.read_text(encoding="utf-8")
        )
    }
    assert told_somewhere <= set(WORDS)


def test_an_integration_has_a_page_of_what_happened_to_it_and_to_it_alone(client, app):
    boss = developer(app)
    first = boss.post("/integrations", json={"name": "Kvitto", "scopes": ["profile"]}).json["integration_id"]
    boss.post("/integrations", json={"name": "Lager", "scopes": ["profile"]})
    deliver_all()
    page = boss.get(f"/portal/integrations/{first}/activity", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert page.text.count("Created an integration") == 1
    assert developer(app).get(f"/portal/integrations/{first}/activity").status == 404
