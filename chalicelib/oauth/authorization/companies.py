"""For which of a person's companies a request can be granted, and the dialect's errors for those where it cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chalicelib.accounts.domain import Company, Membership
from chalicelib.activations.domain import ConsentKind
from chalicelib.integrations.domain import Scope
from chalicelib.licences.domain import Entitlement
from chalicelib.oauth.authorization.domain import AuthorizationTransaction, Candidate, Missing
from chalicelib.oauth.errors import (
    AccessDeniedError,
    ErrorMissingAppLicenseError,
    ErrorMissingLicenseError,
    ErrorMissingSystemAdminRightError,
    OAuthError,
)


def new_candidate(
    company: Company,
    membership: Membership,
    transaction: AuthorizationTransaction,
    catalogue: Mapping[str, Scope],
    integration_licence: str,
    right: Entitlement,
) -> Candidate:
    """One company of the person, and what keeps it from granting the request."""
    missing, lacking = (
        Missing.NOTHING,
        lacking_licences(company.modules, transaction.scopes, catalogue, integration_licence),
    )
    if transaction.needs_administrator and not membership.is_administrator:
        missing = Missing.ADMINISTRATOR
    elif membership.is_reader:
        missing = Missing.RIGHT
    elif lacking:
        missing = Missing.LICENCE
    elif not right.is_entitled:
        missing = Missing.PURCHASE
    elif not right.is_assigned and transaction.kind is ConsentKind.USER:
        missing = Missing.SEAT
    return Candidate(
        company.tenant_id, company.number, company.name, missing, ", ".join(lacking), right.price_version,
        right.agreement_version, company.country_code,
    )  # fmt: skip


def lacking_licences(
    modules: frozenset[str], scopes: Iterable[str], catalogue: Mapping[str, Scope], integration_licence: str
) -> list[str]:
    """The module licences a company would have to get: for each scope any of its own, and the one for integrations."""
    needs = [(integration_licence,), *(catalogue[scope].licences for scope in sorted(scopes) if scope in catalogue)]
    lacking = ["/".join(licences) for licences in needs if licences and not modules & set(licences)]
    return list(dict.fromkeys(lacking))


def choose(candidates: Sequence[Candidate], wanted: str, current: str) -> Candidate:
    """The company the page begins with: the one asked for, else the one worked in, else the first that can."""
    by_id = {entry.tenant_id: entry for entry in candidates}
    if wanted in by_id:
        return by_id[wanted]
    if current in by_id and by_id[current].is_eligible:
        return by_id[current]
    return next((entry for entry in candidates if entry.is_eligible), by_id.get(current, candidates[0]))


def refusal_of(candidate: Candidate | None) -> OAuthError:
    """What the client is told when the person has no company that can grant the request (contract.md)."""
    if candidate is None:
        return AccessDeniedError("The person belongs to no company")
    if candidate.missing == Missing.ADMINISTRATOR:
        return ErrorMissingSystemAdminRightError()
    if candidate.missing == Missing.RIGHT:
        return ErrorMissingSystemAdminRightError("The person may look at the company, and grant nothing for it")
    if candidate.missing == Missing.PURCHASE:
        return ErrorMissingAppLicenseError()
    if candidate.missing == Missing.SEAT:
        return ErrorMissingAppLicenseError("The person has no licence for this integration")
    return ErrorMissingLicenseError(f"The company lacks the licence {candidate.lacking}")
