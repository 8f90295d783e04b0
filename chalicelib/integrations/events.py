"""The schedule that warns of secrets about to end. Loads only this room and those below it (F4)."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib.integrations.service import send_due_warnings
from chalicelib.kit.context import Context
from chalicelib.kit.events import schedule_edge

events = Blueprint(__name__)


@events.schedule(Rate(1, unit=Rate.HOURS), name="integrations-warn")
def integrations_warn(event: Any) -> None:
    _warn(event)


@schedule_edge
def _warn(ctx: Context) -> None:
    send_due_warnings(ctx)
