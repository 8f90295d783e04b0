"""Ends that are not the customer's: the developer ends one, deleting the integration ends all, exactly once each."""

from __future__ import annotations

from chalicelib.activations import service
from chalicelib.activations.domain import EndCause
from chalicelib.integrations import service as integrations
from chalicelib.kit.context import new_context
from tests import factories
from tests.factories import told, whoami


def causes() -> list[str]:
    return sorted(event.data["cause"] for event in told("activation.ended"))


def test_the_developer_ends_one_customer_and_it_is_told(stage):
    activation = stage.activate()
    other = stage.activate(factories.new_person())
    path = f"/portal/integrations/{stage.integration.integration_id}/customers"
    page = stage.developer.get(path)
    assert f'popovertarget="end-{activation.tenant_number}"' in page.text
    answer = stage.developer.submit(path, f"{path}/{activation.tenant_number}/end", confirm="")
    assert service.find_activation(activation.tenant_id, activation.integration_id).is_active
    ends = f"{path}/{activation.tenant_number}/end"
    answer = stage.developer.submit(path, ends, confirm=activation.company_name)
    assert answer.status == 303
    after = service.find_activation(activation.tenant_id, activation.integration_id)
    assert (after.is_active, after.end_cause) == (False, EndCause.DEVELOPER)
    assert service.find_activation(other.tenant_id, other.integration_id).is_active
    (mail,) = factories.mails(whoami(stage.customer).account.email)
    assert mail.subject.endswith(f"has ended Kvitto Sync for {activation.company_name}")
    assert "its developer" in stage.customer.get("/my-integrations").text


def test_ending_a_customer_twice_is_told_once(stage):
    activation = stage.activate()
    path = f"/integrations/{stage.integration.integration_id}/activations/{activation.tenant_number}"
    assert [stage.developer.request("DELETE", path).status for _ in range(2)] == [204, 204]
    assert causes() == ["developer"]
    assert len(factories.mails(whoami(stage.customer).account.email)) == 1


def test_BO_02_only_the_owner_ends_customers(stage):
    activation = stage.activate()
    path = f"/integrations/{stage.integration.integration_id}/activations"
    assert factories.developer(stage.app).request("DELETE", f"{path}/{activation.tenant_number}").status == 404
    for nobody in ("1234567", "0", "-1", "x" * 3000, "9" * 40, "%00"):
        assert stage.developer.request("DELETE", f"{path}/{nobody}").status == 404
    unlicensed = factories.developer(stage.app, licence=False)
    assert unlicensed.request("DELETE", f"{path}/{activation.tenant_number}").status == 403
    assert service.find_activation(activation.tenant_id, activation.integration_id).is_active


def test_what_it_rests_on_is_gone_and_it_ends_everywhere_once(stage):
    activations = [stage.activate(), *(stage.activate(factories.new_person()) for _ in range(3))]
    service.end_activation(whoami(stage.customer).ctx(), stage.integration.integration_id)
    closed: list[str] = []
    for _ in range(2):
        for activation in service.list_of_integration(stage.integration.integration_id):
            service.end_by_platform(new_context(), activation, lambda _tx, _ctx, one: closed.append(one.activation_id))
    after = [service.find_activation(one.tenant_id, one.integration_id) for one in activations]
    assert [one.is_active for one in after] == [False] * 4
    assert causes() == ["customer", "removed", "removed", "removed"]
    assert sorted(closed) == sorted(one.activation_id for one in activations[1:])


def test_an_end_by_the_platform_leaves_what_began_anew(stage):
    old = stage.activate()
    service.end_activation(whoami(stage.customer).ctx(), stage.integration.integration_id)
    anew = stage.activate()
    service.end_by_platform(new_context(), old, lambda *_: None)
    assert service.find_activation(anew.tenant_id, anew.integration_id).is_active
    (one,) = service.list_of_company(anew.tenant_id)
    assert one == anew


def test_between_deletion_and_its_end_the_customer_sees_that_it_is_gone(stage):
    stage.activate()
    integrations.delete_integration(whoami(stage.developer).ctx(), stage.integration.integration_id)
    page = stage.customer.get("/my-integrations")
    assert "Its developer has removed it" in page.text
    assert "Go to the integration" not in page.text
    assert stage.customer.get(f"/my-integrations/{stage.integration.integration_id}/open").status == 404
