"""Scopes change and customers stay with what they agreed to: the preview before, the list after, the way to catch up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.activations import service
from chalicelib.activations.domain import Gap, new_preview
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import IntegrationStatus
from chalicelib.integrations.schemas import IntegrationUpdate
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.kit.pagination import PageQuery
from tests import factories
from tests.factories import aws_calls, whoami

LICENCES = {"invoice": ("Order", "Kundfaktura"), "salary": ("Lön",), "settings": ()}
WORDS = st.frozensets(st.sampled_from(sorted(LICENCES)))
MODULES = st.frozensets(st.sampled_from(["Order", "Kundfaktura", "Lön"]))


def f(*words: str) -> frozenset[str]:
    return frozenset(words)


def change_scopes(stage, *scopes: str):
    person = whoami(stage.developer)
    command = IntegrationUpdate(scopes=list(scopes))
    return integrations.update_integration(person.ctx(), stage.integration.integration_id, command)


def test_a_preview_counts_who_would_lag_and_who_lacks_the_module():
    live = [(f("invoice"), f("Order")), (f("invoice", "salary"), f("Order", "Lön")), (f("invoice"), f("Order", "Lön"))]
    found = new_preview(live, f("salary", "settings"), LICENCES)
    assert (found.live, found.lagging, found.unlicensed) == (3, 3, 1)
    assert found.gaps == (Gap("salary", ("Lön",), 2, 1), Gap("settings", (), 3, 0))
    assert [(one.scope, one.holders) for one in found.dropped] == [("invoice", 3)]


def test_a_preview_of_nobody_says_nobody():
    found = new_preview([], f("salary"), LICENCES)
    assert (found.live, found.lagging, found.gaps, found.dropped) == (0, 0, (), ())


@given(st.lists(st.tuples(WORDS, MODULES), max_size=8), WORDS)
def test_a_preview_never_counts_more_than_there_are(live, asked):
    found = new_preview(live, asked, LICENCES)
    assert 0 <= found.unlicensed <= found.lagging <= found.live == len(live)
    assert max((gap.lagging for gap in found.gaps), default=0) <= found.lagging <= sum(g.lagging for g in found.gaps)
    assert all(gap.unlicensed <= gap.lagging for gap in found.gaps)
    assert {gap.scope for gap in found.gaps} <= asked
    assert not {one.scope for one in found.dropped} & asked


def test_the_preview_asks_the_companies_and_changes_nothing(stage):
    stage.activate()
    poor = factories.new_person(modules=frozenset({"Integration"}))
    stage.activate(poor, scopes={"customer"})
    gone = factories.new_person()
    stage.activate(gone)
    service.end_activation(gone.ctx(), stage.integration.integration_id)
    path = f"/integrations/{stage.integration.integration_id}/scope-preview"
    with aws_calls() as calls:
        found = stage.developer.get(f"{path}?scopes=invoice+salary").json
    assert calls.count("Query") + calls.count("BatchGetItem") == 2, "the list and the companies"
    assert found == {
        "live": 2, "lagging": 2, "unlicensed": 2, "is_complete": True,
        "gaps": [
            {"scope": "invoice", "licences": ["Order", "Kundfaktura"], "lagging": 1, "unlicensed": 1},
            {"scope": "salary", "licences": ["Lön"], "lagging": 2, "unlicensed": 2},
        ],
        "dropped": [{"scope": "customer", "holders": 2}],
    }  # fmt: skip
    after = integrations.get_public(stage.integration.integration_id)
    assert (after.scopes, after.version) == (stage.integration.scopes, stage.integration.version)


def test_a_preview_is_the_developers_own_and_of_real_scopes(stage):
    path = f"/integrations/{stage.integration.integration_id}/scope-preview"
    assert factories.developer(stage.app).get(f"{path}?scopes=invoice").status == 404
    assert stage.customer.get(f"{path}?scopes=invoice").status == 403
    assert stage.developer.get(f"{path}?scopes=nothing").status == 422
    assert stage.developer.get(path).status == 400


def test_D6_after_a_change_the_customer_keeps_its_scopes_and_sees_what_is_new(stage):
    stage.activate()
    change_scopes(stage, "invoice", "article")
    (one,) = stage.customer.get("/activations").json["items"]
    assert (one["scopes"], one["added_scopes"], one["dropped_scopes"]) == (
        ["customer", "invoice"],
        ["article"],
        ["customer"],
    )
    page = stage.customer.get("/my-integrations")
    assert "It asks for one more thing" in page.text
    path = f"/my-integrations/{stage.integration.integration_id}/approve"
    assert path in page.text
    answer = stage.customer.get(path)
    assert (answer.status, answer.headers["location"]) == (303, "https://app.example/cb")


def test_the_developer_sees_each_customers_drift_and_the_link_to_send(stage):
    stage.activate()
    change_scopes(stage, "invoice", "customer", "article")
    (one,) = stage.developer.get(f"/integrations/{stage.integration.integration_id}/activations").json["items"]
    assert one["added_scopes"] == ["article"]
    link = f"https://portal.test/my-integrations/{stage.integration.integration_id}/approve"
    assert one["reactivation_url"] == link
    page = stage.developer.get(f"/portal/integrations/{stage.integration.integration_id}/customers")
    assert "One customer on this page has not approved your present scopes" in page.text
    assert link in page.text


def test_my_integrations_cost_two_calls_however_many_there_are(stage):
    for number in range(4):
        stage.activate(integration=stage.new_integration(name=f"N{number}"))
    with aws_calls() as calls:
        page = service.list_own(whoami(stage.customer).ctx(), PageQuery())
    assert (calls, len(page.items)) == (["Query", "BatchGetItem"], 4)


def test_a_suspended_integration_says_so_and_is_not_opened(stage):
    stage.activate()
    with store.transaction() as tx:
        integrations.add_status(tx, new_context(), stage.integration, IntegrationStatus.SUSPENDED)
    page = stage.customer.get("/my-integrations")
    assert "has suspended it" in page.text
    assert "Go to the integration" not in page.text
    assert "Disconnect" in page.text
    assert stage.customer.get("/activations").json["items"][0]["is_suspended"] is True
    for where in ("open", "approve"):
        answer = stage.customer.get(f"/my-integrations/{stage.integration.integration_id}/{where}")
        assert answer.status == 409


def test_O4_a_suspended_one_that_keeps_its_customers_goes_on_for_them(stage):
    stage.activate()
    change_scopes(stage, "invoice", "customer", "article")
    with store.transaction() as tx:
        integration = integrations.get_public(stage.integration.integration_id)
        integrations.add_status(tx, new_context(), integration, IntegrationStatus.SUSPENDED, keeps_customers=True)
    page = stage.customer.get("/my-integrations")
    assert "It goes on for your company" in page.text
    assert "Go to the integration" in page.text
    path = f"/my-integrations/{stage.integration.integration_id}"
    assert stage.customer.get(f"{path}/open").status == 303
    assert stage.customer.get(f"{path}/approve").status == 409, "no new consents"


def test_the_preview_page_works_with_and_without_a_script(stage):
    stage.activate()
    home = f"/portal/integrations/{stage.integration.integration_id}/scopes"
    token = stage.developer.get(home).form_token
    chosen = {"form_token": token, "version": 1, "scopes": ["invoice", "salary"]}
    whole = stage.developer.post(f"{home}/preview", form=chosen)
    assert (whole.status, "<html" in whole.text) == (200, True)
    assert "One of 1 customers would have to approve anew" in whole.text
    saved = stage.developer.post(home, form={**chosen, "form_token": whole.form_token})
    assert saved.status == 303
    assert integrations.get_public(stage.integration.integration_id).scopes == {"invoice", "salary"}
    part = stage.developer.post(f"{home}/preview", form=chosen, headers={"HX-Request": "true"})
    assert (part.status, "<html" in part.text) == (200, False)
    assert "Lön" in part.text
