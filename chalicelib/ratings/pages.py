"""Ratings as pages: below a listing, with the form for customers; the developer's tab; the operator's list."""

from __future__ import annotations

from typing import Any

from chalicelib.integrations import service as integrations
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, RejectedError
from chalicelib.kit.gate import parse_form, parse_query
from chalicelib.kit.guards import public, role, signed_in
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import translate
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.pagination import PageQuery
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.ratings import service
from chalicelib.ratings.domain import NotACustomerError
from chalicelib.ratings.schemas import AnswerWrite, RatingJudge, RatingWrite, ReportCreate, ReportedQuery

pages = Router(__name__, kind="page", errors=page_errors)

_LISTING = "/marketplace/{integration_id}/ratings"
_TAB = "/portal/integrations/{integration_id}/ratings"
_STAFF_LIST = "/operator/reported-ratings"
_CUSTOMERS = role("administrator")
_STAFF = role("operator")


@pages.raw(_LISTING, methods=["GET"], guard=public)
def show_ratings(ctx: Context, request: Request, integration_id: str) -> Response:
    return _ratings_page(ctx, request, integration_id)


@pages.raw(_LISTING, methods=["POST"], guard=_CUSTOMERS)
def post_rating(ctx: Context, request: Request, integration_id: str) -> Response:
    form = read_form(ctx, request)
    try:
        service.rate_integration(ctx, integration_id, parse_form(RatingWrite, form))
    except (RejectedError, NotACustomerError) as error:
        return _ratings_page(ctx, request, integration_id, error)
    return go(ctx, request, _at(_LISTING, integration_id), "Thank you. Your rating is saved.")


@pages.raw(f"{_LISTING}/remove", methods=["POST"], guard=_CUSTOMERS)
def post_rating_removal(ctx: Context, request: Request, integration_id: str) -> Response:
    read_form(ctx, request)
    service.delete_rating(ctx, integration_id)
    return go(ctx, request, _at(_LISTING, integration_id), "Your rating is taken back.")


@pages.raw(f"{_LISTING}/{{rating_id}}/report", methods=["POST"], guard=signed_in)
def post_report(ctx: Context, request: Request, integration_id: str, rating_id: str) -> Response:
    form = read_form(ctx, request)
    service.report_rating(ctx, integration_id, rating_id, parse_form(ReportCreate, form))
    return go(ctx, request, _at(_LISTING, integration_id), "The operator will look at it.")


@pages.raw(_TAB, methods=["GET"], guard=role("developer", "viewer"))
def show_own_ratings(ctx: Context, request: Request, integration_id: str) -> Response:
    query = parse_query(PageQuery, request.query)
    page = service.list_of_own_integration(ctx, integration_id, query)
    return show(
        ctx, request, "ratings/tab.html", title="Ratings", active="/portal/integrations", ratings=page.items,
        integration=integrations.get_integration(ctx, integration_id), next_cursor=page.next_cursor,
        summary=service.summary_of(integration_id), can_write="developer" in ctx.caller.roles,
    )  # fmt: skip


@pages.raw(f"{_TAB}/{{rating_id}}", methods=["POST"], guard=role("developer"))
def post_answer(ctx: Context, request: Request, integration_id: str, rating_id: str) -> Response:
    form = read_form(ctx, request)
    service.answer_rating(ctx, integration_id, rating_id, AnswerWrite(comment=form.get("comment") or ""))
    return go(ctx, request, _at(_TAB, integration_id), "Saved.")


@pages.raw(_STAFF_LIST, methods=["GET"], guard=_STAFF)
def show_reported(ctx: Context, request: Request) -> Response:
    page = service.list_reported(ctx, parse_query(ReportedQuery, request.query))
    return show(
        ctx, request, "ratings/reported.html", title="Reported ratings", active=_STAFF_LIST, ratings=page.items,
        next_cursor=page.next_cursor,
    )  # fmt: skip


@pages.raw(f"{_STAFF_LIST}/{{integration_id}}/{{rating_id}}", methods=["POST"], guard=_STAFF)
def post_judgement(ctx: Context, request: Request, integration_id: str, rating_id: str) -> Response:
    form = read_form(ctx, request)
    service.judge_rating(ctx, integration_id, rating_id, parse_form(RatingJudge, form))
    return go(ctx, request, _STAFF_LIST, "Saved.")


def _ratings_page(ctx: Context, request: Request, integration_id: str, error: AppError | None = None) -> Response:
    page = service.list_ratings(ctx, integration_id, parse_query(PageQuery, request.query))
    is_customer = ctx.actor is not None and "administrator" in ctx.actor.roles
    own = service.find_own_rating(ctx, integration_id) if is_customer else None
    data: dict[str, Any] = {"own": own, "is_customer": is_customer, "is_known": ctx.actor is not None}
    lang = pick_lang(request)
    return show(
        ctx, request, "ratings/listing.html", title="Ratings", active="/marketplace", ratings=page.items,
        integration=integrations.get_public(integration_id), summary=service.summary_of(integration_id),
        next_cursor=page.next_cursor, status=error.status if error else 200,
        error=translate(lang, error.detail or error.title) if error else "", **data,
    )  # fmt: skip


def _at(path: str, integration_id: str) -> str:
    return path.replace("{integration_id}", integration_id)
