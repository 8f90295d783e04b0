"""The self-test against programs that do right and wrong: what they are told follows from what they did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from chalicelib.accounts.domain import PortalRole
from chalicelib.callbacks import repository, running, service
from chalicelib.callbacks.domain import CallbackTestRunningError, RunStatus, Scenario, Verdict, with_parameters
from chalicelib.callbacks.running import run_test
from chalicelib.callbacks.schemas import CallbackTestCreate
from chalicelib.config import settings
from chalicelib.integrations import service as integrations
from chalicelib.integrations.schemas import IntegrationCreate
from chalicelib.kit.context import new_context
from chalicelib.kit.egress import Fetched, FetchError
from chalicelib.kit.errors import NotFoundError, RejectedError
from tests.factories import aws_calls, developer, new_person, told

REDIRECT = "https://app.example/cb?x=1"


@dataclass
class Program:
    """A developer's program at the redirect URI."""

    client_id: str
    checks_state: bool = True
    forgets_state: bool = True
    begins: bool = True
    crashes_on: str = ""
    states: dict[str, str] = field(default_factory=dict)

    def __call__(self, url: str, headers: dict[str, str]) -> Fetched:
        given = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert given["x"] == "1"
        if self.crashes_on and self.crashes_on in given:
            return Fetched(500)
        if "error" in given:
            return Fetched(200)
        if "code" not in given:
            return self._land()
        known = self.states.get(headers.get("Cookie", "").partition("=")[2])
        if self.checks_state and known != given["state"]:
            return Fetched(400)
        if self.forgets_state:
            self.states.clear()
        service.note_presented_code(self.client_id, given["code"])
        return Fetched(200)

    def _land(self) -> Fetched:
        if not self.begins:
            return Fetched(200)
        visit = f"v{len(self.states)}"
        self.states[visit] = f"state-of-visit-{visit}-{id(self)}"
        query = urlencode({"client_id": self.client_id, "state": self.states[visit], "response_type": "code"})
        location = f"{settings().origin}/oauth-v1/auth?{query}"
        return Fetched(302, [("location", location), ("set-cookie", f"visit={visit}; HttpOnly")])


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(running, "_PRESENTING_SECONDS", 0)


@pytest.fixture
def ctx(aws):
    return new_person(licence=True, portal_role=PortalRole.OWNER).ctx()


@pytest.fixture
def integration(ctx):
    command = IntegrationCreate(name="Kvitto", scopes=["customer"], redirect_uris=[REDIRECT, "https://b.example/"])
    return integrations.create_integration(ctx, command).integration


def trial(ctx, integration, program: Callable[..., Fetched]) -> dict[Scenario, Any]:
    service.start_callback_test(ctx, integration.integration_id, CallbackTestCreate())
    event = told("callback_test.requested")[-1]
    for _ in range(2):  # queues bring it twice
        run_test(new_context(), event, program)
    run = service.get_last_run(ctx, integration.integration_id)
    assert run.status is RunStatus.DONE
    return {"good": run.is_good, **{outcome.scenario: outcome.verdict for outcome in run.outcomes}}


def test_a_program_that_does_right(ctx, integration):
    assert trial(ctx, integration, Program(integration.client_id)) == {
        "good": True, Scenario.LANDING: Verdict.OK, Scenario.DENIED: Verdict.OK, Scenario.WRONG_STATE: Verdict.OK,
        Scenario.GOOD_CODE: Verdict.OK, Scenario.REPLAY: Verdict.OK,
    }  # fmt: skip


def test_one_that_takes_any_state_lets_strangers_connect(ctx, integration):
    found = trial(ctx, integration, Program(integration.client_id, checks_state=False))
    assert (found["good"], found[Scenario.WRONG_STATE], found[Scenario.GOOD_CODE]) == (False, Verdict.BAD, Verdict.OK)


def test_one_that_keeps_its_state_uses_the_code_twice(ctx, integration):
    found = trial(ctx, integration, Program(integration.client_id, forgets_state=False))
    assert (found["good"], found[Scenario.REPLAY]) == (True, Verdict.WARN)


def test_one_that_shows_a_page_cannot_be_tried_further(ctx, integration):
    found = trial(ctx, integration, Program(integration.client_id, begins=False))
    assert (found["good"], found[Scenario.LANDING], found[Scenario.GOOD_CODE], found[Scenario.REPLAY]) == (
        False, Verdict.WARN, Verdict.UNKNOWN, Verdict.UNKNOWN,
    )  # fmt: skip


def test_one_that_falls_over_a_no(ctx, integration):
    assert trial(ctx, integration, Program(integration.client_id, crashes_on="error"))[Scenario.DENIED] is Verdict.BAD


def test_one_that_is_not_there_is_asked_once(ctx, integration):
    asked = []

    def nobody(url: str, _: dict[str, str]) -> Fetched:
        asked.append(url)
        raise FetchError("address")

    assert trial(ctx, integration, nobody) == {"good": False, Scenario.LANDING: Verdict.BAD}
    assert asked == [REDIRECT]
    run = service.get_last_run(ctx, integration.integration_id)
    assert run.outcomes[0].finding == "The host leads to an address that is not public."


def test_a_code_of_another_client_does_not_count(ctx, integration):
    found = trial(ctx, integration, Program("someoneelse1"))
    assert found[Scenario.LANDING] is Verdict.WARN  # the request it began was not this client's


def test_one_run_at_a_time_and_only_registered_addresses(ctx, integration):
    service.start_callback_test(ctx, integration.integration_id, CallbackTestCreate(redirect_uri="https://b.example/"))
    with pytest.raises(CallbackTestRunningError):
        service.start_callback_test(ctx, integration.integration_id, CallbackTestCreate())
    with pytest.raises(RejectedError):
        service.start_callback_test(
            ctx, integration.integration_id, CallbackTestCreate(redirect_uri="https://169.254.169.254/")
        )
    stranger = new_person(licence=True, portal_role=PortalRole.OWNER).ctx()
    with pytest.raises(NotFoundError):
        service.start_callback_test(stranger, integration.integration_id, CallbackTestCreate())
    with pytest.raises(NotFoundError):
        service.get_last_run(stranger, integration.integration_id)


def test_codes_that_have_not_our_form_ask_nobody(aws):
    with aws_calls() as calls:
        for odd in ("", "test", "test" * 11, "x" * 44, "tést" + "a" * 40):
            assert not service.note_presented_code("abc", odd)
    assert calls == []


def test_nothing_stored_is_a_code(ctx, integration):
    seen = []
    program = Program(integration.client_id)

    def watching(url: str, headers: dict[str, str]) -> Fetched:
        seen.extend(parse_qs(urlsplit(url).query).get("code", []))
        return program(url, headers)

    trial(ctx, integration, watching)
    rows = str([row.attribute_values for row in repository.CallbackCodeItem.scan()])
    assert len(set(seen)) == 2
    assert not any(code in rows for code in seen)


def test_parameters_stand_beside_the_registered_ones():
    assert with_parameters("https://a.example/cb", code="a b") == "https://a.example/cb?code=a+b"
    assert with_parameters("https://a.example/cb?x=1") == "https://a.example/cb?x=1"


def test_over_json_and_on_the_page(client):
    dev = developer(client)
    dev.headers["Accept-Language"] = "en"
    made = dev.post("/integrations", json={"name": "K", "scopes": ["customer"], "redirect_uris": [REDIRECT]}).json
    path = f"/integrations/{made['integration_id']}/callback-test"
    page = f"/portal{path}"
    assert dev.get(path).status == 404
    assert "Begin the test" in dev.get(page).text
    assert dev.submit(page, page).status == 303
    assert dev.get(path).json["status"] == "running"
    assert "Testing" in dev.get(f"{page}/part").text
    assert dev.post(path, json={}).status == 409
    run_test(new_context(), told("callback_test.requested")[-1], Program(made["client_id"]))
    assert dev.get(path).json["is_good"]
    shown = dev.get(page).text
    assert all(word in shown for word in ("It does what it should", "A code with a foreign state", "Test again"))
