"""Pages of the operator: developers and their licences, and every integration."""

from __future__ import annotations

from urllib.parse import urlencode

from chalicelib.backoffice import service
from chalicelib.backoffice.schemas import CompanyQuery, LicenceChange
from chalicelib.backoffice.words import WORDS
from chalicelib.kit.context import Context
from chalicelib.kit.errors import RejectedError
from chalicelib.kit.gate import parse_form, parse_query
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.pages import go, page_errors, read_form, show
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.kit.request import Form, Request
from chalicelib.kit.response import Response

pages = Router(__name__, kind="page", errors=page_errors)

STAFF = role("operator")
_DONE = {
    "grant": "The licence is granted.",
    "suspend": "The licence is suspended.",
    "withdraw": "The licence is withdrawn.",
}


@pages.raw("/operator", methods=["GET"], guard=STAFF)
def show_developers(ctx: Context, request: Request) -> Response:
    search = request.query.get("q") or ""
    query = parse_query(CompanyQuery, _without(request.query, "q"))
    found = Page(service.search_companies(search)) if search else service.list_companies(ctx, query)
    return show(
        ctx, request, "backoffice/developers.html", title="Developers", active="/operator", companies=found.items,
        state=query.state or "", search=search, next_page=_next_page(request, found.next_cursor),
    )  # fmt: skip


@pages.raw("/operator/companies/{tenant_id}", methods=["GET"], guard=STAFF)
def show_company(ctx: Context, request: Request, tenant_id: str) -> Response:
    return _company_page(ctx, request, tenant_id)


@pages.raw("/operator/companies/{tenant_id}", methods=["POST"], guard=STAFF)
def post_licence(ctx: Context, request: Request, tenant_id: str) -> Response:
    form = read_form(ctx, request)
    try:
        command = parse_form(LicenceChange, form)
    except RejectedError as error:
        return _company_page(ctx, request, tenant_id, error)
    service.change_licence(ctx, tenant_id, command)
    return go(ctx, request, f"/operator/companies/{tenant_id}", _DONE[command.action])


@pages.raw("/operator/integrations", methods=["GET"], guard=STAFF)
def show_integrations(ctx: Context, request: Request) -> Response:
    query = parse_query(PageQuery, request.query)
    found = service.list_integrations(ctx, query)
    return show(
        ctx, request, "backoffice/integrations.html", title="Integrations", active="/operator/integrations",
        integrations=found.items, next_page=_next_page(request, found.next_cursor),
    )  # fmt: skip


def _company_page(ctx: Context, request: Request, tenant_id: str, error: RejectedError | None = None) -> Response:
    company = service.get_company(tenant_id)
    return show(
        ctx, request, "backoffice/company.html", title="Developer company", active="/operator", company=company,
        status=422 if error else 200, people=service.list_people(tenant_id),
        entries=service.list_audit(ctx, tenant_id, PageQuery(limit=20)).items, words=WORDS,
        error=error.errors[0]["message"] if error and error.errors else "",
    )  # fmt: skip


def _next_page(request: Request, cursor: str | None) -> str:
    if cursor is None:
        return ""
    kept = _without(request.query, "cursor").pairs
    return f"{request.path}?{urlencode([*kept, ('cursor', cursor)])}"


def _without(form: Form, name: str) -> Form:
    return Form(tuple(pair for pair in form.pairs if pair[0] != name))
