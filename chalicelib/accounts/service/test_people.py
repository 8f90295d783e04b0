"""Test companies: their invented people, working as one of them, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.accounts import repository
from chalicelib.accounts.domain import Account, Company, Membership, StartedSession, is_sandbox
from chalicelib.accounts.service.sessions import SESSION_COOKIE, find_live_session, start_session
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ForbiddenError
from chalicelib.kit.log import log
from chalicelib.kit.pages import cookie, read_cookie
from chalicelib.kit.request import Request

_RETURN_COOKIE = "anslut_return"
_RETURN_SECONDS = 12 * 3600  # as long as a session may rest


def put_test_person(account: Account, membership: Membership) -> None:
    """Raises ForbiddenError for a company that is not a test company. Repeating it changes nothing."""
    _check_sandbox(membership.tenant_id)
    repository.put_person(account, membership)


def remove_test_people(account_ids: Sequence[str], tenant_id: str) -> None:
    """With their sessions; those who are gone already are no error."""
    _check_sandbox(tenant_id)
    for account_id in account_ids:
        repository.remove_person(account_id, tenant_id)


def rename_sandbox(tx: store.Transaction, tenant_id: str, name: str) -> None:
    """Part "company" of the caller's transaction, refused when there is no such test company."""
    _check_sandbox(tenant_id)
    repository.rename_sandbox(tx, tenant_id, name)


def list_sandboxes() -> list[Company]:
    """Every test company: for the nightly round."""
    return repository.list_sandbox_companies()


def work_as(ctx: Context, account_id: str, tenant_id: str) -> StartedSession:
    """A session as an invented person. Who may ask is the caller's to know; the person's own session goes on."""
    _check_sandbox(tenant_id)
    log.info("test_person.worked_as", extra={"account_id": account_id, "by": ctx.caller.account_id})
    return start_session(ctx, account_id, tenant_id)


def return_cookie(request: Request) -> str:
    """Keeps the session of the person behind an invented one, in their own browser and nowhere else."""
    return cookie(_RETURN_COOKIE, read_cookie(request, SESSION_COOKIE) or "", max_age=_RETURN_SECONDS)


def clearing_return_cookie() -> str:
    return cookie(_RETURN_COOKIE, "", max_age=0)


def find_return(ctx: Context, request: Request) -> str | None:
    """The value of the session cookie to go back to, while that session lives."""
    value = read_cookie(request, _RETURN_COOKIE)
    return value if value and find_live_session(ctx, value) else None


def _check_sandbox(tenant_id: str) -> None:
    if not is_sandbox(tenant_id):
        raise ForbiddenError("Only a test company has invented people.")
