"""A rating and what follows from many: average, and the rule by which an integration is recommended."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from chalicelib.kit.errors import ConflictError, ForbiddenError

__all__ = [
    "RECOMMENDED_CUSTOMERS",
    "RECOMMENDED_STARS",
    "NotACustomerError",
    "Rating",
    "RatingChangedError",
    "Summary",
    "is_recommended",
    "rating_id_of",
]

RECOMMENDED_CUSTOMERS = 10  # product.md: at least ten active customers …
RECOMMENDED_STARS = 3  # … and three stars
_ID_LENGTH = 24


class NotACustomerError(ForbiddenError):
    title = "Only customers rate an integration"


class RatingChangedError(ConflictError):
    title = "The rating has changed in the meantime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What one company says. `response` is the developer's answer; `hidden_reason` why the operator took it away."""

    integration_id: str
    rating_id: str
    number: int  # the integration's
    owner_tenant_id: str
    tenant_id: str
    company_name: str
    account_id: str
    stars: int
    comment: str = ""
    created_at: datetime
    updated_at: datetime
    response: str = ""
    response_created_at: datetime | None = None
    response_updated_at: datetime | None = None
    reported_at: datetime | None = None
    report_reason: str = ""
    hidden_at: datetime | None = None
    hidden_reason: str = ""
    version: int = 1

    @property
    def is_shown(self) -> bool:
        return self.hidden_at is None

    @property
    def counted(self) -> tuple[int, int]:
        """What it adds to count and sum."""
        return (1, self.stars) if self.is_shown else (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """`version` grows with each change; listings take no older one."""

    integration_id: str
    count: int = 0
    total: int = 0
    is_recommended: bool = False
    version: int = 0

    @property
    def average(self) -> float:
        return self.total / self.count if self.count else 0.0


def rating_id_of(integration_id: str, tenant_id: str) -> str:
    """One company has one rating of an integration: its id follows from both."""
    digest = hashlib.sha256(f"{integration_id} {tenant_id}".encode()).hexdigest()
    return f"rat_{digest[:_ID_LENGTH]}"


def is_recommended(active_customers: int, count: int, total: int) -> bool:
    """At least ten active customers and three stars on average.

    >>> is_recommended(10, 2, 6), is_recommended(9, 2, 10), is_recommended(10, 2, 5), is_recommended(99, 0, 0)
    (True, False, False, False)
    """
    return active_customers >= RECOMMENDED_CUSTOMERS and count > 0 and total >= RECOMMENDED_STARS * count
