"""Sessions: a server-side row behind a cookie; who a person is and may be is looked at again every minute."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.accounts import repository
from chalicelib.accounts.domain import (
    SESSION_LIFETIME,
    Account,
    CompanyKind,
    Session,
    StartedSession,
    roles_of,
)
from chalicelib.accounts.service.companies import CompanyMembership, list_companies
from chalicelib.accounts.service.people import get_account
from chalicelib.kit.context import Actor, Context
from chalicelib.kit.devices import rough_network
from chalicelib.kit.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from chalicelib.kit.i18n import mark
from chalicelib.kit.pages import cookie, read_cookie
from chalicelib.kit.request import Request
from chalicelib.kit.secrets import current_key_name, has_checksum, hash_secret, key_names, mint

SESSION_COOKIE = "anslut_session"
_PURPOSE = "session"
_TOKEN_LENGTH = 50  # 44 random letters: 262 bits, and six of checksum
_CHOICES_MAX = 60  # what the company chooser shows: 30 sandboxes and more companies than a person works in
_NOTES = {CompanyKind.LIVE: "", CompanyKind.SANDBOX: mark("Sandbox"), CompanyKind.OPERATOR: mark("Operator")}


def session_cookie(started: StartedSession) -> str:
    return cookie_of_session(started.session_token)


def cookie_of_session(session_token: str) -> str:
    return cookie(SESSION_COOKIE, session_token, max_age=int(SESSION_LIFETIME.total_seconds()))


def clearing_cookie() -> str:
    return cookie(SESSION_COOKIE, "", max_age=0)


def start_session(ctx: Context, account_id: str, tenant_id: str | None = None) -> StartedSession:
    """A session in the company given, else in the one worked in last, else in the first.

    Raises ForbiddenError for a person who belongs to no company.
    """
    account = get_account(account_id)
    choices = list_companies(account_id)
    if not choices:
        raise ForbiddenError("Your account belongs to no company any more. Ask your company's administrator.")
    wanted = tenant_id or account.last_tenant_id
    here = next((entry for entry in choices if entry.company.tenant_id == wanted), choices[0])
    started = _new_session(ctx, account, here, choices)
    repository.add_session(started)
    return started


def find_live_session(ctx: Context, value: str | None) -> Session | None:
    """The session a cookie names, if it lives: one read."""
    key = _key_of(value)
    session = repository.find_session(key) if key else None
    return session if session is not None and session.is_live(ctx.now) else None


def authenticate_session(request: Request, ctx: Context) -> Actor | None:
    """Who the cookie says: one read, and once a minute a look whether it still holds."""
    session = find_live_session(ctx, read_cookie(request, SESSION_COOKIE))
    if session is None:
        return None
    fresh = _checked(ctx, session) if session.needs_check(ctx.now) else session
    return fresh.to_actor() if fresh else None


def get_current_session(ctx: Context) -> Session:
    """Raises UnauthenticatedError when it ended since this request began."""
    session = repository.find_session(ctx.caller.session_id or "-")
    if session is None:
        raise UnauthenticatedError("Sign in first.")
    return session


def switch_company(ctx: Context, tenant_id: str) -> StartedSession:
    """Go on in another company of the person, in a new session: forms opened in the old one no longer count.

    Raises NotFoundError for a company the person does not belong to.
    """
    old = get_current_session(ctx)
    choices = list_companies(old.account_id)
    here = next((entry for entry in choices if entry.company.tenant_id == tenant_id), None)
    if here is None:
        raise NotFoundError("You belong to no such company.")
    fresh = _new_session(ctx, get_account(old.account_id), here, choices)
    started = replace(fresh, created_at=old.created_at, device=old.device, network=old.network)
    if not repository.replace_session(old.session_key, started):
        raise UnauthenticatedError("Sign in first.")
    repository.save_last_tenant(old.account_id, tenant_id)
    return started


def end_session(ctx: Context) -> None:
    """Sign out; ending a session twice is no error."""
    if ctx.actor is not None and ctx.actor.session_id:
        repository.remove_session(ctx.actor.session_id)


def _new_session(
    ctx: Context,
    account: Account,
    here: CompanyMembership,
    choices: list[CompanyMembership],
) -> StartedSession:
    key_name, token = current_key_name(), mint(_TOKEN_LENGTH)
    return StartedSession(
        session_key=hash_secret(token, _PURPOSE, key_name),
        session_token=f"{key_name}.{token}",
        account_id=account.account_id,
        tenant_id=here.company.tenant_id,
        email=account.email,
        person=account.name,
        company=here.company.name,
        number=here.company.number,
        roles=roles_of(here.membership, here.company),
        companies=_labels(choices),
        device=ctx.device,
        network=rough_network(ctx.source_ip),
        created_at=ctx.now,
        checked_at=ctx.now,
    )


def _labels(choices: list[CompanyMembership]) -> tuple[tuple[str, str, str], ...]:
    companies = [entry.company for entry in choices[:_CHOICES_MAX]]
    return tuple((company.tenant_id, company.name, _NOTES[company.kind]) for company in companies)


def _key_of(value: str | None) -> str | None:
    """The row's key. The cookie names the root key it was made with, so a rotation signs nobody out."""
    key_name, _, token = (value or "").partition(".")
    if len(token) != _TOKEN_LENGTH or not token.isascii() or not has_checksum(token) or key_name not in key_names():
        return None
    return hash_secret(token, _PURPOSE, key_name)


def _was_ended(session: Session, account: Account) -> bool:
    """Signed out everywhere after this session began."""
    return account.signed_out_before is not None and session.created_at < account.signed_out_before


def _checked(ctx: Context, session: Session) -> Session | None:
    """The session with fresh roles and labels; it ends when the person left the company or the company is gone."""
    account = repository.find_account(session.account_id)
    choices = list_companies(session.account_id)
    here = next((entry for entry in choices if entry.company.tenant_id == session.tenant_id), None)
    if account is None or here is None or _was_ended(session, account):
        repository.remove_session(session.session_key)
        return None
    fresh = replace(
        session,
        email=account.email,
        person=account.name,
        company=here.company.name,
        roles=roles_of(here.membership, here.company),
        companies=_labels(choices),
        checked_at=ctx.now,
    )
    return fresh if repository.save_session(fresh) else None
