"""The flight recorder: what was refused is one row with a fixed cause, found by the id a customer reads out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.kit.errors import InternalError, NotFoundError, UnavailableError
from chalicelib.kit.pagination import PageQuery
from chalicelib.oauth import errors
from chalicelib.oauth.attempts import recorder
from chalicelib.oauth.attempts.domain import WHO_ACTS, Cause, Party, Step, cause_of, short_id_of
from chalicelib.oauth.attempts.words import CAUSES, PARTIES, STEPS
from chalicelib.oauth.authorization.domain import IntegrationUnavailableError, TransactionExpiredError
from chalicelib.statistics import rollup, tallies
from chalicelib.statistics import service as statistics
from chalicelib.statistics.answer import Cause as Counted
from tests.factories import aws_calls, operator


def attempts_of(world, app):
    return list(recorder.list_attempts(world.developer.ctx(), app.integration.integration_id, PageQuery()).items)


@pytest.mark.parametrize(
    ("error", "step", "cause"),
    [
        (errors.ClientNotTrustedError(), Step.REQUEST, Cause.LINK_NOT_TRUSTED),
        (IntegrationUnavailableError(), Step.REQUEST, Cause.INTEGRATION_UNAVAILABLE),
        (errors.InvalidRequestError(), Step.REQUEST, Cause.REQUEST_MALFORMED),
        (errors.UnauthorizedClientError(), Step.REQUEST, Cause.REQUEST_MALFORMED),
        (errors.InvalidScopeError(), Step.REQUEST, Cause.SCOPE_NOT_REGISTERED),
        (errors.ErrorMissingLicenseError(), Step.CONSENT, Cause.LICENCE_MISSING),
        (errors.ErrorMissingSystemAdminRightError(), Step.CONSENT, Cause.ADMINISTRATOR_NEEDED),
        (errors.LoginRequiredError(), Step.REQUEST, Cause.PERSON_NOT_PRESENT),
        (TransactionExpiredError(), Step.CONSENT, Cause.TOO_LATE),
        (NotFoundError(), Step.CONSENT, Cause.TOO_LATE),
        (errors.InvalidClientError(), Step.CODE, Cause.CREDENTIALS_WRONG),
        (errors.InvalidGrantError(), Step.CODE, Cause.GRANT_WRONG),
        (errors.InvalidGrantError(), Step.REFRESH, Cause.CONNECTION_ENDED),
        (errors.UnauthorizedClientError(), Step.SERVICE, Cause.CONSENT_MISSING),
        (errors.UnauthorizedClientError(), Step.REFRESH, Cause.INTEGRATION_UNAVAILABLE),
        (UnavailableError(), Step.REFRESH, Cause.OUR_TROUBLE),
        (InternalError(), Step.CODE, Cause.OUR_TROUBLE),
    ],
)
def test_every_error_has_one_cause(error, step, cause):
    assert cause_of(error, step) is cause


def test_every_cause_has_words_and_somebody_who_acts():
    assert set(WHO_ACTS) == set(CAUSES) == set(Cause)
    assert (set(PARTIES), set(STEPS)) == (set(Party), set(Step))


def test_an_approved_code_that_was_fetched_is_one_row(world, app_a):
    code, _ = world.consent(app_a)
    world.exchange(app_a, code)
    assert attempts_of(world, app_a) == []  # this consent did not come through the page: see tests/oauth_authorization


def test_a_refused_refresh_says_which_connection_and_counts_its_repeats(world, app_a):
    token = world.connect(app_a)["refresh_token"]
    world.revoke(app_a, token)
    for _ in range(3):
        assert world.refresh(app_a, token).status == 400
    (attempt,) = attempts_of(world, app_a)
    assert (attempt.cause, attempt.who_acts, attempt.times) == (Cause.CONNECTION_ENDED, Party.CUSTOMER, 3)
    assert attempt.tenant_number == world.customer.company.number
    assert attempt.family_id.startswith("fam_")
    assert attempt.error == "invalid_grant"


def test_a_wrong_secret_of_a_known_client_is_recorded_and_of_an_unknown_one_is_not(world, app_a):
    wrong = {"grant_type": "refresh_token", "client_id": app_a.client_id, "client_secret": "x"}
    world.post("/oauth-v1/token", wrong)
    (attempt,) = attempts_of(world, app_a)
    assert attempt.cause is Cause.CREDENTIALS_WRONG
    with aws_calls() as calls:
        world.post("/oauth-v1/token", wrong | {"client_id": "nobody000000"})
    assert "UpdateItem" not in calls


def test_what_was_refused_is_counted_by_cause_for_the_developer(world, app_a):
    world.refresh(app_a, "nonsense")
    token = world.connect(app_a)["refresh_token"]
    world.revoke(app_a, token)
    world.refresh(app_a, token)
    ctx = replace(world.developer.ctx(), now=world.developer.ctx().now + timedelta(minutes=1))
    tallies.flush(ctx, everything=True)
    rollup.roll_up(ctx)
    assert statistics.count_latest(ctx).causes == (Counted(cause="connection_ended", number=2),)


def test_a_successful_refresh_writes_nothing_more(world, app_a):
    token = world.connect(app_a)["refresh_token"]
    with aws_calls() as calls:
        assert world.refresh(app_a, token).status == 200
    assert calls == ["UpdateItem"]


def test_support_finds_it_by_short_id_request_id_or_client_id(world, app_a):
    world.refresh(app_a, "nonsense")
    (attempt,) = attempts_of(world, app_a)
    assert attempt.short_id == short_id_of(attempt.request_id)
    ctx = world.developer.ctx()
    for text in (attempt.short_id, attempt.short_id.lower(), f" {attempt.request_id} ", app_a.client_id):
        assert attempt in recorder.search_attempts(ctx, text), text
    assert recorder.search_attempts(ctx, "") == []
    assert recorder.search_attempts(ctx, "ABCDEFGH") == []
    page = operator(world.http).get(f"/operator/attempts?q={attempt.short_id}")
    assert page.status == 200
    assert attempt.short_id in page.text
    assert app_a.client_id in page.text
    assert operator(world.http).get("/operator/attempts?q=%3Cscript%3E" + "x" * 500).status == 200


def test_a_recorder_in_trouble_never_changes_the_answer(world, app_a, monkeypatch):
    def fail(_):
        raise UnavailableError

    monkeypatch.setattr("chalicelib.oauth.repository.attempts.count", fail)
    assert world.refresh(app_a, "nonsense").json["error"] == "invalid_grant"
