"""Who uses an integration in a company, for its developer: the people whose consent it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.accounts import service as accounts
from chalicelib.activations import repository
from chalicelib.activations.domain import ConsentKind
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.licences import service as licences

__all__ = ["IntegrationUser", "list_licensed", "list_users", "list_users_by_number"]

_DIGITS = 16  # of 2^53: no integration's number is longer


@dataclass(frozen=True, slots=True)
class IntegrationUser:
    name: str
    email: str
    user_type: str
    external_source_id: str
    activation_time: datetime


def list_users_by_number(ctx: Context, integration_number: str, tenant_number: str) -> list[IntegrationUser]:
    """For a token of the developer's own company (scope developerapi). Raises NotFoundError for anybody else's."""
    number = _number(integration_number)
    integration = integrations.find_by_number(number) if number is not None else None
    if integration is None or integration.tenant_id != ctx.caller.tenant_id:
        raise NotFoundError("Your company has no integration with this number.")
    return list_users(integration, tenant_number)


def list_users(integration: Integration, tenant_number: str) -> list[IntegrationUser]:
    """Those of the company who agreed to it and still belong there, with the moment they first did.

    The service account too, while it stands; nobody, where the company has not activated it.
    """
    number = _number(tenant_number)
    company = accounts.find_company_by_number(number) if number is not None else None
    activation = repository.find(company.tenant_id, integration.integration_id) if company else None
    if activation is None or not activation.is_active:
        return []
    since: dict[tuple[str, str], datetime] = {}
    for account_id, kind, consented_at in repository.list_consents(activation.activation_id):
        key = (account_id, kind)
        since[key] = min(consented_at, since.get(key, consented_at))
    people = {account.account_id: (account, member) for account, member in accounts.list_people(activation.tenant_id)}
    found = []
    for (account_id, kind), consented_at in since.items():
        if account_id not in people or (kind == ConsentKind.SERVICE and account_id != activation.service_account_id):
            continue
        account, member = people[account_id]
        user_type = "administrator" if member.is_administrator else "user"
        user_type = "service" if kind == ConsentKind.SERVICE else user_type
        found.append(IntegrationUser(account.name, account.email, user_type, account_id, consented_at))
    return sorted(found, key=lambda user: user.activation_time)


def list_licensed(integration_id: str, tenant_ids: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Name and address of whoever uses it in these companies: those who have a licence of their own.

    Where one licence serves the whole company it is the person who activated it, while it is activated. Three calls for
    each hundred companies or people.
    """
    wanted = list(dict.fromkeys(tenant_ids))
    holders: dict[str, frozenset[str]] = licences.find_holders(integration_id, wanted)
    for activation in repository.find_many(integration_id, [one for one in wanted if one not in holders]):
        holders[activation.tenant_id] = frozenset({activation.account_id} if activation.is_active else ())
    people = accounts.find_accounts(sorted(frozenset[str]().union(*holders.values())))
    return {
        tenant_id: sorted((people[one].name, people[one].email) for one in held if one in people)
        for tenant_id, held in holders.items()
    }


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None
