"""The sandboxes page, as a browser without JavaScript sees it."""

from __future__ import annotations

import pytest

from chalicelib.accounts.domain import PortalRole
from chalicelib.sandboxes import repository, service
from tests.factories import developer, whoami

HTML = {"Accept": "text/html"}
HOME = "/portal/sandboxes"


@pytest.fixture
def anna(client):
    return in_english(developer(client))


def in_english(browser):
    browser.cookies["lang"] = "en"
    return browser


def page(browser, path=HOME):
    return browser.get(path, headers=HTML)


def only(browser):
    (found,) = service.list_sandboxes(whoami(browser).ctx()).items
    return found


def test_an_empty_page_says_what_a_sandbox_is(anna):
    answer = page(anna)
    assert answer.status == 200
    assert "No sandboxes yet" in answer.text
    assert "0 of 30 places used" in answer.text


def test_create_follow_the_progress_and_see_it_ready(anna, queue):
    answer = anna.submit(HOME, name="Acceptance tests")
    assert (answer.status, answer.headers["location"]) == (303, HOME)
    waiting = page(anna).text
    assert "Requested" in waiting
    assert "Step 0 of 6" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    queue.drain()
    ready = page(anna).text
    assert "Ready" in ready
    assert str(only(anna).company_number) in ready
    assert "hx-trigger" not in ready
    assert "1 of 30 places used" in ready
    assert '/open"' in ready


def test_the_part_is_the_list_alone(anna):
    anna.submit(HOME, name="Acceptance tests")
    part = page(anna, HOME + "/part")
    assert part.status == 200
    assert part.text.lstrip().startswith('<div id="sandboxes"')
    assert "<html" not in part.text


def test_delete_asks_first_and_then_deletes(anna, queue):
    anna.submit(HOME, name="Acceptance <b>tests</b>")
    queue.drain()
    found = only(anna)
    text = page(anna).text
    assert f'id="delete-{found.sandbox_id}"' in text
    assert "<b>tests" not in text
    anna.submit(HOME, f"{HOME}/{found.sandbox_id}/delete", confirm="Acceptance")
    assert "what you typed is not the name" in page(anna).text
    answer = anna.submit(HOME, f"{HOME}/{found.sandbox_id}/delete", confirm="Acceptance <b>tests</b>")
    assert answer.status == 303
    assert "Being deleted" in page(anna).text
    queue.drain()
    assert "No sandboxes yet" in page(anna).text


def test_a_failure_is_explained_and_can_be_tried_again(anna, queue):
    anna.submit(HOME, name="Acceptance tests")
    found = only(anna)
    repository.record_failure(
        found, 4, "The test company could not be created. Try again in a while.", found.created_at
    )
    assert "could not be created" in page(anna).text
    assert anna.submit(HOME, f"{HOME}/{found.sandbox_id}/retry").status == 303
    queue.drain()
    assert "Ready" in page(anna).text


@pytest.mark.parametrize("name", ["", "x" * 61])
def test_a_refused_name_is_shown_again_with_its_reason(anna, name):
    answer = anna.submit(HOME, name=name)
    assert answer.status == 422
    assert 'id="name-error"' in answer.text
    assert f'value="{name}"' in answer.text


def test_a_full_house_is_told_beside_the_form(anna):
    token = page(anna).form_token
    for _ in range(30):
        assert anna.post(HOME, form={"form_token": token, "name": "A"}, headers=HTML).status == 303
    answer = anna.post(HOME, form={"form_token": token, "name": "A"}, headers=HTML)
    assert answer.status == 409
    assert "All 30 places are in use" in answer.text


def test_OP_03_a_form_without_its_token_is_refused(anna):
    assert anna.post(HOME, form={"name": "A"}, headers=HTML).status == 403
    assert service.list_sandboxes(whoami(anna).ctx()).items == []


def test_a_viewer_sees_and_cannot_touch(client):
    viewer = in_english(developer(client, portal_role=PortalRole.VIEWER))
    answer = page(viewer)
    assert answer.status == 200
    assert "Create sandbox" not in answer.text
    assert viewer.post(HOME, form={"name": "A"}, headers=HTML).status == 403


def test_the_page_speaks_swedish(anna):
    anna.cookies["lang"] = "sv"
    assert "Inga sandlådor än" in page(anna).text


def test_somebody_who_is_not_signed_in_is_sent_to_sign_in(client):
    answer = client.get(HOME, headers=HTML)
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in?next=%2Fportal%2Fsandboxes")


def test_SB_11_open_leads_into_the_sandbox_and_back(anna, queue):
    anna.submit(HOME, name="Acceptance tests")
    queue.drain()
    found = only(anna)
    answer = anna.submit(HOME, "/session/company", tenant_id=found.company_tenant_id)
    assert answer.status == 303
    session = anna.get("/sessions/current").json
    assert session["company"] == "Acceptance tests"
    assert sorted(session["roles"]) == ["administrator", "member", "user"]
    assert page(anna).status == 403  # a sandbox is no developer company: no sandboxes of sandboxes
    home = whoami(anna).company.tenant_id
    assert anna.submit("/account", "/session/company", tenant_id=home).status == 303
    assert "Acceptance tests" in page(anna).text
