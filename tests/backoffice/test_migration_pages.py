"""The operator's migration: a file taken in once, worked piece by piece, followed, taken up again, reported row by row."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from chalicelib.accounts.repository.tables import AccountItem, CompanyItem
from chalicelib.backoffice import migration, repository
from chalicelib.backoffice.domain import read_rows
from chalicelib.backoffice.events import backoffice_migrate
from chalicelib.kit.context import new_context
from chalicelib.kit.outbox import consumers_of
from infra.migrate import BATCH, move
from tests.client import Client
from tests.factories import customer, mails, operator, told

HOME = "/operator/migration"
HTML = {"Accept": "text/html", "Accept-Language": "en"}
BAD = {3: "no address", 27: "?"}


def rows(count: int = 28) -> str:
    lines = [
        f"{BAD.get(number, f'p{number}@example.se')},Person {number},k{number // 10}" for number in range(1, count + 1)
    ]
    return "email,name,company_key\n" + "\n".join(lines) + "\n"


def upload(staff: Client, text: str, name: str = "old.csv") -> Any:
    token = staff.get(HOME, headers=HTML).form_token
    body = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{field}"{more}\r\n\r\n{value}\r\n'
        for field, more, value in (("form_token", "", token), ("file", f'; filename="{name}"', text), ("text", "", ""))
    )
    headers = {**HTML, "Content-Type": "multipart/form-data; boundary=x"}
    return staff.post(HOME, body=f"{body}--x--\r\n", headers=headers)


def turns() -> list[Any]:
    return told("migration.requested")


def deliver(event: Any) -> None:
    answer = backoffice_migrate({"Records": [{"messageId": "m", "body": event.to_json()}]}, SimpleNamespace())
    assert answer == {"batchItemFailures": []}


def work_off() -> None:
    done = 0
    while len(turns()) > done:
        for event in turns()[done:]:
            deliver(event)
            done += 1


@pytest.fixture
def staff(client, app) -> Client:
    return operator(app)


def test_a_file_is_moved_with_progress_and_a_report_of_each_row(staff):
    sent = upload(staff, rows())
    assert sent.status == 303, sent.text
    where = urlsplit(sent.headers["location"]).path
    assert consumers_of("migration.requested") == ["migrations"]
    assert "0 of 28 rows" in staff.get(where, headers=HTML).text
    deliver(turns()[0])
    part = staff.get(f"{where}/part", headers=HTML).text
    assert "25 of 28 rows" in part
    assert "<html" not in part
    assert "hx-get" in part
    work_off()
    page = staff.get(where, headers=HTML).text
    assert "28 of 28 rows are done" in page
    assert "no address" in page
    assert "Must be an e-mail address" in page
    report = staff.get(f"{where}/report.csv").text.splitlines()
    assert report[0].removeprefix("\ufeff").split(",")[:4] == ["row", "email", "outcome", "number"]
    assert [line.split(",")[2] for line in report[1:]].count("rejected") == 2
    assert report[27].startswith("27,?,rejected,,,,email: Must be")
    found = migration.get(where.rpartition("/")[2])
    assert found.counts == {"created": 3, "joined": 23, "completed": 0, "unchanged": 0, "rejected": 2}
    assert "2 refused" in staff.get(HOME, headers=HTML).text
    assert {event.actor for event in told("member.migrated")} == {staff.person.account.account_id}


def test_the_same_file_again_changes_nothing(staff):
    first = upload(staff, rows(3)).headers["location"]
    work_off()
    before = (AccountItem.count(), CompanyItem.count(), len(mails()), len(turns()))
    assert upload(staff, rows(3), "another name.csv").headers["location"] == first
    work_off()
    assert (AccountItem.count(), CompanyItem.count(), len(mails()), len(turns())) == before


def test_a_piece_delivered_again_or_twice_at_once_counts_once(staff):
    where = upload(staff, rows()).headers["location"]
    first = turns()[0]
    for _ in range(3):
        deliver(first)
    work_off()
    for event in turns():
        deliver(event)
    found = migration.get(where.rpartition("/")[2])
    assert (found.done, found.total, len(turns())) == (28, 28, 2)
    piece = repository.find_piece(found.migration_id, 0)
    assert repository.finish_piece(piece, found.counts, found.changed_at, None) is False
    assert migration.get(found.migration_id).counts == found.counts


def test_what_was_interrupted_goes_on_from_its_first_piece_without_a_report(staff, monkeypatch):
    where = urlsplit(upload(staff, rows()).headers["location"]).path
    deliver(turns()[0])
    from chalicelib.kit.http import Router

    monkeypatch.setattr(Router, "make_context", staticmethod(lambda _: new_context(offset=timedelta(minutes=3))))
    assert "Nothing has moved for a while" in staff.get(where, headers=HTML).text
    token = staff.get(where, headers=HTML).form_token
    assert staff.post(where, form={"form_token": token}, headers=HTML).status == 303
    again = [event for event in turns() if event.data["piece"] == 1]
    assert len(again) == 2, "the one that was lost, and the one asked for now"
    deliver(again[1])
    deliver(again[0])
    work_off()
    assert migration.get(where.rpartition("/")[2]).is_finished
    assert len(mails()) == 26, "nobody is welcomed twice"


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "There is no row"), ("email\n", "There is no row"), ("email\n" + "a@b.se\n" * 2501, "more than 2,500 rows"), ("email,name\na@b.se,\ufffd\n", "not in UTF-8")],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(staff, text, said):
    answer = upload(staff, text)
    assert answer.status == 422
    assert said in answer.text
    assert turns() == []


def test_rows_may_be_pasted_and_forms_that_are_none_are_refused(staff):
    answer = staff.submit(HOME, text='{"email": "a@example.se"}\nnot json\n')
    assert answer.status == 303
    work_off()
    assert migration.get(answer.headers["location"].rpartition("/")[2]).counts["rejected"] == 1
    for kind in ("multipart/form-data", "multipart/form-data; boundary=y", "text/plain"):
        assert staff.post(HOME, body="--x\r\n\r\n", headers={**HTML, "Content-Type": kind}).status in {400, 415}
    assert staff.get(f"{HOME}/mig_nobody", headers=HTML).status == 404


def test_a_file_is_for_staff_alone(staff, app):
    assert customer(app).get(HOME, headers=HTML).status == 403


def test_tables_of_spreadsheets_are_read_as_they_are_saved():
    assert read_rows('email;name\na@b.se;"Å\nB"\n') == [{"email": "a@b.se", "name": "Å\nB"}]
    assert read_rows("\ufeffemail,name\r\na@b.se,Å\r\n") == [{"email": "a@b.se", "name": "Å"}]
    assert read_rows("email\na@b.se,more\n")[0]["unreadable"] == ["more"]
    assert list(read_rows('{"email": 1}\n[]\n' + '{"a": "' + "x" * 3000 + '"}')[2]) == ["unreadable"]


# --- the command


class Bridge(requests.Session):
    """What the command sends, brought to the app; `breaks_at` is the call that never arrives."""

    def __init__(self, staff: Client, breaks_at: int = 0) -> None:
        super().__init__()
        self.staff, self.breaks_at, self.calls = staff, breaks_at, 0

    def post(self, url: Any, json: Any = None, **_: Any) -> requests.Response:
        self.calls += 1
        if self.calls == self.breaks_at:
            raise requests.ConnectionError
        sent = self.staff.post(urlsplit(str(url)).path, json=json)
        answer = requests.Response()
        answer.status_code, answer._content = sent.status, sent.text.encode()
        return answer


def test_the_command_goes_on_where_it_was_interrupted(staff, tmp_path: Path, capsys):
    file = tmp_path / "old.csv"
    file.write_text(rows(), "utf-8")
    broken = Bridge(staff, breaks_at=2)
    with pytest.raises(requests.ConnectionError):
        move(broken, "http://portal", file)
    report = tmp_path / "old.csv.report.jsonl"
    assert len(report.read_text("utf-8").splitlines()) == 1 + BATCH
    with report.open("a", encoding="utf-8") as out:
        out.write('{"row": 26, "ema')  # as a killed process leaves it
    resumed = Bridge(staff)
    outcomes = move(resumed, "http://portal", file)
    assert (resumed.calls, outcomes["rejected"], outcomes["created"] + outcomes["joined"]) == (1, 2, 26)
    assert len(report.read_text("utf-8").splitlines()) == 29
    again = Bridge(staff)
    assert move(again, "http://portal", file) == {"unchanged": 26, "rejected": 2}
    assert again.calls == 2
    assert len(mails()) == 26
    file.write_text(rows(10), "utf-8")
    assert move(Bridge(staff), "http://portal", file) == {"unchanged": 9, "rejected": 1}
    with pytest.raises(requests.HTTPError):
        move(Bridge(Client(staff.app)), "http://portal", file)
