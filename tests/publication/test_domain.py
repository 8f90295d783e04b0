"""The machine of states, the checklist and the difference, without AWS."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chalicelib.publication.domain import (
    ALLOWED,
    Action,
    Place,
    PublicationStateError,
    PublicationStatus,
    Snapshot,
    agreement,
    checklist,
    diff,
    is_complete,
    new_publication,
    run_checklist,
    step,
)

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
GOOD = Snapshot(
    name="Kvitto", description="x" * 80, category="receipts", scopes=("invoice",), sales_channel="platform",
    price_minor=9900, currency="SEK", contact_email="a@b.example", redirect_uris=("https://a.example/cb",), logo="/l.png",
)  # fmt: skip


class Machine(RuleBasedStateMachine):
    """Any steps in any order: what is live changes only by approval, unpublishing, suspension and its end."""

    def __init__(self) -> None:
        super().__init__()
        self.publication = new_publication("ten_1", "int_1", "Kvitto", "Bolaget", NOW)
        self.count = 0

    @rule(action=st.sampled_from(list(Action)), place=st.sampled_from(list(Place)))
    def act(self, action: Action, place: Place) -> None:
        before = self.publication
        given = before
        if action is Action.SUBMIT and before.status in ALLOWED[action]:
            self.count += 1
            given = replace(before, draft=replace(GOOD, name=f"Kvitto {self.count}"), draft_place=place)
        try:
            after = step(given, action, NOW)
        except PublicationStateError:
            assert before.status not in ALLOWED[action] or (
                action in {Action.UNPUBLISH, Action.DELIST} and not before.is_listed
            )
            return
        self.publication = after
        assert after.version == before.version + 1
        if action in {Action.SUBMIT, Action.CANCEL, Action.REQUEST_CHANGES}:
            assert (after.live, after.place) == (before.live, before.place), "a review never touches what is live"
        if action is Action.APPROVE:
            assert (after.live, after.place) == (before.draft, before.draft_place)
            assert after.listing_version == before.listing_version + 1
        if action in {Action.UNPUBLISH, Action.DELIST, Action.SUSPEND}:
            assert after.live is None
        if action is Action.UNSUSPEND:
            assert after.is_live is before.is_listed

    @invariant()
    def states_agree(self) -> None:
        one = self.publication
        if one.status in {PublicationStatus.IN_REVIEW, PublicationStatus.CHANGES_REQUESTED}:
            assert one.draft is not None
        else:
            assert one.draft is None
        assert not one.is_listed or one.approved is not None
        assert (one.status is PublicationStatus.PUBLISHED) <= one.is_live
        assert not one.is_listed if one.status is PublicationStatus.DRAFT else True
        assert (one.listing_version > 0) is (one.approved is not None)


Machine.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestMachine = Machine.TestCase


def test_unpublish_then_publish_again_compares_with_what_was_approved():
    one = replace(new_publication("t", "i", "K", "B", NOW), draft=GOOD)
    for action in (Action.SUBMIT, Action.APPROVE, Action.UNPUBLISH):
        one = step(one, action, NOW)
    assert (one.status, one.live, one.approved) == (PublicationStatus.UNPUBLISHED, None, GOOD)
    assert [(c.field, c.before, c.after) for c in diff(one.approved, replace(GOOD, price_minor=100))] == [
        ("price_minor", "9900", "100")
    ]


def test_a_first_version_differs_in_everything_it_says():
    assert {change.field for change in diff(None, GOOD)} >= {"name", "description", "logo", "price_minor"}
    assert diff(GOOD, GOOD) == []


def failing(snapshot, live=None):
    return {finding.rule.rule for finding in run_checklist(snapshot, live) if finding.is_fulfilled is False}


@pytest.mark.parametrize(("change", "fails"), [
    ({}, set()),
    ({"description": "short"}, {"description"}),
    ({"category": None}, {"category"}),
    ({"contact_email": ""}, {"contact"}),
    ({"redirect_uris": ()}, {"landing-page"}),
    ({"redirect_uris": (), "start_page": "https://a.example/"}, set()),
    ({"logo": ""}, {"logo"}),
    ({"price_minor": None}, {"price"}),
    ({"sales_channel": None, "price_minor": None}, {"price"}),
    ({"sales_channel": "website", "price_minor": None, "price_text": "100 kr"}, {"website-sale"}),
    ({"scopes": ()}, {"scopes"}),
    ({"scopes": ("nonsense",)}, {"scopes"}),
])  # fmt: skip
def test_the_checklist_says_what_is_missing(change, fails):
    wanted = replace(GOOD, **change)
    assert failing(wanted) == fails
    assert is_complete(run_checklist(wanted, None)) is not bool(fails)


def test_the_price_of_what_is_sold_here_cannot_be_changed_by_an_update():
    assert failing(replace(GOOD, price_minor=1), GOOD) == {"locked-price"}
    assert failing(replace(GOOD, name="New"), GOOD) == set()
    on_website = replace(GOOD, sales_channel="website", price_minor=None, price_text="x", website="https://a.example")
    assert failing(GOOD, on_website) == set()


def test_the_data_files_are_whole():
    assert len({rule.rule for rule in checklist().rules}) == len(checklist().rules)
    assert all(rule.text.en and rule.text.sv for rule in checklist().rules)
    assert agreement().version
    assert agreement().text.sv.count("**") == agreement().text.en.count("**")
