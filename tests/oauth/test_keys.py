"""The life of signing keys (cases JW, FA-16): always two published, never a second in which a good token fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.kit.context import new_context
from chalicelib.kit.errors import UnavailableError
from chalicelib.oauth import keys
from chalicelib.oauth.events import oauth_rotate_keys
from chalicelib.oauth.key_ring import (
    ACTIVE_FOR,
    PENDING_AT_LEAST,
    RETIRING_FOR,
    WITHDRAWN_KEPT_FOR,
    KeyState,
    SigningKey,
    active_key,
    rotated,
    withdrawn,
)
from chalicelib.oauth.repository.keys import StoredRing, load_ring, save_ring
from chalicelib.oauth.rotation import rotate_signing_keys, withdraw_signing_key
from tests.conftest import aws_client
from tests.oauth.conftest import forget

SCHEDULED = {
    "version": "0", "account": "1", "region": "eu-north-1", "detail": {}, "detail-type": "Scheduled Event",
    "source": "aws.events", "time": "2026-12-01T00:00:00Z", "id": "1", "resources": [],
}  # fmt: skip
START = datetime(2026, 12, 1, tzinfo=UTC)


class Maker:
    def __init__(self):
        self.made = 0
        self.now = START

    def __call__(self) -> SigningKey:
        self.made += 1
        return SigningKey(
            kid=f"k{self.made}",
            state="pending",
            x="x",
            y="y",
            private_key_encrypted="p",
            changed_at=self.now.isoformat(),
        )


def states(ring):
    return {key.kid: str(key.state) for key in ring}


@pytest.fixture
def maker():
    return Maker()


def test_the_first_ring_has_one_that_signs_and_one_that_waits(maker):
    ring = rotated((), START, maker)
    assert states(ring) == {"k1": "active", "k2": "pending"}
    assert rotated(ring, START, maker) is not None
    assert states(rotated(ring, START + timedelta(days=89), maker)) == {"k1": "active", "k2": "pending"}


def test_JW_18_a_key_is_published_before_and_after_it_signs(maker):
    """Walk two years by the hour: a verifier whose copy is an hour old knows every key that signed or still counts."""
    ring, copies, last_signed = (), [], {}
    for hour in range(24 * 730):
        maker.now = now = START + timedelta(hours=hour)
        ring = rotated(ring, now, maker)
        published = {key.kid for key in ring if key.is_published}
        signer = active_key(ring).kid
        last_signed[signer] = now
        copies.append(published)
        assert len(published) >= 2
        if hour:
            assert signer in copies[-2]
        for kid, when in last_signed.items():
            if now - when <= timedelta(hours=2):
                assert kid in published
    assert 8 <= len(last_signed) <= 10
    assert all((last - START) + timedelta(hours=1) >= ACTIVE_FOR or kid == "k1" for kid, last in last_signed.items())


def test_a_retired_key_is_withdrawn_and_forgets_its_private_half(maker):
    ring = rotated((), START, maker)
    now = START + ACTIVE_FOR
    ring = rotated(ring, now, maker)
    assert states(ring) == {"k1": "retiring", "k2": "active", "k3": "pending"}
    ring = rotated(ring, now + RETIRING_FOR, maker)
    assert states(ring)["k1"] == "withdrawn"
    assert next(key for key in ring if key.kid == "k1").private_key_encrypted == ""
    assert "k1" not in states(rotated(ring, now + RETIRING_FOR + WITHDRAWN_KEPT_FOR, maker))


def test_a_key_that_nobody_has_seen_yet_does_not_sign(maker):
    ring = rotated((), START, maker)
    late = START + ACTIVE_FOR
    fresh = SigningKey(kid="new", state="pending", x="x", y="y", changed_at=late.isoformat())
    ring = (ring[0], fresh)
    assert states(rotated(ring, late, maker)) == {"k1": "active", "new": "pending"}
    assert states(rotated(ring, late + PENDING_AT_LEAST, maker))["new"] == "active"


def test_JW_20_the_emergency_takes_a_key_away_and_another_signs_at_once(maker):
    ring = withdrawn(rotated((), START, maker), "k1", START, maker)
    assert states(ring) == {"k1": "withdrawn", "k2": "active", "k3": "pending"}
    ring = withdrawn(withdrawn(ring, "k2", START, maker), "k3", START, maker)
    assert sorted(states(ring).values()) == ["active", "pending", "withdrawn", "withdrawn", "withdrawn"]


def test_the_schedule_makes_the_first_keys_and_repeating_changes_nothing(aws):
    forget()
    with pytest.raises(UnavailableError):
        keys.published_keys()
    oauth_rotate_keys(SCHEDULED, None)
    first = load_ring()
    assert [str(key.state) for key in first.keys] == ["active", "pending"]
    oauth_rotate_keys(SCHEDULED, None)
    assert load_ring() == first
    assert keys.is_signature(first.keys[0].kid, b"x", keys.current_signer().sign(b"x"))
    forget()


def test_FA_16_two_rotations_at_once_make_one_ring(aws):
    forget()
    ctx = new_context()
    empty = load_ring()
    first = rotated((), ctx.now, lambda: keys.new_signing_key(ctx.now))
    second = rotated((), ctx.now, lambda: keys.new_signing_key(ctx.now))
    assert save_ring(empty, first)
    assert save_ring(empty, first)  # the answer was lost: this very ring stands
    assert not save_ring(empty, second)
    assert rotate_signing_keys(ctx) == first
    forget()


def test_a_ring_that_changes_under_every_try_is_our_trouble(aws, monkeypatch):
    monkeypatch.setattr("chalicelib.oauth.rotation.save_ring", lambda *_: False)
    with pytest.raises(UnavailableError):
        rotate_signing_keys(new_context())


def test_trouble_with_kms_is_unavailable(aws, monkeypatch):
    monkeypatch.setattr("chalicelib.oauth.keys.settings", lambda: type("S", (), {"kms_key_id": "alias/none"}))
    with pytest.raises(UnavailableError):
        rotate_signing_keys(new_context())


def test_a_ring_without_an_active_key_signs_nothing(aws):
    forget()
    key = keys.new_signing_key(START)
    save_ring(StoredRing(0, ()), (key,))
    with pytest.raises(UnavailableError):
        keys.current_signer()
    assert not keys.is_signature("other", b"x", bytes(64))
    forget()


def test_D4_the_other_backend_signs_inside_kms(aws):
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    forget()
    made = aws_client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    public = load_der_public_key(aws_client("kms").get_public_key(KeyId=made)["PublicKey"]).public_numbers()
    x, y = keys._encoded(public.x), keys._encoded(public.y)
    key = SigningKey(kid="in-kms", state=str(KeyState.ACTIVE), x=x, y=y, kms_key_id=made, changed_at=START.isoformat())
    save_ring(StoredRing(0, ()), (key,))
    signer = keys.current_signer()
    signature = signer.sign(b"message")
    assert len(signature) == 64
    assert keys.is_signature("in-kms", b"message", signature)
    assert not keys.is_signature("in-kms", b"another", signature)
    forget()


def test_withdrawing_is_one_call_of_the_service(aws):
    forget()
    first = rotate_signing_keys(new_context())
    after = withdraw_signing_key(new_context(), first[0].kid)
    assert next(key for key in after if key.kid == first[0].kid).state == KeyState.WITHDRAWN
    forget()
