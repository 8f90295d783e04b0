"""DynamoDB calls per route, warm; the budget: a read by id 1 call, a list 1 Query, beside the session's own read."""

from __future__ import annotations

import re
from typing import Any

from bench.table import show
from tests.conftest import fresh_aws  # sets the environment, so what reads settings is imported after it


def main() -> None:
    from chalicelib import registry
    from chalicelib.kit.context import new_context
    from chalicelib.oauth.service import rotate_signing_keys
    from tests import factories

    app = registry.build_app()
    with fresh_aws():
        rotate_signing_keys(new_context())
        developer, operator = factories.developer(app), factories.operator(app)
        made = developer.post("/integrations", json={"name": "Bench", "scopes": ["companyinformation"]}).json
        sandbox = developer.post("/sandboxes", json={"name": "Bench"}).json
        ids = {"integration_id": made["integration_id"], "client_id": made["client_id"]}
        ids |= {"sandbox_id": sandbox["sandbox_id"], "tenant_id": factories.whoami(developer).company.tenant_id}
        rows = [_row(route, developer, operator, ids) for route in registry.all_routes() if route.method == "GET"]
    show("DynamoDB calls per GET, the session's read included", ["route", "answer", "calls", "which"], rows)


def _row(route: Any, developer: Any, operator: Any, ids: dict[str, str]) -> list[object]:
    from tests import factories

    client = operator if route.guard.name.startswith("role:operator") else developer
    path = re.sub(r"{(\w+)}", lambda name: ids.get(name[1], "unknown"), route.path)
    client.get(path)  # caches of the process are warm afterwards
    with factories.aws_calls() as calls:
        answer = client.get(path, headers={"Accept": "text/html"})
    return [f"{route.method} {route.path}", answer.status, len(calls), " ".join(calls)]


if __name__ == "__main__":
    main()
