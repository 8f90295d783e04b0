"""Integrations as pages: list, form, the answer with the secret, one page a section, and deletion with a typed name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import DeveloperLicenceRequiredError
from chalicelib.integrations import forms, service
from chalicelib.integrations.domain import MAX_LIVE_SECRETS, WARNED_DAYS, Integration, VersionConflictError
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, RejectedError
from chalicelib.kit.gate import parse_query
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.pagination import PageQuery
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response

__all__ = ["HOME", "pages", "section_page"]

pages = Router(__name__, kind="page", errors=page_errors)

HOME = "/portal/integrations"
_READERS = role("developer", "viewer")
_WRITERS = role("developer")


@pages.raw(HOME, methods=["GET"], guard=_READERS)
def show_integrations(ctx: Context, request: Request) -> Response:
    page = service.list_integrations(ctx, parse_query(PageQuery, request.query))
    return show(
        ctx, request, "integrations/list.html", title="My integrations", active=HOME,
        integrations=sorted(page.items, key=lambda one: one.name.casefold()), next_cursor=page.next_cursor,
        licence_problem=_licence_problem(ctx), can_write=_can_write(ctx),
        categories=service.known_categories(), lang=pick_lang(request),
    )  # fmt: skip


@pages.raw(f"{HOME}/new", methods=["GET"], guard=_WRITERS)
def show_new_integration(ctx: Context, request: Request) -> Response:
    return _new_page(ctx, request, {"name": "", "scopes": (), "client_type": "confidential"}, {})


@pages.raw(HOME, methods=["POST"], guard=_WRITERS)
def create_integration_page(ctx: Context, request: Request) -> Response:
    """Answers with the secret itself instead of a redirect: it is stored nowhere it could be read again."""
    form = read_form(ctx, request)
    try:
        created = service.create_integration(ctx, forms.parse_new(form))
    except AppError as error:
        errors = forms.errors_of(error, pick_lang(request))
        return _new_page(ctx, request, forms.typed("new", form), errors, error.status)
    return show(
        ctx, request, "integrations/created.html", title="Integration created", active=HOME, status=201,
        integration=created.integration, client_secret=created.client_secret,
    )  # fmt: skip


@pages.raw(f"{HOME}/{{integration_id}}", methods=["GET"], guard=_READERS)
def show_integration(ctx: Context, request: Request, integration_id: str) -> Response:
    return section_page(ctx, request, service.get_integration(ctx, integration_id), "details")


@pages.raw(f"{HOME}/{{integration_id}}", methods=["POST"], guard=_WRITERS)
def save_details_page(ctx: Context, request: Request, integration_id: str) -> Response:
    return _save_section(ctx, request, integration_id, "details")


@pages.raw(f"{HOME}/{{integration_id}}/oauth", methods=["GET"], guard=_READERS)
def show_oauth(ctx: Context, request: Request, integration_id: str) -> Response:
    return section_page(ctx, request, service.get_integration(ctx, integration_id), "oauth")


@pages.raw(f"{HOME}/{{integration_id}}/oauth", methods=["POST"], guard=_WRITERS)
def save_oauth_page(ctx: Context, request: Request, integration_id: str) -> Response:
    return _save_section(ctx, request, integration_id, "oauth")


@pages.raw(f"{HOME}/{{integration_id}}/scopes", methods=["GET"], guard=_READERS)
def show_scopes(ctx: Context, request: Request, integration_id: str) -> Response:
    return section_page(ctx, request, service.get_integration(ctx, integration_id), "scopes")


@pages.raw(f"{HOME}/{{integration_id}}/scopes", methods=["POST"], guard=_WRITERS)
def save_scopes_page(ctx: Context, request: Request, integration_id: str) -> Response:
    return _save_section(ctx, request, integration_id, "scopes")


@pages.raw(f"{HOME}/{{integration_id}}/price", methods=["GET"], guard=_READERS)
def show_price(ctx: Context, request: Request, integration_id: str) -> Response:
    return section_page(ctx, request, service.get_integration(ctx, integration_id), "price")


@pages.raw(f"{HOME}/{{integration_id}}/price", methods=["POST"], guard=_WRITERS)
def save_price_page(ctx: Context, request: Request, integration_id: str) -> Response:
    return _save_section(ctx, request, integration_id, "price")


@pages.raw(f"{HOME}/{{integration_id}}/delete", methods=["GET"], guard=_WRITERS)
def show_delete(ctx: Context, request: Request, integration_id: str) -> Response:
    return _delete_page(ctx, request, service.get_integration(ctx, integration_id))


@pages.raw(f"{HOME}/{{integration_id}}/delete", methods=["POST"], guard=_WRITERS)
def delete_integration_page(ctx: Context, request: Request, integration_id: str) -> Response:
    form = read_form(ctx, request)
    integration = service.get_integration(ctx, integration_id)
    if (form.get("confirm") or "").strip() != integration.name:
        return _delete_page(ctx, request, integration, status=422)
    service.delete_integration(ctx, integration_id)
    return go(ctx, request, HOME, "The integration is deleted.")


def _new_page(
    ctx: Context, request: Request, values: Mapping[str, Any], errors: Mapping[str, str], status: int = 200
) -> Response:
    return show(
        ctx, request, "integrations/new.html", title="Create integration", active=HOME, status=status, values=values,
        errors=errors, scope_groups=forms.scope_groups(pick_lang(request)), licence_problem=_licence_problem(ctx),
    )  # fmt: skip


@pages.raw(f"{HOME}/{{integration_id}}/preview", methods=["POST"], guard=_WRITERS)
def preview_listing(ctx: Context, request: Request, integration_id: str) -> Response:
    """The listing with what is typed, as a part of the page; nothing is stored."""
    form = read_form(ctx, request)
    integration = service.get_integration(ctx, integration_id)
    categories = service.categories().values()
    return show(
        ctx, request, "integrations/preview.html", title="Listing",
        logo=integration.logo, values=forms.typed("details", form),
        categories=[(category.category, category.name.text(pick_lang(request))) for category in categories],
    )  # fmt: skip


def _save_section(ctx: Context, request: Request, integration_id: str, section: str) -> Response:
    form = read_form(ctx, request)
    try:
        service.update_integration(
            ctx, integration_id, forms.parse_section(section, form), f'"{form.get("version") or ""}"'
        )
    except AppError as error:
        if not isinstance(error, RejectedError) and error.status not in {409, 412}:
            raise
        integration = service.get_integration(ctx, integration_id)
        given = forms.typed(section, form)
        is_outdated = error.status == VersionConflictError.status
        return section_page(
            ctx, request, integration, section, values=given, status=error.status,
            errors={} if is_outdated else forms.errors_of(error, pick_lang(request)),
            differences=forms.differences(section, integration, given) if is_outdated else [],
        )  # fmt: skip
    path = f"{HOME}/{integration_id}" if section == "details" else f"{HOME}/{integration_id}/{section}"
    return go(ctx, request, path, "Saved.")


def section_page(
    ctx: Context, request: Request, integration: Integration, section: str, *, status: int = 200, **more: Any
) -> Response:
    """`more` may replace what is shown by default: `errors`, `values` as they were typed, a new `client_secret`."""
    lang = pick_lang(request)
    data: dict[str, Any] = {
        "integration": integration,
        "logo": integration.logo,
        "errors": {},
        "can_write": _can_write(ctx),
        "categories": [(category.category, category.name.text(lang)) for category in service.categories().values()],
        "scope_groups": forms.scope_groups(lang, integration.scopes),
        "can_add_secret": len([one for one in integration.secrets if one.is_live(ctx.now)]) < MAX_LIVE_SECRETS,
        "client_secret": "",
        "differences": [],
        "warn_before": ctx.now + timedelta(days=max(WARNED_DAYS)),
        **more,
        "values": forms.values_of(integration) | more.get("values", {}),
    }
    title = forms.SECTIONS[section].title
    return show(ctx, request, f"integrations/{section}.html", title=title, active=HOME, status=status, **data)


def _delete_page(ctx: Context, request: Request, integration: Integration, status: int = 200) -> Response:
    return show(
        ctx, request, "integrations/delete.html", title="Delete integration", active=HOME, status=status,
        integration=integration, logo=integration.logo, ending=service.ending_of(ctx, integration),
        is_wrong=status != 200,  # noqa: PLR2004
    )  # fmt: skip


def _can_write(ctx: Context) -> bool:
    return "developer" in ctx.caller.roles


def _licence_problem(ctx: Context) -> str:
    """What is missing before this company may build, as a sentence; nothing when nothing is."""
    try:
        accounts.require_developer_licence(ctx)
    except DeveloperLicenceRequiredError as error:
        return error.detail or error.title
    return ""
