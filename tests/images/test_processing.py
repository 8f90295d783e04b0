"""From the event to the final state: repeated, late, reordered, forged and failing events included."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.images import processing, repository, service
from chalicelib.images.domain import ImageKind, ImageStatus
from chalicelib.images.events import images_remove, images_render
from chalicelib.images.processing import Upload, parse_uploads
from chalicelib.kit.aws import client
from chalicelib.kit.errors import NotFoundError, UnavailableError
from chalicelib.kit.outbox import new_event
from tests.factories import aws_calls
from tests.images.conftest import IMAGES, UPLOADS, Studio, keys, notification, record
from tests.images.pictures import encoded, gradient

PNG = encoded(gradient(300, 300), "PNG")
OTHER = encoded(gradient(300, 300).rotate(90), "PNG")


def s3_calls() -> Counter[str]:
    """Counts S3 operations from here on."""
    seen: Counter[str] = Counter()
    client("s3").meta.events.register(
        "before-send.s3", lambda event_name, **_: seen.update([event_name.rsplit(".", 1)[-1]])
    )
    return seen


def test_an_upload_becomes_every_size_with_one_get_one_put_a_variant_and_one_row_write(studio: Studio):
    ticket = studio.ticket(PNG)
    event = studio.put(ticket.image, PNG)
    seen = s3_calls()
    with aws_calls() as calls:
        images_render(event, None)
    image = studio.read(ticket.image)
    assert image.status is ImageStatus.READY
    assert (image.width, image.height) == (300, 300)
    assert calls == ["GetItem", "PutItem"]
    assert seen == Counter({"GetObject": 1, "PutObject": len(image.variants)})
    assert keys(IMAGES) == sorted(variant.key for variant in image.variants)
    assert image.expires_at is None


def test_IM_34_variants_are_stored_with_their_true_type_for_ever_under_a_name_made_of_their_content(studio):
    image = studio.upload(PNG)
    for variant in image.variants:
        stored = boto3.client("s3").head_object(Bucket=IMAGES, Key=variant.key)
        assert stored["ContentType"] == variant.content_type
        assert stored["CacheControl"] == "public, max-age=31536000, s-maxage=60, immutable"
        assert stored["ContentDisposition"].startswith('inline; filename="')
        assert stored["ContentLength"] == variant.byte_size
        folder, name = variant.key.removeprefix("images/").split("/")
        assert len(folder) == 24
        assert name.split("-")[0] != folder
    assert image.url == f"/{next(v.key for v in image.variants if v.width == 256 and v.content_type == 'image/jpeg')}"


def test_IM_07_a_jpeg_that_calls_itself_a_png_is_taken_for_what_it_is(studio):
    image = studio.upload(encoded(gradient(300, 300), "JPEG"))  # its ticket says image/png
    assert image.status is ImageStatus.READY
    types = {boto3.client("s3").head_object(Bucket=IMAGES, Key=one.key)["ContentType"] for one in image.variants}
    assert types == {one.content_type for one in image.variants} == {"image/webp", "image/jpeg"}


def test_IM_25_the_same_event_ten_times_leaves_one_set_and_one_row(studio):
    ticket = studio.ticket(PNG)
    event = studio.put(ticket.image, PNG)
    images_render(event, None)
    first, stored = studio.read(ticket.image), keys(IMAGES)
    seen = s3_calls()
    for _ in range(9):
        images_render(event, None)
    assert studio.read(ticket.image) == first
    assert keys(IMAGES) == stored
    assert not seen


def test_IM_25_the_same_event_twice_at_once(studio, monkeypatch):
    """The second copy is done between the first one's read and its write."""
    ticket = studio.ticket(PNG)
    event = studio.put(ticket.image, PNG)
    meanwhile(monkeypatch, lambda: images_render(event, None))
    images_render(event, None)
    image = studio.read(ticket.image)
    assert image.status is ImageStatus.READY
    assert keys(IMAGES) == sorted(variant.key for variant in image.variants)


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Any) -> None:
    """Run something once, right before the outcome is stored."""
    store = repository.save_outcome
    waiting = [happens]

    def save(before: Any, after: Any) -> None:
        if waiting:
            waiting.pop()()
        store(before, after)

    monkeypatch.setattr(repository, "save_outcome", save)


def test_IM_31_deleted_while_it_is_made_stays_deleted(studio, monkeypatch):
    ticket = studio.ticket(PNG)
    event = studio.put(ticket.image, PNG)
    meanwhile(monkeypatch, lambda: service.delete_image(studio.ctx, studio.integration_id, ticket.image.image_id))
    images_render(event, None)
    assert (keys(IMAGES), keys(UPLOADS)) == ([], [])
    with pytest.raises(NotFoundError):
        studio.read(ticket.image)


def test_IM_31_a_late_event_brings_nothing_back(studio):
    ticket = studio.ticket(PNG)
    service.delete_image(studio.ctx, studio.integration_id, ticket.image.image_id)
    images_render(studio.put(ticket.image, PNG), None)
    assert (keys(IMAGES), keys(UPLOADS)) == ([], [])


def test_an_upload_under_a_ticket_long_expired_is_thrown_away(studio):
    ticket = studio.ticket(PNG)
    studio.put(ticket.image, PNG)
    late = replace(studio.ctx, now=studio.ctx.now + timedelta(days=2))
    processing.process_upload(late, Upload(studio.integration_id, ticket.image.image_id, "09"))
    assert (keys(IMAGES), keys(UPLOADS)) == ([], [])


def test_reordered_events_leave_the_newest_upload(studio):
    ticket = studio.ticket(PNG)
    older = studio.put(ticket.image, PNG)
    newer = studio.put(ticket.image, OTHER)
    images_render(newer, None)
    shown = studio.read(ticket.image)
    images_render(older, None)
    assert studio.read(ticket.image) == shown
    assert keys(IMAGES) == sorted(variant.key for variant in shown.variants)


def test_an_older_upload_that_finishes_in_between_is_replaced_and_cleaned(studio, monkeypatch):
    ticket = studio.ticket(PNG)
    older = studio.put(ticket.image, PNG)

    def older_finishes_first() -> None:
        boto3.client("s3").put_object(Bucket=UPLOADS, Key=ticket.image.original_key, Body=PNG)
        images_render(older, None)

    newer = studio.put(ticket.image, OTHER)
    meanwhile(monkeypatch, older_finishes_first)
    images_render(newer, None)
    image = studio.read(ticket.image)
    assert image.sequencer.startswith(f"{2:016X}")
    assert {variant.key for variant in image.variants} <= set(keys(IMAGES))


def test_a_newer_upload_that_finishes_in_between_wins_and_the_older_ones_sizes_go(studio, monkeypatch):
    ticket = studio.ticket(PNG)
    older = studio.put(ticket.image, PNG)

    def newer_finishes_first() -> None:
        images_render(studio.put(ticket.image, OTHER), None)

    meanwhile(monkeypatch, newer_finishes_first)
    images_render(older, None)
    image = studio.read(ticket.image)
    assert image.sequencer.startswith(f"{2:016X}")
    assert keys(IMAGES) == sorted(variant.key for variant in image.variants)


def test_a_new_logo_takes_the_place_of_the_old_one_once_it_is_ready(studio):
    old = studio.upload(PNG)
    waiting = studio.ticket(PNG)
    ticket = studio.ticket(OTHER)
    assert studio.read(old).status is ImageStatus.READY
    images_render(studio.put(ticket.image, OTHER), None)
    image = studio.read(ticket.image)
    assert keys(IMAGES) == sorted(variant.key for variant in image.variants)
    assert keys(UPLOADS) == [image.original_key]
    for gone in (old, waiting.image):
        with pytest.raises(NotFoundError):
            studio.read(gone)
    assert [one.image_id for one in service.list_images(studio.integration_id)] == [image.image_id]


def test_a_refused_replacement_leaves_the_old_logo(studio):
    old = studio.upload(PNG)
    refused = studio.upload(b"<svg/>")
    assert refused.status is ImageStatus.REJECTED
    assert service.list_images(studio.integration_id) == [old]


def test_covers_stand_beside_each_other(studio):
    data = encoded(gradient(640, 360), "JPEG")
    made = [studio.upload(data, ImageKind.COVER, content_type="image/jpeg") for _ in range(3)]
    assert [one.image_id for one in service.list_images(studio.integration_id)] == [one.image_id for one in made]


def test_IM_06_a_refusal_is_final_names_the_reason_and_removes_the_original(studio):
    image = studio.upload(b"<html>")
    assert (image.status, image.refusal) == (ImageStatus.REJECTED, "format")
    assert image.reason == "The file is not a PNG, JPEG, WebP or GIF image."
    assert (keys(UPLOADS), keys(IMAGES)) == ([], [])


def test_a_second_unusable_upload_does_not_take_away_what_is_shown(studio):
    image = studio.upload(PNG)
    images_render(studio.put(image, b"<html>"), None)
    assert studio.read(image) == image


def test_IM_27_a_file_larger_than_the_kind_allows_is_never_read(studio):
    ticket = studio.ticket(PNG, ImageKind.ICON)
    images_render(studio.put(ticket.image, b"\x89PNG\r\n\x1a\n" + b"\0" * 2_000_001), None)
    assert studio.read(ticket.image).refusal == "too-many-bytes"


def test_IM_27_an_original_that_is_gone_is_refused_for_good(studio):
    ticket = studio.ticket(PNG)
    images_render(notification(record(ticket.image.original_key)), None)
    image = studio.read(ticket.image)
    assert (image.status, image.refusal) == (ImageStatus.REJECTED, "missing")


def test_IM_27_trouble_of_s3_is_raised_so_that_the_event_comes_again(studio):
    ticket = studio.ticket(PNG)
    event = studio.put(ticket.image, PNG)

    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://s3")

    client("s3").meta.events.register("before-call.s3.GetObject", fail)
    with pytest.raises(UnavailableError):
        images_render(event, None)
    client("s3").meta.events.unregister("before-call.s3.GetObject", fail)
    assert studio.read(ticket.image).status is ImageStatus.AWAITING_UPLOAD


@pytest.mark.parametrize("after", range(1, 7))
def test_killed_after_any_s3_call_the_next_try_finishes_without_leftovers(studio, monkeypatch, after):
    ticket = studio.ticket(PNG)
    event = studio.put(ticket.image, PNG)
    count = 0

    def die(**_: Any) -> None:
        nonlocal count
        count += 1
        if count == after:
            raise KeyboardInterrupt

    events = client("s3").meta.events
    events.register("after-call.s3", die)
    with pytest.raises(KeyboardInterrupt):
        images_render(event, None)
    events.unregister("after-call.s3", die)
    assert studio.read(ticket.image).status is ImageStatus.AWAITING_UPLOAD
    images_render(event, None)
    image = studio.read(ticket.image)
    assert keys(IMAGES) == sorted(variant.key for variant in image.variants)


# --- reading events --------------------------------------------------------------------------------------------------


def test_IM_24_keys_are_decoded_exactly_once():
    (upload,) = parse_uploads(notification(record("originals/int_1/img_1", versionId="v1")))
    assert (upload.integration_id, upload.image_id, upload.version_id) == ("int_1", "img_1", "v1")
    for key in ("originals/int%5F1/img_1", "originals/int_1/img 1", "originals/int_1/img+1", "originals/int_1/å", "originals/int_1/\U0001f600",
                "originals/int_1%2Fimg_1", "x" * 1_024, "originals/int_1/img_1/", "../originals/int_1/img_1", "images/abc/def-64.webp"):  # fmt: skip
        assert parse_uploads(notification(record(key))) == [], key
    (upload,) = parse_uploads(notification(record("x", key="originals/int%5F1/img%5F1")))
    assert upload.integration_id == "int_1"


@pytest.mark.parametrize(
    "payload",
    [
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": UPLOADS},
        {}, {"Records": []}, {"Records": [{}]}, {"Records": [{"s3": None}]}, {"Records": [None]}, {"Records": [{"s3": {"bucket": {"name": UPLOADS}, "object": {}}}]},
        [], None, "text",
        notification(record("originals/int_1/img_1", bucket=IMAGES)),
        notification(record("originals/int_1/img_1", bucket="somebody-elses")),
        notification(record("images/abc/def-64.webp", bucket=IMAGES)),
        notification(record("x", key="originals/%FF/img_1")),
        notification(record("x", key=7)),
    ],
)  # fmt: skip
def test_IM_28_what_is_no_upload_is_left_alone(aws, payload):
    assert parse_uploads(payload) == []
    images_render(payload, None)


def test_IM_28_two_records_in_one_event_are_both_done(studio):
    one, two = (studio.ticket(PNG, kind) for kind in (ImageKind.LOGO, ImageKind.ICON))
    event = notification(*studio.put(one.image, PNG)["Records"], {"odd": 1}, *studio.put(two.image, PNG)["Records"])
    images_render(event, None)
    assert [studio.read(ticket.image).status for ticket in (one, two)] == ["ready", "ready"]


def test_sequencers_of_different_lengths_are_compared_padded():
    short, long = parse_uploads(
        notification(record("originals/a/b", sequencer="0055"), record("originals/a/b", sequencer="00550001"))
    )
    assert short.sequencer < long.sequencer


# --- integrations that end -------------------------------------------------------------------------------------------


def test_IM_31_a_deleted_integration_takes_its_images_with_it(studio):
    studio.upload(PNG)
    studio.upload(PNG, ImageKind.ICON)
    studio.ticket(PNG, ImageKind.ICON)
    body = new_event(studio.ctx, "integration.deleted", studio.integration_id).to_json()
    message = {"Records": [{"messageId": "m1", "body": body}]}
    for _ in range(2):
        assert images_remove(message, None) == {"batchItemFailures": []}
    assert (keys(IMAGES), keys(UPLOADS)) == ([], [])
    assert repository.list_images(studio.integration_id) == []


def test_IM_37_the_image_function_loads_its_own_room_and_no_secrets():
    code = (
        "import sys, chalicelib.images.events, chalicelib.images.render;"
        "print(*sorted(n for n in sys.modules if n.startswith('chalicelib.') or n in {'PIL', 'cryptography', 'jinja2', 'pydantic'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "PIL" in loaded
    assert not [
        name
        for name in loaded
        if name.split(".")[-1] in {"registry", "secrets"}
        or name.split(".")[:2] in (["chalicelib", "accounts"], ["chalicelib", "integrations"])
    ]
    assert not {"cryptography", "jinja2", "pydantic"} & set(loaded)


def test_the_api_function_does_not_load_pillow():
    code = "import sys, chalicelib.registry; print('PIL' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
