"""A sandbox from end to end on the embedded AWS: made by the command line, worked in, disturbed, saved, put back, gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.visitor import Visitor, wait_for
from tests.e2e.stack import Stack
from tests.e2e.test_sandbox_races import developer

__all__ = ["developer"]

ROOT = Path(__file__).parents[2]
# Where rows of a sandbox lie, and which attribute names whose they are.
KEPT = {
    "companies": "tenant_id", "memberships": "tenant_id", "activations": "tenant_id", "company-records": "place",
    "switchboards": "tenant_id", "integrations": "tenant_id", "snapshots": "tenant_id", "snapshot-chunks": "snapshot_id",
}  # fmt: skip


@pytest.fixture
def cli(stack: Stack, developer: Visitor) -> Any:
    token = developer.call("POST", "/api-tokens", json={"name": "e2e"})["token"]
    environment = os.environ | {"ANSLUT_URL": stack.url, "ANSLUT_TOKEN": token}

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "anslut_cli", *words]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


class Program:
    """An integration: gets its token by client credentials, and calls the company API."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def token(self) -> requests.Response:
        return requests.post(
            self.environment["ANSLUT_TOKEN_URL"],
            data={"grant_type": "client_credentials"},
            auth=(self.environment["ANSLUT_CLIENT_ID"], self.environment["ANSLUT_CLIENT_SECRET"]),
            headers={"TenantId": self.environment["ANSLUT_TENANT_ID"]},
            timeout=30,
        )

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token().json()['access_token']}"}
        url = f"{self.environment['ANSLUT_API_URL']}/{path}"
        return requests.request(method, url, json=body, headers=headers, timeout=30)


def left(stack: Stack, *owners: str) -> dict[str, int]:
    """How many rows name one of `owners` as theirs, by table; membership of a developer in their own company aside."""
    found = {}
    for table, attribute in KEPT.items():
        pages = stack.aws("dynamodb").get_paginator("scan").paginate(TableName=stack.table(table))
        rows = [item for page in pages for item in page["Items"]]
        found[table] = sum(item[attribute]["S"].split("#")[0] in owners for item in rows)
    return {table: count for table, count in found.items() if count}


def rows_that_stay(stack: Stack, *names: str) -> dict[str, int]:
    """How many rows of ANY table say one of `names` and have no end of their own; the developer's own log aside."""
    dynamodb, found = stack.aws("dynamodb"), {}
    for table in dynamodb.list_tables()["TableNames"]:
        pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        rows = [str(item) for page in pages for item in page["Items"] if "expires_at" not in item]
        found[table.split("-embedded-")[-1]] = sum(any(name in row for name in names) for row in rows)
    return {table: count for table, count in found.items() if count and table != "audit"}


def test_a_pipeline_makes_uses_disturbs_saves_restores_and_deletes_a_sandbox(
    stack: Stack, developer: Visitor, cli: Any
) -> None:
    home = developer.call("GET", "/companies/current")["tenant_id"]
    before = left(stack, home)
    sandbox_id = cli("create", "Pipeline", "--wait", "--seconds", "120")
    program = Program(dict(line.split("=", 1) for line in cli("use", sandbox_id, "--format", "env").splitlines()))

    assert program.call("GET", "companyinformation").json()["CompanyInformation"]["CompanyName"] == "Pipeline"
    made = program.call("POST", "customers", {"Customer": {"Name": "Made by a program"}})
    number = made.json()["Customer"]["CustomerNumber"]
    order = program.call(
        "POST", "orders", {"Order": {"CustomerNumber": number, "OrderRows": [{"ArticleNumber": "1", "Price": 10}]}}
    ).json()["Order"]["DocumentNumber"]
    invoice = program.call("PUT", f"orders/{order}/createinvoice").json()["Invoice"]
    assert (invoice["OrderReference"], invoice["Total"]) == (order, 12.5)

    cli("fault", sandbox_id, "lost-answer", "--calls", "1", "--place", "api")
    assert (
        program.call("POST", "customers", {"Customer": {"CustomerNumber": "lost", "Name": "Lost"}}).status_code == 504
    )
    assert program.call("GET", "customers/lost").status_code == 200
    cli("fault", sandbox_id, "revoked")
    assert program.token().json()["error"] == "unauthorized_client"
    cli("fault", sandbox_id, "revoked", "--off")

    snapshot_id = cli("snapshot", sandbox_id, "With one customer", "--wait")
    cli("restore", sandbox_id, "empty", "--wait")
    assert program.call("GET", "customers").json()["MetaInformation"]["@TotalResources"] == 0
    cli("restore", sandbox_id, snapshot_id, "--wait")
    assert program.call("GET", f"customers/{number}").json()["Customer"]["Name"] == "Made by a program"

    token = program.token().json()["access_token"]
    for path in ("/sandboxes", "/integrations", "/accounts/current", "/api-tokens"):
        assert developer.browser.__class__().get(
            stack.url + path, headers={"Authorization": f"Bearer {token}"}, timeout=30, allow_redirects=False
        ).status_code in {401, 403, 404}

    company = json.loads(cli("show", sandbox_id))["company_tenant_id"]
    assert {"companies", "memberships", "activations", "company-records", "switchboards"} <= left(stack, company).keys()
    cli("delete", sandbox_id, "--wait")
    assert json.loads(cli("list", "--json")) == []
    developer.call("DELETE", f"/snapshots/{snapshot_id}")
    wait_for(lambda: left(stack, home, company, snapshot_id) == before, "the end of every row", 60)
    ours = (company, sandbox_id, snapshot_id, program.environment["ANSLUT_CLIENT_ID"])
    wait_for(lambda: rows_that_stay(stack, *ours) == {}, "nothing in any table", 60)
    refused = requests.get(
        f"{program.environment['ANSLUT_API_URL']}/customers", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    assert refused.status_code in {401, 404}
