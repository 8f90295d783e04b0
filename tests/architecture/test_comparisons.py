"""SE-13: how long a comparison takes says nothing of a secret, because none of them stops at the first wrong byte.

Measured by `python -m bench.guesses` (5,000 tries each, Welch's t); here by what the code does, which no busy machine can change.
"""

from __future__ import annotations

import ast
import hmac
import re
from collections.abc import Iterator

from chalicelib.kit import secrets
from chalicelib.oauth.refresh_tokens import mint_refresh_token, parse_refresh_token
from tests.architecture.test_house import ROOT

_SECRETS = re.compile(r"(^|_)(secret|mac|signature|digest|hash|password|verifier|challenge|nonce|otp|totp)$")
# The chain of the ledger is published with every export: it proves, it opens nothing.
_NO_SECRETS = frozenset({"head_hash", "stored_hash", "opening_hash"})


def comparisons(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.In):
            sides = [node.left, *node.comparators]
            is_condition = isinstance(node.left, ast.Attribute) and re.match(r"[A-Z]", ast.unparse(node.left))
            if is_condition or any(isinstance(side, ast.Constant) for side in sides):
                continue  # a condition of the table is compared by DynamoDB; a constant is no secret
            if any(is_secret_name(side) for side in sides):
                yield node.lineno, ast.unparse(node)


def is_secret_name(node: ast.expr) -> bool:
    node = node.func if isinstance(node, ast.Call) else node
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return bool(_SECRETS.search(name)) and name not in _NO_SECRETS


def test_SE_13_no_secret_is_compared_by_an_operator_that_stops_early():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sorted((ROOT / "chalicelib").rglob("*.py"))
        for line, text in comparisons(path.read_text("utf-8"))
    ]
    assert not found, "use hmac.compare_digest:\n" + "\n".join(found)


def test_the_rule_sees_what_it_is_for():
    assert list(comparisons("a.secret == given"))
    assert list(comparisons("if mac(x) != presented: pass"))
    assert not list(comparisons("Item.code_hash == found.code_hash"))
    assert not list(comparisons("secret is None or secret == ''"))


def test_SE_13_a_guess_that_is_nearly_right_is_compared_as_far_as_one_that_is_not(aws, monkeypatch):
    """What is compared are keyed hashes of one length: where the guess differs, nobody can see in them."""
    seen = []

    def watched(left: bytes, right: bytes) -> bool:
        seen.append((len(left), len(right)))
        return compare(left, right)

    compare = hmac.compare_digest
    right = secrets.mint(32)
    stored = secrets.hash_secret(right, "client_secret")
    token = mint_refresh_token("fam_0123456789", 3)
    monkeypatch.setattr(hmac, "compare_digest", watched)
    costs = set()
    for guess in (other(right, 0), other(right, -1)):
        seen.clear()
        assert not secrets.is_secret(guess, stored, "client_secret")
        costs.add(tuple(seen))
    assert len(costs) == 1
    assert all(left == presented for cost in costs for left, presented in cost)
    assert parse_refresh_token(token) is not None
    assert parse_refresh_token(other(token, -1)) is None


def other(text: str, position: int) -> str:
    letters = list(text)
    letters[position] = "A" if letters[position] != "A" else "B"
    return "".join(letters)
