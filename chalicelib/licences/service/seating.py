"""Who sits on a company's licences: assign and free, one conditional write each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib.accounts import service as accounts
from chalicelib.integrations.domain import LicenceModel
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ConflictError, NotFoundError, UnavailableError
from chalicelib.kit.outbox import new_event, publish
from chalicelib.licences import repository
from chalicelib.licences.domain import NoFreeSeatError, Seats
from chalicelib.licences.leaving import give_up_seat
from chalicelib.licences.service.buying import get_licence
from chalicelib.sales.domain import Subscription

__all__ = ["Seat", "Seating", "assign_seat", "find_holders", "free_seat", "get_seating"]

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Seat:
    """A person of the company, or one who has left it but still holds a licence (no name then)."""

    account_id: str
    name: str
    email: str
    is_assigned: bool


@dataclass(frozen=True, slots=True)
class Seating:
    subscription: Subscription
    bought: int
    assigned: int
    people: Sequence[Seat]


def get_seating(ctx: Context, integration_id: str) -> Seating:
    """The company's people, and who of them has a licence. Raises SubscriptionNotFoundError."""
    subscription = get_licence(ctx, integration_id)
    known = accounts.list_people(subscription.tenant_id)
    if subscription.licence_model is not LicenceModel.PER_USER:
        people = [Seat(account.account_id, account.name, account.email, is_assigned=True) for account, _ in known]
        return Seating(subscription, 1, len(people), people)
    standing = repository.find_seats(subscription.tenant_id, integration_id)
    holders = standing.holders if standing else frozenset[str]()
    people = [Seat(one.account_id, one.name, one.email, one.account_id in holders) for one, _ in known]
    gone = holders - {account.account_id for account, _ in known}
    people += [Seat(account_id, "", "", is_assigned=True) for account_id in sorted(gone)]
    return Seating(subscription, standing.bought if standing else subscription.seats, len(holders), people)


def assign_seat(ctx: Context, integration_id: str, account_id: str) -> None:
    """Give a person of the company a licence. Whoever has one keeps it: repeating changes nothing.

    Raises NoFreeSeatError, NotFoundError (nobody of the company), SubscriptionNotFoundError.
    """
    seats = _get(ctx, integration_id)
    if accounts.find_membership(account_id, seats.tenant_id) is None:
        raise NotFoundError("This person does not belong to your company.")
    for _ in range(_TRIES):
        if account_id in seats.holders:
            return
        if seats.free < 1:
            raise NoFreeSeatError("Buy another licence, or free one first.")
        try:
            with store.transaction() as tx:
                repository.take_seat(tx, seats, account_id)
                publish(tx, new_event(ctx, "seat.assigned", account_id, **_told(seats)))
        except store.RefusedError:
            seats = _get(ctx, integration_id)
            continue
        return
    raise UnavailableError


def free_seat(ctx: Context, integration_id: str, account_id: str) -> None:
    """The licence is free for somebody else. Freeing what is free changes nothing. Raises SubscriptionNotFoundError."""
    seats = _get(ctx, integration_id)
    if account_id not in seats.holders:
        return
    give_up_seat(ctx, seats, account_id)


def find_holders(integration_id: str, tenant_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Account ids by company, of those that bought licences per user: one call for each hundred companies."""
    return repository.find_holders(integration_id, tenant_ids)


def _get(ctx: Context, integration_id: str) -> Seats:
    subscription = get_licence(ctx, integration_id)
    if subscription.licence_model is not LicenceModel.PER_USER:
        raise ConflictError("One licence serves the whole company: nobody needs one of their own.")
    seats = repository.find_seats(subscription.tenant_id, integration_id)
    if seats is None:
        raise ConflictError("Nobody has been given a licence yet. Set the number of licences first.")
    return seats


def _told(seats: Seats) -> dict[str, str]:
    return {"tenant_id": seats.tenant_id, "integration_id": seats.integration_id}
