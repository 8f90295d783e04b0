"""Fault sweeps of authorizing and consenting: the N-th call refused, done with its answer lost, or the process killed.

Whatever happens, the person is told to repeat, and the repeat gives the one code of the one press: never two, never none.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import pytest

from chalicelib.activations import service as activations
from tests.factories import whoami
from tests.oauth.test_faults import LOST, REFUSED, SDK_TRIES, no_pauses, trouble
from tests.oauth.test_faults_killed import death
from tests.oauth_authorization.conftest import Stage, answer_of, is_own_page

__all__ = ["no_pauses"]

Fault = Callable[[int], AbstractContextManager[Any]]
FAULTS: dict[str, Fault] = {
    "refused once": lambda first: trouble(REFUSED, first, 1),
    "refused": lambda first: trouble(REFUSED, first, SDK_TRIES),
    "answer lost once": lambda first: trouble(LOST, first, 1),
    "answer lost": lambda first: trouble(LOST, first, SDK_TRIES),
    "killed before": partial(death, applied=False),
    "killed after": partial(death, applied=True),
}
CALLS = 6  # of a page or a press, the session's read included; the sweep shows that the last ones meet nothing


@pytest.fixture(params=FAULTS)
def fault(request: pytest.FixtureRequest) -> Fault:
    return FAULTS[request.param]


def under(fault: Fault, first: int, work: Callable[[], Any]) -> Any:
    """What the work answers under the fault; None when the process died of it."""
    with fault(first):
        return work()
    return None


def is_trouble_of_ours(answer: Any) -> bool:
    """503 with Retry-After on our own page: the client hears nothing it would act upon."""
    return answer.status == 503 and bool(answer.headers["retry-after"]) and "location" not in answer.headers


def test_authorizing_shows_the_page_or_says_try_again(stage: Stage, fault: Fault) -> None:
    for first in range(1, CALLS + 1):
        page = under(fault, first, stage.ask)
        assert page is None or page.status == 200 or is_trouble_of_ours(page), (first, page)
        assert stage.ask().status == 200
    assert not stage.codes()


def test_one_press_gives_one_code_whatever_goes_wrong(stage: Stage, fault: Fault) -> None:
    company = whoami(stage.customer).company
    for first in range(1, CALLS + 1):
        before, page = len(stage.codes()), stage.ask(state=f"s{first}")
        answer = under(fault, first, partial(stage.decide, page))
        assert answer is None or answer.status == 303 or is_trouble_of_ours(answer), (first, answer)
        again = answer_of(stage.decide(page))
        assert again["state"] == f"s{first}"
        if answer is not None and answer.status == 303:
            assert answer_of(answer) == again, "the same button gives the same answer"
        assert len(stage.codes()) == before + 1
        standing = activations.find_activation(company.tenant_id, stage.integration.integration_id)
        assert standing is not None
        assert standing.is_active


def test_denying_ends_in_access_denied_and_without_a_code(stage: Stage, fault: Fault) -> None:
    for first in range(1, CALLS + 1):
        page = stage.ask(state=f"s{first}")
        answer = under(fault, first, partial(stage.decide, page, "denied"))
        assert answer is None or answer.status == 303 or is_trouble_of_ours(answer), (first, answer)
        assert answer_of(stage.decide(page, "denied"))["error"] == "access_denied"
        assert stage.decide(page).status != 303, "what was denied is not approved by another press"
    assert not stage.codes()


def test_a_client_that_cannot_be_read_is_not_an_unknown_one(stage: Stage, fault: Fault) -> None:
    """Our own trouble is no "unknown client": the developer would look for a mistake that is none."""
    for first in range(1, CALLS + 1):
        page = under(fault, first, stage.ask)
        assert page is None or not is_own_page(page)
