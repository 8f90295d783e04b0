"""What customers, developers and the operator do with ratings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalicelib.accounts import service as accounts
from chalicelib.activations import service as activations
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration, IntegrationStatus
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.outbox import new_event, publish
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.kit.ports import Hub
from chalicelib.ratings import repository
from chalicelib.ratings.domain import NotACustomerError, Rating, RatingChangedError, Summary, rating_id_of
from chalicelib.ratings.schemas import AnswerWrite, RatingJudge, RatingWrite, ReportCreate

__all__ = [
    "Ports",
    "answer_rating",
    "delete_rating",
    "find_own_rating",
    "judge_rating",
    "list_for_owner",
    "list_of_own_integration",
    "list_ratings",
    "list_reported",
    "rate_integration",
    "report_rating",
    "summary_of",
]

_REPORTS = 20  # in 15 minutes
_IN_ONE_ANSWER = 1_000
_NOTHING = "There is no such rating."


class Ports(Hub):
    """The registry sets `add_audit(tx, ctx, tenant_id, action, reason, subject)`: one row of the operator's log."""

    add_audit: Callable[[store.Transaction, Context, str, str, str, str], None] | None = None


def rate_integration(ctx: Context, integration_id: str, command: RatingWrite) -> Rating:
    """What the caller's company says; a second time replaces it. Raises NotFoundError, NotACustomerError.

    Only with a live activation, and never for an integration of one's own company.
    """
    integration = integrations.get_public(integration_id)
    before = find_own_rating(ctx, integration_id)
    _check_customer(ctx, integration)
    if before is None:
        after = _new_rating(ctx, integration, command)
    else:
        after = replace(
            before, stars=command.stars, comment=command.comment, account_id=ctx.caller.account_id,
            company_name=ctx.caller.company, updated_at=ctx.now, version=before.version + 1,
        )  # fmt: skip
    return _save(ctx, before, after, "given")


def delete_rating(ctx: Context, integration_id: str) -> None:
    """The caller's company takes its rating back. One that the operator hid stays hidden: it cannot be begun anew."""
    before = find_own_rating(ctx, integration_id)
    if before is None or not before.is_shown:
        raise NotFoundError(_NOTHING)
    _save(ctx, before, None, "taken_back")


def find_own_rating(ctx: Context, integration_id: str) -> Rating | None:
    return repository.find_rating(integration_id, rating_id_of(integration_id, ctx.caller.tenant_id))


def list_ratings(ctx: Context, integration_id: str, query: PageQuery) -> Page[Rating]:
    """What everybody may read. Raises NotFoundError for an integration that is not published (BO-20)."""
    if integrations.get_public(integration_id).status is not IntegrationStatus.PUBLISHED:
        raise NotFoundError("There is no such integration.")
    return repository.fetch_of_integration(ctx, integration_id, query)


def list_of_own_integration(ctx: Context, integration_id: str, query: PageQuery) -> Page[Rating]:
    """Raises NotFoundError for another company's integration."""
    integrations.get_integration(ctx, integration_id)
    return repository.fetch_of_integration(ctx, integration_id, query)


def list_for_owner(ctx: Context) -> list[Rating]:
    """The newest of all integrations of the caller's company."""
    found = repository.list_by_owner(ctx.caller.tenant_id, _IN_ONE_ANSWER)
    return [rating for rating in found if rating.is_shown]


def summary_of(integration_id: str) -> Summary:
    return repository.find_summary(integration_id)


def answer_rating(ctx: Context, integration_id: str, rating_id: str, command: AnswerWrite) -> Rating:
    """The developer's answer, or none. Raises NotFoundError, DeveloperLicenceRequiredError."""
    accounts.require_developer_licence(ctx)
    integrations.get_integration(ctx, integration_id)
    before = _get_shown(integration_id, rating_id)
    begun = before.response_created_at or ctx.now
    after = replace(
        before, response=command.comment, response_created_at=begun if command.comment else None,
        response_updated_at=ctx.now if command.comment else None, version=before.version + 1,
    )  # fmt: skip
    return _save(ctx, before, after, "answered")


def report_rating(ctx: Context, integration_id: str, rating_id: str, command: ReportCreate) -> Rating:
    """Ask the operator to look at it. Raises NotFoundError, TooManyAttemptsError."""
    accounts.take_attempt(ctx, "report", ctx.caller.account_id, _REPORTS)
    before = _get_shown(integration_id, rating_id)
    if before.reported_at is not None:
        return before
    after = replace(before, reported_at=ctx.now, report_reason=command.reason, version=before.version + 1)
    return _save(ctx, before, after, "reported")


def list_reported(ctx: Context, query: PageQuery) -> Page[Rating]:
    return repository.fetch_reported(ctx, query)


def judge_rating(ctx: Context, integration_id: str, rating_id: str, command: RatingJudge) -> Rating:
    """Hide it, or show it (again) and end the report. Raises NotFoundError."""
    before = repository.find_rating(integration_id, rating_id)
    if before is None:
        raise NotFoundError(_NOTHING)
    hides = command.action == "hide"
    after = replace(
        before, hidden_at=ctx.now if hides else None, hidden_reason=command.reason if hides else "",
        reported_at=None, version=before.version + 1,
    )  # fmt: skip
    return _save(ctx, before, after, "hidden" if hides else "shown", command.reason)


def _check_customer(ctx: Context, integration: Integration) -> None:
    if integration.tenant_id == ctx.caller.tenant_id:
        raise NotACustomerError("Your own company made it.")
    activation = activations.find_activation(ctx.caller.tenant_id, integration.integration_id)
    if activation is None or not activation.is_active:
        raise NotACustomerError("Your company has not activated it. Whoever uses it can rate it.")


def _new_rating(ctx: Context, integration: Integration, command: RatingWrite) -> Rating:
    return Rating(
        integration_id=integration.integration_id,
        rating_id=rating_id_of(integration.integration_id, ctx.caller.tenant_id),
        number=integration.number, owner_tenant_id=integration.tenant_id, tenant_id=ctx.caller.tenant_id,
        company_name=ctx.caller.company, account_id=ctx.caller.account_id, stars=command.stars,
        comment=command.comment, created_at=ctx.now, updated_at=ctx.now,
    )  # fmt: skip


def _get_shown(integration_id: str, rating_id: str) -> Rating:
    found = repository.find_rating(integration_id, rating_id)
    if found is None or not found.is_shown:
        raise NotFoundError(_NOTHING)
    return found


def _save(ctx: Context, before: Rating | None, after: Rating | None, what: str, reason: str = "") -> Rating:
    """Raises RatingChangedError. A repeat of a first rating that was stored already is that rating."""
    one = after or before
    if one is None:
        raise NotFoundError(_NOTHING)
    tx = store.Transaction()
    repository.save_rating(tx, before, after)
    if Ports.add_audit is not None and what in {"hidden", "shown"}:
        Ports.add_audit(tx, ctx, one.owner_tenant_id, f"rating.{what}", reason, one.integration_id)
    data = {"integration_id": one.integration_id, "tenant_id": one.tenant_id, "owner_tenant_id": one.owner_tenant_id}
    publish(tx, new_event(ctx, f"rating.{what}", one.rating_id, **data))
    try:
        repository.commit(tx)
    except RatingChangedError:
        standing = repository.find_rating(one.integration_id, one.rating_id)
        if before is None and standing is not None and (standing.stars, standing.comment) == (one.stars, one.comment):
            return standing  # a double click
        raise
    return one
