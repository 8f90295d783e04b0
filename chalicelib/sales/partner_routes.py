"""The developer API's sales, in the shapes its clients read; a bearer token with the scope `developerapi`."""

from __future__ import annotations

from typing import Any

from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.guards import scope
from chalicelib.kit.http import Router
from chalicelib.sales import service
from chalicelib.sales.schemas import AppSalesRead, SaleRead

router = Router(__name__)

_GUARD = scope("developerapi")


@router.route("/api/integration-developer/sales-v1/{number}", methods=["GET"], guard=_GUARD, returns=SaleRead,
              listed=True, problems=[NotFoundError])  # fmt: skip
def list_partner_sales(ctx: Context, number: str) -> Any:
    """Purchases, changes and terminations of one of your integrations"""
    return service.list_partner_sales(ctx, number)


@router.route("/api/integration-partner/apps/sales-v1/{client_id}", methods=["GET"], guard=_GUARD, returns=AppSalesRead,
              problems=[NotFoundError])  # fmt: skip
def get_app_sales(ctx: Context, client_id: str) -> Any:
    """The same by customer, in the older form"""
    return service.get_app_sales(ctx, client_id)


@router.route("/api/integration-partner/apps/sales-v1/{client_id}/{tenant_id}", methods=["GET"], guard=_GUARD,
              returns=AppSalesRead, problems=[NotFoundError])  # fmt: skip
def get_tenant_sales(ctx: Context, client_id: str, tenant_id: str) -> Any:
    """The same of one customer"""
    return service.get_app_sales(ctx, client_id, tenant_id)
