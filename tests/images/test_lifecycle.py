"""Selections changed later, order, limits under races, clean-up, and a fault after each call to AWS."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.images import cleaning, processing, removal, repository, service
from chalicelib.images.domain import Crop, Image, ImageKind, ImageLimitReachedError, ImageNotReadyError, ImageStatus
from chalicelib.images.events import images_remake, images_render
from chalicelib.images.schemas import SelectionUpdate
from chalicelib.kit.aws import client
from chalicelib.kit.errors import RejectedError, UnavailableError
from chalicelib.kit.store import shared_connection, transaction
from tests.factories import told
from tests.images.conftest import IMAGES, UPLOADS, Studio, keys
from tests.images.pictures import encoded, gradient, quarters

PNG = encoded(gradient(300, 300), "PNG")
OTHER = encoded(gradient(300, 300).rotate(90), "PNG")
COVER = encoded(gradient(640, 360), "JPEG")
PART = {"x": 0, "y": 0, "width": 150, "height": 150}


def select(studio: Studio, image: Image, **wish: Any) -> Image:
    return service.select(studio.ctx, studio.integration_id, image.image_id, SelectionUpdate.model_validate(wish))


def remake(*events: Any) -> None:
    records = [{"messageId": one.event_id, "body": one.to_json()} for one in events or told("image.selection_changed")]
    assert images_remake({"Records": records}, None) == {"batchItemFailures": []}


def is_whole(image: Image) -> bool:
    return {variant.key for variant in image.variants} <= set(keys(IMAGES))


def pixels(image: Image) -> Any:
    from PIL import Image as Pillow

    variant = next(one for one in image.variants if one.content_type != "image/webp")
    return Pillow.open(boto3.client("s3").get_object(Bucket=IMAGES, Key=variant.key)["Body"])


# --- selections ------------------------------------------------------------------------------------------------------


def test_a_selection_is_changed_without_a_new_upload_and_the_old_sizes_stand_meanwhile(studio):
    old = studio.upload(encoded(quarters(600, 600), "PNG"))
    changed = select(studio, old, crop={"x": 0, "y": 300, "width": 300, "height": 300})
    assert changed.status is ImageStatus.PROCESSING
    assert [one.image_id for one in service.list_images(studio.integration_id)] == [old.image_id]
    assert is_whole(changed)
    remake()
    new = studio.read(old)
    assert new.status is ImageStatus.READY
    assert new.crop == Crop(0, 300, 300, 300)
    assert keys(IMAGES) == sorted(variant.key for variant in new.variants)
    assert not {variant.key for variant in new.variants} & {variant.key for variant in old.variants}
    red, green, blue = pixels(new).getpixel((128, 128))
    assert (red < 30, green < 30, blue > 220) == (True, True, True)


@pytest.mark.parametrize(("turn", "corner"), [(0, (255, 0, 0)), (90, (0, 0, 255)), (180, (255, 255, 255)), (270, (0, 255, 0))])  # fmt: skip
def test_an_image_is_turned_clockwise(studio, turn, corner):
    image = studio.upload(encoded(quarters(600, 400), "PNG"))
    if turn:
        select(studio, image, turn=turn)
        remake()
    new = studio.read(image)
    assert (new.width, new.height) == ((600, 400) if turn in {0, 180} else (400, 600))
    assert all(abs(a - b) < 30 for a, b in zip(pixels(new).getpixel((5, 5)), corner, strict=True))


def test_the_same_selection_again_does_nothing(studio):
    image = studio.upload(PNG)
    assert select(studio, image) == image
    assert told("image.selection_changed") == []


def test_a_selection_too_small_or_outside_is_refused(studio):
    image = studio.upload(PNG)
    for crop in ({"x": 0, "y": 0, "width": 100, "height": 100}, {"x": 250, "y": 0, "width": 150, "height": 150}):
        with pytest.raises(RejectedError):
            select(studio, image, crop=crop)


def test_what_was_never_ready_has_nothing_to_select_from(studio):
    with pytest.raises(ImageNotReadyError):
        select(studio, studio.ticket(PNG).image, crop=PART)


def test_two_selections_in_any_order_leave_the_last_one(studio):
    image = studio.upload(PNG)
    select(studio, image, crop=PART)
    select(studio, image, crop=PART | {"x": 20})
    first, second = sorted(told("image.selection_changed"), key=lambda one: one.occurred_at)
    remake(second, first, second)
    new = studio.read(image)
    assert (new.status, new.crop) == (ImageStatus.READY, Crop(20, 0, 150, 150))
    assert keys(IMAGES) == sorted(variant.key for variant in new.variants)


def test_a_selection_changed_while_the_sizes_are_made_wins(studio, monkeypatch):
    image = studio.upload(PNG)
    select(studio, image, crop=PART)
    meanwhile(monkeypatch, lambda: select(studio, image, crop=PART | {"x": 20}))
    processing.process_selection(studio.integration_id, image.image_id)
    assert studio.read(image).status is ImageStatus.PROCESSING
    assert is_whole(studio.read(image))
    processing.process_selection(studio.integration_id, image.image_id)
    new = studio.read(image)
    assert (new.status, new.crop) == (ImageStatus.READY, Crop(20, 0, 150, 150))
    assert keys(IMAGES) == sorted(variant.key for variant in new.variants)


def test_deleted_while_sizes_are_remade_stays_deleted(studio, monkeypatch):
    image = studio.upload(PNG)
    select(studio, image, crop=PART)
    meanwhile(monkeypatch, lambda: service.delete_image(studio.ctx, studio.integration_id, image.image_id))
    processing.process_selection(studio.integration_id, image.image_id)
    remake()
    assert (keys(IMAGES), keys(UPLOADS), repository.list_images(studio.integration_id)) == ([], [], [])


def test_a_lost_original_leaves_the_sizes_there_are(studio):
    image = studio.upload(PNG)
    select(studio, image, crop=PART)
    boto3.client("s3").delete_object(Bucket=UPLOADS, Key=image.original_key, VersionId=image.version_id)
    remake()
    assert studio.read(image).status is ImageStatus.READY
    assert is_whole(studio.read(image))


def test_after_a_refused_second_upload_the_first_original_is_still_selected_from(studio):
    image = studio.upload(PNG)
    images_render(studio.put(image, b"<html>"), None)
    select(studio, image, crop=PART)
    remake()
    assert studio.read(image).crop == Crop(0, 0, 150, 150)
    assert studio.read(image).status is ImageStatus.READY


# --- order and limits ------------------------------------------------------------------------------------------------


def covers(studio: Studio, count: int) -> list[str]:
    made = [studio.upload(COVER, ImageKind.COVER, content_type="image/jpeg") for _ in range(count)]
    return [one.image_id for one in made]


def test_covers_are_put_in_order_and_a_new_one_comes_last(studio):
    a, b, c = covers(studio, 3)
    service.put_in_order(studio.ctx, studio.integration_id, [c, a, b])
    (d,) = covers(studio, 1)
    assert [one.image_id for one in service.list_images(studio.integration_id)] == [c, a, b, d]
    service.move_cover(studio.ctx, studio.integration_id, d, step=-1)
    service.move_cover(studio.ctx, studio.integration_id, c, step=-1)
    assert [one.image_id for one in service.list_images(studio.integration_id)] == [c, a, d, b]
    for wrong in ([c, a, d], [c, a, d, b, b], [c, a, d, "img_other"]):
        with pytest.raises(RejectedError):
            service.put_in_order(studio.ctx, studio.integration_id, wrong)


def test_order_survives_sizes_that_are_made_meanwhile(studio, monkeypatch):
    a, b = covers(studio, 2)
    image = repository.find_image(studio.integration_id, b)
    assert image
    select(studio, image, turn=180)
    meanwhile(monkeypatch, lambda: service.put_in_order(studio.ctx, studio.integration_id, [b, a]))
    remake()
    assert [one.image_id for one in service.list_images(studio.integration_id)] == [b, a]
    assert studio.read(image).status is ImageStatus.READY


def test_IM_33_the_limit_holds_when_another_ticket_is_given_between_count_and_write(studio, monkeypatch):
    covers_given = [studio.ticket(COVER, ImageKind.COVER, "image/jpeg") for _ in range(9)]
    add = repository.add_image
    waiting = [lambda: studio.ticket(COVER, ImageKind.COVER, "image/jpeg")]

    def add_image(image: Image, shelf: int) -> bool:
        if waiting:
            waiting.pop()()
        return add(image, shelf)

    monkeypatch.setattr(repository, "add_image", add_image)
    with pytest.raises(ImageLimitReachedError):
        studio.ticket(COVER, ImageKind.COVER, "image/jpeg")
    assert len(repository.list_images(studio.integration_id)) == len(covers_given) + 1 == 10


# --- clean-up --------------------------------------------------------------------------------------------------------


def later(studio: Studio, **span: int) -> Any:
    return replace(studio.ctx, now=studio.ctx.now + timedelta(**span))


def test_the_clean_up_takes_what_no_row_names_and_nothing_else(studio):
    image = studio.upload(PNG)
    waiting = studio.ticket(PNG, ImageKind.ICON)
    studio.put(waiting.image, PNG)
    s3 = boto3.client("s3")
    s3.put_object(Bucket=UPLOADS, Key="originals/int_gone/img_gone", Body=b"x")
    s3.put_object(Bucket=IMAGES, Key="images/gone/abc-64.webp", Body=b"x")
    s3.put_object(Bucket=IMAGES, Key=image.variants[0].key.rpartition("/")[0] + "/lost-64.webp", Body=b"x")
    assert cleaning.remove_orphans(studio.ctx) == 0
    assert cleaning.remove_orphans(later(studio, hours=2)) == 3
    assert keys(IMAGES) == sorted(variant.key for variant in image.variants)
    assert keys(UPLOADS) == sorted([image.original_key, waiting.image.original_key])
    assert cleaning.remove_orphans(later(studio, days=15)) == 1
    assert keys(UPLOADS) == [image.original_key]
    assert [one.image_id for one in repository.list_images(studio.integration_id)] == [image.image_id]


def test_an_upload_that_no_event_finished_gets_an_end_and_a_redrive_makes_it_ready(studio):
    event = studio.put(studio.ticket(PNG).image, PNG)
    cleaning.remove_orphans(studio.ctx)
    (young,) = repository.list_images(studio.integration_id)
    assert young.status is ImageStatus.AWAITING_UPLOAD
    cleaning.remove_orphans(later(studio, hours=2))
    (given_up,) = repository.list_images(studio.integration_id)
    assert (given_up.status, given_up.refusal) == (ImageStatus.REJECTED, "not-drawn")
    assert given_up.reason.startswith("A fault of ours")
    cleaning.remove_orphans(later(studio, days=13))
    assert keys(UPLOADS) == [given_up.original_key]
    images_render(event, None)
    image = studio.read(given_up)
    assert (image.status, image.refusal, image.expires_at) == (ImageStatus.READY, "", None)
    assert is_whole(image)


def test_an_upload_that_is_never_redriven_is_forgotten_with_its_original(studio):
    studio.put(studio.ticket(PNG).image, PNG)
    cleaning.remove_orphans(later(studio, hours=2))
    cleaning.remove_orphans(later(studio, days=15))
    assert (keys(UPLOADS), repository.list_images(studio.integration_id)) == ([], [])


def test_a_selection_that_no_event_finished_gets_an_end_and_a_redrive_draws_it(studio):
    image = studio.upload(PNG)
    select(studio, image, crop=PART)
    cleaning.remove_orphans(studio.ctx)
    assert studio.read(image).status is ImageStatus.PROCESSING
    cleaning.remove_orphans(later(studio, hours=2))
    given_up = studio.read(image)
    assert (given_up.status, given_up.refusal) == (ImageStatus.READY, "not-remade")
    assert given_up.variants == image.variants
    remake()
    drawn = studio.read(image)
    assert (drawn.status, drawn.refusal, drawn.crop) == (ImageStatus.READY, "", Crop(0, 0, 150, 150))
    assert keys(IMAGES) == sorted(variant.key for variant in drawn.variants)


def test_the_same_part_can_be_chosen_again_after_it_was_not_drawn(studio):
    image = studio.upload(PNG)
    select(studio, image, crop=PART)
    cleaning.remove_orphans(later(studio, hours=2))
    assert select(studio, image, crop=PART).status is ImageStatus.PROCESSING
    remake()
    assert studio.read(image).refusal == ""


def test_an_image_whose_original_is_lost_keeps_its_sizes(studio):
    image = studio.upload(PNG)
    boto3.client("s3").delete_object(Bucket=UPLOADS, Key=image.original_key)
    assert cleaning.remove_orphans(later(studio, hours=2)) == 0
    assert is_whole(image)


# --- a fault after each call -----------------------------------------------------------------------------------------


class Lightning(BaseException):
    """The process is killed."""


def struck(after: int, step: Any, fault: str) -> bool:
    """Run `step`; kill it right after its n-th answer from S3 or DynamoDB, or refuse its n-th call. False: fewer calls."""
    seen = 0

    def strike(**_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == after:
            raise Lightning if fault == "killed" else EndpointConnectionError(endpoint_url="https://aws")

    moment = "after-call" if fault == "killed" else "before-call"
    sources = [client("s3").meta.events, shared_connection().client.meta.events]
    for events in sources:
        events.register(moment, strike)
    try:
        step()
    except (Lightning, UnavailableError):
        return True
    finally:
        for events in sources:
            events.unregister(moment, strike)
    return False


STORIES = ("upload", "replace", "replace listed", "select", "select listed", "delete", "delete listed", "refuse")
REFUSED = ("upload", "replace listed", "select listed", "delete")


@pytest.mark.parametrize(
    ("story", "fault"), [*((one, "killed") for one in STORIES), *((one, "refused") for one in REFUSED)]
)
def test_a_fault_at_any_call_leaves_nothing_ready_without_a_size_and_nothing_over(studio, story, fault):
    for after in range(1, 40):
        removal.remove_all_images(studio.integration_id)
        step, again = prepared(studio, story)
        was_struck = struck(after, step, fault)
        assert all(is_whole(one) for one in repository.list_images(studio.integration_id) if one.is_shown), after
        again()
        cleaning.remove_orphans(later(studio, hours=2))
        rows = repository.list_images(studio.integration_id)
        listed = repository.find_hold(studio.integration_id).keys
        assert bool(listed) is story.endswith("listed")
        assert set(keys(IMAGES)) == {variant.key for one in rows for variant in one.variants} | listed, after
        assert set(keys(UPLOADS)) == {one.original_key for one in rows if one.status is not ImageStatus.REJECTED}, after
        assert all(one.status in {ImageStatus.READY, ImageStatus.REJECTED} for one in rows), after
        if not was_struck:
            return
    raise AssertionError("more than forty calls")


def prepared(studio: Studio, story: str) -> tuple[Any, Any]:
    """What is struck, and what comes again by itself: the event."""
    if story == "upload":
        event = studio.put(studio.ticket(PNG).image, PNG)
        return (lambda: images_render(event, None),) * 2
    if story.startswith("replace"):
        list_it(studio, studio.upload(PNG), story)
        event = studio.put(studio.ticket(OTHER).image, OTHER)
        return (lambda: images_render(event, None),) * 2
    if story == "refuse":
        event = studio.put(studio.ticket(PNG).image, b"<html>")
        return (lambda: images_render(event, None),) * 2
    image = studio.upload(PNG)
    list_it(studio, image, story)
    if story.startswith("select"):
        select(studio, image, crop=PART)
        run = lambda: processing.process_selection(studio.integration_id, image.image_id)  # noqa: E731
        return run, run
    return (lambda: removal.remove_image(image)), (lambda: None)


def list_it(studio: Studio, image: Image, story: str) -> None:
    if story.endswith("listed"):
        for step in (lambda tx: repository.add_hold(tx, studio.integration_id, [image]),
                     lambda tx: repository.hold_listed(tx, studio.integration_id)):  # fmt: skip
            with transaction() as tx:
                step(tx)


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Any) -> None:
    """Run something once, right before an outcome is stored."""
    store = repository.save_outcome
    waiting = [happens]

    def save(before: Image, after: Image) -> None:
        if waiting:
            waiting.pop()()
        store(before, after)

    monkeypatch.setattr(repository, "save_outcome", save)
