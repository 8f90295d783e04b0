"""C4: what an integration may do beside what it did, and taking back what it does not use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.activations import service
from chalicelib.activations.domain import SETTLED_AFTER, ConsentKind, LastScopeError, ScopeUse, narrowed, new_receipt
from chalicelib.activations.repository import ConsentItem
from chalicelib.kit.errors import ConflictError, ForbiddenError
from chalicelib.oauth.domain import CODE_LIFETIME
from tests import factories
from tests.activations.test_domain import NOW, consent, new_activation
from tests.factories import aws_calls, told, whoami

LATER = timedelta(minutes=5)


def removed(stage, *scopes: str, after: timedelta = LATER, person=None):
    ctx = (person or whoami(stage.customer)).ctx()
    return service.remove_scopes(
        (person or whoami(stage.customer)).ctx(now=ctx.now + after), stage.integration.integration_id, scopes
    )


def test_a_receipt_puts_the_most_used_first_and_names_the_unused():
    activation = new_activation(consent("invoice", "customer", "salary"), None, "act_1")
    used = datetime(2027, 3, 1, tzinfo=UTC)
    receipt = new_receipt(activation, {"invoice": ScopeUse(3, used), "salary": ScopeUse(0, used - timedelta(days=60))})
    assert [line.scope for line in receipt.lines] == ["invoice", "customer", "salary"]
    assert (receipt.calls, receipt.last_used_at, receipt.unused) == (3, used, ["customer", "salary"])


def test_what_is_left_after_scopes_are_taken_back():
    service_too = new_activation(consent("invoice", kind=ConsentKind.SERVICE), None, "act_1")
    wide = new_activation(consent("customer"), service_too, "act_1")
    after = narrowed(wide, frozenset({"invoice", "unknown"}), NOW + LATER)
    assert (after.scopes, after.service_scopes, after.service_account_id) == ({"customer"}, None, None)
    assert after.version == wide.version + 1
    assert narrowed(wide, frozenset({"unknown"}), NOW + LATER) is wide
    with pytest.raises(LastScopeError):
        narrowed(wide, wide.scopes, NOW + LATER)


def test_no_code_can_bring_back_what_was_just_removed():
    """A code outlives nothing: removal waits until the last one that could carry the scope has expired."""
    assert SETTLED_AFTER > CODE_LIFETIME


def test_right_after_the_approval_nothing_is_removed(stage):
    stage.activate()
    with pytest.raises(ConflictError, match="a moment ago"):
        removed(stage, "customer", after=timedelta())


def test_removing_is_told_kept_as_a_consent_and_repeatable(stage):
    activation = stage.activate()
    assert removed(stage, "customer").scopes == {"invoice"}
    assert removed(stage, "customer").scopes == {"invoice"}
    (event,) = told("activation.narrowed")
    assert (event.data["scopes"], event.data["removed"]) == (["invoice"], "customer")
    consents = sorted(sorted(item.scopes) for item in ConsentItem.query(activation.activation_id))
    assert consents == [["customer", "invoice"], ["invoice"]]
    (one,) = stage.customer.get("/activations").json["items"]
    assert (one["scopes"], one["added_scopes"]) == (["invoice"], ["customer"])


def test_only_who_may_disconnect_takes_scopes_back(stage):
    stage.activate()
    user = factories.new_person(company=whoami(stage.customer).company, is_administrator=False)
    with pytest.raises(ForbiddenError):
        removed(stage, "customer", person=user)
    path = f"/activations/{stage.integration.integration_id}"
    stranger = factories.customer(stage.app)
    assert stranger.get(f"{path}/receipt").status == 404
    assert stranger.request("DELETE", f"{path}/scopes/customer").status == 404
    assert stage.customer.request("DELETE", f"{path}/scopes/customer").status == 409, "too soon after the approval"
    assert stage.customer.request("DELETE", f"{path}/scopes/{'x' * 2000}").status == 204


def test_the_page_of_an_activation_says_what_it_did(stage):
    stage.activate()
    with aws_calls() as calls:
        page = stage.customer.get(f"/my-integrations/{stage.integration.integration_id}")
    assert page.status == 200
    # The session; the activation; then what is counted today and on earlier days, side by side.
    assert (calls[:2], sorted(calls[2:])) == (["GetItem", "GetItem"], ["GetItem", "Query"])
    assert all(words in page.text for words in ("Read and change invoices", "Unused", "never", "Remove"))
    receipt = stage.customer.get(f"/activations/{stage.integration.integration_id}/receipt").json
    assert (receipt["calls"], receipt["days"], [line["is_unused"] for line in receipt["lines"]]) == (
        0,
        30,
        [True, True],
    )
    assert f'href="/my-integrations/{stage.integration.integration_id}"' in stage.customer.get("/my-integrations").text


def test_a_program_launches_over_the_api(stage):
    stage.activate()
    path = f"/activations/{stage.integration.integration_id}/launches"
    with aws_calls() as calls:
        answer = stage.customer.post(path)
    # The session; activation, owner, subscription and seats at once; the integration; the launch is counted.
    assert calls == ["GetItem", "BatchGetItem", "GetItem", "UpdateItem"]
    assert (answer.status, answer.json) == (201, {"url": "https://app.example/cb"})
    assert factories.customer(stage.app).post(path).status == 404
