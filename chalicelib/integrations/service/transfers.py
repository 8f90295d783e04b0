"""Handing an integration over: offered by an owner of one company, accepted by an owner of the other within two weeks.

Client id, activations, listing, images and ratings stay with the integration; customers notice nothing but the
developer's name. Statistics of the past stay with the company that earned them.
"""

from __future__ import annotations

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import CompanyKind
from chalicelib.config import settings
from chalicelib.integrations import domain, repository
from chalicelib.integrations.domain import (
    OFFER_LIFETIME,
    CreatedIntegration,
    Integration,
    Transfer,
    TransferEndedError,
    TransferOpenError,
)
from chalicelib.integrations.file_schemas import TransferCreate
from chalicelib.integrations.service.changing import new_secret, tell_change, told
from chalicelib.integrations.service.people import builders_of
from chalicelib.integrations.service.ports import Ports
from chalicelib.integrations.service.reading import get_integration
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError, RejectedError
from chalicelib.kit.outbox import Event, publish
from chalicelib.kit.pagination import Page, PageQuery

__all__ = [
    "accept_transfer",
    "decline_transfer",
    "find_transfer",
    "get_incoming_transfer",
    "list_incoming_transfers",
    "offer_transfer",
    "withdraw_transfer",
]

_OFFERS = 20  # in 15 minutes: numbers of companies are not to be tried out here
_NO_OFFER = "There is no open offer. It may have been withdrawn, or two weeks have passed."


def offer_transfer(ctx: Context, integration_id: str, command: TransferCreate) -> Transfer:
    """Raises NotFoundError, RejectedError for a number that is no other live company's, TransferOpenError."""
    company = accounts.require_developer_licence(ctx)
    integration = get_integration(ctx, integration_id)
    accounts.take_attempt(ctx, "transfer", ctx.caller.account_id, _OFFERS)
    receiver = accounts.find_company_by_number(command.company_number)
    if receiver is None or receiver.tenant_id == company.tenant_id or receiver.kind is not CompanyKind.LIVE:
        raise RejectedError.field("/company_number", "No other company on the platform has this number.")
    offer = Transfer(
        integration_id=integration_id, name=integration.name, from_tenant_id=company.tenant_id,
        from_company=company.name, to_tenant_id=receiver.tenant_id, to_number=receiver.number,
        to_company=receiver.name, offered_by=ctx.caller.account_id, offered_at=ctx.now,
        expires_at=ctx.now + OFFER_LIFETIME,
    )  # fmt: skip
    tx = store.Transaction()
    repository.add_transfer(tx, offer)
    publish(tx, _told(ctx, "transfer_offered", integration, offer))
    _mail(tx, ctx, offer.to_tenant_id, offer, "transfer_offered", "/portal/transfers")
    try:
        tx.commit()
    except store.RefusedError as refused:
        raise TransferOpenError("Withdraw the open offer first.") from refused
    return offer


def find_transfer(ctx: Context, integration_id: str) -> Transfer | None:
    """The open offer of an integration of the caller's company. Raises NotFoundError for another's."""
    get_integration(ctx, integration_id)
    return _open(ctx, repository.find_outgoing(ctx.caller.tenant_id, integration_id))


def withdraw_transfer(ctx: Context, integration_id: str) -> None:
    """Raises NotFoundError when nothing is offered."""
    offer = find_transfer(ctx, integration_id)
    if offer is None:
        raise NotFoundError(_NO_OFFER)
    _end(ctx, offer, "transfer_withdrawn")


def list_incoming_transfers(ctx: Context, query: PageQuery) -> Page[Transfer]:
    """What other companies offer the caller's, open ones: one Query."""
    page = repository.fetch_incoming(ctx, ctx.caller.tenant_id, query)
    return Page([offer for offer in page.items if offer.is_open(ctx.now)], page.next_cursor)


def get_incoming_transfer(ctx: Context, integration_id: str) -> Transfer:
    """Raises NotFoundError."""
    offer = _open(ctx, repository.find_incoming(ctx.caller.tenant_id, integration_id))
    if offer is None:
        raise NotFoundError(_NO_OFFER)
    return offer


def decline_transfer(ctx: Context, integration_id: str) -> None:
    """Raises NotFoundError when nothing is offered."""
    _end(ctx, get_incoming_transfer(ctx, integration_id), "transfer_declined")


def accept_transfer(ctx: Context, integration_id: str) -> CreatedIntegration:
    """The integration is the caller's company's, with a new secret that is in this answer only.

    Raises NotFoundError, DeveloperLicenceRequiredError, NameTakenError, TransferEndedError, and whatever upper rooms
    refuse it for (the partner agreement, when it is listed).
    """
    company = accounts.require_developer_licence(ctx)
    offer = get_incoming_transfer(ctx, integration_id)
    before = repository.find_own(offer.from_tenant_id, integration_id)
    if before is None:
        raise TransferEndedError("The integration is not there any more.")
    client_secret, secret = new_secret(ctx)
    after = domain.handed_over(before, company.tenant_id, secret, ctx.now)

    def also(tx: store.Transaction) -> None:
        tell_change(tx, ctx, before, after)
        if Ports.also_transfer is not None:
            Ports.also_transfer(tx, ctx, before, after)
        _mail(tx, ctx, offer.from_tenant_id, offer, "transfer_accepted", "/portal/integrations")

    events = [_told(ctx, "handed_over", before, offer), _told(ctx, "transferred", after, offer)]
    repository.hand_over(before, after, offer, events, ctx.operation_id, also)
    return CreatedIntegration(after, client_secret)


def _open(ctx: Context, offer: Transfer | None) -> Transfer | None:
    return offer if offer is not None and offer.is_open(ctx.now) else None


def _end(ctx: Context, offer: Transfer, what: str) -> None:
    integration = repository.find_own(offer.from_tenant_id, offer.integration_id)
    try:
        with store.transaction() as tx:
            repository.remove_transfer(tx, offer)
            if integration is not None:
                publish(tx, _told(ctx, what, integration, offer))
    except store.RefusedError as refused:
        raise NotFoundError(_NO_OFFER) from refused


def _told(ctx: Context, what: str, integration: Integration, offer: Transfer) -> Event:
    event = told(ctx, what, integration)
    return Event(
        event.event_id, event.event_type, event.subject, event.occurred_at, event.correlation_id,
        {**event.data, "from_tenant_id": offer.from_tenant_id, "before": offer.from_company, "after": offer.to_company},
        event.actor,
    )  # fmt: skip


def _mail(tx: store.Transaction, ctx: Context, tenant_id: str, offer: Transfer, template: str, path: str) -> None:
    for account in builders_of(tenant_id):
        accounts.request_mail(
            tx, ctx, to=account.email, template=template, lang=account.lang, integration=offer.name,
            sender=offer.from_company, receiver=offer.to_company, ends=f"{offer.expires_at:%Y-%m-%d}",
            link=f"{settings().origin}{path}",
        )  # fmt: skip
