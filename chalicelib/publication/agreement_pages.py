"""The partner agreement as a page of its own: the text in force, and who accepted it when."""

from __future__ import annotations

from chalicelib.kit.context import Context
from chalicelib.kit.gate import parse_form
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.publication import service
from chalicelib.publication.domain import agreement
from chalicelib.publication.schemas import AgreementAccept

pages = Router(__name__, kind="page", errors=page_errors)

_HERE = "/portal/partner-agreement"


@pages.raw(_HERE, methods=["GET"], guard=role("developer", "viewer"))
def show_agreement(ctx: Context, request: Request) -> Response:
    return show(
        ctx, request, "publication/agreement.html", title="Partner agreement", active="/portal/integrations",
        text=agreement().text.text(pick_lang(request)), version=agreement().version,
        acceptance=service.find_acceptance(ctx), can_write="developer" in ctx.caller.roles,
    )  # fmt: skip


@pages.raw(_HERE, methods=["POST"], guard=role("developer"))
def post_agreement(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    service.accept_agreement(ctx, parse_form(AgreementAccept, form))
    return go(ctx, request, _HERE, "The partner agreement is accepted.")
