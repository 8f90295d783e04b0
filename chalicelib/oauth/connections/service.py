"""Connections of a developer's integration: the list, one of them with its timeline, and the daily warning by mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import Account, PortalRole
from chalicelib.config import settings
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.log import log
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.oauth.connections.domain import Connection, Timeline, resting_days, timeline_of
from chalicelib.oauth.domain import TokenFamily
from chalicelib.oauth.refresh_tokens import is_family_id
from chalicelib.oauth.repository import connections, families

_BUILDERS = frozenset({PortalRole.OWNER, PortalRole.DEVELOPER})
_TOLD_MAX = 20  # people of one company who get the mail: a transaction holds a hundred parts
_NAMED_MAX = 30  # company numbers in one mail; the page has them all


def list_connections(
    ctx: Context, integration_id: str, query: PageQuery, *, only_resting: bool = False
) -> Page[Connection]:
    """Of the caller's own integration, most recently used first; or only those that die within a week.

    Raises NotFoundError.
    """
    return list_of(ctx, integrations.get_integration(ctx, integration_id), query, only_resting=only_resting)


def list_of(ctx: Context, client: Integration, query: PageQuery, *, only_resting: bool) -> Page[Connection]:
    days = resting_days(ctx.now.date()) if only_resting else None
    return connections.list_by_client(ctx, client.client_id, query, days)


def get_timeline(ctx: Context, integration_id: str, family_id: str) -> Timeline:
    """Of a connection of the caller's own integration. Raises NotFoundError for anybody else's."""
    return timeline(ctx, find_of(integrations.get_integration(ctx, integration_id), family_id))


def find_of(client: Integration, family_id: str) -> TokenFamily:
    """Raises NotFoundError."""
    family = families.find_family(family_id) if is_family_id(family_id) else None
    if family is None or family.client_id != client.client_id:
        raise NotFoundError("This integration has no such connection.")
    return family


def timeline(ctx: Context, family: TokenFamily) -> Timeline:
    return timeline_of(family, ctx.now)


def list_live_families(activation_ids: Sequence[str], now: datetime) -> list[TokenFamily]:
    """The live ones of these activations, which are few: two calls."""
    found = families.list_families(families.list_connected(activation_ids))
    return [family for family in found if family.is_live(now)]


def warn_of_resting(ctx: Context) -> None:
    """The daily digest: a mail a developer and day of rest. A day that was told is not told again, a missed one is."""
    for client in integrations.iterate_all():
        by_day: dict[date, list[Connection]] = defaultdict(list)
        for connection in connections.iterate_resting(client.client_id, resting_days(ctx.now.date())):
            if connection.revoked_at is None:
                by_day[connection.rested_on].append(connection)
        for day, resting in by_day.items():
            _warn(ctx, client, day, resting)


def _warn(ctx: Context, client: Integration, day: date, resting: list[Connection]) -> None:
    if connections.is_told(client.client_id, day):
        return
    try:
        with store.transaction() as tx:
            connections.tell(tx, client.client_id, day, ctx.now)
            for account in _readers(client.tenant_id):
                _request_mail(tx, ctx, client, account, resting)
    except store.RefusedError:
        return  # another run of today's schedule was faster
    log.info("connections.warned", extra={"client_id": client.client_id, "count": len(resting)})


def _readers(tenant_id: str) -> list[Account]:
    people = accounts.list_people(tenant_id)
    return [account for account, member in people if member.portal_role in _BUILDERS][:_TOLD_MAX]


def _request_mail(
    tx: store.Transaction, ctx: Context, client: Integration, account: Account, resting: list[Connection]
) -> None:
    numbers = ", ".join(str(number) for number in sorted({entry.tenant_number for entry in resting})[:_NAMED_MAX])
    accounts.request_mail(
        tx, ctx, to=account.email, template="connections_resting", lang=account.lang, name=account.name,
        integration=client.name, count=len(resting), numbers=numbers, day=str(resting[0].dies_on),
        link=f"{settings().origin}/portal/integrations/{client.integration_id}/connections?soon=1",
    )  # fmt: skip
