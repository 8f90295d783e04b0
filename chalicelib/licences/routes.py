"""Licences over JSON: the customer buys, assigns and cancels; an integration asks what its caller may do."""

from __future__ import annotations

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from chalicelib.kit.context import Context
from chalicelib.kit.errors import ConflictError, NotFoundError
from chalicelib.kit.guards import bearer, role, signed_in
from chalicelib.kit.http import NoContent, Router
from chalicelib.licences import service
from chalicelib.licences.domain import AgreementNotApprovedError, NoFreeSeatError, SeatsInUseError, TermsChangedError
from chalicelib.licences.schemas import (
    EntitlementQuery,
    EntitlementRead,
    LicenceBuy,
    LicenceRead,
    OfferRead,
    SeatRead,
    SeatsChange,
)
from chalicelib.sales.domain import SoldElsewhereError, Subscription, SubscriptionNotFoundError

router = Router(__name__)

_BUYERS = role("administrator")
_SERVICE_ACCOUNT = "act_"  # the user id of a token that acts for the company, without a person


@router.route("/offers/{integration_id}", methods=["GET"], guard=signed_in, returns=OfferRead,
              problems=[NotFoundError, SoldElsewhereError])  # fmt: skip
def get_offer(ctx: Context, integration_id: str) -> service.Offer:
    """What it costs the company you are working in, and which agreement it has to approve"""
    return service.get_offer(ctx, integration_id)


@router.route("/licences", methods=["POST"], guard=_BUYERS, body=LicenceBuy, returns=LicenceRead, status=201,
              keyed=True, problems=[NotFoundError, SoldElsewhereError, TermsChangedError, AgreementNotApprovedError,
                        SeatsInUseError])  # fmt: skip
def buy_licence(ctx: Context, body: LicenceBuy) -> Subscription:
    """Buy through the platform; sending it twice buys once"""
    return service.buy_licence(ctx, body)


@router.route("/licences/{integration_id}", methods=["GET"], guard=signed_in, returns=LicenceRead,
              problems=[SubscriptionNotFoundError])  # fmt: skip
def get_licence(ctx: Context, integration_id: str) -> Subscription:
    """What your company has bought"""
    return service.get_licence(ctx, integration_id)


@router.route("/licences/{integration_id}", methods=["DELETE"], guard=_BUYERS, returns=LicenceRead,
              problems=[SubscriptionNotFoundError])  # fmt: skip
def cancel_licence(ctx: Context, integration_id: str) -> Subscription:
    """Cancel: the right ends with the period that is running"""
    return service.cancel_licence(ctx, integration_id)


@router.route("/licences/{integration_id}/seats", methods=["PUT"], guard=_BUYERS, body=SeatsChange, returns=LicenceRead,
              problems=[SubscriptionNotFoundError, SeatsInUseError])  # fmt: skip
def change_licence_seats(ctx: Context, integration_id: str, body: SeatsChange) -> Subscription:
    """So many licences in all: more at once, fewer from the next period"""
    return service.change_licence_seats(ctx, integration_id, body.seats)


@router.route("/licences/{integration_id}/holders", methods=["GET"], guard=_BUYERS, returns=SeatRead, listed=True,
              problems=[SubscriptionNotFoundError])  # fmt: skip
def list_holders(ctx: Context, integration_id: str) -> Any:
    """The people of your company, and who of them has a licence"""
    return service.get_seating(ctx, integration_id).people


@router.route("/licences/{integration_id}/holders/{account_id}", methods=["PUT"], guard=_BUYERS, returns=NoContent,
              problems=[NotFoundError, SubscriptionNotFoundError, NoFreeSeatError, ConflictError])  # fmt: skip
def assign_seat(ctx: Context, integration_id: str, account_id: str) -> None:
    """Give a person of your company a licence"""
    service.assign_seat(ctx, integration_id, account_id)


@router.route("/licences/{integration_id}/holders/{account_id}", methods=["DELETE"], guard=_BUYERS, returns=NoContent,
              problems=[SubscriptionNotFoundError, ConflictError])  # fmt: skip
def free_seat(ctx: Context, integration_id: str, account_id: str) -> None:
    """Free a person's licence for somebody else"""
    service.free_seat(ctx, integration_id, account_id)


@router.route("/api/entitlements/v1", methods=["GET"], guard=bearer, query=EntitlementQuery, returns=EntitlementRead,
              problems=[NotFoundError])  # fmt: skip
def get_entitlement(ctx: Context, query: EntitlementQuery) -> Any:
    """For integrations: what the company of the access token has bought, and whether this person has a licence"""
    caller = ctx.caller
    own = None if caller.account_id.startswith(_SERVICE_ACCOUNT) else caller.account_id
    user_id = query.user_id or own
    right = service.get_entitlement(ctx, user_id)
    return SimpleNamespace(**asdict(right), tenant_id=caller.number, user_id=user_id)
