"""The partner agreement: who accepted which version for the company."""

from __future__ import annotations

from chalicelib.accounts import service as accounts
from chalicelib.kit.context import Context
from chalicelib.kit.errors import RejectedError
from chalicelib.publication import repository
from chalicelib.publication.domain import Acceptance, AgreementRequiredError, agreement
from chalicelib.publication.schemas import AgreementAccept

__all__ = ["accept_agreement", "find_acceptance", "require_acceptance"]


def find_acceptance(ctx: Context) -> Acceptance | None:
    """The caller's company's yes to the text in force."""
    return repository.find_acceptance(ctx.caller.tenant_id, agreement().version)


def accept_agreement(ctx: Context, command: AgreementAccept) -> Acceptance:
    """Raises RejectedError for a text that is no longer in force, DeveloperLicenceRequiredError."""
    accounts.require_developer_licence(ctx)
    if command.version != agreement().version:
        raise RejectedError.field("/version", "There is a newer text. Read it again.")
    caller = ctx.caller
    return repository.add_acceptance(
        Acceptance(
            tenant_id=caller.tenant_id, agreement_version=command.version, account_id=caller.account_id,
            person=caller.person, email=caller.email, accepted_at=ctx.now,
        )
    )  # fmt: skip


def require_acceptance(ctx: Context) -> None:
    if find_acceptance(ctx) is None:
        raise AgreementRequiredError(
            "Accept the partner agreement for your company first.",
            extra={"remedy": {"href": "/portal/partner-agreement", "label": "Read the partner agreement"}},
        )
