"""What a consent makes of an activation, without AWS."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chalicelib.activations.domain import (
    Activation,
    ActivationStatus,
    Consent,
    ConsentKind,
    can_end,
    ended,
    event_of,
    new_activation,
)

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def consent(
    *scopes: str, kind: ConsentKind = ConsentKind.USER, account_id: str = "acc_1", **changes: object
) -> Consent:
    made = Consent(
        consent_id="con_1", kind=kind, scopes=frozenset(scopes), account_id=account_id, tenant_id="ten_1", tenant_number=1234567,
        company_name="Fjäll & Fika AB", integration_id="int_1", integration_name="Kvitto", integration_version=3,
        registered_scopes=frozenset({"invoice", "customer", "salary"}), owner_tenant_id="ten_2", client_id="abcdefghijkl",
        redirect_uri="https://app.example/cb", consented_at=NOW,
    )  # fmt: skip
    return replace(made, **changes)


def test_the_first_consent_begins_an_activation():
    first = new_activation(consent("invoice"), None, "act_1")
    assert (first.activation_id, first.scopes, first.status, first.version) == (
        "act_1",
        {"invoice"},
        ActivationStatus.ACTIVE,
        1,
    )
    assert first.service_scopes is None
    assert event_of(first, None) == "activation.activated"


def test_D6_another_consent_adds_scopes_and_never_shrinks_what_others_rely_on():
    first = new_activation(consent("invoice"), None, "act_1")
    wider = new_activation(consent("customer", consented_at=NOW + timedelta(days=1)), first, "act_2")
    assert (wider.activation_id, wider.scopes, wider.activated_at) == ("act_1", {"invoice", "customer"}, NOW)
    assert event_of(wider, first) == "activation.reactivated"
    again = new_activation(consent("customer"), wider, "act_3")
    assert again.scopes == wider.scopes
    assert event_of(again, wider) == "activation.renewed"


def test_scopes_the_developer_gave_up_fall_away_at_the_next_consent():
    first = new_activation(consent("invoice", "salary"), None, "act_1")
    later = new_activation(consent("invoice", registered_scopes=frozenset({"invoice"})), first, "act_2")
    assert later.scopes == {"invoice"}


def test_a_service_consent_is_replaced_by_its_renewal_and_survives_a_users():
    service = new_activation(consent("invoice", "customer", kind=ConsentKind.SERVICE), None, "act_1")
    assert service.service_scopes == {"invoice", "customer"}
    user = new_activation(consent("invoice", account_id="acc_2"), service, "act_2")
    assert (user.kind, user.service_scopes, user.service_account_id) == (
        ConsentKind.USER,
        {"invoice", "customer"},
        "acc_1",
    )
    renewed = new_activation(consent("invoice", kind=ConsentKind.SERVICE), user, "act_3")
    assert renewed.service_scopes == {"invoice"}
    assert event_of(renewed, user) == "activation.reactivated"


def test_after_its_end_an_activation_begins_anew_under_another_id():
    first = new_activation(consent("invoice", kind=ConsentKind.SERVICE), None, "act_1")
    over = ended(first, NOW + timedelta(days=2), "req_1")
    assert (over.is_active, over.service_scopes, over.ended_by) == (False, None, "req_1")
    anew = new_activation(consent("customer", consented_at=NOW + timedelta(days=3)), over, "act_2")
    assert (anew.activation_id, anew.scopes, anew.activated_at) == ("act_2", {"customer"}, NOW + timedelta(days=3))
    assert anew.version == over.version + 1
    assert event_of(anew, over) == "activation.activated"


def test_the_administrator_may_end_it_and_the_person_it_rests_on():
    activation: Activation = new_activation(consent("invoice"), None, "act_1")
    member, administrator = frozenset({"member"}), frozenset({"member", "administrator"})
    assert can_end(activation, "acc_9", administrator)
    assert can_end(activation, "acc_1", member)
    assert not can_end(activation, "acc_2", member)
    service = new_activation(consent("invoice", kind=ConsentKind.SERVICE), activation, "act_1")
    assert not can_end(service, "acc_1", member)
