"""The token family against a model (D1): issue, refresh, lose the answer, retry, steal, revoke, turn the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from chalicelib.activations.domain import ConsentKind
from chalicelib.integrations.domain import Integration
from chalicelib.kit import store
from chalicelib.kit.context import Context, new_context
from chalicelib.oauth.domain import (
    REFRESH_ABSOLUTE_LIFETIME,
    REFRESH_GRACE,
    REFRESH_IDLE_LIFETIME,
    TokenSubject,
    new_family,
)
from chalicelib.oauth.errors import InvalidGrantError, InvalidScopeError
from chalicelib.oauth.grants.refresh_token import refresh_tokens
from chalicelib.oauth.refresh_tokens import mint_refresh_token, new_family_id
from chalicelib.oauth.repository import families
from chalicelib.oauth.requests import BackChannelRequest
from chalicelib.oauth.revocation import revoke_token
from chalicelib.oauth.service import rotate_signing_keys
from tests.conftest import fresh_aws
from tests.oauth.conftest import forget

SPANS = [
    timedelta(),
    timedelta(seconds=1),
    timedelta(seconds=59),
    timedelta(seconds=61),
    timedelta(days=20),
    timedelta(days=46),
]
INTEGRATION = Integration(
    integration_id="int_model", number=1, client_id="modelclient1", tenant_id="ten_dev", name="Model",
    description="", scopes=frozenset({"invoice", "customer"}), secrets=(), created_at=datetime(2026, 1, 1, tzinfo=UTC),
    updated_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip
START = datetime(2026, 12, 1, tzinfo=UTC)


class TokenFamilyMachine(RuleBasedStateMachine):
    """`held` are the tokens anybody ever got, oldest first; the model says for each what must happen."""

    @initialize()
    def issue(self) -> None:
        self.now = START
        ctx = self.ctx()
        family_id = new_family_id(ctx.now)
        subject = TokenSubject(
            client_id=INTEGRATION.client_id, integration_id="int_model", activation_id=ctx.new_id("act"), tenant_id="ten_x",
            tenant_number=1, account_id="acc_x", kind=ConsentKind.USER, scopes=frozenset({"invoice", "customer"}),
        )  # fmt: skip
        with store.transaction() as tx:
            families.add_family(tx, new_family(subject, family_id, ctx.now))
        self.family_id = family_id
        self.held = [mint_refresh_token(family_id, 0)]
        self.gen, self.rotated_at, self.revoked = 0, self.now, False

    def ctx(self) -> Context:
        from dataclasses import replace

        return replace(new_context(), now=self.now)

    @property
    def is_live(self) -> bool:
        idle, absolute = self.rotated_at + REFRESH_IDLE_LIFETIME, START + REFRESH_ABSOLUTE_LIFETIME
        return not self.revoked and self.now < idle and self.now < absolute

    def present(self, gen: int, scope: str = "") -> Any:
        sent = {"refresh_token": self.held[gen]} | ({"scope": scope} if scope else {})
        return refresh_tokens(self.ctx(), INTEGRATION, BackChannelRequest(sent, {}))

    @rule(back=st.integers(0, 3), scope=st.sampled_from(["", "invoice", "salary"]), lost=st.booleans())
    def refresh(self, back: int, scope: str, *, lost: bool) -> None:
        """Somebody presents one of the last tokens; a lost answer is one whose tokens nobody learns."""
        gen = max(0, len(self.held) - 1 - back)
        in_grace = gen == self.gen - 1 and self.now - self.rotated_at <= REFRESH_GRACE
        if not self.is_live:
            with pytest.raises(InvalidGrantError):
                self.present(gen, scope)
        elif gen < self.gen and not in_grace:
            with pytest.raises(InvalidGrantError):
                self.present(gen, scope)
            self.revoked = True
        elif scope == "salary":
            with pytest.raises(InvalidScopeError):
                self.present(gen, scope)
        else:
            answer = self.present(gen, scope)
            assert answer.scopes == (frozenset({scope}) if scope else frozenset({"invoice", "customer"}))
            if gen == self.gen:
                self.gen, self.rotated_at = self.gen + 1, self.now
            assert answer.refresh_token == mint_refresh_token(self.family_id, self.gen)
            if not lost and len(self.held) == self.gen:
                self.held.append(answer.refresh_token)

    @rule(span=st.sampled_from(SPANS))
    def wait(self, span: timedelta) -> None:
        self.now += span

    @rule(letter=st.sampled_from("AZaz09"), at=st.integers(0, 39))
    def guess(self, letter: str, at: int) -> None:
        token = self.held[-1]
        guess = token[:at] + letter + token[at + 1 :]
        if guess != token:
            with pytest.raises(InvalidGrantError):
                refresh_tokens(self.ctx(), INTEGRATION, BackChannelRequest({"refresh_token": guess}, {}))

    @rule(back=st.integers(0, 2))
    def revoke(self, back: int) -> None:
        revoke_token(self.ctx(), INTEGRATION, self.held[max(0, len(self.held) - 1 - back)])
        self.revoked = True

    @invariant()
    def the_row_is_the_model(self) -> None:
        if hasattr(self, "family_id"):
            family = families.find_family(self.family_id)
            assert (family.gen, family.rotated_at) == (self.gen, self.rotated_at)
            assert (family.revoked_at is not None) == self.revoked
            assert family.expires_at == START + REFRESH_ABSOLUTE_LIFETIME


def test_the_family_behaves_as_its_model():
    with fresh_aws():
        forget()
        rotate_signing_keys(new_context())
        run_state_machine_as_test(
            TokenFamilyMachine,
            settings=settings(
                max_examples=40, stateful_step_count=25, deadline=None, derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
        forget()
