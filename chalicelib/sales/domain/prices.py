"""Price versions: what one licence costs a month, numbered, never changed once somebody bought at it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.config import load_data
from chalicelib.integrations.domain import Integration, LicenceModel, SalesChannel
from chalicelib.kit.money import Money
from chalicelib.sales.domain.errors import SoldElsewhereError

__all__ = ["PriceVersion", "offered_price"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceVersion:
    """`unit_minor` is the price of one licence for one month, without VAT; `version` counts from 1 per integration."""

    integration_id: str
    version: int
    unit_minor: int
    currency: str
    licence_model: LicenceModel
    trial_days: int = 0
    created_at: datetime

    @property
    def unit(self) -> Money:
        return Money(self.unit_minor, self.currency)

    @property
    def is_free(self) -> bool:
        return self.unit_minor == 0

    def is_same_offer(self, other: PriceVersion) -> bool:
        return replace(self, version=other.version, created_at=other.created_at) == other


def offered_price(integration: Integration, latest: PriceVersion | None, now: datetime) -> PriceVersion:
    """The price at which the integration is sold now: the latest version, or the next one if the price has changed.

    Raises SoldElsewhereError when the platform does not sell it.
    """
    if integration.sales_channel is not SalesChannel.PLATFORM or integration.price_minor is None:
        raise SoldElsewhereError("It is bought on the developer's own website.")
    offered = PriceVersion(
        integration_id=integration.integration_id,
        version=latest.version + 1 if latest else 1,
        unit_minor=integration.price_minor,
        currency=integration.currency,
        licence_model=integration.licence_model,
        trial_days=integration.trial_days or load_data("platform").get("trial_days", 0),
        created_at=now,
    )
    return latest if latest is not None and latest.is_same_offer(offered) else offered
