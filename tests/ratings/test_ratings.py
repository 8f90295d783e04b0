"""Ratings: by customers only, once a company; the developer answers, the operator hides, listings show the sum."""

from __future__ import annotations

import pytest

from chalicelib.accounts.domain import PortalRole
from chalicelib.activations import service as activations
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import IntegrationStatus
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.pagination import PageQuery
from chalicelib.ratings import repository, service
from chalicelib.ratings.domain import NotACustomerError, RatingChangedError, is_recommended
from chalicelib.ratings.judging import judge
from chalicelib.ratings.schemas import AnswerWrite, RatingJudge, RatingWrite, ReportCreate
from tests.activations.conftest import activate, new_integration
from tests.factories import aws_calls, developer, new_person, operator, sign_in, told, whoami


@pytest.fixture
def maker(aws):
    return new_person(licence=True, portal_role=PortalRole.OWNER)


@pytest.fixture
def integration(maker):
    made = new_integration(maker)
    with store.transaction() as tx:
        integrations.add_status(tx, maker.ctx(), made, IntegrationStatus.PUBLISHED)
    return integrations.get_public(made.integration_id)


@pytest.fixture
def customer(integration):
    person = new_person()
    activate(person, integration)
    return person


def rate(person, integration, stars=4, comment="Good"):
    return service.rate_integration(person.ctx(), integration.integration_id, RatingWrite(stars=stars, comment=comment))


def run_events():
    """What the queue would bring, each twice."""
    for event in [*told("rating.*"), *told("activation.*")]:
        if event.event_type != "rating.summarised":
            judge(new_context(), event)


def test_a_customer_rates_once_and_can_change_it(integration, customer):
    first = rate(customer, integration)
    second = rate(customer, integration, 2, "Less good")
    assert first.rating_id == second.rating_id
    (shown,) = service.list_ratings(customer.ctx(), integration.integration_id, PageQuery()).items
    assert (shown.stars, shown.comment, shown.created_at, shown.version) == (2, "Less good", first.created_at, 2)
    assert (
        service.summary_of(integration.integration_id).count,
        service.summary_of(integration.integration_id).total,
    ) == (1, 2)


def test_only_customers_rate(maker, integration):
    with pytest.raises(NotACustomerError):
        rate(new_person(), integration)
    activate(maker, integration)
    with pytest.raises(NotACustomerError):
        rate(maker, integration)


def test_who_has_ended_it_cannot_rate_any_more_but_what_was_said_stays(integration, customer):
    rate(customer, integration)
    activations.end_activation(customer.ctx(), integration.integration_id)
    with pytest.raises(NotACustomerError):
        rate(customer, integration, 1)
    assert service.summary_of(integration.integration_id).total == 4


def test_taking_it_back_takes_it_out_of_the_sum(integration, customer):
    rate(customer, integration)
    service.delete_rating(customer.ctx(), integration.integration_id)
    assert service.summary_of(integration.integration_id).count == 0
    with pytest.raises(NotFoundError):
        service.delete_rating(customer.ctx(), integration.integration_id)


def test_a_double_click_is_one_rating_and_two_different_ones_at_once_are_refused(integration, customer, monkeypatch):
    monkeypatch.setattr(service, "find_own_rating", lambda *_: None)
    assert rate(customer, integration).version == rate(customer, integration).version == 1
    with pytest.raises(RatingChangedError):
        rate(customer, integration, 1)
    assert service.summary_of(integration.integration_id).count == 1


def test_the_developer_answers_and_nobody_else(maker, integration, customer):
    rating = rate(customer, integration)
    answered = service.answer_rating(
        maker.ctx(), integration.integration_id, rating.rating_id, AnswerWrite(comment="Thank you")
    )
    assert answered.response_created_at == answered.response_updated_at
    changed = rate(customer, integration, 5)
    assert changed.response == "Thank you"
    stranger = new_person(licence=True, portal_role=PortalRole.OWNER)
    with pytest.raises(NotFoundError):
        service.answer_rating(stranger.ctx(), integration.integration_id, rating.rating_id, AnswerWrite(comment="x"))
    gone = service.answer_rating(maker.ctx(), integration.integration_id, rating.rating_id, AnswerWrite(comment=""))
    assert gone.response_created_at is None


def test_a_report_waits_for_the_operator_who_hides_with_a_reason(integration, customer, client):
    staff = whoami(operator(client)).ctx()
    rating = rate(customer, integration)
    service.report_rating(customer.ctx(), integration.integration_id, rating.rating_id, ReportCreate(reason="Rude"))
    (waiting,) = service.list_reported(staff, PageQuery()).items
    assert (waiting.report_reason, waiting.stars) == ("Rude", 4)
    service.judge_rating(
        staff, integration.integration_id, rating.rating_id, RatingJudge(action="hide", reason="It insults")
    )
    assert list(service.list_reported(staff, PageQuery()).items) == []
    assert list(service.list_ratings(staff, integration.integration_id, PageQuery()).items) == []
    assert service.summary_of(integration.integration_id).count == 0
    assert rate(customer, integration, 5).hidden_reason == "It insults"
    assert service.summary_of(integration.integration_id).count == 0
    with pytest.raises(NotFoundError):
        service.delete_rating(customer.ctx(), integration.integration_id)
    service.judge_rating(staff, integration.integration_id, rating.rating_id, RatingJudge(action="show", reason="Fine"))
    assert service.summary_of(integration.integration_id).total == 5


def test_recommended_from_ten_active_customers_and_three_stars(integration):
    people = [new_person() for _ in range(10)]
    for person in people[:9]:
        activate(person, integration)
    rate(people[0], integration, 3)
    run_events()
    assert not service.summary_of(integration.integration_id).is_recommended
    activate(people[9], integration)
    run_events()
    assert service.summary_of(integration.integration_id).is_recommended
    assert told("rating.summarised")[-1].data["is_recommended"]
    rate(people[1], integration, 1)
    run_events()
    assert not service.summary_of(integration.integration_id).is_recommended
    rate(people[1], integration, 5)
    run_events()
    assert service.summary_of(integration.integration_id).is_recommended
    activations.end_activation(people[5].ctx(), integration.integration_id)
    run_events()
    assert not service.summary_of(integration.integration_id).is_recommended


def test_the_rule_in_numbers():
    assert [is_recommended(10, 1, stars) for stars in (2, 3)] == [False, True]
    assert not is_recommended(9, 1, 5)
    assert not is_recommended(10, 3, 8)


def test_activations_of_an_unrated_integration_cost_one_read(integration, customer):
    (event,) = told("activation.activated")
    with aws_calls() as calls:
        judge(new_context(), event)
    assert calls == ["GetItem"]


def test_a_handed_over_integration_takes_its_ratings_along(integration, customer):
    rate(customer, integration)
    heir = new_person(licence=True, portal_role=PortalRole.OWNER)
    event = told("rating.given")[0]
    moved = type(event)(
        "evt_9", "integration.transferred", integration.integration_id, event.occurred_at, "req",
        {"integration_id": integration.integration_id, "owner_tenant_id": heir.company.tenant_id},
    )  # fmt: skip
    for _ in range(2):
        judge(new_context(), moved)
    assert [one.owner_tenant_id for one in service.list_for_owner(heir.ctx())] == [heir.company.tenant_id]
    assert service.summary_of(integration.integration_id).count == 1


def test_nothing_remains_of_a_deleted_integration(integration, customer):
    rate(customer, integration)
    event = told("rating.given")[0]
    judge(
        new_context(),
        type(event)("evt_9", "integration.deleted", integration.integration_id, event.occurred_at, "r", {}),
    )
    assert list(repository.RatingItem.scan()) == []
    assert list(repository.SummaryItem.scan()) == []


def test_BO_20_ratings_of_a_hidden_integration_are_not_shown(maker, client):
    hidden = new_integration(maker, name="Hidden")
    assert client.get(f"/listings/{hidden.integration_id}/ratings").status == 404
    assert client.get(f"/marketplace/{hidden.integration_id}/ratings").status == 404


def test_over_json_and_on_pages(client, maker, integration, customer):
    buyer, dev, staff = sign_in(client, customer), sign_in(client, maker), operator(client)
    for one in (client, buyer, dev, staff):
        one.headers["Accept-Language"] = "en"
    page = f"/marketplace/{integration.integration_id}/ratings"
    assert buyer.submit(page, page, stars="6").status == 422
    assert buyer.submit(page, page, stars="4", comment="<b>Good</b>").status == 303
    public = client.get(page).text
    assert "&lt;b&gt;Good" in public
    assert "Rate it" not in public
    (shown,) = client.get(f"/listings/{integration.integration_id}/ratings").json["items"]
    assert (shown["stars"], shown["company_name"]) == (4, customer.company.name)
    assert "account_id" not in shown
    tab = f"/portal/integrations/{integration.integration_id}/ratings"
    assert dev.submit(tab, f"{tab}/{shown['rating_id']}", comment="Thanks").status == 303
    assert "Thanks" in client.get(page).text
    assert dev.submit(page, f"{page}/{shown['rating_id']}/report", reason="Not true").status == 303
    reported = staff.get("/operator/reported-ratings").text
    assert "Not true" in reported
    judged = f"/operator/reported-ratings/{integration.integration_id}/{shown['rating_id']}"
    assert staff.submit("/operator/reported-ratings", judged, reason="Fine").status == 422
    answer = staff.post(
        f"/operator/ratings/{integration.integration_id}/{shown['rating_id']}",
        json={"action": "hide", "reason": "Rude"},
    )
    assert answer.json["hidden_reason"] == "Rude"
    assert client.get(f"/listings/{integration.integration_id}/ratings").json["items"] == []
    assert "Rude" in buyer.get(page).text
    assert developer(client).request("PUT", f"/ratings/{integration.integration_id}", json={"stars": 5}).status == 403


def test_the_dialect_speaks_to_developers_programs(maker, integration, customer):
    from chalicelib.ratings.routes import _dialect
    from chalicelib.ratings.schemas import DialectRatingRead

    rating = rate(customer, integration)
    service.answer_rating(maker.ctx(), integration.integration_id, rating.rating_id, AnswerWrite(comment="Thanks"))
    (found,) = service.list_for_owner(maker.ctx())
    said = DialectRatingRead.model_validate(_dialect(maker.ctx(), found)).model_dump(mode="json")
    assert list(said) == [
        "ratingId", "integrationId", "rating", "comment", "companyName", "companyEmployeeRange", "created", "updated",
        "isMyRating", "response",
    ]  # fmt: skip
    assert (said["integrationId"], said["isMyRating"], said["response"]["comment"]) == (
        integration.number,
        False,
        "Thanks",
    )
