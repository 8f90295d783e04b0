"""The operator's pages: months and their close, all sales of one month, verification, credits."""

from __future__ import annotations

from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError
from chalicelib.kit.gate import parse_form, parse_query
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import translate
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.pagination import PageQuery
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.sales import service
from chalicelib.sales.domain import Book
from chalicelib.sales.schemas import CloseCreate, CreditForm

pages = Router(__name__, kind="page", errors=page_errors)

_HOME = "/operator/sales"
_OPERATOR = role("operator")
_CREDIT_FIELDS = ("customer", "integration", "amount", "reason")


@pages.raw(_HOME, methods=["GET"], guard=_OPERATOR)
def show_months(ctx: Context, request: Request) -> Response:
    """What is closed, and what waits."""
    return _months_page(ctx, request, None)


@pages.raw(f"{_HOME}/preview", methods=["GET"], guard=_OPERATOR)
def show_preview(ctx: Context, request: Request) -> Response:
    """What the next close would invoice if it ran now."""
    return _months_page(ctx, request, service.preview_close(ctx))


@pages.raw(_HOME, methods=["POST"], guard=_OPERATOR)
def close_month_page(ctx: Context, request: Request) -> Response:
    month = service.request_close(ctx, parse_form(CloseCreate, read_form(ctx, request)).month)
    return go(ctx, request, f"{_HOME}/{month}", "The close has begun.")


@pages.raw(f"{_HOME}/credit", methods=["GET"], guard=_OPERATOR)
def show_credit(ctx: Context, request: Request) -> Response:
    return _credit_page(ctx, request, {name: request.query.get(name) or "" for name in _CREDIT_FIELDS}, {})


@pages.raw(f"{_HOME}/credit", methods=["POST"], guard=_OPERATOR)
def give_credit_page(ctx: Context, request: Request) -> Response:
    """Money back on the next invoice. The form carries an id of its own, so sending it twice gives once."""
    form = read_form(ctx, request)
    try:
        service.give_credit_by_form(ctx, parse_form(CreditForm, form))
    except AppError as error:
        if error.status not in {404, 409, 422}:
            raise
        lang = pick_lang(request)
        found = {one["pointer"].strip("/"): translate(lang, one["message"]) for one in error.extra.get("errors", [])}
        typed = {name: form.get(name) or "" for name in _CREDIT_FIELDS}
        return _credit_page(ctx, request, typed, found or {"customer": translate(lang, error.detail)})
    return go(ctx, request, f"{_HOME}/credit", "The credit comes with the customer's next invoice.")


@pages.raw(f"{_HOME}/{{month}}", methods=["GET"], guard=_OPERATOR)
def show_month(ctx: Context, request: Request, month: str) -> Response:
    """A month's totals by developer, or how far its close is."""
    book = service.find_book(month)
    statements = service.list_month_statements(month) if book is not None and book.is_closed else []
    return _month_page(ctx, request, month, book, statements=statements)


@pages.raw(f"{_HOME}/{{month}}/part", methods=["GET"], guard=_OPERATOR)
def show_month_part(ctx: Context, request: Request, month: str) -> Response:
    """The progress alone, for a page that asks again."""
    return show(ctx, request, "sales/progress.html", title="All sales", book=service.find_book(month), month=month[:7])


@pages.raw(f"{_HOME}/{{month}}/verify", methods=["GET"], guard=_OPERATOR)
def show_verification(ctx: Context, request: Request, month: str) -> Response:
    """The month recomputed from its lines, now."""
    report = service.verify_month(ctx, month)
    return _month_page(ctx, request, month, service.find_book(month), statements=[], report=report)


@pages.raw(f"{_HOME}/{{month}}/invoices", methods=["GET"], guard=_OPERATOR)
def show_month_invoices(ctx: Context, request: Request, month: str) -> Response:
    """Every invoice of a month, by number."""
    page = service.list_sales_invoices(ctx, month, parse_query(PageQuery, request.query))
    return show(
        ctx, request, "sales/month_invoices.html", title="Invoices of a month", active=_HOME, invoices=page.items,
        month=month[:7],
        next_page=f"{_HOME}/{month}/invoices?cursor={page.next_cursor}" if page.next_cursor else "",
    )  # fmt: skip


def _months_page(ctx: Context, request: Request, preview: object) -> Response:
    return show(
        ctx, request, "sales/months.html", title="All sales", active=_HOME, books=service.list_books(),
        preview=preview, waiting=service.next_month(ctx),
    )  # fmt: skip


def _month_page(
    ctx: Context, request: Request, month: str, book: Book | None, *, statements: object, report: object = None
) -> Response:
    return show(
        ctx, request, "sales/month.html", title="Sales of a month", active=_HOME, book=book, month=month[:7],
        statements=statements, report=report,
    )  # fmt: skip


def _credit_page(ctx: Context, request: Request, typed: dict[str, str], errors: dict[str, str]) -> Response:
    return show(
        ctx, request, "sales/credit.html", title="Give a credit", active=_HOME, typed=typed, errors=errors,
        once=request.form().get("once") if request.method == "POST" else ctx.new_id("once"),
        status=422 if errors else 200,
    )  # fmt: skip
