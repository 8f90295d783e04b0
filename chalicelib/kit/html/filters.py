"""Jinja2 filters: dates, numbers and money by language (Babel), safe Markdown, icons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from chalicelib.kit.html.assets import asset
from chalicelib.kit.i18n import Lang

__all__ = ["icon", "new_filters"]

_LOCALES: dict[Lang, str] = {"sv": "sv_SE", "en": "en_GB"}
_HEADING_SHIFT = 2  # a text's own `#` becomes <h3>: <h1> and <h2> belong to the page
_DEEPEST_HEADING = 6
_TAGS = {"p", "br", "hr", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a", "h3", "h4", "h5", "h6"}
_KILO = 1000
_NO_BREAK = "\N{NO-BREAK SPACE}"


class Amount(Protocol):
    """Anything that carries money: minor units and an ISO 4217 code."""

    @property
    def amount_minor(self) -> int: ...
    @property
    def currency(self) -> str: ...


def new_filters(lang: Lang, time_zone: str) -> dict[str, Callable[..., Any]]:
    """The filters of one language and zone; Babel is imported when the first of them is used."""
    local = _Local(_LOCALES[lang], ZoneInfo(time_zone))
    return {
        "date": local.show_date,
        "time": local.show_time,
        "datetime": local.show_datetime,
        "ago": local.show_ago,
        "number": local.show_number,
        "percent": local.show_percent,
        "filesize": local.show_filesize,
        "money": local.show_money,
        "country": local.show_country,
        "iso": _iso,
        "markdown": markdown,
        "bdi": _bdi,
        "initials": _initials,
    }


def icon(name: str, extra: str = "") -> Markup:
    """An icon of the sprite; `web/build.py` finds the name where it stands and puts the drawing into the sprite."""
    return Markup('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        extra, asset("icons.svg"), name
    )


def markdown(text: str) -> Markup:
    """CommonMark from a stranger as safe HTML: no raw HTML, no images, allow-listed tags, links that earn nothing."""
    import nh3

    html = _markdown_parser().render(text)
    clean = nh3.clean(
        html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"https", "mailto"}, link_rel="nofollow noopener ugc"
    )
    return Markup(clean)  # noqa: S704 - sanitised in the line above


@cache
def _markdown_parser() -> Any:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).disable("image")

    def shift_headings(state: Any) -> None:
        for token in state.tokens:
            if token.type in {"heading_open", "heading_close"}:
                token.tag = f"h{min(int(token.tag[1]) + _HEADING_SHIFT, _DEEPEST_HEADING)}"

    parser.core.ruler.push("shift_headings", shift_headings)
    return parser


class _Local:
    """Numbers and moments as one language writes them, seen from one time zone."""

    def __init__(self, locale: str, zone: ZoneInfo) -> None:
        self._locale = locale
        self._zone = zone

    def show_date(self, value: date, width: str = "medium") -> str:
        return _show_day(self._here(value), width, self._locale)

    def show_time(self, value: datetime) -> str:
        from babel.dates import format_time

        return format_time(value, "HH:mm", tzinfo=self._zone, locale=self._locale)

    def show_datetime(self, value: datetime) -> str:
        return f"{self.show_date(value)} {self.show_time(value)}"

    def show_ago(self, value: datetime, now: datetime) -> str:
        """`3 hours ago`, `in 2 days`; `now` is view.now."""
        from babel.dates import format_timedelta

        return format_timedelta(value - now, add_direction=True, locale=self._locale)

    def show_country(self, code: str) -> str:
        """`Sverige` of SE; a code that means nothing stays what it is."""
        from babel import Locale

        return str(Locale.parse(self._locale).territories.get(code, code))

    def show_number(self, value: float | Decimal, digits: int | None = None) -> str:
        return _show_number(value, None if digits is None else _pattern(digits), self._locale)

    def show_percent(self, share: float | Decimal, digits: int = 0) -> str:
        """A share of one as per cent: 0.124 is 12 %."""
        from babel.numbers import format_percent

        sign = f"{_NO_BREAK}%" if self._locale == _LOCALES["sv"] else "%"
        return format_percent(share, _pattern(digits) + sign, locale=self._locale)

    def show_filesize(self, size: int) -> str:
        amount, units = Decimal(size), ["B", "kB", "MB", "GB"]
        while amount >= _KILO and len(units) > 1:
            amount, units = amount / _KILO, units[1:]
        digits = 0 if units[0] == "B" or amount == amount.to_integral() else 1
        return f"{self.show_number(amount, digits)}{_NO_BREAK}{units[0]}"

    def show_money(self, value: Amount | int, currency: str = "", *, short: bool = False) -> str:
        """Money, or minor units with their currency; `short` leaves out the decimals of a whole amount."""
        from babel.numbers import format_currency, get_currency_precision, get_currency_symbol

        minor = value if isinstance(value, int) else value.amount_minor
        code = currency if isinstance(value, int) else value.currency
        digits = get_currency_precision(code)
        amount = Decimal(minor).scaleb(-digits)
        number = _pattern(0 if short and amount == amount.to_integral() else digits)
        space = "" if get_currency_symbol(code, self._locale) != code else _NO_BREAK
        pattern = f"{number}{_NO_BREAK}¤" if self._locale == _LOCALES["sv"] else f"¤{space}{number}"
        text: str = format_currency(amount, code, pattern, locale=self._locale, currency_digits=False)
        return text.replace("-", "\N{MINUS SIGN}", 1)

    def _here(self, value: date) -> date:
        return value.astimezone(self._zone).date() if isinstance(value, datetime) else value


# A statistics page shows the same few days and counts hundreds of times, and Babel works out its pattern for each.
@lru_cache(maxsize=2_048, typed=True)
def _show_number(value: float | Decimal, pattern: str | None, locale: str) -> str:
    from babel.numbers import format_decimal

    return format_decimal(value, pattern, locale=locale)


@lru_cache(maxsize=1_024)
def _show_day(day: date, width: str, locale: str) -> str:
    from babel.dates import format_date

    return format_date(day, width, locale=locale)


def _pattern(digits: int) -> str:
    return "#,##0." + "0" * digits if digits else "#,##0"


def _iso(value: date) -> str:
    """For `datetime=` attributes: UTC, whole seconds."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    return value.isoformat()


def _bdi(text: object) -> Markup:
    """Somebody else's text, kept from turning the line around it (right-to-left overrides)."""
    return Markup("<bdi>") + escape(text) + Markup("</bdi>")


def _initials(name: str) -> str:
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"
