"""Demo data of the embedded stage: the same every time, and running it again changes nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import requests

from infra.drawings import draw, draw_cover
from infra.seed_life import answer_ratings, rate, use
from infra.seed_numbers import DAYS, fold_later, write_numbers
from infra.target import Target
from infra.visitor import TIMEOUT, Visitor, VisitorError, wait_for

PASSWORD = "try-anslut-today"  # noqa: S105 - printed by `make run`, good only on this machine
VERIFIER = "demo-verifier-demo-verifier-demo-verifier-demo"
CALLBACK = "http://127.0.0.1:9000/callback"


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to sign in as."""

    role: str
    email: str
    password: str
    try_this: str = ""


@dataclass(frozen=True, slots=True)
class Seedable:
    """What seeding may use: the portal's public address, the AWS behind it, the names of its resources."""

    url: str
    target: Target
    names: dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class _Person:
    role: str
    email: str
    name: str
    company: str
    organization_number: str
    try_this: str


OPERATOR = _Person("operator", "operator@nordbok.example", "Olga Operatör", "", "", "grant a licence under Developers")
DEVELOPER = _Person(
    "developer", "astrid@nordkod.example", "Astrid Lind", "Nordkod AB", "559999-0016", "create an integration"
)
CUSTOMER = _Person(
    "customer", "erik@bergsbageri.example", "Erik Berg", "Bergs Bageri AB", "559999-0024", "find one by its client id"
)
# Where companies are: invoices are made out to it, statistics tell it by country. Eks is in another country of the EU.
ADDRESSES: dict[str, dict[str, str]] = {
    "Bergs Bageri AB": {"address": "Bagargatan 7", "zip_code": "352 30", "city": "Växjö"},
    "Holms Maskin AB": {"address": "Verkstadsgatan 12", "zip_code": "331 42", "city": "Värnamo"},
    "Eks Livsmedel AB": {
        "address": "Torggatan 4",
        "zip_code": "22100",
        "city": "Mariehamn",
        "country_code": "FI",
        "vat_number": "FI99999904",
    },
}
CUSTOMERS = (
    CUSTOMER,
    _Person("customer", "maja@maskin.example", "Maja Holm", "Holms Maskin AB", "559999-0032", ""),
    _Person("customer", "liv@livsmedel.example", "Liv Ek", "Eks Livsmedel AB", "559999-0040", ""),
)

INTEGRATIONS: tuple[dict[str, Any], ...] = (
    {
        "name": "Kvitto Sync",
        "scopes": ["companyinformation", "profile", "connectfile"],
        "description": "Photograph a receipt, and the voucher is there before you are back at your desk.",
        "category": "receipts",
        "contact_email": "support@nordkod.example",
        "redirect_uris": [CALLBACK],
        "website": "https://nordkod.example/kvitto",
        "sales_channel": "website",
        "price_text": "SEK 100 / month and SEK 50 per new user",
    },
    {
        "name": "Lagerbro",
        "scopes": ["companyinformation", "article", "order"],
        "description": "Stock levels of the shop and the books, always the same number.",
        "category": "logistics",
        "contact_email": "support@nordkod.example",
        "redirect_uris": ["https://lagerbro.example/callback"],
        "sales_channel": "platform",
        "price_minor": 14900,
        "currency": "SEK",
        "licence_model": "per_user",
    },
    {
        "name": "Tidrad",
        "scopes": ["companyinformation", "profile", "project"],
        "description": "Hours from the phone, sorted by project and ready to invoice on Friday afternoon.",
        "category": "time",
        "contact_email": "support@nordkod.example",
        "redirect_uris": ["https://tidrad.example/callback"],
        "website": "https://nordkod.example/tidrad",
        "sales_channel": "website",
        "price_text": "SEK 39 / month and person",
    },
)


# What was bought of Lagerbro: days ago and how many licences in all; 0 is a cancellation.
PURCHASES: dict[str, tuple[tuple[int, int], ...]] = {
    "Bergs Bageri AB": ((64, 3), (40, 5)),
    "Holms Maskin AB": ((36, 4), (14, 0)),
    "Eks Livsmedel AB": ((3, 2),),
}

# What EventBridge sends when a schedule fires.
_SCHEDULED = {
    "version": "0",
    "id": "1",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "0",
    "time": "2026-11-22T00:00:00Z",
    "region": "eu-north-1",
    "resources": [],
    "detail": {},
}

# What statistics tell about the last three months: days ago, and whether it began or ended then. The embedded stage
# lets a request happen at another time (`Anslut-Time-Travel`); no other stage does.
HISTORY: dict[str, tuple[tuple[int, str, str], ...]] = {
    "Bergs Bageri AB": (
        (86, "Kvitto Sync", "begins"),
        (64, "Lagerbro", "begins"),
        (52, "Kvitto Sync", "ends"),
        (26, "Kvitto Sync", "begins"),
        (19, "Lagerbro", "ends"),
        (8, "Lagerbro", "begins"),
    ),
    "Holms Maskin AB": ((58, "Kvitto Sync", "begins"), (36, "Lagerbro", "begins"), (14, "Lagerbro", "ends")),
    "Eks Livsmedel AB": (
        (23, "Kvitto Sync", "begins"),
        (17, "Kvitto Sync", "ends"),
        (11, "Kvitto Sync", "begins"),
        (3, "Lagerbro", "begins"),
    ),
}


def seed(stack: Seedable) -> list[Persona]:
    """Make the demo personas through the public HTTP interface; answers who can sign in."""
    operator = _signed_in(stack, OPERATOR)
    developer = _signed_in(stack, DEVELOPER)
    _grant_licence(operator, developer)
    integrations = {entry["name"]: entry for entry in developer.call("GET", "/integrations")["items"]}
    for wanted in INTEGRATIONS:
        if wanted["name"] not in integrations:
            integrations[wanted["name"]] = developer.call("POST", "/integrations", json=wanted)
    first = integrations[INTEGRATIONS[0]["name"]]
    sold = integrations["Lagerbro"]
    for wanted in INTEGRATIONS:
        draw_logo(developer, integrations[wanted["name"]])
    publish(operator, developer, first)
    publish(operator, developer, sold)
    submit(developer, integrations["Tidrad"])
    if not developer.call("GET", "/sandboxes")["items"]:
        developer.call("POST", "/sandboxes", json={"name": "Acceptance tests"})
    for person in CUSTOMERS:
        customer = _signed_in(stack, person)
        _settle(customer, ADDRESSES[person.company])
        _buy(customer, PURCHASES[person.company], sold["integration_id"])
        _live_through(customer, HISTORY[person.company], integrations)
        if person is CUSTOMER:
            use(customer, first, CALLBACK)
        rate(customer, person.company, integrations)
    answer_ratings(developer, first)
    _fold(stack, developer)
    _close(stack, operator)
    _add_numbers(stack, developer, integrations)
    people = (DEVELOPER, CUSTOMER, OPERATOR)
    return [Persona(person.role, person.email, PASSWORD, person.try_this) for person in people]


def _signed_in(stack: Seedable, person: _Person) -> Visitor:
    visitor = Visitor(stack.url, person.email, PASSWORD)
    try:
        visitor.sign_in()
    except VisitorError:
        visitor.sign_up(person.name, person.company, person.organization_number)
        visitor.sign_in()
    return visitor


def submit(developer: Visitor, integration: dict[str, Any]) -> int:
    """Agree, and ask for a review, once; answers the version that waits, 0 when there is nothing to ask for."""
    path = f"/integrations/{integration['integration_id']}/publication"
    if developer.call("GET", path)["status"] != "draft":
        return 0
    agreement = developer.call("GET", "/partner-agreement")
    developer.call("POST", "/partner-agreement", json={"version": agreement["version"]})
    return int(developer.call("POST", path, json={"action": "submit"})["version"])


def publish(operator: Visitor, developer: Visitor, integration: dict[str, Any]) -> None:
    """From the agreement to the marketplace, once; whatever became of it later stays."""
    version = submit(developer, integration)
    if not version:
        return
    review = f"/operator/publications/{integration['integration_id']}"
    rules = [finding["rule"] for finding in operator.call("GET", review)["findings"]]
    verdicts = [{"rule": rule, "is_fulfilled": True} for rule in rules]
    operator.call("POST", review, json={"action": "approve", "version": version, "verdicts": verdicts})


def _grant_licence(operator: Visitor, developer: Visitor) -> None:
    company = developer.call("GET", "/companies/current")
    if company["licence"] == "granted":
        return
    body = {"action": "grant", "reason": "Demo developer"}
    operator.call("POST", f"/operator/companies/{company['tenant_id']}/licence", json=body)
    developer.sign_in()  # a session learns of a new licence at once this way, otherwise within a minute


def _live_through(
    customer: Visitor, history: tuple[tuple[int, str, str], ...], integrations: dict[str, dict[str, Any]]
) -> None:
    if customer.call("GET", "/activations")["items"]:
        return
    for days, name, what in history:
        customer.browser.headers["Anslut-Time-Travel"] = str(-days * 86_400)
        if what == "begins":
            _activate(customer, integrations[name])
        else:
            customer.call("DELETE", f"/activations/{integrations[name]['integration_id']}")
    del customer.browser.headers["Anslut-Time-Travel"]


def _settle(customer: Visitor, address: dict[str, str]) -> None:
    """Say where the company is, once."""
    company = customer.call("GET", "/companies/current")
    if not company.get("city"):
        customer.call("PUT", "/companies/current/details", json={"version": company["version"], **address})


def _buy(customer: Visitor, history: tuple[tuple[int, int], ...], integration_id: str) -> None:
    """Once: what was bought later stays as it is."""
    address = f"/licences/{integration_id}"
    if customer.page(address).ok:
        return
    for days, seats in history:
        customer.browser.headers["Anslut-Time-Travel"] = str(-days * 86_400)
        if not seats:
            customer.call("DELETE", address)
        elif days != history[0][0]:
            customer.call("PUT", f"{address}/seats", json={"seats": seats})
        else:
            offer = customer.call("GET", f"/offers/{integration_id}")
            terms = {name: offer[name] for name in ("price_version", "agreement_version")}
            body = {"integration_id": integration_id, "seats": seats, "is_agreed": True, **terms}
            customer.call("POST", "/licences", json=body)
    del customer.browser.headers["Anslut-Time-Travel"]


def _close(stack: Seedable, operator: Visitor) -> None:
    """Close the months that are over at once, as the schedule does within the hour."""
    over = f"{datetime.now(UTC).date().replace(day=1) - timedelta(days=1):%Y-%m}"

    def is_closed() -> bool:
        if any(
            book["month"] >= over and book["state"] == "closed"
            for book in operator.call("GET", "/operator/sales/months")
        ):
            return True
        stack.target.client("lambda").invoke(
            FunctionName=stack.names["functions"]["sales-close"], Payload=json.dumps(_SCHEDULED)
        )
        return False

    wait_for(is_closed, "the invoices of the demo")


def _fold(stack: Seedable, developer: Visitor) -> None:
    """Count at once what the schedule counts within five minutes: nobody's first look should meet an empty page."""
    today = datetime.now(UTC).date()
    period = {"from": str(today - timedelta(days=90)), "to": str(today), "interval": "month", "integration_id": "all"}
    begun = sum(what == "begins" for history in HISTORY.values() for _, _, what in history)

    def is_counted() -> bool:
        if developer.call("GET", "/statistics/activations", params=period)["totals"]["activated"] >= begun:
            return True
        stack.target.client("lambda").invoke(
            FunctionName=stack.names["functions"]["statistics-rollup"], Payload=json.dumps(_SCHEDULED)
        )
        return False

    wait_for(is_counted, "the statistics of the demo")


def _add_numbers(stack: Seedable, developer: Visitor, integrations: dict[str, dict[str, Any]]) -> None:
    """Once: views and calls of weeks, so that a first look at the statistics meets a life."""
    today = datetime.now(UTC).date()
    period = {"from": str(today - timedelta(days=DAYS)), "to": str(today - timedelta(days=1)), "interval": "month"}
    if developer.call("GET", "/statistics/activations", params=period)["totals"]["viewed"]:
        return
    owner = developer.call("GET", "/companies/current")["tenant_id"]
    owned = {name: one | {"tenant_id": owner} for name, one in integrations.items()}
    write_numbers(stack.target.client("dynamodb"), stack.names["tables"], owned, today)
    fold_later(stack.target.client("lambda"), stack.names["functions"]["statistics-rollup"], _SCHEDULED)


def _activate(customer: Visitor, integration: dict[str, Any]) -> None:
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    request = {
        "client_id": integration["client_id"],
        "response_type": "code",
        "scope": " ".join(integration["scopes"]),
        "state": "demo",
        "redirect_uri": integration["redirect_uris"][0],
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    address = f"{customer.url}/oauth-v1/auth?{urlencode(request)}"
    try:
        answer = customer.approve(address)
    except VisitorError:
        # What is made in the past has expired already, and the emulator sweeps such rows away once a minute.
        answer = customer.approve(address)
    if "code" not in answer:
        raise VisitorError(f"the demo activation was refused: {answer}")


def draw_logo(developer: Visitor, integration: dict[str, Any]) -> None:
    """A logo for one that has none; nothing can be published without."""
    path = f"/integrations/{integration['integration_id']}/images"
    if developer.call("GET", path):
        return
    upload_image(developer, path, "logo", draw(integration["name"]), "image/png")
    upload_image(developer, path, "cover", draw_cover(), "image/jpeg")


def upload_image(developer: Visitor, path: str, kind: str, data: bytes, content_type: str) -> dict[str, Any]:
    """Ticket, straight to the store, and wait until every size stands; answers the image."""
    ticket = developer.call("POST", path, json={"kind": kind, "content_type": content_type, "byte_size": len(data)})
    upload = ticket["upload"]
    files = {"file": ("image", data, content_type)}
    stored = requests.post(upload["url"], data=upload["fields"], files=files, timeout=TIMEOUT)
    if not stored.ok:
        raise VisitorError(f"the store refused the upload with {stored.status_code}: {stored.text[:300]}")
    look: Callable[[], Any] = lambda: _finished(developer.call("GET", ticket["href"]))  # noqa: E731 - one look, named
    image: dict[str, Any] = wait_for(look, "the image's sizes")
    return image


def _finished(image: dict[str, Any]) -> dict[str, Any] | None:
    return image if image["status"] in {"ready", "rejected"} else None


def as_json(personas: list[Persona]) -> list[dict[str, Any]]:
    return [asdict(persona) for persona in personas]
