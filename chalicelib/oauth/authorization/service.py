"""From an authorization request to a code: begin, open for the person in front of it, approve or deny."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.accounts import service as accounts
from chalicelib.activations import service as activations
from chalicelib.activations.domain import Activation, Consent, ConsentKind
from chalicelib.config import load_data
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ForbiddenError, NotFoundError, UnavailableError
from chalicelib.kit.log import log
from chalicelib.kit.request import Form
from chalicelib.kit.secrets import seal, unseal
from chalicelib.licences import service as licences
from chalicelib.oauth import codes
from chalicelib.oauth.attempts.domain import Cause, Ending, Step
from chalicelib.oauth.attempts.recorder import attempt_id_of, record_end
from chalicelib.oauth.authorization import checks, companies, repository
from chalicelib.oauth.authorization.domain import (
    AlreadyAnsweredError,
    AuthorizationTransaction,
    Candidate,
    Decision,
    IntegrationUnavailableError,
    Outcome,
    TransactionExpiredError,
    new_transaction,
    restarted,
)
from chalicelib.oauth.authorization.redirects import with_answer
from chalicelib.oauth.domain import TokenSubject, issuer
from chalicelib.oauth.errors import AccessDeniedError, ConsentRequiredError, LoginRequiredError

_ANSWER = "authorization-answer"
_TRIES = 3  # somebody else of the company may consent in the same second


@dataclass(frozen=True, slots=True)
class Opened:
    """A transaction in front of a person: with the company it begins with, and what that company agreed to before."""

    transaction: AuthorizationTransaction
    chosen: Candidate
    standing: Activation | None
    client: Integration


def begin(ctx: Context, sent: Form) -> AuthorizationTransaction:
    """Check the request and store it; nobody has opened it yet.

    Raises ClientNotTrustedError (never redirected), OAuthError (addressed to the redirect URI).
    """
    transaction, _ = _new(ctx, sent)
    _store(transaction)
    return transaction


def begin_and_open(ctx: Context, sent: Form) -> Opened:
    """The same for a person who is signed in, in one write."""
    transaction, client = _new(ctx, sent)
    opened = _opened(ctx, transaction, client, "")
    _store(opened.transaction)
    return opened


def reopen(ctx: Context, transaction_id: str, wanted: str) -> Opened:
    """The consent page again: after sign-in, for another company (`wanted`), after a reload.

    Somebody else than who opened it first gets a transaction of their own (AZ-46).
    Raises TransactionExpiredError, AlreadyAnsweredError, IntegrationUnavailableError, OAuthError.
    """
    transaction = _get_live(ctx, transaction_id)
    if transaction.account_id not in {None, ctx.caller.account_id}:
        anew = restarted(transaction, ctx.new_id("atx"), ctx.now)
        opened = _opened(ctx, anew, _get_client(transaction), wanted)
        repository.add(opened.transaction)
        return opened
    if transaction.decision is not None:
        raise AlreadyAnsweredError("You have answered this request. Go back to the integration and begin again there.")
    opened = _opened(ctx, transaction, _get_client(transaction), wanted)
    try:
        repository.save_opened(opened.transaction)
    except store.RefusedError as refused:
        raise UnavailableError from refused
    return opened


def approve(ctx: Context, transaction_id: str, tenant_id: str) -> str:
    """The address to send the browser to, with a code. Pressing the button twice gives the same address.

    One transaction: the decision, the activation with its consent, the code, the event. Raises ForbiddenError,
    TransactionExpiredError, AlreadyAnsweredError; UnavailableError when the outcome is unknown: repeating is safe.
    """
    for _ in range(_TRIES):
        transaction = _get_mine(ctx, transaction_id)
        if transaction.decision is not None:
            return _repeated(ctx, transaction, Decision.APPROVED)
        candidate = _get_candidate(ctx, transaction, tenant_id)
        standing = activations.find_activation(candidate.tenant_id, transaction.integration_id)
        try:
            return _approve(ctx, transaction, candidate, standing)
        except store.RefusedError:
            continue  # decided by a parallel press of the button, or the activation was changed: look again
    raise UnavailableError(log={"cause": "consent met other consents"})


def deny(ctx: Context, transaction_id: str) -> str:
    """The address to send the browser to, with access_denied. Raises what `approve` raises."""
    transaction = _get_mine(ctx, transaction_id)
    if transaction.decision is not None:
        return _repeated(ctx, transaction, Decision.DENIED)
    answer = _answer(transaction, error=AccessDeniedError.error, error_description=AccessDeniedError.title)
    try:
        with store.transaction() as tx:
            repository.decide(tx, transaction, _outcome(ctx, transaction, Decision.DENIED, answer))
            attempt_id = attempt_id_of(transaction.transaction_id, ctx)
            denied = Ending(
                client_id=transaction.client_id, attempt_id=attempt_id, step=Step.CONSENT, cause=Cause.DENIED
            )
            record_end(tx, ctx, denied)
    except store.RefusedError:
        return _repeated(ctx, _get_mine(ctx, transaction_id), Decision.DENIED)
    return answer


def _new(ctx: Context, sent: Form) -> tuple[AuthorizationTransaction, Integration]:
    client = checks.find_client(sent, integrations.find_by_client_id)
    asked = checks.trust(sent, client)
    owner = accounts.get_company(client.tenant_id)
    checks.check_available(client, owner)
    checks.check(asked)
    if not asked.may_interact:
        # A code is given only for a press of the button: without a page there is nothing to press (ADR).
        error = ConsentRequiredError() if _is_signed_in(ctx) else LoginRequiredError()
        raise error.sent_to(asked.redirect_uri, asked.state)
    return new_transaction(asked, owner.name, ctx.new_id("atx"), ctx.now), client


def _is_signed_in(ctx: Context) -> bool:
    return ctx.actor is not None and ctx.actor.is_session


def _store(transaction: AuthorizationTransaction) -> None:
    if repository.add(transaction):
        # RFC 9700 §2.1.1: a challenge must be made anew for each request; it works, and the log tells.
        log.warning("pkce_challenge_reused", extra={"client_id": transaction.client_id})


def _opened(ctx: Context, transaction: AuthorizationTransaction, client: Integration, wanted: str) -> Opened:
    caller = ctx.caller
    licence: str = load_data("platform")["integration_licence"]
    catalogue = integrations.scope_catalogue()
    candidates = tuple(
        companies.new_candidate(
            entry.company,
            entry.membership,
            transaction,
            catalogue,
            licence,
            licences.find_right(client, entry.company, caller.account_id, ctx.now),
        )
        for entry in accounts.list_companies(caller.account_id)
    )
    if not any(entry.is_eligible for entry in candidates):
        current = companies.choose(candidates, "", caller.tenant_id) if candidates else None
        refusal = companies.refusal_of(current).sent_to(transaction.redirect_uri, transaction.state)
        refusal.log["client_id"] = transaction.client_id
        if current is not None:
            refusal.log["tenant_number"] = current.number
        raise refusal
    chosen = companies.choose(candidates, wanted, caller.tenant_id)
    standing = activations.find_activation(chosen.tenant_id, transaction.integration_id)
    opened = replace(transaction, account_id=caller.account_id, candidates=candidates)
    return Opened(opened, chosen, standing if standing and standing.is_active else None, client)


def _get_live(ctx: Context, transaction_id: str) -> AuthorizationTransaction:
    transaction = repository.find(transaction_id)
    if transaction is None or not transaction.is_live(ctx.now):
        raise TransactionExpiredError("Go back to the integration and begin again there.")
    return transaction


def _get_mine(ctx: Context, transaction_id: str) -> AuthorizationTransaction:
    transaction = _get_live(ctx, transaction_id)
    if transaction.account_id != ctx.caller.account_id:
        raise ForbiddenError("Somebody else began this. Open the request again to decide it yourself.")
    return transaction


def _get_client(transaction: AuthorizationTransaction) -> Integration:
    """The client as it is now. Raises IntegrationUnavailableError when it is gone or suspended meanwhile."""
    client = integrations.find_by_client_id(transaction.client_id)
    if client is None:
        raise IntegrationUnavailableError("The integration has been removed by its developer.")
    try:
        checks.check_available(client, accounts.get_company(client.tenant_id))
    except IntegrationUnavailableError as error:
        error.log["client_id"] = transaction.client_id
        raise
    return client


def _get_candidate(ctx: Context, transaction: AuthorizationTransaction, tenant_id: str) -> Candidate:
    """The company chosen in the form: one the page offered, and the person still belongs to it."""
    candidate = transaction.candidate(tenant_id)
    if candidate is None or not candidate.is_eligible:
        raise ForbiddenError("This company cannot grant what the integration asks for.")
    if candidate.tenant_id == ctx.caller.tenant_id:
        is_administrator, is_reader = "administrator" in ctx.caller.roles, "user" not in ctx.caller.roles
    else:
        membership = accounts.find_membership(ctx.caller.account_id, tenant_id)
        if membership is None:
            raise NotFoundError("You belong to no such company.")
        is_administrator, is_reader = membership.is_administrator, membership.is_reader
    if transaction.needs_administrator and not is_administrator:
        raise ForbiddenError("Only a system administrator of the company may approve this.")
    if is_reader:
        raise ForbiddenError("Who only reads in the company may approve nothing for it.")
    return candidate


def _approve(
    ctx: Context, transaction: AuthorizationTransaction, candidate: Candidate, standing: Activation | None
) -> str:
    consent = _new_consent(ctx, transaction, candidate)
    attempt_id = attempt_id_of(transaction.transaction_id, ctx)
    with store.transaction() as tx:
        activation = activations.activate(tx, ctx, consent, standing)
        subject = TokenSubject(
            client_id=transaction.client_id,
            integration_id=transaction.integration_id,
            activation_id=activation.activation_id,
            tenant_id=candidate.tenant_id,
            tenant_number=candidate.number,
            account_id=ctx.caller.account_id,
            kind=transaction.kind,
            scopes=transaction.scopes,
        )
        code = codes.put_code(
            tx,
            ctx,
            subject,
            redirect_uri=transaction.redirect_uri_sent,
            code_challenge=transaction.code_challenge,
            attempt_id=attempt_id,
        )
        approved = Ending(
            client_id=transaction.client_id, attempt_id=attempt_id, step=Step.CODE, cause=Cause.CODE_NOT_FETCHED,
            tenant_number=candidate.number,
        )  # fmt: skip
        record_end(tx, ctx, approved)
        answer = _answer(transaction, code=code)
        repository.decide(tx, transaction, _outcome(ctx, transaction, Decision.APPROVED, answer))
    log.info("authorization.approved", extra={"client_id": transaction.client_id, "tenant_id": candidate.tenant_id})
    return answer


def _new_consent(ctx: Context, transaction: AuthorizationTransaction, candidate: Candidate) -> Consent:
    return Consent(
        consent_id=ctx.new_id("con"),
        kind=ConsentKind(transaction.kind),
        scopes=transaction.scopes,
        account_id=ctx.caller.account_id,
        tenant_id=candidate.tenant_id,
        tenant_number=candidate.number,
        company_name=candidate.name,
        integration_id=transaction.integration_id,
        integration_name=transaction.integration_name,
        integration_version=transaction.integration_version,
        registered_scopes=transaction.registered_scopes,
        owner_tenant_id=transaction.owner_tenant_id,
        client_id=transaction.client_id,
        redirect_uri=transaction.redirect_uri,
        price_version=candidate.price_version,
        agreement_version=candidate.agreement_version,
        country_code=candidate.country_code,
        consented_at=ctx.now,
    )


def _outcome(ctx: Context, transaction: AuthorizationTransaction, decision: Decision, answer: str) -> Outcome:
    return Outcome(
        decision=decision,
        decided_by=ctx.operation_id,
        decided_at=ctx.now,
        answer_encrypted=seal(answer, _ANSWER, transaction.transaction_id),
    )


def _repeated(ctx: Context, transaction: AuthorizationTransaction, decision: Decision) -> str:
    """The same answer for the same button, not a second code."""
    if transaction.answer_encrypted is None or not transaction.can_repeat(decision, ctx.now):
        raise AlreadyAnsweredError("You have answered this request. Go back to the integration and begin again there.")
    answer: str = unseal(transaction.answer_encrypted, _ANSWER, transaction.transaction_id)
    return answer


def _answer(transaction: AuthorizationTransaction, **answer: str) -> str:
    # RFC 9207 §2: every answer names the issuer.
    return with_answer(transaction.redirect_uri, {**answer, "state": transaction.state, "iss": issuer()})
