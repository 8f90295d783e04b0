"""What this room refuses beyond the general kinds."""

from __future__ import annotations

from typing import ClassVar

from chalicelib.kit.errors import ConflictError, LimitReachedError

__all__ = [
    "NameTakenError",
    "PublicClientError",
    "SecretLimitReachedError",
    "TransferEndedError",
    "TransferOpenError",
    "VersionConflictError",
]


class NameTakenError(ConflictError):
    title = "Another integration of this company has that name"


class VersionConflictError(ConflictError):
    """RFC 9110 §13.1.1: `If-Match` names a version that is no longer the current one."""

    status: ClassVar[int] = 412
    title = "Somebody else has changed this integration in the meantime"


class SecretLimitReachedError(LimitReachedError):
    title = "Two client secrets are in use already"


class PublicClientError(ConflictError):
    """RFC 6749 §2.1: whoever has the program would have its secret."""

    title = "A public client has no secret"


class TransferOpenError(ConflictError):
    title = "The integration is offered to a company already"


class TransferEndedError(ConflictError):
    title = "The offer does not stand any more"
