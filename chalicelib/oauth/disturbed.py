"""Faults that a developer switched on for a test company, at the token endpoint; a live company notices nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from chalicelib.accounts.domain import is_sandbox
from chalicelib.faults import service as faults
from chalicelib.faults.domain import MARK, FaultKind, Place
from chalicelib.kit.context import Context
from chalicelib.oauth.attempts.domain import Step
from chalicelib.oauth.attempts.recorder import record_delay
from chalicelib.oauth.errors import OAuthError

_UNDISTURBED = nullcontext()


def disturbed(
    ctx: Context, tenant_id: str, as_if_revoked: Callable[[], OAuthError], *, client_id: str, step: Step
) -> AbstractContextManager[None]:
    """Around the effect of a grant: refuses before it, or loses the answer after it; a delay is recorded.

    `as_if_revoked` makes the refusal of a company that has disconnected.
    """
    return _disturbed(ctx, tenant_id, as_if_revoked(), client_id, step) if is_sandbox(tenant_id) else _UNDISTURBED


@contextmanager
def _disturbed(ctx: Context, tenant_id: str, as_if_revoked: OAuthError, client_id: str, step: Step) -> Iterator[None]:
    if faults.is_revoked(ctx, tenant_id):
        as_if_revoked.log[MARK] = str(FaultKind.REVOKED)
        raise as_if_revoked
    delayed_by = faults.strike_before(ctx, tenant_id, Place.TOKEN)
    if delayed_by:
        record_delay(ctx, delayed_by, client_id=client_id, tenant_number=None, step=step)
    yield
    faults.strike_after(ctx, tenant_id, Place.TOKEN)
