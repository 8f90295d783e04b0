"""What deleting an integration ends, told before it is done."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.integrations.domain import Integration, IntegrationStatus
from chalicelib.integrations.service.ports import Ports
from chalicelib.integrations.service.reading import get_integration
from chalicelib.kit.context import Context

__all__ = ["Ending", "ending_of", "get_ending"]

_COUNTED = 1_000  # nobody decides otherwise at 1,001


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """`is_more`: there are more customers than were counted."""

    active_customers: int
    is_more: bool
    is_published: bool
    client_id: str
    secrets: int


def get_ending(ctx: Context, integration_id: str) -> Ending:
    """Raises NotFoundError."""
    return ending_of(ctx, get_integration(ctx, integration_id))


def ending_of(ctx: Context, integration: Integration) -> Ending:
    """The same for a caller that has loaded the integration as its owner."""
    count = Ports.count_active(integration.integration_id, _COUNTED + 1) if Ports.count_active is not None else 0
    return Ending(
        active_customers=min(count, _COUNTED), is_more=count > _COUNTED,
        is_published=integration.status is IntegrationStatus.PUBLISHED, client_id=integration.client_id,
        secrets=len([one for one in integration.secrets if one.is_live(ctx.now)]),
    )  # fmt: skip
