"""Integrations over HTTP: shapes, headers, roles, and what bad input is told."""

from __future__ import annotations

import pytest

from chalicelib.accounts.domain import PortalRole
from tests.client import Client
from tests.factories import customer, developer, operator

GOOD = {"name": "Kvitto", "scopes": ["customer", "profile"]}


@pytest.fixture
def dev(client):
    return developer(client)


def created(dev: Client, **more: object) -> dict:
    answer = dev.post("/integrations", json=GOOD | more)
    assert answer.status == 201, answer.text
    return answer.json


def test_create_answers_with_place_version_and_the_secret(dev):
    answer = dev.post("/integrations", json=GOOD)
    made = answer.json
    assert answer.status == 201
    assert answer.headers["location"] == f"/integrations/{made['integration_id']}"
    assert answer.headers["etag"] == '"1"'
    assert len(made["client_secret"]) == 32
    assert (made["status"], made["scopes"], made["currency"]) == ("draft", ["customer", "profile"], "SEK")


def test_SE_01_the_secret_is_in_no_other_answer(dev):
    made = created(dev)
    path = f"/integrations/{made['integration_id']}"
    for answer in (dev.get(path), dev.get("/integrations"), dev.request("PATCH", path, json={"description": "x"})):
        assert made["client_secret"] not in answer.text
        assert "hash" not in answer.text
    assert dev.get(path).json["secrets"][0]["hint"] == made["client_secret"][-4:]
    assert "client_secret" not in dev.get(path).json


def test_read_carries_the_version_and_if_match_guards_the_change(dev):
    path = f"/integrations/{created(dev)['integration_id']}"
    etag = dev.get(path).headers["etag"]
    changed = dev.request("PATCH", path, json={"website": "https://kvitto.example"}, headers={"If-Match": etag})
    assert (changed.status, changed.headers["etag"]) == (200, '"2"')
    stale = dev.request("PATCH", path, json={"website": None}, headers={"If-Match": etag})
    assert (stale.status, stale.json["code"], stale.json["version"]) == (412, "version-conflict", 2)
    assert dev.request("DELETE", path, headers={"If-Match": etag}).status == 412
    assert dev.get(path).json["website"] == "https://kvitto.example"


def test_secrets_rotate(dev):
    path = f"/integrations/{created(dev)['integration_id']}"
    second = dev.post(f"{path}/secrets")
    assert (second.status, len(second.json["client_secret"])) == (201, 32)
    assert dev.post(f"{path}/secrets").json["code"] == "secret-limit-reached"
    secret_id = second.json["secret"]["secret_id"]
    assert dev.request("DELETE", f"{path}/secrets/{secret_id}").status == 204
    assert dev.request("DELETE", f"{path}/secrets/{secret_id}").status == 404
    assert len(dev.get(path).json["secrets"]) == 1


def test_delete_and_then_nothing(dev):
    path = f"/integrations/{created(dev)['integration_id']}"
    assert (dev.request("DELETE", path).status, dev.get(path).status) == (204, 404)
    assert dev.get("/integrations").json == {"items": [], "next_cursor": None}


def test_everybody_may_read_scopes_and_categories(client):
    scopes = client.get("/scopes").json
    assert scopes[0] == {"scope": "companyinformation", "licences": [],
                         "description": {"en": "Read the company's name, number and addresses", "sv": "Läsa företagets namn, nummer och adresser"}}  # fmt: skip
    assert len(client.get("/categories").json) == 12


def test_SE_12_who_may_what(client, dev):
    path = f"/integrations/{created(dev)['integration_id']}"
    viewer = developer(client, company=dev.person.company, portal_role=PortalRole.VIEWER)
    assert viewer.get(path).status == 200
    writes = [
        ("POST", "/integrations", GOOD),
        ("PATCH", path, {"description": "x"}),
        ("DELETE", path, None),
        ("POST", f"{path}/secrets", None),
        ("DELETE", f"{path}/secrets/sec_1", None),
    ]
    for who, status in ((viewer, 403), (customer(client), 403), (operator(client), 403), (client, 401)):
        for method, url, body in writes:
            assert who.request(method, url, json=body).status == status, (method, url)
    stranger = developer(client)
    for method, url, body in writes[1:]:
        assert stranger.request(method, url, json=body).status == 404
    colleague = developer(client, company=dev.person.company, portal_role=PortalRole.DEVELOPER)
    assert colleague.request("PATCH", path, json={"description": "x"}).status == 200


def test_without_a_licence_the_answer_says_what_is_missing(client):
    answer = developer(client, licence=False).post("/integrations", json=GOOD)
    assert (answer.status, answer.json["code"]) == (403, "developer-licence-required")
    assert answer.json["missing"] == ["developer-licence"]


FIELDS = {
    "name": "x", "description": "x", "contact_email": "a@example.com", "redirect_uris": ["https://a.example"], "start_page": "https://a.example",
    "website": "https://a.example", "user_agreement": "https://a.example", "category": "other", "sales_channel": "website", "price_minor": 1,
    "currency": "SEK", "price_text": "x", "licence_model": "single", "only_administrator": True, "scopes": ["profile"],
}  # fmt: skip
WRONG = ["text", 1, 1.5, True, {"$gt": ""}, [1], [["x"]], -1, 10**20]


@pytest.fixture
def existing(dev):
    return f"/integrations/{created(dev)['integration_id']}"


def test_IN_04_every_field_refuses_every_wrong_type(dev, existing):
    for field, good in FIELDS.items():
        for value in WRONG:
            if type(value) is type(good) and not isinstance(value, list):
                continue
            answer = dev.request("PATCH", existing, json={field: value})
            assert answer.status in (400, 422), (field, value, answer.status)
            assert answer.status == 400 or field in answer.json["detail"], (field, value)
    assert dev.get(existing).headers["etag"] == '"1"'


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", "{", '{"name":"a","name":"b","scopes":["profile"]}', '{"price_minor":NaN}', '{"price_minor":1e400}', "[" * 100_000,
     '{"name":"\\ud800"}', '{"unknown":1}', '{"tenant_id":"ten_1"}', '{"status":"published"}', '{"name":"a\\u202eb"}', '{"name":"\\u0000"}', '{"name":"   "}',
     '{"name":"' + "x" * 61 + '"}', '{"description":"' + "x" * 10_001 + '"}', '{"name":"' + "x" * 200_000 + '"}', '{"scopes":[]}', '{"scopes":["nope"]}',
     '{"scopes":null}', '{"name":null}'],
)  # fmt: skip
def test_bad_bodies_are_refused_and_nothing_changes(dev, existing, body):
    answer = dev.request("PATCH", existing, body=body, headers={"Content-Type": "application/json"})
    assert answer.status in (400, 413, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert dev.get(existing).headers["etag"] == '"1"'


@pytest.mark.parametrize(
    "text",
    [
        "#",
        ":v",
        "attribute_exists(pk)",
        "' OR 1=1--",
        "${7*7}",
        "{{7*7}}",
        "%s%n",
        "../../etc/passwd",
        "$(id)",
        "`id`",
        "=1+1",
    ],
)
def test_IN_15_special_characters_are_only_text(dev, existing, text):
    assert dev.request("PATCH", existing, json={"name": text, "description": text}).json["description"] == text


@pytest.mark.parametrize(
    "path",
    [
        "/integrations/%00",
        "/integrations/%2f",
        "/integrations/..%2f",
        "/integrations/" + "x" * 5_000,
        "/integrations/%F0%9F%98%80",
        "/integrations/{}",
    ],
)
def test_IN_30_odd_ids_are_not_found(dev, path):
    assert dev.get(path).status in (400, 404)


def test_bad_cursors_and_limits(dev):
    for query in ("cursor=abc", "cursor=k1.AAAA", "limit=0", "limit=101", "limit=x", "cursor=a&cursor=b", "sort=name"):
        assert dev.get(f"/integrations?{query}").status == 400, query


def test_the_description_of_the_api_knows_if_match_and_the_secret(client):
    spec = client.get("/openapi.json").json
    patch = spec["paths"]["/integrations/{integration_id}"]["patch"]
    assert "If-Match" in [parameter["name"] for parameter in patch["parameters"]]
    assert "412" in patch["responses"]
    assert "client_secret" not in spec["components"]["schemas"]["IntegrationRead"]["properties"]
    assert "reason" in spec["components"]["schemas"]["ImageRead"]["properties"]
