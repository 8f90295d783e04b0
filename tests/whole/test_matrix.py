"""BO-01: every route tried by every role; what the matrix does not allow is refused by the guard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import registry
from chalicelib.accounts import repository as accounts_repository
from chalicelib.accounts.domain import SESSION_LIFETIME, CompanyRole, PortalRole, StaffRole
from chalicelib.activations.domain import ConsentKind
from chalicelib.integrations.service import scope_catalogue
from chalicelib.kit.context import new_context
from chalicelib.kit.http import Route
from chalicelib.oauth.domain import TokenSubject
from chalicelib.oauth.service import rotate_signing_keys
from chalicelib.oauth.tokens import mint_access_token
from tests import factories
from tests.client import Answer, Client
from tests.conftest import fresh_aws
from tests.whole.matrix import AUDIENCES, LICENSED, MATRIX, OWNED, RECORDS, ROLES, ROWS

ROUTES = {f"{route.method} {route.path}": route for route in registry.all_routes()}
LAST = ("DELETE /sessions", "DELETE /sessions/current")  # these end the session that asks
HOME_ROLES = ("READERS", "BUILDERS", "LEADS")


class House:
    def __init__(self, app: Any) -> None:
        rotate_signing_keys(new_context())
        self.people: dict[str, Client] = {
            "anonymous": Client(app),
            "reader": factories.customer(app, is_administrator=False, company_role=CompanyRole.READER),
            "user": factories.customer(app, is_administrator=False),
            "bookkeeper": factories.customer(app, is_administrator=False, company_role=CompanyRole.BOOKKEEPER),
            "administrator": factories.customer(app),
            "viewer": factories.developer(app, portal_role=PortalRole.VIEWER, is_administrator=False),
            "developer": factories.developer(app, portal_role=PortalRole.DEVELOPER, is_administrator=False),
            "owner": factories.developer(app, is_administrator=False),
            "reviewer": factories.operator(app, staff_role=StaffRole.REVIEWER, is_administrator=False),
            "staff": factories.operator(app, is_administrator=False),
            "expired session": expired(app),
            "api token": Client(app, headers={"Authorization": f"Bearer {api_token(app)}"}),
            "access token": Client(app, headers={"Authorization": f"Bearer {access_token(app)}"}),
        }
        self.victim = factories.developer(app)
        self.stranger = factories.developer(app)
        made = self.victim.post("/integrations", json={"name": "A's own", "scopes": ["companyinformation"]}).json
        self.ids = {
            "integration_id": made["integration_id"],
            "sandbox_id": self.victim.post("/sandboxes", json={"name": "A's sandbox"}).json["sandbox_id"],
            "account_id": factories.whoami(self.victim).account.account_id,
            "invitation_id": self.victim.post(
                "/companies/current/invitations", json={"email": "invited@example.se"}
            ).json["invitation_id"],
        }


def expired(app: Any) -> Client:
    """A session that rested too long; the row may still be there, DynamoDB removes it when it has time."""
    client = factories.developer(app)
    session = accounts_repository.list_sessions(factories.whoami(client).account.account_id)[0]
    old = session.created_at - SESSION_LIFETIME
    accounts_repository.save_session(replace(session, created_at=old, checked_at=old))
    return client


def api_token(app: Any) -> str:
    made: str = factories.developer(app).post("/api-tokens", json={"name": "pipeline"}).json["token"]
    return made


def access_token(app: Any) -> str:
    person, scopes = factories.new_person(), frozenset(scope_catalogue())
    subject = TokenSubject(
        client_id="matrixclient", integration_id="int_matrix", activation_id="act_matrix",
        tenant_id=person.company.tenant_id, tenant_number=person.company.number, account_id=person.account.account_id,
        kind=ConsentKind.USER, scopes=scopes,
    )  # fmt: skip
    return mint_access_token(new_context(), subject, scopes)


@pytest.fixture(scope="module")
def house(app: Any) -> Iterator[House]:
    with fresh_aws():
        yield House(app)


def call(client: Client, route: Route, ids: dict[str, str], token: str = "") -> Answer:
    path = re.sub(r"{(\w+)}", lambda name: ids.get(name[1], "xxx_nobody"), route.path)
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    if route.kind == "page" and route.method == "POST":
        return client.post(path, form={"form_token": token}, headers=headers)
    return client.request(route.method, path, json={} if route.body else None, headers=headers)


def is_refused(answer: Answer) -> bool:
    """By the guard: somebody unknown is asked to sign in, somebody known lacks the role."""
    sent_away = answer.status == 303 and answer.headers["location"].startswith("/sign-in")
    return sent_away or answer.status == 401 or (answer.status == 403 and "This needs the role" in answer.text)


def test_every_route_has_a_row_and_every_row_a_route():
    assert sorted(set(ROUTES) - set(MATRIX)) == [], "add them to tests/whole/matrix.py"
    assert sorted(set(MATRIX) - set(ROUTES)) == [], "these routes are gone"
    assert sum(map(len, ROWS.values())) == len(MATRIX), "a route stands in one audience"


@pytest.mark.parametrize("role", ROLES)
def test_BO_01_each_role_reaches_what_the_matrix_says_and_nothing_else(house, role):
    wrong = []
    for row in [*(row for row in MATRIX if row not in LAST), *LAST]:
        route, allowed = ROUTES[row], role in MATRIX[row]
        if MATRIX[row] == AUDIENCES["PUBLIC"]:
            if route.guard.name != "public":
                wrong.append(f"{row}: not public")
            continue
        answer = call(house.people[role], route, {})
        if is_refused(answer) == allowed or answer.status >= 500:
            wrong.append(f"{row}: {answer.status}, expected {'in' if allowed else 'out'}")
    assert wrong == []


@pytest.mark.parametrize("action", ["suspend", "withdraw"])
def test_without_a_licence_in_force_nothing_changes_and_records_are_still_read(house, action):
    owner = factories.developer(house.stranger.app)
    ids = {"integration_id": owner.post("/integrations", json={"name": f"Held {action}", "scopes": ["companyinformation"]}).json["integration_id"]}  # fmt: skip
    boss, tenant_id = house.people["staff"], factories.whoami(owner).company.tenant_id
    assert (
        boss.post(f"/operator/companies/{tenant_id}/licence", json={"action": action, "reason": "Because"}).status
        == 200
    )
    wrong = []
    for row, body in LICENSED.items():
        answer = owner.request(
            ROUTES[row].method, re.sub(r"{(\w+)}", lambda name: ids[name[1]], ROUTES[row].path), json=body
        )
        if (answer.status, answer.json.get("code")) != (403, "developer-licence-required"):
            wrong.append(f"{row}: {answer.status} {answer.text[:120]}")
    wrong += [row for row in RECORDS if call(owner, ROUTES[row], ids).status != 200]
    assert wrong == []


def test_BO_02_nothing_of_another_company_is_found(house):
    wrong, token = [], house.stranger.get("/account").form_token
    for name in HOME_ROLES:
        for row in ROWS[name]:
            route = ROUTES[row]
            if not any(f"{{{part}}}" in route.path for part in OWNED):
                continue
            answer = call(house.stranger, route, house.ids, token)
            if answer.status not in {400, 404, 409, 422, 428}:
                wrong.append(f"{row}: {answer.status}")
    assert wrong == []
    left = house.victim.get(f"/integrations/{house.ids['integration_id']}")
    assert left.status == 200
