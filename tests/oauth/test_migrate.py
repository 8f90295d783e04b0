"""Tokens of the earlier system (contract.md: `POST /oauth-v1/migrate`): imported by the operator, exchanged once."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.activations import service as activations
from chalicelib.oauth.repository import legacy
from chalicelib.oauth.repository.legacy import LegacyTokenItem
from tests.factories import operator
from tests.oauth.test_faults import LOST, REFUSED, SDK_TRIES, trouble
from tests.oauth.test_faults_killed import death

TOKEN = "legacy-0123456789abcdef"


def import_rows(world, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    answer = operator(world.http).post("/operator/legacy-tokens", json={"rows": list(rows)})
    assert answer.status == 200, answer.text
    reports: list[dict[str, Any]] = answer.json
    return reports


def row_of(world, app, token: str = TOKEN, **more: Any) -> dict[str, Any]:
    company = world.customer.company
    return {"client_id": app.client_id, "tenant_number": company.number, "access_token": token, **more}


def migrate(world, app, token: str = TOKEN):
    return world.post("/oauth-v1/migrate", {"access_token": token}, app)


def test_an_imported_token_becomes_a_normal_answer_and_an_activation(world, app_a):
    assert import_rows(world, row_of(world, app_a, scopes=["invoice"]))[0]["outcome"] == "imported"
    answer = migrate(world, app_a)
    assert (answer.status, answer.json["scope"], answer.json["expires_in"]) == (200, "invoice", 3600)
    assert answer.headers["cache-control"] == "no-store"
    assert world.is_accepted(answer.json["access_token"])
    assert world.refresh(app_a, answer.json["refresh_token"]).status == 200
    standing = activations.find_activation(world.customer.company.tenant_id, app_a.integration.integration_id)
    assert standing is not None
    assert (standing.is_active, standing.scopes) == (True, frozenset({"invoice"}))


def test_a_lost_answer_is_given_again_and_a_second_exchange_is_refused(world, app_a):
    import_rows(world, row_of(world, app_a, "retry-token-1"))
    first, again = migrate(world, app_a, "retry-token-1"), migrate(world, app_a, "retry-token-1")
    assert again.json["refresh_token"] == first.json["refresh_token"]
    world.refresh(app_a, first.json["refresh_token"])
    assert migrate(world, app_a, "retry-token-1").json["error"] == "invalid_grant"


def test_after_a_minute_it_is_not_repeated(world, app_a):
    import_rows(world, row_of(world, app_a, "minute-token"))
    assert migrate(world, app_a, "minute-token").status == 200
    world.clock.forward(seconds=61)
    assert migrate(world, app_a, "minute-token").json["error"] == "invalid_grant"


def test_foreign_unknown_and_missing_tokens_are_refused(world, app_a, app_b):
    import_rows(world, row_of(world, app_a, "foreign-token"))
    for app, token in ((app_b, "foreign-token"), (app_a, "never-imported")):
        assert migrate(world, app, token).json["error"] == "invalid_grant"
    assert world.post("/oauth-v1/migrate", {}, app_a).json["error"] == "invalid_request"
    assert world.post("/oauth-v1/migrate", {"access_token": "foreign-token"}).status == 401
    assert migrate(world, app_a, "foreign-token").status == 200


def test_what_the_company_has_switched_off_since_stays_off(world, app_a):
    world.connect(app_a)
    import_rows(world, row_of(world, app_a, "off-token"))
    world.end_activation(app_a)
    assert migrate(world, app_a, "off-token").json["error"] == "invalid_grant"


def test_the_import_judges_each_row_alone_and_stores_no_token(world, app_a):
    good, reports = row_of(world, app_a, "import-token-1"), None
    for _ in range(2):
        reports = import_rows(
            world, good, row_of(world, app_a, "import-token-2", scopes="salary"), {**good, "client_id": "nobody000000"},
            {**good, "tenant_number": 1}, {**good, "access_token": "x"}, {**good, "email": "stranger@example.test"},
            {"nonsense": True},
        )  # fmt: skip
    assert reports is not None
    assert [one["outcome"] for one in reports] == ["unchanged"] + ["rejected"] * 6
    assert all(one["errors"] for one in reports[1:])
    assert "import-token-1" not in "".join(str(item.attribute_values) for item in LegacyTokenItem.scan())


@pytest.mark.parametrize("count", [1, SDK_TRIES])
@pytest.mark.parametrize("mode", [REFUSED, LOST])
def test_no_call_that_fails_loses_the_one_shot(world, app_a, monkeypatch, mode, count):
    monkeypatch.setattr("time.sleep", lambda _: None)
    world.token(app_a, grant_type="x")
    for first in range(1, 6):
        token = f"swept-token-{mode[:3]}-{count}-{first}"
        import_rows(world, row_of(world, app_a, token))
        with trouble(mode, first, count):
            answer = migrate(world, app_a, token)
        if answer.status == 503:
            answer = migrate(world, app_a, token)
        assert answer.status == 200, answer.text
        assert world.refresh(app_a, answer.json["refresh_token"]).status == 200
        assert legacy.find(token, world.clock.ctx().now).family_id


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("first", range(1, 8))
def test_a_process_killed_while_migrating_loses_no_token(world, app_a, first, applied):
    token = f"killed-token-{first}-{applied}"
    import_rows(world, row_of(world, app_a, token))
    with death(first, applied=applied):
        migrate(world, app_a, token)
    again = migrate(world, app_a, token)
    assert again.status == 200, again.json
    assert world.refresh(app_a, again.json["refresh_token"]).status == 200
