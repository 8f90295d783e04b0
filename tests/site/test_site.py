"""The site's own pages: health, the API description, the error codes, and how unknown addresses look."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.kit.context import new_context
from chalicelib.kit.request import read_request
from chalicelib.site import service as site
from tests.factories import aws_calls

EN = {"Accept": "text/html", "Accept-Language": "en"}


def test_health_says_which_version_runs(client):
    answer = client.get("/healthz")
    assert (answer.status, answer.json["status"]) == (200, "ok")


def test_the_status_page_says_what_answers_and_asks_the_database_at_most_every_ten_seconds(client):
    site._looks.clear()
    page = client.get("/status", headers=EN)
    assert (page.status, "Everything asked here answers" in page.text) == (200, True)
    with aws_calls() as calls:
        client.get("/status", headers=EN)
    assert calls == []


def test_the_api_description_names_this_server(client):
    assert client.get("/openapi.json").json["servers"] == [{"url": "https://portal.test"}]


def test_every_error_code_has_an_anchor_on_its_page(client):
    page = client.get("/docs/problems", headers={"Accept": "text/html"})
    assert page.status == 200
    assert 'id="not-found"' in page.text


def test_the_api_reference_lists_what_is_declared(client):
    assert "/openapi.json" in client.get("/docs/api", headers={"Accept": "text/html"}).text


def test_AZ_42_pages_carry_the_strict_policy(client):
    headers = client.get("/docs/api").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"]


def test_an_unknown_page_is_a_page_and_an_unknown_api_address_a_problem(client):
    page = client.get("/docs/nothing", headers={"Accept": "text/html"})
    assert page.status == 404
    assert "text/html" in page.headers["content-type"]
    assert client.get("/openapi.jsn").headers["content-type"] == "application/problem+json"


def test_pages_speak_the_readers_language(client):
    assert "Felkoder" in client.get("/docs/problems", headers={"Accept-Language": "sv-SE,sv;q=0.9"}).text
    assert "Error codes" in client.get("/docs/problems", headers={"Accept-Language": "en"}).text


@pytest.mark.parametrize(("stage", "travels"), [("embedded", True), ("test", False), ("production", False)])
def test_only_the_embedded_stage_reads_the_time_travel_header(monkeypatch, stage, travels):
    from chalicelib import serving
    from chalicelib.config import settings

    monkeypatch.setattr(serving, "settings", lambda: replace(settings(), stage=stage))
    request = read_request({"httpMethod": "GET", "path": "/", "headers": {"Anslut-Time-Travel": "86400"}})
    ahead = serving.make_context(request).now - new_context().now
    assert (ahead > timedelta(hours=23)) is travels


@pytest.mark.parametrize("value", ["", "x", "1e9", "-", "99999999999999", "1 day", "\u0661"])
def test_a_wrong_time_travel_header_is_ignored(monkeypatch, value):
    from chalicelib import serving
    from chalicelib.config import settings

    monkeypatch.setattr(serving, "settings", lambda: replace(settings(), stage="embedded"))
    request = read_request({"httpMethod": "GET", "path": "/", "headers": {"Anslut-Time-Travel": value}})
    assert abs(serving.make_context(request).now - new_context().now) < timedelta(minutes=1)


def test_the_style_page_and_the_pages_of_errors_can_be_looked_at_without_an_alarm(client):
    assert "Every building block" in client.get("/docs/components", headers={"Accept": "text/html"}).text
    for status in (403, 404, 409, 429, 500, 503):
        page = client.get(f"/docs/components/{status}", headers={"Accept": "text/html", "Accept-Language": "en"})
        assert (page.status, f"Error {status}" in page.text) == (200, True)
    assert client.get("/docs/components/418", headers={"Accept": "text/html"}).status == 404
