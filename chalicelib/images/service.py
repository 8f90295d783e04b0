"""What developers do with images, and what other rooms show of them."""

from __future__ import annotations

from chalicelib.accounts import service as accounts
from chalicelib.config import settings
from chalicelib.images import repository
from chalicelib.images.domain import (
    KINDS,
    MAX_WAITING,
    RECORD_LIFETIME,
    TICKET_LIFETIME,
    Crop,
    Image,
    ImageKind,
    ImageLimitReachedError,
    ImageStatus,
    Ticket,
    check_ticket,
)
from chalicelib.images.schemas import ImageCreate
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError

__all__ = [
    "create_image",
    "delete_image",
    "get_image",
    "list_current_images",
    "list_images",
    "list_own_images",
    "logo_url",
    "logo_url_of",
]


def create_image(ctx: Context, integration_id: str, command: ImageCreate) -> Ticket:
    """A ticket for one upload. Raises RejectedError, ImageLimitReachedError, DeveloperLicenceRequiredError."""
    accounts.require_developer_licence(ctx)
    integration = integrations.get_integration(ctx, integration_id)
    check_ticket(command.kind, command.content_type, command.byte_size)
    present = list_current_images(ctx, integration)
    _check_limits(present, command.kind)
    image = Image(
        integration_id=integration.integration_id,
        image_id=ctx.new_id("img"),
        tenant_id=integration.tenant_id,
        kind=command.kind,
        content_type=command.content_type,
        byte_size=command.byte_size,
        crop=Crop(**command.crop.model_dump()) if command.crop else None,
        replaces=_replaced(present, command.kind),
        created_at=ctx.now,
        expires_at=ctx.now + RECORD_LIFETIME,
    )
    repository.add_image(image)
    fields = repository.new_upload_form(image, TICKET_LIFETIME)
    return Ticket(image, settings().uploads_url, fields, ctx.now + TICKET_LIFETIME)


def list_own_images(ctx: Context, integration_id: str) -> list[Image]:
    """Images of an integration of the caller's company, oldest first, whatever their state."""
    return list_current_images(ctx, integrations.get_integration(ctx, integration_id))


def list_current_images(ctx: Context, integration: Integration) -> list[Image]:
    """The same for a caller that has loaded the integration as its owner."""
    found = repository.list_images(integration.integration_id)
    return [image for image in found if image.is_current(ctx.now)]


def get_image(ctx: Context, integration_id: str, image_id: str) -> Image:
    """Keyed by integration, and the integration by its owner: a foreign image is not found."""
    integrations.get_integration(ctx, integration_id)
    image = repository.find_image(integration_id, image_id)
    if image is None or not image.is_current(ctx.now):
        raise NotFoundError("This integration has no such image.")
    return image


def delete_image(ctx: Context, integration_id: str, image_id: str) -> None:
    accounts.require_developer_licence(ctx)
    repository.remove_image(get_image(ctx, integration_id, image_id))


def logo_url(integration_id: str) -> str:
    """The logo for the head of a page, or nothing: one Query."""
    return logo_url_of(repository.list_images(integration_id))


def logo_url_of(images: list[Image]) -> str:
    """The same from images that were read already."""
    logos = [image for image in _shown(images) if image.kind is ImageKind.LOGO]
    return logos[0].head_url if logos else ""


def list_images(integration_id: str) -> list[Image]:
    """What may be shown of an integration to anybody who may see it: ready images, the newest of a single kind."""
    return _shown(repository.list_images(integration_id))


def _shown(images: list[Image]) -> list[Image]:
    ready = [image for image in images if image.status is ImageStatus.READY]
    newest = {image.kind: image.image_id for image in ready}
    return [image for image in ready if KINDS[image.kind].limit > 1 or newest[image.kind] == image.image_id]


def _check_limits(present: list[Image], kind: ImageKind) -> None:
    waiting = [image for image in present if image.status is ImageStatus.AWAITING_UPLOAD]
    if len(waiting) >= MAX_WAITING:
        raise ImageLimitReachedError("Use or delete the upload tickets you have, or wait until they expire.")
    limit = KINDS[kind].limit
    taken = [image for image in present if image.kind is kind and image.status is not ImageStatus.REJECTED]
    if limit > 1 and len(taken) >= limit:
        raise ImageLimitReachedError(f"An integration has at most {limit} images of the kind {kind}. Delete one first.")


def _replaced(present: list[Image], kind: ImageKind) -> tuple[str, ...]:
    """Of a kind with one place, the new image takes the place of everything before it, once it is ready."""
    return tuple(image.image_id for image in present if image.kind is kind) if KINDS[kind].limit == 1 else ()
