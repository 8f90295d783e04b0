"""Sign-up: an account begins when the code that was mailed to its address comes back."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from chalicelib.accounts import repository
from chalicelib.accounts.domain import (
    OPERATOR_TENANT_ID,
    Account,
    CodeInvalidError,
    CodeUsedError,
    Company,
    CompanyKind,
    Membership,
    PortalRole,
    SignUp,
    StaffRole,
    TooManyAttemptsError,
    VerificationSent,
    find_password_fault,
)
from chalicelib.accounts.schemas import AccountCreate
from chalicelib.accounts.service import throttle
from chalicelib.accounts.service.companies import new_number
from chalicelib.accounts.service.passwords import hash_password
from chalicelib.accounts.service.people import request_mail
from chalicelib.config import load_data, settings
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import RejectedError, UnavailableError
from chalicelib.kit.outbox import new_event, publish
from chalicelib.kit.secrets import current_key_name, has_checksum, hash_secret, key_names, mint

_PURPOSE = "sign-up"
_CODE_LENGTH = 50
_NUMBER_TRIES = 5


def sign_up(ctx: Context, command: AccountCreate, next_path: str = "/") -> VerificationSent:
    """Send the verification mail, or to an address that has an account a mail that says so: nobody else learns which.

    Raises RejectedError for the password, TooManyAttemptsError by network address.
    """
    fault = find_password_fault(command.password, command.email)
    if fault:
        raise RejectedError.field("/password", fault)
    throttle.take_attempt(ctx, "sign-up-from", ctx.source_ip, throttle.SIGN_UPS_PER_ADDRESS)
    password_hash = hash_password(command.password)  # also for a known address: the same work
    is_known = repository.find_account_id_by_email(command.email) is not None
    try:
        throttle.take_attempt(ctx, "sign-up", command.email, throttle.MAILS_PER_PERSON)
    except TooManyAttemptsError:
        return VerificationSent(email=command.email)  # enough mails for this address; the answer stays the same
    with store.transaction() as tx:
        if is_known:
            link = f"{settings().origin}/sign-in"
            request_mail(tx, ctx, to=command.email, template="account_exists", lang=command.lang, link=link)
        else:
            _send_code(tx, ctx, command, password_hash, next_path)
    return VerificationSent(email=command.email)


def find_sign_up(ctx: Context, code: str) -> SignUp:
    """What waits for this code. Raises CodeInvalidError, CodeUsedError."""
    found = repository.find_sign_up(_hash_code(code), ctx.now) if _is_code(code) else None
    if found is None:
        raise CodeInvalidError("The link is not valid or older than a day. Sign up again to get a new one.")
    waiting, is_used = found
    if is_used:
        raise CodeUsedError("This address is confirmed already. Sign in.")
    return waiting


def verify_sign_up(ctx: Context, code: str) -> Account:
    """The account with its company, made in one transaction with the use of the code.

    Raises CodeInvalidError, CodeUsedError (also when the address was confirmed through another link meanwhile).
    """
    waiting = find_sign_up(ctx, code)
    account = Account(
        account_id=ctx.new_id("acc"), email=waiting.email, name=waiting.name, lang=waiting.lang, created_at=ctx.now
    )
    for _ in range(_NUMBER_TRIES):
        try:
            with store.transaction() as tx:
                repository.use_sign_up(tx, _hash_code(code), ctx.now)
                repository.add_account_parts(tx, account, waiting.password_hash)
                join_company(tx, ctx, account, waiting)
        except store.RefusedError as refused:
            if refused.parts.keys() & {"code", "email"}:
                raise CodeUsedError("This address is confirmed already. Sign in.") from refused
        else:
            return account
    raise UnavailableError(log={"cause": "no free company number"})


def new_live_company(ctx: Context, *, name: str, organization_number: str = "", email: str = "") -> Company:
    """A live company as every new registration gets it."""
    return Company(
        tenant_id=ctx.new_id("ten"),
        number=new_number(),
        name=name,
        organization_number=organization_number,
        email=email,
        modules=frozenset(load_data("platform")["default_modules"]),
        country_code=load_data("platform")["country"],
        created_at=ctx.now,
    )


def _send_code(tx: store.Transaction, ctx: Context, command: AccountCreate, password_hash: str, next_path: str) -> None:
    code = f"{current_key_name()}-{mint(_CODE_LENGTH)}"
    waiting = SignUp(
        email=command.email,
        name=command.name,
        password_hash=password_hash,
        lang=command.lang,
        company_name=command.company_name,
        organization_number=command.organization_number,
        next_path=next_path,
    )
    repository.put_sign_up(tx, _hash_code(code), waiting, ctx.now)
    link = f"{settings().origin}/verify?code={quote(code)}"
    request_mail(tx, ctx, to=command.email, template="verify_email", lang=command.lang, name=command.name, link=link)


def join_company(tx: store.Transaction, ctx: Context, account: Account, waiting: SignUp) -> None:
    """The portal feature comes at once: the person is administrator and owner of a company of their own.

    The operator's first person, named by configuration, becomes staff of the operator's company instead.
    """
    membership = Membership(
        account_id=account.account_id,
        tenant_id=OPERATOR_TENANT_ID,
        is_administrator=True,
        created_at=ctx.now,
    )
    if account.email == settings().operator_email:
        _join_operator(tx, ctx, replace(membership, staff_role=StaffRole.ADMINISTRATOR))
        return
    company = new_live_company(
        ctx,
        name=waiting.company_name or account.name,
        organization_number=waiting.organization_number,
        email=account.email,
    )
    repository.add_company_parts(
        tx, company, replace(membership, tenant_id=company.tenant_id, portal_role=PortalRole.OWNER)
    )
    publish(tx, new_event(ctx, "company.created", company.tenant_id, kind=str(company.kind)))


def _join_operator(tx: store.Transaction, ctx: Context, membership: Membership) -> None:
    if repository.find_company(OPERATOR_TENANT_ID) is not None:
        repository.put_membership(tx, membership)
        return
    company = Company(
        tenant_id=OPERATOR_TENANT_ID,
        number=new_number(),
        name=load_data("platform")["name"],
        kind=CompanyKind.OPERATOR,
        created_at=ctx.now,
    )
    repository.add_company_parts(tx, company, membership)


def _is_code(code: str) -> bool:
    key_name, _, body = code.partition("-")
    return len(body) == _CODE_LENGTH and body.isascii() and key_name in key_names() and has_checksum(body)


def _hash_code(code: str) -> str:
    key_name, _, body = code.partition("-")
    return hash_secret(body, _PURPOSE, key_name)
