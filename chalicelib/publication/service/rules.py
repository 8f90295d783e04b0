"""What integrations asks before it changes or deletes something: handed to it by the registry."""

from __future__ import annotations

from chalicelib.integrations.domain import Integration, IntegrationStatus, SalesChannel
from chalicelib.kit.store import Transaction
from chalicelib.publication import repository
from chalicelib.publication.domain import PriceLockedError, price_model

__all__ = ["add_removal", "check_price_lock"]


def check_price_lock(before: Integration, after: Integration) -> None:
    """Raises PriceLockedError. Going back to the published price is always possible; drafts cost no call."""
    if before.status is IntegrationStatus.DRAFT or price_model(before) == price_model(after):
        return
    found = repository.find_publication(before.tenant_id, before.integration_id)
    listed = found.approved if found and found.is_listed else None
    if listed is None or listed.sales_channel != SalesChannel.PLATFORM or price_model(listed) == price_model(after):
        return
    raise PriceLockedError("Unpublish it first, change the price, and ask for publication again.")


def add_removal(tx: Transaction, integration: Integration) -> None:
    """A deleted integration leaves no publication behind; its timeline stays, and nobody can reach it."""
    repository.remove_publication(tx, integration.tenant_id, integration.integration_id)


def was_begun(integration: Integration) -> bool:
    """Whether anybody ever began to publish it: otherwise no list has heard, or will hear, of it. One call."""
    return repository.find_publication(integration.tenant_id, integration.integration_id) is not None
