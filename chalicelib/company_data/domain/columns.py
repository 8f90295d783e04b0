"""One field of all seeded records at once, worked out once in a process: what searching and sorting look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from chalicelib.company_data.domain import templates
from chalicelib.company_data.domain.records import place_of
from chalicelib.company_data.domain.resources import RESOURCES, Resource
from chalicelib.company_data.domain.templates import TEMPLATES, Template

WHOLE_MAX = 1000  # records that are made whole for one field of them: some 50 ms
_COLUMNS = 8  # of 50,000 values, some 4 MB each

_CHEAP: Mapping[tuple[str, str], Callable[[Template, int], Any]] = {
    ("customers", "Name"): lambda _, number: templates.company_name(number),
    ("customers", "City"): lambda _, number: templates.city_of("kund", number)[1],
    ("customers", "ZipCode"): lambda _, number: templates.city_of("kund", number)[0],
    ("customers", "Email"): lambda _, number: templates.email_of("kund", number),
    ("customers", "Phone1"): lambda _, number: templates.phone_of(number),
    ("customers", "OrganisationNumber"): lambda _, number: templates.organisation_of(number),
    ("articles", "Description"): lambda _, number: templates.goods_of(number),
    ("articles", "QuantityInStock"): lambda _, number: templates.stock_of(number),
    ("invoices", "CustomerNumber"): lambda seeds, number: str(templates.customer_of(seeds, "customer", number)),
    ("orders", "CustomerNumber"): lambda seeds, number: str(templates.customer_of(seeds, "buyer", number)),
    ("invoices", "CustomerName"): lambda seeds, number: templates.company_name(
        templates.customer_of(seeds, "customer", number)
    ),
    ("orders", "CustomerName"): lambda seeds, number: templates.company_name(
        templates.customer_of(seeds, "buyer", number)
    ),
    ("invoices", "InvoiceDate"): lambda _, number: templates.day_of("invoice", number),
    ("orders", "OrderDate"): lambda _, number: templates.day_of("order", number),
    ("vouchers", "TransactionDate"): lambda _, number: templates.day_of("voucher", number),
    ("vouchers", "VoucherSeries"): lambda *_: "A",
    ("vouchers", "Year"): lambda _, number: templates.year_of(templates.day_of("voucher", number)),
}
"""The same values as in the whole record, without the rest of it: `tests/company_data/test_searches.py`."""


def has_column(template: Template, resource: Resource, field: str) -> bool:
    """Whether the field of all seeded records can be looked at; a total of thousands of documents cannot."""
    is_few = template.counts[resource.name] <= WHOLE_MAX
    return is_few or (resource.name, field) in _CHEAP or templates.is_unseeded(template, resource, field)


@lru_cache(maxsize=_COLUMNS)
def column(template: str, resource: str, field: str) -> tuple[Any, ...]:
    """The values for ordinals 1, 2, 3 …; for fields that `has_column` allows."""
    seeds, kind = TEMPLATES[template], RESOURCES[resource]
    ordinals = range(1, seeds.counts[resource] + 1)
    cheap = _CHEAP.get((resource, field))
    if not ordinals:
        return ()
    if cheap is not None:
        return tuple(cheap(seeds, ordinal) for ordinal in ordinals)
    if templates.is_unseeded(seeds, kind, field):
        return (templates.seeded(seeds, kind, 1).values[field],) * len(ordinals)
    return tuple(templates.seeded(seeds, kind, ordinal).values[field] for ordinal in ordinals)


@lru_cache(maxsize=_COLUMNS)
def order(template: str, resource: str, field: str) -> tuple[int, ...]:
    """The ordinals in the order of a field; what is equal stays in the order it was made."""
    values = column(template, resource, field)
    return tuple(sorted(range(1, len(values) + 1), key=lambda ordinal: place_of(values[ordinal - 1])))
