"""Handing an integration over, on pages: the offer of one company, the answer of the other."""

from __future__ import annotations

from chalicelib.integrations import forms, service
from chalicelib.integrations.file_schemas import TransferCreate
from chalicelib.integrations.pages import HOME
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, RejectedError
from chalicelib.kit.gate import parse_form, parse_query
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.pagination import PageQuery
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response

pages = Router(__name__, kind="page", errors=page_errors)

_READERS = role("developer", "viewer")
_OWNERS = role("owner")
_HERE = f"{HOME}/{{integration_id}}/transfer"
_INCOMING = "/portal/transfers"
_SHOWN_HERE = frozenset({403, 409, 412, 422, 429})


@pages.raw(_HERE, methods=["GET"], guard=_READERS)
def show_transfer(ctx: Context, request: Request, integration_id: str) -> Response:
    return _offer_page(ctx, request, integration_id)


@pages.raw(_HERE, methods=["POST"], guard=_OWNERS)
def post_transfer(ctx: Context, request: Request, integration_id: str) -> Response:
    form = read_form(ctx, request)
    try:
        service.offer_transfer(ctx, integration_id, parse_form(TransferCreate, form))
    except AppError as error:
        if error.status not in _SHOWN_HERE:
            raise
        return _offer_page(ctx, request, integration_id, error, form.get("company_number") or "")
    return go(ctx, request, _HERE.replace("{integration_id}", integration_id), "The offer is sent.")


@pages.raw(f"{_HERE}/withdraw", methods=["POST"], guard=_OWNERS)
def post_transfer_withdrawal(ctx: Context, request: Request, integration_id: str) -> Response:
    read_form(ctx, request)
    service.withdraw_transfer(ctx, integration_id)
    return go(ctx, request, _HERE.replace("{integration_id}", integration_id), "The offer is taken back.")


@pages.raw(_INCOMING, methods=["GET"], guard=_READERS)
def show_incoming(ctx: Context, request: Request) -> Response:
    return _incoming_page(ctx, request)


@pages.raw(f"{_INCOMING}/{{integration_id}}/accept", methods=["POST"], guard=_OWNERS)
def post_acceptance(ctx: Context, request: Request, integration_id: str) -> Response:
    """Answers with the new secret itself, like creation."""
    read_form(ctx, request)
    try:
        made = service.accept_transfer(ctx, integration_id)
    except AppError as error:
        if error.status not in _SHOWN_HERE:
            raise
        return _incoming_page(ctx, request, error)
    return show(
        ctx, request, "integrations/created.html", title="Integration taken over", active=HOME,
        integration=made.integration, client_secret=made.client_secret,
    )  # fmt: skip


@pages.raw(f"{_INCOMING}/{{integration_id}}/decline", methods=["POST"], guard=_OWNERS)
def post_declining(ctx: Context, request: Request, integration_id: str) -> Response:
    read_form(ctx, request)
    service.decline_transfer(ctx, integration_id)
    return go(ctx, request, _INCOMING, "The offer is declined.")


def _offer_page(
    ctx: Context, request: Request, integration_id: str, error: AppError | None = None, typed: str = ""
) -> Response:
    errors = forms.errors_of(error, pick_lang(request)) if isinstance(error, RejectedError) else {}
    return show(
        ctx, request, "integrations/transfer.html", title="Hand over", active=HOME, typed=typed, logo="",
        integration=service.get_integration(ctx, integration_id), offer=service.find_transfer(ctx, integration_id),
        status=error.status if error else 200, errors=errors, is_owner="owner" in ctx.caller.roles,
        error=forms.say(error.title, pick_lang(request)) if error and not errors else "",
    )  # fmt: skip


def _incoming_page(ctx: Context, request: Request, error: AppError | None = None) -> Response:
    page = service.list_incoming_transfers(ctx, parse_query(PageQuery, request.query))
    said = (error.detail or error.title) if error else ""
    return show(
        ctx, request, "integrations/transfers.html", title="Offers", active=HOME, offers=page.items,
        next_cursor=page.next_cursor, is_owner="owner" in ctx.caller.roles, status=error.status if error else 200,
        error=forms.say(said, pick_lang(request)),
    )  # fmt: skip
