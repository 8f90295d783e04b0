"""Secrets: form, checksum, keyed hash, and one key per purpose."""

from __future__ import annotations

import re

import pytest

from chalicelib.kit import secrets


def test_SE_04_ten_thousand_secrets_are_distinct_alphanumeric_and_check_themselves():
    minted = {secrets.mint(32) for _ in range(10_000)}
    assert len(minted) == 10_000
    assert all(re.fullmatch(r"[A-Za-z0-9]{32}", secret) and secrets.has_checksum(secret) for secret in minted)


def test_a_mistyped_secret_fails_its_checksum():
    secret = secrets.mint(32)
    other = ("b" if secret[0] == "a" else "a") + secret[1:]
    assert not secrets.has_checksum(other)


def test_SE_03_a_stored_hash_says_which_key_made_it_and_verifies_only_with_it(aws):
    stored = secrets.hash_secret("hello", "client-secret")
    assert stored.startswith("k1:")
    assert secrets.is_secret("hello", stored, "client-secret")
    assert not secrets.is_secret("hallo", stored, "client-secret")
    assert not secrets.is_secret("hello", stored, "session"), "one key per purpose"
    assert not secrets.is_secret("hello", stored.replace("k1", "k9"), "client-secret")


def test_what_is_sealed_opens_only_for_its_purpose_and_its_holder(aws):
    sealed = secrets.seal({"a": 1}, "cursor", "alice")
    assert secrets.unseal(sealed, "cursor", "alice") == {"a": 1}
    for purpose, holder in (("cursor", "bob"), ("flash", "alice")):
        with pytest.raises(ValueError, match="not sealed here"):
            secrets.unseal(sealed, purpose, holder)


@pytest.mark.parametrize("garbage", ["", ".", "k1", "k1.", "k1.AAAA", "k9.AAAA", "k1.é", "k1." + "A" * 5000])
def test_garbage_is_a_value_error(aws, garbage):
    with pytest.raises(ValueError):
        secrets.unseal(garbage, "cursor")
