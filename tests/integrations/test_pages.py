"""The pages of an integration: what a person sees, types and is told; the secret is shown once."""

from __future__ import annotations

import re

import pytest

from chalicelib.accounts.domain import PortalRole
from chalicelib.integrations import forms
from chalicelib.integrations.domain.addresses import _FIRST_FREE_PORT, _HTTPS_PORT, MAX_ADDRESS
from chalicelib.integrations.domain.checks import MAX_PRICE_MINOR, MAX_REDIRECT_URIS
from tests.client import Answer, Client
from tests.factories import developer

HOME = "/portal/integrations"


@pytest.fixture
def dev(client):
    return developer(client)


def create(dev: Client, name: str = "Kvitto Sync", scopes: tuple[str, ...] = ("customer", "invoice")) -> Answer:
    return dev.submit(f"{HOME}/new", HOME, name=name, scopes=list(scopes))


def created_id(dev: Client, **kwargs: object) -> str:
    answer = create(dev, **kwargs)  # type: ignore[arg-type]
    assert answer.status == 201
    return str(re.search(r"/portal/integrations/(int_[a-z0-9]+)", answer.text)[1])  # type: ignore[index]


def test_the_secret_is_in_the_answer_to_the_form_and_nowhere_later(dev):
    answer = create(dev)
    assert answer.status == 201
    assert answer.headers["cache-control"] == "no-store"
    (secret,) = set(re.findall(r'value="([A-Za-z0-9]{32})"', answer.text))
    integration_id = re.search(r"(int_[a-z0-9]+)", answer.text)[1]
    for path in (HOME, f"{HOME}/{integration_id}", f"{HOME}/{integration_id}/oauth", "/integrations"):
        assert secret not in dev.get(path).text
    assert secret[-4:] in dev.get(f"{HOME}/{integration_id}/oauth").text


def test_the_list_shows_name_status_and_client_id(dev):
    created_id(dev)
    page = dev.get(HOME, headers={"Accept-Language": "en"})
    assert all(word in page.text for word in ("Kvitto Sync", "Hidden", "No category yet", "Create integration"))


def test_an_empty_list_says_what_an_integration_is(dev):
    assert "No integrations yet" in dev.get(HOME, headers={"Accept-Language": "en"}).text


def test_the_pages_speak_swedish(dev):
    integration_id = created_id(dev)
    dev.headers["Accept-Language"] = "sv"
    for path, word in (
        ("", "Presentation"),
        ("/oauth", "Omdirigeringsadresser"),
        ("/scopes", "Behörigheter"),
        ("/price", "Pris per månad"),
        ("/delete", "Med integrationen upphör"),
    ):
        assert word in dev.get(f"{HOME}/{integration_id}{path}").text, path


def test_a_refused_form_keeps_what_was_typed_and_names_the_field(dev):
    answer = dev.submit(f"{HOME}/new", HOME, name="Without scopes")
    assert answer.status == 422
    assert 'value="Without scopes"' in answer.text
    assert "Choose at least one scope." in answer.text or "minst en behörighet" in answer.text


def test_a_taken_name_is_told_at_the_name(dev):
    create(dev)
    answer = create(dev, name="KVITTO sync")
    assert answer.status == 409
    assert 'id="name-error"' in answer.text


def test_details_are_saved_and_can_be_emptied_again(dev):
    integration_id = created_id(dev)
    page = f"{HOME}/{integration_id}"
    saved = dev.submit(page, version="1", name="Kvitto", description="# Hello\r\n<b>x</b>", category="receipts",
                       contact_email="help@kvitto.example", website="https://kvitto.example", user_agreement="")  # fmt: skip
    assert (saved.status, saved.headers["location"]) == (303, page)
    text = dev.get(page).text
    assert "<h3>Hello</h3>" in text
    assert "<b>x</b>" not in text
    assert dev.get(f"/integrations/{integration_id}").json["description"] == "# Hello\n<b>x</b>"
    dev.submit(
        page, version="2", name="Kvitto", description="", category="", contact_email="", website="", user_agreement=""
    )
    read = dev.get(f"/integrations/{integration_id}").json
    assert (read["description"], read["category"], read["website"]) == ("", None, "")


def test_a_form_of_an_older_version_is_refused_and_shows_what_was_typed(dev):
    integration_id = created_id(dev)
    page = f"{HOME}/{integration_id}"
    dev.request("PATCH", f"/integrations/{integration_id}", json={"website": "https://new.example"})
    answer = dev.submit(
        page, version="1", name="Typed", description="", category="", contact_email="", website="", user_agreement=""
    )
    assert answer.status == 412
    assert 'value="Typed"' in answer.text
    assert 'name="version" value="2"' in answer.text
    assert "<td>https://new.example</td><td><b>\N{EN DASH}</b></td>" in answer.text, "both versions stand side by side"
    assert "<b>Typed</b>" in answer.text
    assert answer.text.count("<td><b>") == 2, "and only what differs"


def test_redirect_uris_are_one_a_line_and_a_bad_one_is_named_by_its_line(dev):
    integration_id = created_id(dev)
    page = f"{HOME}/{integration_id}/oauth"
    fields = {"version": "1", "start_page": "https://app.example/start", "only_administrator": "1",
              "grant_types": ["authorization_code", "refresh_token"]}  # fmt: skip
    dev.headers["Accept-Language"] = "en"
    refused = dev.submit(page, redirect_uris="https://app.example/cb\r\nhttp://app.example/cb", **fields)
    assert refused.status == 422
    assert "Line 2: Use https" in refused.text
    assert (
        dev.submit(page, redirect_uris="https://app.example/cb\r\n\r\nhttp://127.0.0.1:9/cb\r\n", **fields).status
        == 303
    )
    read = dev.get(f"/integrations/{integration_id}").json
    assert read["redirect_uris"] == ["https://app.example/cb", "http://127.0.0.1:9/cb"]
    assert read["only_administrator"] is True
    assert read["grant_types"] == ["authorization_code", "refresh_token"]
    nothing = dev.submit(page, **fields | {"version": "2", "grant_types": ""})
    assert (nothing.status, "Choose how your program asks for tokens." in nothing.text) == (422, True)


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("149", 14900),
        ("149,50", 14950),
        ("1 000.5", 100050),
        ("0", 0),
        ("149.505", None),
        ("abc", None),
        ("NaN", None),
        ("1e99999999", None),
        ("-1", None),
    ],
)
def test_IN_21_a_price_is_read_as_people_write_it(dev, typed, minor):
    integration_id = created_id(dev)
    answer = dev.submit(
        f"{HOME}/{integration_id}/price",
        version="1",
        sales_channel="platform",
        price_minor=typed,
        price_text="dropped",
        licence_model="per_user",
    )
    read = dev.get(f"/integrations/{integration_id}").json
    if minor is None:
        assert answer.status == 422
        assert read["price_minor"] is None
    else:
        assert answer.status == 303
        assert (read["price_minor"], read["price_text"], read["licence_model"]) == (minor, "", "per_user")


@pytest.mark.parametrize(("typed", "days"), [("14", 14), ("", 0), ("91", None), ("-1", None), ("two", None)])
def test_free_days_are_part_of_the_price(dev, typed, days):
    integration_id = created_id(dev)
    said = {"version": "1", "sales_channel": "platform", "price_minor": "99", "licence_model": "single"}
    answer = dev.submit(f"{HOME}/{integration_id}/price", **said, trial_days=typed)
    assert answer.status == (422 if days is None else 303)
    assert dev.get(f"/integrations/{integration_id}").json["trial_days"] == (days or 0)


def test_scopes_can_be_changed_on_their_page(dev):
    integration_id = created_id(dev)
    assert dev.submit(f"{HOME}/{integration_id}/scopes", version="1", scopes=["profile"]).status == 303
    assert dev.get(f"/integrations/{integration_id}").json["scopes"] == ["profile"]


def test_a_second_secret_is_shown_once_and_the_first_can_be_revoked(dev):
    integration_id = created_id(dev)
    page = f"{HOME}/{integration_id}/oauth"
    shown = dev.submit(page, f"{HOME}/{integration_id}/secrets")
    assert shown.status == 201
    (secret,) = set(re.findall(r'value="([A-Za-z0-9]{32})"', shown.text))
    assert secret not in dev.get(page).text
    assert dev.submit(page, f"{HOME}/{integration_id}/secrets").status == 409
    first = dev.get(f"/integrations/{integration_id}").json["secrets"][0]["secret_id"]
    assert dev.submit(page, f"{HOME}/{integration_id}/secrets/{first}/revoke").status == 303
    assert [one["hint"] for one in dev.get(f"/integrations/{integration_id}").json["secrets"]] == [secret[-4:]]


def test_deleting_asks_for_the_name_and_says_what_ends(dev):
    integration_id = created_id(dev)
    page = f"{HOME}/{integration_id}/delete"
    dev.headers["Accept-Language"] = "en"
    assert "every activation of it" in dev.get(page).text
    wrong = dev.submit(page, confirm="something else")
    assert wrong.status == 422
    assert "This is not the name" in wrong.text
    assert dev.submit(page, confirm="Kvitto Sync").headers["location"] == HOME
    assert dev.get(f"{HOME}/{integration_id}").status == 404


def test_a_viewer_reads_everything_and_changes_nothing(client, dev):
    integration_id = created_id(dev)
    viewer = developer(client, company=dev.person.company, portal_role=PortalRole.VIEWER)
    for path in ("", "/oauth", "/scopes", "/price"):
        page = viewer.get(f"{HOME}/{integration_id}{path}")
        assert page.status == 200
        assert '<fieldset class="stack-wide" disabled>' in page.text
    assert viewer.get(f"{HOME}/new").status == 403
    assert viewer.get(f"{HOME}/{integration_id}/delete").status == 403
    assert viewer.submit(HOME, f"{HOME}/{integration_id}/secrets").status == 403


def test_BO_another_company_finds_nothing(client, dev):
    integration_id = created_id(dev)
    stranger = developer(client)
    for path in ("", "/oauth", "/scopes", "/price", "/delete", "/images"):
        assert stranger.get(f"{HOME}/{integration_id}{path}").status == 404


def test_without_a_licence_the_pages_say_what_is_missing(client):
    dev = developer(client, licence=False)
    dev.headers["Accept-Language"] = "en"
    for path in (HOME, f"{HOME}/new"):
        page = dev.get(path)
        assert page.status == 200
        assert "no developer licence yet" in page.text
        assert 'href="/account"' in page.text
    token = dev.get(HOME).form_token
    assert dev.post(HOME, form={"form_token": token, "name": "x", "scopes": "profile"}).status == 403


def test_a_form_without_its_token_is_refused(dev):
    assert dev.post(HOME, form={"name": "x", "scopes": "profile"}).status == 403


def test_somebody_elses_markup_stays_text(dev):
    name = "<script>alert(1)</script>{{7*7}}"
    integration_id = created_id(dev, name=name)
    for path in (HOME, f"{HOME}/{integration_id}", f"{HOME}/{integration_id}/delete"):
        text = dev.get(path).text
        assert "<script>alert" not in text
        assert "{{7*7}}" in text


def test_the_sentences_name_the_numbers_that_hold():
    assert (MAX_REDIRECT_URIS, MAX_PRICE_MINOR, MAX_ADDRESS, _HTTPS_PORT, _FIRST_FREE_PORT) == (
        10,
        10_000_000,
        2_048,
        443,
        1024,
    )


def test_scopes_are_grouped_by_licence():
    labels = [group["label"] for group in forms.scope_groups("en")]
    assert labels[:2] == ["Any company", "Companies with Order or Kundfaktura"]
