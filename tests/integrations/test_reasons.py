"""A sentence why for each scope, and the price in the log."""

from __future__ import annotations

import json

import pytest

from chalicelib.accounts.domain import PortalRole
from chalicelib.integrations import service
from chalicelib.integrations.domain import SalesChannel
from chalicelib.integrations.schemas import IntegrationCreate, IntegrationUpdate
from chalicelib.kit.errors import RejectedError
from tests.factories import developer, new_person, told

HTML = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.fixture
def ctx(aws):
    return new_person(licence=True, portal_role=PortalRole.OWNER).ctx()


def make(ctx, **more):
    command = IntegrationCreate(name="Why", scopes=["customer", "invoice"], **more)
    return service.create_integration(ctx, command).integration


def test_a_sentence_stands_by_its_scope_and_goes_with_it(ctx):
    made = make(ctx, scope_reasons={"customer": "To write to them."})
    assert service.get_integration(ctx, made.integration_id).reasons == {"customer": "To write to them."}
    changed = service.update_integration(ctx, made.integration_id, IntegrationUpdate(scopes=["invoice"]))
    assert changed.reasons == {}
    with pytest.raises(RejectedError) as refused:
        service.update_integration(ctx, made.integration_id, IntegrationUpdate(scope_reasons={"customer": "No."}))
    assert refused.value.errors[0]["pointer"] == "/scope_reasons"
    given = IntegrationUpdate(scope_reasons={"invoice": "To send them."})
    assert service.update_integration(ctx, made.integration_id, given).reasons == {"invoice": "To send them."}
    assert service.update_integration(ctx, made.integration_id, IntegrationUpdate(scope_reasons=None)).reasons == {}


def test_the_form_keeps_sentences_of_chosen_scopes_and_customers_read_them(client, app):
    dev = developer(app)
    made = dev.post("/integrations", json={"name": "Why", "scopes": ["customer"]}).json
    home = f"/portal/integrations/{made['integration_id']}"
    sent = {"reason-customer": " To write to them. ", "reason-invoice": "Never chosen."}
    assert dev.submit(f"{home}/scopes", version="1", scopes=["customer", "profile"], **sent).status == 303
    assert dev.get(f"/integrations/{made['integration_id']}").json["scope_reasons"] == {"customer": "To write to them."}
    assert 'value="To write to them."' in dev.get(f"{home}/scopes", headers=HTML).text
    file = json.loads(json.dumps(dev.get(f"/integrations/{made['integration_id']}/file").json))
    assert file["scope_reasons"] == {"customer": "To write to them."}
    seen = dev.get(f"/marketplace/find?client_id={made['client_id']}", headers=HTML)
    page = dev.get(seen.headers["location"], headers=HTML).text if seen.status == 303 else seen.text
    assert "To write to them." in page


def test_the_log_of_a_price_names_the_old_and_the_new(ctx):
    made = make(ctx)
    price = {"sales_channel": SalesChannel.PLATFORM, "price_minor": 14900}
    for change in (price, {"price_minor": 19900}, {"description": "New words"}):
        service.update_integration(ctx, made.integration_id, IntegrationUpdate(**change))
    assert {event.data.get("price") for event in told("integration.updated")} == {
        "none → 149.00 SEK a month, single", "149.00 SEK a month, single → 199.00 SEK a month, single", None,
    }  # fmt: skip
