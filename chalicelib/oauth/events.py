"""Schedules (signing keys, connections about to die and dead ones), and the end of what rested on something gone."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib.kit.context import Context
from chalicelib.kit.events import queue_edge, schedule_edge
from chalicelib.kit.outbox import Event
from chalicelib.oauth import endings
from chalicelib.oauth.connections.expiring import end_rested
from chalicelib.oauth.connections.service import warn_of_resting
from chalicelib.oauth.rotation import rotate_signing_keys

events = Blueprint("chalicelib.oauth.events")


@events.schedule(Rate(1, unit=Rate.HOURS), name="oauth-rotate-keys")
def oauth_rotate_keys(event: Any) -> None:
    _rotate(event)


@schedule_edge
def _rotate(ctx: Context) -> None:
    rotate_signing_keys(ctx)


@events.schedule(Rate(1, unit=Rate.DAYS), name="oauth-warn")
def oauth_warn(event: Any) -> None:
    _warn(event)


@schedule_edge
def _warn(ctx: Context) -> None:
    warn_of_resting(ctx)
    end_rested(ctx)


@events.on_sqs_message(queue="oauth", name="oauth-close", batch_size=1)
@queue_edge
def oauth_close(ctx: Context, event: Event) -> None:
    if event.event_type == "integration.deleted":
        endings.end_integration(ctx, event.subject)
    elif event.event_type == "company.removed":
        endings.end_company(ctx, event.subject)
    elif event.event_type == "member.removed":
        endings.end_member(ctx, str(event.data["tenant_id"]), event.subject)
