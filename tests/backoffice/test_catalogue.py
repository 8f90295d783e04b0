"""Scopes and categories in the operator's hands: added, renamed, ordered, retired; read once a minute by everybody."""

from __future__ import annotations

import json

import pytest

from chalicelib.backoffice.repository import AuditItem
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Catalogue, Remembered, Scope, Texts, changes_of, merged
from chalicelib.integrations.repository import CatalogueItem
from chalicelib.kit.outbox import OutboxItem, parse_event
from chalicelib.marketplace import building, repository
from tests.client import Client
from tests.factories import aws_calls, developer, operator, whoami
from tests.marketplace.test_listings import event as listing_event

HTML = {"Accept": "text/html", "Accept-Language": "en"}
NEW = {"scope": "fleet", "description": {"en": "Read vehicles", "sv": "Läsa fordon"}, "licences": ["Order"]}


@pytest.fixture
def staff(client):
    return operator(client)


def names(answer):
    return [entry.get("scope") or entry["category"] for entry in answer.json]


def post(browser, path, **fields):
    token = browser.get("/operator/catalogue").form_token
    return browser.post(path, form={"form_token": token, **fields}, headers=HTML)


def test_a_new_scope_can_be_asked_for_and_the_log_says_who_added_it(client, staff):
    answer = staff.post("/operator/scopes", json=NEW)
    assert (answer.status, answer.json) == (201, NEW | {"is_retired": False})
    assert names(Client(client.app).get("/scopes"))[-1] == "fleet"
    made = developer(client).post("/integrations", json={"name": "Bilar och mer", "scopes": ["fleet"]})
    assert (made.status, made.json["scopes"]) == (201, ["fleet"])
    (line,) = AuditItem.scan()
    assert (line.action, line.subject, line.reason) == ("scope.added", "fleet", "Read vehicles / Läsa fordon")


@pytest.mark.parametrize(("path", "body"), [
    ("/operator/scopes", NEW | {"scope": "Fleet"}), ("/operator/scopes", NEW | {"scope": "order"}),
    ("/operator/scopes", NEW | {"scope": "a b"}), ("/operator/scopes", NEW | {"licences": ["Flyg"]}),
    ("/operator/scopes", NEW | {"description": {"en": "x", "sv": ""}}),
    ("/operator/categories", {"category": "receipts", "name": {"en": "x", "sv": "x"}}),
    ("/operator/categories", {"category": "", "name": {"en": "x", "sv": "x"}}),
])  # fmt: skip
def test_what_is_no_scope_or_category_is_refused_and_nothing_is_stored(staff, path, body):
    assert staff.post(path, json=body).status == 422
    assert (CatalogueItem.count(), AuditItem.count()) == (0, 0)


def test_a_retired_scope_stays_where_it_is_used_and_is_offered_to_nobody_else(client, staff):
    staff.post("/operator/scopes", json=NEW)
    builder = developer(client)
    made = builder.post("/integrations", json={"name": "Bilar och mer", "scopes": ["fleet", "order"]}).json
    here = f"/integrations/{made['integration_id']}"
    assert staff.request("PATCH", "/operator/scopes/fleet", json={"is_retired": True}).json["is_retired"]
    assert "fleet" not in names(client.get("/scopes"))
    assert builder.request("PATCH", here, json={"description": "kept"}).json["scopes"] == ["fleet", "order"]
    assert 'value="fleet" checked' in builder.get(f"/portal{here}/scopes", headers=HTML).text
    assert 'value="fleet"' not in builder.get("/portal/integrations/new", headers=HTML).text
    assert builder.request("PATCH", here, json={"scopes": ["order"]}).status == 200
    assert builder.request("PATCH", here, json={"scopes": ["fleet"]}).status == 422
    assert builder.post("/integrations", json={"name": "Fler och mer", "scopes": ["fleet"]}).status == 422
    assert staff.request("PATCH", "/operator/scopes/fleet", json={"is_retired": False}).status == 200
    assert builder.request("PATCH", here, json={"scopes": ["fleet"]}).status == 200


def test_a_retired_category_hands_its_integrations_on(client, staff):
    builder = developer(client)
    made = builder.post("/integrations", json={"name": "Tid och mer", "scopes": ["order"], "category": "time"}).json
    listed = listing_event(whoami(builder), name="Tid", category="time")
    building.build(listed)
    assert repository.list_on_shelf("category:time", 5) == [listed.subject]
    answer = staff.request("PATCH", "/operator/categories/time", json={"moved_to": "other"})
    assert (answer.status, answer.json["is_retired"], answer.json["moved_to"]) == (200, True, "other")
    assert "time" not in names(client.get("/categories"))
    assert builder.get(f"/integrations/{made['integration_id']}").json["category"] == "other"
    (moved,) = [parse_event(row.body) for row in OutboxItem.scan() if row.event_type == "category.moved"]
    building.build(moved)
    building.build(moved)
    assert repository.list_on_shelf("category:time", 5) == []
    assert repository.list_on_shelf("category:other", 5) == [listed.subject]
    building.build(listed)  # an older message that comes late finds its way too
    assert repository.list_on_shelf("category:time", 5) == []
    assert staff.request("PATCH", "/operator/categories/time", json={"moved_to": "crm"}).status == 409
    assert (
        builder.post("/integrations", json={"name": "T och mer", "scopes": ["order"], "category": "time"}).status == 422
    )


@pytest.mark.parametrize("target", ["time", "nowhere", ""])
def test_a_category_is_retired_only_into_another_one(staff, target):
    assert staff.request("PATCH", "/operator/categories/time", json={"moved_to": target}).status == 422
    assert staff.request("PATCH", "/operator/categories/none", json={"moved_to": "other"}).status == 404
    assert staff.request("PATCH", "/operator/scopes/none", json={"is_retired": True}).status == 404


def test_words_and_order_are_the_operators_and_what_a_later_release_adds_stands_last(staff):
    texts = {"en": "Payslips", "sv": "Lönebesked"}
    staff.request("PATCH", "/operator/scopes/salary", json={"description": texts, "position": 0})
    assert names(staff.get("/scopes"))[0] == "salary"
    assert staff.get("/scopes").json[0]["description"] == texts
    stored = changes_of(integrations.get_catalogue())
    stored["scopes"]["order"].remove("order")  # as if the row were older than the data file's scope
    assert list(merged(stored, 1).scopes)[-1] == "order"
    assert list(stored["scopes"]["entries"]) == ["salary"]


def test_two_operators_at_once_both_get_through(staff):
    integrations.add_scope(make_scope("first"), lambda tx: None)
    stale = Remembered.get()
    integrations.add_scope(make_scope("second"), lambda tx: None)
    Remembered.hold(stale)
    assert staff.post("/operator/scopes", json=NEW).status == 201
    assert [*integrations.get_catalogue().scopes][-3:] == ["first", "second", "fleet"]


def test_the_row_is_read_at_most_once_a_minute_and_what_cannot_be_read_stays(client, staff):
    staff.post("/operator/scopes", json=NEW)
    with aws_calls() as calls:
        client.get("/scopes")
        client.get("/oauth-v1/.well-known/openid-configuration")
    assert calls == []
    Remembered.hold(None)
    assert "fleet" not in names(client.get("/scopes"))
    Remembered.refresh()
    assert "fleet" in names(client.get("/scopes"))


def test_the_pages_add_move_rename_and_ask_for_the_key_before_the_end(staff):
    assert post(staff, "/operator/catalogue/categories", key="x!", en="Fleet", sv="Fordon").status == 422
    assert post(staff, "/operator/catalogue/categories", key="fleet", en="Fleet", sv="Fordon").status == 303
    assert post(staff, "/operator/catalogue/categories/fleet", move="up").status == 303
    assert names(staff.get("/operator/categories"))[-2:] == ["fleet", "other"]
    assert post(staff, "/operator/catalogue/categories/fleet", en="Vehicles", sv="Fordon").status == 303
    assert "Vehicles" in staff.get("/operator/catalogue/categories/fleet", headers=HTML).text
    here = "/operator/catalogue/categories/fleet/retire"
    assert post(staff, here, confirm="flet", moved_to="other").status == 422
    assert post(staff, here, confirm="fleet", moved_to="").status == 422
    assert post(staff, here, confirm="fleet", moved_to="other").status == 303
    assert post(staff, here, confirm="fleet", moved_to="other").status == 409
    assert post(staff, "/operator/catalogue/scopes/order/retire", confirm="order").status == 303
    assert post(staff, "/operator/catalogue/scopes/order/retire", action="restore").status == 303
    assert post(staff, "/operator/catalogue/nothing", key="fleet", en="Fleet", sv="Fordon").status == 404
    assert post(staff, "/operator/catalogue/scopes/none", en="x", sv="x").status == 404


def make_scope(key):
    return Scope(key, (), Texts(key, key))


def test_a_catalogue_survives_its_row():
    now = Remembered.get()
    again = merged(json.loads(json.dumps(changes_of(now))), now.version)
    assert isinstance(again, Catalogue)
    assert again == now
