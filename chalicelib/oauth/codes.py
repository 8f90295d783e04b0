"""Authorization codes: random, single use, sixty seconds; only a keyed hash of them is stored."""

from __future__ import annotations

from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.secrets import hash_secret, key_names, mint
from chalicelib.oauth.domain import CODE_LIFETIME, AuthorizationCode, TokenSubject, subject_fields
from chalicelib.oauth.repository import codes

CODE_LENGTH = 32  # 26 random base62 characters, 154 bits, and a checksum
_PURPOSE = "authorization-code"


def put_code(
    tx: store.Transaction, ctx: Context, subject: TokenSubject, *, redirect_uri: str = "", code_challenge: str = "",
    attempt_id: str = "",
) -> str:  # fmt: skip
    """Add a code to the caller's transaction (part "code") and return it in plain: the only time anybody sees it.

    `redirect_uri` is what the authorization request sent, "" if it sent none: the exchange must send the same.
    `attempt_id` names the row of the flight recorder that the exchange completes.
    """
    code = mint(CODE_LENGTH)
    entity = AuthorizationCode(
        **subject_fields(subject),
        code_hash=hash_secret(code, _PURPOSE),
        redirect_uri=redirect_uri,
        code_challenge=code_challenge,
        attempt_id=attempt_id,
        issued_at=ctx.now,
        expires_at=ctx.now + CODE_LIFETIME,
    )
    codes.put(tx, entity)
    return code


def find_code(code: str) -> AuthorizationCode | None:
    """The code a client presents, used or not, expired or not."""
    if len(code) != CODE_LENGTH or not code.isascii():
        return None
    # Newest root key first; a code made just before a rotation of the key ring is under the one before.
    for key_name in key_names():
        found = codes.find(hash_secret(code, _PURPOSE, key_name))
        if found is not None:
            return found
    return None
