"""fortpyx, a public client library for the Fortnox dialect, at its ordinary calls: nothing changed but the host."""

from __future__ import annotations

import json
import sys

from fortpyx import Fortpyx
from fortpyx.model.model import (
    FortnoxCustomer,
    FortnoxCustomerWrap,
    FortnoxInvoicePayload,
    FortnoxInvoicePayloadInvoiceRow,
    FortnoxInvoicePayloadWrap,
)


def hear() -> dict[str, str]:
    heard: dict[str, str] = json.loads(sys.stdin.readline())
    return heard


told = hear()
# The library has the host in a constant of its class and no setting for it.
Fortpyx._Fortpyx__BASE_URL = told["issuer"]
api = Fortpyx(told["client_id"], told["client_secret"], access_token=told["access_token"], refresh_token="none").fortnox

company = api.company_information.retrieve_the__company__information()
listed = api.customers.retrieve_a_list_of_customers(filter="active", sortby="name")
made = api.customers.create_a_customer(FortnoxCustomerWrap(Customer=FortnoxCustomer(Name="Åkes Bygg AB", City="Växjö")))
number = made.customer.customer_number
changed = api.customers.update_a_customer(FortnoxCustomerWrap(Customer=FortnoxCustomer(Name="Åkes AB")), number)
read = api.customers.retrieve_a_customer(number)
row = FortnoxInvoicePayloadInvoiceRow(Description="Timme", DeliveredQuantity="2", Price=100, VAT=25)
payload = FortnoxInvoicePayload(CustomerNumber=number, InvoiceRows=[row])
invoice = api.invoices.create_an_invoice(FortnoxInvoicePayloadWrap(Invoice=payload)).invoice
booked = api.invoices.bookkeep_an_invoice(invoice.document_number).invoice
single = api.invoices.retrieve_a_single_invoice(invoice.document_number).invoice
unpaid = api.invoices.retrieve_a_list_of_invoices(filter="unpaid")
sys.stdout.write(
    json.dumps(
        {
            "company": company.model_dump(by_alias=True),
            "names": [one.name for one in listed.customers],
            "customer": [made.customer.name, changed.customer.name, read.customer.city, number],
            "invoice": [str(invoice.document_number), invoice.total, booked.booked, float(single.balance)],
            "unpaid": str(invoice.document_number) in {str(one.document_number) for one in unpaid.invoices},
        },
        default=str,
    )
    + "\n"
)
