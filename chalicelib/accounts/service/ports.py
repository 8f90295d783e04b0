"""What upper rooms hand in to accounts, set by the registry."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.accounts.domain import Company
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.ports import Hub

__all__ = ["Ports"]


class Ports(Hub):
    """Parts for our own transactions, so that tokens die with what they rest on and not some events later.

    `also_remove_member(tx, ctx, tenant_id, account_id)` when a person leaves a company; `also_change_licence(tx, ctx,
    company)` with the company as it will be.
    """

    also_remove_member: Callable[[store.Transaction, Context, str, str], None] | None = None
    also_change_licence: Callable[[store.Transaction, Context, Company], None] | None = None
