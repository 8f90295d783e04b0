"""My integrations for the customer (launch, look, disconnect), and the developer's list of customers."""

from __future__ import annotations

from chalicelib.activations import service
from chalicelib.activations.domain import can_end
from chalicelib.integrations import service as integrations
from chalicelib.kit.context import Context
from chalicelib.kit.errors import RejectedError
from chalicelib.kit.gate import parse_query
from chalicelib.kit.guards import role, signed_in
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import mark
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.pagination import PageQuery
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response, redirect

pages = Router(__name__, kind="page", errors=page_errors)

_HOME = "/my-integrations"
_PORTAL = "/portal/integrations"
_WRONG_NAME = mark("Nothing has ended: what you typed is not the name.")


@pages.raw(_HOME, methods=["GET"], guard=signed_in)
def show_my_integrations(ctx: Context, request: Request) -> Response:
    page = service.list_own(ctx, parse_query(PageQuery, request.query))
    lang = pick_lang(request)
    actor = ctx.caller
    return show(
        ctx,
        request,
        "activations/mine.html",
        title="Activated integrations",
        active=_HOME,
        activations=[entry for entry in page.items if entry.is_active],
        ended=[entry for entry in page.items if not entry.is_active],
        next_cursor=page.next_cursor,
        words={scope: entry.description.text(lang) for scope, entry in integrations.scope_catalogue().items()},
        can_cancel="administrator" in actor.roles,
        can_connect="user" in actor.roles,
        endable={entry.integration_id for entry in page.items if can_end(entry, actor.account_id, actor.roles)},
    )


@pages.raw(_HOME + "/{integration_id}/open", methods=["GET"], guard=signed_in)
def open_integration(ctx: Context, request: Request, integration_id: str) -> Response:  # noqa: ARG001 - as all raw views
    """Go to the integration: its start page as it is today."""
    return redirect(service.find_start_page(ctx, integration_id)).with_headers(Referrer_Policy="no-referrer")


@pages.raw(_HOME + "/{integration_id}", methods=["GET"], guard=signed_in)
def show_receipt(ctx: Context, request: Request, integration_id: str) -> Response:
    receipt = service.get_receipt(ctx, integration_id)
    lang, actor = pick_lang(request), ctx.caller
    return show(
        ctx,
        request,
        "activations/receipt.html",
        title="What it does",
        active=_HOME,
        receipt=receipt,
        words={scope: entry.description.text(lang) for scope, entry in integrations.scope_catalogue().items()},
        can_change=can_end(receipt.activation, actor.account_id, actor.roles),
    )


@pages.raw(_HOME + "/{integration_id}/scopes", methods=["POST"], guard=signed_in)
def remove_scopes(ctx: Context, request: Request, integration_id: str) -> Response:
    form = read_form(ctx, request)
    service.remove_scopes(ctx, integration_id, form.all("scopes"))
    return go(ctx, request, f"{_HOME}/{integration_id}", "Removed. It can no longer do that.")


@pages.raw(_HOME + "/{integration_id}/approve", methods=["GET"], guard=role("user"))
def approve_new_scopes(ctx: Context, request: Request, integration_id: str) -> Response:  # noqa: ARG001 - as all raw views
    """To the integration without a code; it asks for its scopes anew, and the consent page marks what is new."""
    return redirect(service.find_approval_page(ctx, integration_id)).with_headers(Referrer_Policy="no-referrer")


@pages.raw(_HOME + "/{integration_id}/disconnect", methods=["POST"], guard=signed_in)
def disconnect(ctx: Context, request: Request, integration_id: str) -> Response:
    form = read_form(ctx, request)
    cancels = bool(form.get("cancel_licence"))
    try:
        service.end_activation(ctx, integration_id, cancels_licence=cancels, confirm=form.get("confirm") or "")
    except RejectedError:
        return go(ctx, request, f"{_HOME}#{integration_id}", _WRONG_NAME, tone="bad")
    if cancels:
        return go(ctx, request, _HOME, "Disconnected, and its licence ends with the period that is paid.")
    return go(ctx, request, _HOME, "The integration is disconnected. Its access has stopped.")


@pages.raw(_PORTAL + "/{integration_id}/customers", methods=["GET"], guard=role("developer", "viewer"))
def show_customers(ctx: Context, request: Request, integration_id: str) -> Response:
    integration = integrations.get_integration(ctx, integration_id)
    page = service.list_of(ctx, integration, parse_query(PageQuery, request.query))
    return show(
        ctx,
        request,
        "activations/customers.html",
        title="Customers",
        active=_PORTAL,
        integration=integration,
        logo=integration.logo,
        activations=page.items,
        next_cursor=page.next_cursor,
        can_write="developer" in ctx.caller.roles,
    )


@pages.raw(_PORTAL + "/{integration_id}/customers/{tenant_number}/end", methods=["POST"], guard=role("developer"))
def end_customer(ctx: Context, request: Request, integration_id: str, tenant_number: str) -> Response:
    form = read_form(ctx, request)
    try:
        service.end_customer(ctx, integration_id, tenant_number, form.get("confirm") or "")
    except RejectedError:
        return go(ctx, request, f"{_PORTAL}/{integration_id}/customers", _WRONG_NAME, tone="bad")
    return go(ctx, request, f"{_PORTAL}/{integration_id}/customers", "The activation is ended. The customer is told.")


@pages.raw(_PORTAL + "/{integration_id}/scopes/preview", methods=["POST"], guard=role("developer"))
def preview_scopes(ctx: Context, request: Request, integration_id: str) -> Response:
    """What saving the chosen scopes would mean: as a part of the page, or without a script as a page of its own."""
    form = read_form(ctx, request)
    integration = integrations.get_integration(ctx, integration_id)
    chosen = frozenset(form.all("scopes"))
    preview = service.preview_scopes(ctx, integration_id, chosen)
    lang = pick_lang(request)
    is_part = request.headers.get("hx-request") == "true"
    return show(
        ctx,
        request,
        "activations/scope_change.html" if is_part else "activations/scope_preview.html",
        title="What the change means",
        active=_PORTAL,
        integration=integration,
        logo="" if is_part else integration.logo,
        preview=preview,
        chosen=sorted(chosen),
        version=form.get("version") or integration.version,
        words={scope: entry.description.text(lang) for scope, entry in integrations.scope_catalogue().items()},
    )
