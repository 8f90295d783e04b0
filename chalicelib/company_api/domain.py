"""The rate limit as a rule: 25 calls in any five seconds, per client and company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.kit.errors import ForbiddenError, TooManyRequestsError

CALLS = 25  # contract.md
WINDOW = timedelta(seconds=5)
WINDOW_MS = int(WINDOW.total_seconds() * 1000)

Slots = Sequence[int]
"""When each of the 25 slots was last taken, in milliseconds; a call takes one that has rested for a window."""


class RateLimitReachedError(TooManyRequestsError):
    title = "Too many requests: 25 per 5 seconds for each client and company"


class LicenceMissingError(ForbiddenError):
    title = "The company has no licence for this scope"


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left now, and the seconds until a slot is free again."""

    remaining: int
    reset: int

    def as_headers(self) -> dict[str, str]:
        """draft-ietf-httpapi-ratelimit-headers."""
        return {
            "RateLimit-Policy": f'"default";q={CALLS};w={WINDOW_MS // 1000}',
            "RateLimit": f'"default";r={self.remaining};t={self.reset}',
        }


def free_slots(slots: Slots, now: int) -> list[int]:
    """Slots that may be taken. One in the far future was written by a clock that has since been put back."""
    return [number for number, taken in enumerate(slots) if taken <= now - WINDOW_MS or taken > now + WINDOW_MS]


def quota_of(slots: Slots, now: int) -> Quota:
    """How much is left.

    >>> quota_of([0] * 25, 10_000)
    Quota(remaining=25, reset=0)
    >>> quota_of([9_000] * 25, 10_000)
    Quota(remaining=0, reset=4)
    """
    free = len(free_slots(slots, now))
    waits = [taken + WINDOW_MS - now for taken in slots if now - WINDOW_MS < taken <= now + WINDOW_MS]
    return Quota(free, -(-min(waits) // 1000) if waits and not free else 0)
