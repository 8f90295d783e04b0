"""What can be wrong with a purchase or a subscription."""

from __future__ import annotations

from chalicelib.kit.errors import AppError, ConflictError, LimitReachedError, NotFoundError

__all__ = ["ERRORS", "MonthNotOverError", "SoldElsewhereError", "SubscriptionNotFoundError", "TooManyCreditsError"]


class SoldElsewhereError(ConflictError):
    title = "The platform does not sell this integration"


class SubscriptionNotFoundError(NotFoundError):
    title = "There is no such subscription"


class TooManyCreditsError(LimitReachedError):
    title = "This subscription has as many credits as one invoice takes"


class MonthNotOverError(ConflictError):
    title = "This month cannot be closed now"


ERRORS: tuple[type[AppError], ...] = (
    MonthNotOverError,
    SoldElsewhereError,
    SubscriptionNotFoundError,
    TooManyCreditsError,
)
