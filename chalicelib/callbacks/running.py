"""One run: five scenarios, each a request or two as a browser sends them, judged by what came back and was asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from chalicelib.callbacks import repository
from chalicelib.callbacks.domain import (
    SCENARIOS,
    Answered,
    CallbackRun,
    Outcome,
    RunStatus,
    Scenario,
    find_state,
    judge,
    with_parameters,
)
from chalicelib.callbacks.service import CODE_PREFIX, PURPOSE
from chalicelib.config import settings
from chalicelib.kit import secrets, store
from chalicelib.kit.context import Context
from chalicelib.kit.egress import Fetched, FetchError, fetch
from chalicelib.kit.outbox import Event

__all__ = ["run_test"]

_REQUEST_SECONDS = 6.0
_PRESENTING_SECONDS = 4.0  # some programs exchange the code after they answered
_CODE_LENGTH = 44
_COOKIES_MAX = 20

Fetch = Callable[[str, dict[str, str]], Fetched]


@dataclass
class _Browser:
    """Cookies of one visit, and nothing else a browser would do: no redirects, no scripts."""

    fetch: Fetch
    cookies: dict[str, str] = field(default_factory=dict)

    def open(self, url: str) -> Answered:
        headers = (
            {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        )
        try:
            found = self.fetch(url, headers)
        except FetchError as error:
            return Answered(reason=error.reason)
        for line in found.all("set-cookie")[:_COOKIES_MAX]:
            name, _, value = line.partition(";")[0].partition("=")
            if name.strip() and len(self.cookies) < _COOKIES_MAX:
                self.cookies[name.strip()] = value.strip()
        return Answered(found.status, urljoin(url, found.header("location")), found.milliseconds)


def run_test(ctx: Context, event: Event, fetcher: Fetch | None = None) -> None:
    """Repeatable: a run that has ended, or that another one replaced, is left alone."""
    data = event.data
    run = repository.find_run(data["tenant_id"], event.subject)
    if run is None or run.run_id != data["run_id"] or run.status is RunStatus.DONE:
        return
    outcomes = _Trial(ctx, run, data["client_id"], fetcher or _fetch).outcomes()
    after = replace(run, status=RunStatus.DONE, ended_at=ctx.now, outcomes=tuple(outcomes))
    try:
        with store.transaction() as tx:
            repository.put_run(tx, after, run)
    except store.RefusedError:
        return  # a newer run has begun


def _fetch(url: str, headers: dict[str, str]) -> Fetched:
    return fetch(url, headers, seconds=_REQUEST_SECONDS, allow_loopback=settings().is_embedded)


@dataclass
class _Trial:
    ctx: Context
    run: CallbackRun
    client_id: str
    fetch: Fetch
    good: tuple[_Browser, str, str] | None = None  # visit, address and code of the good one, for the replay

    def outcomes(self) -> list[Outcome]:
        found = []
        for scenario in SCENARIOS:
            answered, state = getattr(self, f"_{scenario.value}")()
            verdict, finding = judge(scenario, answered, state)
            seen = answered or Answered()
            outcome = Outcome(
                scenario=scenario,
                verdict=verdict,
                finding=finding,
                status=seen.status,
                milliseconds=seen.milliseconds,
                presented=seen.presented,
            )
            found.append(outcome)
            if scenario is Scenario.LANDING and seen.reason:
                break  # nobody is there: the other requests would wait for nothing
        return found

    def _landing(self) -> tuple[Answered, str | None]:
        return self._land()[1:]

    def _denied(self) -> tuple[Answered | None, str | None]:
        browser, _, state = self._land()
        given = {"error": "access_denied", "error_description": "The customer said no", "state": state or "none"}
        return browser.open(with_parameters(self.run.redirect_uri, **given, iss=settings().origin)), state

    def _wrong_state(self) -> tuple[Answered, str | None]:
        browser, _, state = self._land()
        code = self._new_code()
        answered = browser.open(self._with_code(code, "s" + secrets.mint(31)))
        return replace(answered, presented=self._presented(code, 1)), state

    def _good_code(self) -> tuple[Answered | None, str | None]:
        browser, _, state = self._land()
        if state is None:
            return None, None
        code = self._new_code()
        url = self._with_code(code, state)
        self.good = (browser, url, code)
        return replace(browser.open(url), presented=self._presented(code, 1)), state

    def _replay(self) -> tuple[Answered | None, str | None]:
        if self.good is None:
            return None, None
        browser, url, code = self.good
        return replace(browser.open(url), presented=self._presented(code, 2)), None

    def _land(self) -> tuple[_Browser, Answered, str | None]:
        """As a customer who pressed Activate: without a code. Each visit is a new browser."""
        browser = _Browser(self.fetch)
        answered = browser.open(self.run.redirect_uri)
        return browser, answered, find_state(answered, f"{settings().origin}/oauth-v1/auth", self.client_id)

    def _with_code(self, code: str, state: str) -> str:
        return with_parameters(self.run.redirect_uri, code=code, state=state, iss=settings().origin)

    def _new_code(self) -> str:
        body = CODE_PREFIX + secrets.mint(_CODE_LENGTH)[: _CODE_LENGTH - len(CODE_PREFIX) - secrets.CHECKSUM_LENGTH]
        code = body + secrets.checksum(body)
        repository.add_code(secrets.hash_secret(code, PURPOSE), self.client_id, self.ctx.now)
        return code

    def _presented(self, code: str, awaited: int) -> int:
        """How often the code came to the token endpoint; waits a little for the `awaited`th time."""
        hashed, deadline = secrets.hash_secret(code, PURPOSE), time.monotonic() + _PRESENTING_SECONDS
        while True:
            times = repository.count_presented(hashed)
            if times >= awaited or time.monotonic() >= deadline:
                return times
            time.sleep(0.25)
