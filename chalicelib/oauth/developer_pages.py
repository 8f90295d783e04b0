"""Connections, their timelines and attempts as pages of a developer; "Why did it stop?" for the operator."""

from __future__ import annotations

from chalicelib.integrations import service as integrations
from chalicelib.kit.context import Context
from chalicelib.kit.gate import parse_query
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.pages import page_errors, show
from chalicelib.kit.pagination import PageQuery
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.oauth.attempts import recorder
from chalicelib.oauth.attempts.words import CAUSES, PARTIES, STEPS
from chalicelib.oauth.connections import service
from chalicelib.oauth.connections.words import HAPPENINGS, STATES
from chalicelib.oauth.schemas import ConnectionQuery

pages = Router(__name__, kind="page", errors=page_errors)

_PORTAL = "/portal/integrations"
_SEARCH = "/operator/attempts"
_QUERY_MAX = 100
_READERS = role("developer", "viewer")


@pages.raw(_PORTAL + "/{integration_id}/connections", methods=["GET"], guard=_READERS)
def show_connections(ctx: Context, request: Request, integration_id: str) -> Response:
    """Token families, most recently used first; with `soon` those that die within a week."""
    query = parse_query(ConnectionQuery, request.query)
    integration = integrations.get_integration(ctx, integration_id)
    page = service.list_of(ctx, integration, query, only_resting=query.soon)
    today = ctx.now.date()
    return show(
        ctx, request, "oauth/connections.html", title="Connections", active=_PORTAL, integration=integration,
        logo=integration.logo, soon=query.soon, next_cursor=page.next_cursor, states=STATES,
        connections=[(entry, entry.state(today)) for entry in page.items],
    )  # fmt: skip


@pages.raw(_PORTAL + "/{integration_id}/connections/{family_id}", methods=["GET"], guard=_READERS)
def show_connection(ctx: Context, request: Request, integration_id: str, family_id: str) -> Response:
    """Why did my token die?"""
    integration = integrations.get_integration(ctx, integration_id)
    family = service.find_of(integration, family_id)
    return show(
        ctx, request, "oauth/connection.html", title="Connection", active=_PORTAL, integration=integration,
        logo=integration.logo, family=family, timeline=service.timeline(ctx, family),
        happenings=HAPPENINGS, parties=PARTIES, states=STATES,
    )  # fmt: skip


@pages.raw(_PORTAL + "/{integration_id}/attempts", methods=["GET"], guard=_READERS)
def show_attempts(ctx: Context, request: Request, integration_id: str) -> Response:
    """How attempts to connect ended, newest first."""
    integration = integrations.get_integration(ctx, integration_id)
    page = recorder.list_of(ctx, integration, parse_query(PageQuery, request.query))
    return show(
        ctx, request, "oauth/attempts.html", title="Attempts", active=_PORTAL, integration=integration,
        logo=integration.logo, attempts=page.items, next_cursor=page.next_cursor,
        causes=CAUSES, parties=PARTIES, steps=STEPS,
    )  # fmt: skip


@pages.raw(_SEARCH, methods=["GET"], guard=role("operator", "reviewer"))
def search_attempts(ctx: Context, request: Request) -> Response:
    """Why did it stop? By the short id a customer reads out, a client id or a request id."""
    wanted = (request.query.get("q") or "")[:_QUERY_MAX]
    return show(
        ctx, request, "oauth/search.html", title="Why did it stop?", active=_SEARCH, wanted=wanted,
        attempts=recorder.search_attempts(ctx, wanted), causes=CAUSES, parties=PARTIES, steps=STEPS,
    )  # fmt: skip
