"""Activations over JSON: the customer's own, and those of a developer's integration."""

from __future__ import annotations

from chalicelib.accounts.domain import DeveloperLicenceRequiredError
from chalicelib.activations import service
from chalicelib.activations.domain import (
    ActivationNotFoundError,
    ApprovedJustNowError,
    CurrentActivation,
    IntegrationSuspendedError,
    LastScopeError,
    Receipt,
    ScopePreview,
)
from chalicelib.activations.schemas import (
    ActivationRead,
    CustomerRead,
    DisconnectQuery,
    IntegrationUserRead,
    LaunchRead,
    ReceiptRead,
    ScopePreviewRead,
    ScopeQuery,
)
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ForbiddenError, NotFoundError, RejectedError
from chalicelib.kit.guards import role, scope, signed_in
from chalicelib.kit.http import NoContent, Router
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.licences.domain import LicenceMissingError, SeatMissingError

router = Router(__name__)


@router.route("/activations", methods=["GET"], guard=signed_in, query=PageQuery, returns=ActivationRead, paged=True)
def list_activations(ctx: Context, query: PageQuery) -> Page[CurrentActivation]:
    """What the company you are working in has activated"""
    return service.list_own(ctx, query)


@router.route(
    "/activations/{integration_id}",
    methods=["DELETE"],
    guard=signed_in,
    query=DisconnectQuery,
    returns=NoContent,
    problems=[ActivationNotFoundError, ForbiddenError],
)
def end_activation(ctx: Context, integration_id: str, query: DisconnectQuery) -> None:
    """Disconnect an integration: its tokens stop working; a licence lasts until it is cancelled"""
    service.end_activation(ctx, integration_id, cancels_licence=query.cancel_licence)


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
              query=ScopeQuery, returns=ScopePreviewRead, problems=[NotFoundError, RejectedError])  # fmt: skip
def preview_scopes(ctx: Context, integration_id: str, query: ScopeQuery) -> ScopePreview:
    """What a scope set would mean for those who have activated; nothing is changed"""
    return service.preview_scopes(ctx, integration_id, query.scopes.split())


@router.route("/activations/{integration_id}/launches", methods=["POST"], guard=signed_in, returns=LaunchRead,
              status=201, problems=[ActivationNotFoundError, IntegrationSuspendedError, LicenceMissingError,
                                    SeatMissingError, NotFoundError])  # fmt: skip
def launch_integration(ctx: Context, integration_id: str) -> service.Launch:
    """Go to the integration: the address of its start page; the launch is counted"""
    return service.launch(ctx, integration_id)


@router.route("/activations/{integration_id}/receipt", methods=["GET"], guard=signed_in, returns=ReceiptRead,
              problems=[ActivationNotFoundError])  # fmt: skip
def get_receipt(ctx: Context, integration_id: str) -> Receipt:
    """What it may do, and what it did in the last thirty days"""
    return service.get_receipt(ctx, integration_id)


@router.route("/activations/{integration_id}/scopes/{scope_name}", methods=["DELETE"], guard=signed_in,
              returns=NoContent,
              problems=[ActivationNotFoundError, ForbiddenError, LastScopeError, ApprovedJustNowError])  # fmt: skip
def remove_scope(ctx: Context, integration_id: str, scope_name: str) -> None:
    """Take a scope back: tokens lose it within seconds, the rest goes on"""
    service.remove_scopes(ctx, integration_id, [scope_name])


@router.route("/api/integration-developer/users/users-v1/{integration_number}/{tenant_number}", methods=["GET"],
              guard=scope("developerapi"), returns=IntegrationUserRead, listed=True,
              problems=[NotFoundError])  # fmt: skip
def list_integration_users(ctx: Context, integration_number: str, tenant_number: str) -> list[service.IntegrationUser]:
    """Who uses your integration in a company, for a token of your own company"""
    return service.list_users_by_number(ctx, integration_number, tenant_number)
