"""What upper rooms hand in."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.activations.domain import Activation
from chalicelib.kit.context import Context
from chalicelib.kit.store import Transaction

__all__ = ["CloseFamilies", "CountLaunch", "Ports"]

CountLaunch = Callable[[Context, str, str], None]
CloseFamilies = Callable[[Transaction, Context, Activation], None]


class Ports:
    """`close_families(tx, ctx, activation)` closes token families, `count_launch(ctx, owner, id)` counts a visit."""

    close_families: CloseFamilies | None = None
    count_launch: CountLaunch | None = None
