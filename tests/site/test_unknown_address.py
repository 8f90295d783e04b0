"""What is answered at an address nobody has: a page to a browser, a problem to a program."""

from __future__ import annotations

import pytest

from tests.client import Client

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/nothing/here", "/nothing", "/portal/nothing", "/favicon.ico"])
def test_a_browser_gets_a_page(client: Client, path: str) -> None:
    answer = client.get(path, headers=BROWSER)
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert answer.headers["x-request-id"] in answer.text


@pytest.mark.parametrize("path", ["/nothing/here", "/integrations/int_1/nothing"])
def test_a_program_gets_a_problem(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
