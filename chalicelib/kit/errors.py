"""The kinds of errors a caller can be told about; a room adds its own in `domain.py`, three lines each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

__all__ = [
    "AppError",
    "ConflictError",
    "ForbiddenError",
    "InternalError",
    "LimitReachedError",
    "MalformedRequestError",
    "MethodNotAllowedError",
    "NotFoundError",
    "PayloadTooLargeError",
    "RejectedError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnsupportedMediaTypeError",
]

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class AppError(Exception):
    """An answer other than success.

    `code` is stable and kebab-case (derived from the class name), `title` the same text for each occurrence,
    `detail` this occurrence and safe to show, `extra` extension members, `log` never shown.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            cls.code = _WORD_START.sub("-", cls.__name__.removesuffix("Error")).lower()

    def __init__(
        self,
        detail: str = "",
        *,
        extra: Mapping[str, Any] | None = None,
        log: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.extra = dict(extra or {})
        self.log = dict(log or {})
        self.headers = dict(headers or {})


class InternalError(AppError):
    pass


class NotFoundError(AppError):
    status = 404
    title = "There is nothing here"


class ConflictError(AppError):
    status = 409
    title = "This does not fit the present state"


class ForbiddenError(AppError):
    status = 403
    title = "You may not do this"


class UnauthenticatedError(AppError):
    status = 401
    title = "Sign in first"


class RejectedError(AppError):
    """A payload that was understood but not accepted; `errors` is a list of `{pointer, message}`."""

    status = 422
    title = "Some of the values cannot be accepted"

    @property
    def errors(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self.extra.get("errors", [])
        return found

    @classmethod
    def field(cls, pointer: str, message: str) -> RejectedError:
        """One refused field; `pointer` is a JSON pointer such as `/price/amount_minor`."""
        return cls(message, extra={"errors": [{"pointer": pointer, "message": message}]})


class LimitReachedError(AppError):
    status = 409
    title = "A limit is reached"


class TooManyRequestsError(AppError):
    status = 429
    title = "Too many requests"


class MalformedRequestError(AppError):
    status = 400
    title = "The request cannot be read"


class MethodNotAllowedError(AppError):
    status = 405
    title = "This address does not answer to that method"


class PayloadTooLargeError(AppError):
    status = 413
    title = "The request is too large"


class UnsupportedMediaTypeError(AppError):
    status = 415
    title = "The request has a content type that is not understood here"


class UnavailableError(AppError):
    """Our own trouble, or an unknown outcome: repeating the same request is safe and asked for."""

    status = 503
    title = "Try again in a moment"

    def __init__(self, detail: str = "", **kwargs: Any) -> None:
        super().__init__(detail or "The service could not finish this request. Repeating it is safe.", **kwargs)
        self.headers.setdefault("Retry-After", "1")
