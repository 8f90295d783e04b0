"""Connections that died of themselves: written down in their rows, and told once for a company that has none left."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from chalicelib.activations import service as activations
from chalicelib.integrations import service as integrations
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.log import log
from chalicelib.oauth.connections.domain import death_of, rested_out_days
from chalicelib.oauth.domain import FAMILIES_PER_ACTIVATION, TokenFamily
from chalicelib.oauth.repository import connections, families


def end_rested(ctx: Context) -> None:
    """The nightly look: families that nobody refreshed for 45 days end. Safe to repeat and to run twice at once."""
    days = rested_out_days(ctx.now.date())
    for client in integrations.iterate_all():
        resting = connections.iterate_resting(client.client_id, days)
        dead = {connection.family_id for connection in resting if connection.revoked_at is None}
        for activation_id, mine in _by_activation(families.list_families(dead) if dead else ()).items():
            _end(ctx, activation_id, mine)


def _by_activation(found: Iterable[TokenFamily]) -> dict[str, list[TokenFamily]]:
    grouped: dict[str, list[TokenFamily]] = {}
    for family in found:
        grouped.setdefault(family.activation_id, []).append(family)
    return grouped


def _end(ctx: Context, activation_id: str, rested: list[TokenFamily]) -> None:
    """All that are dead in one transaction, with `connection.expired` if the program has no way left to the company.

    Whoever is second is refused, so the company is told of once.
    """
    known = families.find_connection(activation_id).families
    beside = families.list_families(known - {family.family_id for family in rested})
    dead = [one for one in (*rested, *beside) if one.revoked_at is None and not one.is_live(ctx.now)]
    if not dead:
        return  # the index lags behind: an earlier run has seen to it
    try:
        with store.transaction() as tx:
            for family in dead[:FAMILIES_PER_ACTIVATION]:
                died_at, died_of = death_of(family)
                families.expire_family(tx, family, died_at, str(died_of))
            if not any(one.is_live(ctx.now) for one in beside):
                _tell(tx, ctx, rested[0], known)
    except store.RefusedError:
        return  # it was closed, or connected anew, meanwhile
    log.info("connections.expired", extra={"activation_id": activation_id, "count": len(dead)})


def _tell(tx: store.Transaction, ctx: Context, family: TokenFamily, known: Collection[str]) -> None:
    activation = activations.find_activation(family.tenant_id, family.integration_id)
    if activation is None or activation.activation_id != family.activation_id or not activation.is_active:
        return
    if activation.service_scopes is not None:
        return  # its client credentials still open the company
    families.check_connection(tx, activation.activation_id, frozenset(known))
    activations.tell(tx, ctx, "connection.expired", activation)
