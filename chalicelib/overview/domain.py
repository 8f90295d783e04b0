"""What needs a developer's attention, worked out from what the rooms tell; no storage, no time of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.integrations.domain import Integration, IntegrationStatus
from chalicelib.publication.domain import Publication, PublicationStatus
from chalicelib.sandboxes.domain import Sandbox, SandboxStatus
from chalicelib.statistics.service import ActivationStatistics

__all__ = ["SECRET_WARNING", "Need", "NeedKind", "Overview", "Step", "list_needs", "list_steps"]

SECRET_WARNING = timedelta(days=30)


class NeedKind(StrEnum):
    """In the order of urgency: what stops customers first, what only waits last."""

    SUSPENDED = "suspended"
    EXPIRED = "secret_expired"
    EXPIRES = "secret_expires"
    CHANGES_REQUESTED = "changes_requested"
    SANDBOX_FAILED = "sandbox_failed"
    IN_REVIEW = "in_review"


@dataclass(frozen=True, slots=True)
class Need:
    """One line: about `name`, at `href`; `at` is when it began or when it will happen."""

    kind: NeedKind
    name: str
    href: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first steps of a new developer."""

    key: str
    href: str
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """`counted` is None until there is something to count; `sandboxes` are the live ones."""

    integrations: Sequence[Integration]
    sandboxes: Sequence[Sandbox]
    needs: Sequence[Need]
    steps: Sequence[Step]
    counted: ActivationStatistics | None

    @property
    def is_starting(self) -> bool:
        """True until the first steps are done, and then never again."""
        return not all(step.is_done for step in self.steps)


def list_needs(
    integrations: Sequence[Integration],
    publications: Mapping[str, Publication],
    sandboxes: Sequence[Sandbox],
    now: datetime,
) -> list[Need]:
    """Most urgent kind first, soonest or longest waiting first within a kind."""
    found = [need for one in integrations for need in _needs_of(one, publications.get(one.integration_id), now)]
    found += [
        Need(NeedKind.SANDBOX_FAILED, sandbox.name, "/portal/sandboxes", sandbox.updated_at)
        for sandbox in sandboxes
        if sandbox.status is SandboxStatus.FAILED
    ]
    order = list(NeedKind)
    return sorted(found, key=lambda need: (order.index(need.kind), need.at))


def _needs_of(integration: Integration, publication: Publication | None, now: datetime) -> Iterator[Need]:
    home = f"/portal/integrations/{integration.integration_id}"
    if integration.status is IntegrationStatus.SUSPENDED:
        yield Need(NeedKind.SUSPENDED, integration.name, f"{home}/publish", integration.updated_at)
    for secret in integration.secrets:
        if secret.expires_at is None:
            continue
        if not secret.is_live(now):
            yield Need(NeedKind.EXPIRED, integration.name, f"{home}/oauth", secret.expires_at)
        elif secret.expires_at <= now + SECRET_WARNING:
            yield Need(NeedKind.EXPIRES, integration.name, f"{home}/oauth", secret.expires_at)
    if publication is None:
        return
    if publication.status is PublicationStatus.CHANGES_REQUESTED:
        yield Need(NeedKind.CHANGES_REQUESTED, integration.name, f"{home}/publish", publication.status_since)
    elif publication.status is PublicationStatus.IN_REVIEW:
        yield Need(NeedKind.IN_REVIEW, integration.name, f"{home}/publish", publication.status_since)


def list_steps(
    integrations: Sequence[Integration],
    publications: Mapping[str, Publication],
    sandboxes: Sequence[Sandbox],
    *,
    is_licensed: bool,
    has_activations: bool,
) -> list[Step]:
    """The way from nothing to a listing with customers; a published one has walked it, whatever went since."""
    first = f"/portal/integrations/{integrations[0].integration_id}" if integrations else "/portal/integrations/new"
    is_published = any(one.is_live for one in publications.values())
    return [
        Step("licence", "/account", is_licensed or is_published),
        Step("integration", "/portal/integrations/new", bool(integrations)),
        Step("redirect", f"{first}/oauth" if integrations else first, any(one.redirect_uris for one in integrations)),
        Step("sandbox", "/portal/sandboxes", bool(sandboxes) or is_published),
        Step("activation", "/docs/api", has_activations or is_published),
        Step("publish", f"{first}/publish" if integrations else first, is_published),
    ]
