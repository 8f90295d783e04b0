"""Activations over JSON: the customer's own, and those of a developer's integration."""

from __future__ import annotations

from chalicelib.accounts.domain import DeveloperLicenceRequiredError
from chalicelib.activations import service
from chalicelib.activations.domain import ActivationNotFoundError, CurrentActivation, ScopePreview
from chalicelib.activations.schemas import ActivationRead, CustomerRead, ScopePreviewRead, ScopeQuery
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ForbiddenError, NotFoundError
from chalicelib.kit.guards import role, signed_in
from chalicelib.kit.http import NoContent, Router
from chalicelib.kit.pagination import Page, PageQuery

router = Router(__name__)


@router.route("/activations", methods=["GET"], guard=signed_in, query=PageQuery, returns=ActivationRead, paged=True)
def list_activations(ctx: Context, query: PageQuery) -> Page[CurrentActivation]:
    """What the company you are working in has activated"""
    return service.list_own(ctx, query)


@router.route(
    "/activations/{integration_id}",
    methods=["DELETE"],
    guard=signed_in,
    returns=NoContent,
    problems=[ActivationNotFoundError, ForbiddenError],
)
def end_activation(ctx: Context, integration_id: str) -> None:
    """Disconnect an integration: its tokens stop working"""
    service.end_activation(ctx, integration_id)


@router.route(
    "/integrations/{integration_id}/activations",
    methods=["GET"],
    guard=role("developer", "viewer"),
    query=PageQuery,
    returns=CustomerRead,
    paged=True,
    problems=[NotFoundError],
)
def list_integration_activations(ctx: Context, integration_id: str, query: PageQuery) -> Page[CurrentActivation]:
    """Which companies activated your integration, newest first"""
    return service.list_for_integration(ctx, integration_id, query)


@router.route("/integrations/{integration_id}/activations/{tenant_number}", methods=["DELETE"],
              guard=role("developer"), returns=NoContent,
              problems=[DeveloperLicenceRequiredError, NotFoundError, ActivationNotFoundError])  # fmt: skip
def end_customer_activation(ctx: Context, integration_id: str, tenant_number: str) -> None:
    """End one company's activation; its tokens stop working and its administrators are told"""
    service.end_customer(ctx, integration_id, tenant_number)


@router.route("/integrations/{integration_id}/scope-preview", methods=["GET"], guard=role("developer", "viewer"),
              query=ScopeQuery, returns=ScopePreviewRead, problems=[NotFoundError])  # fmt: skip
def preview_scopes(ctx: Context, integration_id: str, query: ScopeQuery) -> ScopePreview:
    """What a scope set would mean for those who have activated; nothing is changed"""
    return service.preview_scopes(ctx, integration_id, query.scopes.split())
