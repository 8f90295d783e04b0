"""The company's own audit log: page, CSV file and JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from chalicelib.backoffice import audit
from chalicelib.backoffice.domain import AuditEntry
from chalicelib.backoffice.schemas import AuditQuery, AuditRead
from chalicelib.backoffice.words import WORDS
from chalicelib.integrations import service as integrations
from chalicelib.kit.context import Context
from chalicelib.kit.gate import parse_query
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.pages import page_errors, show
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response

router = Router(__name__)
pages = Router(f"{__name__}.pages", kind="page", errors=page_errors)

LEADS = role("administrator", "owner")
HERE = "/account/audit"
_NEWS = frozenset({"before", "after", "changed", "scopes"})


@router.route("/companies/current/audit", methods=["GET"], guard=LEADS, query=AuditQuery, returns=AuditRead,
              paged=True)  # fmt: skip
def list_own_audit(ctx: Context, query: AuditQuery) -> Page[AuditEntry]:
    """Who did what to your company, its people, integrations and activations, newest first."""
    return audit.list_own(ctx, query)


@pages.raw(HERE, methods=["GET"], guard=LEADS)
def show_audit(ctx: Context, request: Request) -> Response:
    query = parse_query(AuditQuery, request.query)
    found = audit.list_own(ctx, query)
    asked = [(name, str(getattr(query, name))) for name in ("about", "since", "until") if getattr(query, name)]
    more = f"{HERE}?{urlencode([*asked, ('cursor', found.next_cursor)])}" if found.next_cursor else ""
    return show(
        ctx, request, "backoffice/audit.html", title="Audit log", active=HERE, words=WORDS, query=query, next_page=more,
        entries=[(entry, audit.describe(entry.details)) for entry in found.items],
        csv_href=f"{HERE}.csv?{urlencode(asked)}",
    )  # fmt: skip


@pages.raw("/portal/integrations/{integration_id}/activity", methods=["GET"], guard=role("developer", "viewer"))
def show_activity(ctx: Context, request: Request, integration_id: str) -> Response:
    integration = integrations.get_integration(ctx, integration_id)
    found = audit.list_of_integration(ctx, integration, parse_query(PageQuery, request.query))
    here = f"/portal/integrations/{integration_id}/activity"
    return show(
        ctx, request, "backoffice/activity.html", title="Activity", active="/portal/integrations", words=WORDS,
        integration=integration, logo=integration.logo,
        entries=[(entry, audit.describe(_news(entry))) for entry in found.items],
        next_page=f"{here}?{urlencode({'cursor': found.next_cursor})}" if found.next_cursor else "",
    )  # fmt: skip


def _news(entry: AuditEntry) -> dict[str, Any]:
    """What is not on the page already: its name and ids are."""
    return {name: value for name, value in entry.details.items() if name in _NEWS}


@pages.raw(f"{HERE}.csv", methods=["GET"], guard=LEADS)
def download_audit(ctx: Context, request: Request) -> Response:
    query = parse_query(AuditQuery, request.query)
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="audit.csv"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(audit.render_own_csv(ctx, query), 200, headers)
