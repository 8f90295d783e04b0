"""What this room refuses beyond the general kinds."""

from __future__ import annotations

from typing import ClassVar

from chalicelib.kit.errors import ConflictError, ForbiddenError

__all__ = [
    "AgreementRequiredError",
    "ChecklistError",
    "FourEyesError",
    "PriceLockedError",
    "PublicationStateError",
    "ReviewOutdatedError",
]


class PublicationStateError(ConflictError):
    title = "The publication is in another state"


class ReviewOutdatedError(ConflictError):
    """Somebody else was faster: the version that was looked at is no longer the current one."""

    status: ClassVar[int] = 412
    title = "The publication has changed since you looked"


class AgreementRequiredError(ConflictError):
    title = "The partner agreement has to be accepted first"


class ChecklistError(ConflictError):
    title = "The checklist is not complete"


class FourEyesError(ForbiddenError):
    title = "Somebody else has to decide this"


class PriceLockedError(ConflictError):
    title = "The price is locked while it is sold through the platform"
