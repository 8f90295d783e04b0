"""The work behind the queue: resumable steps that make a test company, and its removal; both may run twice or late.

A step does something idempotent and then records itself by a conditional write on the row. Whoever loses that write
reads the row again and goes on from there, which is also how a deletion that came in between wins.
"""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import is_sandbox
from chalicelib.activations import service as activations
from chalicelib.company_data import service as company_data
from chalicelib.config import load_data, settings
from chalicelib.faults import service as faults
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, RejectedError, UnavailableError
from chalicelib.kit.log import log
from chalicelib.licences import service as licences
from chalicelib.oauth import service as oauth
from chalicelib.publication import service as publication
from chalicelib.sandboxes import repository, snapshots
from chalicelib.sandboxes.domain import (
    MAX_FAILURES,
    PEOPLE,
    READY_MAIL_AFTER,
    UNDER_WAY,
    Sandbox,
    SandboxStatus,
    account_ids_of,
    all_modules,
    company_of,
    consent_of,
    is_snapshot,
    number_for,
    person_of,
    sample_id_of,
    sample_of,
    template_of,
)

GAVE_UP = "The test company could not be created. Try again in a while."
_MAX_ROUNDS = 20  # there are far fewer steps: a guard against a loop nobody foresaw


def provision(ctx: Context, tenant_id: str, sandbox_id: str) -> None:
    """Take the sandbox from the step it reached to ready; do nothing when it is, and clean up when it is unwanted."""
    for _ in range(_MAX_ROUNDS):
        sandbox = repository.find_sandbox(tenant_id, sandbox_id)
        if sandbox is None:
            log.warning("sandbox.unknown", extra={"sandbox_id": sandbox_id})
            return
        if sandbox.status in {SandboxStatus.DELETING, SandboxStatus.DELETED}:
            # Deletion wins. The company may have been added after the deletion looked for it.
            _clear(ctx, sandbox)
            return
        if sandbox.status not in UNDER_WAY:
            return
        try:
            _STEPS[sandbox.step](ctx, sandbox)
        except Exception as error:
            if not _give_up(ctx, sandbox, error):
                raise


def remove(ctx: Context, tenant_id: str, sandbox_id: str) -> None:
    """Remove the company, then row and slot in one transaction; whoever comes second finds nothing to do."""
    sandbox = repository.find_live(tenant_id, sandbox_id)
    if sandbox is None or sandbox.status is not SandboxStatus.DELETING:
        return
    _clear(ctx, sandbox)
    if repository.finish_deletion(sandbox, ctx.now):
        log.info("sandbox.deleted", extra={"sandbox_id": sandbox_id})


def reset(ctx: Context, tenant_id: str, sandbox_id: str) -> None:
    """Put the data back as it was when the sandbox was new, at once; then throw away what lay in its place."""
    sandbox = repository.find_live(tenant_id, sandbox_id)
    if sandbox is None or sandbox.status is not SandboxStatus.RESETTING or sandbox.reset_id is None:
        return
    try:
        _put_data(sandbox, sandbox.reset_id, is_first=False)
    except RejectedError:
        # Its snapshot was deleted meanwhile: the data stays as it is.
        log.warning("sandbox.reset_without_snapshot", extra={"sandbox_id": sandbox_id})
    company_data.sweep(sandbox.company_tenant_id, sandbox.epochs)
    repository.finish_reset(sandbox, ctx.now)
    standing = repository.find_sandbox(tenant_id, sandbox_id)
    if standing is None or standing.status is SandboxStatus.DELETED:
        _clear(ctx, sandbox)  # the deletion looked before the data was there


def _put_data(sandbox: Sandbox, epoch: str, *, is_first: bool) -> None:
    company = sandbox.company_tenant_id
    if is_snapshot(sandbox.data):
        snapshots.put_back(sandbox.tenant_id, sandbox.data, company, epoch, is_first=is_first)
    else:
        company_data.fill(company, template_of(sandbox.data), epoch, is_first=is_first)


def _clear(ctx: Context, sandbox: Sandbox) -> None:
    """Everything inside, the company last: as long as it stands a sandbox can be seen to be there."""
    company, people = sandbox.company_tenant_id, account_ids_of(sandbox)
    sample = sample_id_of(sandbox)
    activations.remove_all(ctx, company, oauth.close_families, oauth.forget_connection, untold=sample)
    integrations.remove_sample(ctx, sandbox.tenant_id, sample, publication.was_begun, _tell_of_end)
    if is_sandbox(company):
        accounts.remove_test_people(people, company)
    accounts.remove_company(ctx, company, [sandbox.account_id, *people])
    licences.forget_purchases(company)
    company_data.clear(company, sandbox.epochs)
    faults.remove(company)


def clear_company(ctx: Context, tenant_id: str, sandbox: Sandbox | None) -> None:
    """What is left of a test company that should be gone; its sandbox, if remembered, says what else there was."""
    if sandbox is not None:
        _clear(ctx, sandbox)
        return
    activations.remove_all(ctx, tenant_id, oauth.close_families, oauth.forget_connection)
    people = [
        account.account_id for account, _ in accounts.list_people(tenant_id) if account.email.endswith(".invalid")
    ]
    if is_sandbox(tenant_id):
        accounts.remove_test_people(people, tenant_id)
    accounts.remove_company(ctx, tenant_id, people)
    licences.forget_purchases(tenant_id)
    company_data.clear(tenant_id)
    faults.remove(tenant_id)


def _tell_of_end(tx: store.Transaction, ctx: Context, sample: Integration) -> None:
    oauth.tell_of_integration(tx, ctx, sample, None)
    publication.add_removal(tx, sample)


def _reserve(ctx: Context, sandbox: Sandbox) -> None:
    repository.advance(sandbox, 1, ctx.now, company_number=number_for(sandbox.sandbox_id))


def _add_company(ctx: Context, sandbox: Sandbox) -> None:
    company = company_of(sandbox, all_modules(load_data("scopes")))
    standing = accounts.add_company(ctx, company, administrator=sandbox.account_id)
    repository.advance(sandbox, 2, ctx.now, company_number=standing.number)


def _add_people(ctx: Context, sandbox: Sandbox) -> None:
    lang = accounts.get_account(sandbox.account_id).lang
    for person in PEOPLE:
        accounts.put_test_person(*person_of(sandbox, person, lang))
    repository.advance(sandbox, 3, ctx.now)


def _add_sample(ctx: Context, sandbox: Sandbox) -> None:
    ids, details = sample_of(sandbox, frozenset(integrations.scope_choices()))
    sample = integrations.put_sample(ctx, ids, sandbox.tenant_id, details)
    activations.put_own(ctx, consent_of(sandbox, sample, ctx.new_id("con")))
    repository.advance(sandbox, 4, ctx.now)


def _fill(ctx: Context, sandbox: Sandbox) -> None:
    _put_data(sandbox, sandbox.sandbox_id, is_first=True)
    repository.advance(sandbox, 5, ctx.now)


def _make_ready(ctx: Context, sandbox: Sandbox) -> None:
    def tell(tx: store.Transaction) -> None:
        account = accounts.get_account(sandbox.account_id)
        accounts.request_mail(
            tx, ctx, to=account.email, template="sandbox_ready", lang=account.lang, name=account.name,
            sandbox=sandbox.name, link=f"{settings().origin}/portal/sandboxes/{sandbox.sandbox_id}",
        )  # fmt: skip

    took = ctx.now - sandbox.created_at
    if repository.make_ready(sandbox, ctx.now, tell if took > READY_MAIL_AFTER else None):
        log.info("sandbox.ready", extra={"sandbox_id": sandbox.sandbox_id, "seconds": took.total_seconds()})


_STEPS: tuple[Callable[[Context, Sandbox], None], ...] = (
    _reserve,
    _add_company,
    _add_people,
    _add_sample,
    _fill,
    _make_ready,
)


def _give_up(ctx: Context, sandbox: Sandbox, error: Exception) -> bool:
    """Whether the message is done with: a refusal is final, trouble only after several deliveries."""
    failures = sandbox.failures + 1
    is_refusal = isinstance(error, AppError) and not isinstance(error, UnavailableError)
    reason = str(error) if is_refusal else GAVE_UP if failures >= MAX_FAILURES else None
    repository.record_failure(sandbox, failures, reason, ctx.now)
    if reason is not None:
        log.exception("sandbox.failed", extra={"sandbox_id": sandbox.sandbox_id, "step": sandbox.step})
    return reason is not None
