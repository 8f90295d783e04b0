"""What the company API answers, each call counted against the limit of its client and company."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import Company
from chalicelib.activations.domain import RECEIPT_DAYS, ScopeUse
from chalicelib.company_api.domain import LicenceMissingError, Quota, RateLimitReachedError
from chalicelib.company_api.repository import find_uses as find_stored_uses
from chalicelib.company_api.repository import take_call
from chalicelib.company_api.schemas import CompanyInformation, CompanySettings, Me
from chalicelib.config import load_data
from chalicelib.faults import service as faults
from chalicelib.faults.domain import MARK, FaultKind
from chalicelib.kit.context import Context
from chalicelib.kit.ports import Hub

_COUNTRIES = {"SE": "Sverige", "NO": "Norge", "DK": "Danmark", "FI": "Finland"}
_LOCALES = {"sv": "sv_SE", "en": "en_GB"}
_SERVICE_ACCOUNT = "act_"  # the user id of a token that acts for the company, without a person


@dataclass(frozen=True, slots=True)
class InformationAnswer:
    company_information: CompanyInformation
    quota: Quota


@dataclass(frozen=True, slots=True)
class SettingsAnswer:
    company_settings: CompanySettings
    quota: Quota


@dataclass(frozen=True, slots=True)
class MeAnswer:
    me: Me
    quota: Quota


def get_company_information(ctx: Context) -> InformationAnswer:
    quota, company = count_call(ctx, "companyinformation")
    information = CompanyInformation(
        address=company.address,
        city=company.city,
        company_name=company.name,
        country_code=company.country_code,
        database_number=company.number,
        organization_number=company.organization_number,
        visit_address=company.address,
        visit_city=company.city,
        visit_country_code=company.country_code,
        visit_zip_code=company.zip_code,
        zip_code=company.zip_code,
    )
    return InformationAnswer(information, quota)


def get_company_settings(ctx: Context) -> SettingsAnswer:
    quota, company = count_call(ctx, "settings")
    settings = CompanySettings(
        address=company.address,
        city=company.city,
        country=_COUNTRIES.get(company.country_code, company.country_code),
        country_code=company.country_code,
        database_number=str(company.number),
        email=company.email,
        name=company.name,
        organization_number=company.organization_number,
        phone1=company.phone,
        tax_enabled=True,
        vat_number=company.vat_number,
        www=company.website,
        zip_code=company.zip_code,
    )
    return SettingsAnswer(settings, quota)


def get_me(ctx: Context) -> MeAnswer:
    """The person who consented, or the service account of the company."""
    quota, company = count_call(ctx, "profile")
    account_id = ctx.caller.account_id
    if account_id.startswith(_SERVICE_ACCOUNT):
        return MeAnswer(Me(id=account_id, name=company.name, email="", sys_admin=True, locale=_LOCALES["sv"]), quota)
    account = accounts.get_account(account_id)
    membership = accounts.find_membership(account_id, company.tenant_id)
    me = Me(
        id=account_id,
        name=account.name,
        email=account.email,
        sys_admin=membership is not None and membership.is_administrator,
        locale=_LOCALES.get(account.lang, account.lang),
    )
    return MeAnswer(me, quota)


class Ports(Hub):
    """What upper rooms hand in: `count_call`, the statistics room's way of counting a client's calls and refusals."""

    count_call: Callable[[Context, str, str], None] | None = None


def find_uses(tenant_id: str, client_id: str, now: datetime) -> dict[str, ScopeUse]:
    """What a client did for a company in the days of a receipt, by scope: two calls."""
    used, calls = find_stored_uses(tenant_id, client_id, now - timedelta(days=RECEIPT_DAYS))
    return {scope: ScopeUse(calls.get(scope, 0), used.get(scope)) for scope in used.keys() | calls.keys()}


def count_call(ctx: Context, scope: str) -> tuple[Quota, Company]:
    """Count the call first: a refused one reads nothing. Raises RateLimitReachedError, LicenceMissingError."""
    cause = ""
    try:
        return _admit(ctx, scope)
    except (RateLimitReachedError, LicenceMissingError) as error:
        cause = error.code
        raise
    finally:
        if Ports.count_call is not None:
            Ports.count_call(ctx, ctx.caller.client_id or "", cause)


def _admit(ctx: Context, scope: str) -> tuple[Quota, Company]:
    caller = ctx.caller
    quota = take_call(ctx, caller.tenant_id, caller.client_id or "", scope)
    company = accounts.get_company(caller.tenant_id)
    removed = faults.removed_modules(ctx, company.tenant_id)
    modules = company.modules - removed
    licence = load_data("platform")["integration_licence"]
    if licence not in modules:
        raise _licence_missing(licence, quota, is_forced=licence in removed)
    opening = _licences_of(scope)
    if opening and not opening & modules:
        names = " or ".join(sorted(opening))
        raise _licence_missing(names, quota, is_forced=bool(opening & removed))
    return quota, company


def _licence_missing(names: str, quota: Quota, *, is_forced: bool) -> LicenceMissingError:
    log = {MARK: str(FaultKind.MODULE_REMOVED)} if is_forced else None
    return LicenceMissingError(f"The company has no licence for {names}.", log=log, headers=quota.as_headers())


@cache
def _licences_of(scope: str) -> frozenset[str]:
    """The modules of which any opens the scope; none: it needs no module."""
    (found,) = [entry["licences"] for entry in load_data("scopes") if entry["scope"] == scope]
    return frozenset(found)
