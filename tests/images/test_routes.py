"""Tickets and states over HTTP, and the page of an integration's images."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from chalicelib.accounts.domain import PortalRole
from chalicelib.images import service
from chalicelib.images.domain import KINDS, ImageKind
from chalicelib.images.events import images_render
from tests.client import Client
from tests.factories import aws_calls, customer, developer
from tests.images.conftest import UPLOADS, keys, notification, record
from tests.images.pictures import encoded, gradient

PNG = encoded(gradient(300, 300), "PNG")
ASKED = {"kind": "logo", "content_type": "image/png", "byte_size": len(PNG)}


@pytest.fixture
def dev(client) -> Client:
    return developer(client)


@pytest.fixture
def images(dev) -> str:
    made = dev.post("/integrations", json={"name": "Kvitto", "scopes": ["profile"]})
    return f"{made.headers['location']}/images"


def upload(ticket: dict, data: bytes = PNG) -> None:
    key = ticket["upload"]["fields"]["key"]
    boto3.client("s3").put_object(Bucket=UPLOADS, Key=key, Body=data)
    images_render(notification(record(key)), None)


def test_a_ticket_is_bound_to_key_type_size_and_five_minutes(dev, images):
    answer = dev.post(images, json=ASKED)
    ticket = answer.json
    assert answer.status == 201
    assert answer.headers["location"] == ticket["href"] == f"{images}/{ticket['image_id']}"
    assert ticket["upload"]["url"] == "https://anslut-test-uploads.s3.eu-north-1.amazonaws.com"
    fields = ticket["upload"]["fields"]
    policy = json.loads(base64.b64decode(fields["policy"]))
    conditions = policy["conditions"]
    assert {"key": fields["key"]} in conditions
    assert {"bucket": UPLOADS} in conditions
    assert {"Content-Type": "image/png"} in conditions
    assert ["content-length-range", len(PNG), len(PNG)] in conditions
    assert not [one for one in conditions if isinstance(one, list) and one[0] == "starts-with"]
    assert fields["key"] == f"originals/{images.split('/')[2]}/{ticket['image_id']}"
    assert fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"


def test_the_whole_way_from_ticket_to_sizes_to_nothing(dev, images):
    ticket = dev.post(images, json=ASKED).json
    assert dev.get(ticket["href"]).json["status"] == "awaiting_upload"
    upload(ticket)
    ready = dev.get(ticket["href"]).json
    assert (ready["status"], ready["reason"], ready["width"]) == ("ready", "", 300)
    assert {(one["width"], one["height"], one["content_type"]) for one in ready["variants"]} == {
        (width, width, content_type) for width in (256, 128, 64) for content_type in ("image/webp", "image/jpeg")
    }
    assert all(one["url"].startswith("/images/") for one in ready["variants"])
    assert ready["url"] in [one["url"] for one in ready["variants"]]
    assert dev.get(images).json == [ready]
    assert dev.request("DELETE", ticket["href"]).status == 204
    assert dev.get(ticket["href"]).status == 404
    assert dev.request("DELETE", ticket["href"]).status == 404
    assert (keys("anslut-test-images"), keys(UPLOADS)) == ([], [])


def test_a_refused_file_says_why(dev, images):
    ticket = dev.post(images, json=ASKED).json
    upload(ticket, b"%PDF-1.7")
    state = dev.get(ticket["href"], headers={"Accept-Language": "en"}).json
    assert (state["status"], state["variants"], state["url"]) == ("rejected", [], "")
    assert "not a PNG" in state["reason"]


@pytest.mark.parametrize(
    "change",
    [{"kind": "poster"}, {"content_type": "image/svg+xml"}, {"content_type": "image/png; charset=x"}, {"content_type": ""}, {"byte_size": 0}, {"byte_size": -1},
     {"byte_size": 5_000_001}, {"byte_size": "9"}, {"byte_size": 1.5}, {"crop": {"x": 0}}, {"crop": {"x": -1, "y": 0, "width": 9, "height": 9}},
     {"crop": {"x": 0, "y": 0, "width": 0, "height": 9}}, {"file_name": "../../x"}, {"kind": None}],
)  # fmt: skip
def test_bad_wishes_are_refused_and_nothing_is_stored(dev, images, change):
    answer = dev.post(images, json=ASKED | change)
    assert answer.status == 422, answer.text
    assert dev.get(images).json == []


def test_a_selection_travels_with_the_ticket(dev, images):
    ticket = dev.post(images, json=ASKED | {"crop": {"x": 10, "y": 10, "width": 200, "height": 200}}).json
    upload(ticket)
    assert max(one["width"] for one in dev.get(ticket["href"]).json["variants"]) == 128


def test_BO_03_who_may_what(client, dev, images):
    ticket = dev.post(images, json=ASKED).json
    viewer = developer(client, company=dev.person.company, portal_role=PortalRole.VIEWER)
    assert viewer.get(ticket["href"]).status == viewer.get(images).status == 200
    for who, status in ((viewer, 403), (customer(client), 403), (client, 401), (developer(client), 404)):
        assert who.post(images, json=ASKED).status == status
        assert who.request("DELETE", ticket["href"]).status == status
    stranger = developer(client)
    own = stranger.post("/integrations", json={"name": "Own", "scopes": ["profile"]}).headers["location"]
    assert stranger.get(images).status == stranger.get(ticket["href"]).status == 404
    assert stranger.get(f"{own}/images/{ticket['image_id']}").status == 404
    assert developer(client, licence=False).post(images, json=ASKED).status == 403


@pytest.mark.parametrize("odd", ["%00", "x" * 3_000, "å", "{}", "..%2f"])
def test_IM_36_odd_ids_are_not_found(dev, images, odd):
    assert dev.get(f"{images}/{odd}").status == 404


def test_IM_33_tickets_and_covers_have_a_limit(dev, images):
    cover = ASKED | {"kind": "cover"}
    for _ in range(10):
        assert dev.post(images, json=cover).status == 201
    answer = dev.post(images, json=cover)
    assert (answer.status, answer.json["code"]) == (409, "image-limit-reached")
    for _ in range(10):
        assert dev.post(images, json=ASKED).status == 201
    assert dev.post(images, json=ASKED).status == 409


def test_reads_take_one_call_each(dev, images):
    ticket = dev.post(images, json=ASKED).json
    with aws_calls() as calls:
        dev.get(images)
    assert calls.count("Query") == 1
    with aws_calls() as calls:
        service.list_images(images.split("/")[2])
    assert calls == ["Query"]
    assert ticket


def test_the_page_shows_fields_states_and_sizes_and_may_talk_to_the_store(dev, images):
    dev.headers["Accept-Language"] = "en"
    page = f"/portal{images}"
    empty = dev.get(page)
    assert empty.status == 200
    assert (
        "connect-src 'self' https://anslut-test-uploads.s3.eu-north-1.amazonaws.com"
        in empty.headers["content-security-policy"]
    )
    assert empty.text.count("<image-field") == len(KINDS)
    assert "Uploading needs JavaScript" in empty.text
    ticket = dev.post(images, json=ASKED).json
    assert "Waiting for the file" in dev.get(page).text
    upload(ticket)
    ready = dev.get(page).text
    assert re.search(r'<source type="image/webp" srcset="/images/[a-z0-9]{24}/[0-9a-f]{16}-256\.webp 256w, ', ready)
    assert f'href="{ticket["href"]}"' in ready
    logo = next(
        one["url"]
        for one in dev.get(ticket["href"]).json["variants"]
        if one["width"] == 128 and one["content_type"] != "image/webp"
    )
    for tab in ("", "/images", "/oauth", "/scopes", "/price"):
        shown = dev.get(f"{page.removesuffix('/images')}{tab}").text
        assert f'<img src="{logo}" alt=""' in shown, tab or "details"
    upload(dev.post(images, json=ASKED | {"kind": "icon"}).json, b"GIF89a")
    assert "The image is damaged or incomplete" in dev.get(page).text


def test_the_reason_is_told_in_the_readers_language(dev, images):
    ticket = dev.post(images, json=ASKED).json
    upload(ticket, b"<svg/>")
    said = {lang: dev.get(ticket["href"], headers={"Accept-Language": lang}).json for lang in ("en", "sv")}
    assert {one["refusal"] for one in said.values()} == {"format"}
    assert said["en"]["reason"] == "The file is not a PNG, JPEG, WebP or GIF image."
    assert said["sv"]["reason"] == "Filen är inte en bild i formatet PNG, JPEG, WebP eller GIF."
    assert dev.get(images, headers={"Accept-Language": "sv"}).json == [said["sv"]]


def test_the_original_can_be_read_by_those_who_may_change_the_selection(client, dev, images):
    ticket = dev.post(images, json=ASKED).json
    assert dev.get(f"{ticket['href']}/original").json["code"] == "image-not-ready"
    upload(ticket)
    found = dev.get(f"{ticket['href']}/original").json
    address = urlsplit(found["url"])
    asked = parse_qs(address.query)
    assert f"{address.scheme}://{address.netloc}" == "https://anslut-test-uploads.s3.eu-north-1.amazonaws.com"
    assert address.path == f"/{ticket['upload']['fields']['key']}"
    assert asked["response-content-disposition"] == ["attachment"]
    assert asked["response-content-type"] == [found["content_type"]] == ["image/png"]
    assert asked["X-Amz-Expires"] == ["300"]
    viewer = developer(client, company=dev.person.company, portal_role=PortalRole.VIEWER)
    assert viewer.get(f"{ticket['href']}/original").status == 403
    assert developer(client).get(f"{ticket['href']}/original").status == 404


def test_the_table_looks_again_while_something_is_made_and_then_no_more(dev, images):
    ticket = dev.post(images, json=ASKED).json
    part = f"/portal{images}/sizes"
    waiting = dev.get(part).text
    assert 'id="image-sizes"' in waiting.lstrip()[:60]
    assert 'hx-trigger="every 2s, image:sent from:body' in waiting
    upload(ticket)
    ready = dev.get(part).text
    assert 'hx-trigger="image:sent from:body' in ready
    assert "every 2s" not in ready
    assert waiting.count("<html") == ready.count("<html") == 0


def test_an_image_can_be_deleted_without_a_script(dev, images):
    ticket = dev.post(images, json=ASKED).json
    upload(ticket)
    page = f"/portal{images}"
    assert dev.submit(page, f"{page}/{ticket['image_id']}/delete").headers["location"] == page
    assert dev.get(ticket["href"]).status == 404


def test_viewers_see_the_images_without_buttons(client, dev, images):
    upload(dev.post(images, json=ASKED).json)
    viewer = developer(client, company=dev.person.company, portal_role=PortalRole.VIEWER)
    text = viewer.get(f"/portal{images}").text
    assert "<image-field" not in text
    assert "<picture>" in text


def test_the_published_rules_are_what_the_table_says():
    assert {kind: rules.limit for kind, rules in KINDS.items()} == {
        ImageKind.LOGO: 1,
        ImageKind.ICON: 1,
        ImageKind.COVER: 10,
    }
    assert all(
        rules.height(width) * rules.shape[0] == width * rules.shape[1]
        for rules in KINDS.values()
        for width in rules.widths
    )
    assert all(
        list(rules.widths) == sorted(rules.widths, reverse=True) and rules.widths[-1] <= rules.min_width
        for rules in KINDS.values()
    )
