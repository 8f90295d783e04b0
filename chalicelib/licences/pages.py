"""Buying on the marketplace, and the page of a licence: what it costs, who has one, more, fewer, none."""

from __future__ import annotations

from typing import Any

from chalicelib.integrations import service as integrations
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, RejectedError
from chalicelib.kit.gate import parse_form
from chalicelib.kit.guards import role, signed_in
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import translate
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response, redirect
from chalicelib.licences import service
from chalicelib.licences.schemas import LicenceBuy, SeatsChange
from chalicelib.marketplace.domain import landing_page_of, origin_of

pages = Router(__name__, kind="page", errors=page_errors)

_BUY = "/marketplace/{integration_id}/buy"
_LICENCE = "/my-integrations/{integration_id}/licence"
_BUYERS = role("administrator")
_MARKET, _MINE = "/marketplace", "/my-integrations"
_BESIDE_FORM = frozenset({409, 422})


@pages.raw(_BUY, methods=["GET"], guard=signed_in)
def show_offer(ctx: Context, request: Request, integration_id: str) -> Response:
    return _offer_page(ctx, request, integration_id)


@pages.raw(_BUY, methods=["POST"], guard=_BUYERS)
def buy(ctx: Context, request: Request, integration_id: str) -> Response:
    """Then to the integration without a code; its own authorization request follows (contract.md)."""
    form = read_form(ctx, request)
    try:
        service.buy_licence(ctx, parse_form(LicenceBuy, form.with_field("integration_id", integration_id)))
    except AppError as error:
        if error.status not in _BESIDE_FORM:
            raise
        return _offer_page(ctx, request, integration_id, error=error, typed=form.get("seats") or "1")
    landing = landing_page_of(integrations.get_public(integration_id))
    if not landing:
        return go(ctx, request, _LICENCE.format(integration_id=integration_id), "Bought.")
    return redirect(landing).with_headers(Referrer_Policy="no-referrer")


@pages.raw(_LICENCE, methods=["GET"], guard=signed_in)
def show_licence(ctx: Context, request: Request, integration_id: str) -> Response:
    return _licence_page(ctx, request, integration_id)


@pages.raw(_LICENCE + "/seats", methods=["POST"], guard=_BUYERS)
def change_seats(ctx: Context, request: Request, integration_id: str) -> Response:
    form = read_form(ctx, request)
    try:
        service.change_licence_seats(ctx, integration_id, parse_form(SeatsChange, form).seats)
    except AppError as error:
        if error.status not in _BESIDE_FORM:
            raise
        return _licence_page(ctx, request, integration_id, error)
    return go(ctx, request, _LICENCE.format(integration_id=integration_id), "The number of licences is changed.")


@pages.raw(_LICENCE + "/cancel", methods=["POST"], guard=_BUYERS)
def cancel(ctx: Context, request: Request, integration_id: str) -> Response:
    read_form(ctx, request)
    service.cancel_licence(ctx, integration_id)
    return go(
        ctx, request, _LICENCE.format(integration_id=integration_id), "Cancelled. It works until the period ends."
    )


@pages.raw(_LICENCE + "/holders/{account_id}", methods=["POST"], guard=_BUYERS)
def change_holder(ctx: Context, request: Request, integration_id: str, account_id: str) -> Response:
    form = read_form(ctx, request)
    change = service.free_seat if form.get("change") == "free" else service.assign_seat
    try:
        change(ctx, integration_id, account_id)
    except AppError as error:
        if error.status not in _BESIDE_FORM:
            raise
        return _licence_page(ctx, request, integration_id, error)
    return go(ctx, request, _LICENCE.format(integration_id=integration_id), "Saved.")


def _offer_page(
    ctx: Context, request: Request, integration_id: str, *, error: AppError | None = None, typed: str = "1"
) -> Response:
    offer = service.get_offer(ctx, integration_id)
    landing = landing_page_of(offer.integration)
    return show(
        ctx,
        request,
        "licences/buy.html",
        title="Buy a licence",
        active=_MARKET,
        status=error.status if error else 200,
        form_action=(origin_of(landing),) if landing else (),
        offer=offer,
        developer=offer.developer,
        logo=offer.logo,
        can_buy="administrator" in ctx.caller.roles,
        typed=typed,
        errors=_errors_of(request, error),
    )


def _licence_page(ctx: Context, request: Request, integration_id: str, error: AppError | None = None) -> Response:
    seating = service.get_seating(ctx, integration_id)
    return show(
        ctx,
        request,
        "licences/licence.html",
        title="Licence",
        active=_MINE,
        status=error.status if error else 200,
        seating=seating,
        licence=seating.subscription,
        can_buy="administrator" in ctx.caller.roles,
        errors=_errors_of(request, error),
    )


def _errors_of(request: Request, error: AppError | None) -> dict[str, Any]:
    """What is wrong beside its field; a conflict stands above the form under ''."""
    if error is None:
        return {}
    lang = pick_lang(request)
    if isinstance(error, RejectedError) and error.errors:
        return {entry["pointer"].strip("/"): translate(lang, entry["message"]) for entry in error.errors}
    return {"": translate(lang, error.detail or error.title)}
