"""The function behind the `mail` queue: one message, one mail."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.accounts import service
from chalicelib.kit.context import Context
from chalicelib.kit.events import queue_edge
from chalicelib.kit.outbox import Event

events = Blueprint(__name__)


@events.on_sqs_message(queue="mail", name="accounts-mail", batch_size=1)
@queue_edge
def accounts_mail(ctx: Context, event: Event) -> None:
    service.deliver_mail(ctx, event)
