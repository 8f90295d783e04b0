"""The operator's work, as JSON."""

from __future__ import annotations

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import Company, LicenceStateError
from chalicelib.backoffice import service
from chalicelib.backoffice.domain import AuditEntry
from chalicelib.backoffice.schemas import (
    AuditRead,
    CompanyQuery,
    DeveloperRead,
    IntegrationSummary,
    LicenceChange,
    MigrationBatch,
    MigrationRead,
)
from chalicelib.integrations.domain import Integration
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ConflictError, NotFoundError
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.pagination import Page, PageQuery

router = Router(__name__)

STAFF = role("operator")


@router.route("/operator/companies", methods=["GET"], guard=STAFF, query=CompanyQuery, returns=DeveloperRead,
              paged=True)  # fmt: skip
def list_operator_companies(ctx: Context, query: CompanyQuery) -> Page[Company]:
    """Companies that have or asked for a developer licence."""
    return service.list_companies(ctx, query)


@router.route("/operator/companies/{tenant_id}/licence", methods=["POST"], guard=STAFF, body=LicenceChange,
              returns=DeveloperRead, problems=[NotFoundError, LicenceStateError, ConflictError])  # fmt: skip
def change_licence(ctx: Context, tenant_id: str, body: LicenceChange) -> Company:
    """Grant, suspend or withdraw a company's developer licence. The reason goes to the company and into the log."""
    return service.change_licence(ctx, tenant_id, body)


@router.route("/operator/companies/{tenant_id}/audit", methods=["GET"], guard=STAFF, query=PageQuery,
              returns=AuditRead, paged=True, problems=[NotFoundError])  # fmt: skip
def list_audit(ctx: Context, tenant_id: str, query: PageQuery) -> Page[AuditEntry]:
    """What was done to a company, by whom and why, newest first."""
    return service.list_audit(ctx, tenant_id, query)


@router.route("/operator/all-integrations", methods=["GET"], guard=STAFF, query=PageQuery, returns=IntegrationSummary,
              paged=True)  # fmt: skip
def list_all_integrations(ctx: Context, query: PageQuery) -> Page[Integration]:
    """Every developer's integrations, newest first."""
    return service.list_integrations(ctx, query)


@router.route("/operator/migrations", methods=["POST"], guard=STAFF, body=MigrationBatch, returns=MigrationRead,
              listed=True)  # fmt: skip
def migrate_developers(ctx: Context, body: MigrationBatch) -> list[accounts.MigrationReport]:
    """Move developers of the earlier system: a report per row; a row that was moved before is `unchanged`."""
    return [accounts.migrate_developer(ctx, row) for row in body.rows]
