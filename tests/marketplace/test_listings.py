"""The read model: what is live is found by words and in lists, whatever order events come in; nothing else is."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from chalicelib.accounts import repository as accounts_repository
from chalicelib.accounts.domain import LicenceStatus
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.kit.outbox import Event
from chalicelib.kit.pagination import PageQuery
from chalicelib.marketplace import repository, service
from chalicelib.marketplace.building import build
from chalicelib.marketplace.listed import Standing
from chalicelib.marketplace.words import closest, fold, stem, words_of
from tests import factories
from tests.client import Client
from tests.factories import aws_calls

BASE = {
    "name": "Kvitto Sync", "description": "Photograph a **bill**, and the voucher is there.", "category": "receipts",
    "scopes": ["invoice"], "sales_channel": "platform", "price_minor": 9900, "currency": "SEK",
    "redirect_uris": ["https://a.example/cb"], "logo": "/images/l.png",
}  # fmt: skip
_ids = itertools.count(1)


@pytest.fixture
def owner(client: Client) -> factories.Person:
    return factories.new_person(licence=True)


def event(owner, kind="publication.listed", subject="", version=1, place="marketplace", **listing):
    subject = subject or f"int_{next(_ids):024d}"
    data = {"version": version}
    if kind == "publication.listed":
        data |= {
            "listing_version": 1, "place": place, "client_id": "abc", "tenant_id": owner.company.tenant_id,
            "developer": "Nordkod AB", "listing": {**BASE, **listing},
        }  # fmt: skip
    return Event("evt_1", kind, subject, new_context().now, "req", data)


def names(text):
    return [card.name for card in service.search_listings(text).cards]


def on_shelves(category=""):
    return [card.name for card in service.list_listings(new_context(), PageQuery(), category).items]


@pytest.mark.parametrize("text", [
    "kvitto", "KVITTON", "kvit", "kvittot", "receipts", "receipt", "utlägg", "utlagg", "Nordkod", "voucher bill",
    "sync kvitto", "bills",
])  # fmt: skip
def test_C1_found_by_words_of_both_languages_and_their_beginnings(owner, text):
    build(event(owner))
    assert names(text) == ["Kvitto Sync"]


@pytest.mark.parametrize("text", ["", "k", "kvitto lager", "#", "😀", "itto", "x" * 200])
def test_not_found_by_anything_else(owner, text):
    build(event(owner))
    assert names(text) == []


@pytest.mark.parametrize(
    ("typed", "meant"), [("kvito", "kvitto"), ("vuocher", ""), ("kvittp", "kvitto"), ("vouhcer", "voucher")]
)
def test_a_slip_is_forgiven_and_explained(owner, typed, meant):
    build(event(owner))
    found = service.search_listings(typed)
    assert ([card.name for card in found.cards], found.corrected) == (
        (["Kvitto Sync"], (typed, meant)) if meant else ([], None)
    )


def test_names_stand_before_descriptions(owner):
    build(event(owner, name="Other", description="Works with lager of all kinds"))
    build(event(owner, name="Lagerbro"))
    assert names("lager") == ["Lagerbro", "Other"]


def test_BO_20_unpublished_suspended_deleted_are_absent_everywhere(owner, client):
    for gone in ("publication.unlisted", "integration.deleted"):
        listed = event(owner)
        build(listed)
        assert on_shelves() == on_shelves("receipts") == ["Kvitto Sync"]
        build(event(owner, gone, listed.subject, version=2))
        assert (on_shelves(), on_shelves("receipts"), names("kvitto")) == ([], [], [])
        assert client.get(f"/listings/{listed.subject}").status == 404
        assert repository.WordItem.query("kv").total_count == 0 or names("kvitto") == []


def test_a_new_version_replaces_the_old_one_in_lists_and_words(owner):
    first = event(owner)
    build(first)
    build(event(owner, subject=first.subject, version=2, name="Bonbro", category="commerce"))
    assert (on_shelves(), on_shelves("receipts"), on_shelves("commerce")) == (["Bonbro"], [], ["Bonbro"])
    assert (names("kvitto"), names("bonbro")) == ([], ["Bonbro"])


def test_events_in_any_order_and_twice_end_the_same(owner):
    subject = f"int_{next(_ids):024d}"
    story = [
        event(owner, subject=subject, version=1, name="One"), event(owner, subject=subject, version=2, name="Two"),
        event(owner, "publication.unlisted", subject, version=3), event(owner, subject=subject, version=4, name="Four"),
    ]  # fmt: skip
    for order in itertools.permutations(story):
        with factories.aws_calls():
            for one in [*order, *random.Random(1).sample(order, 4)]:
                build(one)
        assert on_shelves() == ["Four"]
        assert (names("four"), names("two"), names("one")) == (["Four"], [], [])
        break_down(subject)


def break_down(subject):
    for table in (repository.ListingItem, repository.ShelfItem, repository.WordItem):
        for row in list(table.scan()):
            row.delete()
    assert subject


def test_a_word_left_behind_shows_nothing(owner):
    """A crash between the listing and its words: the listing decides."""
    first = event(owner)
    build(first)
    repository.put_listing(first.subject, Standing(2), repository.find_listing_row(first.subject))
    assert repository.find_entries("kvitto")
    assert names("kvitto") == []


def test_website_only_has_a_page_and_stands_in_no_list(owner, client):
    one = event(owner, place="website")
    build(one)
    assert (on_shelves(), names("kvitto")) == ([], [])
    assert client.get(f"/marketplace/{one.subject}").status == 200


def test_pages_are_open_to_everybody_with_structured_data_and_no_script_inside(owner, client):
    one = event(owner, description="<script>alert(1)</script> fine")
    build(one)
    nobody = Client(client.app, headers={"Accept-Language": "en"})
    page = nobody.get(f"/marketplace/{one.subject}")
    said = ('itemtype="https://schema.org/SoftwareApplication"', 'content="99.00"', "Sign in to activate", "Nordkod AB")
    assert [text for text in said if text not in page.text] == []
    assert "<script>alert" not in page.text
    home = nobody.get("/marketplace?q=kvito")
    assert "Nothing was found for &#34;kvito&#34;" in home.text
    assert "Client id" not in home.text
    assert "Kvitto Sync" in nobody.get("/marketplace?category=receipts").text
    assert "Kvitto Sync" not in nobody.get("/marketplace?category=other").text
    assert nobody.get("/listings?q=kvitto").json["items"][0]["name"] == "Kvitto Sync"
    assert nobody.get("/listings?category=%00").json["items"] == []
    answer = nobody.get(f"/listings/{one.subject}").json
    assert (answer["name"], "redirect_uris" in answer) == ("Kvitto Sync", False)


def test_who_lost_the_licence_shows_nothing(client):
    lost = factories.new_person(licence=False)
    one = event(lost)
    build(one)
    assert client.get(f"/listings/{one.subject}").status == 404


def test_PG_01_lists_walk_every_row_once_and_stay_at_one_call(owner):
    for count in range(30):
        build(event(owner, name=f"Lager {count:02d}"))
    ctx, seen, cursor = new_context(), [], None
    while True:
        with aws_calls() as calls:
            page = service.list_listings(ctx, PageQuery(limit=7, cursor=cursor), "receipts")
        assert calls == ["Query"]
        seen += [card.name for card in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [f"Lager {count:02d}" for count in range(30)]
    with aws_calls() as calls:
        assert len(service.search_listings("lager 0").cards) >= 10
    assert calls == ["Query", "BatchGetItem"]


def test_the_landing_page_is_the_approved_one(owner, client):
    one = event(owner)
    build(one)
    assert service.get_published_listing(one.subject).landing_page == "https://a.example/cb"
    assert replace(service.get_published_listing(one.subject), name="x").name == "x"


def test_words():
    assert words_of("Å, ä & Ö: Bokföring!") == ["bokforing"]
    assert (fold("Ærø ß"), stem("fakturorna"), stem("lager")) == ("aero ss", "faktur", "lager")
    assert closest("abc", ["abd"]) is None
    assert closest("fakturor", ["faktrua"]) is None
    assert closest("bokforing", ["bokfroign", "bokforing"]) == "bokforing"


def with_licence(owner, status):
    company = accounts_repository.find_company(owner.company.tenant_id)
    changed = replace(company, licence=status, version=company.version + 1)
    with store.transaction() as tx:
        accounts_repository.save_company(tx, changed)
    return Event("evt_2", f"licence.{status}", owner.company.tenant_id, new_context().now, "req", {"reason": "x"})


def test_a_licence_that_is_taken_away_takes_the_cards_too_and_gives_them_back(owner, client):
    first = event(owner)
    build(first)
    for status in (LicenceStatus.SUSPENDED, LicenceStatus.WITHDRAWN):
        taken = with_licence(owner, status)
        build(taken)
        build(taken)
        assert (on_shelves(), on_shelves("receipts"), names("kvitto")) == ([], [], [])
        assert client.get(f"/listings/{first.subject}").status == 404
    build(with_licence(owner, LicenceStatus.GRANTED))
    assert (on_shelves(), on_shelves("receipts"), names("kvitto")) == (["Kvitto Sync"],) * 3


def test_what_is_published_without_a_licence_waits_for_it(owner):
    gone = with_licence(owner, LicenceStatus.SUSPENDED)
    build(event(owner))
    assert on_shelves() == []
    build(gone)
    build(with_licence(owner, LicenceStatus.GRANTED))
    assert on_shelves() == ["Kvitto Sync"]


def test_ratings_stand_on_cards_and_pages_whatever_order_events_come_in(owner, client):
    first = event(owner)
    rated = [
        Event("evt_3", "rating.summarised", first.subject, new_context().now, "req",
              {"version": n, "count": n, "total": 4 * n, "is_recommended": n > 1})
        for n in (1, 2, 3)
    ]  # fmt: skip
    for order in ([rated[0], first, rated[2], rated[1]], [rated[1], rated[2], rated[0]]):
        for one in order:
            build(one)
        (card,) = service.list_listings(new_context(), PageQuery()).items
        assert (card.rating_count, card.rating_total, card.is_recommended) == (3, 12, True)
    build(event(owner, subject=first.subject, version=2, name="Bonbro"))
    (card,) = service.search_listings("bonbro").cards
    assert card.rating_count == 3
    page = client.get(f"/marketplace/{first.subject}", headers={"Accept-Language": "en"}).text
    assert 'itemtype="https://schema.org/AggregateRating"' in page
    assert 'content="4.0"' in page
    assert "Recommended" in page
