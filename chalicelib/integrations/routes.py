"""Addresses of integrations as JSON, and the public lists of scopes and categories."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.accounts.domain import DeveloperLicenceRequiredError, TooManyAttemptsError
from chalicelib.integrations import service
from chalicelib.integrations.domain import (
    Category,
    ClientSecret,
    CreatedIntegration,
    Integration,
    NameTakenError,
    NewSecret,
    PublicClientError,
    Scope,
    SecretLimitReachedError,
    VersionConflictError,
)
from chalicelib.integrations.schemas import (
    BurnRead,
    BurnRequest,
    CategoryRead,
    CreatedIntegrationRead,
    IntegrationCreate,
    IntegrationRead,
    IntegrationUpdate,
    NewSecretRead,
    ScopeRead,
    SecretRead,
    SecretRotation,
    SecretUpdate,
)
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.guards import alike, role
from chalicelib.kit.http import NoContent, Router
from chalicelib.kit.pagination import Page, PageQuery

router = Router(__name__)

READERS = role("developer", "viewer")
WRITERS = role("developer")


@router.route("/integrations", methods=["POST"], guard=WRITERS, body=IntegrationCreate, returns=CreatedIntegrationRead,
              status=201, keyed=True, problems=[DeveloperLicenceRequiredError, NameTakenError],
              headers=lambda made: {"Location": f"/integrations/{made.integration.integration_id}",
                                    "ETag": service.etag(made.integration)})  # fmt: skip
def create_integration(ctx: Context, body: IntegrationCreate) -> CreatedIntegration:
    """Create a hidden integration; its client secret is in this answer only"""
    return service.create_integration(ctx, body)


@router.route("/integrations", methods=["GET"], guard=READERS, query=PageQuery, returns=IntegrationRead, paged=True)
def list_integrations(ctx: Context, query: PageQuery) -> Page[Integration]:
    return service.list_integrations(ctx, query)


@router.route("/integrations/{integration_id}", methods=["GET"], guard=READERS, returns=IntegrationRead,
              problems=[NotFoundError], headers=lambda found: {"ETag": service.etag(found)})  # fmt: skip
def get_integration(ctx: Context, integration_id: str) -> Integration:
    return service.get_integration(ctx, integration_id)


@router.route("/integrations/{integration_id}", methods=["PATCH"], guard=WRITERS, body=IntegrationUpdate,
              returns=IntegrationRead, conditional=True, headers=lambda found: {"ETag": service.etag(found)}, problems=[
                  DeveloperLicenceRequiredError, NotFoundError, NameTakenError, VersionConflictError])  # fmt: skip
def update_integration(ctx: Context, integration_id: str, body: IntegrationUpdate, if_match: str | None) -> Integration:
    """Change the fields that are sent; null takes a value away"""
    return service.update_integration(ctx, integration_id, body, if_match)


@router.route("/integrations/{integration_id}", methods=["DELETE"], guard=WRITERS, returns=NoContent, conditional=True,
              problems=[DeveloperLicenceRequiredError, NotFoundError, VersionConflictError])  # fmt: skip
def delete_integration(ctx: Context, integration_id: str, if_match: str | None) -> None:
    """Delete it; activations, images and tokens of it end"""
    service.delete_integration(ctx, integration_id, if_match)


@router.route("/integrations/{integration_id}/secrets", methods=["POST"], guard=WRITERS, returns=NewSecretRead,
              status=201, keyed=True, problems=[
                  DeveloperLicenceRequiredError, NotFoundError, PublicClientError, SecretLimitReachedError,
              ])  # fmt: skip
def add_secret(ctx: Context, integration_id: str) -> NewSecret:
    """Add a second client secret; both work until one is revoked"""
    return service.add_secret(ctx, integration_id)


@router.route("/integrations/{integration_id}/secrets/{secret_id}", methods=["DELETE"], guard=WRITERS,
              returns=NoContent, problems=[DeveloperLicenceRequiredError, NotFoundError])  # fmt: skip
def remove_secret(ctx: Context, integration_id: str, secret_id: str) -> None:
    """Revoke a client secret at once"""
    service.remove_secret(ctx, integration_id, secret_id)


@router.route("/integrations/{integration_id}/secrets/rotations", methods=["POST"], guard=WRITERS, body=SecretRotation,
              returns=NewSecretRead, status=201, keyed=True,
              problems=[DeveloperLicenceRequiredError, NotFoundError, SecretLimitReachedError,
                        PublicClientError])  # fmt: skip
def rotate_secret(ctx: Context, integration_id: str, body: SecretRotation) -> NewSecret:
    """Replace a client secret: the old one works on for the overlap"""
    return service.rotate_secret(ctx, integration_id, body)


@router.route("/integrations/{integration_id}/secrets/{secret_id}", methods=["PATCH"], guard=WRITERS, body=SecretUpdate,
              returns=SecretRead, problems=[DeveloperLicenceRequiredError, NotFoundError])  # fmt: skip
def update_secret(ctx: Context, integration_id: str, secret_id: str, body: SecretUpdate) -> ClientSecret:
    """Set when a client secret ends; mails warn thirty days, a week and a day ahead"""
    return service.update_secret(ctx, integration_id, secret_id, body)


@router.route("/burn", methods=["POST"], guard=alike, body=BurnRequest, returns=BurnRead,
              problems=[TooManyAttemptsError])  # fmt: skip
def burn_secret(ctx: Context, body: BurnRequest) -> dict[str, str]:
    """Hand in a client secret you found: it stops working at once and its owners are told"""
    return {"result": "burned" if service.burn_secret(ctx, body.client_secret) else "unknown"}


@router.route("/scopes", methods=["GET"], guard=alike, returns=ScopeRead, listed=True)
def list_scopes(ctx: Context) -> Iterable[Scope]:  # noqa: ARG001 - every view takes the context
    """Every scope, in words, with the module licences of which a company needs one"""
    return service.scope_choices().values()


@router.route("/categories", methods=["GET"], guard=alike, returns=CategoryRead, listed=True)
def list_categories(ctx: Context) -> Iterable[Category]:  # noqa: ARG001 - every view takes the context
    return service.categories().values()
