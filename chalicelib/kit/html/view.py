"""View: what every page knows about its reader and its frame, built once per request by the caller."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from chalicelib.kit.i18n import Lang

__all__ = ["Choice", "Flash", "NavGroup", "NavItem", "Theme", "Tone", "View", "pick_theme"]

Theme = Literal["light", "dark", "system"]
Tone = Literal["ok", "warn", "bad", "info"]
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """One link of the sidebar; `label` is already in the reader's language, `count` is a short text such as `3/30`."""

    href: str
    label: str
    icon: str
    count: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NavGroup:
    label: str
    items: tuple[NavItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One entry of a chooser: a person, a company, a plan."""

    value: str
    label: str
    note: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash:
    """One sentence said once, after a redirect; already in the reader's language."""

    text: str
    tone: Tone = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The frame of a page. `form_token` goes into each form; `path` is where preferences return to."""

    title: str
    lang: Lang = "sv"
    theme: Theme = "system"
    platform: str = "Anslut"
    path: str = "/"
    now: datetime = _NEVER
    time_zone: str = "Europe/Stockholm"
    request_id: str = ""
    form_token: str = ""
    flash: tuple[Flash, ...] = ()
    nav: tuple[NavGroup, ...] = ()
    active: str = ""
    person: str = ""
    email: str = ""
    company: str = ""
    company_note: str = ""
    is_test: bool = False
    companies: tuple[Choice, ...] = ()
    links: dict[str, str] = field(default_factory=dict)

    def but(self, **changes: object) -> View:
        """The same view with some fields changed, such as the title."""
        return replace(self, **changes)  # type: ignore[arg-type]  # dataclasses.replace checks the names at run time


def pick_theme(cookie: str | None) -> Theme:
    """The theme of the `theme` cookie; anything unknown follows the reader's system."""
    if cookie == "light":
        return "light"
    return "dark" if cookie == "dark" else "system"
