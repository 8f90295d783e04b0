"""Storage of sales."""

from __future__ import annotations

from chalicelib.sales.repository.books import (
    add_book,
    close_book,
    count_due,
    find_book,
    find_first_due,
    find_invoice,
    list_books,
    list_due,
    list_invoices,
    list_invoices_of_month,
    list_owner_lines,
    list_statements,
    list_statements_of_month,
    mark_delivered,
    put_statements,
    read_entries,
    read_subscriptions,
    save_chunk,
    take_lease,
)
from chalicelib.sales.repository.subscriptions import (
    add_credit,
    add_order,
    find,
    find_latest_price,
    list_by_owner,
    list_by_tenant,
    list_orders,
    put,
    put_price,
)
from chalicelib.sales.repository.tables import (
    BookItem,
    InvoiceItem,
    LedgerItem,
    OrderItem,
    PriceVersionItem,
    StatementItem,
    SubscriptionItem,
)

__all__ = [
    "TABLES",
    "add_book",
    "add_credit",
    "add_order",
    "close_book",
    "count_due",
    "find",
    "find_book",
    "find_first_due",
    "find_invoice",
    "find_latest_price",
    "list_books",
    "list_by_owner",
    "list_by_tenant",
    "list_due",
    "list_invoices",
    "list_invoices_of_month",
    "list_orders",
    "list_owner_lines",
    "list_statements",
    "list_statements_of_month",
    "mark_delivered",
    "put",
    "put_price",
    "put_statements",
    "read_entries",
    "read_subscriptions",
    "save_chunk",
    "take_lease",
]

TABLES = (BookItem, InvoiceItem, LedgerItem, OrderItem, PriceVersionItem, StatementItem, SubscriptionItem)
