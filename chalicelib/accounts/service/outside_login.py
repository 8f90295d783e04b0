"""Sign-in with the platform's own login (OpenID Connect): begun, finished, and connected with an account here."""

from __future__ import annotations

import hmac
from functools import cache

from pydantic import TypeAdapter, ValidationError

from chalicelib.accounts import repository
from chalicelib.accounts.domain import (
    Account,
    OutsideEmailError,
    OutsideIdentityError,
    OutsideLoginError,
    SecondFactorRequiredError,
    SignUp,
    StartedSession,
    parse_email,
)
from chalicelib.accounts.schemas import Name
from chalicelib.accounts.service import throttle
from chalicelib.accounts.service.people import get_account, request_mail
from chalicelib.accounts.service.registration import join_company
from chalicelib.accounts.service.second_factor import is_second_factor_on, new_ticket
from chalicelib.accounts.service.sessions import end_session, start_session
from chalicelib.config import OutsideLogin, load_data, settings
from chalicelib.kit import oidc, store
from chalicelib.kit.context import Context
from chalicelib.kit.egress import Fetched, fetch
from chalicelib.kit.errors import NotFoundError, UnavailableError
from chalicelib.kit.log import log
from chalicelib.kit.outbox import new_event, publish
from chalicelib.kit.secrets import fetch_secret, seal, unseal

OUTSIDE_COOKIE_SECONDS = 600
CALLBACK_PATH = "/sign-in/platform/callback"
_PURPOSE = "outside-login"
_SECONDS = 5.0
_NUMBER_TRIES = 3  # a taken company number, or the same person in two windows at once
_NAME: TypeAdapter[str] = TypeAdapter(Name)


def outside_login_name() -> str:
    """What the button calls it; empty when there is no such login."""
    login = settings().outside_login
    return (login.name or str(load_data("platform")["name"])) if login else ""


def begin_outside_login(ctx: Context, next_path: str) -> tuple[str, str]:
    """Where the browser goes, and the sealed ticket it must bring back. Raises NotFoundError, UnavailableError."""
    provider = _provider(_login())
    ticket = oidc.new_ticket()
    try:
        url = provider.authorization_url(ticket, ctx.now)
    except oidc.OidcError as error:
        raise _to_error(error) from error
    until = int(ctx.now.timestamp()) + OUTSIDE_COOKIE_SECONDS
    kept = [ticket.state, ticket.nonce, ticket.verifier, next_path, until]
    return url, seal(kept, _PURPOSE)


def finish_outside_login(
    ctx: Context, sealed: str, *, state: str, code: str, iss: str | None
) -> tuple[StartedSession, str]:
    """A session, and the path to go on to.

    Raises OutsideLoginError, OutsideEmailError, OutsideIdentityError, SecondFactorRequiredError, TooManyAttemptsError,
    UnavailableError, NotFoundError.
    """
    provider = _provider(_login())
    ticket, next_path = _open(ctx, sealed, state)
    if not code:
        raise OutsideLoginError("You did not sign in there. Try again, or sign in with your password.")
    throttle.take_attempt(ctx, "outside-login", ctx.source_ip, throttle.TRIES_PER_ADDRESS)
    try:
        provider.check_answer_is_ours(iss)
        claims = provider.redeem(code, ticket, ctx.now)
    except oidc.OidcError as error:
        raise _to_error(error) from error
    throttle.give_back_attempt(ctx, "outside-login", ctx.source_ip)
    account_id = repository.find_account_id_by_identity(claims.issuer, claims.subject) or _connect(ctx, claims)
    if is_second_factor_on(account_id):
        extra = {"ticket": new_ticket(ctx, account_id), "next_path": next_path}
        raise SecondFactorRequiredError("Type the code that your app shows.", extra=extra)
    end_session(ctx)  # AZ-45: whoever signs in again leaves the session they had
    return start_session(ctx, account_id), next_path


def _open(ctx: Context, sealed: str, state: str) -> tuple[oidc.Ticket, str]:
    """What this browser began with. The state proves that the answer belongs to it (no sign-in can be slipped in)."""
    try:
        own_state, nonce, verifier, next_path, until = unseal(sealed, _PURPOSE)
    except ValueError:
        raise OutsideLoginError("This sign-in was not begun in this browser, or too long ago. Begin again.") from None
    if until <= ctx.now.timestamp() or not hmac.compare_digest(str(own_state).encode(), state.encode()):
        raise OutsideLoginError("This sign-in was not begun in this browser, or too long ago. Begin again.")
    return oidc.Ticket(own_state, nonce, verifier), next_path


def _connect(ctx: Context, claims: oidc.Claims) -> str:
    """The account of the verified address, connected for good; a new one where there is none."""
    email = _verified_email(claims)
    for _ in range(_NUMBER_TRIES):
        account_id = repository.find_account_id_by_email(email)
        try:
            return _join(ctx, claims, get_account(account_id)) if account_id else _create(ctx, claims, email)
        except store.RefusedError as refused:
            if "identity" in refused.parts:  # another window was first
                found = repository.find_account_id_by_identity(claims.issuer, claims.subject)
                if found:
                    return found
            if "identity-of" in refused.parts:
                raise OutsideIdentityError(
                    "The account with your address is connected with somebody else there. Ask the operator."
                ) from refused
    raise UnavailableError(log={"cause": "no free company number"})


def _join(ctx: Context, claims: oidc.Claims, account: Account) -> str:
    tenant_id = account.last_tenant_id or _first_company(account)
    with store.transaction() as tx:
        repository.add_identity_parts(tx, account.account_id, claims.issuer, claims.subject)
        publish(
            tx, new_event(ctx, "account.connected", account.account_id, tenant_id=tenant_id, email=account.email)
        )  # fmt: skip
        request_mail(
            tx, ctx, to=account.email, template="account_connected", lang=account.lang, name=account.name,
            login=outside_login_name(), link=f"{settings().origin}/account/security",
        )  # fmt: skip
    return account.account_id


def _create(ctx: Context, claims: oidc.Claims, email: str) -> str:
    """As after a sign-up: with a company of its own; a password can be chosen later by mail."""
    name = _person_name(claims, email)
    account = Account(account_id=ctx.new_id("acc"), email=email, name=name, lang=ctx.lang, created_at=ctx.now)
    with store.transaction() as tx:
        repository.add_identity_parts(tx, account.account_id, claims.issuer, claims.subject)
        repository.add_account_parts(tx, account, "")
        join_company(tx, ctx, account, SignUp(email=email, name=name, password_hash="", lang=account.lang))
    return account.account_id


def _first_company(account: Account) -> str:
    return next((one.tenant_id for one in repository.list_memberships(account.account_id)), "")


def _verified_email(claims: oidc.Claims) -> str:
    try:
        email = parse_email(claims.email)
    except ValueError:
        email = ""
    # Nothing is folded here: what looks like somebody's address after folding is another address to its provider.
    if not email or email != claims.email.lower():
        raise OutsideEmailError("Confirm your e-mail address there first, or sign in with your password.")
    return email


def _person_name(claims: oidc.Claims, email: str) -> str:
    try:
        return _NAME.validate_python(claims.name)
    except ValidationError:
        return email.partition("@")[0]


def _to_error(error: oidc.OidcError) -> OutsideLoginError | UnavailableError:
    log.warning("outside_login.failed", extra={"reason": error.reason})
    if error.is_unreachable:
        return UnavailableError("The other login does not answer. Try again, or sign in with your password.")
    return OutsideLoginError("The other login did not let you in. Begin again, or sign in with your password.")


def _login() -> OutsideLogin:
    login = settings().outside_login
    if login is None:
        raise NotFoundError("There is no other login here.")
    return login


@cache
def _provider(login: OutsideLogin) -> oidc.Provider:
    secret = fetch_secret(login.secret_id) if login.secret_id else ""
    return oidc.Provider(login.issuer, login.client_id, f"{settings().origin}{CALLBACK_PATH}", _fetch, secret)


def _fetch(url: str, headers: oidc.Headers, body: bytes | None) -> Fetched:
    return fetch(url, headers, seconds=_SECONDS, allow_loopback=settings().is_embedded, body=body)
