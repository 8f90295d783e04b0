"""The consent page and the decision: who may press which button, what comes of it, and what a second press does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.accounts import repository as people
from chalicelib.accounts.domain import CompanyRole, LicenceStatus, Membership
from chalicelib.activations import repository as activation_rows
from chalicelib.activations import service as activations
from chalicelib.activations.domain import ConsentKind
from chalicelib.integrations import service as integrations
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import UnavailableError
from chalicelib.kit.outbox import OutboxItem
from chalicelib.kit.pagination import PageQuery
from chalicelib.kit.secrets import mint
from chalicelib.oauth import codes
from chalicelib.oauth.attempts import recorder
from chalicelib.oauth.attempts.domain import Attempt, Cause, Party
from chalicelib.oauth.authorization import repository, service
from chalicelib.oauth.authorization.domain import AlreadyAnsweredError, TransactionExpiredError
from chalicelib.oauth.codes import CODE_LENGTH
from tests import factories
from tests.client import Client
from tests.factories import aws_calls, whoami
from tests.oauth_authorization.conftest import R1, R2, answer_of, press


def activation_of(stage, client=None):
    return activations.find_activation(
        whoami(client or stage.customer).company.tenant_id, stage.integration.integration_id
    )


def events() -> list[str]:
    return sorted(item.event_type for item in OutboxItem.scan() if item.event_type.startswith("activation."))


def transaction_of(page) -> str:
    return page.text.partition('action="/oauth-v1/auth/')[2].partition('"')[0]


def test_C2_approving_sends_code_state_and_issuer_to_the_client(stage):
    answer = stage.decide(stage.ask())
    assert answer.headers["location"].startswith(R1 + "?code=")
    sent = answer_of(answer)
    assert sorted(sent) == ["code", "iss", "state"]
    (code,) = stage.codes()
    activation = activation_of(stage)
    assert (code.activation_id, code.scopes, code.redirect_uri, code.kind) == (
        activation.activation_id, frozenset({"invoice", "customer"}), R1, ConsentKind.USER,
    )  # fmt: skip
    assert sent["code"] not in str(code.to_simple_dict())
    assert activation.is_active
    assert activation.scopes == {"invoice", "customer"}
    assert events() == ["activation.activated"]


def test_the_page_says_who_for_whom_what_and_how_to_end_it(stage):
    page = stage.ask(scope="invoice")
    company = whoami(stage.customer).company
    said = [
        "Kvitto Sync", stage.developer.company.name, company.name, "Anna Andersson", "Read and change invoices",
        "Read and change salary data", "app.example.com", "You can end this at any time", "password",
    ]  # fmt: skip
    assert [sentence for sentence in said if sentence not in page.text] == []


def test_the_page_speaks_swedish(stage):
    page = stage.customer.get(stage.address(), headers={"Accept-Language": "sv"})
    assert "Läsa och ändra fakturor" in page.text
    assert "Godkänn" in page.text


def test_AZ_09_the_registered_query_is_kept_byte_for_byte(stage):
    odd = "https://a.example/cb?b=%2fx&a=%C3%A5&&c"
    client = stage.new_integration(name="Query", redirect_uris=[R2, odd])
    for uri in (R2, odd):
        answer = stage.decide(stage.ask(client_id=client.client_id, redirect_uri=uri))
        assert answer.headers["location"].startswith(uri + "&code=")


def test_an_omitted_redirect_is_remembered_as_omitted(stage):
    assert stage.decide(stage.ask(redirect_uri=None)).headers["location"].startswith(R1)
    assert [code.redirect_uri for code in stage.codes()] == [""]


def test_AZ_12_the_form_cannot_change_what_was_asked(stage):
    page = stage.ask(scope="invoice")
    forged = {
        "redirect_uri": "https://evil.example/cb", "client_id": "other0000000", "scope": "invoice customer",
        "state": "forged", "code_challenge": "x" * 43, "account_type": "service",
    }  # fmt: skip
    answer = stage.decide(page, **forged)
    assert answer.headers["location"].startswith(R1 + "?code=")
    assert answer_of(answer)["state"] == "xyz"
    (code,) = stage.codes()
    assert (code.scopes, code.kind) == (frozenset({"invoice"}), ConsentKind.USER)
    assert code.code_challenge == stage.valid["code_challenge"]


@pytest.mark.parametrize("decision", ["", "maybe", ["approved", "denied"]])
def test_a_decision_that_is_none_decides_nothing(stage, decision):
    assert stage.decide(stage.ask(), decision).status == 400
    assert stage.codes() == []


def test_AZ_39_a_new_scope_shows_the_page_again_and_is_named(stage):
    stage.decide(stage.ask(scope="invoice"))
    assert "Nothing new since last time" in stage.ask(scope="invoice").text
    page = stage.ask()
    assert "One thing is new since last time" in page.text
    new = page.text.partition("Read and change customers")[2].partition("</li>")[0]
    old = page.text.partition("Read and change invoices")[2].partition("</li>")[0]
    assert ("New" in new, "New" in old) == (True, False)
    before = activation_of(stage)
    stage.decide(page)
    after = activation_of(stage)
    assert after.activation_id == before.activation_id
    assert after.scopes == {"invoice", "customer"}
    assert events() == ["activation.activated", "activation.reactivated"]


def test_AZ_40_denying_makes_no_code(stage):
    answer = answer_of(stage.decide(stage.ask(), "denied"))
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "xyz", "https://portal.test")
    assert stage.codes() == []
    assert activation_of(stage) is None
    assert events() == []


def test_AZ_42_the_pages_are_armoured(stage):
    sign_in = Client(stage.app).get("/sign-in")
    pages = [stage.ask(), stage.ask(client_id="nobody"), *([sign_in] if sign_in.status == 200 else [])]
    for page in pages:
        policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert "<script>" not in page.text
        assert " on" + "click" not in page.text
    form_action = pages[0].headers["content-security-policy"].partition("form-action ")[2].partition(";")[0]
    assert form_action == "'self' https://app.example.com"
    assert "form-action 'self';" in pages[1].headers["content-security-policy"]


def test_AZ_43_another_site_cannot_decide(stage):
    page = stage.ask()
    transaction_id = transaction_of(page)
    action = f"/oauth-v1/auth/{transaction_id}"
    tenant_id = whoami(stage.customer).company.tenant_id
    attacker = stage.new_customer()
    foreign = stage.ask(client=attacker).text.rpartition('name="form_token" value="')[2].partition('"')[0]
    portal = stage.customer.get(stage.address()).form_token  # a token of ours, for another purpose
    for token in ("", "x" * 64, foreign, portal):
        form = {"form_token": token, "tenant_id": tenant_id, "decision": "approved"}
        answer = stage.customer.post(action, form=form)
        assert answer.status == 403
        assert "location" not in answer.headers
    form = page.text.rpartition('name="form_token" value="')[2].partition('"')[0]
    good = {"form_token": form, "tenant_id": tenant_id, "decision": "approved"}
    assert stage.customer.post(action, form=good, headers={"Origin": "https://evil.example"}).status == 403
    assert stage.codes() == []
    assert stage.customer.post(action, form=good, headers={"Origin": "null"}).status == 303


def test_a_token_of_one_request_does_not_decide_another(stage):
    first, second = stage.ask(), stage.ask(state="second")
    token = first.text.rpartition('name="form_token" value="')[2].partition('"')[0]
    assert stage.decide(second, form_token=token).status == 403


def test_AZ_46_another_person_begins_anew(stage):
    page = stage.ask()
    other = stage.new_customer()
    assert stage.decide(page, client=other).status == 403
    restarted = other.get(f"/oauth-v1/auth/{transaction_of(page)}")
    assert transaction_of(restarted) != transaction_of(page)
    assert whoami(other).company.name in restarted.text
    assert stage.codes() == []
    assert answer_of(stage.decide(restarted, client=other))["state"] == "xyz"
    assert activation_of(stage, other).account_id == whoami(other).account.account_id
    assert activation_of(stage) is None


def test_signing_in_comes_back_to_the_request(stage):
    nobody = Client(stage.app)
    answer = stage.ask(client=nobody)
    assert answer.status == 303
    place = answer.headers["location"]
    assert place.startswith("/sign-in?next=%2Foauth-v1%2Fauth%2Fatx_")
    path = "/oauth-v1/auth/" + place.rpartition("%2F")[2]
    assert nobody.get(path).headers["location"] == place
    assert answer_of(stage.decide(stage.customer.get(path)))["state"] == "xyz"


def test_a_session_that_ended_leads_to_sign_in_and_decides_nothing(stage):
    page = stage.ask()
    answer = stage.decide(page, client=Client(stage.app))
    assert answer.status == 303
    assert answer.headers["location"].startswith("/sign-in?next=")
    assert stage.codes() == []


def test_AZ_48_the_decision_is_answered_303(stage):
    for decision in ("approved", "denied"):
        answer = stage.decide(stage.ask(), decision)
        assert answer.status == 303
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"


def test_AZ_52_a_service_account_needs_an_administrator(stage):
    robot = stage.new_integration(name="Robot", only_administrator=True)
    user = stage.new_customer(is_administrator=False)
    for account_type in ("service", None):
        answer = stage.ask(client_id=robot.client_id, account_type=account_type, client=user)
        assert answer_of(answer)["error"] == "error_missing_system_admin_right"
    page = stage.ask(client_id=robot.client_id, account_type="service")
    assert "without anybody being signed in" in page.text
    stage.decide(page)
    activation = activations.find_activation(whoami(stage.customer).company.tenant_id, robot.integration_id)
    assert activation.service_scopes == {"invoice", "customer"}
    assert [code.kind for code in stage.codes()] == [ConsentKind.SERVICE]


def test_an_ordinary_user_may_approve_for_themselves(stage):
    user = stage.new_customer(is_administrator=False)
    assert "code" in answer_of(stage.decide(stage.ask(client=user), client=user))


def test_who_only_reads_in_a_company_approves_nothing_for_it_but_may_for_another(stage):
    reader = stage.new_customer(is_administrator=False, company_role=CompanyRole.READER)
    answer = answer_of(stage.ask(client=reader))
    assert answer["error"] == "error_missing_system_admin_right"
    home = whoami(reader).company
    assert activations.find_activation(home.tenant_id, stage.integration.integration_id) is None
    assert reader.post("/marketplace/activate", form={"client_id": stage.integration.client_id}).status == 403
    other = belongs_too(reader)
    shown = stage.ask(client=reader)
    assert (
        "You may only look in this company"
        in reader.get(f"/oauth-v1/auth/{transaction_of(shown)}?tenant_id={home.tenant_id}").text
    )
    forged = press(reader, shown, tenant_id=home.tenant_id)
    assert forged.status == 403
    assert "code" in answer_of(stage.decide(shown, client=reader))
    assert activations.find_activation(other.tenant_id, stage.integration.integration_id).is_active


@pytest.mark.parametrize(
    "modules", [frozenset({"Integration"}), frozenset({"Kundfaktura"}), frozenset({"Integration", "Lön"})]
)
def test_a_company_without_the_licence_is_told_so(stage, modules):
    poor = stage.new_customer(modules=modules)
    answer = answer_of(stage.ask(client=poor))
    assert answer["error"] == "error_missing_license"
    assert answer["state"] == "xyz"


def test_any_of_the_licences_of_a_scope_is_enough(stage):
    order = stage.new_customer(modules=frozenset({"Integration", "Order"}))
    assert stage.ask(client=order).status == 200


def belongs_too(client, *, modules=None, is_administrator=True):
    """Another company that the person of `client` belongs to."""
    company = factories.new_person(modules=modules).company
    membership = Membership(
        account_id=whoami(client).account.account_id, tenant_id=company.tenant_id, is_administrator=is_administrator,
        created_at=company.created_at,
    )  # fmt: skip
    with store.transaction() as tx:
        people.put_membership(tx, membership)
    return company


def test_a_person_of_several_companies_chooses(stage):
    other = belongs_too(stage.customer)
    page = stage.ask()
    assert other.name in page.text
    path = f"/oauth-v1/auth/{transaction_of(page)}"
    page = stage.customer.get(f"{path}?tenant_id={other.tenant_id}")
    answer_of(stage.decide(page))
    assert activations.find_activation(other.tenant_id, stage.integration.integration_id).is_active
    assert activation_of(stage) is None


def test_the_page_begins_with_a_company_that_can_approve(stage):
    poor = stage.new_customer(modules=frozenset())
    rich = belongs_too(poor)
    page = stage.ask(client=poor)
    assert f'value="{rich.tenant_id}" selected' in page.text
    assert "not possible" in page.text
    own = whoami(poor).company.tenant_id
    path = f"/oauth-v1/auth/{transaction_of(page)}"
    lacking = poor.get(f"{path}?tenant_id={own}")
    assert "A module licence is missing" in lacking.text
    assert "approved" not in lacking.text
    assert stage.decide(page, client=poor, tenant_id=[own, rich.tenant_id]).status == 400
    token = page.text.rpartition('name="form_token" value="')[2].partition('"')[0]
    for tenant_id in (own, stage.developer.company.tenant_id, "", "ten_nobody"):
        form = {"form_token": token, "tenant_id": tenant_id, "decision": "approved"}
        assert poor.post(path, form=form).status == 403
    assert stage.codes() == []


def test_who_left_the_company_meanwhile_cannot_approve_for_it(stage):
    other = belongs_too(stage.customer)
    page = stage.ask()
    page = stage.customer.get(f"/oauth-v1/auth/{transaction_of(page)}?tenant_id={other.tenant_id}")
    key = (whoami(stage.customer).account.account_id, other.tenant_id)
    store.remove(people.tables.MembershipItem, key)
    assert stage.decide(page).status == 404
    assert stage.codes() == []


def test_AZ_55_an_unavailable_integration_is_never_redirected(stage):
    page = stage.ask()
    company = people.find_company(stage.developer.company.tenant_id)
    with store.transaction() as tx:
        people.save_company(tx, replace(company, licence=LicenceStatus.WITHDRAWN, version=company.version + 1))
    for answer in (stage.ask(), stage.customer.get(f"/oauth-v1/auth/{transaction_of(page)}")):
        assert answer.status == 400
        assert "location" not in answer.headers
        assert "not available" in answer.text


def test_AZ_55_a_deleted_integration_is_never_redirected(stage):
    page = stage.ask()
    integrations.delete_integration(stage.developer.ctx(), stage.integration.integration_id)
    for answer in (stage.ask(), stage.customer.get(f"/oauth-v1/auth/{transaction_of(page)}")):
        assert (answer.status, "location" in answer.headers) == (400, False)


def test_AZ_58_codes_do_not_repeat_and_are_long(stage):
    codes = {mint(CODE_LENGTH) for _ in range(10_000)}
    assert len(codes) == 10_000
    assert {len(code) for code in codes} == {CODE_LENGTH}
    assert all(code.isalnum() and code.isascii() for code in codes)


def test_AZ_58_the_code_is_in_no_log(stage, caplog):
    caplog.set_level("DEBUG")
    caplog.set_level("DEBUG", logger="anslut")
    code = answer_of(stage.decide(stage.ask()))["code"]
    said = [str(record.__dict__) for record in caplog.records]
    assert any("authorization.approved" in line for line in said)
    assert not [line for line in said if code in line]


def test_a_second_press_gets_the_same_address_not_a_second_code(stage):
    page = stage.ask()
    first, second = stage.decide(page), stage.decide(page)
    assert first.headers["location"] == second.headers["location"]
    assert len(stage.codes()) == 1
    assert events() == ["activation.activated"]
    assert stage.decide(page, "denied").status == 409
    (row,) = [item for item in repository.AuthorizationTransactionItem.scan() if item.decision]
    assert answer_of(first)["code"] not in str(row.to_simple_dict())


def test_a_second_denial_gets_the_same_address(stage):
    page = stage.ask()
    assert stage.decide(page, "denied").headers["location"] == stage.decide(page, "denied").headers["location"]
    assert stage.decide(page).status == 409
    assert stage.customer.get(f"/oauth-v1/auth/{transaction_of(page)}").status == 409
    assert stage.codes() == []


def in_time(stage, **later: Any) -> Context:
    ctx = whoami(stage.customer).ctx()
    return replace(ctx, now=ctx.now + timedelta(**later))


def test_a_press_after_the_code_has_died_is_told_so(stage):
    page = stage.ask()
    stage.decide(page)
    tenant_id = whoami(stage.customer).company.tenant_id
    assert "code=" in service.approve(in_time(stage, seconds=50), transaction_of(page), tenant_id)
    with pytest.raises(AlreadyAnsweredError):
        service.approve(in_time(stage, seconds=70), transaction_of(page), tenant_id)


def test_a_request_lives_ten_minutes(stage):
    page = stage.ask()
    tenant_id = whoami(stage.customer).company.tenant_id
    with pytest.raises(TransactionExpiredError):
        service.approve(in_time(stage, minutes=10, seconds=1), transaction_of(page), tenant_id)
    with pytest.raises(TransactionExpiredError):
        service.reopen(in_time(stage, minutes=10, seconds=1), transaction_of(page), "")
    for nowhere in ("atx_nothing", "x" * 3000, "%00"):
        assert stage.customer.get(f"/oauth-v1/auth/{nowhere}").status == 404


def test_a_decision_is_one_transaction_beside_the_reads(stage):
    page = stage.ask()
    with aws_calls() as calls:
        stage.decide(page)
    assert calls == ["GetItem"] * 3 + ["TransactWriteItems"]  # session, request, activation; then everything at once
    page = stage.ask(state="again")
    with aws_calls() as calls:
        stage.decide(page, "denied")
    assert calls == ["GetItem"] * 2 + ["TransactWriteItems"]


def test_the_parts_of_a_consent_happen_together_or_not_at_all(stage, monkeypatch):
    page = stage.ask()
    commit = store.Transaction.commit

    def refuse(self: store.Transaction) -> None:
        raise UnavailableError

    monkeypatch.setattr(store.Transaction, "commit", refuse)
    answer = stage.decide(page)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    monkeypatch.setattr(store.Transaction, "commit", commit)
    assert stage.codes() == []
    assert activation_of(stage) is None
    assert "code" in answer_of(stage.decide(page))


def test_FA_01_a_lost_answer_and_a_repeat_make_one_code(stage, monkeypatch):
    page = stage.ask()
    commit = store.Transaction.commit

    def lose(self: store.Transaction) -> None:
        commit(self)
        raise UnavailableError

    monkeypatch.setattr(store.Transaction, "commit", lose)
    assert stage.decide(page).status == 503
    monkeypatch.setattr(store.Transaction, "commit", commit)
    answer = stage.decide(page)
    assert "code" in answer_of(answer)
    assert len(stage.codes()) == 1
    assert events() == ["activation.activated"]


def test_two_people_of_a_company_approve_in_the_same_second(stage, monkeypatch):
    page = stage.ask(scope="invoice")
    colleague = factories.new_person(company=whoami(stage.customer).company, is_administrator=False)
    browser = factories.sign_in(stage.app, colleague)
    theirs = stage.ask(scope="customer", client=browser)
    find = activations.find_activation

    def overtaken(tenant_id: str, integration_id: str) -> Any:
        standing = find(tenant_id, integration_id)
        monkeypatch.setattr(activations, "find_activation", find)
        assert press(browser, theirs).status == 303
        return standing

    monkeypatch.setattr(activations, "find_activation", overtaken)
    assert stage.decide(page).status == 303
    assert activation_of(stage).scopes == {"invoice", "customer"}
    assert len(stage.codes()) == 2
    assert len(list(activation_rows.ConsentItem.scan())) == 2


def test_an_attempt_is_one_row_from_the_page_to_the_tokens(stage):
    """The flight recorder: approved, then connected, under one id; a refusal by the short id on the customer's page."""
    owner = stage.developer.ctx()

    def attempts() -> list[Attempt]:
        return list(recorder.list_attempts(owner, stage.integration.integration_id, PageQuery()).items)

    answer = answer_of(stage.decide(stage.ask()))
    assert [one.cause for one in attempts()] == [Cause.CODE_NOT_FETCHED]
    code = codes.find_code(answer["code"])
    assert code is not None
    assert (code.attempt_id, attempts()[0].tenant_number) == (attempts()[0].attempt_id, code.tenant_number)
    stage.decide(stage.ask(state="no"), "denied")
    assert attempts()[0].cause is Cause.DENIED
    page = stage.ask(redirect_uri="https://evil.example/")
    assert attempts()[0].cause is Cause.LINK_NOT_TRUSTED
    assert attempts()[0].short_id in page.text
    assert answer_of(stage.ask(scope="salary"))["error"] == "invalid_scope"
    assert (attempts()[0].cause, attempts()[0].who_acts) == (Cause.SCOPE_NOT_REGISTERED, Party.DEVELOPER)


def test_the_developers_reason_stands_beside_its_scope_as_text(stage):
    reasons = {"invoice": "We post <b>each</b> receipt as an invoice."}
    asked = stage.new_integration(name="Reasoned", scope_reasons=reasons)
    page = stage.ask(client_id=asked.client_id)
    assert page.status == 200
    assert "We post &lt;b&gt;each&lt;/b&gt; receipt as an invoice." in page.text
    assert page.text.count("Its developer says:") == 1
