"""Publication over JSON: the developer's steps, the agreement, and the reviewer's queue and decisions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from chalicelib.accounts.domain import DeveloperLicenceRequiredError
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ForbiddenError, NotFoundError, RejectedError
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import translate
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.publication import service
from chalicelib.publication.domain import (
    AgreementRequiredError,
    ChecklistError,
    Finding,
    FourEyesError,
    Note,
    Publication,
    PublicationStateError,
    ReviewOutdatedError,
    agreement,
    checklist,
    is_complete,
)
from chalicelib.publication.schemas import (
    AgreementAccept,
    AgreementRead,
    ChecklistRead,
    MessageCreate,
    NoteRead,
    PublicationRead,
    PublicationStep,
    QueueEntryRead,
    QueueQuery,
    ReviewRead,
    ReviewStep,
)

router = Router(__name__)

_READERS = role("developer", "viewer")
_WRITERS = role("developer")
_STAFF = role("operator", "reviewer")
_HERE = "/integrations/{integration_id}/publication"
_REVIEW = "/operator/publications/{integration_id}"


@router.route(_HERE, methods=["GET"], guard=_READERS, returns=PublicationRead, problems=[NotFoundError])
def get_publication(ctx: Context, integration_id: str) -> Publication:
    """State of an integration's publication"""
    return service.get_publication(ctx, integration_id)


@router.route(_HERE, methods=["POST"], guard=_WRITERS, body=PublicationStep, returns=PublicationRead,
              problems=[NotFoundError, AgreementRequiredError, ChecklistError, PublicationStateError,
                        ReviewOutdatedError, DeveloperLicenceRequiredError])  # fmt: skip
def change_publication(ctx: Context, integration_id: str, body: PublicationStep) -> Publication:
    """Ask for publication, take the request back, or unpublish. What is live stays until a version is approved."""
    return service.change_publication(ctx, integration_id, body)


@router.route(f"{_HERE}/checklist", methods=["GET"], guard=_READERS, returns=ChecklistRead, problems=[NotFoundError])
def get_checklist(ctx: Context, integration_id: str) -> dict[str, Any]:
    """The reviewer's rules, run now against the integration as it stands, with what they found"""
    findings = service.get_checklist(ctx, integration_id)
    return {
        "version": checklist().version,
        "is_complete": is_complete(findings),
        "findings": _findings(findings),
    }


@router.route(f"{_HERE}/notes", methods=["GET"], guard=_READERS, query=PageQuery, returns=NoteRead, paged=True,
              problems=[NotFoundError])  # fmt: skip
def list_publication_notes(ctx: Context, integration_id: str, query: PageQuery) -> Page[Note]:
    """Timeline and messages, newest first"""
    return service.list_notes(ctx, integration_id, query)


@router.route(f"{_HERE}/messages", methods=["POST"], guard=_WRITERS, body=MessageCreate, returns=NoteRead, status=201,
              problems=[NotFoundError])  # fmt: skip
def send_message(ctx: Context, integration_id: str, body: MessageCreate) -> Note:
    """Write to the reviewer"""
    return service.send_message(ctx, integration_id, body)


@router.route("/partner-agreement", methods=["GET"], guard=_READERS, returns=AgreementRead)
def get_agreement(ctx: Context) -> dict[str, Any]:
    """The partner agreement in force, and who accepted it for your company"""
    found = service.find_acceptance(ctx)
    return {
        "version": agreement().version,
        "text": agreement().text.en,
        "accepted_at": found.accepted_at if found else None,
        "accepted_by": found.person if found else "",
    }


@router.route("/partner-agreement", methods=["POST"], guard=_WRITERS, body=AgreementAccept, returns=AgreementRead,
              problems=[RejectedError, DeveloperLicenceRequiredError])  # fmt: skip
def accept_agreement(ctx: Context, body: AgreementAccept) -> dict[str, Any]:
    """Accept the partner agreement for your company; the first yes is recorded"""
    service.accept_agreement(ctx, body)
    return get_agreement(ctx)


@router.route("/operator/publications", methods=["GET"], guard=_STAFF, query=QueueQuery, returns=QueueEntryRead,
              paged=True)  # fmt: skip
def list_review_queue(ctx: Context, query: QueueQuery) -> Page[Any]:
    """Publications in one state, longest waiting first"""
    return service.list_queue(ctx, query)


@router.route(_REVIEW, methods=["GET"], guard=_STAFF, returns=ReviewRead, problems=[NotFoundError])
def get_review(_: Context, integration_id: str) -> dict[str, Any]:
    """What is under review, how it differs from the approved version, and what the rules found"""
    found = service.get_review(integration_id)
    draft = found.publication.draft
    return {
        "publication": found.publication,
        "changes": found.changes,
        "findings": _findings(found.findings),
        "draft": asdict(draft) if draft else None,
    }


@router.route(_REVIEW, methods=["POST"], guard=_STAFF, body=ReviewStep, returns=PublicationRead,
              problems=[NotFoundError, FourEyesError, ReviewOutdatedError, PublicationStateError, RejectedError,
                        ForbiddenError])  # fmt: skip
def review_publication(ctx: Context, integration_id: str, body: ReviewStep) -> Publication:
    """Approve, ask for changes, take out of the marketplace, suspend, or end a suspension"""
    return service.review(ctx, integration_id, body)


@router.route(f"{_REVIEW}/notes", methods=["GET"], guard=_STAFF, query=PageQuery, returns=NoteRead, paged=True,
              problems=[NotFoundError])  # fmt: skip
def list_review_notes(ctx: Context, integration_id: str, query: PageQuery) -> Page[Note]:
    """Timeline and messages, newest first"""
    return service.list_review_notes(ctx, integration_id, query)


@router.route(f"{_REVIEW}/messages", methods=["POST"], guard=_STAFF, body=MessageCreate, returns=NoteRead, status=201,
              problems=[NotFoundError])  # fmt: skip
def send_review_message(ctx: Context, integration_id: str, body: MessageCreate) -> Note:
    """Write to the developer"""
    return service.send_review_message(ctx, integration_id, body)


def _findings(findings: list[Finding]) -> list[dict[str, Any]]:
    return [
        {
            "rule": finding.rule.rule,
            "text": finding.rule.text.en,
            "is_fulfilled": finding.is_fulfilled,
            "evidence": translate("en", finding.evidence, **finding.values),
        }
        for finding in findings
    ]
