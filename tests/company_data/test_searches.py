"""Lists searched by fields and sorted by any: what looking at each record would find, at the same cost whatever the size."""

from __future__ import annotations

from itertools import pairwise

import pytest

from chalicelib.company_data import searching, service
from chalicelib.company_data.domain import RESOURCES, SEARCHES, TEMPLATES, How, Selection, Where, columns, templates
from chalicelib.company_data.domain.records import place_of
from chalicelib.kit.context import new_context
from tests.company_data.test_records import call, is_refused, person, seeded
from tests.factories import aws_calls

__all__ = ["call", "person", "seeded"]

LARGE = TEMPLATES["large"]


def looked_at(name):
    """Fields of a resource that lists look at in columns."""
    fields = {one.field for one in SEARCHES[name] if RESOURCES[name].key != (one.field,)}
    return fields | {one for one in RESOURCES[name].sorts if columns.has_column(LARGE, RESOURCES[name], one)}


@pytest.mark.parametrize("name", RESOURCES)
def test_a_column_holds_what_the_whole_records_hold(name):
    for field in looked_at(name):
        assert columns.has_column(LARGE, RESOURCES[name], field), f"{field} of a large sandbox cannot be searched"
        few = columns.column("small", name, field)
        records = [templates.seeded(TEMPLATES["small"], RESOURCES[name], n) for n in range(1, len(few) + 1)]
        assert list(few) == [record.values[field] for record in records]
        cheap = columns._CHEAP.get((name, field), lambda *_: None)
        for ordinal in range(1, LARGE.counts[name] + 1, 4_999):
            whole = templates.seeded(LARGE, RESOURCES[name], ordinal).values[field]
            assert cheap(LARGE, ordinal) in {whole, None}


SEARCHED = [
    ("customers", "city=växjö", lambda one: one["City"] == "Växjö"),
    ("customers", "city=VÄX&name=lund", lambda one: one["City"] == "Växjö" and "lund" in one["Name"].casefold()),
    ("customers", "customernumber=7", lambda one: one["CustomerNumber"] == "7"),
    ("customers", "customernumber=7&city=nowhere", lambda _: False),
    ("customers", "customernumber=nobody", lambda _: False),
    ("customers", "email=KUND3@example.com", lambda one: one["Email"] == "kund3@example.com"),
    ("customers", "filter=inactive&name=ab", lambda one: int(one["CustomerNumber"]) % 10 == 0),
    ("customers", "name=ab&lastmodified=2030-01-01", lambda _: False),
    ("suppliers", "zipcode=352%2030", lambda one: one["City"] == "Växjö"),
    ("articles", "description=lampa", lambda one: one["Description"].startswith("Lampa")),
    ("invoices", "fromdate=2025-03-01&todate=2025-04-30", lambda one: "2025-03-01" <= one["InvoiceDate"] <= "2025-04-30"),
    ("invoices", "customernumber=3", lambda one: one["CustomerNumber"] == "3"),
    ("invoices", "currency=EUR", lambda _: False),
    ("orders", "todate=2025-02-28", lambda one: one["OrderDate"] <= "2025-02-28"),
    ("vouchers", "financialyear=2&fromdate=2025-12-01", lambda one: one["TransactionDate"] >= "2025-12-01"),
    ("accounts", "number=1930", lambda one: one["Number"] == 1930),
    ("financialyears", "date=2025-05-05", lambda one: one["FromDate"] == "2025-01-01"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "query", "expected"), SEARCHED)
def test_a_search_finds_what_looking_at_each_record_would(call, seeded, name, query, expected):
    plural = RESOURCES[name].plural
    everything = call("GET", f"{name}?limit=500").json[plural]
    found = call("GET", f"{name}?limit=500&{query}").json
    assert found[plural] == [one for one in everything if expected(one)]
    assert found["MetaInformation"]["@TotalResources"] == len(found[plural])


def test_added_and_changed_records_are_found_as_they_are_now(call, seeded):
    call("POST", "customers", {"Customer": {"CustomerNumber": "K-1", "Name": "Ångpannan", "City": "Kiruna"}})
    before = call("GET", "customers/7").json["Customer"]["City"]
    call("PUT", "customers/7", {"Customer": {"City": "Kiruna"}})

    def numbers(query):
        return [one["CustomerNumber"] for one in call("GET", f"customers?limit=500&{query}").json["Customers"]]

    assert numbers("city=kiruna") == ["7", "K-1"]
    assert "7" not in numbers(f"city={before}")
    assert numbers("city=kiruna&sortby=name&sortorder=descending") == ["K-1", "7"]
    assert numbers("customernumber=k-1&city=kiruna") == numbers("customernumber=k-1") == []
    assert numbers("customernumber=K-1&name=ångp") == ["K-1"]
    everything = call("GET", "customers?limit=500&sortby=name").json["Customers"]
    assert len(everything) == 26
    assert all(place_of(one["Name"]) <= place_of(two["Name"]) for one, two in pairwise(everything))


def test_offset_leaves_out_any_number(call, seeded):
    def numbers(query):
        found = call("GET", f"customers?{query}").json
        return [one["CustomerNumber"] for one in found["Customers"]], found["MetaInformation"]["@CurrentPage"]

    assert numbers("limit=3&offset=4") == (["5", "6", "7"], 2)
    assert numbers("limit=3&offset=24") == (["25"], 9)
    assert numbers("limit=3&offset=99") == ([], 34)
    assert numbers("limit=2&offset=1&sortorder=descending") == (["24", "23"], 1)


@pytest.mark.parametrize("query", ["fromdate=2025-13-01", "todate=x", f"customername={'x' * 201}"])
def test_what_cannot_be_searched_for_is_refused_in_both_spellings(call, query):
    assert is_refused(call("GET", f"invoices?{query}"))


def test_a_search_of_fifty_thousand_costs_the_calls_of_fifty(module_aws):
    selections = {
        "city": Selection(where=(Where("City", How.HAS, "luleå"),)),
        "sorted": Selection(order_by="Name", page=2, limit=5),
        "number": Selection(where=(Where("CustomerNumber", How.IS, "20"),)),
        "all of it": Selection(
            where=(Where("Name", How.HAS, "ek"),), states=frozenset({"inactive"}), order_by="Name", offset=1
        ),
    }
    costs, totals = {}, {}
    for template in ("small", "large"):
        tenant = new_context().new_id("ten")
        service.fill(tenant, template, template)
        for what, selection in selections.items():
            with aws_calls() as calls:
                totals[template, what] = service.list_records(tenant, RESOURCES["customers"], selection).total
            costs[template, what] = list(calls)
    assert {what: costs["small", what] for what in selections} == {what: costs["large", what] for what in selections}
    assert costs["large", "all of it"] == ["GetItem", "Query"]
    assert totals["large", "city"] > 9_000 > totals["large", "all of it"] > 100


def test_more_changed_records_than_a_search_reads_are_refused_and_the_number_still_finds(call, person, monkeypatch):
    monkeypatch.setattr(searching, "SEARCHED_MAX", 3)
    for number in range(4):
        call("POST", "customers", {"Customer": {"CustomerNumber": f"K{number}", "Name": "x"}})
    assert is_refused(call("GET", "customers?name=x"), "More than 3 customers", "customernumber")
    assert is_refused(call("GET", "customers?sortby=name"), "More than 3 customers")
    assert call("GET", "customers?customernumber=K2").json["MetaInformation"]["@TotalResources"] == 1
    with aws_calls() as calls:
        searching.search(person.company.tenant_id, RESOURCES["suppliers"], Selection(order_by="Name"))
    assert calls == ["GetItem"]
