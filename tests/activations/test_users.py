"""users-v1 of the developer API: who uses an integration in a company, in the dialect's shape."""

from __future__ import annotations

from chalicelib.activations import service
from chalicelib.activations.domain import ConsentKind
from chalicelib.kit.context import new_context
from chalicelib.oauth.domain import TokenSubject
from chalicelib.oauth.service import rotate_signing_keys
from chalicelib.oauth.tokens import mint_access_token
from tests import factories
from tests.client import Client
from tests.factories import whoami


def ask(stage, number: object, tenant_number: object, *, person=None, scope: str = "developerapi"):
    rotate_signing_keys(new_context())
    asker = person or whoami(stage.developer)
    subject = TokenSubject(
        client_id=stage.integration.client_id, integration_id=stage.integration.integration_id, activation_id="act_1",
        tenant_id=asker.company.tenant_id, tenant_number=asker.company.number, account_id=asker.account.account_id,
        kind=ConsentKind.USER, scopes=frozenset({scope}),
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {mint_access_token(new_context(), subject, subject.scopes)}"}
    return Client(stage.app).get(f"/api/integration-developer/users/users-v1/{number}/{tenant_number}", headers=headers)


def test_the_people_who_agreed_in_the_shape_of_the_dialect(stage):
    activation = stage.activate()
    anna = factories.new_person(company=whoami(stage.customer).company, is_administrator=False, name="Anna")
    stage.activate(anna)
    stage.activate(kind=ConsentKind.SERVICE)
    answer = ask(stage, stage.integration.number, activation.tenant_number)
    assert answer.status == 200
    customer = whoami(stage.customer).account
    assert [(one["name"], one["userType"], one["externalSourceId"]) for one in answer.json] == [
        (customer.name, "administrator", customer.account_id), ("Anna", "user", anna.account.account_id),
        (customer.name, "service", customer.account_id),
    ]  # fmt: skip
    assert set(answer.json[0]) == {"name", "email", "userType", "externalSourceId", "activationTime"}
    assert answer.json[0]["email"] == customer.email
    assert answer.json[0]["activationTime"].startswith("20")


def test_nobody_where_nothing_is_active(stage):
    activation = stage.activate()
    service.end_activation(whoami(stage.customer).ctx(), stage.integration.integration_id)
    for number in (activation.tenant_number, 1000001, "nobody", "9" * 60):
        answer = ask(stage, stage.integration.number, number)
        assert (answer.status, answer.json) == (200, []), number


def test_BO_02_only_the_developers_own_company_is_told(stage):
    activation = stage.activate()
    other = factories.new_person(licence=True)
    assert ask(stage, stage.integration.number, activation.tenant_number, person=other).status == 404
    assert ask(stage, stage.integration.number, activation.tenant_number, scope="invoice").status == 403
    assert stage.developer.get(
        f"/api/integration-developer/users/users-v1/{stage.integration.number}/{activation.tenant_number}"
    ).status == 401  # fmt: skip
    for number in (1, "x", "9" * 40, "-1"):
        assert ask(stage, number, activation.tenant_number).status == 404
