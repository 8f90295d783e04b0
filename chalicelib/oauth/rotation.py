"""Rotation of the signing keys: what is due now, and the emergency; each one conditional write on the whole ring."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.kit.context import Context
from chalicelib.kit.errors import UnavailableError
from chalicelib.kit.log import log
from chalicelib.oauth import key_ring, keys
from chalicelib.oauth.key_ring import Keys, NewKey, SigningKey
from chalicelib.oauth.repository.keys import load_ring, save_ring

_TRIES = 3


def rotate_signing_keys(ctx: Context) -> Keys:
    """Bring the ring to where it should be now; makes the first keys when there are none. Repeating changes nothing."""
    return _change(ctx, lambda before, new_key: key_ring.rotated(before, ctx.now, new_key))


def withdraw_signing_key(ctx: Context, kid: str) -> Keys:
    """Emergency: tokens of this key are refused within five minutes everywhere, and another key signs at once."""
    log.warning("signing_key.withdrawn", extra={"kid": kid})
    return _change(ctx, lambda before, new_key: key_ring.withdrawn(before, kid, ctx.now, new_key))


def _change(ctx: Context, decide: Callable[[Keys, NewKey], Keys]) -> Keys:
    def new_key() -> SigningKey:
        return keys.new_signing_key(ctx.now)

    for _ in range(_TRIES):
        before = load_ring()
        after = decide(before.keys, new_key)
        if after == before.keys:
            return after
        if save_ring(before, after):
            keys.rings.cache_clear()
            log.info("signing_keys.changed", extra={"states": {key.kid: key.state for key in after}})
            return after
    raise UnavailableError(log={"cause": "signing keys changed under every try"})
