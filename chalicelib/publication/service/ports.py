"""What upper rooms hand in."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.kit.context import Context
from chalicelib.kit.ports import Hub
from chalicelib.kit.store import Transaction

__all__ = ["Ports"]


class Ports(Hub):
    """The registry sets `add_audit(tx, ctx, tenant_id, action, reason, subject)`: one row of the operator's log."""

    add_audit: Callable[[Transaction, Context, str, str, str, str], None] | None = None
