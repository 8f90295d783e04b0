"""Whoever leaves a company leaves their licences there: the seats are free for somebody else."""

from __future__ import annotations

from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.outbox import new_event, publish
from chalicelib.licences import repository
from chalicelib.licences.domain import Seats

__all__ = ["give_up_seat", "give_up_seats"]


def give_up_seats(ctx: Context, tenant_id: str, account_id: str) -> None:
    """Free every seat the person holds in the company. Repeating changes nothing; one Query, one write a seat."""
    for seats in repository.list_seats(tenant_id):
        if account_id in seats.holders:
            give_up_seat(ctx, seats, account_id)


def give_up_seat(ctx: Context, seats: Seats, account_id: str) -> None:
    """Free one seat, and say so; what somebody else freed in the meantime stays free and is told once."""
    told = {"tenant_id": seats.tenant_id, "integration_id": seats.integration_id}
    try:
        with store.transaction() as tx:
            repository.free_seat(tx, seats, account_id)
            publish(tx, new_event(ctx, "seat.freed", account_id, **told))
    except store.RefusedError:
        return
