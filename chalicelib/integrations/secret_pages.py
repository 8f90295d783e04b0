"""Client secrets as pages: the answers that hold a new one, its end, and revoking."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.integrations import service
from chalicelib.integrations.domain import NewSecret
from chalicelib.integrations.pages import HOME, section_page
from chalicelib.integrations.schemas import SecretRotation, SecretUpdate
from chalicelib.kit.context import Context
from chalicelib.kit.errors import RejectedError
from chalicelib.kit.gate import parse_form
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.pages import go, page_errors, read_form
from chalicelib.kit.request import Form, Request
from chalicelib.kit.response import Response

pages = Router(__name__, kind="page", errors=page_errors)

_SECRETS = f"{HOME}/{{integration_id}}/secrets"
_WRITERS = role("developer")
_DAYS = frozenset({"30", "90", "180", "365"})


@pages.raw(_SECRETS, methods=["POST"], guard=_WRITERS)
def add_secret_page(ctx: Context, request: Request, integration_id: str) -> Response:
    """Answers with the secret itself, like creation."""
    read_form(ctx, request)
    return _shown(ctx, request, integration_id, service.add_secret(ctx, integration_id))


@pages.raw(f"{_SECRETS}/rotate", methods=["POST"], guard=_WRITERS)
def rotate_secret_page(ctx: Context, request: Request, integration_id: str) -> Response:
    """Answers with the secret itself, like creation."""
    form = read_form(ctx, request)
    command = parse_form(SecretRotation, Form(tuple(pair for pair in form.pairs if pair[1])))
    return _shown(ctx, request, integration_id, service.rotate_secret(ctx, integration_id, command))


@pages.raw(f"{_SECRETS}/{{secret_id}}/expiry", methods=["POST"], guard=_WRITERS)
def save_expiry_page(ctx: Context, request: Request, integration_id: str, secret_id: str) -> Response:
    form = read_form(ctx, request)
    days = form.get("days") or ""
    if days and days not in _DAYS:
        raise RejectedError.field("/days", "Choose one of the lifetimes.")
    ends = ctx.now + timedelta(days=int(days)) if days else None
    service.update_secret(ctx, integration_id, secret_id, SecretUpdate(expires_at=ends))
    return go(ctx, request, f"{HOME}/{integration_id}/oauth", "Saved.")


@pages.raw(f"{_SECRETS}/{{secret_id}}/revoke", methods=["POST"], guard=_WRITERS)
def remove_secret_page(ctx: Context, request: Request, integration_id: str, secret_id: str) -> Response:
    read_form(ctx, request)
    service.remove_secret(ctx, integration_id, secret_id)
    return go(ctx, request, f"{HOME}/{integration_id}/oauth", "The secret is revoked.")


def _shown(ctx: Context, request: Request, integration_id: str, made: NewSecret) -> Response:
    integration = service.get_integration(ctx, integration_id)
    return section_page(ctx, request, integration, "oauth", client_secret=made.client_secret, status=201)
