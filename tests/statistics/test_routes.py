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
from chalicelib.integrations.domain import IntegrationStatus
from chalicelib.integrations.repository import IntegrationItem
from chalicelib.integrations.schemas import IntegrationCreate
from chalicelib.statistics import progress, recount, service
from tests.factories import aws_calls, customer, developer, operator, whoami
from tests.statistics.conftest import at, seen_from, told

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
        capture.deliver(told(kind, at(moment), owner=owner, integration=name, country="NO" if name == two else "SE"))
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
    assert {key: body[key] for key in ("interval", "from", "to", "time_zone", "integration_ids", "active_now")} == {
        "interval": "day", "from": "2026-11-27", "to": "2026-12-01", "time_zone": "Europe/Stockholm",
        "integration_ids": [], "active_now": 2,
    }  # fmt: skip
    assert [point["active"] for point in body["points"]] == [0, 2, 3, 2, 2]
    totals = body["totals"]
    assert (totals["activated"], totals["deactivated"], totals["net"], totals["active"]) == (3, 1, 2, 2)
    assert body["before"]["activated"] == 0
    assert body["countries"] == [
        {"country_code": "SE", "activated": 2, "deactivated": 1}, {"country_code": "NO", "activated": 1, "deactivated": 0},
    ]  # fmt: skip


def test_one_integration_several_and_all_are_two_calls_at_most(anna, history):
    one, two = history
    for query, expected in (
        ("", 3), (f"&integration_id={one}", 2), (f"&integration_id={two}", 1), (f"&integration_id={one},{two}", 3),
        (f"&integration_id={one}&integration_id={two}", 3), (f"&integration_id=all&integration_id={two}", 1),
    ):  # fmt: skip
        with aws_calls() as calls:
            assert anna.get(f"{URL}?from=2026-11-01&to=2026-11-30{query}").json["totals"]["activated"] == expected
        session = 1
        assert len(calls) <= 2 + session, calls
        with aws_calls() as calls:
            anna.get(f"/portal/statistics?from=2026-11-01&to=2026-11-30{query}", headers=HTML)
        assert len(calls) <= 2 + session, calls


def test_the_period_before_is_beside_it(anna, history):
    body = anna.get(f"{URL}?from=2026-11-30&to=2026-12-02").json
    assert (body["totals"]["activated"], body["before"]["activated"], body["before"]["active"]) == (0, 3, 3)
    assert body["totals"]["churn"] == 0.3333


@pytest.mark.parametrize(
    ("period", "days", "interval"), [("7d", 7, "day"), ("30d", 30, "day"), ("90d", 90, "week"), ("12m", 365, "month")]
)
def test_periods_end_today(anna, period, days, interval):
    body = anna.get(f"{URL}?period={period}").json
    first, last = (datetime.fromisoformat(body[name]).date() for name in ("from", "to"))
    assert ((last - first).days + 1, body["interval"]) == (days, interval)
    assert last == datetime.now(ZoneInfo("Europe/Stockholm")).date()
    assert anna.get(f"{URL}?period={period}&interval=day").json["interval"] == "day"


def test_hours_of_one_day_and_of_no_more(anna, history):
    body = anna.get(f"{URL}?interval=hour&from=2026-11-28&to=2026-11-28").json
    assert len(body["points"]) == 24
    found = {point["start"]: point["activated"] for point in body["points"] if point["activated"]}
    assert found == {"2026-11-28T11:00:00+01:00": 1, "2026-11-28T23:00:00+01:00": 1}
    assert anna.get(f"{URL}?interval=hour&from=2026-11-27&to=2026-11-28").status == 400
    assert anna.get(f"{URL}?interval=hour").status == 200
    page = anna.get("/portal/statistics?interval=hour&from=2026-11-28&to=2026-11-28", headers=HTML)
    assert 'zone="Europe/Stockholm"' in page.text


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
    ("from=2024-01-01&to=2026-01-01", "/from"), ("interval=month&from=2001-01-01&to=2026-01-01", "/from"), ("period=2d", "/period"),
    ("from=2026-01-01&from=2026-02-01", "/from"), ("unknown=1", "/unknown"), ("integration_id=" + "x" * 100, "/integration_id"),
    ("from=%00", "/from"), ("interval=", "/interval"),
])  # fmt: skip
def test_bad_questions_are_400_and_name_the_field(anna, query, pointer):
    answer = anna.get(f"{URL}?{query}")
    if query == "interval=":
        assert answer.status == 200  # an empty optional field is left out
        return
    assert answer.status == 400
    assert answer.json["errors"][0]["pointer"].removesuffix("/0") == pointer
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
    first, second = csv.DictReader(io.StringIO(answer.text))
    assert {name: first[name] for name in ("interval", "from", "to", "activated", "deactivated", "net", "churn")} == {
        "interval": "2026-W48", "from": "2026-11-23", "to": "2026-11-29", "activated": "0", "deactivated": "1",
        "net": "-1", "churn": "",
    }  # fmt: skip
    assert (first["integration_ids"], first["integrations"]) == (evil, '\'=HYPERLINK("https://evil.example")')
    assert second["interval"] == "2026-W49"
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


def test_ST_19_the_impossible_is_kept_apart_and_never_counted(anna, aws):
    from chalicelib.statistics.repository import FactItem, MarkItem
    from tests.statistics.conftest import Capture

    stream = Capture()
    bodies = [told("activated", at(moment)) for moment in ("1970-01-01T00:00:00", "2100-01-01T00:00:00")]
    assert stream.deliver(*bodies, told("activated", datetime.now(UTC) - timedelta(minutes=10))) == []
    assert [row.partition.split("#")[0] for row in FactItem.scan()].count("quarantine") == 2
    assert len(list(MarkItem.scan())) == 1


def test_today_follows_the_platforms_zone_and_not_utc(anna):
    late = replace(whoami(anna).ctx(), now=datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    from chalicelib.statistics.schemas import ActivationsQuery

    assert service.count_activations(late, ActivationsQuery()).last.isoformat() == "2026-11-23"


def test_the_operator_sees_everybodys_numbers_and_nobody_else_does(client, anna, history):
    staff = operator(client)
    staff.cookies["lang"] = "en"
    query = "?from=2026-11-28&to=2026-12-01"
    assert staff.get(f"/statistics/platform{query}").json["totals"]["activated"] == 3
    assert staff.get(f"/statistics/platform.csv{query}").text.count("\r\n") == 5
    with aws_calls() as calls:
        page = staff.get(f"/operator/statistics{query}", headers=HTML)
    assert len(calls) <= 3, calls
    assert "It has not run yet" in page.text
    assert [anna.get(path).status for path in ("/statistics/platform", "/statistics/platform.csv")] == [403, 403]


def test_the_last_recount_is_told_to_the_operator(client, history):
    recount.recount(seen_from(datetime.now(UTC)))
    staff = operator(client)
    staff.cookies["lang"] = "en"
    text = staff.get("/operator/statistics", headers=HTML).text
    assert "nothing differed" in text
    assert "All that had come by" in text
    progress.tell(datetime(2026, 11, 20, 8, 15, tzinfo=UTC), datetime(2026, 11, 22, 8, 29, tzinfo=UTC), 190)
    text = staff.get("/operator/statistics", headers=HTML).text
    assert "190 quarters of an hour wait" in text


def test_views_of_a_published_listing_are_counted_but_not_those_of_its_own_people(client, anna, capture):
    integration_id = integration(anna)
    assert client.get(f"/statistics/seen/{integration_id}").status == 404
    item = IntegrationItem.get(whoami(anna).company.tenant_id, integration_id)
    item.status = IntegrationStatus.PUBLISHED
    item.save()
    for browser in (client, customer(client), anna):
        answer = browser.get(f"/statistics/seen/{integration_id}")
        assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    capture.fold(datetime.now(UTC))
    body = anna.get(f"{URL}?period=7d").json
    assert (body["totals"]["viewed"], body["totals"]["conversion"]) == (2, 0.0)
