"""Seeded data: records that follow from their ordinal, so they are the same in every sandbox and need no storage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from chalicelib.company_data.domain import rules
from chalicelib.company_data.domain.records import Mark, Stored, Values
from chalicelib.company_data.domain.resources import RESOURCES, Resource

SEEDED_AT = datetime(2026, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(2025, 1, 1)
_DAYS = 365
_YEARS = range(2024, 2031)
_FIRST = ("Björk", "Ek", "Fjäll", "Gran", "Hav", "Is", "Lund", "Norr", "Sjö", "Vik", "Ås", "Öster")
_SECOND = ("bagaren", "bygg", "data", "el", "handel", "konsult", "mekano", "plåt", "snickeri", "transport", "verkstad")
_CITIES = (
    ("111 20", "Stockholm"),
    ("411 01", "Göteborg"),
    ("211 11", "Malmö"),
    ("352 30", "Växjö"),
    ("972 31", "Luleå"),
)
_GOODS = ("Bord", "Hylla", "Kabel", "Lampa", "Pump", "Skruv", "Stol", "Timme", "Vägg", "Ventil")
_CHART = {
    1220: "Inventarier och verktyg", 1460: "Lager av handelsvaror", 1510: "Kundfordringar", 1630: "Skattekonto",
    1710: "Förutbetalda hyreskostnader", 1910: "Kassa", 1920: "PlusGiro", 1930: "Företagskonto", 1940: "Bank",
    2081: "Aktiekapital", 2091: "Balanserad vinst", 2099: "Årets resultat", 2440: "Leverantörsskulder",
    2510: "Skatteskulder", 2611: "Utgående moms 25 %", 2621: "Utgående moms 12 %", 2631: "Utgående moms 6 %",
    2640: "Ingående moms", 2650: "Redovisningskonto för moms", 2710: "Personalskatt", 2731: "Sociala avgifter",
    2920: "Upplupna semesterlöner", 3001: "Försäljning 25 %", 3002: "Försäljning 12 %", 3003: "Försäljning 6 %",
    3740: "Öresutjämning", 4010: "Inköp av varor", 5010: "Lokalhyra", 5410: "Förbrukningsinventarier",
    5611: "Drivmedel", 6110: "Kontorsmateriel", 6212: "Mobiltelefon", 6540: "IT-tjänster", 6570: "Bankkostnader",
    7010: "Löner", 7210: "Löner tjänstemän", 7510: "Arbetsgivaravgifter", 7832: "Avskrivningar på inventarier",
    8310: "Ränteintäkter", 8410: "Räntekostnader", 8910: "Skatt på årets resultat", 8999: "Årets resultat",
}  # fmt: skip
_NUMBERS = tuple(_CHART)


@dataclass(frozen=True, slots=True)
class Template:
    name: str
    counts: Mapping[str, int]

    def digest(self) -> str:
        """The hash of everything in it, key by key: stated in the tests and the documentation (SB-14)."""
        found = hashlib.sha256()
        for name, count in sorted(self.counts.items()):
            for ordinal in range(1, count + 1):
                record = seeded(self, RESOURCES[name], ordinal)
                found.update(json.dumps([name, record.key, record.values], sort_keys=True).encode())
        return found.hexdigest()


_FIXED = {"accounts": len(_NUMBERS), "financialyears": len(_YEARS), "invoicepayments": 0}
TEMPLATES: dict[str, Template] = {
    template.name: template
    for template in (
        Template("", dict.fromkeys(RESOURCES, 0)),
        Template("small", {**_FIXED, "customers": 25, "articles": 20, "invoices": 60, "orders": 30, "suppliers": 10,
                           "vouchers": 50}),
        Template("large", {**_FIXED, "customers": 50_000, "articles": 5_000, "invoices": 50_000, "orders": 10_000,
                           "suppliers": 1_000, "vouchers": 20_000}),
    )
}  # fmt: skip


def seeded(template: Template, resource: Resource, ordinal: int) -> Stored:
    """The record with this number in the template."""
    values = rules.complete(resource, _MAKERS[resource.name](template, ordinal), _FIRST_DAY)
    state = seeded_mark(resource, ordinal).state
    if resource.name in {"invoices", "orders"}:
        number = int(values["CustomerNumber"])
        values.update(DocumentNumber=str(ordinal), CustomerName=company_name(number), Cancelled=state == "cancelled")
    if resource.name == "invoices":
        values["Booked"] = state in {"unpaid", "fullypaid"}
        values["Balance"] = values["Total"] if state in {"unpaid", "unbooked"} else 0
    if resource.name == "vouchers":
        values.update(VoucherNumber=ordinal, Year=year_of(values["TransactionDate"]))
    if resource.name == "financialyears":
        values["Id"] = ordinal
    return Stored(ordinal, resource.key_of(values), seeded_mark(resource, ordinal), 0, values)


def seeded_mark(resource: Resource, ordinal: int) -> Mark:
    """Cheap, for lists ask it of every record."""
    return Mark(_STATES.get(resource.name, ("active",))[ordinal % 10 % len(_STATES.get(resource.name, "x"))], SEEDED_AT)


def seeded_ordinal(template: Template, resource: Resource, key: str) -> int | None:
    """Where the template has the record of this key."""
    if resource.name == "accounts":
        return _NUMBERS.index(int(key)) + 1 if template.counts["accounts"] and _is_number(key, _NUMBERS) else None
    number = key.removeprefix("A/") if resource.name == "vouchers" else key
    # Only as the template spells it: "007" and "+7" are other keys.
    is_ours = number.isascii() and number.isdigit() and str(int(number[:9])) == number
    return int(number) if is_ours and 1 <= int(number) <= template.counts[resource.name] else None


def seeded_last(template: Template, resource: Resource) -> dict[str, int]:
    """The last number given out, by series."""
    return {"A" if resource.name == "vouchers" else "": template.counts[resource.name]}


_STATES = {
    "invoices": ("unbooked", "unpaid", "unpaid", "fullypaid", "fullypaid", "fullypaid", "cancelled", "unpaid",
                 "fullypaid", "unbooked"),
    "orders": ("open", "open", "open", "open", "cancelled"),
    "customers": ("inactive", *["active"] * 9),
}  # fmt: skip


def _is_number(key: str, numbers: tuple[int, ...]) -> bool:
    return key.isascii() and key.isdigit() and len(key) == 4 and int(key) in numbers  # noqa: PLR2004 - account numbers


def _pick(what: str, ordinal: int, below: int) -> int:
    """0..below-1, the same for ever."""
    digest = hashlib.blake2b(f"{what}:{ordinal}".encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") % below


def company_name(number: int) -> str:
    return f"{_FIRST[_pick('first', number, len(_FIRST))]}{_SECOND[_pick('second', number, len(_SECOND))]} {number} AB"


def day_of(what: str, ordinal: int) -> str:
    """A day of the seeded year."""
    return (_FIRST_DAY + timedelta(days=_pick(what, ordinal, _DAYS))).isoformat()


def city_of(what: str, number: int) -> tuple[str, str]:
    """Zip code and city of a customer or supplier."""
    return _CITIES[_pick(what, number, len(_CITIES))]


def organisation_of(number: int) -> str:
    return f"555555-{number % 10_000:04}"


def email_of(what: str, number: int) -> str:
    return f"{what}{number}@example.com"


def phone_of(number: int) -> str:
    return f"08-{_pick('phone', number, 900_000) + 100_000}"


def goods_of(article: int) -> str:
    return f"{_GOODS[_pick('goods', article, len(_GOODS))]} {article}"


def stock_of(article: int) -> int:
    return _pick("stock", article, 500)


def customer_of(template: Template, what: str, ordinal: int) -> int:
    """The number of who bought; `what` is `customer` of an invoice, `buyer` of an order."""
    return 1 + _pick(what, ordinal, template.counts["customers"])


def year_of(day: str) -> int:
    """The id of the financial year it lies in."""
    return _YEARS.index(int(day[:4])) + 1


def is_unseeded(template: Template, resource: Resource, field: str) -> bool:
    """Whether no seeded record says anything of this field, so that all have what it is left at."""
    given = _MAKERS[resource.name](template, 1) if template.counts[resource.name] else {}
    return field not in given and not next(one for one in resource.fields if one.name == field).is_derived


def _partner(what: str, number: int) -> dict[str, Any]:
    zip_code, city = city_of(what, number)
    return {
        "Name": company_name(number),
        "OrganisationNumber": organisation_of(number),
        "Email": email_of(what, number),
        "Phone1": phone_of(number),
        "Address1": f"Storgatan {_pick('street', number, 90) + 1}",
        "ZipCode": zip_code,
        "City": city,
    }


def _customer(_: Template, number: int) -> dict[str, Any]:
    active = seeded_mark(RESOURCES["customers"], number).state == "active"
    return {"CustomerNumber": str(number), **_partner("kund", number), "Active": active}


def _supplier(_: Template, number: int) -> dict[str, Any]:
    return {
        "SupplierNumber": str(number),
        **_partner("leverantor", number),
        "BG": f"{_pick('bg', number, 900) + 100}-0000",
    }


def _article(_: Template, number: int) -> dict[str, Any]:
    price = _price(number)
    return {
        "ArticleNumber": str(number),
        "Description": goods_of(number),
        "SalesPrice": price,
        "PurchasePrice": round(price / 2, 2),
        "QuantityInStock": stock_of(number),
    }


def _price(article: int) -> float:
    return (_pick("price", article, 200_000) + 100) / 100


def _lines(template: Template, ordinal: int, quantity: str) -> list[dict[str, Any]]:
    lines = []
    for line in range(1 + _pick("lines", ordinal, 3)):
        article = 1 + _pick(f"article{line}", ordinal, template.counts["articles"])
        lines.append(
            {
                "ArticleNumber": str(article),
                "Description": goods_of(article),
                quantity: 1 + _pick(f"quantity{line}", ordinal, 9),
                "Price": _price(article),
            }
        )
    return lines


def _invoice(template: Template, ordinal: int) -> dict[str, Any]:
    customer = customer_of(template, "customer", ordinal)
    rows = _lines(template, ordinal, "DeliveredQuantity")
    return {"CustomerNumber": str(customer), "InvoiceDate": day_of("invoice", ordinal), "InvoiceRows": rows}


def _order(template: Template, ordinal: int) -> dict[str, Any]:
    customer = customer_of(template, "buyer", ordinal)
    rows = _lines(template, ordinal, "OrderedQuantity")
    return {"CustomerNumber": str(customer), "OrderDate": day_of("order", ordinal), "OrderRows": rows}


def _account(_: Template, ordinal: int) -> dict[str, Any]:
    return {"Number": _NUMBERS[ordinal - 1], "Description": _CHART[_NUMBERS[ordinal - 1]]}


def _voucher(_: Template, ordinal: int) -> dict[str, Any]:
    amount = (_pick("voucher", ordinal, 1_000_000) + 100) / 100
    cost = (5010, 5410, 5611, 6110, 6212, 6540)[_pick("cost", ordinal, 6)]
    return {
        "VoucherSeries": "A",
        "TransactionDate": day_of("voucher", ordinal),
        "Description": _CHART[cost],
        "VoucherRows": [{"Account": cost, "Debit": amount}, {"Account": 1930, "Credit": amount}],
    }


def _year(_: Template, ordinal: int) -> dict[str, Any]:
    year = _YEARS[ordinal - 1]
    return {"FromDate": f"{year}-01-01", "ToDate": f"{year}-12-31"}


_MAKERS: dict[str, Callable[[Template, int], Values]] = {
    "customers": _customer,
    "articles": _article,
    "invoices": _invoice,
    "orders": _order,
    "suppliers": _supplier,
    "accounts": _account,
    "vouchers": _voucher,
    "financialyears": _year,
}
