"""The publication itself and the machine of its states: what is under review beside what is live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.publication.domain.errors import PublicationStateError
from chalicelib.publication.domain.snapshot import Snapshot

__all__ = ["ALLOWED", "Action", "Place", "Publication", "PublicationStatus", "Verdict", "new_publication", "step"]


class PublicationStatus(StrEnum):
    """`in_review` and `changes_requested` say nothing about being live: `Publication.is_live` does."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    PUBLISHED = "published"
    SUSPENDED = "suspended"
    UNPUBLISHED = "unpublished"


class Place(StrEnum):
    """`website`: it has a page of its own but stands in no list of the marketplace."""

    MARKETPLACE = "marketplace"
    WEBSITE = "website"


class Action(StrEnum):
    SUBMIT = "submit"
    CANCEL = "cancel"
    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    UNPUBLISH = "unpublish"
    DELIST = "delist"  # the operator unpublishes
    SUSPEND = "suspend"
    UNSUSPEND = "unsuspend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a reviewer says of one rule."""

    rule: str
    is_fulfilled: bool
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """`draft` is under review; `approved` is the last version that passed, shown while `is_listed` and not suspended.

    `version` grows with each step; `status_since` starts the waiting clock.
    """

    tenant_id: str
    integration_id: str
    name: str
    developer: str
    status: PublicationStatus
    status_since: datetime
    place: Place = Place.MARKETPLACE
    draft: Snapshot | None = None
    draft_place: Place | None = None
    approved: Snapshot | None = None
    is_listed: bool = False
    listing_version: int = 0
    version: int = 0
    submitted_by: str = ""
    checklist_version: str = ""
    verdicts: tuple[Verdict, ...] = ()
    reason: str = ""

    @property
    def is_live(self) -> bool:
        return self.is_listed and self.status is not PublicationStatus.SUSPENDED

    @property
    def live(self) -> Snapshot | None:
        return self.approved if self.is_live else None


_S = PublicationStatus
_HAS_REVIEW = frozenset({_S.IN_REVIEW, _S.CHANGES_REQUESTED})
ALLOWED: Mapping[Action, frozenset[PublicationStatus]] = {
    Action.SUBMIT: frozenset({_S.DRAFT, _S.CHANGES_REQUESTED, _S.PUBLISHED, _S.UNPUBLISHED}),
    Action.CANCEL: _HAS_REVIEW,
    Action.APPROVE: frozenset({_S.IN_REVIEW}),
    Action.REQUEST_CHANGES: frozenset({_S.IN_REVIEW}),
    Action.UNPUBLISH: frozenset({_S.PUBLISHED, *_HAS_REVIEW}),
    Action.DELIST: frozenset({_S.PUBLISHED, *_HAS_REVIEW}),
    Action.SUSPEND: frozenset(_S) - {_S.SUSPENDED},
    Action.UNSUSPEND: frozenset({_S.SUSPENDED}),
}


def new_publication(tenant_id: str, integration_id: str, name: str, developer: str, now: datetime) -> Publication:
    return Publication(
        tenant_id=tenant_id, integration_id=integration_id, name=name, developer=developer,
        status=PublicationStatus.DRAFT, status_since=now,
    )  # fmt: skip


def step(before: Publication, action: Action, now: datetime) -> Publication:
    """`before` after `action`, which has no other inputs: `submit` finds its snapshot in `draft` already.

    Raises PublicationStateError where the state does not allow it.
    """
    if before.status not in ALLOWED[action] or (action in _ENDS_LISTING and not before.is_listed):
        raise PublicationStateError(
            "Look at it again: this step does not fit the state it is in.", extra={"state": str(before.status)}
        )
    after = replace(before, version=before.version + 1, status_since=now, **_CHANGES[action])
    if action is Action.APPROVE:
        after = replace(
            after, approved=before.draft, place=before.draft_place or before.place,
            listing_version=before.listing_version + 1,
        )  # fmt: skip
    return replace(after, status=_after(after, action))


_ENDS_LISTING = frozenset({Action.UNPUBLISH, Action.DELIST})
_NO_DRAFT: dict[str, Any] = {"draft": None, "draft_place": None}
_CHANGES: Mapping[Action, dict[str, Any]] = {
    Action.SUBMIT: {"verdicts": (), "reason": ""},
    Action.CANCEL: {**_NO_DRAFT},
    Action.APPROVE: {**_NO_DRAFT, "is_listed": True},
    Action.REQUEST_CHANGES: {},
    Action.UNPUBLISH: {**_NO_DRAFT, "is_listed": False},
    Action.DELIST: {**_NO_DRAFT, "is_listed": False},
    Action.SUSPEND: {**_NO_DRAFT},
    Action.UNSUSPEND: {},
}


def _after(publication: Publication, action: Action) -> PublicationStatus:
    fixed = {
        Action.SUBMIT: _S.IN_REVIEW,
        Action.REQUEST_CHANGES: _S.CHANGES_REQUESTED,
        Action.SUSPEND: _S.SUSPENDED,
    }
    if action in fixed:
        return fixed[action]
    if publication.is_listed:
        return _S.PUBLISHED
    return _S.UNPUBLISHED if publication.listing_version else _S.DRAFT
