"""JSON log lines with constant messages and fields; secrets are redacted by field name, whatever a caller passes."""

from __future__ import annotations

import re
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

__all__ = ["bind", "log"]

_SECRET = re.compile(
    r"secret|token|password|authorization|cookie|code$|code_verifier|assertion|pepper|otp", re.IGNORECASE
)
_SAFE = frozenset({"status_code", "error_code", "token_type", "code_challenge_method", "family_id"})
_REDACTED = "[redacted]"


def redact(value: Any, name: str = "") -> Any:
    """The same value with everything under a secret-bearing name replaced, at any depth."""
    if isinstance(value, dict):
        return {key: redact(entry, str(key)) for key, entry in value.items()}
    if name and name not in _SAFE and _SECRET.search(name):
        return _REDACTED
    if isinstance(value, list | tuple):
        return [redact(entry) for entry in value]
    if isinstance(value, str):
        return value.replace("\r", "\\r").replace("\n", "\\n") if name not in {"exception", "stack_trace"} else value
    return value


class _Formatter(LambdaPowertoolsFormatter):
    def serialize(self, log: dict[str, Any]) -> str:  # type: ignore[override]  # their TypedDict is a plain dict at run time
        return super().serialize(redact(log))


log = Logger(service="anslut", logger_formatter=_Formatter(utc=True), use_rfc3339=True)


def bind(**fields: Any) -> None:
    """Start the log fields of one request or event anew, so that nothing leaks from the one before."""
    log.clear_state()
    log.append_keys(**fields)
