"""What happens to the demo's integrations once they are there: tokens are used, one attempt fails, people rate."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import urlencode

import requests

from infra.visitor import TIMEOUT, Visitor, VisitorError

_VERIFIER = "demo-verifier-demo-verifier-demo-verifier-demo"

# What customers say: company, integration, stars, words.
RATINGS: tuple[tuple[str, str, int, str], ...] = (
    ("Bergs Bageri AB", "Kvitto Sync", 5, "The receipts are booked before I have left the shop."),
    ("Holms Maskin AB", "Kvitto Sync", 3, "Good, but foreign currencies had to be corrected by hand."),
    ("Eks Livsmedel AB", "Lagerbro", 4, "Stock and books agree. We could do without the mails."),
)
ANSWER = "Since October the rate of the day is fetched by itself. Write to us if one is wrong."


def authorization(url: str, integration: dict[str, Any], redirect_uri: str, state: str) -> str:
    """The address a program sends a person to; PKCE with the demo's verifier."""
    digest = hashlib.sha256(_VERIFIER.encode()).digest()
    request = {
        "client_id": integration["client_id"],
        "response_type": "code",
        "scope": " ".join(integration["scopes"]),
        "state": state,
        "access_type": "offline",
        "redirect_uri": redirect_uri,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    return f"{url}/oauth-v1/auth?{urlencode(request)}"


def use(customer: Visitor, integration: dict[str, Any], redirect_uri: str) -> None:
    """As its program would, once: fetch tokens, renew them, read the company; and once come with a wrong address.

    Needs the client secret, which only the answer to a creation holds: nothing happens on later starts.
    """
    if "client_secret" not in integration:
        return
    answer = customer.approve(authorization(customer.url, integration, redirect_uri, "demo"))
    if "code" not in answer:
        raise VisitorError(f"the demo connection was refused: {answer}")
    code = {"code": answer["code"], "redirect_uri": redirect_uri, "code_verifier": _VERIFIER}
    first = _token(customer.url, integration, grant_type="authorization_code", **code)
    tokens = _token(customer.url, integration, grant_type="refresh_token", refresh_token=first["refresh_token"])
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    requests.get(f"{customer.url}/3/companyinformation", headers=bearer, timeout=TIMEOUT).raise_for_status()
    customer.page(authorization("", integration, f"{redirect_uri}/old", "demo"))


def rate(customer: Visitor, company: str, integrations: dict[str, dict[str, Any]]) -> None:
    """What this company says of the demo's integrations, once."""
    for who, name, stars, comment in RATINGS:
        address = integrations[name]["integration_id"]
        if who == company and not any(
            one["comment"] == comment for one in customer.call("GET", f"/listings/{address}/ratings")["items"]
        ):
            customer.call("PUT", f"/ratings/{address}", json={"stars": stars, "comment": comment})


def answer_ratings(developer: Visitor, integration: dict[str, Any]) -> None:
    """The developer answers whoever was not quite content, once."""
    home = f"/integrations/{integration['integration_id']}/ratings"
    for one in developer.call("GET", home)["items"]:
        if one["stars"] <= 3 and not one["response"]:  # noqa: PLR2004 - stars
            developer.call("PUT", f"{home}/{one['rating_id']}/answer", json={"comment": ANSWER})


def _token(url: str, integration: dict[str, Any], **form: str) -> dict[str, Any]:
    secret = (integration["client_id"], integration["client_secret"])
    answer = requests.post(f"{url}/oauth-v1/token", data=form, auth=secret, timeout=TIMEOUT)
    if not answer.ok:
        raise VisitorError(f"the demo's tokens were refused with {answer.status_code}: {answer.text[:300]}")
    tokens: dict[str, Any] = answer.json()
    return tokens
