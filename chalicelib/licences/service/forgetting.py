"""The end of a test company: what it bought for test goes with it."""

from __future__ import annotations

from chalicelib.accounts.domain import is_sandbox
from chalicelib.licences import repository
from chalicelib.sales import service as sales

__all__ = ["forget_purchases"]


def forget_purchases(tenant_id: str) -> None:
    """Seats, approvals and subscriptions; repeatable, and nothing for a live company."""
    if not is_sandbox(tenant_id):
        return
    repository.remove_seats(tenant_id)
    repository.remove_approvals(tenant_id)
    sales.forget_purchases(tenant_id)
