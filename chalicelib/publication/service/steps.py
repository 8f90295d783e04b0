"""One step as one transaction: the row, the timeline, mails, the integration's status, the event and the audit row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import PortalRole
from chalicelib.config import settings
from chalicelib.images import service as images
from chalicelib.images.domain import Image, displays_of
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration, IntegrationStatus
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.outbox import new_event, publish
from chalicelib.publication import repository
from chalicelib.publication.domain import Note, Publication, PublicationStatus
from chalicelib.publication.service.ports import Ports

__all__ = ["announce", "load", "save", "tell"]

_TOLD_MAX = 20  # people of one company who get the mail: a transaction holds a hundred parts
_BUILDERS = frozenset({PortalRole.OWNER, PortalRole.DEVELOPER})


def load(integration: Integration) -> Publication | None:
    return repository.find_publication(integration.tenant_id, integration.integration_id)


def save(  # noqa: PLR0913 - what one step consists of
    ctx: Context, integration: Integration, before: Publication, after: Publication, note: Note,
    shown: Sequence[Image] = (), *, keeps_customers: bool = False,
) -> Publication:  # fmt: skip
    """Raises ReviewOutdatedError when somebody else was faster. `shown`: the images of what is sent in."""
    tx = store.Transaction()
    repository.put_publication(tx, before, after)
    _keep_images(tx, before, after, shown)
    repository.add_note(tx, replace(note, listing_version=after.listing_version, verdicts=after.verdicts))
    tell(tx, ctx, after, note)
    if _status(before) is not _status(after):
        integrations.add_status(tx, ctx, integration, _status(after), keeps_customers=keeps_customers)
    if before.live != after.live or before.place != after.place or before.is_live != after.is_live:
        announce(tx, ctx, integration, after, is_new=before.listing_version != after.listing_version)
    if Ports.add_audit is not None:
        Ports.add_audit(tx, ctx, after.tenant_id, f"publication.{note.kind}", note.text, after.integration_id)
    repository.save_steps(tx)
    return after


def _keep_images(tx: store.Transaction, before: Publication, after: Publication, shown: Sequence[Image]) -> None:
    """What is reviewed or listed keeps its pictures until it is neither (0054)."""
    if after.status is PublicationStatus.IN_REVIEW:
        images.keep_reviewed(tx, after.integration_id, shown)
    elif after.listing_version != before.listing_version:
        images.keep_listed(tx, after.integration_id)
    elif before.is_listed != after.is_listed or (before.draft and not after.draft):
        images.let_go(tx, after.integration_id, is_listed=after.is_listed)


def tell(tx: store.Transaction, ctx: Context, publication: Publication, note: Note) -> None:
    """What a developer does goes to the operator, what the operator does to the developers."""
    if note.side == "developer":
        if settings().operator_email:
            path = f"/operator/reviews/{publication.integration_id}?developer={publication.tenant_id}"
            _ask(tx, ctx, publication, note, (settings().operator_email, "sv", path))
        return
    people = accounts.list_people(publication.tenant_id)
    builders = [account for account, member in people if member.portal_role in _BUILDERS]
    for account in builders[:_TOLD_MAX]:
        path = f"/portal/integrations/{publication.integration_id}/publish"
        _ask(tx, ctx, publication, note, (account.email, account.lang, path))


def _ask(
    tx: store.Transaction, ctx: Context, publication: Publication, note: Note, reader: tuple[str, str, str]
) -> None:
    address, lang, path = reader
    accounts.request_mail(
        tx, ctx, to=address, template="publication_step", lang=lang, step=note.kind, integration=publication.name,
        developer=publication.developer, text=note.text, link=f"{settings().origin}{path}",
    )  # fmt: skip


def _status(publication: Publication) -> IntegrationStatus:
    if publication.status is PublicationStatus.SUSPENDED:
        return IntegrationStatus.SUSPENDED
    return IntegrationStatus.PUBLISHED if publication.is_live else IntegrationStatus.DRAFT


def announce(
    tx: store.Transaction, ctx: Context, integration: Integration, after: Publication, *, is_new: bool = False
) -> None:
    """Tells the marketplace what is live now; `is_new` says that this very step approved it."""
    if after.live is None:
        publish(tx, new_event(ctx, "publication.unlisted", after.integration_id, version=after.version))
        return
    held = images.find_held(after.integration_id)  # changes only together with the version that `tx` names
    logo, covers = displays_of(held.reviewed if is_new else held.listed)
    publish(
        tx,
        new_event(
            ctx, "publication.listed", after.integration_id, version=after.version,
            listing_version=after.listing_version, place=str(after.place), client_id=integration.client_id,
            tenant_id=after.tenant_id, developer=after.developer, listing=asdict(after.live),
            logo_picture=asdict(logo) if logo else None, cover_pictures=[asdict(one) for one in covers],
        ),
    )  # fmt: skip
