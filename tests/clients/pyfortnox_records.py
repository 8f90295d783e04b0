"""pyfortnox, another public client library for the Fortnox dialect, at its ordinary calls.

It is from before the dialect had OAuth 2.0: its transport sends the token in a header of that time. `Bearer` adds the
header of today where the library lets a caller add headers; nothing else is changed, and the host is a setting.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from fortnox.configuration import Configuration
from fortnox.errors import RequestError
from fortnox.http_client import HttpClient
from fortnox.services import ArticleService, CompanyInformationService, CustomerService, InvoiceService, OrderService


class Bearer(HttpClient):
    def request(self, method: str, url: str, params: Any = None, body: Any = None, **kwargs: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.config.access_token}"}
        return super().request(method, url, params=params, body=body, headers=headers, **kwargs)


told = json.loads(sys.stdin.readline())
http = Bearer(
    Configuration(access_token=told["access_token"], client_secret=told["client_secret"], base_url=told["issuer"])
)
customers, invoices, orders = CustomerService(http), InvoiceService(http), OrderService(http)

company = CompanyInformationService(http).info()
listed = customers.list(limit=7, page=2, filter="active", sortby="name")
made = customers.create(Name="Åkes Bygg AB", City="Växjö", Email="ake@example.com")
changed = customers.update(made.CustomerNumber, Name="Åkes AB")
found = customers.list(name="åkes", city="växjö")
row = {"Description": "Timme", "DeliveredQuantity": 2, "Price": 100, "VAT": 25}
invoice = invoices.create(CustomerNumber=made.CustomerNumber, InvoiceRows=[row])
after = invoices.update(invoice.DocumentNumber, Remarks="Tack")
mine = invoices.list(customernumber=made.CustomerNumber, fromdate="2020-01-01")
order = orders.create(CustomerNumber=made.CustomerNumber, OrderRows=[{"ArticleNumber": "1", "OrderedQuantity": 1}])
try:
    customers.retrieve("nobody")
    refused = ""
except RequestError as error:
    refused = str(error)
sys.stdout.write(
    json.dumps(
        {
            "company": company,
            "listed": [one.Name for one in listed],
            "customer": [made.Name, changed.Name, customers.retrieve(made.CustomerNumber).City],
            "found": [one.CustomerNumber for one in found] == [made.CustomerNumber],
            "invoice": [invoice.Total, after.Remarks, [one.DocumentNumber for one in mine] == [invoice.DocumentNumber]],
            "order": order.OrderRows[0].ArticleNumber,
            "articles": len(ArticleService(http).list(description="lampa")),
            "refused": refused,
        },
        default=str,
    )
    + "\n"
)
