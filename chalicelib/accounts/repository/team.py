"""Invitations, and changes of memberships that leave a company with whom it needs."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any

from chalicelib.accounts.domain import Invitation, MemberRoles, Membership, PortalRole, StaffRole
from chalicelib.accounts.repository.tables import InvitationItem, MembershipItem
from chalicelib.kit import store


def put_invitation(tx: store.Transaction, invitation: Invitation) -> None:
    tx.add("invitation", store.to_item(InvitationItem, invitation))


def find_invitation(tenant_id: str, invitation_id: str) -> Invitation | None:
    item = store.find(InvitationItem, tenant_id, invitation_id) if tenant_id and invitation_id else None
    return store.to_entity(Invitation, item) if item else None


def list_invitations(tenant_id: str, now: datetime) -> list[Invitation]:
    """Those that can still be accepted, newest first."""
    with store.faults():
        rows = InvitationItem.query(tenant_id, consistent_read=True)
        found = [store.to_entity(Invitation, item) for item in rows if item.expires_at > now]
    return sorted(found, key=lambda invitation: invitation.created_at, reverse=True)


def use_invitation(tx: store.Transaction, invitation: Invitation, now: datetime) -> None:
    """Part `code`: whoever commits first has used it; the row goes with its use."""
    key = (invitation.tenant_id, invitation.invitation_id)
    standing = (InvitationItem.code_hash == invitation.code_hash) & (InvitationItem.expires_at > now)
    tx.delete("code", InvitationItem, key, standing)


def drop_invitation(tx: store.Transaction, invitation: Invitation) -> None:
    """Gone, whether or not it stood."""
    tx.delete(f"dropped:{invitation.invitation_id}", InvitationItem, (invitation.tenant_id, invitation.invitation_id))


def add_membership(tx: store.Transaction, membership: Membership) -> None:
    """Part `membership`, refused for somebody who is a member."""
    tx.add("membership", store.to_item(MembershipItem, membership))


def change_membership(tx: store.Transaction, before: Membership, after: MemberRoles) -> None:
    """Part `member`, on condition that it is as it was read."""
    actions: list[Any] = [MembershipItem.is_administrator.set(after.is_administrator)]
    for attribute, value in _roles(after):
        actions.append(attribute.set(value) if value is not None else attribute.remove())
    tx.update("member", MembershipItem, (before.account_id, before.tenant_id), actions, _as_read(before))


def remove_membership(tx: store.Transaction, before: Membership) -> None:
    """Part `member`, on condition that it is as it was read."""
    tx.delete("member", MembershipItem, (before.account_id, before.tenant_id), _as_read(before))


def check_remains(tx: store.Transaction, account_id: str, tenant_id: str, what: list[str]) -> None:
    """Part `remains:<account>`: this person still is what the company would otherwise lose.

    The list of people comes from an index that may lag, and two may remove each other at once; this settles both.
    """
    conditions = {
        "administrator": MembershipItem.is_administrator == True,  # noqa: E712 - an expression, not a comparison
        "owner": MembershipItem.portal_role == PortalRole.OWNER,
        "staff": MembershipItem.staff_role == StaffRole.ADMINISTRATOR,
    }
    condition = reduce(and_, (conditions[one] for one in what))
    tx.check(f"remains:{account_id}", MembershipItem, (account_id, tenant_id), condition)


def _as_read(before: Membership) -> Any:
    condition = MembershipItem.is_administrator == before.is_administrator
    for attribute, value in _roles(before):
        condition &= attribute == value if value is not None else attribute.does_not_exist()
    return condition


def _roles(of: Membership | MemberRoles) -> list[tuple[Any, Any]]:
    return [
        (MembershipItem.company_role, of.company_role),
        (MembershipItem.portal_role, of.portal_role),
        (MembershipItem.staff_role, of.staff_role),
    ]
