"""What developers do with images, and what other rooms show of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.accounts import service as accounts
from chalicelib.config import settings
from chalicelib.images import objects, repository
from chalicelib.images.domain import (
    KINDS,
    MAX_WAITING,
    RECORD_LIFETIME,
    TICKET_LIFETIME,
    Comparison,
    Crop,
    Hold,
    Image,
    ImageKind,
    ImageLimitReachedError,
    ImageNotReadyError,
    ImageStatus,
    Original,
    Picture,
    Ticket,
    check_selection,
    check_ticket,
    compare,
)
from chalicelib.images.removal import remove_image
from chalicelib.images.schemas import ImageCreate, SelectionUpdate
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration, IntegrationStatus
from chalicelib.kit import together
from chalicelib.kit.ahead import Wanted
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError, RejectedError, UnavailableError
from chalicelib.kit.outbox import new_event
from chalicelib.kit.store import Transaction

__all__ = [
    "compare_with_listed",
    "cover_urls_of",
    "create_image",
    "delete_image",
    "find_held",
    "find_original",
    "get_image",
    "keep_listed",
    "keep_reviewed",
    "let_go",
    "list_current_images",
    "list_images",
    "list_listed_images",
    "list_own_images",
    "listed_logo",
    "listed_logo_url",
    "listed_read",
    "logo_url_of",
    "move_cover",
    "put_in_order",
    "select",
    "want_held",
]

_ROUNDS = 6


def create_image(ctx: Context, integration_id: str, command: ImageCreate) -> Ticket:
    """A ticket for one upload. Raises RejectedError, ImageLimitReachedError, DeveloperLicenceRequiredError."""
    accounts.require_developer_licence(ctx)
    integration = integrations.get_integration(ctx, integration_id)
    check_ticket(command.kind, command.content_type, command.byte_size)
    image_id = ctx.new_id("img")
    for _ in range(_ROUNDS):
        shelf = repository.find_shelf(integration_id)
        present = [one for one in list_current_images(ctx, integration) if one.image_id != image_id]
        _check_limits(present, command.kind)
        image = _new_image(ctx, integration, image_id, command, present)
        if repository.add_image(image, shelf):
            fields = objects.new_upload_form(image, TICKET_LIFETIME)
            return Ticket(image, settings().uploads_url, fields, ctx.now + TICKET_LIFETIME)
    raise UnavailableError(log={"cause": "many tickets at once"})


def _new_image(
    ctx: Context, integration: Integration, image_id: str, command: ImageCreate, present: list[Image]
) -> Image:
    return Image(
        integration_id=integration.integration_id,
        image_id=image_id,
        tenant_id=integration.tenant_id,
        kind=command.kind,
        content_type=command.content_type,
        byte_size=command.byte_size,
        crop=Crop(**command.crop.model_dump()) if command.crop else None,
        turn=command.turn,
        position=_next_position(present, command.kind),
        replaces=_replaced(present, command.kind),
        created_at=ctx.now,
        expires_at=ctx.now + RECORD_LIFETIME,
    )


def find_original(ctx: Context, integration_id: str, image_id: str) -> Original:
    """For those who may change the selection. Raises ImageNotReadyError before there is something to select from."""
    image = get_image(ctx, integration_id, image_id)
    if not image.is_shown:
        raise ImageNotReadyError("Wait until the image is ready, or upload it again.")
    return Original(objects.new_original_url(image, TICKET_LIFETIME), image.content_type, ctx.now + TICKET_LIFETIME)


def select(ctx: Context, integration_id: str, image_id: str, command: SelectionUpdate) -> Image:
    """Show another part of the stored original; the sizes there are stand until the new ones do.

    Raises RejectedError, ImageNotReadyError, DeveloperLicenceRequiredError.
    """
    accounts.require_developer_licence(ctx)
    crop = Crop(**command.crop.model_dump()) if command.crop else None
    for _ in range(_ROUNDS):
        image = get_image(ctx, integration_id, image_id)
        if not image.is_shown:
            raise ImageNotReadyError("Wait until the image is ready, or upload it again.")
        check_selection(image, crop, command.turn)
        if (crop, command.turn, "") == (image.crop, image.turn, image.refusal):
            return image
        after = replace(
            image, crop=crop, turn=command.turn, status=ImageStatus.PROCESSING, revision=image.revision + 1,
            refusal="", changed_at=ctx.now,
        )  # fmt: skip
        event = new_event(ctx, "image.selection_changed", image_id, integration_id=integration_id)
        if repository.save_images([(image, after)], event):
            return after
    raise UnavailableError(log={"cause": "the image changes all the time"})


def put_in_order(ctx: Context, integration_id: str, image_ids: list[str]) -> list[Image]:
    """Show the covers in this order; all of them must be named. Raises RejectedError."""
    accounts.require_developer_licence(ctx)
    integration = integrations.get_integration(ctx, integration_id)
    for _ in range(_ROUNDS):
        covers = _covers(list_current_images(ctx, integration))
        if sorted(image_ids) != sorted(covers):
            raise RejectedError.field("/image_ids", "Name every cover that is shown, each once.")
        moved = [
            (covers[image_id], replace(covers[image_id], position=place, revision=covers[image_id].revision + 1))
            for place, image_id in enumerate(image_ids, start=1)
            if covers[image_id].position != place
        ]
        if not moved or repository.save_images(moved):
            return list_current_images(ctx, integration)
    raise UnavailableError(log={"cause": "the images change all the time"})


def move_cover(ctx: Context, integration_id: str, image_id: str, *, step: int) -> None:
    """One place up (-1) or down (+1); at the end of the row nothing happens."""
    order = list(_covers(list_own_images(ctx, integration_id)))
    if image_id not in order:
        raise NotFoundError("This integration has no such cover.")
    here = order.index(image_id)
    there = min(max(here + step, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    put_in_order(ctx, integration_id, order)


def _covers(images: list[Image]) -> dict[str, Image]:
    return {one.image_id: one for one in images if one.kind is ImageKind.COVER and one.is_shown}


def _next_position(present: list[Image], kind: ImageKind) -> int:
    return 1 + max((one.position for one in present if one.kind is kind), default=0) if KINDS[kind].limit > 1 else 0


def list_own_images(ctx: Context, integration_id: str) -> list[Image]:
    """Images of an integration of the caller's company, oldest first, whatever their state."""
    return list_current_images(ctx, integrations.get_integration(ctx, integration_id))


def list_current_images(ctx: Context, integration: Integration) -> list[Image]:
    """The same for a caller that has loaded the integration as its owner."""
    found = repository.list_images(integration.integration_id)
    _note(integration, found)
    return [image for image in found if image.is_current(ctx.now)]


def get_image(ctx: Context, integration_id: str, image_id: str) -> Image:
    """Keyed by integration, and the integration by its owner: a foreign image is not found."""
    integration = integrations.get_integration(ctx, integration_id)
    image = repository.find_image(integration_id, image_id)
    if image is None or not image.is_current(ctx.now):
        raise NotFoundError("This integration has no such image.")
    if image.is_shown and not {image.head_url, image.url} & {integration.logo, *integration.covers}:
        _note(integration, repository.list_images(integration_id))  # whoever waits for it asks until it is ready
    return image


def delete_image(ctx: Context, integration_id: str, image_id: str) -> None:
    accounts.require_developer_licence(ctx)
    remove_image(get_image(ctx, integration_id, image_id))
    list_own_images(ctx, integration_id)


def logo_url_of(images: list[Image]) -> str:
    """The same from images that were read already."""
    logos = [image for image in _shown(images) if image.kind is ImageKind.LOGO]
    return logos[0].head_url if logos else ""


def list_images(integration_id: str) -> list[Image]:
    """What may be shown of an integration to anybody who may see it: those with sizes, the newest of a single kind."""
    return _shown(repository.list_images(integration_id))


def list_listed_images(integration: Integration) -> list[Picture]:
    """What customers may see: of a published integration what was approved, of a hidden one what there is. One call."""
    approved = (
        () if integration.status is IntegrationStatus.DRAFT else repository.find_hold(integration.integration_id).listed
    )
    return list(approved) or [image.picture for image in list_images(integration.integration_id)]


def listed_read(integration_id: str) -> Wanted:
    """For `kit.reads`: what `list_listed_images` will ask for of a published integration."""
    return repository.hold_read(integration_id)


def listed_logo_url(integration: Integration) -> str:
    """The logo that customers see, or nothing: of a published one what `listed_read` read."""
    if integration.status is IntegrationStatus.DRAFT:
        return integration.logo
    return listed_logo(integration, repository.find_hold(integration.integration_id))


def listed_logo(integration: Integration, held: Hold | None) -> str:
    """What customers may see of its logo, from rows that were read already: no picture that nobody has approved."""
    approved = [one.head_url for one in held.listed if one.kind is ImageKind.LOGO] if held else []
    return next(iter(approved), integration.logo if integration.status is IntegrationStatus.DRAFT else "")


def compare_with_listed(integration: Integration, images: list[Image], held: Hold) -> Comparison | None:
    """What of its images customers of a published integration do not see yet; None for any other."""
    if integration.status is IntegrationStatus.DRAFT:
        return None
    return compare(held.listed, _shown(images))


def find_held(integration_id: str) -> Hold:
    """What customers and the reviewer see of it whatever became of the images since. One call."""
    return repository.find_hold(integration_id)


def want_held(integration_id: str) -> together.Wanted[Hold]:
    """The same, read together with other rows; None is nothing held."""
    return repository.want_hold(integration_id)


def keep_reviewed(tx: Transaction, integration_id: str, images: Sequence[Image]) -> None:
    """Part of sending in: what is reviewed now stays, whatever becomes of the images. Parts "hold", "image …"."""
    repository.add_hold(tx, integration_id, images)


def keep_listed(tx: Transaction, integration_id: str) -> None:
    """Part of an approval: what was reviewed is what customers see from now on."""
    repository.hold_listed(tx, integration_id)


def let_go(tx: Transaction, integration_id: str, *, is_listed: bool) -> None:
    """Part of a review's end (`is_listed`: what was approved before stays) or of taking a listing down."""
    repository.end_hold(tx, integration_id, is_listed=is_listed)


def _note(integration: Integration, images: list[Image]) -> None:
    """Keep on the integration's row what every page of it shows: a write only when something is ready or gone."""
    integrations.note_pictures(integration, logo_url_of(images), cover_urls_of(images))


def cover_urls_of(images: list[Image]) -> list[str]:
    """The covers in their order."""
    return [image.url for image in _shown(images) if image.kind is ImageKind.COVER]


def _shown(images: list[Image]) -> list[Image]:
    ready = [image for image in images if image.is_shown]
    newest = {image.kind: image.image_id for image in ready}
    return [image for image in ready if KINDS[image.kind].limit > 1 or newest[image.kind] == image.image_id]


def _check_limits(present: list[Image], kind: ImageKind) -> None:
    waiting = [image for image in present if image.status is ImageStatus.AWAITING_UPLOAD]
    if len(waiting) >= MAX_WAITING:
        raise ImageLimitReachedError("Use or delete the upload tickets you have, or wait until they expire.")
    limit = KINDS[kind].limit
    taken = [image for image in present if image.kind is kind and not image.is_refused]
    if limit > 1 and len(taken) >= limit:
        raise ImageLimitReachedError(f"An integration has at most {limit} images of the kind {kind}. Delete one first.")


def _replaced(present: list[Image], kind: ImageKind) -> tuple[str, ...]:
    """Of a kind with one place, the new image takes the place of everything before it, once it is ready."""
    return tuple(image.image_id for image in present if image.kind is kind) if KINDS[kind].limit == 1 else ()
