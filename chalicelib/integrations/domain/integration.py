"""The integration itself: a frozen value, made and changed by functions that leave it valid."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from chalicelib.integrations.domain.catalogue import currency, current_category
from chalicelib.integrations.domain.checks import check_integration, check_new_scopes, faults_of
from chalicelib.integrations.domain.client_secrets import ClientSecret

__all__ = [
    "ClientType",
    "CreatedIntegration",
    "Credentials",
    "GrantType",
    "Integration",
    "IntegrationStatus",
    "LicenceModel",
    "SalesChannel",
    "changed_integration",
    "findings_of",
    "fold_name",
    "new_integration",
    "price_in_words",
]


_MINOR = 100


class IntegrationStatus(StrEnum):
    """`draft` is hidden: customers find it by its exact client id only."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUSPENDED = "suspended"


class ClientType(StrEnum):
    """RFC 6749 §2.1. `public` runs on people's own devices or in their browser, where no secret can be kept."""

    CONFIDENTIAL = "confidential"
    PUBLIC = "public"


class GrantType(StrEnum):
    """With what an integration asks for tokens; what it does not use is refused, whoever has its secret (RFC 6749)."""

    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a grant
    CLIENT_CREDENTIALS = "client_credentials"


class SalesChannel(StrEnum):
    """Where it is bought: `platform` invoices the customer, `website` sends them to the developer."""

    PLATFORM = "platform"
    WEBSITE = "website"


class LicenceModel(StrEnum):
    """`per_user`: the customer may buy it several times and connect more people."""

    SINGLE = "single"
    PER_USER = "per_user"


@dataclass(frozen=True, slots=True)
class Credentials:
    """The identities an integration is born with; all three are unique for ever."""

    integration_id: str
    number: int
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """`number` is its public integer (random, below 2^53); `version` grows by one with each change.

    `logo` and `covers` are addresses of its pictures as they were last seen ready; the rooms above keep them.
    `keeps_customers`: while it is suspended, those who have activated it may go on; nobody new can.
    """

    integration_id: str
    number: int
    client_id: str
    tenant_id: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    updated_at: datetime
    status: IntegrationStatus = IntegrationStatus.DRAFT
    keeps_customers: bool = False
    version: int = 1
    secrets: tuple[ClientSecret, ...] = field(default=(), repr=False)
    description: str = ""
    contact_email: str = ""
    redirect_uris: tuple[str, ...] = ()
    start_page: str = ""
    website: str = ""
    user_agreement: str = ""
    category: str | None = None
    sales_channel: SalesChannel | None = None
    price_minor: int | None = None
    currency: str = ""
    price_text: str = ""
    trial_days: int = 0
    licence_model: LicenceModel = LicenceModel.SINGLE
    only_administrator: bool = False
    client_type: ClientType = ClientType.CONFIDENTIAL
    grant_types: frozenset[GrantType] = frozenset(GrantType)
    scope_reasons: tuple[tuple[str, str], ...] = ()
    logo: str = ""
    covers: tuple[str, ...] = ()

    @property
    def reasons(self) -> dict[str, str]:
        """Why it needs a scope, in its developer's words, by scope; a scope without a sentence is not there."""
        return dict(self.scope_reasons)

    @property
    def is_stopped(self) -> bool:
        """Suspended for those who have activated it as well: its tokens are refused until the suspension ends."""
        return self.status is IntegrationStatus.SUSPENDED and not self.keeps_customers

    @property
    def is_public(self) -> bool:
        return self.client_type is ClientType.PUBLIC


@dataclass(frozen=True, slots=True)
class CreatedIntegration:
    """The one answer that carries the plain secret; None for a public client."""

    integration: Integration
    client_secret: str | None = field(repr=False)


def new_integration(
    ids: Credentials, *, tenant_id: str, details: Mapping[str, Any], secret: ClientSecret | None, now: datetime
) -> Integration:
    """A hidden draft; a public client gets no secret. Raises RejectedError naming every field that is wrong."""
    born: dict[str, Any] = {
        "integration_id": ids.integration_id,
        "number": ids.number,
        "client_id": ids.client_id,
        "tenant_id": tenant_id,
        "secrets": (secret,) if secret else (),
        "created_at": now,
        "updated_at": now,
    }
    if details.get("client_type") is ClientType.PUBLIC:
        born["secrets"] = ()
    integration = Integration(**({"currency": currency()} | _cleaned(details) | born))
    check_integration(integration)
    check_new_scopes(integration.scopes)
    return integration


def changed_integration(before: Integration, changes: Mapping[str, Any], now: datetime) -> Integration:
    """`before` with some details replaced. Raises RejectedError naming every field that is wrong afterwards."""
    after = replace(before, **_cleaned(changes), version=before.version + 1, updated_at=now)
    if "scopes" in changes and "scope_reasons" not in changes:
        kept = tuple(pair for pair in after.scope_reasons if pair[0] in after.scopes)
        after = replace(after, scope_reasons=kept)
    after = replace(after, category=current_category(after.category))
    check_integration(after)
    check_new_scopes(after.scopes - before.scopes)
    return after


def findings_of(details: Mapping[str, Any]) -> list[dict[str, str]]:
    """What would be wrong with an integration of these details, as `{pointer, message}`."""
    never = datetime.min.replace(tzinfo=UTC)
    born = {
        "integration_id": "",
        "number": 0,
        "client_id": "",
        "tenant_id": "",
        "created_at": never,
        "updated_at": never,
    }
    return faults_of(Integration(**({"currency": currency()} | _cleaned(details) | born)))


def price_in_words(integration: Integration) -> str:
    """For the log: `149.00 SEK a month, single, platform`."""
    if integration.sales_channel is SalesChannel.PLATFORM and integration.price_minor is not None:
        amount = f"{integration.price_minor / _MINOR:.2f} {integration.currency} a month"
        return f"{amount}, {integration.licence_model}"
    return integration.price_text or "none"


def fold_name(name: str) -> str:
    """What makes two names the same: compatibility forms, case and spacing do not count.

    >>> fold_name("Kvitto  HJÄLPEN") == fold_name("kvitto hjälpen")
    True
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())


_DEFAULTS: Mapping[str, Any] = {
    "trial_days": 0,
    "licence_model": LicenceModel.SINGLE,
    "only_administrator": False,
    "client_type": ClientType.CONFIDENTIAL,
    "grant_types": frozenset(GrantType),
}


def _cleaned(details: Mapping[str, Any]) -> dict[str, Any]:
    """Wire values as the dataclass keeps them: "nothing" is `None` for choices and numbers, empty for texts."""
    clean = dict(details)
    for name in ("description", "contact_email", "start_page", "website", "user_agreement", "price_text"):
        if name in clean:
            clean[name] = clean[name] or ""
    if "scopes" in clean:
        clean["scopes"] = frozenset(clean["scopes"])
    if clean.get("grant_types") is not None:
        clean["grant_types"] = frozenset(clean["grant_types"])
    if "scope_reasons" in clean:
        clean["scope_reasons"] = tuple(
            sorted((scope, why) for scope, why in (clean["scope_reasons"] or {}).items() if why)
        )
    if "redirect_uris" in clean:
        clean["redirect_uris"] = tuple(clean["redirect_uris"] or ())
    if clean.get("currency", "") is None:
        clean["currency"] = currency()
    for name, empty in _DEFAULTS.items():
        if name in clean and clean[name] is None:
            clean[name] = empty
    return clean
