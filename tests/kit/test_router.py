"""A route end to end: guard, schema gate, view, shape, problem; and the addresses nobody declared."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from chalicelib.kit.app import App
from chalicelib.kit.context import Actor, Context, new_context
from chalicelib.kit.errors import ConflictError, NotFoundError
from chalicelib.kit.gate import Line, Wire
from chalicelib.kit.guards import public, role, scope
from chalicelib.kit.http import NoContent, Router
from chalicelib.kit.request import Request
from tests.client import Client


class NoteCreate(Wire):
    text: Line
    stars: int = 0


class NoteRead(Wire):
    note_id: str
    text: str


@dataclass
class Note:
    note_id: str
    text: str
    secret: str = "hidden"


class NoteTakenError(ConflictError):
    title = "Taken"


router = Router("tests.notes")


@router.route("/notes", methods=["POST"], guard=public, body=NoteCreate, returns=NoteRead, status=201,
              problems=[NoteTakenError], headers=lambda note: {"Location": f"/notes/{note.note_id}"})  # fmt: skip
def create_note(ctx: Context, body: NoteCreate) -> Note:
    if body.text == "taken":
        raise NoteTakenError("That text is taken.", extra={"holder": "n0"})
    return Note("n1", body.text)


@router.route("/notes/{note_id}", methods=["GET"], guard=public, returns=NoteRead)
def get_note(ctx: Context, note_id: str) -> Note:
    if note_id == "boom":
        raise RuntimeError("never shown")
    return Note(note_id, "x")


@router.route("/notes/{note_id}", methods=["DELETE"], guard=role("writer"), returns=NoContent)
def delete_note(ctx: Context, note_id: str) -> None:
    raise NotFoundError


@router.route("/notes/all/count", methods=["GET"], guard=scope("notes"), returns=NoteRead)
def count_notes(ctx: Context) -> Note:
    return Note("all", "3")


@pytest.fixture(scope="module")
def notes_app() -> App:
    app = App("notes")
    app.mount(router)
    return app


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch, notes_app: App) -> Client:
    actor: list[Actor | None] = [None]
    monkeypatch.setattr(Router, "authenticate", staticmethod(lambda request, ctx: actor[0]), raising=False)
    monkeypatch.setattr(Router, "make_context", staticmethod(_context), raising=False)
    client = Client(notes_app)
    client.become = lambda who: actor.__setitem__(0, who)  # type: ignore[attr-defined]
    return client


def _context(request: Request) -> Context:
    return new_context(request_id="req_1")


def test_a_route_answers_with_its_declared_shape_only(notes):
    answer = notes.post("/notes", json={"text": "hello"})
    assert (answer.status, answer.json) == (201, {"note_id": "n1", "text": "hello"})
    assert answer.headers["location"] == "/notes/n1"
    assert answer.headers["x-request-id"] == "req_1"


def test_a_known_error_is_a_problem_document_with_its_extensions(notes):
    answer = notes.post("/notes", json={"text": "taken"})
    assert answer.status == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json == {
        "type": "https://portal.test/docs/problems#note-taken", "title": "Taken", "status": 409, "instance": "req_1",
        "detail": "That text is taken.", "code": "note-taken", "holder": "n0",
    }  # fmt: skip


def test_an_unknown_error_shows_nothing_of_itself(notes):
    answer = notes.get("/notes/boom")
    assert answer.status == 500
    assert answer.json["type"] == "about:blank"
    assert "never shown" not in answer.text


@pytest.mark.parametrize("bad", [
    "", "[]", "null", "1", '"x"', "{", '{"text": NaN}', '{"text": "a", "text": "b"}', '{"text": "\\ud800"}',
    '{"text": 1e400}', "[" * 1000, '{"a":' * 100_000, '{"text":"a","stars":' + "9" * 5000 + "}", '{"text":"' + "x" * 200_000 + '"}',
])  # fmt: skip
def test_IN_01_a_body_that_is_no_plain_json_object_is_refused(notes, bad):
    answer = notes.post("/notes", body=bad, headers={"Content-Type": "application/json"})
    assert answer.status in {400, 413}
    assert answer.json["detail"]


@pytest.mark.parametrize("value", [1, True, None, [], {}, 1.5])
def test_IN_04_a_wrong_type_is_named_and_not_echoed(notes, value):
    answer = notes.post("/notes", json={"text": value, "unknown": "s3cret"})
    assert answer.status == 422
    assert {entry["pointer"] for entry in answer.json["errors"]} == {"/text", "/unknown"}
    assert "s3cret" not in answer.text


@pytest.mark.parametrize("text", ["a\x00b", "a\u202eb", "a\u200bb", "a\u2028b", "\x7f"])
def test_IN_06_invisible_characters_are_refused_in_a_line(notes, text):
    assert notes.post("/notes", json={"text": text}).status == 422


def test_another_content_type_is_refused(notes):
    assert notes.post("/notes", body='{"text":"a"}', headers={"Content-Type": "text/plain"}).status == 415


def test_OP_03_another_site_cannot_post_in_a_persons_name(notes):
    answer = notes.post("/notes", json={"text": "a"}, headers={"Origin": "https://evil.example"})
    assert answer.status == 403
    assert notes.post("/notes", json={"text": "a"}, headers={"Origin": "https://portal.test"}).status == 201


def test_guards_ask_who_and_then_may(notes):
    assert notes.request("DELETE", "/notes/n1").status == 401
    notes.become(Actor("a", "t", session_id="s"))
    assert notes.request("DELETE", "/notes/n1").status == 403
    notes.become(Actor("a", "t", frozenset({"writer"}), session_id="s"))
    assert notes.request("DELETE", "/notes/n1").status == 404


def test_BO_25_a_token_does_not_open_the_portal_nor_a_session_the_api(notes):
    notes.become(Actor("a", "t", frozenset({"writer"}), frozenset({"notes"}), client_id="c"))
    assert notes.request("DELETE", "/notes/n1").status == 401
    assert notes.get("/notes/all/count").status == 200
    notes.become(Actor("a", "t", frozenset({"writer"}), session_id="s"))
    assert notes.get("/notes/all/count").status == 401


def test_RV_15_a_missing_scope_is_named(notes):
    notes.become(Actor("a", "t", scopes=frozenset({"other"}), client_id="c"))
    answer = notes.get("/notes/all/count")
    assert answer.status == 403
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="notes"'


def test_IN_31_unknown_addresses_and_methods_are_answered_by_us(notes):
    assert notes.get("/nowhere").json["status"] == 404
    answer = notes.request("PATCH", "/notes/n1")
    assert (answer.status, answer.headers["allow"]) == (405, "DELETE, GET")


def test_a_trailing_slash_and_an_encoded_segment_name_the_same_resource(notes):
    assert notes.get("/notes/a%2Fb/").json["note_id"] == "a/b"


def test_head_is_get_without_a_body(notes):
    answer = notes.request("HEAD", "/notes/n1")
    assert (answer.status, answer.text) == (200, "")
