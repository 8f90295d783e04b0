"""API tokens for pipelines: what they open, what they never open, and how they end."""

from __future__ import annotations

import pytest

from chalicelib.accounts.domain import API_TOKEN_CAP, PortalRole
from chalicelib.accounts.repository import ApiTokenItem
from chalicelib.accounts.repository.tables import MembershipItem
from chalicelib.kit import store
from tests.client import Client
from tests.factories import developer, whoami
from tests.sandboxes.test_pages import HOME, in_english, page


@pytest.fixture
def anna(client):
    return in_english(developer(client))


@pytest.fixture
def token(anna):
    return anna.post("/api-tokens", json={"name": "Nightly"}).json["token"]


def program(anna, token):
    return Client(anna.app, headers={"Authorization": f"Bearer {token}"})


def test_a_token_creates_and_deletes_sandboxes_for_its_maker(anna, token):
    made = program(anna, token).post("/sandboxes", json={"name": "CI"})
    assert made.status == 202
    assert made.json["email"] == whoami(anna).account.email
    assert [one["sandbox_id"] for one in anna.get("/sandboxes").json["items"]] == [made.json["sandbox_id"]]
    assert program(anna, token).request("DELETE", f"/sandboxes/{made.json['sandbox_id']}").status == 202
    (row,) = ApiTokenItem.scan()
    assert row.used_on
    assert token not in str(row.attribute_values)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/integrations"), ("POST", "/integrations"), ("GET", "/api-tokens"), ("POST", "/api-tokens"),
        ("GET", "/portal/sandboxes"), ("GET", "/account"), ("GET", "/3/companyinformation"), ("GET", "/statistics/activations"),
        ("DELETE", "/sessions"),
    ],
)  # fmt: skip
def test_a_token_opens_nothing_else(anna, token, method, path):
    answer = program(anna, token).request(method, path, json={"name": "x"} if method == "POST" else None)
    assert answer.status in {401, 403} or answer.headers.get("location", "").startswith("/sign-in")


def test_a_revoked_token_and_one_whose_maker_left_are_refused(anna, token):
    assert program(anna, token).get("/sandboxes").status == 200
    me = whoami(anna)
    store.remove(MembershipItem, (me.account.account_id, me.company.tenant_id))
    assert program(anna, token).get("/sandboxes").status == 401
    other = in_english(developer(anna))
    theirs = other.post("/api-tokens", json={"name": "Other"}).json
    assert other.request("DELETE", f"/api-tokens/{theirs['api_token']['token_id']}").status == 204
    assert program(other, theirs["token"]).get("/sandboxes").status == 401


def test_an_altered_or_invented_token_is_refused(anna, token):
    swapped = token[:-8] + token[-7] + token[-8] + token[-6:]
    stranger = in_english(developer(anna)).post("/api-tokens", json={"name": "x"}).json["token"]
    mixed = "_".join((*stranger.split("_")[:2], *token.split("_")[2:]))
    for wrong in (swapped, mixed, token[:-1], f"{token}x", "anslut_x_y_z"):
        assert program(anna, wrong).get("/sandboxes").status == 401, wrong


def test_a_viewer_only_looks(anna):
    viewer = developer(anna, company=whoami(anna).company, portal_role=PortalRole.VIEWER)
    assert viewer.post("/api-tokens", json={"name": "x"}).status == 403
    token = anna.post("/api-tokens", json={"name": "x"}).json["token"]
    me = whoami(anna)
    row = MembershipItem.get(me.account.account_id, me.company.tenant_id)
    row.portal_role = PortalRole.VIEWER
    row.save()
    assert program(anna, token).get("/sandboxes").status == 200
    assert program(anna, token).post("/sandboxes", json={"name": "x"}).status == 403


def test_there_is_a_cap(anna):
    for _ in range(API_TOKEN_CAP):
        assert anna.post("/api-tokens", json={"name": "x"}).status == 201
    answer = anna.post("/api-tokens", json={"name": "x"})
    assert (answer.status, answer.json["code"]) == (409, "api-token-limit-reached")


def test_the_page_makes_shows_once_and_revokes(anna):
    path = HOME + "/tokens"
    assert "No tokens yet" in page(anna, path).text
    shown = anna.submit(path, name="Nightly")
    assert "Copy it now" in shown.text
    assert "anslut_cli create" in shown.text
    assert "Copy it now" not in page(anna, path).text
    (one,) = anna.get("/api-tokens").json
    assert anna.submit(path, f"{path}/{one['token_id']}/revoke").status == 303
    assert anna.get("/api-tokens").json == []
    assert anna.submit(path, name="").status == 422
