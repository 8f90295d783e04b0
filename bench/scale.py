"""What one request asks of DynamoDB beside 10³, 10⁴ and 10⁵ activations of the integration it is about.

SCALE_ACTIVATIONS=1000,10000 python -m bench.scale     other sizes. Runs on ministack, started for this.
Calls, items read, units and bytes are counted at the socket; seconds are not looked at.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from botocore.httpsession import URLLib3Session

from bench.embedded import ministack
from bench.table import show
from tests.conftest import aws_client  # sets the environment, so what reads settings is imported after it

SIZES = [int(size) for size in os.environ.get("SCALE_ACTIVATIONS", "1000,10000,100000").split(",")]
BATCH = 25  # what BatchWriteItem takes
READ_UNIT, WRITE_UNIT = 4096, 1024
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"}


@dataclass
class Asked:
    """What went over the wire inside a block."""

    calls: list[str] = field(default_factory=list)
    items: int = 0
    units: float = 0.0
    received: int = 0

    def cells(self) -> tuple[str, int, float, int]:
        return " ".join(self.calls), self.items, self.units, self.received


def main() -> None:
    with ministack() as address:
        os.environ["AWS_ENDPOINT_URL"] = address
        prepare()
        rows = [row for size in SIZES for row in measure(size)]
    rows.sort(key=lambda row: str(row[0]))
    show("One request beside many activations (want: the same at every size)",
         ("request", "activations", "calls", "items", "units", "bytes"), rows)  # fmt: skip


def prepare() -> None:
    """Tables, key ring and wrapping key, as a stage has them."""
    from chalicelib import registry
    from chalicelib.kit.context import new_context
    from chalicelib.oauth.service import rotate_signing_keys

    for table in registry.TABLES:
        table.create_table(wait=False)
    ring = json.dumps({"k1": "0123456789abcdef" * 4})
    aws_client("secretsmanager").create_secret(Name="anslut-test-keys", SecretString=ring)
    key = aws_client("kms").create_key()["KeyMetadata"]["KeyId"]
    aws_client("kms").create_alias(AliasName="alias/anslut-test", TargetKeyId=key)
    rotate_signing_keys(new_context())


def measure(size: int) -> Iterator[tuple[Any, ...]]:
    """An integration, `size` companies that activated it, and what one of them and its developer ask."""
    from chalicelib.accounts.domain import PortalRole
    from chalicelib.activations.domain import ConsentKind
    from chalicelib.registry import build_app
    from tests import factories
    from tests.client import Client
    from tests.oauth.conftest import Clock, World

    app = build_app()
    world = World(Client(app), Clock(), developer=factories.new_person(licence=True, portal_role=PortalRole.OWNER))
    integration = world.register()
    world.consent(integration, kind=ConsentKind.SERVICE)
    tokens = world.connect(integration, "companyinformation")
    fill(world.customer.company.tenant_id, integration.integration.integration_id, size - 1)
    developer, customer = factories.sign_in(app, world.developer), factories.sign_in(app, world.customer)
    number = integration.integration.integration_id
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    html = {"Accept": "text/html"}
    strangers = iter([factories.new_person(), factories.new_person()])

    def refresh() -> Any:
        tokens.update(world.refresh(integration, tokens["refresh_token"]).json)

    requests: dict[str, Callable[[], Any]] = {
        "token: refresh": refresh,
        "token: client credentials": lambda: world.client_credentials(integration, world.customer.company.number),
        "call with a token": lambda: world.http.get("/3/companyinformation", headers=bearer),
        "entitlement": lambda: world.http.get("/api/entitlements/v1", headers=bearer),
        "developer: customers": lambda: developer.get(f"/integrations/{number}/activations"),
        "developer: overview": lambda: developer.get("/portal", headers=html),
        "customer: My integrations": lambda: customer.get("/activations"),
        "customer: receipt": lambda: customer.get(f"/activations/{number}/receipt"),
        "activates, first tokens": lambda: world.connect(integration, person=next(strangers)),
    }
    for name, request in requests.items():
        with asked():
            request()  # what a process remembers, it remembers from here on
        with asked() as seen:
            answer = request()
        assert getattr(answer, "status", 200) == 200, f"{name}: {answer.status} {answer.text}"
        yield name, f"{size:>9,}", *seen.cells()


def fill(tenant_id: str, integration_id: str, size: int) -> None:
    """The row of the first company again for others: its ids changed, everything else as the service wrote it."""
    from chalicelib.activations.repository import ActivationItem
    from chalicelib.kit import store

    client: Any = store.shared_connection().client
    table = ActivationItem.Meta.table_name
    key = {"tenant_id": {"S": tenant_id}, "integration_id": {"S": integration_id}}
    text = json.dumps(client.get_item(TableName=table, Key=key)["Item"])
    activation_id = json.loads(text)["activation_id"]["S"]

    def row(count: int) -> dict[str, Any]:
        other = text.replace(tenant_id, f"ten_{count:024}").replace(activation_id, f"act_{count:024}")
        # A hundred thousand within three months, as a popular integration has them, not all at one moment.
        found: dict[str, Any] = json.loads(re.sub(r"2026-\d\d-\d\dT\d\d:\d\d:\d\d", _moment(count), other))
        return {"PutRequest": {"Item": found}}

    rows = (row(count) for count in range(size))
    while batch := list(islice(rows, BATCH)):
        assert not client.batch_write_item(RequestItems={table: batch})["UnprocessedItems"]


def _moment(count: int) -> str:
    return f"2026-{8 + count % 3:02}-{1 + count % 28:02}T{count % 24:02}:{count // 24 % 60:02}:{count // 1440 % 60:02}"


@contextmanager
def asked() -> Iterator[Asked]:
    """Counts each DynamoDB call of the block at the place where botocore and `kit/wire.py` both send it."""
    from chalicelib.kit import store

    client: Any = store.shared_connection().client
    seen = Asked()
    # The emulator walks the table for an index: at 10⁵ rows that takes longer than the service would wait for DynamoDB.
    session = URLLib3Session(timeout=120)

    def send(request: Any, event_name: str, **_: Any) -> Any:
        operation = event_name.rsplit(".", 1)[-1]
        response = session.send(request)
        answer = json.loads(response.content or b"{}")
        seen.calls.append(operation)
        seen.received += len(response.content)
        seen.items += _items(answer)
        seen.units += _units(operation, json.loads(request.body), len(response.content))
        return response

    client.meta.events.register("before-send.dynamodb", send)
    try:
        yield seen
    finally:
        client.meta.events.unregister("before-send.dynamodb", send)


def _items(answer: dict[str, Any]) -> int:
    batch = sum(len(rows) for rows in answer.get("Responses", {}).values()) if "Responses" in answer else 0
    return int(answer.get("ScannedCount", "Item" in answer)) + batch


def _units(operation: str, body: dict[str, Any], received: int) -> float:
    """As DynamoDB bills them, from sizes on the wire (rounded up, so a little too many)."""
    if operation in WRITES:
        parts = body.get("TransactItems", [body])
        factor = 2 if "TransactItems" in body else 1
        return sum(factor * -(-len(json.dumps(part)) // WRITE_UNIT) for part in parts)
    return -(-received // READ_UNIT) * (1.0 if body.get("ConsistentRead") else 0.5)


if __name__ == "__main__":
    main()
