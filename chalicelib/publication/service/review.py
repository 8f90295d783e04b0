"""The operator's side: the queue, one review, and the decision, which the developer's own people may not take."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.accounts import service as accounts
from chalicelib.callbacks import service as callbacks
from chalicelib.images import service as images
from chalicelib.images.domain import Hold
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit import store, together
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError, RejectedError
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.publication import repository
from chalicelib.publication.domain import (
    Action,
    Change,
    Finding,
    FourEyesError,
    Note,
    Publication,
    ReviewOutdatedError,
    Verdict,
    checklist,
    diff,
    new_note,
    new_publication,
    run_checklist,
    step,
)
from chalicelib.publication.schemas import MessageCreate, QueueQuery, ReviewStep
from chalicelib.publication.service import steps
from chalicelib.publication.service.evidence import with_run

__all__ = [
    "Review",
    "check_four_eyes",
    "find_logos",
    "get_review",
    "list_notes_of",
    "list_queue",
    "list_review_notes",
    "review",
    "send_review_message",
]

_TENANT = re.compile(r"ten_[a-z0-9]{1,40}")


@dataclass(frozen=True, slots=True)
class Review:
    """`held`: the pictures that customers see and those that were sent in."""

    publication: Publication
    changes: list[Change]
    findings: list[Finding]
    held: Hold


def list_queue(ctx: Context, query: QueueQuery) -> Page[repository.PublicationItem]:
    """Who waits longest stands first: one Query."""
    return repository.fetch_by_status(ctx, query.status, PageQuery(limit=query.limit, cursor=query.cursor))


def find_logos(entries: Sequence[repository.PublicationItem]) -> dict[str, str]:
    """Of one page of the queue, by integration id: one call."""
    found = integrations.find_integrations([(one.tenant_id, one.integration_id) for one in entries])
    return {integration_id: one.logo for integration_id, one in found.items()}


def get_review(integration_id: str, developer: str = "") -> Review:
    """What is under review, or live, and how it differs from the approved version. Raises NotFoundError.

    One call where `developer`, the owner's id, is known, as in the queue; where it is not, another one finds it.
    """
    tenant_id = developer if _TENANT.fullmatch(developer) else integrations.find_owner(integration_id)
    integration, standing, held, run = together.find_together([
        integrations.want_of(tenant_id, integration_id),
        repository.want_publication(tenant_id, integration_id),
        images.want_held(integration_id),
        callbacks.want_last_run(tenant_id, integration_id),
    ])  # fmt: skip
    if integration is None and developer:
        return get_review(integration_id)
    if integration is None:
        raise NotFoundError("There is no such integration.")
    publication = standing or _first(integration)
    draft = publication.draft
    listed = publication.approved if publication.is_listed else None
    if draft is None:
        return Review(publication, [], [], Hold())
    findings = with_run(run_checklist(draft, listed), run)
    return Review(publication, diff(publication.approved, draft), findings, held or Hold())


def review(ctx: Context, integration_id: str, command: ReviewStep) -> Publication:
    """Raises FourEyesError, ReviewOutdatedError, PublicationStateError, RejectedError."""
    integration, before = _get(integration_id)
    check_four_eyes(ctx, before)
    if command.version != before.version:
        raise ReviewOutdatedError(
            "It changed after you opened it. Look at it again, then decide.", extra={"version": before.version}
        )
    action = Action(command.action)
    if action is not Action.APPROVE and not command.reason:
        raise RejectedError.field("/reason", "Give the developer a reason.")
    after = step(before, action, ctx.now)
    if action in {Action.APPROVE, Action.REQUEST_CHANGES}:
        after = replace(after, verdicts=_verdicts(command, action))
    after = replace(after, reason=command.reason)
    note = new_note(ctx, integration_id, str(action), "operator", command.reason)
    keeps = action is Action.SUSPEND and command.keeps_customers
    return steps.save(ctx, integration, before, after, note, keeps_customers=keeps)


def send_review_message(ctx: Context, integration_id: str, command: MessageCreate) -> Note:
    publication = _get(integration_id)[1]
    note = new_note(ctx, integration_id, "message", "operator", command.text)
    with store.transaction() as tx:
        repository.add_note(tx, note)
        steps.tell(tx, ctx, publication, note)
    return note


def list_review_notes(ctx: Context, integration_id: str, query: PageQuery) -> Page[Note]:
    return list_notes_of(ctx, _get(integration_id)[1], query)


def list_notes_of(ctx: Context, publication: Publication, query: PageQuery) -> Page[Note]:
    """The same for a reviewer who has loaded the publication."""
    return repository.fetch_notes(ctx, publication.integration_id, query)


def check_four_eyes(ctx: Context, publication: Publication) -> None:
    """BO-17: whoever sent it in, or works for the developer, does not decide on it."""
    caller = ctx.caller
    is_own = publication.submitted_by == caller.account_id
    if is_own or accounts.find_membership(caller.account_id, publication.tenant_id) is not None:
        raise FourEyesError("You work for the developer of this integration: a colleague has to decide.")


def _get(integration_id: str) -> tuple[Integration, Publication]:
    integration = integrations.get_public(integration_id)
    return integration, steps.load(integration) or _first(integration)


def _first(integration: Integration) -> Publication:
    """A hidden one can be suspended too."""
    developer = accounts.get_company(integration.tenant_id).name
    return new_publication(
        integration.tenant_id, integration.integration_id, integration.name, developer, integration.created_at
    )


def _verdicts(command: ReviewStep, action: Action) -> tuple[Verdict, ...]:
    """One for each rule before an approval, and all of them good; a comment for each that is not."""
    known = [rule.rule for rule in checklist().rules]
    said = {entry.rule: Verdict(rule=entry.rule, is_fulfilled=entry.is_fulfilled, comment=entry.comment)
            for entry in command.verdicts}  # fmt: skip
    if not said.keys() <= set(known):
        raise RejectedError.field("/verdicts", "There is no such rule in the checklist.")
    if action is Action.APPROVE and not all(rule in said and said[rule].is_fulfilled for rule in known):
        raise RejectedError.field("/verdicts", "Judge every rule before you approve.")
    return tuple(said[rule] for rule in known if rule in said)
