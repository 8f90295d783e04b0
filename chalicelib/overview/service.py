"""What the overview shows and where the palette leads: at most four and two DynamoDB calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.activations import service as activations
from chalicelib.config import load_data
from chalicelib.integrations import service as integrations
from chalicelib.kit.context import Context
from chalicelib.kit.i18n import Lang, translate
from chalicelib.kit.pagination import MAX_LIMIT, PageQuery
from chalicelib.overview.domain import Overview, list_needs, list_steps
from chalicelib.publication import service as publication
from chalicelib.sandboxes import service as sandboxes
from chalicelib.statistics import service as statistics

__all__ = ["Entry", "find_entries", "get_overview", "list_entries"]

_DEVELOPERS = frozenset({"developer", "viewer"})


def get_overview(ctx: Context) -> Overview:
    """The caller's company as a developer: integrations, publications, sandboxes, the latest 30 days; a call each."""
    own = integrations.list_integrations(ctx, PageQuery(limit=MAX_LIMIT)).items
    live = sandboxes.list_sandboxes(ctx).items
    published = publication.list_own(ctx) if own else {}
    counted = statistics.count_latest(ctx) if own else None
    return Overview(
        integrations=sorted(own, key=lambda one: one.updated_at, reverse=True),
        sandboxes=live,
        needs=list_needs(own, published, live, ctx.now),
        steps=list_steps(
            own, published, live, is_licensed="licensed" in ctx.caller.roles,
            has_activations=counted is not None and counted.totals.activated > 0,
        ),
        counted=counted,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One place the palette leads to; `label` and `note` are in the reader's language, or somebody's own words."""

    label: str
    note: str
    href: str
    icon: str
    logo: str | None = None  # of an integration: its address, or "" where it has none


def list_entries(ctx: Context, lang: Lang) -> list[Entry]:
    """Every page of the reader's menu, then their own things: two calls for a developer, one for a customer."""
    roles = ctx.caller.roles
    entries = [
        Entry(translate(lang, item["label"]), translate(lang, group["group"]), item["href"], item["icon"])
        for group in load_data("navigation")
        for item in group["items"]
        if roles & set(item["roles"])
    ]
    return entries + (_developer_entries(ctx, lang) if roles & _DEVELOPERS else _customer_entries(ctx, lang))


def find_entries(entries: Sequence[Entry], text: str) -> list[Entry]:
    """Those that hold every word, the ones that begin with the text first; all of them for an empty text."""
    words = text.casefold().split()
    found = [one for one in entries if all(word in f"{one.label} {one.note}".casefold() for word in words)]
    return sorted(found, key=lambda one: not one.label.casefold().startswith(text.strip().casefold()))


def _developer_entries(ctx: Context, lang: Lang) -> list[Entry]:
    own = integrations.list_integrations(ctx, PageQuery(limit=MAX_LIMIT)).items
    group = translate(lang, "My integrations")
    found = [
        Entry(one.name, one.client_id, f"/portal/integrations/{one.integration_id}", "plug", one.logo) for one in own
    ]
    group = translate(lang, "My sandboxes")
    return found + [
        Entry(one.name, group, "/portal/sandboxes", "flask-conical") for one in sandboxes.list_sandboxes(ctx).items
    ]


def _customer_entries(ctx: Context, lang: Lang) -> list[Entry]:
    group = translate(lang, "Activated integrations")
    return [
        Entry(one.integration_name, group, f"/my-integrations#{one.integration_id}", "plug", one.logo)
        for one in activations.list_own(ctx, PageQuery(limit=MAX_LIMIT)).items
        if one.is_active
    ]
