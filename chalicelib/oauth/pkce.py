"""Proof Key for Code Exchange (RFC 7636): S256 only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

METHOD = "S256"

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # base64url of 32 bytes, no padding
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.1


def challenge_of(code_verifier: str) -> str:
    """The S256 challenge.

    >>> challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    """
    digest = hashlib.sha256(code_verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_challenge(code_challenge: str) -> bool:
    """Whether it has the form of an S256 challenge.

    >>> is_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), is_challenge("plain")
    (True, False)
    """
    return _CHALLENGE.fullmatch(code_challenge) is not None


def is_verifier_of(code_verifier: str, code_challenge: str) -> bool:
    """Whether the verifier is well formed and hashes to the challenge; compared in constant time."""
    if _VERIFIER.fullmatch(code_verifier) is None:
        return False
    return hmac.compare_digest(challenge_of(code_verifier).encode(), code_challenge.encode())
