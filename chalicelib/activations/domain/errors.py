"""What this room refuses beyond the general kinds."""

from __future__ import annotations

from chalicelib.kit.errors import ConflictError, NotFoundError

__all__ = ["ActivationNotFoundError", "ApprovedJustNowError", "IntegrationSuspendedError", "LastScopeError"]


class ActivationNotFoundError(NotFoundError):
    title = "This integration is not activated"


class IntegrationSuspendedError(ConflictError):
    title = "This integration is suspended"


class LastScopeError(ConflictError):
    title = "The last scope cannot be removed"


class ApprovedJustNowError(ConflictError):
    title = "It was approved a moment ago"
