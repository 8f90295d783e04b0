"""What of a publication moves when its integration is handed over to another company."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.accounts import service as accounts
from chalicelib.integrations.domain import Integration
from chalicelib.kit.context import Context
from chalicelib.kit.store import Transaction
from chalicelib.publication import repository
from chalicelib.publication.domain import PublicationStatus
from chalicelib.publication.service import steps
from chalicelib.publication.service.agreements import require_acceptance

__all__ = ["add_transfer"]

_NEEDS_AGREEMENT = frozenset({PublicationStatus.IN_REVIEW, PublicationStatus.PUBLISHED})


def add_transfer(tx: Transaction, ctx: Context, before: Integration, after: Integration) -> None:
    """Port `also_transfer` of integrations. What is live stays live, under the new developer's name.

    Raises AgreementRequiredError when something is listed or under review and the new owner has not accepted the
    partner agreement.
    """
    standing = steps.load(before)
    if standing is None:
        return
    if standing.is_listed or standing.status in _NEEDS_AGREEMENT:
        require_acceptance(ctx)
    developer = accounts.get_company(after.tenant_id).name
    moved = replace(standing, tenant_id=after.tenant_id, developer=developer, version=standing.version + 1)
    repository.move_publication(tx, standing, moved)
    if moved.is_listed:
        steps.announce(tx, ctx, after, moved)
