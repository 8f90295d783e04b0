"""An integration as a file: every error with its path, and export, delete, import, export are the same bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.accounts.domain import PortalRole
from chalicelib.integrations import service
from chalicelib.integrations.domain import FILE_FIELDS, NameTakenError, VersionConflictError
from chalicelib.integrations.schemas import IntegrationCreate, IntegrationUpdate
from chalicelib.kit.errors import RejectedError
from tests.conftest import fresh_aws
from tests.factories import customer, developer, new_person, told

SMALL: dict[str, Any] = {"format": "anslut-integration/1", "name": "Kvitto", "scopes": ["customer"]}
HOME = "/portal/integrations"


@pytest.fixture
def ctx(aws):
    return new_person(licence=True, portal_role=PortalRole.OWNER).ctx()


def exported(ctx, integration_id):
    return service.export_file(ctx, integration_id)[1]


def pointers(file):
    return sorted(entry["pointer"] for entry in service.check_file(file))


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=60)
LINES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn", "Cf", "Zl", "Zp")), max_size=60)
PATHS = st.text("abcxyz0189-._~", max_size=20)
WEB = st.one_of(st.just(""), PATHS.map(lambda path: f"https://a.example/{path}"))
CALLBACKS = st.lists(
    st.one_of(PATHS.map(lambda path: f"https://app.example.com/{path}?x=1"), st.just("http://127.0.0.1:8080/cb")),
    max_size=10, unique=True,
)  # fmt: skip
PRICES = st.one_of(
    st.just({}),
    st.integers(0, 10_000_000).map(lambda minor: {"sales_channel": "platform", "price_minor": minor}),
    LINES.map(lambda text: {"sales_channel": "website", "price_text": text}),
)
FILES = st.builds(
    lambda price, **said: {**SMALL, **said, **price},
    PRICES,
    name=st.text("abcåäöABC 123 -é\U0001f9fe", min_size=1, max_size=60).filter(str.strip),
    description=TEXTS, website=WEB, user_agreement=WEB, start_page=WEB, redirect_uris=CALLBACKS,
    category=st.sampled_from([None, *service.categories()]),
    contact_email=st.sampled_from(["", "help@example.com"]), only_administrator=st.booleans(),
    licence_model=st.sampled_from(["single", "per_user"]), client_type=st.sampled_from(["confidential", "public"]),
    scopes=st.sets(st.sampled_from(sorted(service.scope_catalogue())), min_size=1).map(list),
    grant_types=st.sampled_from([["authorization_code"], ["refresh_token", "authorization_code"]]),
)  # fmt: skip
FILES = st.builds(lambda file, why: file | {"scope_reasons": dict.fromkeys(file["scopes"], why)}, FILES, LINES)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FILES)
def test_export_delete_import_export_is_byte_identical(file):
    with fresh_aws():
        ctx = new_person(licence=True, portal_role=PortalRole.OWNER).ctx()
        first = service.create_from_file(ctx, file).integration
        before = exported(ctx, first.integration_id)
        service.delete_integration(ctx, first.integration_id)
        second = service.create_from_file(ctx, json.loads(before)).integration
        assert exported(ctx, second.integration_id) == before
        assert second.client_id != first.client_id
        assert service.apply_file(ctx, second.integration_id, json.loads(before)).version == 1
        assert service.compare_file(ctx, second.integration_id, json.loads(before))[1] == []


def test_a_file_holds_no_identity_and_no_secret(ctx):
    made = service.create_integration(ctx, IntegrationCreate(name="Kvitto", scopes=["customer", "article"]))
    text = exported(ctx, made.integration.integration_id)
    for hidden in (
        made.client_secret,
        made.integration.client_id,
        made.integration.integration_id,
        ctx.caller.tenant_id,
    ):
        assert hidden not in text
    assert list(json.loads(text)) == ["format", *FILE_FIELDS]
    assert text.endswith("}\n")
    assert json.loads(text)["scopes"] == ["article", "customer"]


def test_every_error_at_once_with_its_path():
    assert pointers(SMALL) == []
    assert pointers({}) == ["/format", "/name", "/scopes"]
    wrong = SMALL | {
        "name": "", "website": "javascript:alert(1)", "redirect_uris": ["https://a.example/", "ftp://x"], "extra": 1,
        "scopes": ["nothing"], "category": "no-such", "only_administrator": "yes",
    }  # fmt: skip
    assert pointers(wrong) == [
        "/category", "/extra", "/name", "/only_administrator", "/redirect_uris/1", "/scopes", "/website",
    ]  # fmt: skip


@pytest.mark.parametrize("field", ["price_minor", "sales_channel", "currency"])
def test_one_wrong_price_field_brings_no_findings_about_the_others(field):
    assert pointers(SMALL | {"sales_channel": "platform", "price_minor": 1, field: []}) == [f"/{field}"]


@pytest.mark.parametrize("value", [7, 1.5, True, [], {}, None, "x" * 50_000])
@pytest.mark.parametrize("field", ["format", "name", "scopes", "redirect_uris", "description", "licence_model"])
def test_IN_04_every_wrong_type_names_its_field(field, value):
    assert {f"/{field}"} >= {pointer[: len(field) + 1] for pointer in pointers(SMALL | {field: value})}


def test_applying_sets_every_field_and_empties_what_is_left_out(ctx):
    made = service.create_integration(
        ctx, IntegrationCreate(name="Kvitto", scopes=["customer"], description="Long", website="https://a.example")
    ).integration
    integration, changes = service.compare_file(ctx, made.integration_id, SMALL | {"name": "Bon"})
    assert integration.version == 1
    assert [(change.field, change.before, change.after) for change in changes] == [
        ("name", "Kvitto", "Bon"), ("description", "Long", ""), ("website", "https://a.example", ""),
    ]  # fmt: skip
    after = service.apply_file(ctx, made.integration_id, SMALL | {"name": "Bon"}, '"1"')
    assert (after.name, after.description, after.website, after.version) == ("Bon", "", "", 2)
    assert [event.data["changed"] for event in told("integration.updated")] == [["name", "description", "website"]]
    with pytest.raises(VersionConflictError):
        service.apply_file(ctx, made.integration_id, SMALL, '"1"')


def test_the_client_type_is_decided_at_creation(ctx):
    made = service.create_from_file(ctx, SMALL).integration
    with pytest.raises(RejectedError):
        service.apply_file(ctx, made.integration_id, SMALL | {"client_type": "public"})


def test_a_name_that_is_taken_is_refused(ctx):
    service.create_from_file(ctx, SMALL)
    with pytest.raises(NameTakenError):
        service.create_from_file(ctx, SMALL)


def test_over_json(client):
    dev = developer(client)
    made = dev.post("/integrations/files", json=SMALL)
    assert made.status == 201
    home = f"/integrations/{made.json['integration_id']}/file"
    answer = dev.get(home)
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["etag"] == '"1"'
    assert "attachment" in answer.headers["content-disposition"]
    assert dev.post(f"{home}/diff", json=SMALL | {"name": "Bon"}).json == {
        "version": 1, "changes": [{"field": "name", "before": "Kvitto", "after": "Bon"}],
    }  # fmt: skip
    changed = dev.request("PUT", home, json=SMALL | {"name": "Bon"}, headers={"If-Match": '"1"'})
    assert (changed.status, changed.json["name"]) == (200, "Bon")
    assert dev.request("PUT", home, json=SMALL, headers={"If-Match": '"1"'}).status == 412
    wrong = dev.request("PUT", home, json={"name": 1})
    assert wrong.status == 422
    assert {entry["pointer"] for entry in wrong.json["errors"]} >= {"/name", "/format", "/scopes"}
    checked = dev.post("/integrations/files/validation", json={"name": 1})
    assert checked.status == 200
    assert not checked.json["is_valid"]
    assert customer(client).get(home).status == 403


def submit(dev, page, **fields):
    return dev.post(page, form={"form_token": dev.get(page).form_token, **fields}, headers={"Accept": "text/html"})


def test_the_pages_compare_apply_and_import(client):
    dev = developer(client)
    dev.headers["Accept-Language"] = "en"
    made = dev.post("/integrations/files", json=SMALL).json
    page = f"{HOME}/{made['integration_id']}/file"
    text = json.dumps(SMALL | {"name": "Bon"})
    compared = submit(dev, page, file=text, action="compare", version="1")
    assert "What would change" in compared.text
    assert "Bon" in compared.text
    assert submit(dev, page, file=text, action="apply", version="1").status == 303
    assert submit(dev, page, file=text, action="apply", version="1").status == 412
    assert submit(dev, page, file="{", action="compare").status == 400
    assert "/scopes" in submit(dev, page, file='{"format": "anslut-integration/1", "name": "x"}', action="compare").text
    imported = dev.submit(f"{HOME}/import", f"{HOME}/import", file=json.dumps(SMALL))
    assert imported.status == 201
    assert "Client secret" in imported.text
    assert dev.submit(f"{HOME}/import", f"{HOME}/import", file=json.dumps(SMALL)).status == 409


def test_deleting_says_what_it_ends(client):
    dev = developer(client)
    dev.headers["Accept-Language"] = "en"
    made = dev.post("/integrations/files", json=SMALL).json
    assert dev.get(f"/integrations/{made['integration_id']}/ending").json == {
        "active_customers": 0, "is_more": False, "is_published": False, "client_id": made["client_id"], "secrets": 1,
    }  # fmt: skip
    assert "its client id and its secrets" in dev.get(f"{HOME}/{made['integration_id']}/delete").text


def test_an_update_after_an_export_shows_in_the_comparison(ctx):
    made = service.create_from_file(ctx, SMALL).integration
    before = json.loads(exported(ctx, made.integration_id))
    service.update_integration(ctx, made.integration_id, IntegrationUpdate(scopes=["article", "customer"]))
    (change,) = service.compare_file(ctx, made.integration_id, before)[1]
    assert (change.field, change.before, change.after) == ("scopes", ["article", "customer"], ["customer"])
