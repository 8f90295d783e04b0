"""Wire shapes of publications, for developers and for reviewers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.kit.gate import Line, Prose, Wire
from chalicelib.kit.pagination import PageQuery
from chalicelib.publication.domain import Place, PublicationStatus

TEXT_MAX = 2_000

Text = Annotated[Prose, Field(max_length=TEXT_MAX)]


class PublicationStep(Wire):
    """`place` belongs to `submit`; a note goes into the timeline and to the reviewer."""

    action: Literal["submit", "cancel", "unpublish"]
    place: Place = Place.MARKETPLACE
    note: Text = ""


class MessageCreate(Wire):
    text: Annotated[Prose, Field(min_length=1, max_length=TEXT_MAX)]


class AgreementAccept(Wire):
    """The version that was read; another one in force is refused."""

    version: Annotated[Line, Field(max_length=40)]


class VerdictWrite(Wire):
    rule: Annotated[str, Field(max_length=60)]
    is_fulfilled: bool
    comment: Annotated[Prose, Field(max_length=500)] = ""


class ReviewStep(Wire):
    """`version` is the one that was looked at. All but an approval need a reason.

    `keeps_customers`, with `suspend`: whoever has activated it may go on, only nobody new can; else its tokens are
    refused until the suspension ends.
    """

    action: Literal["approve", "request_changes", "delist", "suspend", "unsuspend"]
    version: int
    reason: Text = ""
    keeps_customers: bool = False
    verdicts: Annotated[list[VerdictWrite], Field(max_length=50, default_factory=list)]


class QueueQuery(PageQuery):
    status: PublicationStatus = PublicationStatus.IN_REVIEW


class FindingRead(Wire):
    """`is_fulfilled` null: a reviewer judges it."""

    rule: str
    text: str
    is_fulfilled: bool | None
    evidence: str


class VerdictRead(Wire):
    rule: str
    is_fulfilled: bool
    comment: str


class PublicationRead(Wire):
    integration_id: str
    status: PublicationStatus
    status_since: datetime
    place: Place
    is_live: bool
    listing_version: int
    version: int
    reason: str
    verdicts: list[VerdictRead]


class ChecklistRead(Wire):
    version: str
    is_complete: bool
    findings: list[FindingRead]


class AgreementRead(Wire):
    version: str
    text: str
    accepted_at: datetime | None
    accepted_by: str


class NoteRead(Wire):
    note_id: str
    kind: str
    side: str
    text: str
    person: str
    created_at: datetime
    listing_version: int
    verdicts: list[VerdictRead]


class QueueEntryRead(Wire):
    integration_id: str
    name: str
    developer: str
    status: PublicationStatus
    status_since: datetime
    listing_version: int


class ChangeRead(Wire):
    field: str
    before: str
    after: str


class ReviewRead(Wire):
    """What a reviewer decides on: the publication, what differs from the approved version, and what the rules found."""

    publication: PublicationRead
    changes: list[ChangeRead]
    findings: list[FindingRead]
    draft: dict[str, Any] | None
