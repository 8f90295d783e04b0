"""Who at a company is told about its integrations."""

from __future__ import annotations

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import Account, PortalRole

__all__ = ["builders_of"]

_TOLD_MAX = 20  # people of one company who get a mail: a transaction holds a hundred parts
_BUILDERS = frozenset({PortalRole.OWNER, PortalRole.DEVELOPER})


def builders_of(tenant_id: str) -> list[Account]:
    """Owners and developers of the company."""
    people = accounts.list_people(tenant_id)
    return [account for account, member in people if member.portal_role in _BUILDERS][:_TOLD_MAX]
