"""Images on the embedded AWS: what the store refuses, events in any order, deletion, replacement.

The emulator applies a policy's conditions and time but does not check its signature: that part of IM-04 is S3's alone.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import skimage
from PIL import Image

from infra import redrive
from infra.seed import upload_image
from infra.visitor import Visitor
from tests.e2e.stack import Stack

ROCKET = (Path(skimage.__file__).parent / "data" / "rocket.jpg").read_bytes()  # NASA, public domain; 640 by 427
SCRIPT = b"<html><script>alert(1)</script></html>"


def square(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 400), colour).save(out, "PNG")
    return out.getvalue()


RED, BLUE = square("red"), square("blue")


@pytest.fixture(scope="module")
def developer(stack: Stack) -> Visitor:
    visitor = Visitor(stack.url, "astrid@nordkod.example", "try-anslut-today")
    visitor.sign_in()
    return visitor


@pytest.fixture
def images(developer: Visitor, unique: str) -> Iterator[str]:
    """The path of a new integration's images; the integration goes when the test ends."""
    made = developer.call("POST", "/integrations", json={"name": f"Images {unique}", "scopes": ["profile"]})
    path = f"/integrations/{made['integration_id']}"
    yield f"{path}/images"
    if developer.browser.get(developer.url + path, timeout=20).status_code == 200:
        developer.call("DELETE", path)


def ask(developer: Visitor, images: str, data: bytes, content_type: str = "image/png", kind: str = "logo") -> Any:
    body = {"kind": kind, "content_type": content_type, "byte_size": len(data)}
    return developer.call("POST", images, json=body)


def post(ticket: dict[str, Any], data: bytes, **changed: str) -> int:
    fields = {**ticket["upload"]["fields"], **changed}
    return requests.post(ticket["upload"]["url"], data=fields, files={"file": ("f", data)}, timeout=20).status_code


def finished(stack: Stack, developer: Visitor, href: str) -> dict[str, Any]:
    def look() -> Any:
        image = developer.call("GET", href)
        return image if image["status"] in {"ready", "rejected"} else None

    image: dict[str, Any] = stack.eventually(look, seconds=60)
    return image


def objects(stack: Stack, bucket: str, prefix: str) -> list[str]:
    listed = stack.aws("s3").list_objects_v2(Bucket=stack.bucket(bucket), Prefix=prefix)
    return [entry["Key"] for entry in listed.get("Contents", ())]


def folder(image: dict[str, Any]) -> str:
    return f"images/{image['image_id'].rpartition('_')[2]}/"


def render_event(stack: Stack, key: str, sequencer: str, version_id: str) -> dict[str, Any]:
    """The event as S3 sends it, for sending it again, late or out of order."""
    thing = {"key": key, "size": 1, "sequencer": sequencer, "versionId": version_id}
    s3 = {"bucket": {"name": stack.bucket("uploads")}, "object": thing}
    return {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Post", "s3": s3}]}


def original(images: str, image: dict[str, Any]) -> str:
    return f"originals/{images.split('/')[2]}/{image['image_id']}"


def newest_version(stack: Stack, key: str) -> str:
    versions = stack.aws("s3").list_object_versions(Bucket=stack.bucket("uploads"), Prefix=key)["Versions"]
    return next(str(one["VersionId"]) for one in versions if one["IsLatest"])


# --- the ticket's policy ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "data", "status"),
    [
        ({"key": "originals/int_other/img_other"}, RED, 403),
        ({"key": "originals/../images/x.png"}, RED, 403),
        ({"key": "${filename}"}, RED, 403),
        ({"key": "images/x/y-64.webp"}, RED, 403),
        ({"Content-Type": "text/html"}, RED, 403),
        ({"Content-Type": "image/jpeg"}, RED, 403),
        ({"success_action_redirect": "https://evil.example/"}, RED, 403),
        ({}, RED + b"\0", 400),
        ({}, RED[:-1], 400),
        ({}, b"", 400),
    ],
    ids=["foreign key", "upwards", "file name", "another folder", "html", "another image type", "redirect",
         "a byte more", "a byte less", "empty"],
)  # fmt: skip
def test_IM_03_IM_04_the_store_refuses_what_the_ticket_does_not_say(
    stack: Stack, developer: Visitor, images: str, change: dict[str, str], data: bytes, status: int
) -> None:
    ticket = ask(developer, images, RED)
    assert post(ticket, data, **change) == status
    assert developer.call("GET", ticket["href"])["status"] == "awaiting_upload"
    assert objects(stack, "uploads", ticket["upload"]["fields"]["key"]) == []


def test_IM_04_a_ticket_of_another_image_stores_nothing_here(stack: Stack, developer: Visitor, images: str) -> None:
    mine, other = ask(developer, images, RED), ask(developer, images, RED)
    assert post(mine, RED, key=other["upload"]["fields"]["key"]) == 403
    assert objects(stack, "uploads", other["upload"]["fields"]["key"]) == []


def test_IM_04_a_ticket_is_good_for_five_minutes_and_no_longer(stack: Stack, developer: Visitor, images: str) -> None:
    ticket = ask(developer, images, RED)
    policy = json.loads(base64.b64decode(ticket["upload"]["fields"]["policy"]))
    assert datetime.fromisoformat(policy["expiration"]) - datetime.now(UTC) <= timedelta(minutes=5)
    policy["expiration"] = (datetime.now(UTC) - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert post(ticket, RED, policy=base64.b64encode(json.dumps(policy).encode()).decode()) == 403


def test_IM_03_a_stranger_gets_no_ticket(stack: Stack, images: str) -> None:
    customer = Visitor(stack.url, "erik@bergsbageri.example", "try-anslut-today")
    customer.sign_in()
    body = {"kind": "logo", "content_type": "image/png", "byte_size": 100}
    answers = [
        requests.post(stack.url + images, json=body, timeout=20),
        customer.browser.post(stack.url + images, json=body),
    ]
    assert [answer.status_code for answer in answers] == [401, 403]


# --- from the file to its sizes --------------------------------------------------------------------------------------


def test_IM_01_every_size_is_served_as_promised_and_the_original_to_nobody(
    stack: Stack, developer: Visitor, images: str
) -> None:
    image = upload_image(developer, images, "cover", ROCKET, "image/jpeg")
    assert {one["width"] for one in image["variants"]} == {640, 320}
    for variant in image["variants"]:
        served = requests.get(stack.url + variant["url"], timeout=20)
        assert served.headers["Content-Type"] == variant["content_type"]
        assert served.headers["X-Content-Type-Options"] == "nosniff"
        assert served.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "immutable" in served.headers["Cache-Control"]
        assert "Set-Cookie" not in served.headers
        with Image.open(io.BytesIO(served.content)) as drawn:
            assert drawn.size == (variant["width"], variant["height"])
    assert requests.get(f"{stack.url}/images/{original(images, image)}", timeout=20).status_code == 404


def test_IM_06_what_is_no_image_ends_refused_with_a_reason_and_leaves_nothing(
    stack: Stack, developer: Visitor, images: str
) -> None:
    image = upload_image(developer, images, "logo", SCRIPT, "image/png")
    assert (image["status"], image["variants"]) == ("rejected", [])
    assert image["reason"] == "The file is not a PNG, JPEG, WebP or GIF image."
    assert objects(stack, "uploads", f"originals/{images.split('/')[2]}/") == []
    assert objects(stack, "images", folder(image)) == []


# --- the same, late, in another order --------------------------------------------------------------------------------


def test_IM_25_the_same_event_ten_times_at_once_changes_nothing(stack: Stack, developer: Visitor, images: str) -> None:
    image = upload_image(developer, images, "logo", RED, "image/png")
    key = original(images, image)
    event = render_event(stack, key, "F" * 20, newest_version(stack, key))
    with ThreadPoolExecutor(10) as crowd:
        list(crowd.map(lambda _: stack.invoke("images-render", event), range(10)))
    after = developer.call("GET", f"{images}/{image['image_id']}")
    assert after["status"] == "ready"
    assert objects(stack, "images", folder(image)) == sorted(one["url"][1:] for one in after["variants"])


def test_an_older_event_after_a_newer_one_changes_nothing(stack: Stack, developer: Visitor, images: str) -> None:
    image = upload_image(developer, images, "logo", RED, "image/png")
    key = original(images, image)
    older = newest_version(stack, key)
    stack.aws("s3").put_object(Bucket=stack.bucket("uploads"), Key=key, Body=BLUE, ContentType="image/png")
    blue = stack.eventually(
        lambda: (now := developer.call("GET", f"{images}/{image['image_id']}"))["colour"] != image["colour"] and now
    )
    stack.invoke("images-render", render_event(stack, key, "0", older))
    assert developer.call("GET", f"{images}/{image['image_id']}") == blue
    assert objects(stack, "images", folder(image)) == sorted(one["url"][1:] for one in blue["variants"])


def test_IM_30_a_deleted_image_is_gone_everywhere_and_a_late_event_brings_nothing_back(
    stack: Stack, developer: Visitor, images: str
) -> None:
    image = upload_image(developer, images, "logo", RED, "image/png")
    key = original(images, image)
    version = newest_version(stack, key)
    developer.call("DELETE", f"{images}/{image['image_id']}")
    assert developer.call("GET", images) == []
    assert [requests.get(stack.url + one["url"], timeout=20).status_code for one in image["variants"]] == [404] * len(
        image["variants"]
    )
    stack.invoke("images-render", render_event(stack, key, "F" * 20, version))
    again = stack.aws("s3").put_object(Bucket=stack.bucket("uploads"), Key=key, Body=RED)["VersionId"]
    stack.invoke("images-render", render_event(stack, key, "F" * 21, again))
    assert developer.call("GET", images) == []
    assert (objects(stack, "uploads", key), objects(stack, "images", folder(image))) == ([], [])


def test_IM_31_deleted_while_it_waits_stays_deleted(stack: Stack, developer: Visitor, images: str) -> None:
    ticket = ask(developer, images, RED)
    developer.call("DELETE", ticket["href"])
    assert post(ticket, RED) == 204  # the store knows the ticket, not the row
    key = ticket["upload"]["fields"]["key"]
    stack.eventually(lambda: not objects(stack, "uploads", key))
    assert developer.call("GET", images) == []


def test_IM_31_a_logo_replaced_while_the_first_is_made_leaves_the_newest(
    stack: Stack, developer: Visitor, images: str
) -> None:
    first, second = ask(developer, images, RED), ask(developer, images, BLUE)
    with ThreadPoolExecutor(2) as both:
        assert list(both.map(post, (first, second), (RED, BLUE))) == [204, 204]
    image = finished(stack, developer, second["href"])
    stack.eventually(lambda: [one["image_id"] for one in developer.call("GET", images)] == [image["image_id"]])
    assert image["colour"] == "#0000ff"
    assert objects(stack, "uploads", f"originals/{images.split('/')[2]}/") == [second["upload"]["fields"]["key"]]


def test_IM_31_a_deleted_integration_takes_its_images_with_it(stack: Stack, developer: Visitor, images: str) -> None:
    image = upload_image(developer, images, "logo", RED, "image/png")
    developer.call("DELETE", images.removesuffix("/images"))
    prefix = f"originals/{images.split('/')[2]}/"
    stack.eventually(lambda: not (objects(stack, "uploads", prefix) or objects(stack, "images", folder(image))))


def test_an_upload_whose_event_ended_as_a_dead_letter_is_ready_after_a_redrive(
    stack: Stack, developer: Visitor, images: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letter is written here, as Lambda's failure destination would: nothing of ours fails on purpose."""
    image = upload_image(developer, images, "logo", RED, "image/png")
    key, href = original(images, image), f"{images}/{image['image_id']}"
    red = newest_version(stack, key)
    stack.aws("s3").put_object(Bucket=stack.bucket("uploads"), Key=key, Body=BLUE, ContentType="image/png")
    stack.eventually(lambda: developer.call("GET", href)["colour"] == "#0000ff", seconds=60)
    dead = stack.aws("sqs").get_queue_url(QueueName=stack.function("images-render") + "-dlq")["QueueUrl"]
    lost = {"version": "1.0", "requestPayload": render_event(stack, key, "F" * 22, red)}
    stack.aws("sqs").send_message(QueueUrl=dead, MessageBody=json.dumps(lost))
    monkeypatch.setenv("ANSLUT_STATE_DIR", str(stack.home))
    redrive.main("images-render")
    stack.eventually(lambda: developer.call("GET", href)["colour"] != "#0000ff", seconds=60)
    assert "Messages" not in stack.aws("sqs").receive_message(QueueUrl=dead)


def test_IM_28_what_is_no_upload_of_ours_is_left_alone(stack: Stack) -> None:
    foreign = render_event(stack, "images/abc/def-64.webp", "1", "")
    events: list[dict[str, Any]] = [{"Service": "Amazon S3", "Event": "s3:TestEvent"}, {"Records": [{}]}, foreign]
    assert [stack.invoke("images-render", event) for event in events] == [None] * 3
