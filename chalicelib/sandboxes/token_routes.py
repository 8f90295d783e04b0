"""API tokens for pipelines, as JSON and as a page. A token cannot make or revoke tokens: a person does."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import (
    ApiToken,
    ApiTokenLimitReachedError,
    CreatedApiToken,
    DeveloperLicenceRequiredError,
)
from chalicelib.config import settings
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, NotFoundError, RejectedError
from chalicelib.kit.gate import parse_form
from chalicelib.kit.guards import role
from chalicelib.kit.http import NoContent, Router
from chalicelib.kit.i18n import translate
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.sandboxes.pages import HOME
from chalicelib.sandboxes.schemas import NAME_MAX, ApiTokenCreate, ApiTokenCreated, ApiTokenRead

router = Router(__name__)
pages = Router(__name__ + ".pages", kind="page", errors=page_errors)

_HERE = f"{HOME}/tokens"
_CREATED, _LIMIT = 201, 409


@router.route("/api-tokens", methods=["POST"], guard=role("developer"), body=ApiTokenCreate, returns=ApiTokenCreated,
              status=_CREATED, problems=[ApiTokenLimitReachedError, DeveloperLicenceRequiredError])  # fmt: skip
def create_api_token(ctx: Context, body: ApiTokenCreate) -> CreatedApiToken:
    """Make an API token for a pipeline"""
    return accounts.create_api_token(ctx, body.name)


@router.route("/api-tokens", methods=["GET"], guard=role("developer"), returns=ApiTokenRead, listed=True)
def list_api_tokens(ctx: Context) -> Sequence[ApiToken]:
    """List the API tokens of your company"""
    return accounts.list_api_tokens(ctx)


@router.route("/api-tokens/{token_id}", methods=["DELETE"], guard=role("developer"), returns=NoContent,
              problems=[NotFoundError])  # fmt: skip
def delete_api_token(ctx: Context, token_id: str) -> None:
    """Revoke an API token; repeating it is no error"""
    accounts.revoke_api_token(ctx, token_id)


@pages.raw(_HERE, methods=["GET"], guard=role("developer"))
def show_tokens(ctx: Context, request: Request) -> Response:
    return _page(ctx, request)


@pages.raw(_HERE, methods=["POST"], guard=role("developer"))
def post_token(ctx: Context, request: Request) -> Response:
    """The token is in this answer only, so there is nothing to redirect to."""
    form = read_form(ctx, request)
    try:
        created = accounts.create_api_token(ctx, parse_form(ApiTokenCreate, form).name)
    except RejectedError as error:
        return _page(ctx, request, status=error.status, error=error.errors[0]["message"])
    except AppError as error:
        if error.status != _LIMIT:
            raise
        return _page(ctx, request, status=error.status, error=translate(pick_lang(request), error.detail))
    return _page(ctx, request, created=created)


@pages.raw(f"{_HERE}/{{token_id}}/revoke", methods=["POST"], guard=role("developer"))
def revoke_token_page(ctx: Context, request: Request, token_id: str) -> Response:
    read_form(ctx, request)
    accounts.revoke_api_token(ctx, token_id)
    return go(ctx, request, _HERE, "The token is revoked.")


def _page(
    ctx: Context, request: Request, *, status: int = 200, error: str = "", created: CreatedApiToken | None = None
) -> Response:
    return show(
        ctx, request, "sandboxes/tokens.html", title="Tokens for pipelines", active=HOME, status=status, error=error,
        created=created, tokens=accounts.list_api_tokens(ctx), name_max=NAME_MAX, origin=settings().origin,
    )  # fmt: skip
