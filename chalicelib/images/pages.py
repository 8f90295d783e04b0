"""The images of an integration as a page: fields that upload, and what became of every upload."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from chalicelib.config import settings
from chalicelib.images import service
from chalicelib.images.domain import KIND_LABELS, KINDS, REFUSALS, TICKET_LIFETIME, Hold, Image, ImageKind, ImageStatus
from chalicelib.images.schemas import SelectionUpdate
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit import together
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import Lang, translate
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response

pages = Router(__name__, kind="page", errors=page_errors)

_HOME = "/portal/integrations"
_READERS = role("developer", "viewer")
_WRITERS = role("developer")


@pages.raw(f"{_HOME}/{{integration_id}}/images", methods=["GET"], guard=_READERS)
def show_images(ctx: Context, request: Request, integration_id: str) -> Response:
    integration, images, held = _load(ctx, integration_id)
    return show(
        ctx, request, "images/images.html", title="Images", active=_HOME, connect=_upload_origin(),
        logo=service.logo_url_of(images), rules=KINDS, tickets=f"/integrations/{integration_id}/images",
        fields=_fields(images, pick_lang(request)), **_table(ctx, integration, images, held),
    )  # fmt: skip


@pages.raw(f"{_HOME}/{{integration_id}}/images/sizes", methods=["GET"], guard=_READERS)
def show_image_sizes(ctx: Context, request: Request, integration_id: str) -> Response:
    """The table alone, for a page that looks again by itself."""
    return show(ctx, request, "images/sizes.html", title="Images", **_table(ctx, *_load(ctx, integration_id)))


def _load(ctx: Context, integration_id: str) -> tuple[Integration, list[Image], Hold]:
    """Two calls. Raises NotFoundError."""
    integration, held = together.find_together(
        [integrations.want_integration(ctx, integration_id), service.want_held(integration_id)]
    )
    if integration is None:
        raise NotFoundError("There is no such integration in the company you are working in.")
    return integration, service.list_current_images(ctx, integration), held or Hold()


def _table(ctx: Context, integration: Integration, images: list[Image], held: Hold) -> dict[str, Any]:
    return {
        "integration": integration,
        "images": images,
        "labels": KIND_LABELS,
        "can_write": "developer" in ctx.caller.roles,
        "covers": [image.image_id for image in images if image.kind is ImageKind.COVER and image.is_shown],
        "differs": service.compare_with_listed(integration, images, held),
        "is_under_way": any(_is_under_way(ctx, image) for image in images),
    }


def _is_under_way(ctx: Context, image: Image) -> bool:
    """Soon another state: a ticket nobody used is not looked at for ever."""
    is_young = ctx.now - image.created_at < 2 * TICKET_LIFETIME
    return image.status is ImageStatus.PROCESSING or (image.status is ImageStatus.AWAITING_UPLOAD and is_young)


@pages.raw(f"{_HOME}/{{integration_id}}/images/{{image_id}}/delete", methods=["POST"], guard=_WRITERS)
def delete_image_page(ctx: Context, request: Request, integration_id: str, image_id: str) -> Response:
    read_form(ctx, request)
    service.delete_image(ctx, integration_id, image_id)
    return go(ctx, request, f"{_HOME}/{integration_id}/images", "The image is deleted.")


@pages.raw(f"{_HOME}/{{integration_id}}/images/{{image_id}}/move", methods=["POST"], guard=_WRITERS)
def move_cover_page(ctx: Context, request: Request, integration_id: str, image_id: str) -> Response:
    form = read_form(ctx, request)
    service.move_cover(ctx, integration_id, image_id, step=-1 if form.get("direction") == "up" else 1)
    return go(ctx, request, f"{_HOME}/{integration_id}/images", "The order is saved.")


@pages.raw(f"{_HOME}/{{integration_id}}/images/{{image_id}}/turn", methods=["POST"], guard=_WRITERS)
def turn_image_page(ctx: Context, request: Request, integration_id: str, image_id: str) -> Response:
    read_form(ctx, request)
    turn = (service.get_image(ctx, integration_id, image_id).turn + 90) % 360
    service.select(ctx, integration_id, image_id, SelectionUpdate.model_validate({"turn": turn}))
    return go(ctx, request, f"{_HOME}/{integration_id}/images", "The image is being turned.")


def _fields(images: list[Image], lang: Lang) -> list[dict[str, Any]]:
    """One field a place: those in use with their image, and an empty one where there is room."""
    fields = []
    for kind, rules in KINDS.items():
        ready = [image for image in images if image.kind is kind and image.is_shown]
        shown: list[Image | None] = list(ready[-rules.limit :])
        if len(shown) < rules.limit:
            shown.append(None)
        fields += [_field(kind, image, position, lang) for position, image in enumerate(shown, start=1)]
    return fields


def _field(kind: ImageKind, image: Image | None, position: int, lang: Lang) -> dict[str, Any]:
    rules = KINDS[kind]
    label = translate(lang, KIND_LABELS[kind])
    return {
        "kind": kind,
        "id": f"image-{kind}-{position}",
        "label": label if rules.limit == 1 else f"{label} {position}",
        "hint": translate(
            lang, "At least %(width)s by %(height)s pixels", width=rules.min_width, height=rules.min_height
        ),
        "min_width": rules.min_width,
        "turn": image.turn if image else 0,
        "reasons": {sentence: translate(lang, sentence) for sentence in REFUSALS.values()},
        "image": image,
        "is_wide": rules.shape[0] > rules.shape[1],
        "ratio": round(rules.shape[0] / rules.shape[1], 4),
        "max_bytes": rules.max_bytes,
    }


def _upload_origin() -> tuple[str, ...]:
    """What the browser may talk to besides ourselves: the store that takes the upload."""
    parts = urlsplit(settings().uploads_url)
    return (f"{parts.scheme}://{parts.netloc}",) if parts.netloc else ()
