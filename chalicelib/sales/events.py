"""The queues `sales` (prices, ends, a close that was asked for) and `invoices`; schedules that close and reconcile."""

from __future__ import annotations

from time import perf_counter

from chalice.app import Blueprint, Rate

from chalicelib.kit.context import Context
from chalicelib.kit.events import queue_edge, schedule_edge
from chalicelib.kit.log import log
from chalicelib.kit.outbox import Event
from chalicelib.sales.service import closing, delivering, following, reconciling

events = Blueprint(__name__)

_SECONDS = 780  # the function has fifteen minutes; what is left is done an hour later


@events.on_sqs_message(queue="sales", name="sales-follow", batch_size=1)
@queue_edge
def sales_follow(ctx: Context, event: Event) -> None:
    following.follow(ctx, event)


@events.on_sqs_message(queue="invoices", name="sales-deliver", batch_size=1)
@queue_edge
def sales_deliver(ctx: Context, event: Event) -> None:
    delivering.deliver(ctx, event)


@events.schedule(Rate(1, unit=Rate.DAYS), name="sales-reconcile")
@schedule_edge
def sales_reconcile(ctx: Context) -> None:
    log.info("sales.reconciled", extra={"findings": len(reconciling.reconcile(ctx))})


@events.schedule(Rate(1, unit=Rate.HOURS), name="sales-close")
@schedule_edge
def sales_close(ctx: Context) -> None:
    started = perf_counter()
    books = closing.close_due_months(ctx, lambda: perf_counter() - started < _SECONDS)
    log.info("sales.close_ran", extra={"months": [f"{book.month} {book.state}" for book in books]})
