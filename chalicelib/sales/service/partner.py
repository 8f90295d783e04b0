"""Sales as the partner API shows them: orders, with amounts that are numbers of licences (decision 0070)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.pagination import MAX_LIMIT, PageQuery
from chalicelib.sales import repository
from chalicelib.sales.domain import Order, OrderKind
from chalicelib.sales.service.delivering import Ports

__all__ = ["get_app_sales", "list_partner_sales"]

_ORDERS_MAX = 10_000  # the shape knows no pages; an answer of a function holds 6 MB
_NUMBER_DIGITS = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def list_partner_sales(ctx: Context, number: str) -> list[dict[str, Any]]:
    """Newest first, at most 10,000. Raises NotFoundError for another company's integration."""
    is_number = number.isascii() and number.isdecimal() and len(number) <= _NUMBER_DIGITS
    integration = _own(ctx, integrations.find_by_number(int(number)) if is_number else None)
    return [
        {
            "tenantId": str(order.tenant_number),
            "orderId": order.order_id,
            "date": order.occurred_at.isoformat(),
            "type": str(order.kind),
            "amount": order.licences,
        }
        for order in reversed(_orders(ctx, integration))
    ]


def get_app_sales(ctx: Context, client_id: str, tenant_number: str | None = None) -> dict[str, Any]:
    """By customer, of all or of one, with the people who use it now. Raises NotFoundError."""
    integration = _own(ctx, integrations.find_by_client_id(client_id))
    tenants: dict[str, dict[str, Any]] = {}
    ids: dict[str, str] = {}
    for order in _orders(ctx, integration):
        number = str(order.tenant_number)
        if tenant_number not in {None, number}:
            continue
        tenant = tenants.setdefault(number, {"tenantId": number, "purchases": [], "terminations": [], "users": []})
        ids[number] = order.tenant_id
        entry = {"amount": order.licences, "identifier": order.order_id}
        if order.kind in {OrderKind.PURCHASE, OrderKind.SEATS_ADDED}:
            tenant["purchases"].append(entry | {"purchaseTime": _moment(order.occurred_at)})
        else:
            tenant["terminations"].append(entry | {"onCancellationTime": _moment(order.occurred_at)})
    if tenant_number is not None and not tenants:
        raise NotFoundError("This company has bought nothing of this integration.")
    users = Ports.list_users(integration.integration_id, ids.values()) if Ports.list_users is not None else {}
    for number, tenant in tenants.items():
        tenant["users"] = [{"name": name, "email": email} for name, email in users.get(ids[number], ())]
    return {"appId": client_id, "tenants": list(tenants.values())}


def _own(ctx: Context, integration: Integration | None) -> Integration:
    if integration is None or integration.tenant_id != ctx.caller.tenant_id:
        raise NotFoundError("There is no such integration in the company this token acts for.")
    return integration


def _orders(ctx: Context, integration: Integration) -> list[Order]:
    found: list[Order] = []
    cursor = None
    while len(found) < _ORDERS_MAX:
        page = repository.list_orders(ctx, integration.integration_id, PageQuery(limit=MAX_LIMIT, cursor=cursor))
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def _moment(moment: datetime) -> dict[str, Any]:
    """The older form's time is an object."""
    return {
        "date": f"{moment:%Y-%m-%d}",
        "time": f"{moment:%H:%M:%S}",
        "epochMillis": int((moment - _EPOCH).total_seconds() * 1000),
    }
