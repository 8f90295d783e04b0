"""JSON log lines with constant messages and fields; secrets are redacted by field name, whatever a caller passes."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from functools import cache
from logging import INFO
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from chalicelib.kit.compact import encoder

__all__ = ["access", "bind", "log"]

_SECRET = re.compile(
    r"secret|token|password|authorization|cookie|code$|code_verifier|assertion|pepper|otp", re.IGNORECASE
)
_SAFE = frozenset({"status_code", "error_code", "token_type", "code_challenge_method", "family_id"})
_REDACTED = "[redacted]"
_MULTILINE = frozenset({"exception", "stack_trace"})


def redact(value: Any, name: str = "") -> Any:
    """The same value with everything under a secret-bearing name replaced, at any depth."""
    if isinstance(value, dict):
        return {key: redact(entry, str(key)) for key, entry in value.items()}
    if name and _is_secret(name):
        return _REDACTED
    if isinstance(value, list | tuple):
        return [redact(entry) for entry in value]
    if isinstance(value, str):
        # JSON escapes line breaks already; this keeps a reader who unescapes them from seeing a second line.
        return value if name in _MULTILINE else value.replace("\r", "\\r").replace("\n", "\\n")
    return value


@cache
def _is_secret(name: str) -> bool:
    return name not in _SAFE and _SECRET.search(name) is not None


_bound: dict[str, Any] = {}  # the fields of the request or event under way


class _Formatter(LambdaPowertoolsFormatter):
    def serialize(self, log: dict[str, Any]) -> str:  # type: ignore[override]  # their TypedDict is a plain dict at run time
        return super().serialize(redact(_bound | log))


_encode = encoder(default=str)
log = Logger(service="anslut", logger_formatter=_Formatter(utc=True), use_rfc3339=True)


def access(now: datetime, **fields: Any) -> None:
    """Write the one line of every request. Its fields are ours and never secret, so it skips the logging machinery.

    That machinery took half the time of a small request (`bench/dispatch.py`).
    """
    if log.log_level <= INFO:
        line = {"level": "INFO", "message": "request.answered", "timestamp": now.isoformat(), "service": "anslut"}
        sys.stdout.write(_encode(line | fields) + "\n")
        sys.stdout.flush()


def bind(**fields: Any) -> None:
    """Start the log fields of one request or event anew, so that nothing leaks from the one before."""
    global _bound  # noqa: PLW0603 - replaced whole, and joined only to lines that are written: most requests write none
    _bound = fields
