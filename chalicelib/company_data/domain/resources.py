"""The resources of company data, declared: everything the engine, the routes and the API description know of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

VAT_RATES = (0, 6, 12, 25)


class Kind(StrEnum):
    TEXT = "text"
    NAME = "name"  # a number somebody chose: it stands in a path
    EMAIL = "email"
    AMOUNT = "amount"
    QUANTITY = "quantity"
    INTEGER = "integer"
    DATE = "date"
    FLAG = "flag"
    ROWS = "rows"


class Shown(StrEnum):
    """How the dialect spells a value where it is not plain; clients in typed languages refuse anything else."""

    PLAIN = "plain"
    TEXT = "text"  # a number or flag in quotation marks
    LISTED_AS_TEXT = "listed_as_text"  # so in lists; plain when one is read
    NULL = "null"  # null when empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`is_derived`: we work it out; what a caller sends for it is left aside, so a record that was read can be sent."""

    name: str
    kind: Kind = Kind.TEXT
    is_required: bool = False
    is_derived: bool = False
    choices: tuple[str, ...] = ()
    longest: int = 200
    refers: str = ""
    default: Any = None
    rows: tuple[Field, ...] = ()
    shown: Shown = Shown.PLAIN


@dataclass(frozen=True, slots=True)
class Action:
    """`/3/invoices/{number}/<name>`: from one of `states` to `state`, raising the flag; answered with what it makes."""

    name: str
    states: frozenset[str]
    state: str
    flag: str
    makes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """`key` are the fields that name a record; one that `is_numbered` gets the next number when none is chosen.

    `sorts`: fields that a list may be sorted by, besides the number.
    """

    name: str
    single: str
    plural: str
    scope: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    is_numbered: bool = True
    is_chosen: bool = False
    is_changeable: bool = True
    filters: dict[str, frozenset[str]] = field(default_factory=dict)
    sorts: tuple[str, ...] = ()
    first_state: str = "active"
    actions: tuple[Action, ...] = ()

    def key_of(self, values: Any) -> str:
        return "/".join(str(values[name]) for name in self.key)

    @property
    def path(self) -> str:
        return f"/3/{self.name}"

    @property
    def record_path(self) -> str:
        return self.path + "".join(f"/{{{name.lower()}}}" for name in self.key)


def _amount(name: str, *, is_derived: bool = False, default: Any = 0, shown: Shown = Shown.PLAIN) -> Field:
    return Field(name=name, kind=Kind.AMOUNT, is_derived=is_derived, default=default, shown=shown)


_ADDRESS = (
    Field(name="OrganisationNumber", longest=30),
    Field(name="Email", kind=Kind.EMAIL),
    Field(name="Phone1", longest=50),
    Field(name="Address1", longest=1024, shown=Shown.NULL),
    Field(name="ZipCode", longest=10),
    Field(name="City", longest=100),
    Field(name="CountryCode", choices=("SE", "NO", "DK", "FI", "DE", "GB", "US"), default="SE"),
)
_ACTIVE = Field(name="Active", kind=Kind.FLAG, default=True)
_BY_ACTIVITY = {"active": frozenset({"active"}), "inactive": frozenset({"inactive"})}


def _document(date: str, quantity: str, rows: str) -> tuple[Field, ...]:
    """What invoices and orders share."""
    return (
        Field(name="DocumentNumber", is_derived=True),
        Field(name="CustomerNumber", kind=Kind.NAME, is_required=True, refers="customers"),
        Field(name="CustomerName", is_derived=True),
        Field(name=date, kind=Kind.DATE),
        Field(name="Currency", choices=("SEK", "EUR", "NOK", "DKK", "USD", "GBP"), default="SEK"),
        Field(name="YourReference", longest=50),
        Field(name="OurReference", longest=50),
        Field(name="Remarks", longest=1024),
        Field(
            name=rows,
            kind=Kind.ROWS,
            default=(),
            rows=(
                Field(name="ArticleNumber", kind=Kind.NAME, refers="articles"),
                Field(name="Description", longest=255),
                Field(name=quantity, kind=Kind.QUANTITY, default=1, shown=Shown.TEXT),
                _amount("Price"),
                Field(name="VAT", kind=Kind.INTEGER, default=25, choices=tuple(map(str, VAT_RATES))),
                _amount("Total", is_derived=True),
            ),
        ),
        _amount("Net", is_derived=True),
        _amount("TotalVAT", is_derived=True),
        _amount("Total", is_derived=True),
        Field(name="Cancelled", kind=Kind.FLAG, is_derived=True, default=False),
    )


RESOURCES: dict[str, Resource] = {
    resource.name: resource
    for resource in (
        Resource(
            name="customers", single="Customer", plural="Customers", scope="customer", key=("CustomerNumber",),
            is_chosen=True, filters=_BY_ACTIVITY, sorts=("Name",),
            fields=(
                Field(name="CustomerNumber", kind=Kind.NAME),
                Field(name="Name", is_required=True, longest=1024),
                *_ADDRESS,
                Field(name="Currency", choices=("SEK", "EUR", "NOK", "DKK", "USD", "GBP"), default="SEK"),
                Field(name="Type", choices=("COMPANY", "PRIVATE"), default="COMPANY"),
                _ACTIVE,
            ),
        ),
        Resource(
            name="articles", single="Article", plural="Articles", scope="article", key=("ArticleNumber",),
            is_chosen=True, filters=_BY_ACTIVITY, sorts=("QuantityInStock",),
            fields=(
                Field(name="ArticleNumber", kind=Kind.NAME),
                Field(name="Description", is_required=True),
                Field(name="Unit", longest=10, default="st"),
                _amount("SalesPrice", shown=Shown.LISTED_AS_TEXT),
                _amount("PurchasePrice", shown=Shown.LISTED_AS_TEXT),
                Field(name="VAT", kind=Kind.INTEGER, default=25, choices=tuple(map(str, VAT_RATES)),
                      shown=Shown.LISTED_AS_TEXT),
                Field(name="Type", choices=("STOCK", "SERVICE"), default="STOCK"),
                Field(name="QuantityInStock", kind=Kind.QUANTITY, default=0),
                _ACTIVE,
            ),
        ),
        Resource(
            name="invoices", single="Invoice", plural="Invoices", scope="invoice", key=("DocumentNumber",),
            first_state="unbooked", sorts=("CustomerName", "CustomerNumber", "InvoiceDate", "Total"),
            filters={
                "unbooked": frozenset({"unbooked"}), "cancelled": frozenset({"cancelled"}),
                "unpaid": frozenset({"unpaid"}), "fullypaid": frozenset({"fullypaid"}),
            },
            actions=(
                Action("bookkeep", frozenset({"unbooked"}), "unpaid", "Booked"),
                Action("cancel", frozenset({"unbooked"}), "cancelled", "Cancelled"),
                Action("credit", frozenset({"unpaid", "fullypaid"}), "fullypaid", "Booked", "invoices"),
            ),
            fields=(
                *_document("InvoiceDate", "DeliveredQuantity", "InvoiceRows"),
                Field(name="DueDate", kind=Kind.DATE),
                _amount("Balance", is_derived=True),
                Field(name="Booked", kind=Kind.FLAG, is_derived=True, default=False),
                Field(name="OrderReference", is_derived=True),
                Field(name="Credit", kind=Kind.FLAG, is_derived=True, default=False, shown=Shown.TEXT),
                Field(name="CreditInvoiceReference", is_derived=True),
            ),
        ),
        Resource(
            name="invoicepayments", single="InvoicePayment", plural="InvoicePayments", scope="payment", key=("Number",),
            first_state="open",
            actions=(Action("bookkeep", frozenset({"open"}), "booked", "Booked"),),
            fields=(
                Field(name="Number", kind=Kind.INTEGER, is_derived=True, default=0),
                Field(name="InvoiceNumber", kind=Kind.NAME, is_required=True, refers="invoices"),
                Field(name="Amount", kind=Kind.AMOUNT, is_required=True),
                Field(name="PaymentDate", kind=Kind.DATE),
                Field(name="Booked", kind=Kind.FLAG, is_derived=True, default=False),
            ),
        ),
        Resource(
            name="orders", single="Order", plural="Orders", scope="order", key=("DocumentNumber",), first_state="open",
            sorts=("CustomerName", "CustomerNumber", "OrderDate", "Total"),
            filters={
                "cancelled": frozenset({"cancelled"}), "open": frozenset({"open"}),
                "invoicecreated": frozenset({"invoiced"}),
            },
            actions=(
                Action("cancel", frozenset({"open"}), "cancelled", "Cancelled"),
                Action("createinvoice", frozenset({"open"}), "invoiced", "InvoiceCreated", "invoices"),
            ),
            fields=(
                *_document("OrderDate", "OrderedQuantity", "OrderRows"),
                Field(name="DeliveryDate", kind=Kind.DATE),
                Field(name="InvoiceReference", is_derived=True),
                Field(name="InvoiceCreated", kind=Kind.FLAG, is_derived=True, default=False),
            ),
        ),
        Resource(
            name="suppliers", single="Supplier", plural="Suppliers", scope="supplier", key=("SupplierNumber",),
            is_chosen=True, filters=_BY_ACTIVITY,
            fields=(
                Field(name="SupplierNumber", kind=Kind.NAME),
                Field(name="Name", is_required=True, longest=1024),
                *_ADDRESS,
                Field(name="BG", longest=30),
                Field(name="PG", longest=30),
                _ACTIVE,
            ),
        ),
        Resource(
            name="accounts", single="Account", plural="Accounts", scope="bookkeeping", key=("Number",),
            is_numbered=False, is_chosen=True, filters=_BY_ACTIVITY,
            fields=(
                Field(name="Number", kind=Kind.INTEGER, is_required=True),
                Field(name="Description", is_required=True),
                Field(name="VATCode", longest=20),
                Field(name="SRU", kind=Kind.INTEGER, default=0),
                _ACTIVE,
            ),
        ),
        Resource(
            name="vouchers", single="Voucher", plural="Vouchers", scope="bookkeeping",
            key=("VoucherSeries", "VoucherNumber"), is_changeable=False,
            fields=(
                Field(name="VoucherSeries", is_required=True, choices=tuple("ABCDEFGHIJKLM")),
                Field(name="VoucherNumber", kind=Kind.INTEGER, is_derived=True, default=0),
                Field(name="Year", kind=Kind.INTEGER, is_derived=True, default=0),
                Field(name="TransactionDate", kind=Kind.DATE, is_required=True),
                Field(name="Description", is_required=True),
                Field(
                    name="VoucherRows", kind=Kind.ROWS, is_required=True,
                    rows=(
                        Field(name="Account", kind=Kind.INTEGER, is_required=True, refers="accounts"),
                        _amount("Debit"),
                        _amount("Credit"),
                        Field(name="TransactionInformation", longest=100),
                    ),
                ),
            ),
        ),
        Resource(
            name="financialyears", single="FinancialYear", plural="FinancialYears", scope="bookkeeping", key=("Id",),
            is_changeable=False,
            fields=(
                Field(name="Id", kind=Kind.INTEGER, is_derived=True, default=0),
                Field(name="FromDate", kind=Kind.DATE, is_required=True),
                Field(name="ToDate", kind=Kind.DATE, is_required=True),
                Field(name="AccountingMethod", choices=("ACCRUAL", "CASH"), default="ACCRUAL"),
            ),
        ),
    )
}  # fmt: skip
