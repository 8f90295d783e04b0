"""Addresses of images as JSON: a ticket, then the state of the upload."""

from __future__ import annotations

from chalicelib.accounts.domain import DeveloperLicenceRequiredError
from chalicelib.images import service
from chalicelib.images.domain import ImageLimitReachedError, ImageNotReadyError, Original, Ticket
from chalicelib.images.schemas import ImageCreate, ImageRead, OrderUpdate, OriginalRead, SelectionUpdate, TicketRead
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.guards import role
from chalicelib.kit.http import NoContent, Router

router = Router(__name__)

READERS = role("developer", "viewer")
WRITERS = role("developer")


@router.route("/integrations/{integration_id}/images", methods=["POST"], guard=WRITERS, body=ImageCreate,
              returns=TicketRead, status=201,
              headers=lambda made: {"Location": made.href},
              problems=[DeveloperLicenceRequiredError, NotFoundError, ImageLimitReachedError])  # fmt: skip
def create_image(ctx: Context, integration_id: str, body: ImageCreate) -> Ticket:
    """Ask for an upload ticket: post the file with its fields straight to the store within five minutes"""
    return service.create_image(ctx, integration_id, body)


@router.route("/integrations/{integration_id}/images", methods=["GET"], guard=READERS, returns=ImageRead, listed=True,
              problems=[NotFoundError])  # fmt: skip
def list_images(ctx: Context, integration_id: str) -> list[ImageRead]:
    return [ImageRead.told(image, ctx.lang) for image in service.list_own_images(ctx, integration_id)]


@router.route("/integrations/{integration_id}/images/order", methods=["PUT"], guard=WRITERS, body=OrderUpdate,
              returns=ImageRead, listed=True, problems=[DeveloperLicenceRequiredError, NotFoundError])  # fmt: skip
def put_in_order(ctx: Context, integration_id: str, body: OrderUpdate) -> list[ImageRead]:
    """Show the covers in another order"""
    return [ImageRead.told(image, ctx.lang) for image in service.put_in_order(ctx, integration_id, body.image_ids)]


@router.route("/integrations/{integration_id}/images/{image_id}/selection", methods=["PUT"], guard=WRITERS,
              body=SelectionUpdate, returns=ImageRead,
              problems=[DeveloperLicenceRequiredError, NotFoundError, ImageNotReadyError])  # fmt: skip
def select(ctx: Context, integration_id: str, image_id: str, body: SelectionUpdate) -> ImageRead:
    """Show another part of the stored original, or turn it: no new upload"""
    return ImageRead.told(service.select(ctx, integration_id, image_id, body), ctx.lang)


@router.route("/integrations/{integration_id}/images/{image_id}/original", methods=["GET"], guard=WRITERS,
              returns=OriginalRead, problems=[NotFoundError, ImageNotReadyError])  # fmt: skip
def find_original(ctx: Context, integration_id: str, image_id: str) -> Original:
    """Where the stored original can be read for five minutes, to select another part of it"""
    return service.find_original(ctx, integration_id, image_id)


@router.route("/integrations/{integration_id}/images/{image_id}", methods=["GET"], guard=READERS, returns=ImageRead,
              problems=[NotFoundError])  # fmt: skip
def get_image(ctx: Context, integration_id: str, image_id: str) -> ImageRead:
    return ImageRead.told(service.get_image(ctx, integration_id, image_id), ctx.lang)


@router.route("/integrations/{integration_id}/images/{image_id}", methods=["DELETE"], guard=WRITERS, returns=NoContent,
              problems=[DeveloperLicenceRequiredError, NotFoundError])  # fmt: skip
def delete_image(ctx: Context, integration_id: str, image_id: str) -> None:
    service.delete_image(ctx, integration_id, image_id)
