"""What an account signs in with: password and address changed, forgotten, and sessions ended everywhere."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from chalicelib.accounts import repository
from chalicelib.accounts.domain import (
    CODE_LIFETIME,
    Account,
    CodeInvalidError,
    CodeUsedError,
    Session,
    StartedSession,
    TooManyAttemptsError,
    VerificationSent,
    find_password_fault,
)
from chalicelib.accounts.schemas import EmailChange, PasswordChange, PasswordReset, ResetRequest
from chalicelib.accounts.service import throttle
from chalicelib.accounts.service.companies import list_companies
from chalicelib.accounts.service.passwords import check_own_password, hash_password
from chalicelib.accounts.service.people import get_account, request_mail
from chalicelib.accounts.service.sessions import start_session
from chalicelib.config import load_data, settings
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError, RejectedError
from chalicelib.kit.outbox import new_event, publish
from chalicelib.kit.secrets import current_key_name, has_checksum, hash_secret, key_names, mint

RESET_LIFETIME = timedelta(hours=1)
_RESET, _EMAIL = "password-reset", "email-change"
_CODE_LENGTH = 50
_MAILS_PER_ADDRESS = 60


def request_reset(ctx: Context, command: ResetRequest) -> VerificationSent:
    """Mail a link, or to an unknown address that there is no account: the same work and the same answer.

    Raises TooManyAttemptsError by network address.
    """
    throttle.take_attempt(ctx, "reset-from", ctx.source_ip, _MAILS_PER_ADDRESS)
    account_id = repository.find_account_id_by_email(command.email)
    try:
        throttle.take_attempt(ctx, "reset", command.email, throttle.MAILS_PER_PERSON)
    except TooManyAttemptsError:
        return VerificationSent(email=command.email)
    code = _new_code()
    template = "password_reset" if account_id else "reset_unknown"
    path = f"/reset?code={quote(code)}" if account_id else "/sign-up"
    with store.transaction() as tx:
        repository.put_code(
            tx, _hash(code), purpose=_RESET if account_id else "nothing", account_id=account_id or "-",
            email=command.email, expires_at=ctx.now + RESET_LIFETIME,
        )  # fmt: skip
        request_mail(tx, ctx, to=command.email, template=template, lang=command.lang, link=f"{settings().origin}{path}")
    return VerificationSent(email=command.email)


def check_reset_code(ctx: Context, code: str) -> str:
    """The address the code is for. Raises CodeInvalidError."""
    return _find(ctx, code, _RESET)[1]


def reset_password(ctx: Context, command: PasswordReset) -> None:
    """A new password; every session ends. Raises CodeInvalidError, RejectedError."""
    account_id, _ = _find(ctx, command.code, _RESET)
    account = get_account(account_id)
    _check_password(command.password, account)
    _set_password(ctx, account, command.password, code=command.code)
    throttle.reset_attempts("sign-in", account.email)
    _end_sessions(account_id)


def change_password(ctx: Context, command: PasswordChange) -> StartedSession:
    """A new password; every session ends but a new one here. Raises WrongPasswordError, RejectedError."""
    account = get_account(ctx.caller.account_id)
    _check_password(command.new_password, account)
    check_own_password(ctx, command.password)
    _set_password(ctx, account, command.new_password)
    return _only_this(ctx)


def request_email_change(ctx: Context, command: EmailChange) -> VerificationSent:
    """Mail a link to the new address; nothing changes before it is opened. Raises WrongPasswordError."""
    check_own_password(ctx, command.password)
    throttle.take_attempt(ctx, "email-change", ctx.caller.account_id, throttle.MAILS_PER_PERSON)
    account = get_account(ctx.caller.account_id)
    taken = repository.find_account_id_by_email(command.email) is not None
    code = _new_code()
    with store.transaction() as tx:
        repository.put_code(
            tx, _hash(code), purpose="nothing" if taken else _EMAIL, account_id=account.account_id,
            email=command.email, expires_at=ctx.now + CODE_LIFETIME,
        )  # fmt: skip
        path = "/sign-in" if taken else f"/confirm-email?code={quote(code)}"
        request_mail(
            tx, ctx, to=command.email, template="account_exists" if taken else "email_change", lang=account.lang,
            name=account.name, link=f"{settings().origin}{path}",
        )  # fmt: skip
    return VerificationSent(email=command.email)


def find_email_change(ctx: Context, code: str) -> str:
    """The address the code would confirm. Raises CodeInvalidError."""
    return _find(ctx, code, _EMAIL)[1]


def confirm_email_change(ctx: Context, code: str) -> Account:
    """The address moves; the old one is told. Raises CodeInvalidError, CodeUsedError for an address taken meanwhile."""
    account_id, email = _find(ctx, code, _EMAIL)
    account = get_account(account_id)
    try:
        with store.transaction() as tx:
            repository.use_code(tx, _hash(code), ctx.now)
            repository.change_email(tx, account_id, account.email, email)
            publish(
                tx,
                new_event(
                    ctx,
                    "account.email_changed",
                    account_id,
                    tenant_id=_company_of(ctx, account),
                    email=email,
                    before=account.email,
                ),
            )
            request_mail(
                tx, ctx, to=account.email, template="email_changed", lang=account.lang, name=account.name, email=email,
                link=load_data("platform")["links"]["contact"],
            )  # fmt: skip
    except store.RefusedError as refused:
        raise CodeUsedError("This link was used, or the address belongs to another account now.") from refused
    return get_account(account_id)


def list_own_sessions(ctx: Context) -> list[Session]:
    """Where the caller is signed in, last used first."""
    return [session for session in repository.list_sessions(ctx.caller.account_id) if session.is_live(ctx.now)]


def end_one_session(ctx: Context, session_id: str) -> bool:
    """Sign out one other browser; whether it was this one, which has ended then too. Raises NotFoundError."""
    found = next((one for one in repository.list_sessions(ctx.caller.account_id) if one.session_id == session_id), None)
    if found is None:
        raise NotFoundError("You are not signed in there any more.")
    repository.remove_session(found.session_key)
    return found.session_key == ctx.caller.session_id


def end_all_sessions(ctx: Context) -> StartedSession:
    """Sign out everywhere; the caller goes on in a new session.

    Sessions that the index does not show yet end at their next look, within a minute.
    """
    repository.sign_out_before(ctx.caller.account_id, ctx.now)
    return _only_this(ctx)


def _company_of(ctx: Context, account: Account) -> str:
    """In whose log it stands: the company worked in, now or last."""
    if ctx.actor is not None and ctx.actor.account_id == account.account_id:
        return ctx.actor.tenant_id
    companies = [entry.company.tenant_id for entry in list_companies(account.account_id)]
    return account.last_tenant_id if account.last_tenant_id in companies else next(iter(companies), "")


def _only_this(ctx: Context) -> StartedSession:
    _end_sessions(ctx.caller.account_id)
    if ctx.caller.session_id:
        repository.remove_session(ctx.caller.session_id)
    return start_session(ctx, ctx.caller.account_id, ctx.caller.tenant_id)


def _end_sessions(account_id: str) -> None:
    for session in repository.list_sessions(account_id):
        repository.remove_session(session.session_key)


def _set_password(ctx: Context, account: Account, password: str, *, code: str = "") -> None:
    try:
        with store.transaction() as tx:
            if code:
                repository.use_code(tx, _hash(code), ctx.now)
            repository.set_password(tx, account.account_id, hash_password(password), ctx.now)
            publish(
                tx,
                new_event(
                    ctx,
                    "account.password_changed",
                    account.account_id,
                    tenant_id=_company_of(ctx, account),
                    email=account.email,
                ),
            )
            request_mail(
                tx, ctx, to=account.email, template="password_changed", lang=account.lang, name=account.name,
                link=f"{settings().origin}/forgot",
            )  # fmt: skip
    except store.RefusedError as refused:
        raise CodeInvalidError("The link was used at the same moment. Ask for a new one.") from refused


def _check_password(password: str, account: Account) -> None:
    fault = find_password_fault(password, account.email)
    if fault:
        raise RejectedError.field("/password", fault)


def _find(ctx: Context, code: str, purpose: str) -> tuple[str, str]:
    key_name, _, body = code.partition("-")
    well_formed = len(body) == _CODE_LENGTH and body.isascii() and key_name in key_names() and has_checksum(body)
    found = repository.find_code(_hash(code), purpose, ctx.now) if well_formed else None
    if found is None:
        raise CodeInvalidError("The link is mistyped, used or too old. Ask for a new one.")
    return found


def _new_code() -> str:
    return f"{current_key_name()}-{mint(_CODE_LENGTH)}"


def _hash(code: str) -> str:
    key_name, _, body = code.partition("-")
    return hash_secret(body, "one-time-code", key_name)
