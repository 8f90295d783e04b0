"""What this room refuses beyond the general kinds."""

from __future__ import annotations

from chalicelib.kit.errors import ConflictError, NotFoundError

__all__ = ["ActivationNotFoundError", "IntegrationSuspendedError"]


class ActivationNotFoundError(NotFoundError):
    title = "This integration is not activated"


class IntegrationSuspendedError(ConflictError):
    title = "This integration is suspended"
