"""The right of this moment: asked by consent, by launch and by the integration itself at run time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.activations import service as activations
from chalicelib.activations.domain import ConsentKind
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import IntegrationStatus
from chalicelib.integrations.schemas import IntegrationUpdate
from chalicelib.kit.context import new_context
from chalicelib.licences import service
from chalicelib.licences.domain import entitlement_of
from chalicelib.oauth.domain import TokenSubject
from chalicelib.oauth.service import rotate_signing_keys
from chalicelib.oauth.tokens import mint_access_token
from chalicelib.sales import service as sales
from tests import factories
from tests.activations.conftest import activate
from tests.client import Client
from tests.factories import aws_calls, told, whoami
from tests.licences.conftest import CALLBACK, set_status
from tests.oauth_authorization.conftest import CHALLENGE, answer_of, press


def ask(shop, integration, client=None, **changes):
    """The integration's authorization request, in the customer's browser."""
    words = {
        "client_id": integration.client_id, "response_type": "code", "scope": "invoice", "state": "s",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256", **changes,
    }  # fmt: skip
    query = "&".join(f"{name}={value}" for name, value in words.items())
    return (client or shop.customer).get(f"/oauth-v1/auth?{query}")


def bearer(person, integration, *, kind=ConsentKind.USER, account_id=None):
    subject = TokenSubject(
        client_id=integration.client_id, integration_id=integration.integration_id, activation_id="act_1",
        tenant_id=person.company.tenant_id, tenant_number=person.company.number,
        account_id=account_id or person.account.account_id, kind=kind, scopes=frozenset({"invoice"}),
    )  # fmt: skip
    return {"Authorization": f"Bearer {mint_access_token(new_context(), subject, subject.scopes)}"}


def test_not_bought_is_told_to_the_integration(shop):
    answer = answer_of(ask(shop, shop.integration))
    assert answer["error"] == "error_missing_app_license"
    assert answer["state"] == "s"


def test_D6_bought_it_is_approved_and_the_versions_are_in_the_snapshot(shop):
    shop.buy()
    answer = answer_of(press(shop.customer, ask(shop, shop.integration)))
    assert "code" in answer
    person = whoami(shop.customer)
    activation = activations.find_activation(person.company.tenant_id, shop.integration.integration_id)
    assert (activation.price_version, activation.agreement_version) == (1, 1)


def test_without_a_licence_of_their_own_a_person_cannot_connect_per_user(shop, per_user):
    shop.buy(per_user, seats=2)
    anna = shop.colleague()
    answer = answer_of(ask(shop, per_user, shop.browser(anna)))
    assert answer["error"] == "error_missing_app_license"
    service.assign_seat(whoami(shop.customer).ctx(), per_user.integration_id, anna.account.account_id)
    assert "code" in answer_of(press(shop.browser(anna), ask(shop, per_user, shop.browser(anna))))


def test_the_company_that_has_not_bought_is_told_on_the_page_where_another_has(shop):
    shop.buy()
    person = whoami(shop.customer)
    other = factories.new_person()
    from chalicelib.accounts import repository
    from chalicelib.kit import store

    with store.transaction() as tx:
        repository.put_membership(
            tx, type(person.membership)(
                account_id=person.account.account_id, tenant_id=other.company.tenant_id, is_administrator=True,
                portal_role=None, staff_role=None, created_at=person.membership.created_at,
            ),
        )  # fmt: skip
    page = ask(shop, shop.integration)
    assert page.status == 200
    action = page.text.rpartition('<form class="form" action="')[2].partition('"')[0]
    chosen = shop.customer.get(f"{action}?tenant_id={other.company.tenant_id}")
    assert "has not bought it" in chosen.text
    assert f"/marketplace/{shop.integration.integration_id}/buy" in chosen.text
    assert 'value="approved"' not in chosen.text


def test_what_is_free_or_hidden_needs_no_purchase(shop):
    free = shop.new_integration(price_minor=0)
    hidden = shop.new_integration(is_published=False)
    for one in (free, hidden):
        assert ask(shop, one).status == 200, one


def test_an_ended_licence_no_longer_opens_it(shop):
    shop.buy()
    person = whoami(shop.customer)
    activate(person, shop.integration)
    path = f"/my-integrations/{shop.integration.integration_id}/open"
    assert shop.customer.get(path).headers["location"] == CALLBACK
    service.cancel_licence(person.ctx(), shop.integration.integration_id)
    assert shop.customer.get(path).status == 303, "until the period ends"
    later = person.ctx(now=person.ctx().now + timedelta(days=40))
    with pytest.raises(Exception, match="has ended"):
        activations.find_start_page(later, shop.integration.integration_id)


def test_a_user_without_a_seat_is_told_so_at_launch(shop, per_user):
    shop.buy(per_user)
    activate(whoami(shop.customer), per_user)
    user = shop.browser(shop.colleague())
    answer = user.get(f"/my-integrations/{per_user.integration_id}/open")
    assert answer.status == 403
    page = user.get(f"/my-integrations/{per_user.integration_id}/open", headers={"Accept": "text/html"})
    assert "Ask a system administrator of your company to give you a licence for it." in page.text


def test_who_activated_it_while_it_was_free_keeps_it(shop):
    free = shop.new_integration(price_minor=0)
    activate(whoami(shop.customer), free)
    set_status(free, IntegrationStatus.DRAFT)
    developer = whoami(shop.developer)
    integrations.update_integration(developer.ctx(), free.integration_id, IntegrationUpdate(price_minor=5000))
    set_status(integrations.get_public(free.integration_id), IntegrationStatus.PUBLISHED)
    assert shop.customer.get(f"/my-integrations/{free.integration_id}/open").status == 303


def test_the_integration_asks_at_run_time_in_one_call(shop, per_user):
    rotate_signing_keys(new_context())
    shop.buy()
    shop.buy(per_user, seats=2)
    person, api = whoami(shop.customer), Client(shop.app)
    for one in (shop.integration, per_user):
        headers = bearer(person, one)
        api.get("/api/entitlements/v1", headers=headers)
        with aws_calls() as calls:
            answer = api.get("/api/entitlements/v1", headers=headers)
        assert calls == ["BatchGetItem"]
        assert answer.status == 200
        assert (answer.json["is_entitled"], answer.json["is_assigned"], answer.json["is_sold"]) == (True, True, True)
    assert answer.json["tenant_id"] == person.company.number
    assert (answer.json["seats"], answer.json["assigned"], answer.json["licence_model"]) == (2, 1, "per_user")
    anna = shop.colleague()
    other = api.get(f"/api/entitlements/v1?user_id={anna.account.account_id}", headers=bearer(person, per_user)).json
    assert (other["is_entitled"], other["is_assigned"]) == (True, False)


def test_a_service_account_asks_for_the_company(shop, per_user):
    rotate_signing_keys(new_context())
    shop.buy(per_user)
    headers = bearer(whoami(shop.customer), per_user, kind=ConsentKind.SERVICE, account_id="act_service")
    answer = Client(shop.app).get("/api/entitlements/v1", headers=headers).json
    assert (answer["is_entitled"], answer["is_assigned"], answer["user_id"]) == (True, None, None)


def test_run_time_tells_not_bought_from_free(shop):
    rotate_signing_keys(new_context())
    free = shop.new_integration(price_minor=0)
    person, api = whoami(shop.customer), Client(shop.app)
    unbought = api.get("/api/entitlements/v1", headers=bearer(person, shop.integration)).json
    assert (unbought["is_sold"], unbought["is_entitled"], unbought["is_assigned"]) == (True, False, False)
    granted = api.get("/api/entitlements/v1", headers=bearer(person, free)).json
    assert (granted["is_sold"], granted["is_entitled"], granted["is_assigned"]) == (False, True, True)


def test_run_time_wants_a_token(shop):
    answer = Client(shop.app).get("/api/entitlements/v1")
    assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Bearer realm="anslut"')
    assert shop.customer.get("/api/entitlements/v1").status == 401, "a session is no token"


def test_nobody_sits_on_what_has_ended():
    found = entitlement_of(None, None, "acc_1", new_context().now, is_needed=True)
    assert (found.is_entitled, found.is_assigned, found.seats) == (False, False, None)


def test_disconnecting_says_what_becomes_of_the_licence_and_cancels_it_when_asked(shop):
    place = shop.integration.integration_id
    activate(whoami(shop.customer), shop.integration)
    shop.buy()
    page = shop.customer.get("/my-integrations").text
    assert "A licence your company has bought for it is not cancelled by this" in page
    shop.customer.submit("/my-integrations", f"/my-integrations/{place}/disconnect", confirm=shop.integration.name)
    assert shop.offer()["is_bought"] is True, "it stays until it is cancelled"
    activate(whoami(shop.customer), shop.integration)
    shop.customer.submit(
        "/my-integrations", f"/my-integrations/{place}/disconnect", cancel_licence="1", confirm=shop.integration.name
    )
    assert "its licence ends with the period that is paid" in shop.customer.get("/my-integrations").text
    assert shop.offer()["is_bought"] is False
    assert told("subscription.cancelled")


def test_a_licence_that_stayed_is_cancelled_by_disconnecting_once_more(shop):
    activate(whoami(shop.customer), shop.integration)
    shop.buy()
    path = f"/activations/{shop.integration.integration_id}"
    assert shop.customer.request("DELETE", path).status == 204
    assert shop.offer()["is_bought"] is True
    for _ in range(2):
        assert shop.customer.request("DELETE", f"{path}?cancel_licence=true").status == 204
    assert shop.offer()["is_bought"] is False
    assert len(told("subscription.cancelled")) == 1
    free = shop.new_integration(price_minor=0)
    activate(whoami(shop.customer), free)
    assert shop.customer.request("DELETE", f"/activations/{free.integration_id}?cancel_licence=true").status == 204


def test_only_an_administrator_cancels_the_licence_while_disconnecting(shop):
    shop.buy()
    colleague = shop.colleague()
    activate(colleague, shop.integration)
    browser = shop.browser(colleague)
    assert "Cancel the licence as well" not in browser.get("/my-integrations").text
    path = f"/activations/{shop.integration.integration_id}"
    assert browser.request("DELETE", f"{path}?cancel_licence=true").status == 403
    assert browser.request("DELETE", path).status == 204
    assert shop.offer()["is_bought"] is True


def test_the_older_sales_form_names_who_uses_it(shop, per_user):
    """Holders where licences are per user; where one serves the company, the person who activated it."""
    person, anna = whoami(shop.customer), shop.colleague(name="Anna Åkesson")
    for integration in (shop.integration, per_user):
        shop.buy(integration, seats=2 if integration is per_user else 1)
        activate(person, integration)
    seat = f"/licences/{per_user.integration_id}/holders/{anna.account.account_id}"
    assert shop.customer.request("PUT", seat).status == 204
    maker = whoami(shop.developer).ctx()
    found = {}
    for integration in (shop.integration, per_user):
        with aws_calls() as calls:
            (tenant,) = sales.get_app_sales(maker, integration.client_id)["tenants"]
        found[integration.client_id] = [user["email"] for user in tenant["users"]]
        assert calls.count("BatchGetItem") <= 3
    assert found[shop.integration.client_id] == [person.account.email]
    assert sorted(found[per_user.client_id]) == sorted([person.account.email, anna.account.email])
    activations.end_activation(person.ctx(), shop.integration.integration_id)
    (tenant,) = sales.get_app_sales(maker, shop.integration.client_id)["tenants"]
    assert tenant["users"] == []
