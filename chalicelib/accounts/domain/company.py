"""Companies and their developer licence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.accounts.domain.errors import DeveloperLicenceRequiredError, LicenceStateError

OPERATOR_TENANT_ID = "ten_operator"
SANDBOX_PREFIX = "tsb"  # a test company's id says so: what treats it otherwise needs no read to know (ADR 0063)
NUMBERS = range(1_000_000, 10_000_000)  # a company's public number has seven digits


class CompanyKind(StrEnum):
    LIVE = "live"
    SANDBOX = "sandbox"
    OPERATOR = "operator"


class LicenceStatus(StrEnum):
    NONE = "none"
    GRANTED = "granted"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


def is_sandbox(tenant_id: str) -> bool:
    """Whether this is a test company.

    >>> is_sandbox("tsb_1"), is_sandbox("ten_1")
    (True, False)
    """
    return tenant_id.startswith(f"{SANDBOX_PREFIX}_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A tenant. `number` is its public name on the wire (`tenantId`, `DatabaseNumber`)."""

    tenant_id: str
    number: int
    name: str
    kind: CompanyKind = CompanyKind.LIVE
    organization_number: str = ""
    modules: frozenset[str] = frozenset()
    licence: LicenceStatus = LicenceStatus.NONE
    licence_requested_at: datetime | None = None
    licence_changed_at: datetime | None = None
    licence_reason: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    zip_code: str = ""
    city: str = ""
    country_code: str = "SE"
    vat_number: str = ""
    website: str = ""
    home_tenant_id: str | None = None
    created_at: datetime
    version: int = 1

    @property
    def has_licence(self) -> bool:
        return self.licence is LicenceStatus.GRANTED

    @property
    def can_request_licence(self) -> bool:
        may_ask = self.licence in {LicenceStatus.NONE, LicenceStatus.WITHDRAWN}
        return self.kind is CompanyKind.LIVE and may_ask and self.licence_requested_at is None

    @property
    def licence_state(self) -> str | None:
        """Where the operator finds this company: a state, `requested`, or None when it is no developer's matter."""
        if self.licence in {LicenceStatus.NONE, LicenceStatus.WITHDRAWN} and self.licence_requested_at is not None:
            return "requested"
        return None if self.licence is LicenceStatus.NONE else str(self.licence)


def check_licence(company: Company) -> None:
    """Raises DeveloperLicenceRequiredError that names what is missing and where the checklist is."""
    if company.has_licence:
        return
    sentences = {
        LicenceStatus.NONE: "Your company has no developer licence yet. Ask for one on the account page.",
        LicenceStatus.SUSPENDED: "Your company's developer licence is suspended. The account page says why.",
        LicenceStatus.WITHDRAWN: "Your company's developer licence was withdrawn. The account page says why.",
    }
    sentence = sentences[company.licence]
    if company.licence_state == "requested":
        sentence = "Your company has asked for a developer licence. The operator has not answered yet."
    raise DeveloperLicenceRequiredError(
        sentence,
        extra={"missing": ["developer-licence"], "remedy": {"href": "/account", "label": "See what is missing"}},
    )


_CHANGES: dict[LicenceStatus, frozenset[LicenceStatus]] = {
    LicenceStatus.GRANTED: frozenset({LicenceStatus.NONE, LicenceStatus.SUSPENDED, LicenceStatus.WITHDRAWN}),
    LicenceStatus.SUSPENDED: frozenset({LicenceStatus.GRANTED}),
    LicenceStatus.WITHDRAWN: frozenset({LicenceStatus.GRANTED, LicenceStatus.SUSPENDED}),
}


def change_licence(company: Company, status: LicenceStatus, reason: str, now: datetime) -> Company:
    """The company with its licence in the new state. Raises LicenceStateError where there is no such step."""
    if company.kind is not CompanyKind.LIVE:
        raise LicenceStateError("Only a live company can hold a developer licence.")
    if company.licence not in _CHANGES.get(status, frozenset()):
        raise LicenceStateError(
            f"A licence that is {company.licence} cannot become {status}.", extra={"licence": str(company.licence)}
        )
    return replace(
        company,
        licence=status,
        licence_requested_at=None,
        licence_changed_at=now,
        licence_reason=reason,
        version=company.version + 1,
    )
