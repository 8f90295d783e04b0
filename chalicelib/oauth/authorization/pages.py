"""The authorization endpoint and its consent page over HTTP; errors are a redirect or a page, by their class."""

from __future__ import annotations

from urllib.parse import quote

from chalicelib.accounts import service as accounts
from chalicelib.images import service as images
from chalicelib.images.domain import ImageKind
from chalicelib.integrations import service as integrations
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, ForbiddenError, MalformedRequestError, UnsupportedMediaTypeError
from chalicelib.kit.guards import public, signed_in
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import translate
from chalicelib.kit.pages import form_token, page_errors, pick_lang, read_form, show
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response, redirect
from chalicelib.oauth.attempts.domain import Step
from chalicelib.oauth.attempts.recorder import record_refusal
from chalicelib.oauth.authorization import service
from chalicelib.oauth.authorization.domain import AlreadyAnsweredError, Decision, TransactionExpiredError
from chalicelib.oauth.authorization.redirects import csp_source, host_of, with_answer
from chalicelib.oauth.authorization.service import Opened
from chalicelib.oauth.domain import issuer
from chalicelib.oauth.errors import ClientNotTrustedError, OAuthError

STARTS_PER_ADDRESS = 300  # anonymous requests in fifteen minutes: an office on one address signs in once a person

_PATH = "/oauth-v1/auth"
_OWN_PAGE = (ClientNotTrustedError, TransactionExpiredError, AlreadyAnsweredError)
_SWITCH = "switch"  # the third button: somebody else wants to decide


def authorization_errors(error: AppError, ctx: Context, request: Request) -> Response:
    """Who may be told is the error's class: OAuthError goes to the verified redirect URI, everything else is a page."""
    if isinstance(error, OAuthError) and error.redirect_uri:
        return _error_redirect(error, ctx, request)
    if error.status == 401:  # noqa: PLR2004 - not signed in (any more): sign in and come back to this request
        return _to_sign_in(request.path)
    if isinstance(error, ForbiddenError):  # a form of an older session or of another site: begin again, in safety
        error.extra.setdefault("remedy", {"href": request.path, "label": "Open the request again"})
    if not isinstance(error, _OWN_PAGE):
        return page_errors(error, ctx, request)
    short_id = _record(error, ctx, request)
    return show(
        ctx,
        request,
        "oauth/refused.html",
        title=error.title,
        status=error.status,
        private_frame=True,
        detail=translate(pick_lang(request), error.detail),
        short_id=short_id,
        is_developers=type(error) is ClientNotTrustedError,
    )


# The endpoint takes requests from any site, as the RFC wants it: no same-origin rule here (kind is not "page").
endpoint = Router(__name__, errors=authorization_errors, kind="oauth")
pages = Router(f"{__name__}.consent", errors=authorization_errors, kind="page")


@endpoint.raw(_PATH, methods=["GET"], guard=public)
def authorize(ctx: Context, request: Request) -> Response:
    """Authorization endpoint (RFC 6749 §3.1): sign-in if needed, the consent page, a redirect back."""
    if ctx.actor is None or not ctx.actor.is_session:
        _take_start(ctx)
        return _to_sign_in(f"{_PATH}/{service.begin(ctx, request.query).transaction_id}")
    return _consent_page(ctx, request, service.begin_and_open(ctx, request.query))


@endpoint.raw(_PATH, methods=["POST"], guard=public)
def authorize_by_form(ctx: Context, request: Request) -> Response:
    """The same as a form. A browser sends no session cookie with another site's form, so the page follows by GET."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise UnsupportedMediaTypeError("Send the parameters as application/x-www-form-urlencoded.")
    _take_start(ctx)
    return _away(f"{_PATH}/{service.begin(ctx, request.form()).transaction_id}")


@pages.raw(_PATH + "/{transaction_id}", methods=["GET"], guard=signed_in)
def show_consent(ctx: Context, request: Request, transaction_id: str) -> Response:
    """The consent page of a stored request: after sign-in, and for another company."""
    opened = service.reopen(ctx, transaction_id, request.query.get("tenant_id") or "")
    return _consent_page(ctx, request, opened)


@pages.raw(_PATH + "/{transaction_id}", methods=["POST"], guard=signed_in)
def decide(ctx: Context, request: Request, transaction_id: str) -> Response:
    """The decision. Of the form only the button and the company count: all else comes from the transaction (AZ-12)."""
    form = read_form(ctx, request, _purpose(transaction_id))
    if form.get("decision") == _SWITCH:
        accounts.end_session(ctx)
        return _to_sign_in(request.path).with_cookie(accounts.clearing_cookie())
    if form.repeated() & {"decision", "tenant_id"}:
        raise MalformedRequestError("The form says two things at once.")
    if form.get("decision") == Decision.APPROVED:
        location = service.approve(ctx, transaction_id, form.get("tenant_id") or "")
    elif form.get("decision") == Decision.DENIED:
        location = service.deny(ctx, transaction_id)
    else:
        raise MalformedRequestError("Press one of the two buttons.")
    return _away(location)


def _consent_page(ctx: Context, request: Request, opened: Opened) -> Response:
    transaction, standing = opened.transaction, opened.standing
    lang = pick_lang(request)
    agreed = standing.scopes if standing else frozenset()
    catalogue = integrations.scope_catalogue()
    asked = [(scope, catalogue[scope].description.text(lang)) for scope in catalogue if scope in transaction.scopes]
    others = [entry.description.text(lang) for scope, entry in catalogue.items() if scope not in transaction.scopes]
    pictures = images.list_listed_images(opened.client)
    return show(
        ctx,
        request,
        "oauth/consent.html",
        title="Approve an integration",
        private_frame=True,
        # Chromium follows form-action through redirects: without this the answer to Approve would be blocked (ui.md).
        form_action=(csp_source(transaction.redirect_uri),),
        transaction=transaction,
        client=opened.client,
        logo=next((image.url for image in pictures if image.kind is ImageKind.LOGO), ""),
        chosen=opened.chosen,
        asked=[(scope, text, standing is not None and scope not in agreed) for scope, text in asked],
        reasons=opened.client.reasons,
        others=others,
        is_known=standing is not None,
        destination=host_of(transaction.redirect_uri),
        action=f"{_PATH}/{transaction.transaction_id}",
        consent_token=form_token(ctx, request, _purpose(transaction.transaction_id)),
    )


def _take_start(ctx: Context) -> None:
    """Each request of somebody we do not know leaves a row: an address gets so many. Raises TooManyAttemptsError."""
    accounts.take_attempt(ctx, "authorization", ctx.source_ip, STARTS_PER_ADDRESS)


def _purpose(transaction_id: str) -> str:
    return f"consent:{transaction_id}"


def _to_sign_in(path: str) -> Response:
    return _away(f"/sign-in?next={quote(path, safe='')}")


def _record(error: AppError, ctx: Context, request: Request) -> str:
    """One row of the flight recorder; the short id it is found by."""
    client_id = str(error.log.get("client_id") or request.query.get("client_id") or "")
    step = Step.REQUEST if request.path == _PATH else Step.CONSENT
    return record_refusal(ctx, error, client_id=client_id, is_counted=False, step=step)


def _error_redirect(error: OAuthError, ctx: Context, request: Request) -> Response:
    _record(error, ctx, request)
    answer = {"error": error.error, "error_description": error.description}
    if error.state:
        answer["state"] = error.state
    location = with_answer(error.redirect_uri, answer | {"iss": issuer()})
    if request.path != _PATH and request.headers.get("sec-fetch-mode") == "navigate":
        # A browser may have come here by the sign-in form, whose form-action Chromium applies to the whole chain of
        # redirects: it would stop without a word. A page in between ends the chain; programs get the plain redirect.
        return show(
            ctx, request, "oauth/back.html", title="Back to the integration", private_frame=True, location=location,
            destination=host_of(error.redirect_uri), reason=translate(pick_lang(request), error.title),
        )  # fmt: skip
    return _away(location)


def _away(location: str) -> Response:
    # RFC 9700 §4.12: 303, so that the browser never sends the form on; §4.2: no referrer, the address carries a code.
    return redirect(location).with_headers(Referrer_Policy="no-referrer")
