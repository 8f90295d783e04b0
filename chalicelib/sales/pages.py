"""Sales as pages: the developer's statements, lines and customers; the customer's invoices."""

from __future__ import annotations

from urllib.parse import urlencode

from chalicelib.config import load_data
from chalicelib.integrations import service as integrations
from chalicelib.kit.context import Context
from chalicelib.kit.gate import parse_query
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import mark
from chalicelib.kit.pages import page_errors, show
from chalicelib.kit.pagination import PageQuery
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.sales import service
from chalicelib.sales.domain import local_day, month_of, totals_of
from chalicelib.sales.schemas import LinesQuery, MonthsQuery, SubscriptionsQuery

pages = Router(__name__, kind="page", errors=page_errors)

HOME = "/portal/sales"
_READERS = role("developer", "viewer")
_PEOPLE = role("administrator", "owner", "bookkeeper")
KINDS = {
    "period": mark("Subscription"),
    "seats": mark("Licences added"),
    "credit": mark("Credit"),
    "vat": mark("VAT"),
}
ORDERS = {
    "purchase": mark("Purchase"),
    "seats_added": mark("Licences added"),
    "seats_removed": mark("Licences removed"),
    "termination": mark("Termination"),
    "credit": mark("Credit"),
}


@pages.raw(HOME, methods=["GET"], guard=_READERS)
def show_sales(ctx: Context, request: Request) -> Response:
    """One month by integration, beside the latest twelve."""
    statements = service.list_statements(ctx, MonthsQuery())
    months = totals_of(statements)
    asked = request.query.get("month") or (months[0].month if months else str(month_of(local_day(ctx.now)).previous))
    chosen = [one for one in statements if one.month == asked]
    return show(
        ctx, request, "sales/statements.html", title="Sales", active=HOME, month=asked[:7], months=months,
        chosen=sorted(chosen, key=lambda one: (one.currency, -one.net_minor)),
        totals=[one for one in months if one.month == asked],
        share=load_data("platform")["developer_share_percent"],
    )  # fmt: skip


@pages.raw(f"{HOME}/lines", methods=["GET"], guard=_READERS)
def show_lines(ctx: Context, request: Request) -> Response:
    """The lines of one month, of one integration or all."""
    query = parse_query(LinesQuery, request.query)
    page = service.list_lines(ctx, query)
    return show(
        ctx, request, "sales/lines.html", title="Invoiced lines", active=HOME, lines=page.items, kinds=KINDS,
        month=query.month, integration_id=query.integration_id or "",
        next_page=_next(f"{HOME}/lines", page.next_cursor, month=query.month, integration_id=query.integration_id),
    )  # fmt: skip


@pages.raw(f"{HOME}/customers", methods=["GET"], guard=_READERS)
def show_customers(ctx: Context, request: Request) -> Response:
    """Who subscribes, with how many licences, and who is leaving."""
    query = parse_query(SubscriptionsQuery, request.query)
    page = service.list_customers(ctx, query)
    return show(
        ctx, request, "sales/customers.html", title="Customers", active=HOME, subscriptions=page.items,
        next_page=_next(f"{HOME}/customers", page.next_cursor, integration_id=query.integration_id),
    )  # fmt: skip


@pages.raw(f"{HOME}/orders/{{integration_id}}", methods=["GET"], guard=_READERS)
def show_orders(ctx: Context, request: Request, integration_id: str) -> Response:
    """What was bought, changed and ended."""
    query = parse_query(PageQuery, request.query)
    page = service.list_orders(ctx, integration_id, query)
    return show(
        ctx, request, "sales/orders.html", title="Purchases and terminations", active=HOME, orders=page.items,
        kinds=ORDERS, name=integrations.get_integration(ctx, integration_id).name,
        next_page=_next(f"{HOME}/orders/{integration_id}", page.next_cursor),
    )  # fmt: skip


@pages.raw("/account/invoices", methods=["GET"], guard=_PEOPLE)
def show_invoices(ctx: Context, request: Request) -> Response:
    """The customer's invoices, newest first."""
    page = service.list_invoices(ctx, parse_query(PageQuery, request.query))
    return show(
        ctx, request, "sales/invoices.html", title="Invoices", active="/account/invoices", invoices=page.items,
        next_page=_next("/account/invoices", page.next_cursor),
    )  # fmt: skip


@pages.raw("/account/invoices/{number}", methods=["GET"], guard=_PEOPLE)
def show_invoice(ctx: Context, request: Request, number: str) -> Response:
    """One invoice, made to be printed."""
    document = service.get_invoice(ctx, number)
    return show(
        ctx, request, "sales/invoice.html", title="Invoice", active="/account/invoices", invoice=document.invoice,
        lines=document.lines, kinds=KINDS, seller=load_data("platform")["seller"],
    )  # fmt: skip


def _next(path: str, cursor: str | None, **kept: str | None) -> str:
    if cursor is None:
        return ""
    return f"{path}?{urlencode({**{name: value for name, value in kept.items() if value}, 'cursor': cursor})}"
