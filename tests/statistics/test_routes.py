"""Statistics over HTTP: JSON, CSV and the page."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.accounts.domain import PortalRole
from chalicelib.integrations import service as integrations
from chalicelib.integrations.schemas import IntegrationCreate
from chalicelib.statistics import service
from tests.factories import aws_calls, customer, developer, whoami
from tests.statistics.conftest import at, told

URL = "/statistics/activations"
HTML = {"Accept": "text/html"}


@pytest.fixture
def anna(client):
    browser = developer(client)
    browser.cookies["lang"] = "en"
    return browser


def integration(browser, name="Kvitto Sync"):
    command = IntegrationCreate(name=name, scopes=["invoice"])
    return integrations.create_integration(whoami(browser).ctx(), command).integration.integration_id


@pytest.fixture
def history(anna, capture):
    """Two integrations, four days in two ISO weeks and two months."""
    one, two = integration(anna), integration(anna, "Lager")
    owner = whoami(anna).company.tenant_id
    for kind, moment, name in (
        ("activated", "2026-11-28T10:00:00", one), ("activated", "2026-11-28T22:59:00", one), ("activated", "2026-11-28T23:00:00", two),
        ("ended", "2026-11-30T12:00:00", one), ("reactivated", "2026-12-01T12:00:00", two),
    ):  # fmt: skip
        capture.deliver(told(kind, at(moment), owner=owner, integration=name))
    capture.fold()
    return one, two


def numbers(answer):
    return [(p["start"], p["activated"], p["reactivated"], p["deactivated"], p["net"]) for p in answer.json["points"]]


def test_days_of_all_integrations_with_zeros_between(anna, history):
    answer = anna.get(f"{URL}?interval=day&from=2026-11-27&to=2026-12-01")
    assert answer.status == 200
    assert numbers(answer) == [
        ("2026-11-27", 0, 0, 0, 0), ("2026-11-28", 2, 0, 0, 2), ("2026-11-29", 1, 0, 0, 1),
        ("2026-11-30", 0, 0, 1, -1), ("2026-12-01", 0, 1, 0, 0),
    ]  # fmt: skip
    body = answer.json
    assert {key: body[key] for key in ("interval", "from", "to", "time_zone", "integration_id")} == {
        "interval": "day", "from": "2026-11-27", "to": "2026-12-01", "time_zone": "Europe/Stockholm", "integration_id": "all",
    }  # fmt: skip
    assert body["totals"] == {
        "start": "2026-11-27",
        "end": "2026-12-01",
        "activated": 3,
        "reactivated": 1,
        "deactivated": 1,
        "net": 2,
    }


def test_one_integration_and_all_are_one_query_each(anna, history):
    one, two = history
    with aws_calls() as calls:
        assert numbers(anna.get(f"{URL}?from=2026-11-28&to=2026-11-29")) == [
            ("2026-11-28", 2, 0, 0, 2),
            ("2026-11-29", 1, 0, 0, 1),
        ]
    assert calls.count("Query") == 1
    with aws_calls() as calls:
        assert numbers(anna.get(f"{URL}?from=2026-11-28&to=2026-11-29&integration_id={one}"))[1] == (
            "2026-11-29",
            0,
            0,
            0,
            0,
        )
    assert calls.count("Query") == 1
    assert numbers(anna.get(f"{URL}?from=2026-11-28&to=2026-11-29&integration_id={two}"))[1] == (
        "2026-11-29",
        1,
        0,
        0,
        1,
    )


@pytest.mark.parametrize(("interval", "first", "last", "points"), [
    ("week", "2026-11-23", "2026-12-06", [("2026-11-23", 3, 0, 0, 3), ("2026-11-30", 0, 1, 1, -1)]),
    ("month", "2026-11-01", "2026-12-31", [("2026-11-01", 3, 0, 1, 2), ("2026-12-01", 0, 1, 0, 0)]),
    ("week", "2026-11-29", "2026-12-01", [("2026-11-29", 1, 0, 0, 1), ("2026-11-30", 0, 1, 1, -1)]),
    ("month", "2026-11-29", "2026-11-30", [("2026-11-29", 1, 0, 1, 0)]),
])  # fmt: skip
def test_weeks_and_months_whole_from_their_buckets_and_cut_from_days(anna, history, interval, first, last, points):
    assert numbers(anna.get(f"{URL}?interval={interval}&from={first}&to={last}")) == points


def test_ST_14_totals_agree_in_every_interval(anna, history):
    for first, last in (("2026-11-01", "2026-12-31"), ("2026-11-28", "2026-12-01"), ("2026-11-29", "2026-11-29")):
        totals = [
            anna.get(f"{URL}?interval={i}&from={first}&to={last}").json["totals"] for i in ("day", "week", "month")
        ]
        assert totals[0] == totals[1] == totals[2]


@pytest.mark.parametrize(
    "query", ["", "?from=2026-11-22&to=2026-11-22", "?from=2090-01-01&to=2090-02-01", "?interval=month", "?from=&to="]
)
def test_ST_13_nothing_to_show_is_zeros(anna, query):
    answer = anna.get(URL + query)
    assert answer.status == 200
    assert answer.json["points"]
    assert {number for row in numbers(answer) for number in row[1:]} == {0}


def test_ST_13_a_brand_new_integration_has_zeros(anna):
    assert anna.get(f"{URL}?integration_id={integration(anna)}").status == 200


def test_without_a_range_the_open_interval_is_included(anna, capture):
    now = datetime.now(UTC)
    capture.deliver(told("activated", now, owner=whoami(anna).company.tenant_id))
    capture.fold()
    today = now.astimezone(ZoneInfo("Europe/Stockholm")).date()
    for interval in ("day", "week", "month"):
        last = anna.get(f"{URL}?interval={interval}").json["points"][-1]
        assert last["activated"] == 1
        assert last["start"] <= today.isoformat() <= last["end"]


@pytest.mark.parametrize(("query", "pointer"), [
    ("interval=year", "/interval"), ("from=2026-02-30", "/from"), ("from=yesterday", "/from"), ("from=1234567890", "/from"),
    ("to=2026-11-22T00:00:00", "/to"), ("to=0001-01-01", "/to"), ("to=9999-12-31", "/to"), ("from=2026-12-01&to=2026-11-01", "/from"),
    ("from=2024-01-01&to=2026-01-01", "/from"), ("interval=month&from=2001-01-01&to=2026-01-01", "/from"),
    ("from=2026-01-01&from=2026-02-01", "/from"), ("unknown=1", "/unknown"), ("integration_id=" + "x" * 100, "/integration_id"),
    ("from=%00", "/from"), ("interval=", "/interval"),
])  # fmt: skip
def test_bad_questions_are_400_and_name_the_field(anna, query, pointer):
    answer = anna.get(f"{URL}?{query}")
    if query == "interval=":
        assert answer.status == 200  # an empty optional field is left out
        return
    assert answer.status == 400
    assert answer.json["errors"][0]["pointer"] == pointer
    assert anna.get(f"{URL}.csv?{query}").status == 400
    assert anna.get(f"/portal/statistics?{query}", headers=HTML).status == 400


def test_another_developers_integration_is_not_found(client, anna, history):
    stranger = developer(client)
    for path in (URL, f"{URL}.csv", "/portal/statistics"):
        assert stranger.get(f"{path}?integration_id={history[0]}", headers=HTML).status == 404
    assert stranger.get(f"{URL}?from=2026-11-28&to=2026-11-28").json["totals"]["activated"] == 0


def test_BO_01_who_may_look(client):
    assert [
        who.get(URL).status for who in (client, customer(client), developer(client, portal_role=PortalRole.VIEWER))
    ] == [401, 403, 200]


def test_csv_is_the_same_and_safe_in_a_spreadsheet(anna, capture):
    evil = integration(anna, '=HYPERLINK("https://evil.example")')
    capture.deliver(told("ended", at("2026-11-28T10:00:00"), owner=whoami(anna).company.tenant_id, integration=evil))
    capture.fold()
    answer = anna.get(f"{URL}.csv?interval=week&from=2026-11-23&to=2026-12-06&integration_id={evil}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="activations-week.csv"'
    head, first, second = csv.reader(io.StringIO(answer.text))
    assert head[:7] == ["interval", "from", "to", "activated", "reactivated", "deactivated", "net"]
    assert first == [
        "2026-W48",
        "2026-11-23",
        "2026-11-29",
        "0",
        "0",
        "1",
        "-1",
        evil,
        '\'=HYPERLINK("https://evil.example")',
    ]
    assert second[0] == "2026-W49"
    assert answer.text.endswith("\r\n")


def test_the_page_shows_figures_table_and_an_address_to_share(anna, history):
    answer = anna.get(
        f"/portal/statistics?interval=day&from=2026-11-27&to=2026-12-01&integration_id={history[0]}", headers=HTML
    )
    assert answer.status == 200
    assert "<time-chart" in answer.text
    assert '<time datetime="2026-11-28">' in answer.text
    assert 'data-value="2"' in answer.text
    assert f'value="{history[0]}" selected' in answer.text
    assert f"interval=day&amp;from=2026-11-27&amp;to=2026-12-01&amp;integration_id={history[0]}" in answer.text
    assert 'name="from"' in answer.text
    assert 'value="2026-11-27"' in answer.text


def test_the_page_of_a_new_developer_has_zeros_and_speaks_swedish(client):
    browser = developer(client)
    answer = browser.get("/portal/statistics", headers=HTML)
    assert answer.status == 200
    assert "Aktiveringar över tid" in answer.text


def test_a_wrong_range_is_explained_beside_its_field_and_the_page_stays_usable(anna, history):
    answer = anna.get("/portal/statistics?from=2026-12-01&to=2026-11-01", headers=HTML)
    assert answer.status == 400
    assert 'id="from-error"' in answer.text
    assert "<time-chart" in answer.text


def test_ST_19_the_impossible_is_kept_apart_and_never_counted(anna, aws, monkeypatch):
    from chalicelib.statistics.repository import DirtyItem, FactItem
    from tests.statistics.conftest import Capture

    queue = Capture()
    assert (
        queue.deliver(told("activated", at("1970-01-01T00:00:00")), told("activated", at("2100-01-01T00:00:00"))) == []
    )
    assert queue.deliver(told("activated", datetime.now(UTC) - timedelta(minutes=10))) == []
    assert sorted(row.partition.split("#")[0] for row in FactItem.scan()) == ["quarantine", "quarantine", "ten_dev"]
    assert len(list(DirtyItem.scan())) == 1


def test_today_follows_the_platforms_zone_and_not_utc(anna):
    late = replace(whoami(anna).ctx(), now=datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    from chalicelib.statistics.schemas import ActivationsQuery

    assert service.count_activations(late, ActivationsQuery()).last.isoformat() == "2026-11-23"
