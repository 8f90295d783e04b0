"""The details of the company you are working in, on a page and over JSON."""

from __future__ import annotations

from typing import Any

from chalicelib.accounts import service
from chalicelib.accounts.domain import Company
from chalicelib.accounts.schemas import CompanyDetails, CompanyRead
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ConflictError, RejectedError
from chalicelib.kit.gate import parse_form
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import translate
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response

router = Router(__name__)
pages = Router(f"{__name__}.html", kind="page", errors=page_errors)

_Refused = RejectedError | ConflictError
_LEADS = role("administrator", "owner")
_PLACE = "/account/company"


@router.route("/companies/current/details", methods=["PUT"], guard=_LEADS, body=CompanyDetails, returns=CompanyRead,
              problems=[RejectedError, ConflictError])  # fmt: skip
def put_details(ctx: Context, body: CompanyDetails) -> Company:
    """Address, telephone, VAT number and website of the company you are working in, all at once."""
    return service.change_details(ctx, body)


@pages.raw(_PLACE, methods=["GET"], guard=_LEADS)
def show_details(ctx: Context, request: Request) -> Response:
    company = service.get_current_company(ctx)
    return _page(ctx, request, company, {name: getattr(company, name) for name in CompanyDetails.model_fields})


@pages.raw(_PLACE, methods=["POST"], guard=_LEADS)
def change_details(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    try:
        service.change_details(ctx, parse_form(CompanyDetails, form))
    except (RejectedError, ConflictError) as error:
        typed = {name: form.get(name) or "" for name in CompanyDetails.model_fields}
        return _page(ctx, request, service.get_current_company(ctx), typed, error)
    return go(ctx, request, "/account", "Saved.")


def _page(
    ctx: Context,
    request: Request,
    company: Company,
    typed: dict[str, Any],
    error: _Refused | None = None,
) -> Response:
    return show(
        ctx, request, "accounts/company.html", title="Company details", active="/account", company=company, typed=typed,
        status=error.status if error else 200, errors=_errors_of(request, error),
    )  # fmt: skip


def _errors_of(request: Request, error: _Refused | None) -> dict[str, str]:
    """What is wrong beside its field; a conflict stands above the form under ''."""
    if error is None:
        return {}
    lang = pick_lang(request)
    if isinstance(error, RejectedError):
        return {entry["pointer"].strip("/"): translate(lang, entry["message"]) for entry in error.errors}
    return {"": translate(lang, error.detail)}
