"""The reviewer's rules as data, run by pure functions before a developer may send anything to review."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from chalicelib.config import load_data
from chalicelib.integrations.domain import Texts, scope_catalogue
from chalicelib.kit.i18n import mark
from chalicelib.publication.domain.snapshot import Snapshot, price_model

__all__ = ["Checklist", "Finding", "Rule", "checklist", "is_complete", "run_checklist"]

Parameters = Mapping[str, Any]
Evidence = tuple[bool, str, Mapping[str, Any]]
Check = Callable[[Snapshot, Snapshot | None, Parameters], Evidence]


@dataclass(frozen=True, slots=True)
class Rule:
    """`check` names a function below; without one only a person can judge it. `tab` is where it is put right."""

    rule: str
    text: Texts
    check: str = ""
    parameters: Parameters = field(default_factory=dict)
    tab: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    version: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """`is_fulfilled` None: a person has to judge. `evidence` is an English sentence of the catalogue with `values`."""

    rule: Rule
    is_fulfilled: bool | None
    evidence: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@cache
def checklist() -> Checklist:
    raw = load_data("checklist")
    rules = [
        Rule(
            rule["rule"],
            Texts(rule["en"], rule["sv"]),
            rule.get("check", ""),
            rule.get("parameters", {}),
            rule.get("tab", ""),
        )
        for rule in raw["rules"]
    ]
    return Checklist(raw["version"], tuple(rules))


def run_checklist(wanted: Snapshot, live: Snapshot | None, rules: Sequence[Rule] | None = None) -> list[Finding]:
    """Every rule with what was found; `live` is what customers see now, if anything."""
    found = []
    for rule in checklist().rules if rules is None else rules:
        if not rule.check:
            found.append(Finding(rule, None))
            continue
        passed, evidence, values = CHECKS[rule.check](wanted, live, rule.parameters)
        found.append(Finding(rule, passed, evidence, values))
    return found


def is_complete(findings: Sequence[Finding]) -> bool:
    return all(finding.is_fulfilled is not False for finding in findings)


def check_length(wanted: Snapshot, _: Snapshot | None, given: Parameters) -> Evidence:
    length = len(getattr(wanted, given["field"]))
    values = {"n": length, "least": given["least"]}
    return length >= given["least"], mark("%(n)s characters, at least %(least)s are needed."), values


def check_filled(wanted: Snapshot, _: Snapshot | None, given: Parameters) -> Evidence:
    """Any of the named fields."""
    said = [getattr(wanted, name) for name in given["fields"] if getattr(wanted, name)]
    if not said:
        return False, mark("Nothing is filled in."), {}
    shown = said[0] if isinstance(said[0], str) else said[0][0]
    return True, mark("Found: %(value)s"), {"value": shown[:100]}


def check_price(wanted: Snapshot, _: Snapshot | None, __: Parameters) -> Evidence:
    """A channel, and in it a price."""
    if wanted.sales_channel == "platform" and wanted.price_minor is not None:
        return True, mark("Sold here, with a price per month."), {}
    if wanted.sales_channel == "website" and wanted.price_text:
        return True, mark("Sold on its own website, with a price in words."), {}
    return False, mark("Choose how it is sold, and say the price."), {}


def check_website_sale(wanted: Snapshot, _: Snapshot | None, __: Parameters) -> Evidence:
    if wanted.sales_channel != "website" or wanted.website:
        return True, mark("Customers have a place to buy it."), {}
    return False, mark("It is sold on a website, but no website is given."), {}


def check_scopes(wanted: Snapshot, _: Snapshot | None, given: Parameters) -> Evidence:
    known = [scope for scope in wanted.scopes if scope in scope_catalogue()]
    is_fine = 0 < len(known) == len(wanted.scopes) <= given["most"]
    return is_fine, mark("%(n)s scopes, at most %(most)s without a reason."), {"n": len(known), "most": given["most"]}


def check_locked_price(wanted: Snapshot, live: Snapshot | None, _: Parameters) -> Evidence:
    """What customers are invoiced for does not change under them: unpublish, change, publish again."""
    if live is None or live.sales_channel != "platform" or price_model(live) == price_model(wanted):
        return True, mark("The price is not changed under paying customers."), {}
    return False, mark("The price differs from the published one. Unpublish first, then change it."), {}


CHECKS: Mapping[str, Check] = {
    "length": check_length,
    "filled": check_filled,
    "price": check_price,
    "website_sale": check_website_sale,
    "scopes": check_scopes,
    "locked_price": check_locked_price,
}
