"""From events to what listings show: recounts the active customers and tells count, sum and recommendation."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.activations import service as activations
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.outbox import Event, new_event, publish
from chalicelib.ratings import repository
from chalicelib.ratings.domain import RECOMMENDED_CUSTOMERS, is_recommended

__all__ = ["judge"]


def judge(ctx: Context, event: Event) -> None:
    """Repeatable, and in any order: everything is read anew. Raises RefusedError when a rating came in between."""
    integration_id = str(event.data.get("integration_id") or event.subject)
    if event.event_type == "integration.deleted":
        _remove_all(integration_id)
        return
    if event.event_type == "integration.transferred":
        _follow(integration_id, str(event.data["owner_tenant_id"]))
        return
    summary = repository.find_summary(integration_id)
    if not summary.count and not summary.is_recommended and event.event_type.startswith("activation."):
        return  # nobody has rated it: there is nothing to tell
    active = activations.count_active(integration_id, RECOMMENDED_CUSTOMERS)  # no more than the rule asks for
    recommended = is_recommended(active, summary.count, summary.total)
    if recommended == summary.is_recommended and event.event_type.startswith("activation."):
        return
    with store.transaction() as tx:
        after = repository.judge_summary(tx, summary, is_recommended=recommended)
        told = {"version": after.version, "count": after.count, "total": after.total, "is_recommended": recommended}
        publish(tx, new_event(ctx, "rating.summarised", integration_id, **told))


def _follow(integration_id: str, owner_tenant_id: str) -> None:
    """The ratings of an integration that was handed over are its new owner's to answer."""
    for rating in repository.iterate_ratings(integration_id):
        if rating.owner_tenant_id == owner_tenant_id:
            continue
        tx = store.Transaction()
        after = replace(rating, owner_tenant_id=owner_tenant_id, version=rating.version + 1)
        repository.save_rating(tx, rating, after)
        tx.commit()


def _remove_all(integration_id: str) -> None:
    for rating in repository.iterate_ratings(integration_id):
        tx = store.Transaction()
        repository.save_rating(tx, rating, None)
        tx.commit()
    repository.remove_summary(integration_id)
