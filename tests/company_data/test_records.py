"""Company data as an integration meets it: envelopes, pages, numbers, references, actions, and every refusal."""

from __future__ import annotations

import json

import pytest

from chalicelib.company_api import repository as windows
from chalicelib.company_data import repository, service
from chalicelib.company_data.domain import RESOURCES, RecordRejectedError, Selection
from chalicelib.company_data.repository import RecordItem
from chalicelib.kit.context import new_context
from tests.factories import aws_calls, new_person

SCOPES = "article bookkeeping customer invoice order payment supplier"
MODULES = frozenset({"Integration", "Order", "Kundfaktura", "Bokföring"})


@pytest.fixture
def person(world):
    return new_person(modules=MODULES)


@pytest.fixture
def call(world, person, monkeypatch):
    """One call with an access token; the limit is another test's subject."""
    monkeypatch.setattr(windows, "free_slots", lambda slots, now: list(range(25)))
    monkeypatch.setattr(windows, "_take", lambda *_: ([0] * 25, True))
    token = world.connect(world.register(SCOPES), SCOPES, person=person)["access_token"]

    def send(method, path, body=None):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        text = json.dumps(body) if body is not None else None
        return world.http.request(method, f"/3/{path}", body=text, headers=headers)

    return send


@pytest.fixture
def seeded(person):
    service.fill(person.company.tenant_id, "small", "e1")


def is_refused(answer, *words, status=400):
    found = answer.json["ErrorInformation"]
    assert answer.status == status, answer.text
    assert found["code"] == found["Code"] == 2000000 + status
    assert found["message"] == found["Message"]
    assert all(word in found["message"] for word in words), found["message"]
    return True


def test_an_empty_company_has_empty_lists(call):
    for resource in RESOURCES.values():
        assert call("GET", resource.name).json == {
            "MetaInformation": {"@TotalResources": 0, "@TotalPages": 0, "@CurrentPage": 1}, resource.plural: [],
        }  # fmt: skip


def test_a_customer_from_create_to_change(call):
    made = call("POST", "customers", {"Customer": {"Name": "Åkes Bygg AB", "City": "Växjö"}})
    assert made.status == 201
    assert made.json["Customer"] == {
        "CustomerNumber": "1", "Name": "Åkes Bygg AB", "OrganisationNumber": "", "Email": "", "Phone1": "", "Address1": None,
        "ZipCode": "", "City": "Växjö", "CountryCode": "SE", "Currency": "SEK", "Type": "COMPANY", "Active": True,
    }  # fmt: skip
    changed = call("PUT", "customers/1", {"Customer": {**made.json["Customer"], "Name": "Åkes", "Active": False}})
    assert changed.json["Customer"] == {**made.json["Customer"], "Name": "Åkes", "Active": False}
    assert call("GET", "customers/1/").json == changed.json
    assert call("GET", "customers?filter=inactive").json["Customers"] == [changed.json["Customer"]]
    assert call("GET", "customers?filter=active").json["MetaInformation"]["@TotalResources"] == 0


def test_an_invoice_from_order_to_book(call, seeded):
    rows = [
        {"ArticleNumber": "1", "DeliveredQuantity": 3, "Price": 99.95},
        {"Description": "x", "Price": "0.05", "VAT": 6},
    ]
    sent = {"CustomerNumber": 1, "InvoiceDate": "2026-02-01", "InvoiceRows": rows}
    found = call("POST", "invoices", {"Invoice": sent}).json["Invoice"]
    assert (found["Net"], found["TotalVAT"], found["Total"], found["Balance"]) == (299.9, 74.97, 374.87, 374.87)
    assert (found["DocumentNumber"], found["DueDate"]) == ("61", "2026-03-03")
    assert found["CustomerName"] == call("GET", "customers/1").json["Customer"]["Name"]
    assert call("PUT", "invoices/61", {"Invoice": {"InvoiceRows": []}}).json["Invoice"]["Total"] == 0
    assert call("PUT", "invoices/61/bookkeep").json["Invoice"]["Booked"] is True
    assert is_refused(call("PUT", "invoices/61/bookkeep"), "booked")
    assert is_refused(call("PUT", "invoices/61/cancel"), "booked")
    assert is_refused(call("PUT", "invoices/61", {"Invoice": {"Remarks": "x"}}), "booked", "cannot be changed")


def test_an_order_is_cancelled_once(call, seeded):
    call("POST", "orders", {"Order": {"CustomerNumber": "1"}})
    assert call("PUT", "orders/31/cancel").json["Order"]["Cancelled"] is True
    assert is_refused(call("PUT", "orders/31/cancel"), "cancelled")


def test_vouchers_are_numbered_by_series_and_balance(call, seeded):
    rows = [{"Account": 1930, "Debit": 10.1}, {"Account": 3001, "Credit": 10.1}]
    voucher = {"VoucherSeries": "A", "TransactionDate": "2026-03-01", "Description": "x", "VoucherRows": rows}
    assert call("POST", "vouchers", {"Voucher": voucher}).json["Voucher"]["VoucherNumber"] == 51
    other = call("POST", "vouchers", {"Voucher": {**voucher, "VoucherSeries": "B"}}).json["Voucher"]
    assert call("GET", "vouchers/B/1").json["Voucher"] == other
    for change, words in [
        ({"VoucherRows": [{"Account": 1930, "Debit": 10}]}, "out of balance"),
        ({"VoucherRows": []}, "VoucherRows"),
        (
            {"VoucherRows": [{"Account": 1111, "Debit": 1}, {"Account": 1930, "Credit": 1}]},
            "Account 1111 does not exist",
        ),
        ({"VoucherRows": [{"Account": 1930, "Debit": 1, "Credit": 1}]}, "either"),
        ({"TransactionDate": "1999-01-01"}, "financial year"),
    ]:
        assert is_refused(call("POST", "vouchers", {"Voucher": {**voucher, **change}}), words)
    assert call("PUT", "vouchers/A/1", {"Voucher": {}}).status == 405


@pytest.mark.parametrize(("path", "body", "word"), [
    ("customers", {"Customer": {}}, "Name"),
    ("customers", {"Customer": {"Name": ""}}, "Name"),
    ("customers", {"Customer": {"Name": "x", "CustomerNumber": "a/b"}}, "CustomerNumber"),
    ("customers", {"Customer": {"Name": "x", "Email": "x"}}, "Email"),
    ("customers", {"Customer": {"Name": "x", "Shoe": 1}}, "Shoe"),
    ("customers", {"Name": "x"}, "Customer"),
    ("customers", {"Customer": {"Name": "x", "CustomerNumber": "25"}}, "taken"),
    ("articles", {"Article": {"Description": "x", "SalesPrice": 1.001}}, "SalesPrice"),
    ("articles", {"Article": {"Description": "x", "SalesPrice": "1,5"}}, "SalesPrice"),
    ("articles", {"Article": {"Description": "x", "VAT": 24}}, "VAT"),
    ("invoices", {"Invoice": {"CustomerNumber": "9999"}}, "CustomerNumber 9999 does not exist"),
    ("invoices", {"Invoice": {"CustomerNumber": "1", "InvoiceDate": "2026-02-30"}}, "InvoiceDate"),
    ("invoices", {"Invoice": {"CustomerNumber": "1", "InvoiceDate": "2026-02-20", "DueDate": "2026-02-19"}}, "DueDate"),
    ("invoices", {"Invoice": {"CustomerNumber": "1", "InvoiceRows": [{"ArticleNumber": "no"}]}}, "ArticleNumber no"),
    ("accounts", {"Account": {"Number": 99, "Description": "x"}}, "four digits"),
    ("accounts", {"Account": {"Number": 1930, "Description": "x"}}, "taken"),
    ("financialyears", {"FinancialYear": {"FromDate": "2031-01-01", "ToDate": "2030-01-01"}}, "ToDate"),
])  # fmt: skip
def test_what_cannot_be_accepted_is_named_and_leaves_nothing(call, seeded, path, body, word):
    before = call("GET", path).json
    assert is_refused(call("POST", path, body), word)
    assert call("GET", path).json == before


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "page=0",
        "page=x",
        "filter=x",
        "sortby=City",
        "sortorder=x",
        "lastmodified=x",
        "offset=-1",
        "offset=x",
    ],
)
def test_a_query_that_cannot_be_read_is_refused(call, query):
    assert is_refused(call("GET", f"customers?{query}"))


@pytest.mark.parametrize(
    "path", ["customers/999", "customers/%00", "customers/k%23", "invoices/0", "vouchers/A/999", "accounts/x"]
)
def test_what_does_not_exist_is_404(call, seeded, path):
    assert is_refused(call("GET", path), status=404)


def test_pages_cover_everything_once(call, seeded):
    call("POST", "customers", {"Customer": {"Name": "Last", "CustomerNumber": "K-1"}})
    numbers = []
    for page in range(1, 5):
        answer = call("GET", f"customers?limit=7&page={page}&unknown=1").json
        assert answer["MetaInformation"] == {"@TotalResources": 26, "@TotalPages": 4, "@CurrentPage": page}
        numbers += [customer["CustomerNumber"] for customer in answer["Customers"]]
    assert numbers == [*map(str, range(1, 26)), "K-1"]
    last = call("GET", "customers?limit=3&sortby=customernumber&sortorder=descending").json["Customers"]
    assert [customer["CustomerNumber"] for customer in last] == ["K-1", "25", "24"]
    assert call("GET", "customers?page=99").json["Customers"] == []


@pytest.mark.parametrize(("path", "field"), [
    ("customers?sortby=name", "Name"), ("invoices?sortby=total", "Total"), ("invoices?sortby=invoicedate", "InvoiceDate"),
    ("orders?sortby=customername", "CustomerName"), ("invoices?filter=unpaid&sortby=total", "Total"),
])  # fmt: skip
def test_lists_are_sorted_by_the_fields_that_the_dialect_names(call, seeded, path, field):
    name = path.split("?")[0].capitalize()
    call("POST", "customers", {"Customer": {"Name": "Ängens AB"}})
    first = call("GET", f"{path}&limit=500").json
    values = [one[field] for one in first[name]]
    swedish = str.maketrans("åäö", "{|}")
    expected = sorted(values, key=lambda value: value if field == "Total" else value.casefold().translate(swedish))
    assert (values, len(values)) == (expected, first["MetaInformation"]["@TotalResources"])
    backwards = call("GET", f"{path}&limit=500&sortorder=descending").json[name]
    assert backwards == first[name][::-1]
    assert call("GET", f"{path}&limit=7&page=2").json[name] == first[name][7:14]


def test_what_is_too_much_to_sort_is_refused_before_it_is_read(module_aws):
    tenant = new_context().new_id("ten")
    service.fill(tenant, "large", "e1")
    with aws_calls() as calls, pytest.raises(RecordRejectedError, match="50000 records are too many to sort by total"):
        service.list_records(tenant, RESOURCES["invoices"], Selection(order_by="Total"))
    assert calls == ["GetItem", "Query"]


def test_documents_are_spelled_as_typed_clients_of_the_dialect_want_them(call, seeded):
    """Quantities of rows and `Credit` in quotation marks, prices of listed articles too, an address null when empty."""
    rows = [{"DeliveredQuantity": "2.125", "Price": 10}, {"DeliveredQuantity": 3}]
    made = call("POST", "invoices", {"Invoice": {"CustomerNumber": "1", "InvoiceRows": rows}}).json["Invoice"]
    assert [row["DeliveredQuantity"] for row in made["InvoiceRows"]] == ["2.125", "3.00"]
    assert (made["Credit"], made["Total"]) == ("false", 26.56)
    again = call("PUT", f"invoices/{made['DocumentNumber']}", {"Invoice": made})
    assert again.status == 200, again.text
    assert (again.status, again.json["Invoice"]) == (200, made), "what was read can be sent"
    assert type(call("GET", "articles").json["Articles"][0]["SalesPrice"]) is str
    assert type(call("GET", "articles/1").json["Article"]["SalesPrice"]) is float
    assert call("GET", "vouchers/A/1").json["Voucher"]["Year"] == 2


def test_a_number_somebody_chose_is_skipped(call):
    for chosen in ("1", "2", "4"):
        call("POST", "customers", {"Customer": {"Name": "x", "CustomerNumber": chosen}})
    given = [
        call("POST", "customers", {"Customer": {"Name": "x"}}).json["Customer"]["CustomerNumber"] for _ in range(2)
    ]
    assert given == ["3", "5"]
    assert is_refused(call("POST", "customers", {"Customer": {"Name": "x", "CustomerNumber": "3"}}), "taken")


def test_lastmodified_shows_what_was_changed_since(call, seeded):
    call("PUT", "customers/3", {"Customer": {"Name": "Changed"}})
    found = call("GET", "customers?lastmodified=2026-01-02%2000:00").json
    assert [customer["CustomerNumber"] for customer in found["Customers"]] == ["3"]
    assert call("GET", "customers?lastmodified=2025-12-31").json["MetaInformation"]["@TotalResources"] == 25


def test_a_company_sees_only_its_own(call, world):
    call("POST", "customers", {"Customer": {"Name": "x"}})
    other = new_person(modules=MODULES)
    token = world.connect(world.register(SCOPES), SCOPES, person=other)["access_token"]
    assert world.http.get("/3/customers/1", headers={"Authorization": f"Bearer {token}"}).status == 404


def test_a_resource_needs_its_module_and_its_scope(world):
    person = new_person(modules=frozenset({"Integration", "Order", "Kundfaktura"}))
    token = world.connect(world.register("customer"), "customer", person=person)["access_token"]

    def get(path):
        answer = world.http.get(path, headers={"Authorization": f"Bearer {token}"})
        return answer.json["ErrorInformation"]["code"]

    assert get("/3/suppliers") == 2000663
    from chalicelib.accounts.repository.tables import CompanyItem

    item = CompanyItem.get(person.company.tenant_id)
    item.modules = ["Integration"]
    item.save()
    assert get("/3/customers") == 2001101


def test_numbers_are_given_out_once_and_without_a_gap(module_aws, monkeypatch):
    """Each create is overtaken by another one between its reading and its writing (moto knows no threads)."""
    tenant = new_context().new_id("ten")
    customers = RESOURCES["customers"]
    find = repository.find_head

    def overtaken(*args):
        head = find(*args)
        monkeypatch.setattr(repository, "find_head", find)
        service.create_record(new_context(), tenant, customers, {"Name": "fast"})
        return head

    for _ in range(10):
        monkeypatch.setattr(repository, "find_head", overtaken)
        service.create_record(new_context(), tenant, customers, {"Name": "slow"})
    records = service.list_records(tenant, customers, Selection()).records
    assert [record["CustomerNumber"] for record in records] == [str(number) for number in range(1, 21)]
    assert [record["Name"] for record in records] == ["fast", "slow"] * 10


def test_reset_is_at_once_done_once_and_leaves_nothing(module_aws):
    tenant = new_context().new_id("ten")
    customers = RESOURCES["customers"]
    service.fill(tenant, "small", "e1")
    before = service.list_records(tenant, customers, Selection()).records
    service.update_record(new_context(), tenant, customers, "1", {"Name": "x"})
    service.create_record(new_context(), tenant, customers, {"Name": "y", "CustomerNumber": "1x"})
    service.fill(tenant, "small", "e2")
    service.fill(tenant, "small", "e2")
    assert service.list_records(tenant, customers, Selection()).records == before
    assert service.sweep(tenant) == 3
    assert service.sweep(tenant) == 0
    service.create_record(new_context(), tenant, customers, {"Name": "y"})
    service.fill(tenant, "small", "e2")
    assert service.list_records(tenant, customers, Selection()).total == 26, "a late repeat throws nothing away"
    service.clear(tenant)
    service.clear(tenant)
    assert [item for item in RecordItem.scan() if item.place.startswith(tenant)] == []


def test_a_change_that_meets_another_is_tried_again(module_aws, monkeypatch):
    tenant = new_context().new_id("ten")
    customers = RESOURCES["customers"]
    service.fill(tenant, "small", "e1")
    save = repository.save_record

    def late(*args):
        monkeypatch.setattr(repository, "save_record", save)
        service.update_record(new_context(), tenant, customers, "1", {"City": "Lund"})
        return save(*args)

    monkeypatch.setattr(repository, "save_record", late)
    found = service.update_record(new_context(), tenant, customers, "1", {"Name": "x"})
    assert (found["Name"], found["City"]) == ("x", "Lund")


def test_any_page_costs_the_same_calls(module_aws):
    tenant = new_context().new_id("ten")
    service.fill(tenant, "large", "e1")
    for page in (1, 250, 500):
        with aws_calls() as calls:
            assert len(service.list_records(tenant, RESOURCES["invoices"], Selection(page=page)).records) == 100
        assert calls == ["GetItem", "Query"]
