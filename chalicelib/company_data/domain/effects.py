"""Actions that touch a second record: an order becomes an invoice, an invoice is credited, a payment is booked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from chalicelib.company_data.domain.errors import RecordLockedError, RecordRejectedError
from chalicelib.company_data.domain.records import Values

_SHARED = ("CustomerNumber", "Currency", "YourReference", "OurReference", "Remarks")
_ROW = ("ArticleNumber", "Description", "Price", "VAT")

Made = tuple[dict[str, Any], dict[str, Any]]
"""What the new record is given, and what it is told of where it came from."""


def invoice_of_order(order: Values) -> Made:
    rows = [
        {**{name: row[name] for name in _ROW}, "DeliveredQuantity": row["OrderedQuantity"]}
        for row in order["OrderRows"]
    ]
    given = {**{name: order[name] for name in _SHARED}, "InvoiceRows": rows}
    return given, {"OrderReference": order["DocumentNumber"]}


def credit_of_invoice(invoice: Values) -> Made:
    if invoice["Credit"] or invoice["CreditInvoiceReference"]:
        raise RecordLockedError("The invoice is a credit or has been credited.")
    rows = [
        {**{name: row[name] for name in _ROW}, "DeliveredQuantity": -row["DeliveredQuantity"]}
        for row in invoice["InvoiceRows"]
    ]
    given = {**{name: invoice[name] for name in _SHARED}, "InvoiceRows": rows}
    return given, {"Credit": True, "CreditInvoiceReference": invoice["DocumentNumber"]}


MAKERS: Mapping[str, tuple[Callable[[Values], Made], str]] = {
    "createinvoice": (invoice_of_order, "InvoiceReference"),
    "credit": (credit_of_invoice, "CreditInvoiceReference"),
}
"""By action: what makes the new invoice, and the field of the old record that then names it."""


def pay(invoice: Values, state: str, amount: Any) -> tuple[dict[str, Any], str]:
    """The invoice after a payment, and its state. Raises RecordRejectedError for what cannot be paid so."""
    balance = Decimal(str(invoice["Balance"])) - Decimal(str(amount))
    if state != "unpaid":
        raise RecordRejectedError(f"Invoice {invoice['DocumentNumber']} is not one that waits for payment.")
    if balance < 0:
        raise RecordRejectedError(f"Amount is more than the balance of {invoice['Balance']}.")
    return {**invoice, "Balance": float(balance)}, "unpaid" if balance else "fullypaid"
