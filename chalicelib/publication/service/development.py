"""The developer's side: check, submit, cancel, unpublish, and talk with the reviewer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.accounts import service as accounts
from chalicelib.callbacks import service as callbacks
from chalicelib.images import service as images
from chalicelib.images.domain import Image, ImageKind
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit import store, together
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.publication import repository
from chalicelib.publication.domain import (
    Acceptance,
    Action,
    ChecklistError,
    Finding,
    Note,
    Publication,
    Snapshot,
    agreement,
    checklist,
    is_complete,
    new_note,
    new_publication,
    run_checklist,
    step,
    take_snapshot,
)
from chalicelib.publication.schemas import MessageCreate, PublicationStep
from chalicelib.publication.service import steps
from chalicelib.publication.service.agreements import require_acceptance
from chalicelib.publication.service.evidence import with_evidence, with_run

__all__ = [
    "Desk",
    "change_publication",
    "get_checklist",
    "get_desk",
    "get_publication",
    "list_notes",
    "send_message",
    "snapshot_of",
]


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the developer's page of a publication shows."""

    integration: Integration
    publication: Publication
    findings: list[Finding]
    acceptance: Acceptance | None
    notes: list[Note]


def get_publication(ctx: Context, integration_id: str) -> Publication:
    """Of an integration of the caller's company; one that was never sent in is a draft. Raises NotFoundError."""
    integration = integrations.get_integration(ctx, integration_id)
    return steps.load(integration) or _first(ctx, integration)


def list_own(ctx: Context) -> dict[str, Publication]:
    """Publications of the caller's company by integration id; one that was never asked for has none."""
    return {one.integration_id: one for one in repository.list_publications(ctx.caller.tenant_id)}


def get_desk(ctx: Context, integration_id: str, query: PageQuery) -> Desk:
    """Two calls: the rows of four rooms together, and the timeline. Raises NotFoundError.

    Pictures are those that the integration's row names: sending in looks at the images themselves.
    """
    tenant_id = ctx.caller.tenant_id
    integration, standing, acceptance, run = together.find_together([
        integrations.want_integration(ctx, integration_id),
        repository.want_publication(tenant_id, integration_id),
        repository.want_acceptance(tenant_id, agreement().version),
        callbacks.want_last_run(tenant_id, integration_id),
    ])  # fmt: skip
    if integration is None:
        raise NotFoundError("There is no such integration in the company you are working in.")
    wanted = take_snapshot(integration, integration.logo, integration.covers)
    return Desk(
        integration=integration,
        publication=standing or _first(ctx, integration),
        findings=with_run(run_checklist(wanted, _listed(standing)), run),
        acceptance=acceptance,
        notes=list(repository.fetch_notes(ctx, integration_id, query).items),
    )


def get_checklist(ctx: Context, integration_id: str) -> list[Finding]:
    """What the rules find in the integration as it stands now."""
    integration = integrations.get_integration(ctx, integration_id)
    standing = steps.load(integration)
    return with_evidence(run_checklist(snapshot_of(integration), _listed(standing)), integration)


def change_publication(ctx: Context, integration_id: str, command: PublicationStep) -> Publication:
    """Raises AgreementRequiredError, ChecklistError, PublicationStateError, ReviewOutdatedError."""
    company = accounts.require_developer_licence(ctx)
    integration = integrations.get_integration(ctx, integration_id)
    before = steps.load(integration) or _first(ctx, integration)
    action = Action(command.action)
    given = replace(before, name=integration.name, developer=company.name)
    shown = images.list_images(integration_id) if action is Action.SUBMIT else []
    if action is Action.SUBMIT:
        require_acceptance(ctx)
        given = _with_draft(ctx, given, _snapshot(integration, shown), command)
    after = step(given, action, ctx.now)
    note = new_note(ctx, integration_id, str(action), "developer", command.note)
    return steps.save(ctx, integration, before, after, note, shown)


def send_message(ctx: Context, integration_id: str, command: MessageCreate) -> Note:
    """To the reviewer, by mail and in the timeline. Raises NotFoundError before the first submission."""
    integration = integrations.get_integration(ctx, integration_id)
    publication = steps.load(integration)
    if publication is None:
        raise NotFoundError("Nobody reviews this integration yet. Send it to review first.")
    note = new_note(ctx, integration_id, "message", "developer", command.text)
    with store.transaction() as tx:
        repository.add_note(tx, note)
        steps.tell(tx, ctx, publication, note)
    return note


def list_notes(ctx: Context, integration_id: str, query: PageQuery) -> Page[Note]:
    """Timeline and messages, newest first."""
    integrations.get_integration(ctx, integration_id)
    return repository.fetch_notes(ctx, integration_id, query)


def snapshot_of(integration: Integration) -> Snapshot:
    return _snapshot(integration, images.list_images(integration.integration_id))


def _snapshot(integration: Integration, shown: list[Image]) -> Snapshot:
    covers = [image.url for image in shown if image.kind is ImageKind.COVER]
    return take_snapshot(integration, images.logo_url_of(shown), covers)


def _with_draft(ctx: Context, given: Publication, wanted: Snapshot, command: PublicationStep) -> Publication:
    findings = run_checklist(wanted, _listed(given))
    if not is_complete(findings):
        missing = [finding.rule.rule for finding in findings if finding.is_fulfilled is False]
        raise ChecklistError(f"Not fulfilled: {', '.join(missing)}.", extra={"rules": missing})
    return replace(
        given, draft=wanted, draft_place=command.place, submitted_by=ctx.caller.account_id,
        checklist_version=checklist().version,
    )  # fmt: skip


def _listed(publication: Publication | None) -> Snapshot | None:
    return publication.approved if publication and publication.is_listed else None


def _first(ctx: Context, integration: Integration) -> Publication:
    name = ctx.caller.company
    return new_publication(integration.tenant_id, integration.integration_id, integration.name, name, ctx.now)
