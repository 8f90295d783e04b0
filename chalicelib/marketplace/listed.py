"""What is live as the read model keeps it: one version of a listing, its card, and the words that lead to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from chalicelib.images.domain import Display, parse_display
from chalicelib.integrations.domain import known_categories
from chalicelib.marketplace.words import fold, words_of

__all__ = [
    "ALL",
    "Card",
    "Listed",
    "Rated",
    "Standing",
    "card_of",
    "parse_card",
    "parse_listed",
    "shelves_of",
    "weighted_words",
]

ALL = "all"
_SUMMARY = 160
_MOST_WORDS = 60
_MARKS = re.compile(r"[#*_`>\[\]]+|\(https?://[^)]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Plain values, as `publication.listed` brings them."""

    integration_id: str
    client_id: str
    tenant_id: str
    developer: str
    place: str
    version: int
    listing_version: int
    name: str
    description: str = ""
    category: str | None = None
    scopes: tuple[str, ...] = ()
    scope_reasons: tuple[str, ...] = ()
    sales_channel: str | None = None
    price_minor: int | None = None
    currency: str = ""
    price_text: str = ""
    licence_model: str = "single"
    website: str = ""
    user_agreement: str = ""
    start_page: str = ""
    redirect_uris: tuple[str, ...] = ()
    logo: str = ""
    covers: tuple[str, ...] = ()
    logo_picture: Display | None = None
    cover_pictures: tuple[Display, ...] = ()
    rating_count: int = 0
    rating_total: int = 0
    is_recommended: bool = False


@dataclass(frozen=True, slots=True)
class Rated:
    """What ratings say of it; an older `version` never overwrites a newer one."""

    version: int = 0
    count: int = 0
    total: int = 0
    is_recommended: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything the read model knows of one integration; `version` is the publication's."""

    version: int = 0
    listed: Listed | None = None
    is_licensed: bool = True
    rated: Rated = Rated()

    @property
    def shown(self) -> Listed | None:
        """What customers see: nothing without the developer's licence."""
        if self.listed is None or not self.is_licensed:
            return None
        return replace(
            self.listed, rating_count=self.rated.count, rating_total=self.rated.total,
            is_recommended=self.rated.is_recommended,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One line of a list."""

    integration_id: str
    name: str
    developer: str
    category: str | None
    summary: str
    logo: str
    logo_picture: Display | None = None
    sales_channel: str | None
    price_minor: int | None
    currency: str
    price_text: str
    licence_model: str
    rating_count: int = 0
    rating_total: int = 0
    is_recommended: bool = False


def parse_listed(raw: Mapping[str, Any]) -> Listed:
    """From JSON; names that this version does not know are left out. Raises TypeError when one is missing."""
    known = {entry.name for entry in fields(Listed)}
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in raw.items() if name in known
    }
    plain["logo_picture"] = parse_display(raw.get("logo_picture"))
    plain["cover_pictures"] = tuple(Display(**one) for one in raw.get("cover_pictures", ()))
    return Listed(**plain)


def parse_card(raw: Mapping[str, Any]) -> Card:
    """From JSON."""
    return Card(**{**raw, "logo_picture": parse_display(raw.get("logo_picture"))})


def card_of(listed: Listed) -> Card:
    said = {entry.name: getattr(listed, entry.name) for entry in fields(Card) if entry.name != "summary"}
    text = " ".join(_MARKS.sub(" ", listed.description).split())
    summary = text if len(text) <= _SUMMARY else text[:_SUMMARY].rsplit(" ", 1)[0] + " …"
    return Card(**said, summary=summary)


def shelves_of(listed: Listed) -> list[tuple[str, str]]:
    """(shelf, key on it): by name in all and in its category; a listing for the website only stands on none."""
    if listed.place != "marketplace":
        return []
    key = f"{fold(listed.name)[:200]}#{listed.integration_id}"
    return [(ALL, key), *([(f"category:{listed.category}", key)] if listed.category else [])]


def weighted_words(listed: Listed) -> dict[str, int]:
    """Each word with where it stands: 0 name, 1 developer, 2 category in both languages, 3 description."""
    if listed.place != "marketplace":
        return {}
    category = known_categories().get(listed.category or "")
    texts = (listed.name, listed.developer, f"{category.name.en} {category.name.sv}" if category else "",
             listed.description)  # fmt: skip
    found: dict[str, int] = {}
    for weight, text in enumerate(texts):
        for word in words_of(text):
            if len(found) < _MOST_WORDS:
                found.setdefault(word, weight)
    return found
