"""SE-13: does the time of a refusal tell how far a guess was right? Welch t of 5,000 tries each; 4.5 would say yes."""

# ruff: noqa: SLF001 - a benchmark puts a key into memory where the product would ask AWS

from __future__ import annotations

import base64
import math
import random
import statistics
import sys
import time
import zlib
from collections.abc import Callable

from bench.oauth import put
from bench.table import show

TRIES = 5_000
LIMIT = 4.5
KEPT = 0.95  # the slowest twentieth are the machine's own interruptions


def main() -> None:
    from chalicelib.kit import secrets
    from chalicelib.oauth import refresh_tokens

    put(secrets, "_key_ring", lambda: {"k1": b"0" * 64})
    secret = secrets.mint(32)
    stored = secrets.hash_secret(secret, "client_secret")
    token = refresh_tokens.mint_refresh_token("fam_0123456789", 0)
    body = base64.urlsafe_b64decode(token.removeprefix(refresh_tokens.TYPE) + "==")[: refresh_tokens._BODY_BYTES]
    subjects: dict[str, tuple[Callable[[str], object], str, str]] = {
        "client secret": (
            lambda guess: secrets.is_secret(guess, stored, "client_secret"),
            _letter(secret, 0),
            _letter(secret, len(secret) - 1),
        ),
        "refresh token": (
            refresh_tokens.parse_refresh_token,
            _token(body, refresh_tokens._HEAD_BYTES),
            _token(body, refresh_tokens._BODY_BYTES - 1),
        ),
    }
    rows = [(name, *_times(*subject)) for name, subject in subjects.items()]
    show("Refusals of guesses, ns", ["", "first byte wrong", "last byte wrong", "Welch t", "want below"], rows)
    if any(abs(row[3]) >= LIMIT for row in rows):
        sys.exit("the time tells how far the guess was right")


def _times(refuse: Callable[[str], object], early: str, late: str) -> tuple[float, float, float, float]:
    order = random.Random(1)
    times: dict[str, list[int]] = {early: [], late: []}
    for _ in range(TRIES):
        for guess in order.sample((early, late), 2):
            started = time.perf_counter_ns()
            answer = refuse(guess)
            times[guess].append(time.perf_counter_ns() - started)
            assert not answer
    first, last = (sorted(found)[: int(TRIES * KEPT)] for found in times.values())
    spread = math.sqrt(statistics.variance(first) / len(first) + statistics.variance(last) / len(last))
    means = statistics.fmean(first), statistics.fmean(last)
    return *means, (means[0] - means[1]) / spread, LIMIT


def _letter(text: str, position: int) -> str:
    return text[:position] + ("A" if text[position] != "A" else "B") + text[position + 1 :]


def _token(body: bytes, position: int) -> str:
    """With a checksum that is right, so that it is the keyed part that refuses it."""
    from chalicelib.oauth.refresh_tokens import TYPE

    wrong = bytearray(body)
    wrong[position] ^= 1
    return TYPE + base64.urlsafe_b64encode(bytes(wrong) + zlib.crc32(wrong).to_bytes(4, "big")).decode().rstrip("=")


if __name__ == "__main__":
    main()
