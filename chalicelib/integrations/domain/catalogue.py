"""Scopes and categories of the platform: the data files, with what the operator has made of them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, ClassVar, TypeVar

from chalicelib.config import load_data
from chalicelib.kit.errors import ConflictError, NotFoundError, RejectedError, UnavailableError
from chalicelib.kit.i18n import Lang, mark

__all__ = [
    "Catalogue",
    "CatalogueFullError",
    "Category",
    "Remembered",
    "Scope",
    "Texts",
    "added",
    "categories",
    "changed",
    "changes_of",
    "currency",
    "current_category",
    "known_categories",
    "merged",
    "module_licences",
    "moved",
    "retired_category",
    "scope_catalogue",
    "scope_choices",
]

MAX_ENTRIES = 200
SEEN_SECONDS = 60  # how long another process may not know of a change
E = TypeVar("E", "Scope", "Category")

_KEY = re.compile(r"[a-z][a-z0-9]{1,39}")


class CatalogueFullError(ConflictError):
    title = "There are two hundred of them already"


@dataclass(frozen=True, slots=True)
class Texts:
    """One sentence in each language of the portal."""

    en: str
    sv: str

    def text(self, lang: Lang) -> str:
        return self.sv if lang == "sv" else self.en


@dataclass(frozen=True, slots=True)
class Scope:
    """`licences`: the company needs one of these module licences; none means that any company may grant it.

    A retired one is not offered any more; integrations and consents that have it keep it.
    """

    scope: str
    licences: tuple[str, ...]
    description: Texts
    is_retired: bool = False

    @property
    def key(self) -> str:
        return self.scope

    @property
    def texts(self) -> Texts:
        return self.description


@dataclass(frozen=True, slots=True)
class Category:
    """`moved_to`: it is retired, and what stood in it stands there."""

    category: str
    name: Texts
    moved_to: str | None = None

    @property
    def key(self) -> str:
        return self.category

    @property
    def texts(self) -> Texts:
        return self.name

    @property
    def is_retired(self) -> bool:
        return self.moved_to is not None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything, retired ones too, in the operator's order. `version` counts the operator's changes."""

    version: int
    scopes: Mapping[str, Scope]
    categories: Mapping[str, Category]
    by_state: Mapping[str, Mapping[str, Any]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        live = {key: one for key, one in self.categories.items() if not one.is_retired}
        known = {key: live[_final(self.categories, key)] for key in self.categories}
        choices = {key: one for key, one in self.scopes.items() if not one.is_retired}
        object.__setattr__(self, "by_state", {"live": live, "known": known, "choices": choices})


class Remembered:
    """The catalogue as this process knows it. The repository sets `read`; without it the data files are all there is.

    Read anew at most once a minute, so a page or an authorization pays for it as good as never; what cannot be read
    (AWS is away, or a function that may not) stays as it was.
    """

    read: ClassVar[Callable[[], Catalogue] | None] = None
    _held: ClassVar[Catalogue | None] = None
    _read_at: ClassVar[float] = float("-inf")

    @classmethod
    def get(cls) -> Catalogue:
        if time.monotonic() - cls._read_at >= SEEN_SECONDS and cls.read is not None:
            cls.refresh()
        return cls._held or _base()

    @classmethod
    def refresh(cls) -> None:
        try:
            cls.hold(cls.read() if cls.read is not None else _base())
        except UnavailableError:
            cls.hold(cls._held or _base())

    @classmethod
    def hold(cls, catalogue: Catalogue | None) -> None:
        """None: as a process that has just read a table without changes."""
        cls._held, cls._read_at = catalogue, time.monotonic()


def scope_catalogue() -> Mapping[str, Scope]:
    """Every scope by its name, retired ones too: what somebody has agreed to keeps its words."""
    return Remembered.get().scopes


def scope_choices() -> Mapping[str, Scope]:
    """What an integration may ask for anew."""
    return Remembered.get().by_state["choices"]


def categories() -> Mapping[str, Category]:
    """Those to choose from, by key."""
    return Remembered.get().by_state["live"]


def known_categories() -> Mapping[str, Category]:
    """The category that each key stands for today: a retired one's is where its integrations were moved."""
    return Remembered.get().by_state["known"]


def current_category(key: str | None) -> str | None:
    """The key of today; one that never was is left as it is."""
    found = known_categories().get(key or "")
    return found.category if found else key


@cache
def module_licences() -> tuple[str, ...]:
    """The module licences that the data file names."""
    return tuple(sorted({licence for entry in load_data("scopes") for licence in entry["licences"]}))


def currency() -> str:
    """The one currency in which this platform invoices."""
    code: str = load_data("platform")["currency"]
    return code


@cache
def _base() -> Catalogue:
    return Catalogue(
        0,
        {
            entry["scope"]: Scope(entry["scope"], tuple(entry["licences"]), Texts(entry["en"], entry["sv"]))
            for entry in load_data("scopes")
        },
        {
            entry["category"]: Category(entry["category"], Texts(entry["en"], entry["sv"]))
            for entry in load_data("categories")
        },
    )


def merged(changes: Mapping[str, Any], version: int) -> Catalogue:
    """The data files under the operator's changes; what a newer data file adds stands last."""
    base = _base()
    scopes = dict(base.scopes) | {key: _scope(key, raw) for key, raw in changes["scopes"]["entries"].items()}
    shelves = dict(base.categories) | {
        key: Category(key, Texts(raw["en"], raw["sv"]), raw["moved_to"])
        for key, raw in changes["categories"]["entries"].items()
    }
    return Catalogue(
        version, _ordered(scopes, changes["scopes"]["order"]), _ordered(shelves, changes["categories"]["order"])
    )


def changes_of(catalogue: Catalogue) -> dict[str, Any]:
    """What `merged` needs to make this catalogue again: the orders, and what differs from the data files."""
    base = _base()
    return {
        "scopes": {
            "order": list(catalogue.scopes),
            "entries": {
                key: {"en": one.description.en, "sv": one.description.sv, "licences": list(one.licences),
                      "is_retired": one.is_retired}
                for key, one in catalogue.scopes.items() if one != base.scopes.get(key)
            },
        },
        "categories": {
            "order": list(catalogue.categories),
            "entries": {
                key: {"en": one.name.en, "sv": one.name.sv, "moved_to": one.moved_to}
                for key, one in catalogue.categories.items() if one != base.categories.get(key)
            },
        },
    }  # fmt: skip


def added(entries: Mapping[str, E], new: E) -> dict[str, E]:
    """With a new one at the end. Raises RejectedError, CatalogueFullError."""
    if not _KEY.fullmatch(new.key):
        raise RejectedError.field("/key", mark("Use 2 to 40 small letters and digits; begin with a letter."))
    if new.key in entries:
        raise RejectedError.field("/key", mark("There is one with this key already; retired ones keep theirs."))
    if len(entries) >= MAX_ENTRIES:
        raise CatalogueFullError
    return {**entries, new.key: new}


def changed(entries: Mapping[str, E], key: str, **values: Any) -> dict[str, E]:
    """With other texts, licences or state. Raises NotFoundError."""
    return {**entries, key: replace(_one(entries, key), **values)}


def moved(entries: Mapping[str, E], key: str, position: int) -> dict[str, E]:
    """At another place, counted from 0; past the end is the end. Raises NotFoundError."""
    _one(entries, key)
    order = [one for one in entries if one != key]
    order.insert(max(position, 0), key)
    return {one: entries[one] for one in order}


def retired_category(entries: Mapping[str, Category], key: str, moved_to: str) -> dict[str, Category]:
    """Nothing may be left in it, so it names where everything stands now. Raises NotFoundError, RejectedError."""
    if _one(entries, key).is_retired:
        raise ConflictError("It is retired already.")
    target = entries.get(moved_to)
    if target is None or target.is_retired or moved_to == key:
        raise RejectedError.field("/moved_to", mark("Choose the category that takes over what stands in this one."))
    return {**entries, key: replace(entries[key], moved_to=moved_to)}


def _one(entries: Mapping[str, E], key: str) -> E:
    if key not in entries:
        raise NotFoundError
    return entries[key]


def _scope(key: str, raw: Mapping[str, Any]) -> Scope:
    return Scope(key, tuple(raw["licences"]), Texts(raw["en"], raw["sv"]), raw["is_retired"])


def _ordered(entries: Mapping[str, E], order: Iterable[str]) -> dict[str, E]:
    return {key: entries[key] for key in dict.fromkeys([*order, *entries]) if key in entries}


def _final(entries: Mapping[str, Category], key: str) -> str:
    """A category is retired into a live one and never comes back, so this comes to an end."""
    while (target := entries[key].moved_to) is not None:
        key = target
    return key
