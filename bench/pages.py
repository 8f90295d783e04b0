"""Pages, warm: our own CPU per page, DynamoDB calls, and bytes of a first load, beside their limits.

CPU is the process's without the calls of AWS, which are counted beside it; bytes are compressed as the front compresses
them: the page and every style, script and font it names, without pictures, and without the chart of the statistics.
"""

from __future__ import annotations

import gzip
import re
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.table import show
from infra.stage import ROOT
from tests.conftest import fresh_aws  # sets the environment, so what reads settings is imported after it

INTEGRATIONS = 12
ROUNDS = 15
CPU_LIMIT, CALL_LIMIT, FIRST_LOAD_LIMIT = 5.0, 2, 60.0
STATIC = ROOT / ".build" / "static"
HEADERS = {"Accept": "text/html", "Accept-Language": "en"}
DETAILS = {
    "scopes": ["invoice"], "category": "receipts", "redirect_uris": ["https://app.example/cb"],
    "description": "Photograph a receipt and the voucher is there. " * 4,
}  # fmt: skip
MINE = "/portal/integrations/{integration_id}"


@dataclass(frozen=True, slots=True)
class Subject:
    """`calls`: how many DynamoDB calls it may make beyond the session's own read."""

    name: str
    path: str
    who: str = "developer"
    calls: int = CALL_LIMIT


PAGES = (
    Subject("overview", "/portal", calls=4),
    Subject("marketplace", "/marketplace"),
    Subject("listing", "/marketplace/{integration_id}"),
    Subject("statistics", "/portal/statistics"),
    Subject("integrations", "/portal/integrations"),
    *(Subject(f"tab {tab or 'details'}", f"{MINE}{'/' if tab else ''}{tab}") for tab in
      ("", "images", "oauth", "scopes", "price", "publish", "customers", "connections", "attempts")),
    Subject("sandboxes", "/portal/sandboxes"),
    Subject("sales", "/portal/sales"),
    Subject("palette", "/palette/part"),
    Subject("my integrations", "/my-integrations"),
    Subject("review queue", "/operator/reviews", "operator"),
    Subject("review", "/operator/reviews/{integration_id}", "operator"),
)  # fmt: skip


def main() -> None:
    with fresh_aws(), aws_left_out() as elsewhere:
        people, ids = _scene()
        rows = [_row(page, people[page.who], page.path.format(**ids), elsewhere) for page in PAGES]
    head = ["page", "CPU ms", "limit", "calls", "limit", "html kB", "first load kB", "limit", ""]
    show(f"Pages, warm, {INTEGRATIONS} integrations (median of {ROUNDS}; gzipped)", head, rows)


def _row(page: Subject, client: Any, path: str, elsewhere: list[float]) -> list[object]:
    from tests import factories

    answer = client.get(path, headers=HEADERS)
    client.get(path, headers=HEADERS)
    with factories.aws_calls() as calls:
        client.get(path, headers=HEADERS)
    times = sorted(_cpu(client, path, elsewhere) for _ in range(ROUNDS))
    cpu = statistics.median(times)
    beyond = len(calls) - 1  # the session's
    html, whole = _weight(answer.text)
    is_met = answer.status == 200 and cpu <= CPU_LIMIT and beyond <= page.calls and whole <= FIRST_LOAD_LIMIT
    word = "met" if is_met else f"OVER ({answer.status}: {' '.join(calls)})"
    return [page.name, cpu, CPU_LIMIT, beyond, page.calls, html, whole, FIRST_LOAD_LIMIT, word]


def _cpu(client: Any, path: str, elsewhere: list[float]) -> float:
    elsewhere[0] = 0.0
    before = time.process_time()
    client.get(path, headers=HEADERS)
    return (time.process_time() - before - elsewhere[0]) * 1000


@contextmanager
def aws_left_out() -> Iterator[list[float]]:
    """Adds up what calls of AWS take: the client library and its peer in memory."""
    from botocore.client import BaseClient

    name = "_make_api_call"  # what every generated method ends in, and PynamoDB calls itself
    taken, call = [0.0], getattr(BaseClient, name)

    def timed(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = time.process_time()
        try:
            return call(self, *args, **kwargs)
        finally:
            taken[0] += time.process_time() - before

    setattr(BaseClient, name, timed)
    try:
        yield taken
    finally:
        setattr(BaseClient, name, call)


def _weight(html: str) -> tuple[float, float]:
    """The page, and the page with what it names; fonts and whatever else is packed already as they are."""
    page = len(gzip.compress(html.encode(), 6))
    named = set(re.findall(r'/static/([^"?#\s]+\.(?:css|js|woff2))', html))
    named |= {one for name in named if name.endswith(".css") for one in _fonts(STATIC / name)}
    rest = sum(_bytes(STATIC / name) for name in named if "uplot" not in name and "time-chart" not in name)
    return page / 1000, (page + rest) / 1000


def _fonts(style: Path) -> list[str]:
    return re.findall(r"url\(['\"]?(?:/static/|\./)?([^'\")]+\.woff2)", style.read_text()) if style.is_file() else []


def _bytes(path: Path) -> int:
    if not path.is_file():
        return 0
    return path.stat().st_size if path.suffix == ".woff2" else len(gzip.compress(path.read_bytes(), 6))


def _scene() -> tuple[dict[str, Any], dict[str, str]]:
    """A developer with integrations, one of them live, and a sandbox; an operator."""
    from chalicelib import registry
    from chalicelib.integrations import service as integrations
    from chalicelib.kit.context import new_context
    from chalicelib.marketplace.building import build
    from chalicelib.oauth.service import rotate_signing_keys
    from chalicelib.publication.domain import take_snapshot
    from tests import factories

    app = registry.build_app()
    rotate_signing_keys(new_context())
    developer, operator = factories.developer(app), factories.operator(app)
    made = [
        developer.post("/integrations", json={**DETAILS, "name": f"Kvitto {n:02}"}).json for n in range(INTEGRATIONS)
    ]
    developer.post("/sandboxes", json={"name": "Bench"})
    for one in made:
        build(_listed(one, factories.whoami(developer), integrations, take_snapshot))
    return {"developer": developer, "operator": operator}, {"integration_id": made[0]["integration_id"]}


def _listed(made: dict[str, Any], person: Any, integrations: Any, take_snapshot: Any) -> Any:
    from dataclasses import asdict

    from chalicelib.kit.outbox import Event

    integration = integrations.get_public(made["integration_id"])
    return Event("evt_1", "publication.listed", integration.integration_id, integration.created_at, "req", {
        "version": 1, "listing_version": 1, "place": "marketplace", "client_id": integration.client_id,
        "tenant_id": integration.tenant_id, "developer": person.company.name,
        "listing": asdict(take_snapshot(integration, "", ())),
    })  # fmt: skip


if __name__ == "__main__":
    main()
