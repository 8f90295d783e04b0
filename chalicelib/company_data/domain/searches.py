"""By which fields lists are searched: the dialect's parameters, declared for each resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class How(StrEnum):
    """How a field is held against what was asked for; capitals make no difference."""

    IS = "is"  # the whole value
    HAS = "has"  # somewhere in it
    FROM = "from"  # that day or later
    TO = "to"  # that day or earlier


@dataclass(frozen=True, slots=True)
class Search:
    """A parameter of a list. Two may share a name: a day that lies between two fields."""

    parameter: str
    field: str
    how: How = How.IS

    @property
    def is_day(self) -> bool:
        return self.how in {How.FROM, How.TO}


@dataclass(frozen=True, slots=True)
class Where:
    """One condition of a list.

    >>> Where("City", How.HAS, "växj").takes("VÄXJÖ"), Where("InvoiceDate", How.TO, "2026-01-31").takes("2026-02-01")
    (True, False)
    """

    field: str
    how: How
    wanted: str

    def takes(self, value: Any) -> bool:
        text = str(value)
        if self.how is How.FROM:
            return text >= self.wanted
        if self.how is How.TO:
            return text <= self.wanted
        text, wanted = text.casefold(), self.wanted.casefold()
        return text == wanted if self.how is How.IS else wanted in text


def _partner(number: str) -> tuple[Search, ...]:
    return (
        Search(number.lower(), number),
        Search("name", "Name", How.HAS),
        Search("city", "City", How.HAS),
        Search("zipcode", "ZipCode"),
        Search("email", "Email"),
        Search("phone", "Phone1", How.HAS),
        Search("organisationnumber", "OrganisationNumber"),
    )


def _document(day: str) -> tuple[Search, ...]:
    return (
        Search("documentnumber", "DocumentNumber"),
        Search("customernumber", "CustomerNumber"),
        Search("customername", "CustomerName", How.HAS),
        Search("ourreference", "OurReference", How.HAS),
        Search("yourreference", "YourReference", How.HAS),
        Search("currency", "Currency"),
        Search("fromdate", day, How.FROM),
        Search("todate", day, How.TO),
    )


SEARCHES: Mapping[str, tuple[Search, ...]] = {
    "customers": _partner("CustomerNumber"),
    "suppliers": _partner("SupplierNumber"),
    "articles": (Search("articlenumber", "ArticleNumber"), Search("description", "Description", How.HAS)),
    "invoices": _document("InvoiceDate"),
    "orders": _document("OrderDate"),
    "invoicepayments": (Search("invoicenumber", "InvoiceNumber"),),
    "accounts": (Search("number", "Number"), Search("sru", "SRU")),
    "vouchers": (
        Search("voucherseries", "VoucherSeries"),
        Search("financialyear", "Year"),
        Search("fromdate", "TransactionDate", How.FROM),
        Search("todate", "TransactionDate", How.TO),
    ),
    "financialyears": (Search("date", "FromDate", How.TO), Search("date", "ToDate", How.FROM)),
}
"""By resource. What is searched is shown in lists too, so nobody learns more by asking."""
