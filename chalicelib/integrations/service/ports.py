"""What upper rooms hand in, set by the registry."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.integrations.domain import Integration
from chalicelib.kit.context import Context
from chalicelib.kit.ports import Hub
from chalicelib.kit.store import Transaction

__all__ = ["Ports"]


class Ports(Hub):
    """Each is None where nobody handed anything in.

    `check_change(before, after)` may refuse a change;
    `also_delete` adds parts to the transaction that deletes an integration; `also_change(tx, ctx, before, after)` to
    any that changes or deletes one (`after` is None then), so that who remembers clients hears of it;
    `also_transfer(tx, ctx, before, after)` moves what else belongs to its owner, or refuses the hand-over;
    `count_active(integration_id, most)` counts the companies that use it.
    """

    check_change: Callable[[Integration, Integration], None] | None = None
    also_delete: Callable[[Transaction, Integration], None] | None = None
    also_transfer: Callable[[Transaction, Context, Integration, Integration], None] | None = None
    count_active: Callable[[str, int], int] | None = None
    also_change: Callable[[Transaction, Context, Integration, Integration | None], None] | None = None
