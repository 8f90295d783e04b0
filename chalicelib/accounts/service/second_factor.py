"""Two-step sign-in: set up, asked for, turned off."""

from __future__ import annotations

from chalicelib.accounts import repository
from chalicelib.accounts.domain import (
    TICKET_LIFETIME,
    RecoveryCodes,
    SecondFactor,
    SecondFactorSetup,
    SecondFactorStateError,
    SecondFactorWrongError,
    StartedSession,
    WrongCredentialsError,
    find_totp_step,
    new_recovery_codes,
    new_totp_secret,
    tidy_recovery_code,
    totp_uri,
)
from chalicelib.accounts.service import throttle
from chalicelib.accounts.service.passwords import check_own_password
from chalicelib.accounts.service.people import get_account, request_mail
from chalicelib.accounts.service.sessions import end_session, start_session
from chalicelib.config import load_data, settings
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.outbox import new_event, publish
from chalicelib.kit.secrets import hash_secret, is_secret, seal, unseal

_SECRET_PURPOSE, _RECOVERY_PURPOSE, _TICKET_PURPOSE = "totp", "recovery-code", "second-factor-ticket"
_TRIES = 10


def is_second_factor_on(account_id: str) -> bool:
    factor = repository.find_second_factor(account_id)
    return factor is not None and factor.is_on


def new_ticket(ctx: Context, account_id: str) -> str:
    """Says that this person's password was right a moment ago."""
    until = int((ctx.now + TICKET_LIFETIME).timestamp())
    return seal({"account_id": account_id, "until": until}, _TICKET_PURPOSE)


def finish_sign_in(ctx: Context, ticket: str, code: str) -> StartedSession:
    """The second step. Raises WrongCredentialsError for a ticket that is too old, SecondFactorWrongError."""
    try:
        opened = unseal(ticket, _TICKET_PURPOSE)
    except ValueError:
        raise WrongCredentialsError("Sign in again: too much time has passed.") from None
    if opened["until"] <= ctx.now.timestamp():
        raise WrongCredentialsError("Sign in again: too much time has passed.")
    account_id: str = opened["account_id"]
    check_code(ctx, account_id, code)
    end_session(ctx)
    return start_session(ctx, account_id)


def begin_second_factor(ctx: Context, password: str) -> SecondFactorSetup:
    """A new secret that waits for its first code. Raises WrongPasswordError, SecondFactorStateError."""
    check_own_password(ctx, password)
    secret = new_totp_secret()
    account_id = ctx.caller.account_id
    sealed = seal(secret, _SECRET_PURPOSE, account_id)
    try:
        repository.put_pending_factor(SecondFactor(account_id=account_id, secret_encrypted=sealed, created_at=ctx.now))
    except store.RefusedError as refused:
        raise SecondFactorStateError("Two-step sign-in is on already.") from refused
    return _setup(ctx, secret)


def get_pending_setup(ctx: Context) -> SecondFactorSetup:
    """What waits for its first code, shown again after a mistyped one. Raises SecondFactorStateError."""
    factor = repository.find_second_factor(ctx.caller.account_id)
    if factor is None or factor.is_on:
        raise SecondFactorStateError("Begin to set up two-step sign-in first.")
    return _setup(ctx, _secret_of(factor))


def confirm_second_factor(ctx: Context, code: str) -> RecoveryCodes:
    """Turn it on with the first code. Raises SecondFactorStateError, SecondFactorWrongError."""
    throttle.take_attempt(ctx, "second-factor", ctx.caller.account_id, _TRIES)
    factor = repository.find_second_factor(ctx.caller.account_id)
    if factor is None or factor.is_on:
        raise SecondFactorStateError("Begin to set up two-step sign-in first.")
    step = find_totp_step(_secret_of(factor), code, ctx.now)
    if step is None:
        raise SecondFactorWrongError("The code is wrong. Look at your app and at the clock of your phone.")
    codes = new_recovery_codes()
    try:
        with store.transaction() as tx:
            repository.turn_factor_on(tx, factor, step, [hash_secret(one, _RECOVERY_PURPOSE) for one in codes])
            _tell(tx, ctx, "account.second_factor_on", "second_factor_on")
    except store.RefusedError as refused:
        raise SecondFactorStateError("Begin to set up two-step sign-in first.") from refused
    return RecoveryCodes(codes=codes)


def remove_second_factor(ctx: Context, password: str, code: str) -> None:
    """Turn it off. Raises WrongPasswordError, SecondFactorWrongError, SecondFactorStateError."""
    if not is_second_factor_on(ctx.caller.account_id):
        raise SecondFactorStateError("Two-step sign-in is off already.")
    check_own_password(ctx, password)
    check_code(ctx, ctx.caller.account_id, code)
    with store.transaction() as tx:
        repository.remove_factor(tx, ctx.caller.account_id)
        _tell(tx, ctx, "account.second_factor_off", "second_factor_off")


def check_code(ctx: Context, account_id: str, code: str) -> None:
    """A code of the app or a recovery code, each good once. Raises SecondFactorWrongError, TooManyAttemptsError."""
    throttle.take_attempt(ctx, "second-factor", account_id, _TRIES)
    factor = repository.find_second_factor(account_id)
    if factor is None or not factor.is_on:
        return  # turned off in another window meanwhile: the password alone was enough
    step = find_totp_step(_secret_of(factor), code, ctx.now, factor.last_step)
    if step is not None and repository.use_step(account_id, step):
        throttle.reset_attempts("second-factor", account_id)
        return
    typed = tidy_recovery_code(code)
    used = next((one for one in factor.recovery if is_secret(typed, one, _RECOVERY_PURPOSE)), None)
    if used is None or not repository.use_recovery(factor, used):
        raise SecondFactorWrongError("The code is wrong or was used already. Wait for the next one.")
    throttle.reset_attempts("second-factor", account_id)


def _setup(ctx: Context, secret: str) -> SecondFactorSetup:
    return SecondFactorSetup(secret=secret, uri=totp_uri(secret, ctx.caller.email, load_data("platform")["name"]))


def _secret_of(factor: SecondFactor) -> str:
    return str(unseal(factor.secret_encrypted, _SECRET_PURPOSE, factor.account_id))


def _tell(tx: store.Transaction, ctx: Context, event_type: str, template: str) -> None:
    account = get_account(ctx.caller.account_id)
    publish(tx, new_event(ctx, event_type, account.account_id, tenant_id=ctx.caller.tenant_id))
    link = f"{settings().origin}/account/security"
    request_mail(tx, ctx, to=account.email, template=template, lang=account.lang, name=account.name, link=link)
