"""Sessions: a server-side row behind a cookie; who a person is and may be is looked at again every minute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.accounts import repository
from chalicelib.accounts.domain import (
    SESSION_IDLE,
    SESSION_LIFETIME,
    Account,
    Company,
    Membership,
    Session,
    roles_of,
)
from chalicelib.accounts.service.companies import list_companies
from chalicelib.accounts.service.people import get_account
from chalicelib.kit.context import Actor, Context
from chalicelib.kit.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from chalicelib.kit.pages import cookie, read_cookie
from chalicelib.kit.request import Request
from chalicelib.kit.secrets import current_key_name, has_checksum, hash_secret, key_names, mint

SESSION_COOKIE = "anslut_session"
_PURPOSE = "session"
_TOKEN_LENGTH = 50  # 44 random letters: 262 bits, and six of checksum


@dataclass(frozen=True, slots=True)
class StartedSession:
    """A new session and the one copy of its cookie's value."""

    session: Session
    session_token: str

    @property
    def set_cookie(self) -> str:
        return cookie(SESSION_COOKIE, self.session_token, max_age=int(SESSION_LIFETIME.total_seconds()))


def clearing_cookie() -> str:
    return cookie(SESSION_COOKIE, "", max_age=0)


def expires_at(session: Session) -> datetime:
    return min(session.created_at + SESSION_LIFETIME, session.checked_at + SESSION_IDLE)


def start_session(ctx: Context, account_id: str, tenant_id: str | None = None) -> StartedSession:
    """A session in the company given, else in the one worked in last, else in the first.

    Raises ForbiddenError for a person who belongs to no company.
    """
    account = get_account(account_id)
    choices = list_companies(account_id)
    if not choices:
        raise ForbiddenError("Your account belongs to no company any more. Ask your company's administrator.")
    wanted = tenant_id or account.last_tenant_id
    choice = next((entry for entry in choices if entry.company.tenant_id == wanted), choices[0])
    started = _new_session(ctx, account, choice.company, choice.membership)
    repository.add_session(started.session)
    return started


def authenticate_session(request: Request, ctx: Context) -> Actor | None:
    """Who the cookie says: one read, and once a minute a look whether it still holds."""
    session = find_session(request, ctx)
    return session.to_actor() if session else None


def find_session(request: Request, ctx: Context) -> Session | None:
    key = _key_of(read_cookie(request, SESSION_COOKIE))
    session = repository.find_session(key) if key else None
    if session is None or not session.is_live(ctx.now):
        return None
    return _checked(ctx, session) if session.needs_check(ctx.now) else session


def get_current_session(ctx: Context) -> Session:
    session = repository.find_session(ctx.caller.session_id or "")
    if session is None:
        raise UnauthenticatedError
    return session


def switch_company(ctx: Context, tenant_id: str) -> StartedSession:
    """Go on in another company of the person, in a new session: forms opened in the old one no longer count.

    Raises NotFoundError for a company the person does not belong to.
    """
    caller = ctx.caller
    membership = repository.find_membership(caller.account_id, tenant_id)
    company = repository.find_company(tenant_id) if membership else None
    if membership is None or company is None:
        raise NotFoundError("You belong to no such company.")
    old = get_current_session(ctx)
    started = _new_session(ctx, get_account(caller.account_id), company, membership, created_at=old.created_at)
    if not repository.replace_session(old.session_key, started.session):
        raise UnauthenticatedError
    repository.save_last_tenant(caller.account_id, tenant_id)
    return started


def end_session(ctx: Context) -> None:
    """Sign out; ending a session twice is no error."""
    if ctx.actor is not None and ctx.actor.session_id:
        repository.remove_session(ctx.actor.session_id)


def _new_session(
    ctx: Context, account: Account, company: Company, membership: Membership, created_at: datetime | None = None
) -> StartedSession:
    key_name, token = current_key_name(), mint(_TOKEN_LENGTH)
    session = Session(
        session_key=hash_secret(token, _PURPOSE, key_name),
        account_id=account.account_id,
        tenant_id=company.tenant_id,
        email=account.email,
        person=account.name,
        company=company.name,
        number=company.number,
        roles=roles_of(membership, company),
        created_at=created_at or ctx.now,
        checked_at=ctx.now,
    )
    return StartedSession(session, f"{key_name}.{token}")


def _key_of(value: str | None) -> str | None:
    """The row's key. The cookie names the root key it was made with, so a rotation signs nobody out."""
    key_name, _, token = (value or "").partition(".")
    if len(token) != _TOKEN_LENGTH or not token.isascii() or not has_checksum(token) or key_name not in key_names():
        return None
    return hash_secret(token, _PURPOSE, key_name)


def _checked(ctx: Context, session: Session) -> Session | None:
    """The session with fresh roles and labels; it ends when the person left the company or the company is gone."""
    membership = repository.find_membership(session.account_id, session.tenant_id)
    company = repository.find_company(session.tenant_id)
    account = repository.find_account(session.account_id)
    if membership is None or company is None or account is None:
        repository.remove_session(session.session_key)
        return None
    fresh = replace(
        session,
        email=account.email,
        person=account.name,
        company=company.name,
        roles=roles_of(membership, company),
        checked_at=ctx.now,
    )
    return fresh if repository.save_session(fresh) else None
