"""Wire shapes of callback tests."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.callbacks.domain import RunStatus, Scenario, Verdict
from chalicelib.kit.gate import Wire

__all__ = ["CallbackRunRead", "CallbackTestCreate"]


class CallbackTestCreate(Wire):
    """Which of the registered redirect URIs to test; the first, when left out."""

    redirect_uri: Annotated[str, Field(max_length=2_048)] = ""


class OutcomeRead(Wire):
    """`presented`: how often the test code came to the token endpoint."""

    scenario: Scenario
    verdict: Verdict
    finding: str
    status: int
    milliseconds: int
    presented: int


class CallbackRunRead(Wire):
    run_id: str
    redirect_uri: str
    status: RunStatus
    started_at: datetime
    ended_at: datetime | None
    is_good: bool
    outcomes: list[OutcomeRead]
