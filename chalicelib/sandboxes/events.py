"""The queue `sandboxes`: messages that ask for a sandbox, a snapshot, or for its end; and the nightly round."""

from __future__ import annotations

from chalice.app import Blueprint, Cron

from chalicelib.kit.context import Context
from chalicelib.kit.events import queue_edge, schedule_edge
from chalicelib.kit.outbox import Event
from chalicelib.sandboxes import keeping, provisioning, snapshots

events = Blueprint(__name__)

_HANDLERS = {
    "sandbox.requested": provisioning.provision,
    "sandbox.reset_requested": provisioning.reset,
    "sandbox.deletion_requested": provisioning.remove,
    "snapshot.requested": snapshots.save,
    "snapshot.deletion_requested": snapshots.clear,
}


@events.on_sqs_message(queue="sandboxes", name="sandboxes-provision", batch_size=1)
@queue_edge
def sandboxes_provision(ctx: Context, event: Event) -> None:
    _HANDLERS[event.event_type](ctx, event.data["tenant_id"], event.subject)


@events.schedule(Cron(15, 2, "*", "*", "?", "*"), name="sandboxes-keep")
@schedule_edge
def sandboxes_keep(ctx: Context) -> None:
    keeping.keep(ctx)
