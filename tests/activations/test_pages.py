"""My integrations and the developer's customers, as people see them."""

from __future__ import annotations

from chalicelib.activations import service
from chalicelib.activations.domain import ConsentKind
from tests import factories
from tests.factories import whoami


def test_the_empty_page_says_what_to_do(stage):
    page = stage.customer.get("/my-integrations")
    assert page.status == 200
    assert "Nothing is activated" in page.text
    assert 'href="/marketplace"' in page.text


def test_C4_what_an_integration_may_do_is_said_in_words(stage):
    stage.activate()
    page = stage.customer.get("/my-integrations")
    assert all(
        text in page.text for text in ("Kvitto Sync", "Read and change invoices", "Go to the integration", "Disconnect")
    )


def test_C5_disconnecting_takes_two_presses_and_needs_the_forms_token(stage):
    activation = stage.activate()
    path = f"/my-integrations/{activation.integration_id}/disconnect"
    assert stage.customer.post(path, form={}).status == 403
    assert stage.customer.get(path).status == 405
    wrong = stage.customer.submit("/my-integrations", path, confirm="Kvitto")
    assert wrong.status == 303
    assert "what you typed is not the name" in stage.customer.get("/my-integrations").text
    assert service.find_activation(activation.tenant_id, activation.integration_id).is_active
    answer = stage.customer.submit("/my-integrations", path, confirm=activation.integration_name)
    assert (answer.status, answer.headers["location"]) == (303, "/my-integrations")
    page = stage.customer.get("/my-integrations")
    assert "The integration is disconnected" in page.text
    assert "Ended" in page.text
    assert "Nothing is activated" in page.text


def test_going_to_the_integration_opens_its_start_page(stage):
    started = stage.new_integration(name="Start", start_page="https://app.example/start")
    stage.activate(integration=started)
    answer = stage.customer.get(f"/my-integrations/{started.integration_id}/open")
    assert (answer.status, answer.headers["location"]) == (303, "https://app.example/start")
    assert factories.customer(stage.app).get(f"/my-integrations/{started.integration_id}/open").status == 404


def test_a_user_sees_but_cannot_disconnect_the_companys(stage):
    stage.activate(kind=ConsentKind.SERVICE)
    user = factories.sign_in(
        stage.app, factories.new_person(company=whoami(stage.customer).company, is_administrator=False)
    )
    user.headers["Accept-Language"] = "en"
    page = user.get("/my-integrations")
    assert "A system administrator of your company can disconnect it." in page.text
    assert 'popovertarget="end-' not in page.text


def test_the_developer_sees_their_customers(stage):
    path = f"/portal/integrations/{stage.integration.integration_id}/customers"
    assert "No company has activated it" in stage.developer.get(path).text
    stage.activate(scopes={"invoice"})
    page = stage.developer.get(path)
    assert whoami(stage.customer).company.name in page.text
    assert "Older scopes" in page.text
    assert factories.developer(stage.app).get(path).status == 404
    assert stage.customer.get(path).status == 403
    signed_out = type(stage.customer)(stage.app).get(path)
    assert signed_out.headers["location"].startswith("/sign-in?next=")
