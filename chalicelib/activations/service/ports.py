"""What upper rooms hand in, set by the registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from chalicelib.activations.domain import Activation, ScopeUse
from chalicelib.kit.context import Context
from chalicelib.kit.ports import Hub
from chalicelib.kit.store import Transaction

__all__ = ["CloseFamilies", "CountLaunch", "Ports"]

CountLaunch = Callable[[Context, str, str], None]
CloseFamilies = Callable[[Transaction, Context, Activation], None]


class Ports(Hub):
    """By the room that hands it in.

    oauth: `close_families` closes an activation's token families, `narrow_families(tx, ctx, activation, removed)` takes
    scopes from them; `find_uses(tenant_id, client_id, now)` tells how each scope was used lately (company_api);
    `count_launch(ctx, owner_tenant_id, integration_id)` counts who went to an integration (statistics).
    """

    close_families: CloseFamilies | None = None
    narrow_families: Callable[[Transaction, Context, Activation, frozenset[str]], None] | None = None
    find_uses: Callable[[str, str, datetime], Mapping[str, ScopeUse]] | None = None
    count_launch: CountLaunch | None = None
