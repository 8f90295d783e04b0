"""Password, address, sessions and two-step sign-in, as JSON."""

from __future__ import annotations

from chalicelib.accounts import service
from chalicelib.accounts.domain import (
    Account,
    CodeInvalidError,
    CodeUsedError,
    RecoveryCodes,
    SecondFactorSetup,
    SecondFactorStateError,
    SecondFactorWrongError,
    Session,
    StartedSession,
    TooManyAttemptsError,
    VerificationSent,
    WrongCredentialsError,
    WrongPasswordError,
)
from chalicelib.accounts.schemas import (
    AccountRead,
    EmailChange,
    EmailConfirm,
    OwnSessionRead,
    PasswordChange,
    PasswordReset,
    RecoveryCodesRead,
    ResetRequest,
    SecondFactorBegin,
    SecondFactorCode,
    SecondFactorRead,
    SecondFactorRemove,
    SecondStep,
    SessionRead,
    SignUpRead,
)
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.guards import public, signed_in
from chalicelib.kit.http import NoContent, Router

router = Router(__name__)


def _set_cookie(started: StartedSession) -> dict[str, str]:
    return {"Set-Cookie": service.session_cookie(started)}


@router.route("/accounts/password-resets", methods=["POST"], guard=public, body=ResetRequest, returns=SignUpRead,
              status=202, problems=[TooManyAttemptsError])  # fmt: skip
def request_password_reset(ctx: Context, body: ResetRequest) -> VerificationSent:
    """Mail a link for a new password. The answer is the same for an address that has no account."""
    return service.request_reset(ctx, body)


@router.route("/accounts/password-resets/completions", methods=["POST"], guard=public, body=PasswordReset,
              returns=NoContent, problems=[CodeInvalidError])  # fmt: skip
def reset_password(ctx: Context, body: PasswordReset) -> None:
    """A new password with the code from the mail; every session of the account ends."""
    service.reset_password(ctx, body)


@router.route("/accounts/email-changes/confirmations", methods=["POST"], guard=public, body=EmailConfirm,
              returns=AccountRead, problems=[CodeInvalidError, CodeUsedError])  # fmt: skip
def confirm_email_change(ctx: Context, body: EmailConfirm) -> Account:
    """Confirm a new address with the code from the mail; the old address is told."""
    return service.confirm_email_change(ctx, body.code)


@router.route("/accounts/current/email-changes", methods=["POST"], guard=signed_in, body=EmailChange,
              returns=SignUpRead, status=202, problems=[WrongPasswordError, TooManyAttemptsError])  # fmt: skip
def request_email_change(ctx: Context, body: EmailChange) -> VerificationSent:
    """Mail a link to a new address; nothing changes before it is opened."""
    return service.request_email_change(ctx, body)


@router.route("/accounts/current/password", methods=["PUT"], guard=signed_in, body=PasswordChange,
              returns=SessionRead, problems=[WrongPasswordError, TooManyAttemptsError],
              headers=_set_cookie)  # fmt: skip
def change_password(ctx: Context, body: PasswordChange) -> StartedSession:
    """A new password; every other session ends, this one goes on under a new cookie."""
    return service.change_password(ctx, body)


@router.route("/accounts/current/second-factor", methods=["POST"], guard=signed_in, body=SecondFactorBegin,
              returns=SecondFactorRead, status=201,
              problems=[WrongPasswordError, SecondFactorStateError, TooManyAttemptsError])  # fmt: skip
def begin_second_factor(ctx: Context, body: SecondFactorBegin) -> SecondFactorSetup:
    """A secret for an authenticator app; two-step sign-in is on once a code of it has come back."""
    return service.begin_second_factor(ctx, body.password)


@router.route("/accounts/current/second-factor/confirmation", methods=["POST"], guard=signed_in,
              body=SecondFactorCode, returns=RecoveryCodesRead, status=201,
              problems=[SecondFactorStateError, SecondFactorWrongError, TooManyAttemptsError])  # fmt: skip
def confirm_second_factor(ctx: Context, body: SecondFactorCode) -> RecoveryCodes:
    """Turn two-step sign-in on; the recovery codes are shown this once."""
    return service.confirm_second_factor(ctx, body.code)


@router.route("/accounts/current/second-factor/removal", methods=["POST"], guard=signed_in, body=SecondFactorRemove,
              returns=NoContent,
              problems=[WrongPasswordError, SecondFactorStateError, SecondFactorWrongError,
                        TooManyAttemptsError])  # fmt: skip
def remove_second_factor(ctx: Context, body: SecondFactorRemove) -> None:
    """Turn two-step sign-in off."""
    service.remove_second_factor(ctx, body.password, body.code)


@router.route("/sessions/second-step", methods=["POST"], guard=public, body=SecondStep, returns=SessionRead,
              status=201, problems=[WrongCredentialsError, SecondFactorWrongError, TooManyAttemptsError],
              headers=_set_cookie)  # fmt: skip
def finish_sign_in(ctx: Context, body: SecondStep) -> StartedSession:
    """The second step of signing in: the `ticket` of `second-factor-required`, and a code or a recovery code."""
    return service.finish_sign_in(ctx, body.ticket, body.code)


@router.route("/sessions", methods=["GET"], guard=signed_in, returns=OwnSessionRead, listed=True)
def list_sessions(ctx: Context) -> list[Session]:
    """Where you are signed in."""
    return service.list_own_sessions(ctx)


@router.route("/sessions/{session_id}", methods=["DELETE"], guard=signed_in, returns=NoContent,
              problems=[NotFoundError])  # fmt: skip
def end_one_session(ctx: Context, session_id: str) -> None:
    """Sign out one of your browsers, named as in the list."""
    service.end_one_session(ctx, session_id)


@router.route("/sessions", methods=["DELETE"], guard=signed_in, returns=SessionRead, headers=_set_cookie)
def end_all_sessions(ctx: Context) -> StartedSession:
    """Sign out everywhere; this browser goes on under a new cookie."""
    return service.end_all_sessions(ctx)
