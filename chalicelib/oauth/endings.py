"""When something that tokens rest on ends elsewhere: cut off at once in the same transaction, closed for good after it.

What may come back (a suspended integration, a developer without licence) only pauses: families stay.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.accounts.domain import Company
from chalicelib.activations import service as activations
from chalicelib.activations.domain import Activation, ConsentKind
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.log import log
from chalicelib.oauth.cutoffs import cut_off, of_changed, of_client, of_company, of_member
from chalicelib.oauth.repository import families
from chalicelib.oauth.revocation import close_families, revoke_family

MEMBER_REMOVED = "member_removed"
_SEEN_BY_CLIENTS = ("status", "secrets", "redirect_uris", "scopes", "only_administrator", "grant_types")


def tell_of_integration(tx: store.Transaction, ctx: Context, before: Integration, after: Integration | None) -> None:
    """Port `also_change` of integrations: a deleted or suspended one is cut off, other changes make copies stale."""
    if after is None or (after.is_stopped and not before.is_stopped):
        cut_off(tx, ctx, of_client(before.client_id))
    elif any(getattr(before, name) != getattr(after, name) for name in _SEEN_BY_CLIENTS):
        cut_off(tx, ctx, of_changed(before.client_id))


def tell_of_licence(tx: store.Transaction, ctx: Context, company: Company) -> None:
    """Port `also_change_licence` of accounts: without a licence all of the developer's clients are refused."""
    name = of_changed if company.has_licence else of_client
    cut_off(tx, ctx, *(name(client_id) for client_id in integrations.list_client_ids(company.tenant_id)))


def tell_of_member(tx: store.Transaction, ctx: Context, tenant_id: str, account_id: str) -> None:
    """Port `also_remove_member` of accounts: tokens that act for this person in this company."""
    cut_off(tx, ctx, of_member(tenant_id, account_id))


def end_integration(ctx: Context, integration_id: str) -> None:
    """The integration was deleted: every activation of it ends, with its tokens. Repeating it changes nothing."""
    for activation in activations.list_of_integration(integration_id):
        activations.end_by_platform(ctx, activation, close_families)


def end_company(ctx: Context, tenant_id: str) -> None:
    """The company is gone: so is everything it had activated."""
    with store.transaction() as tx:
        cut_off(tx, ctx, of_company(tenant_id))
    for activation in activations.list_of_company(tenant_id):
        activations.end_by_platform(ctx, activation, close_families)


def end_member(ctx: Context, tenant_id: str, account_id: str) -> None:
    """The person has left the company: families that act for them close; the company's activations stay."""
    for activation in activations.list_of_company(tenant_id):
        for family_id in _families_of(activation, account_id):
            family = families.find_family(family_id)
            if family is not None and family.revoked_at is None:
                revoke_family(ctx, family, MEMBER_REMOVED)
    log.info("member.families_closed", extra={"tenant_id": tenant_id, "account_id": account_id})


def _families_of(activation: Activation, account_id: str) -> Iterator[str]:
    known = families.find_connection(activation.activation_id).families
    for family in families.list_families(known):
        if family.kind is ConsentKind.USER and family.account_id == account_id:
            yield family.family_id
