"""Sales as JSON and files: for developers, customers and the operator, and the partner shapes clients know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.gate import parse_query
from chalicelib.kit.guards import role
from chalicelib.kit.http import NoContent, Router
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.kit.sheets import XLSX, Cell, render_csv, render_xlsx
from chalicelib.sales import service
from chalicelib.sales.domain import (
    Book,
    Invoice,
    Line,
    MonthNotOverError,
    Order,
    Statement,
    Subscription,
    SubscriptionNotFoundError,
    TooManyCreditsError,
)
from chalicelib.sales.schemas import (
    BookRead,
    CloseCreate,
    CreditCreate,
    InvoiceRead,
    LineRead,
    LinesQuery,
    MonthsQuery,
    OrderRead,
    StatementRead,
    SubscriptionRead,
    SubscriptionsQuery,
    VerificationRead,
)

router = Router(__name__)

_READERS = role("developer", "viewer")
_OPERATOR = role("operator")
_PEOPLE = role("administrator", "owner", "bookkeeper")
_FILE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def sheet(kind: str, name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A table as a file of that kind. Raises NotFoundError for any other than csv and xlsx."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    if kind == "csv":
        return Response(render_csv(head, rows), 200, {"Content-Type": "text/csv; charset=utf-8"} | disposition | _FILE)
    if kind == "xlsx":
        return Response.of_bytes(render_xlsx(name, head, rows), {"Content-Type": XLSX} | disposition | _FILE)
    raise NotFoundError


@router.route(
    "/sales/statements", methods=["GET"], guard=_READERS, query=MonthsQuery, returns=StatementRead, listed=True
)
def list_statements(ctx: Context, query: MonthsQuery) -> Sequence[Statement]:
    """Your statements by month, integration and currency"""
    return service.list_statements(ctx, query)


@router.raw("/sales/statements/{kind}", methods=["GET"], guard=_READERS, problems=[NotFoundError])
def download_statements(ctx: Context, request: Request, kind: str) -> Response:
    """The same as a file: csv or xlsx"""
    statements = service.list_statements(ctx, parse_query(MonthsQuery, request.query))
    return sheet(kind, "statements", service.STATEMENT_HEAD, service.statement_rows(statements))


@router.route("/sales/lines", methods=["GET"], guard=_READERS, query=LinesQuery, returns=LineRead, paged=True)
def list_lines(ctx: Context, query: LinesQuery) -> Page[Line]:
    """The invoiced lines of a month, of one of your integrations or all"""
    return service.list_lines(ctx, query)


@router.raw("/sales/lines/{kind}", methods=["GET"], guard=_READERS, problems=[NotFoundError, service.TooManyLinesError])
def download_lines(ctx: Context, request: Request, kind: str) -> Response:
    """The same as a file: csv or xlsx, at most 20,000 lines"""
    query = parse_query(LinesQuery, request.query)
    return sheet(kind, f"sales-{query.month}", service.LINE_HEAD, service.line_rows(service.sheet_lines(ctx, query)))


@router.route("/sales/subscriptions", methods=["GET"], guard=_READERS, query=SubscriptionsQuery,
              returns=SubscriptionRead, paged=True)  # fmt: skip
def list_subscriptions(ctx: Context, query: SubscriptionsQuery) -> Page[Subscription]:
    """Who subscribes to your integrations, with how many licences"""
    return service.list_customers(ctx, query)


@router.route("/sales/orders/{integration_id}", methods=["GET"], guard=_READERS, query=PageQuery, returns=OrderRead,
              paged=True, problems=[NotFoundError])  # fmt: skip
def list_orders(ctx: Context, integration_id: str, query: PageQuery) -> Page[Order]:
    """What was bought, changed and ended, oldest first"""
    return service.list_orders(ctx, integration_id, query)


@router.route("/invoices", methods=["GET"], guard=_PEOPLE, query=PageQuery, returns=InvoiceRead, paged=True)
def list_invoices(ctx: Context, query: PageQuery) -> Page[Invoice]:
    """Your company's invoices, newest first"""
    return service.list_invoices(ctx, query)


@router.route("/invoices/{number}", methods=["GET"], guard=_PEOPLE, returns=InvoiceRead, problems=[NotFoundError])
def get_invoice(ctx: Context, number: str) -> Invoice:
    """One invoice of your company"""
    return service.get_invoice(ctx, number).invoice


@router.raw("/invoices/{number}/{kind}", methods=["GET"], guard=_PEOPLE, problems=[NotFoundError])
def download_invoice(ctx: Context, _: Request, number: str, kind: str) -> Response:
    """Its lines as a file: csv or xlsx"""
    document = service.get_invoice(ctx, number)
    return sheet(kind, f"invoice-{number}", service.INVOICE_HEAD, service.invoice_rows(document))


@router.route("/operator/sales/months", methods=["GET"], guard=_OPERATOR, returns=BookRead, listed=True)
def list_months(_: Context) -> Sequence[Book]:
    """Months of the ledger and how far their close has come, newest first"""
    return service.list_books()


@router.route("/operator/sales/closes", methods=["POST"], guard=_OPERATOR, body=CloseCreate, returns=NoContent,
              status=202, problems=[MonthNotOverError])  # fmt: skip
def request_close(ctx: Context, body: CloseCreate) -> None:
    """Ask for the close of the month that is next, or for an interrupted one to go on"""
    service.request_close(ctx, body.month)


@router.route("/operator/sales/months/{month}/verification", methods=["GET"], guard=_OPERATOR, returns=VerificationRead,
              problems=[NotFoundError])  # fmt: skip
def verify_month(ctx: Context, month: str) -> Any:
    """Recompute every total of a month from its lines, and every link of the chain"""
    return service.verify_month(ctx, month)


@router.raw("/operator/sales/months/{month}/export/{kind}", methods=["GET"], guard=_OPERATOR, problems=[NotFoundError])
def export_month(_: Context, __: Request, month: str, kind: str) -> Response:
    """A month's sales by developer and integration: csv or xlsx"""
    return sheet(kind, f"sales-{month}", service.EXPORT_HEAD, service.export_rows(month))


@router.raw("/operator/sales/months/{month}/payouts/{kind}", methods=["GET"], guard=_OPERATOR,
            problems=[NotFoundError, MonthNotOverError])  # fmt: skip
def export_payouts(_: Context, __: Request, month: str, kind: str) -> Response:
    """What each developer is to be paid for a closed month: csv or xlsx"""
    return sheet(kind, f"payouts-{month}", service.PAYOUT_HEAD, service.payout_rows(month))


@router.route("/operator/sales/credits", methods=["POST"], guard=_OPERATOR, body=CreditCreate, returns=SubscriptionRead,
              status=201, keyed=True, problems=[SubscriptionNotFoundError, TooManyCreditsError])  # fmt: skip
def give_credit(ctx: Context, body: CreditCreate) -> Subscription:
    """Give money back on a customer's next invoice, with a reason"""
    return service.give_credit(ctx, body)
