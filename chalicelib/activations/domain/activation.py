"""Activations and consents: what a company agreed to, and how a new consent changes it (D6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

__all__ = [
    "Activation",
    "ActivationStatus",
    "Consent",
    "ConsentKind",
    "EndCause",
    "can_end",
    "ended",
    "event_of",
    "new_activation",
]


class ActivationStatus(StrEnum):
    ACTIVE = "active"
    ENDED = "ended"


class ConsentKind(StrEnum):
    """`user`: tokens act for the person who consented. `service`: for the company, without a person."""

    USER = "user"
    SERVICE = "service"


class EndCause(StrEnum):
    """Who ended it. `removed`: what it rested on is gone, such as the integration itself."""

    CUSTOMER = "customer"
    DEVELOPER = "developer"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A person's recorded yes to a scope set at a moment, with everything that was shown to them."""

    consent_id: str
    kind: ConsentKind
    scopes: frozenset[str]
    account_id: str
    tenant_id: str
    tenant_number: int
    company_name: str
    integration_id: str
    integration_name: str
    integration_version: int
    registered_scopes: frozenset[str]
    owner_tenant_id: str
    client_id: str
    redirect_uri: str
    country_code: str = ""
    price_version: int | None = None
    agreement_version: int | None = None
    consented_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """A company x integration.

    `scopes` is everything people of the company have agreed to for codes of kind `user` and `service` together; tokens
    are limited to it. `service_scopes` is what client credentials may use: None without a live service consent, and
    replaced whenever that consent is renewed. `kind`, `account_id`, `redirect_uri` and the versions are those of the
    latest consent. `version` guards against two people consenting at once.
    """

    activation_id: str
    tenant_id: str
    tenant_number: int
    company_name: str
    integration_id: str
    integration_name: str
    integration_version: int
    owner_tenant_id: str
    client_id: str
    status: ActivationStatus = ActivationStatus.ACTIVE
    scopes: frozenset[str]
    kind: ConsentKind
    account_id: str
    redirect_uri: str
    country_code: str = ""  # of the company, when it consented last
    service_scopes: frozenset[str] | None = None
    service_account_id: str | None = None
    price_version: int | None = None
    agreement_version: int | None = None
    activated_at: datetime
    consented_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None
    end_cause: EndCause | None = None
    version: int = 1

    @property
    def is_active(self) -> bool:
        return self.status is ActivationStatus.ACTIVE


def new_activation(consent: Consent, standing: Activation | None, activation_id: str) -> Activation:
    """The activation after this consent. One that had ended begins anew, under an id of its own.

    Asking for less than before does not shrink what the company agreed to (a second program of the same developer may
    rely on it), but scopes the developer has given up fall away.
    """
    before = standing if standing is not None and standing.is_active else None
    kept = before.scopes & consent.registered_scopes if before else frozenset()
    is_service = consent.kind is ConsentKind.SERVICE
    return Activation(
        activation_id=before.activation_id if before else activation_id,
        tenant_id=consent.tenant_id,
        tenant_number=consent.tenant_number,
        company_name=consent.company_name,
        integration_id=consent.integration_id,
        integration_name=consent.integration_name,
        integration_version=consent.integration_version,
        owner_tenant_id=consent.owner_tenant_id,
        client_id=consent.client_id,
        scopes=kept | consent.scopes,
        kind=consent.kind,
        account_id=consent.account_id,
        redirect_uri=consent.redirect_uri,
        country_code=consent.country_code,
        service_scopes=consent.scopes if is_service else before.service_scopes if before else None,
        service_account_id=consent.account_id if is_service else before.service_account_id if before else None,
        price_version=consent.price_version,
        agreement_version=consent.agreement_version,
        activated_at=before.activated_at if before else consent.consented_at,
        consented_at=consent.consented_at,
        version=(standing.version if standing else 0) + 1,
    )


def ended(activation: Activation, now: datetime, ended_by: str, cause: EndCause = EndCause.CUSTOMER) -> Activation:
    """`ended_by` is the id of the request that ended it, so that its own repeat is recognised."""
    return replace(
        activation,
        status=ActivationStatus.ENDED,
        ended_at=now,
        ended_by=ended_by,
        end_cause=cause,
        service_scopes=None,
        service_account_id=None,
        version=activation.version + 1,
    )


def event_of(activation: Activation, standing: Activation | None) -> str:
    """What happened: switched on, more or fewer scopes than before, or the same agreed to once more."""
    if standing is None or standing.activation_id != activation.activation_id:
        return "activation.activated"
    same = standing.scopes == activation.scopes and standing.service_scopes == activation.service_scopes
    return "activation.renewed" if same else "activation.reactivated"


def can_end(activation: Activation, account_id: str, roles: frozenset[str]) -> bool:
    """The company's administrator may end it, and so may the person whose consent it rests on."""
    return "administrator" in roles or (
        activation.kind is ConsentKind.USER
        and activation.account_id == account_id
        and activation.service_scopes is None
    )
