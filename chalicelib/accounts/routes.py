"""People, sessions and the company one works in, as JSON."""

from __future__ import annotations

from chalicelib.accounts import service
from chalicelib.accounts.domain import (
    Account,
    CodeInvalidError,
    CodeUsedError,
    Company,
    LicenceStateError,
    Precondition,
    SecondFactorRequiredError,
    Session,
    StartedSession,
    TooManyAttemptsError,
    VerificationSent,
    WrongCredentialsError,
)
from chalicelib.accounts.schemas import (
    AccountCreate,
    AccountRead,
    CompanyChoice,
    CompanyRead,
    PreconditionRead,
    SessionCreate,
    SessionRead,
    SignUpRead,
    VerificationCreate,
)
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.guards import public, role, signed_in
from chalicelib.kit.http import NoContent, Router

router = Router(__name__)


def _set_cookie(started: StartedSession) -> dict[str, str]:
    return {"Set-Cookie": service.session_cookie(started)}


def _clear_cookie(_: None) -> dict[str, str]:
    return {"Set-Cookie": service.clearing_cookie()}


@router.route("/accounts", methods=["POST"], guard=public, body=AccountCreate, returns=SignUpRead, status=202,
              problems=[TooManyAttemptsError])  # fmt: skip
def sign_up(ctx: Context, body: AccountCreate) -> VerificationSent:
    """Sign up: a mail with a link goes to the address. The answer is the same for an address that has an account."""
    return service.sign_up(ctx, body)


@router.route("/accounts/verifications", methods=["POST"], guard=public, body=VerificationCreate, returns=AccountRead,
              status=201, problems=[CodeInvalidError, CodeUsedError])  # fmt: skip
def verify_sign_up(ctx: Context, body: VerificationCreate) -> Account:
    """Confirm the address with the code from the mail: the account and its company begin."""
    return service.verify_sign_up(ctx, body.code)


@router.route("/sessions", methods=["POST"], guard=public, body=SessionCreate, returns=SessionRead, status=201,
              problems=[WrongCredentialsError, SecondFactorRequiredError, TooManyAttemptsError],
              headers=_set_cookie)  # fmt: skip
def sign_in(ctx: Context, body: SessionCreate) -> StartedSession:
    """Sign in: the session is the cookie of the answer."""
    return service.sign_in(ctx, body)


@router.route("/sessions/current", methods=["GET"], guard=signed_in, returns=SessionRead)
def get_current_session(ctx: Context) -> Session:
    """Who is signed in, in which company, with which roles."""
    return service.get_current_session(ctx)


@router.route("/sessions/current", methods=["DELETE"], guard=public, returns=NoContent, headers=_clear_cookie)
def end_session(ctx: Context) -> None:
    """Sign out."""
    service.end_session(ctx)


@router.route("/sessions/current/company", methods=["PUT"], guard=signed_in, body=CompanyChoice, returns=SessionRead,
              problems=[NotFoundError], headers=_set_cookie)  # fmt: skip
def switch_company(ctx: Context, body: CompanyChoice) -> StartedSession:
    """Go on in another company of yours, in a new session."""
    return service.switch_company(ctx, body.tenant_id)


@router.route("/companies/current", methods=["GET"], guard=signed_in, returns=CompanyRead)
def get_current_company(ctx: Context) -> Company:
    """The company you are working in."""
    return service.get_current_company(ctx)


@router.route("/companies/current/preconditions", methods=["GET"], guard=signed_in, returns=PreconditionRead,
              listed=True)  # fmt: skip
def list_preconditions(ctx: Context) -> list[Precondition]:
    """What publishing needs, done or not, and who must act."""
    return service.list_current_preconditions(ctx)


@router.route("/companies/current/licence-request", methods=["POST"], guard=role("administrator", "owner"),
              returns=CompanyRead, problems=[LicenceStateError])  # fmt: skip
def request_licence(ctx: Context) -> Company:
    """Ask the operator for a developer licence; asking again changes nothing."""
    return service.request_licence(ctx)
