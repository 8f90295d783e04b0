"""Changed images of a published listing go through review: customers see what was approved until something else is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest

from chalicelib.images import cleaning, removal, repository
from chalicelib.images import service as images
from chalicelib.images.domain import ImageKind, Picture, Variant, compare
from chalicelib.images.events import images_render
from chalicelib.integrations import service as integrations
from chalicelib.marketplace.building import build
from chalicelib.publication import repository as publications
from tests.factories import aws_calls, developer, operator, told, whoami
from tests.images.conftest import IMAGES, UPLOADS, keys, notification, record
from tests.images.pictures import encoded, gradient
from tests.publication.test_story import ALL_GOOD, DETAILS, accept, decide, here, submit

FIRST = encoded(gradient(300, 300), "PNG")
SECOND = encoded(gradient(300, 300).rotate(90), "PNG")


@pytest.fixture
def owner(client):
    boto3.client("s3").put_bucket_versioning(Bucket=UPLOADS, VersioningConfiguration={"Status": "Enabled"})
    client = developer(client)
    accept(client)
    return client


@pytest.fixture
def staff(client, owner):
    return operator(client)


@pytest.fixture
def made(owner):
    return owner.post("/integrations", json=DETAILS).json


def upload(owner, made, data=FIRST, kind="logo"):
    path = f"/integrations/{made['integration_id']}/images"
    ticket = owner.post(path, json={"kind": kind, "content_type": "image/png", "byte_size": len(data)}).json
    boto3.client("s3").put_object(Bucket=UPLOADS, Key=ticket["upload"]["fields"]["key"], Body=data)
    images_render(notification(record(ticket["upload"]["fields"]["key"])), None)
    return owner.get(ticket["href"]).json


def publish(owner, staff, made):
    assert submit(owner, made).status == 200
    assert decide(staff, made, "approve", verdicts=ALL_GOOD).status == 200


def seen(made):
    """The logo that customers see on the consent page."""
    found = images.list_listed_images(integrations.get_public(made["integration_id"]))
    return [picture.image_id for picture in found]


def files(*made_images):
    return sorted(one["url"][1:] for image in made_images for one in image["variants"])


def clean(owner):
    ctx = whoami(owner).ctx()
    cleaning.remove_orphans(replace(ctx, now=ctx.now + timedelta(hours=2)))


def test_a_live_listing_keeps_its_approved_logo_until_the_new_one_is_approved(owner, staff, made):
    first = upload(owner, made)
    publish(owner, staff, made)
    second = upload(owner, made, SECOND)
    clean(owner)
    assert keys(IMAGES) == files(first, second)
    assert seen(made) == [first["image_id"]]
    assert [one["image_id"] for one in owner.get(f"/integrations/{made['integration_id']}/images").json] == [
        second["image_id"]
    ]
    integration = integrations.get_public(made["integration_id"])
    standing = publications.find_publication(integration.tenant_id, integration.integration_id)
    assert standing.approved.logo in [one["url"] for one in first["variants"]]

    publish(owner, staff, made)
    assert seen(made) == [second["image_id"]]
    clean(owner)
    assert keys(IMAGES) == files(second)


def test_deleting_and_selecting_anew_take_nothing_from_a_live_listing(owner, staff, made):
    first = upload(owner, made)
    publish(owner, staff, made)
    path = f"/integrations/{made['integration_id']}/images/{first['image_id']}"
    owner.request("PUT", f"{path}/selection", json={"turn": 90})
    from chalicelib.images.processing import process_selection

    process_selection(made["integration_id"], first["image_id"])
    turned = owner.get(path).json
    assert set(files(first)) < set(keys(IMAGES))
    assert owner.request("DELETE", path).status == 204
    clean(owner)
    assert keys(IMAGES) == files(first)
    assert not set(files(turned)) & set(keys(IMAGES))
    assert seen(made) == [first["image_id"]]


def test_what_a_reviewer_looks_at_stays_and_goes_with_the_review(owner, staff, made):
    first = upload(owner, made)
    submit(owner, made)
    upload(owner, made, SECOND)
    clean(owner)
    assert set(files(first)) < set(keys(IMAGES))
    owner.post(here(made), json={"action": "cancel"})
    clean(owner)
    assert not set(files(first)) & set(keys(IMAGES))


def test_a_refused_change_leaves_the_approved_images(owner, staff, made):
    first = upload(owner, made)
    publish(owner, staff, made)
    upload(owner, made, SECOND)
    submit(owner, made)
    decide(staff, made, "request_changes", reason="Too red.")
    owner.post(here(made), json={"action": "cancel"})
    clean(owner)
    assert seen(made) == [first["image_id"]]
    assert set(files(first)) < set(keys(IMAGES))


@pytest.mark.parametrize("end", ["unpublish", "delete"])
def test_what_is_no_longer_listed_is_let_go(owner, staff, made, end):
    first = upload(owner, made)
    publish(owner, staff, made)
    second = upload(owner, made, SECOND)
    if end == "unpublish":
        owner.post(here(made), json={"action": "unpublish"})
        clean(owner)
        assert keys(IMAGES) == files(second)
        assert seen(made) == [second["image_id"]]
        return
    removal.remove_all_images(made["integration_id"])
    assert (keys(IMAGES), keys(UPLOADS), list(repository.list_held_keys())) == ([], [], [])
    assert seen(made) == []
    assert first["status"] == "ready"


def test_suspending_keeps_what_was_approved_for_when_it_comes_back(owner, staff, made):
    first = upload(owner, made)
    publish(owner, staff, made)
    decide(staff, made, "suspend", reason="Complaints.")
    upload(owner, made, SECOND)
    clean(owner)
    decide(staff, made, "unsuspend", reason="Mended.")
    assert seen(made) == [first["image_id"]]
    assert set(files(first)) < set(keys(IMAGES))


def test_an_image_that_changes_while_it_is_sent_in_refuses_the_review(owner, made, monkeypatch):
    upload(owner, made)
    read = images.list_images

    def changed_meanwhile(integration_id):
        found = read(integration_id)
        for image in found:
            removal.remove_image(image)
        return found

    monkeypatch.setattr(images, "list_images", changed_meanwhile)
    answer = submit(owner, made)
    assert (answer.status, answer.json["code"]) == (412, "review-outdated")
    assert repository.list_images(made["integration_id"]) == []
    assert keys(IMAGES) == []


def test_what_customers_may_see_costs_one_call(owner, staff, made):
    upload(owner, made)
    hidden = integrations.get_public(made["integration_id"])
    with aws_calls() as calls:
        images.list_listed_images(hidden)
    assert calls == ["Query"]
    publish(owner, staff, made)
    live = integrations.get_public(made["integration_id"])
    with aws_calls() as calls:
        images.list_listed_images(live)
    assert calls == ["GetItem"]


def build_marketplace():
    for event in told("publication.*"):
        build(event)


def test_a_listing_shows_every_size_of_what_was_approved_and_a_card_the_small_ones(owner, staff, made):
    logo = upload(owner, made)
    covers = [upload(owner, made, encoded(gradient(700, 400).rotate(turn), "PNG"), "cover") for turn in (0, 180)]
    publish(owner, staff, made)
    build_marketplace()

    page = owner.get(f"/marketplace/{made['integration_id']}").text
    assert [one["url"] in page for cover in covers for one in cover["variants"]] == [True] * 8  # 640 and 320, twice
    assert f'fill="{covers[0]["colour"]}"' in page
    assert page.count('loading="lazy"') == 1  # the first cover and the logo are seen at once
    assert 'width="640" height="360"' in page
    shown = re.findall(r'srcset="([^"]*)"', owner.get("/marketplace").text)
    small = [one["url"] for one in logo["variants"] if one["width"] <= 256]
    assert sorted(url.split()[0] for srcset in shown for url in srcset.split(", ")) == sorted(small)

    upload(owner, made, SECOND)
    build_marketplace()
    assert owner.get(f"/marketplace/{made['integration_id']}").text.count(logo["variants"][0]["url"]) == page.count(
        logo["variants"][0]["url"]
    )


def test_the_reviewer_sees_old_pictures_beside_new_ones_and_the_developer_what_differs(owner, staff, made):
    owner.headers["Accept-Language"] = staff.headers["Accept-Language"] = "en"
    first = upload(owner, made)
    mine = f"/portal/integrations/{made['integration_id']}/images"
    assert "Not reviewed yet" not in owner.get(mine).text  # nothing is published
    publish(owner, staff, made)
    page = owner.get(mine).text
    assert "Customers see it" in page
    assert "Not yet shown to customers" not in page

    second = upload(owner, made, SECOND)
    page = owner.get(mine).text
    assert "Not reviewed yet" in page
    assert "New or changed: Logo" in page
    assert "Customers still see an older one: Logo" in page

    assert submit(owner, made).status == 200
    review = staff.get(f"/operator/reviews/{made['integration_id']}").text
    assert [review.count(one["url"] + '"') for one in (first, second)] == [1, 1]
    assert review.index("Customers see") < review.index(first["url"]) < review.index("Goes away")
    assert review.index("Sent in") < review.index(second["url"])


def test_other_order_of_covers_is_a_difference():
    one, two = (Picture(image_id=name, kind=ImageKind.COVER, variants=(sized(name),)) for name in "ab")
    assert compare([one, two], [one, two]).is_same
    turned = compare([one, two], [two, one])
    assert (turned.is_reordered, turned.added, turned.gone) == (True, frozenset(), ())
    less = compare([one, two], [two])
    assert (less.is_reordered, less.gone) == (False, (one,))


def sized(name):
    return Variant(width=320, height=180, content_type="image/jpeg", byte_size=1, key=f"images/{name}/1-320.jpg")
