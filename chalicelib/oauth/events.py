"""The scheduled function that creates and rotates the signing keys."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib.kit.context import Context
from chalicelib.kit.events import schedule_edge
from chalicelib.oauth.rotation import rotate_signing_keys

events = Blueprint("chalicelib.oauth.events")


@events.schedule(Rate(1, unit=Rate.HOURS), name="oauth-rotate-keys")
def oauth_rotate_keys(event: Any) -> None:
    _rotate(event)


@schedule_edge
def _rotate(ctx: Context) -> None:
    rotate_signing_keys(ctx)
