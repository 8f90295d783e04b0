"""What makes an integration valid, without AWS."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.integrations.domain import (
    ClientSecret,
    Credentials,
    Integration,
    SalesChannel,
    SecretLimitReachedError,
    addresses,
    callback_fault,
    catalogue,
    categories,
    changed_integration,
    email_fault,
    fold_name,
    integration,
    new_integration,
    scope_catalogue,
    web_fault,
    with_secret,
    without_secret,
)
from chalicelib.kit.errors import NotFoundError, RejectedError

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def secret(secret_id: str = "sec_1", expires_at: datetime | None = None) -> ClientSecret:
    return ClientSecret(secret_id, "k1:00", "wxyz", NOW, expires_at)


def draft(**details: object) -> Integration:
    ids = Credentials("int_1", 7, "abcdefghijkl")
    given = {"name": "Kvitto", "scopes": ["profile"]} | details
    return new_integration(ids, tenant_id="ten_1", details=given, secret=secret(), now=NOW)


def refused(**details: object) -> dict[str, str]:
    with pytest.raises(RejectedError) as caught:
        draft(**details)
    return {entry["pointer"]: entry["message"] for entry in caught.value.errors}


@pytest.mark.parametrize("module", [addresses, catalogue, integration])
def test_the_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


def test_a_new_integration_is_a_hidden_draft_at_version_one():
    made = draft()
    assert (made.status, made.version, made.currency, made.category, made.sales_channel) == (
        "draft",
        1,
        "SEK",
        None,
        None,
    )
    assert made.scopes == frozenset({"profile"})


def test_neither_hash_nor_secret_is_in_the_text_of_an_integration():
    assert "k1:00" not in repr(draft())


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example.com/callback",
        "https://app.example.com",
        "https://app.example.com:8443/cb?tenant=1&x=%C3%A5",
        "https://xn--rksmrgs-5wao1o.se/cb",
        "http://127.0.0.1/cb",
        "http://127.0.0.1:49152/cb",
        "http://[::1]:8080/cb",
        "https://a.example/" + "x" * (2_048 - 18),
    ],
)
def test_redirect_uris_that_are_accepted(uri):
    assert callback_fault(uri) is None


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("http://app.example.com/cb", "Use https"),
        ("http://localhost/cb", "Use https"),
        ("http://127.0.0.1.evil.example/cb", "Use https"),
        ("http://0177.0.0.1/cb", "Use https"),
        ("https://localhost/cb", "host name"),
        ("https://10.0.0.1/cb", "host name"),
        ("https://[::1]/cb", "host name"),
        ("https://app.example.com/cb#frag", "fragment"),
        ("https://app.example.com/cb#", "fragment"),
        ("https://*.example.com/cb", "Wildcards"),
        ("https://app.example.com/*", "Wildcards"),
        ("https://user@app.example.com/cb", "user name"),
        ("https://user:pass@app.example.com/cb", "user name"),
        ("https://app.example.com\\@evil.example/cb", "ASCII"),
        ("https://app.example.com/c b", "ASCII"),
        ("https://app.example.com/\r\nLocation:x", "ASCII"),
        ("https://app.example.com/\t", "ASCII"),
        ("https://räksmörgås.se/cb", "ASCII"),
        ("https://app.example.com/%zz", "ASCII"),
        ("https://app.example.com:99999/cb", "port"),
        ("https://app.example.com:22/cb", "port"),
        ("https://[::1/cb", "cannot be read"),
        ("https:///cb", "https://"),
        ("//app.example.com/cb", "https://"),
        ("javascript:alert(1)", "https://"),
        ("data:text/html,x", "https://"),
        ("myapp:/callback", "https://"),
        ("app.example.com/cb", "https://"),
        ("", "ASCII"),
        ("https://a.example/" + "x" * (2_048 - 17), "2,048"),
    ],
)
def test_redirect_uris_that_are_refused_with_the_reason(uri, reason):
    assert reason in (callback_fault(uri) or "accepted")


@given(st.text(max_size=60))
def test_no_text_makes_the_address_checks_fail_in_any_other_way(text):
    for check in (callback_fault, web_fault, email_fault):
        assert check(text) is None or isinstance(check(text), str)
        assert isinstance(check("https://" + text), str | None)


def test_each_refused_redirect_uri_is_named_by_its_place():
    found = refused(redirect_uris=["https://a.example/cb", "http://b.example", "https://a.example/cb", "x"])
    assert set(found) == {"/redirect_uris/1", "/redirect_uris/2", "/redirect_uris/3"}
    assert found["/redirect_uris/2"] == "This address is listed twice."


def test_redirect_uris_are_kept_byte_for_byte():
    uris = ("https://A.Example/%7e?b=2&a=1", "https://a.example/", "https://a.example")
    assert draft(redirect_uris=list(uris)).redirect_uris == uris


def test_more_than_ten_redirect_uris_are_refused():
    assert "/redirect_uris" in refused(redirect_uris=[f"https://a.example/{n}" for n in range(11)])


@pytest.mark.parametrize("field", ["start_page", "website", "user_agreement"])
@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://user@host.example", "https://[::1]", "https://10.0.0.1",
     "https://host.example:22", "http://host.example", "https://intranet", "https://h.example/" + "x" * 2_048],
)  # fmt: skip
def test_IN_19_pages_must_be_plain_https(field, url):
    assert set(refused(**{field: url})) == {f"/{field}"}


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com\r\nBcc: x@example.com",
        "A <a@example.com>",
        '"a b"@example.com',
        "a@localhost",
        "a" * 65 + "@example.com",
        "a@" + "b" * 250 + ".se",
    ],
)
def test_IN_27_contacts_are_plain_addresses(address):
    assert set(refused(contact_email=address)) == {"/contact_email"}


def test_IN_25_exactly_one_known_category():
    assert set(refused(category="unknown")) == {"/category"}
    for category in categories():
        assert draft(category=category).category == category


@pytest.mark.parametrize(
    ("details", "fields"),
    [
        ({"sales_channel": SalesChannel.PLATFORM}, {"/price_minor"}),
        ({"price_minor": 100}, {"/price_minor"}),
        ({"sales_channel": SalesChannel.WEBSITE, "price_minor": 100}, {"/price_minor"}),
        ({"sales_channel": SalesChannel.PLATFORM, "price_minor": 100, "price_text": "cheap"}, {"/price_text"}),
        ({"price_text": "cheap"}, {"/price_text"}),
        ({"trial_days": 14}, {"/trial_days"}),
        ({"sales_channel": SalesChannel.PLATFORM, "price_minor": 100, "trial_days": 91}, {"/trial_days"}),
        ({"sales_channel": SalesChannel.PLATFORM, "price_minor": -1}, {"/price_minor"}),
        ({"sales_channel": SalesChannel.PLATFORM, "price_minor": 10_000_001}, {"/price_minor"}),
        ({"sales_channel": SalesChannel.PLATFORM, "price_minor": 1, "currency": "USD"}, {"/currency"}),
        ({"sales_channel": SalesChannel.PLATFORM, "price_minor": 1, "currency": "sek"}, {"/currency"}),
    ],
)
def test_IN_24_price_and_channel_belong_together(details, fields):
    assert set(refused(**details)) == fields


def test_prices_that_are_right():
    assert draft(sales_channel=SalesChannel.PLATFORM, price_minor=0).price_minor == 0
    assert draft(sales_channel=SalesChannel.WEBSITE, price_text="SEK 100 / month").price_text == "SEK 100 / month"


def test_all_faults_are_told_at_once():
    assert set(refused(scopes=["nonsense"], website="x", category="y", redirect_uris=["z"])) == {
        "/scopes", "/website", "/category", "/redirect_uris/0",
    }  # fmt: skip


def test_scopes_come_from_the_catalogue_and_are_needed():
    assert set(refused(scopes=[])) == {"/scopes"}
    assert draft(scopes=list(scope_catalogue())).scopes == frozenset(scope_catalogue())
    assert scope_catalogue()["order"].licences == ("Order",)


def test_a_change_keeps_the_rest_and_counts_the_version():
    before = draft(website="https://a.example")
    after = changed_integration(before, {"description": "New", "website": None}, NOW + timedelta(hours=1))
    assert (after.description, after.website, after.version, after.name) == ("New", "", 2, "Kvitto")
    assert replace(after, description="", website="https://a.example", version=1, updated_at=NOW) == before


def test_a_change_that_makes_it_invalid_is_refused():
    before = draft(sales_channel=SalesChannel.PLATFORM, price_minor=100)
    with pytest.raises(RejectedError):
        changed_integration(before, {"sales_channel": SalesChannel.WEBSITE}, NOW)


def test_null_takes_every_optional_value_away():
    before = draft(
        licence_model="per_user", only_administrator=True, redirect_uris=["https://a.example"], currency="SEK"
    )
    after = changed_integration(
        before,
        {"licence_model": None, "only_administrator": None, "redirect_uris": None, "currency": None, "category": None},
        NOW,
    )
    assert (after.licence_model, after.only_administrator, after.redirect_uris, after.currency) == (
        "single",
        False,
        (),
        "SEK",
    )


def test_SE_06_two_live_secrets_and_never_three():
    two = with_secret(draft(), secret("sec_2"), NOW)
    assert [entry.secret_id for entry in two.secrets] == ["sec_1", "sec_2"]
    with pytest.raises(SecretLimitReachedError):
        with_secret(two, secret("sec_3"), NOW)


def test_an_expired_secret_makes_room():
    expired = replace(draft(), secrets=(secret("sec_0", NOW), secret("sec_1")))
    assert [entry.secret_id for entry in with_secret(expired, secret("sec_2"), NOW).secrets] == ["sec_1", "sec_2"]


def test_revoking_takes_one_secret_away_and_knows_the_unknown():
    assert without_secret(draft(), "sec_1", NOW).secrets == ()
    with pytest.raises(NotFoundError):
        without_secret(draft(), "sec_9", NOW)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kvitto", "KVITTO"),
        ("Café", "Cafe\u0301"),
        ("\uff21\uff22\uff23", "abc"),
        ("a  b", " a b "),
        ("straße", "STRASSE"),
    ],
)
def test_IN_07_names_that_look_the_same_are_the_same(one, other):
    assert fold_name(one) == fold_name(other)
