"""Sign-in: the same words and the same work for a wrong password and an unknown address (AZ-60)."""

from __future__ import annotations

from chalicelib.accounts import repository
from chalicelib.accounts.domain import SecondFactorRequiredError, StartedSession, WrongCredentialsError, parse_email
from chalicelib.accounts.schemas import SessionCreate
from chalicelib.accounts.service import throttle
from chalicelib.accounts.service.passwords import is_password
from chalicelib.accounts.service.second_factor import is_second_factor_on, new_ticket
from chalicelib.accounts.service.sessions import end_session, start_session
from chalicelib.kit.context import Context

_WHAT = "sign-in"
_WHAT_FROM = "sign-in-from"


def sign_in(ctx: Context, command: SessionCreate) -> StartedSession:
    """A new session. Raises WrongCredentialsError, or TooManyAttemptsError before the password is looked at.

    Raises SecondFactorRequiredError with a ticket for the second step when the account has one.
    An attempt is counted before it is judged, so that parallel guesses cannot outrun the counter.
    """
    email = _normalised(command.email)
    throttle.take_attempt(ctx, _WHAT, email, throttle.TRIES_PER_ACCOUNT)
    throttle.take_attempt(ctx, _WHAT_FROM, ctx.source_ip, throttle.TRIES_PER_ADDRESS)
    login = repository.find_login(email)
    if not is_password(command.password, login[1] if login else None) or login is None:
        raise WrongCredentialsError("The e-mail address or the password is wrong, or the address is not confirmed yet.")
    throttle.reset_attempts(_WHAT, email)
    throttle.give_back_attempt(ctx, _WHAT_FROM, ctx.source_ip)
    if is_second_factor_on(login[0].account_id):
        raise SecondFactorRequiredError(
            "Type the code that your app shows.", extra={"ticket": new_ticket(ctx, login[0].account_id)}
        )
    end_session(ctx)  # AZ-45: whoever signs in again leaves the session they had
    return start_session(ctx, login[0].account_id)


def _normalised(email: str) -> str:
    try:
        return parse_email(email)
    except ValueError:
        return email[:254].lower()  # nobody has it, and nobody need know why
