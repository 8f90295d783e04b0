"""Timeline entries and the accepted agreement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from chalicelib.config import load_data
from chalicelib.integrations.domain import Texts
from chalicelib.kit.context import Context
from chalicelib.publication.domain.machine import Verdict

__all__ = ["Acceptance", "Agreement", "Note", "agreement", "new_note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One line of the timeline: a step (`submit`, `approve` …) or a `message`. `side` is developer or operator."""

    note_id: str
    integration_id: str
    kind: str
    side: str
    text: str
    account_id: str
    person: str
    created_at: datetime
    listing_version: int = 0
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """The partner agreement in force, Markdown; a new text gets a new version and is accepted anew."""

    version: str
    text: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Who said yes to which text for the company, and when; never changed."""

    tenant_id: str
    agreement_version: str
    account_id: str
    person: str
    email: str
    accepted_at: datetime


@cache
def agreement() -> Agreement:
    raw = load_data("partner_agreement")
    return Agreement(raw["version"], Texts("\n\n".join(raw["en"]), "\n\n".join(raw["sv"])))


def new_note(ctx: Context, integration_id: str, kind: str, side: str, text: str) -> Note:
    return Note(
        note_id=ctx.new_id("note"), integration_id=integration_id, kind=kind, side=side, text=text,
        account_id=ctx.caller.account_id, person=ctx.caller.person, created_at=ctx.now,
    )  # fmt: skip
