"""What upper rooms hand in."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.activations.domain import Activation
from chalicelib.kit.context import Context
from chalicelib.kit.store import Transaction

__all__ = ["CloseFamilies", "Ports"]

CloseFamilies = Callable[[Transaction, Context, Activation], None]


class Ports:
    """The registry sets `close_families(tx, ctx, activation)`: the OAuth room's way of closing token families."""

    close_families: CloseFamilies | None = None
