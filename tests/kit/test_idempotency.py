"""Idempotency keys: one effect, the same answer again, and nothing stuck after a crash."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.kit.context import Actor, new_context
from chalicelib.kit.errors import ConflictError, MalformedRequestError, UnavailableError
from chalicelib.kit.idempotency import IdempotencyKeyInUseError, IdempotencyKeyReusedError, run_once
from chalicelib.kit.request import read_request
from chalicelib.kit.response import Response, json_response

A = Actor("acc_a", "ten_a", session_id="s")
B = Actor("acc_b", "ten_b", session_id="s")


def request(key="k", body="{}", path="/things"):
    return read_request({"httpMethod": "POST", "path": path, "headers": {"Idempotency-Key": key}, "body": body})


def ctx(actor=A, **later):
    base = new_context(actor)
    return replace(base, now=base.now + timedelta(**later))


@pytest.fixture
def calls(aws):
    return []


def doing(calls):
    def run(ctx) -> Response:
        calls.append(ctx.new_id("thing"))
        return json_response({"id": calls[-1], "client_secret": "shown"}, 201)

    return run


def test_IK_01_a_repeat_gets_the_same_answer_and_no_second_effect(calls):
    first = run_once(ctx(), request(), doing(calls))
    again = run_once(ctx(), request(), doing(calls))
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(calls) == 1


@pytest.mark.parametrize("other", [{"body": '{"a":1}'}, {"path": "/others"}])
def test_IK_02_the_key_of_another_request_is_refused(calls, other):
    run_once(ctx(), request(), doing(calls))
    with pytest.raises(IdempotencyKeyReusedError):
        run_once(ctx(), request(**other), doing(calls))


def test_IK_04_a_second_first_use_waits(calls):
    def nested(inner):
        with pytest.raises(IdempotencyKeyInUseError):
            run_once(ctx(), request(), doing(calls))
        return json_response({})

    run_once(ctx(), request(), nested)
    assert not calls


def test_IK_05_the_same_key_of_somebody_else_is_independent(calls):
    run_once(ctx(A), request(), doing(calls))
    run_once(ctx(B), request(), doing(calls))
    assert len(set(calls)) == 2


def test_IK_07_after_trouble_the_retry_makes_the_same_ids(calls):
    def fails_after_the_work(inner):
        calls.append(inner.new_id("thing"))
        raise UnavailableError

    with pytest.raises(UnavailableError):
        run_once(ctx(), request(), fails_after_the_work)
    run_once(ctx(), request(), doing(calls))
    assert calls[0] == calls[1]


def test_a_refused_request_may_be_mended_under_the_same_key(calls):
    def refused(inner):
        raise ConflictError

    with pytest.raises(ConflictError):
        run_once(ctx(), request(), refused)
    run_once(ctx(), request(body='{"mended":1}'), doing(calls))
    assert len(calls) == 1


def test_IK_08_a_crash_frees_the_key_when_its_lease_ends(calls):
    class CrashError(BaseException):
        pass

    def crash(inner):
        raise CrashError

    with pytest.raises(CrashError):
        run_once(ctx(), request(), crash)
    with pytest.raises(IdempotencyKeyInUseError):
        run_once(ctx(seconds=29), request(), doing(calls))
    run_once(ctx(seconds=32), request(), doing(calls))
    assert len(calls) == 1


def test_IK_10_and_11_after_a_day_the_key_is_new_whether_or_not_the_row_is_gone(calls):
    run_once(ctx(), request(), doing(calls))
    assert run_once(ctx(hours=23, minutes=59), request(), doing(calls)).headers.get("Idempotent-Replayed")
    run_once(ctx(hours=24, minutes=1), request(), doing(calls))
    assert len(calls) == 2


def test_IK_13_the_stored_answer_is_sealed(calls):
    from chalicelib.kit.idempotency import IdempotencyItem

    run_once(ctx(), request(), doing(calls))
    (row,) = list(IdempotencyItem.scan())
    assert "shown" not in row.answer


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\tb"])
def test_a_key_that_is_none_is_named(calls, key):
    with pytest.raises(MalformedRequestError):
        run_once(ctx(), request(key=key), doing(calls))
