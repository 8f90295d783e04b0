"""Asking for a test, its last result, and what the token endpoint tells of test codes."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.accounts import service as accounts
from chalicelib.callbacks import repository
from chalicelib.callbacks.domain import CallbackRun, CallbackTestRunningError, RunStatus
from chalicelib.callbacks.schemas import CallbackTestCreate
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit import store, together
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError, RejectedError
from chalicelib.kit.outbox import new_event, publish
from chalicelib.kit.secrets import has_checksum, hash_secret

__all__ = [
    "CODE_PREFIX",
    "find_last_run",
    "get_last_run",
    "is_test_code",
    "note_presented_code",
    "start_callback_test",
    "want_last_run",
]

CODE_PREFIX = "test"
PURPOSE = "callback code"
_RUNS = 20  # in 15 minutes: each makes requests to somebody's server


def start_callback_test(ctx: Context, integration_id: str, command: CallbackTestCreate) -> CallbackRun:
    """The run begins in the background. Raises CallbackTestRunningError, RejectedError, TooManyAttemptsError."""
    accounts.require_developer_licence(ctx)
    integration = integrations.get_integration(ctx, integration_id)
    uri = command.redirect_uri or next(iter(integration.redirect_uris), "")
    if uri not in integration.redirect_uris:
        raise RejectedError.field("/redirect_uri", "Choose one of the registered redirect URIs.")
    before = repository.find_run(integration.tenant_id, integration_id)
    if before is not None and before.is_running(ctx.now):
        raise CallbackTestRunningError("Wait until it has ended, at most two minutes.")
    accounts.take_attempt(ctx, "callback-test", integration.tenant_id, _RUNS)
    run = CallbackRun(
        integration_id=integration_id, run_id=ctx.new_id("run"), tenant_id=integration.tenant_id, redirect_uri=uri,
        status=RunStatus.RUNNING, started_at=ctx.now,
    )  # fmt: skip
    event = new_event(
        ctx, "callback_test.requested", integration_id, run_id=run.run_id, tenant_id=run.tenant_id, redirect_uri=uri,
        client_id=integration.client_id,
    )  # fmt: skip
    tx = store.Transaction()
    repository.put_run(tx, run, before)
    publish(tx, event)
    try:
        tx.commit()
    except store.RefusedError as refused:
        raise CallbackTestRunningError("Somebody else has just begun one.") from refused
    return run


def get_last_run(ctx: Context, integration_id: str) -> CallbackRun:
    """Raises NotFoundError when there was none, or for another company's integration."""
    integration = integrations.get_integration(ctx, integration_id)
    run = find_last_run(integration)
    if run is None:
        raise NotFoundError("No callback test was run yet.")
    return _ended_if_dead(ctx, run)


def find_last_run(integration: Integration) -> CallbackRun | None:
    """Whatever company: reviewers look at it too."""
    return repository.find_run(integration.tenant_id, integration.integration_id)


def want_last_run(tenant_id: str, integration_id: str) -> together.Wanted[CallbackRun]:
    """The same, read together with other rows."""
    return repository.want_run(tenant_id, integration_id)


def is_test_code(code: str) -> bool:
    """Whether it has the form of one of ours: nothing is asked for any other."""
    return code.startswith(CODE_PREFIX) and code.isascii() and has_checksum(code)


def note_presented_code(client_id: str, code: str) -> bool:
    """The token endpoint was handed this code by an authenticated client: whether it was a test code of that client."""
    return is_test_code(code) and repository.note_presented(hash_secret(code, PURPOSE), client_id)


def _ended_if_dead(ctx: Context, run: CallbackRun) -> CallbackRun:
    if run.status is RunStatus.RUNNING and not run.is_running(ctx.now):
        return replace(run, status=RunStatus.DONE)
    return run
