"""Scopes and categories of the platform: configuration, read from data files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from chalicelib.config import load_data
from chalicelib.kit.i18n import Lang

__all__ = ["Category", "Scope", "Texts", "categories", "currency", "scope_catalogue"]


@dataclass(frozen=True, slots=True)
class Texts:
    """One sentence in each language of the portal."""

    en: str
    sv: str

    def text(self, lang: Lang) -> str:
        return self.sv if lang == "sv" else self.en


@dataclass(frozen=True, slots=True)
class Scope:
    """`licences`: the company needs one of these module licences; none means that any company may grant it."""

    scope: str
    licences: tuple[str, ...]
    description: Texts


@dataclass(frozen=True, slots=True)
class Category:
    category: str
    name: Texts


@cache
def scope_catalogue() -> Mapping[str, Scope]:
    """Every scope by its name, in the order of the data file."""
    return {
        entry["scope"]: Scope(entry["scope"], tuple(entry["licences"]), Texts(entry["en"], entry["sv"]))
        for entry in load_data("scopes")
    }


@cache
def categories() -> Mapping[str, Category]:
    """Every category by its key, in the order of the data file."""
    return {
        entry["category"]: Category(entry["category"], Texts(entry["en"], entry["sv"]))
        for entry in load_data("categories")
    }


def currency() -> str:
    """The one currency in which this platform invoices."""
    code: str = load_data("platform")["currency"]
    return code
