"""The schema gate for forms and queries; no body whatever makes it fail otherwise than by saying so."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kit.errors import AppError, MalformedRequestError, RejectedError
from chalicelib.kit.gate import Line, Prose, Wire, parse_form, parse_json, parse_query
from chalicelib.kit.request import Form, Request


class Order(Wire):
    name: Line
    count: int = 1
    gift: bool = False
    scopes: frozenset[str] = frozenset()
    note: Prose | None = None


def form(*pairs):
    return Form(tuple(pairs))


def test_a_form_becomes_typed_values():
    order = parse_form(Order, form(("name", " A "), ("count", "3"), ("gift", "on"), ("scopes", "a"), ("scopes", "b")))
    assert order == Order(name="A", count=3, gift=True, scopes=frozenset({"a", "b"}))


def test_an_empty_optional_field_counts_as_left_out():
    assert parse_form(Order, form(("name", "A"), ("note", ""), ("count", ""))) == Order(name="A")


@pytest.mark.parametrize("pairs", [
    [("name", "A"), ("name", "B")], [("count", "1")], [("name", "A"), ("count", "x")], [("name", "A"), ("x", "1")],
])  # fmt: skip
def test_a_wrong_form_names_the_field(pairs):
    with pytest.raises(RejectedError) as caught:
        parse_form(Order, form(*pairs))
    assert caught.value.errors


def test_a_wrong_query_is_400():
    with pytest.raises(MalformedRequestError):
        parse_query(Order, form(("name", "A"), ("count", "many")))


def test_prose_keeps_lines_and_drops_the_invisible():
    assert parse_json(Order, json.dumps({"name": "A", "note": " a\n\u202eb "}).encode()).note == "a\nb"


@pytest.mark.parametrize("body", [b"\xff=1", b"a=%ff", b"&".join(b"a=1" for _ in range(600))])
def test_a_body_that_is_no_form_is_400(body):
    with pytest.raises(MalformedRequestError):
        Request("POST", "/", {}, form(), body, {}, "", "").form()


def test_repeated_names_are_known():
    request = Request("POST", "/", {}, form(), urlencode([("a", "1"), ("b", "2"), ("a", "")]).encode(), {}, "", "")
    assert request.form().repeated() == {"a"}


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=200), st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20,
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_IN_39_any_body_is_accepted_or_refused_but_never_breaks_the_gate(body):
    statuses = set()
    try:
        parse_json(Order, body)
    except AppError as error:
        statuses.add(error.status)
    assert statuses <= {400, 413, 422}
