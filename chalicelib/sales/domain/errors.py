"""What can be wrong with a purchase or a subscription."""

from __future__ import annotations

from chalicelib.kit.errors import AppError, ConflictError, NotFoundError

__all__ = ["ERRORS", "SoldElsewhereError", "SubscriptionNotFoundError"]


class SoldElsewhereError(ConflictError):
    title = "The platform does not sell this integration"


class SubscriptionNotFoundError(NotFoundError):
    title = "There is no such subscription"


ERRORS: tuple[type[AppError], ...] = (SoldElsewhereError, SubscriptionNotFoundError)
