"""Attempts and connections of a developer's own integration, and the operator's import of legacy tokens, as JSON."""

from __future__ import annotations

from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.oauth.attempts import recorder
from chalicelib.oauth.attempts.domain import Attempt
from chalicelib.oauth.connections import service
from chalicelib.oauth.connections.domain import Connection, Timeline
from chalicelib.oauth.legacy.domain import ImportReport
from chalicelib.oauth.legacy.importing import import_legacy_token
from chalicelib.oauth.schemas import (
    AttemptRead,
    ConnectionQuery,
    ImportRead,
    LegacyTokenBatch,
    TimelineRead,
    TokenFamilyRead,
)

router = Router(__name__)

_READERS = role("developer", "viewer")


@router.route("/integrations/{integration_id}/attempts", methods=["GET"], guard=_READERS, query=PageQuery,
              returns=AttemptRead, paged=True, problems=[NotFoundError])  # fmt: skip
def list_attempts(ctx: Context, integration_id: str, query: PageQuery) -> Page[Attempt]:
    """How attempts to connect your integration ended in the last thirty days, newest first"""
    return recorder.list_attempts(ctx, integration_id, query)


@router.route("/integrations/{integration_id}/connections", methods=["GET"], guard=_READERS, query=ConnectionQuery,
              returns=TokenFamilyRead, paged=True, problems=[NotFoundError])  # fmt: skip
def list_connections(ctx: Context, integration_id: str, query: ConnectionQuery) -> Page[Connection]:
    """Token families of your integration, most recently used first"""
    return service.list_connections(ctx, integration_id, query, only_resting=query.soon)


@router.route("/integrations/{integration_id}/connections/{family_id}", methods=["GET"], guard=_READERS,
              returns=TimelineRead, problems=[NotFoundError])  # fmt: skip
def get_connection(ctx: Context, integration_id: str, family_id: str) -> Timeline:
    """Why the tokens of a connection live, or what they died of"""
    return service.get_timeline(ctx, integration_id, family_id)


@router.route("/operator/legacy-tokens", methods=["POST"], guard=role("operator"), body=LegacyTokenBatch,
              returns=ImportRead, listed=True)  # fmt: skip
def import_legacy_tokens(ctx: Context, body: LegacyTokenBatch) -> list[ImportReport]:
    """Import access tokens of the earlier system, which clients exchange at /oauth-v1/migrate: a report per row"""
    return [import_legacy_token(ctx, row) for row in body.rows]
