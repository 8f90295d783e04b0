"""What is tried, what a good integration does, and how an answer is judged; no AWS, no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import parse_qs, urlencode, urlsplit

from chalicelib.kit.errors import ConflictError
from chalicelib.kit.i18n import mark

__all__ = [
    "CODE_LIFETIME",
    "RUN_LIFETIME",
    "SCENARIOS",
    "Answered",
    "CallbackRun",
    "CallbackTestRunningError",
    "Outcome",
    "RunStatus",
    "Scenario",
    "Verdict",
    "find_state",
    "judge",
    "with_parameters",
]

CODE_LIFETIME = timedelta(minutes=10)
RUN_LIFETIME = timedelta(minutes=2)  # a run that has not ended by then has died
_SERVER_ERROR, _CLIENT_ERROR, _REDIRECT, _OK = 500, 400, 300, 200
_STATE_MIN = 8


class CallbackTestRunningError(ConflictError):
    title = "A test is under way"


class Scenario(StrEnum):
    LANDING = "landing"
    DENIED = "denied"
    WRONG_STATE = "wrong_state"
    GOOD_CODE = "good_code"
    REPLAY = "replay"


SCENARIOS = tuple(Scenario)


class Verdict(StrEnum):
    """`unknown`: it could not be tried."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"


class RunStatus(StrEnum):
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Answered:
    """What the integration did with one request. `reason` is set when nothing came back at all."""

    status: int = 0
    location: str = ""
    milliseconds: int = 0
    reason: str = ""
    presented: int = 0  # how often the test code came to the token endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One scenario; `finding` is an English sentence of the catalogue."""

    scenario: Scenario
    verdict: Verdict
    finding: str
    status: int = 0
    milliseconds: int = 0
    presented: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRun:
    integration_id: str
    run_id: str
    tenant_id: str
    redirect_uri: str
    status: RunStatus
    started_at: datetime
    ended_at: datetime | None = None
    outcomes: tuple[Outcome, ...] = ()

    def is_running(self, now: datetime) -> bool:
        return self.status is RunStatus.RUNNING and now < self.started_at + RUN_LIFETIME

    @property
    def is_good(self) -> bool:
        """Nothing bad, and the good code was really exchanged."""
        said = {outcome.scenario: outcome.verdict for outcome in self.outcomes}
        return said.get(Scenario.GOOD_CODE) is Verdict.OK and Verdict.BAD not in said.values()


def with_parameters(uri: str, **parameters: str) -> str:
    """The redirect URI with our parameters beside its own (RFC 6749 §3.1.2).

    >>> with_parameters("https://a.example/cb?x=1", code="c")
    'https://a.example/cb?x=1&code=c'
    """
    if not parameters:
        return uri
    return uri + ("&" if urlsplit(uri).query else "?") + urlencode(parameters)


def find_state(answered: Answered, endpoint: str, client_id: str) -> str | None:
    """The state of the authorization request it began, if it began one of its own at our endpoint."""
    if not (_REDIRECT <= answered.status < _CLIENT_ERROR and answered.location.partition("?")[0] == endpoint):
        return None
    given = parse_qs(urlsplit(answered.location).query)
    states = given.get("state", [])
    return states[0] if given.get("client_id") == [client_id] and len(states) == 1 else None


_UNREACHED = {
    "scheme": mark("Only https is tried."),
    "name": mark("The host name is not known to the name servers."),
    "address": mark("The host leads to an address that is not public."),
    "connection": mark("Nobody answered at that address."),
    "certificate": mark("The certificate is not valid for this host."),
    "timeout": mark("No answer came in time."),
    "answer": mark("What came back is no HTTP answer."),
}


def judge(scenario: Scenario, answered: Answered | None, state: str | None) -> tuple[Verdict, str]:
    """Verdict and what was found. `answered` None: it could not be tried."""
    if answered is None:
        return Verdict.UNKNOWN, mark("Not tried: landing without a code does not begin an authorization request.")
    if answered.reason:
        return Verdict.BAD, _UNREACHED.get(answered.reason, _UNREACHED["connection"])
    if answered.status >= _SERVER_ERROR:
        return Verdict.BAD, mark("It answered with an error of its own (5xx).")
    return _JUDGES[scenario](answered, state)


def _landing(answered: Answered, state: str | None) -> tuple[Verdict, str]:
    if state is not None and len(state) >= _STATE_MIN:
        return Verdict.OK, mark("It begins an authorization request with a state of its own.")
    if state is not None:
        return Verdict.WARN, mark("It begins an authorization request, but its state is short enough to be guessed.")
    if _OK <= answered.status < _REDIRECT:
        return Verdict.WARN, mark("It shows a page. Whoever comes from the marketplace has to find the way to connect.")
    if answered.status < _CLIENT_ERROR:
        return Verdict.WARN, mark("It leads on to another address than our authorization endpoint.")
    return Verdict.BAD, mark("It refuses whoever comes from the marketplace without a code.")


def _denied(_: Answered, __: str | None) -> tuple[Verdict, str]:
    return Verdict.OK, mark("It takes a no for an answer.")


def _wrong_state(answered: Answered, _: str | None) -> tuple[Verdict, str]:
    if answered.presented:
        return Verdict.BAD, mark("It used a code that came with a state it never made: anybody can connect a stranger.")
    return Verdict.OK, mark("It did not use a code that came with a foreign state.")


def _good_code(answered: Answered, _: str | None) -> tuple[Verdict, str]:
    if answered.presented:
        return Verdict.OK, mark("It brought the code to the token endpoint with its own credentials.")
    return Verdict.BAD, mark("It did not bring the code to the token endpoint.")


def _replay(answered: Answered, _: str | None) -> tuple[Verdict, str]:
    if answered.presented > 1:
        return Verdict.WARN, mark("It used the same state and code a second time. Forget a state once it came back.")
    return Verdict.OK, mark("It does not use the same state and code a second time.")


_JUDGES = {
    Scenario.LANDING: _landing,
    Scenario.DENIED: _denied,
    Scenario.WRONG_STATE: _wrong_state,
    Scenario.GOOD_CODE: _good_code,
    Scenario.REPLAY: _replay,
}


def missing_scenarios(outcomes: Sequence[Outcome]) -> list[Scenario]:
    done = {outcome.scenario for outcome in outcomes}
    return [scenario for scenario in SCENARIOS if scenario not in done]
