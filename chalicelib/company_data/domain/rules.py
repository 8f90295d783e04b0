"""What a record works out to and what it must fulfil, beyond the shape of its fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from chalicelib.company_data.domain.errors import RecordLockedError, RecordRejectedError
from chalicelib.company_data.domain.records import Values
from chalicelib.company_data.domain.resources import Action, Field, Kind, Resource

_CENT = Decimal("0.01")
_PAYMENT_DAYS = 30
_ACCOUNTS = range(1000, 10_000)
_DOCUMENTS = {"invoices": ("InvoiceRows", "DeliveredQuantity"), "orders": ("OrderRows", "OrderedQuantity")}
_EMPTY: dict[Kind, Any] = {Kind.FLAG: False, Kind.AMOUNT: 0, Kind.QUANTITY: 0, Kind.INTEGER: 0}

Find = Callable[[str, str], Values | None]
"""A record of another resource by its key, or None."""


def complete(resource: Resource, given: Values, today: date) -> dict[str, Any]:
    """A whole record out of what a caller sent: every field has a value, everything derived is worked out."""
    values = {field.name: _value(field, given.get(field.name)) for field in resource.fields}
    if resource.name in _DOCUMENTS:
        _date(values, "InvoiceDate" if resource.name == "invoices" else "OrderDate", today)
        _total(values, *_DOCUMENTS[resource.name])
    if resource.name == "invoices":
        issued = date.fromisoformat(values["InvoiceDate"])
        _date(values, "DueDate", issued + timedelta(days=_PAYMENT_DAYS))
        values["Balance"] = values["Total"]
    if resource.name == "invoicepayments":
        _date(values, "PaymentDate", today)
    return values


def check(resource: Resource, values: Values, find: Find) -> None:
    """Raises RecordRejectedError: references that do not exist, dates in the wrong order, vouchers out of balance."""
    for field, value in _references(resource.fields, values):
        if find(field.refers, value) is None:
            raise RecordRejectedError(f"{field.name} {value} does not exist.")
    special = _CHECKS.get(resource.name)
    if special:
        special(values)


def state_of(resource: Resource, values: Values) -> str:
    """The state of a record that nothing has been done with yet."""
    return "inactive" if values.get("Active") is False else resource.first_state


def check_open(resource: Resource, state: str) -> None:
    """Raises RecordLockedError for a document that was booked or cancelled."""
    if resource.actions and state != resource.first_state:
        raise RecordLockedError(f"The {resource.single.lower()} is {_word(state)} and cannot be changed.")


def apply(action: Action, resource: Resource, values: Values, state: str) -> dict[str, Any]:
    if state not in action.states:
        raise RecordLockedError(f"The {resource.single.lower()} is {_word(state)}: {action.name} is not possible.")
    return {
        **values,
        action.flag: True,
        **({"Balance": 0} if (action.state == "cancelled" or action.name == "credit") and "Balance" in values else {}),
    }


def _word(state: str) -> str:
    return "booked" if state in {"unpaid", "fullypaid"} else state


def _value(field: Field, given: Any) -> Any:
    if field.kind is Kind.ROWS:
        return [{inner.name: _value(inner, row.get(inner.name)) for inner in field.rows} for row in given or ()]
    if given is not None:
        return given
    return _EMPTY.get(field.kind, "") if field.default is None else field.default


def _date(values: dict[str, Any], name: str, fallback: date) -> None:
    values[name] = values[name] or fallback.isoformat()


def _total(values: dict[str, Any], rows: str, quantity: str) -> None:
    """Amounts of rows and document, rounded half up to the cent as each row is."""
    net = vat = Decimal(0)
    for row in values[rows]:
        total = _cents(_exact(row[quantity]) * _exact(row["Price"]))
        row["Total"] = float(total)
        net += total
        vat += total * int(row["VAT"]) / 100
    vat = _cents(vat)
    values.update(Net=float(net), TotalVAT=float(vat), Total=float(net + vat))


def _references(fields: tuple[Field, ...], values: Values) -> Iterator[tuple[Field, str]]:
    for field in fields:
        if field.kind is Kind.ROWS:
            seen = {}
            for row in values[field.name]:
                seen.update({(inner.name, value): inner for inner, value in _references(field.rows, row)})
            yield from ((inner, value) for (_, value), inner in seen.items())
        elif field.refers and values[field.name] not in {"", None}:
            yield field, str(values[field.name])


def _check_invoice(values: Values) -> None:
    if values["DueDate"] < values["InvoiceDate"]:
        raise RecordRejectedError("DueDate is before InvoiceDate.")


def _check_payment(values: Values) -> None:
    if values["Amount"] <= 0:
        raise RecordRejectedError("Amount is more than nothing.")


def _check_account(values: Values) -> None:
    if values["Number"] not in _ACCOUNTS:
        raise RecordRejectedError("Number is four digits, 1000 to 9999.")


def _check_voucher(values: Values) -> None:
    rows = values["VoucherRows"]
    if any(row["Debit"] < 0 or row["Credit"] < 0 or (row["Debit"] and row["Credit"]) for row in rows):
        raise RecordRejectedError("A voucher row has either Debit or Credit, and neither is negative.")
    debit = sum((_exact(row["Debit"]) for row in rows), Decimal(0))
    credit = sum((_exact(row["Credit"]) for row in rows), Decimal(0))
    if debit != credit or not debit:
        raise RecordRejectedError(f"The voucher is out of balance: debit {debit}, credit {credit}.")


def _check_year(values: Values) -> None:
    if values["ToDate"] < values["FromDate"]:
        raise RecordRejectedError("ToDate is before FromDate.")


_CHECKS: dict[str, Callable[[Values], None]] = {
    "invoices": _check_invoice,
    "invoicepayments": _check_payment,
    "accounts": _check_account,
    "vouchers": _check_voucher,
    "financialyears": _check_year,
}


def _exact(number: Any) -> Decimal:
    return Decimal(str(number))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
