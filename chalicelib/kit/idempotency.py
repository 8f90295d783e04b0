"""`Idempotency-Key` (IETF draft, httpapi): the first answer is kept, sealed, and given again to the same caller.

A key is taken by one conditional write with a lease; ids made under a key follow from it, so a retry after a crash
finishes the same work instead of doing it twice.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute

from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, ConflictError, MalformedRequestError, RejectedError
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.kit.secrets import derive_key, seal, unseal

__all__ = ["IdempotencyItem", "run_once"]

LIFETIME = timedelta(hours=24)
LEASE = timedelta(seconds=30)  # the API function's own time limit: a crashed try frees its key after this
MAX_KEY_LENGTH = 200
_PURPOSE = "idempotency"


class IdempotencyKeyInUseError(ConflictError):
    title = "A request with this Idempotency-Key is still under way"


class IdempotencyKeyReusedError(RejectedError):
    title = "This Idempotency-Key was used for another request"


class IdempotencyItem(store.Item):
    Meta = store.table("idempotency")

    key_hash = UnicodeAttribute(hash_key=True)
    fingerprint = UnicodeAttribute()
    lease_until = NumberAttribute()
    request_id = UnicodeAttribute()
    answer = UnicodeAttribute(null=True)
    expires_at = TTLAttribute()


def run_once(ctx: Context, request: Request, run: Callable[[Context], Response]) -> Response:
    """Run, or replay the stored answer with `Idempotent-Replayed: true`.

    Raises IdempotencyKeyReusedError (422) for another body or route under the key, IdempotencyKeyInUseError (409)
    while the first try is under way, MalformedRequestError for a key that is none.
    """
    key_hash = _key_hash(ctx, request)
    fingerprint = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body).hexdigest()
    standing = _take(ctx, key_hash, fingerprint)
    if standing is not None:
        return _replay(standing, fingerprint, key_hash)
    try:
        response = run(ctx.with_operation(key_hash))
    except AppError:
        # Whatever was refused or failed may be tried again under the same key at once.
        store.remove(IdempotencyItem, (key_hash,), IdempotencyItem.request_id == ctx.request_id)
        raise
    sealed = seal(asdict(response), _PURPOSE, key_hash)
    store.update(IdempotencyItem, (key_hash,), [IdempotencyItem.answer.set(sealed)])
    return response


def _key_hash(ctx: Context, request: Request) -> str:
    key = request.headers["idempotency-key"].strip()
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isprintable():
        raise MalformedRequestError(f"Idempotency-Key must be 1 to {MAX_KEY_LENGTH} printable characters.")
    whose = f"{ctx.caller.tenant_id}/{ctx.caller.account_id}/{key}"
    return hmac.digest(derive_key(_PURPOSE), whose.encode(), hashlib.sha256).hex()


def _take(ctx: Context, key_hash: str, fingerprint: str) -> IdempotencyItem | None:
    """Take the key for this request: None when it is ours, the standing row when another holds or finished it."""
    now = int(ctx.now.timestamp())
    row = IdempotencyItem(
        key_hash,
        fingerprint=fingerprint,
        lease_until=now + int(LEASE.total_seconds()),
        request_id=ctx.request_id,
        expires_at=ctx.now + LIFETIME,
    )
    free = (
        IdempotencyItem.key_hash.does_not_exist()
        | (IdempotencyItem.expires_at < ctx.now)
        | (IdempotencyItem.answer.does_not_exist() & (IdempotencyItem.lease_until < now))
    )
    try:
        store.add(row, free, ours=lambda standing: standing.request_id == ctx.request_id)
    except store.RefusedError as refused:
        standing: IdempotencyItem = refused.parts["item"]
        return standing
    return None


def _replay(standing: IdempotencyItem, fingerprint: str, key_hash: str) -> Response:
    if standing.fingerprint != fingerprint:
        raise IdempotencyKeyReusedError("Use a new Idempotency-Key for a new request.")
    if standing.answer is None:
        raise IdempotencyKeyInUseError("Wait for the first request to finish.", headers={"Retry-After": "1"})
    stored = unseal(standing.answer, _PURPOSE, key_hash)
    response = Response(stored["body"], stored["status"], stored["headers"], tuple(stored["cookies"]))
    return response.with_headers(Idempotent_Replayed="true")
