"""Between the sections' HTML forms and the commands of the service: texts in, typed values or readable errors out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import ValidationError

from chalicelib.integrations import service
from chalicelib.integrations.domain import Integration, current_category
from chalicelib.integrations.schemas import IntegrationCreate, IntegrationUpdate
from chalicelib.kit.errors import AppError, RejectedError
from chalicelib.kit.gate import rejected
from chalicelib.kit.i18n import Lang, mark, translate
from chalicelib.kit.request import Form

__all__ = [
    "SECTIONS",
    "Section",
    "errors_of",
    "parse_new",
    "parse_section",
    "say",
    "scope_groups",
    "typed",
    "values_of",
]

_MINOR_PER_MAJOR = 100
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
_DAYS_FAULT = mark("Choose from 0 to 90 days.")
_DAYS_DIGITS = 2
_PRICE_FAULT = mark("Write a price such as 149 or 149.50.")

C = TypeVar("C", IntegrationCreate, IntegrationUpdate)
Reader = Callable[[Form, str], Any]


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the integration: its title and how each of its fields is read."""

    title: str
    fields: Mapping[str, Reader]


def _text(form: Form, name: str) -> str | None:
    # HTML sends line breaks as CR LF; stored text has LF.
    return (form.get(name) or "").replace("\r\n", "\n").strip() or None


def _name(form: Form, name: str) -> str:
    return _text(form, name) or ""


def _lines(form: Form, name: str) -> list[str]:
    return [line.strip() for line in (form.get(name) or "").splitlines() if line.strip()]


def _chosen(form: Form, name: str) -> list[str]:
    return [value for value in form.all(name) if value]


def _reasons(form: Form, name: str) -> dict[str, str]:  # noqa: ARG001 - readers are called alike
    """One field for each scope; what stands beside a scope that is not chosen is forgotten."""
    chosen = form.all("scopes")
    return {scope: why for scope in chosen if (why := (form.get(f"reason-{scope}") or "").strip())}


def _flag(form: Form, name: str) -> bool:
    return bool(form.get(name))


def _price(form: Form, name: str) -> int | None:
    """Kronor as people write them, in minor units; only where the platform invoices."""
    text = (form.get(name) or "").replace("\N{NO-BREAK SPACE}", "").replace(" ", "").replace(",", ".")
    if not text or form.get("sales_channel") != "platform":
        return None
    if not _AMOUNT.fullmatch(text):
        raise RejectedError.field("/price_minor", _PRICE_FAULT)
    return int(Decimal(text) * _MINOR_PER_MAJOR)


def _price_text(form: Form, name: str) -> str | None:
    return _text(form, name) if form.get("sales_channel") == "website" else None


def _days(form: Form, name: str) -> int:
    """Whole days; only where the platform invoices."""
    text = (form.get(name) or "").strip()
    if not text or form.get("sales_channel") != "platform":
        return 0
    if not text.isascii() or not text.isdecimal() or len(text) > _DAYS_DIGITS:
        raise RejectedError.field(f"/{name}", _DAYS_FAULT)
    return int(text)


SECTIONS: Mapping[str, Section] = {
    "new": Section(mark("Create integration"), {"name": _name, "scopes": _chosen, "client_type": _text}),
    "details": Section(
        mark("Listing"),
        {
            "name": _name,
            "description": _text,
            "category": _text,
            "contact_email": _text,
            "website": _text,
            "user_agreement": _text,
        },
    ),
    "oauth": Section(
        mark("OAuth"),
        {"redirect_uris": _lines, "start_page": _text, "only_administrator": _flag, "grant_types": _chosen},
    ),
    "scopes": Section(mark("Scopes"), {"scopes": _chosen, "scope_reasons": _reasons}),
    "price": Section(
        mark("Pricing"),
        {
            "sales_channel": _text,
            "price_minor": _price,
            "price_text": _price_text,
            "trial_days": _days,
            "licence_model": _text,
        },
    ),
}


def parse_new(form: Form) -> IntegrationCreate:
    """Raises RejectedError."""
    return _parsed(IntegrationCreate, "new", form)


def parse_section(section: str, form: Form) -> IntegrationUpdate:
    """Every field of the section, so that an emptied one is emptied. Raises RejectedError."""
    return _parsed(IntegrationUpdate, section, form)


def _parsed(model: type[C], section: str, form: Form) -> C:
    given = {name: read(form, name) for name, read in SECTIONS[section].fields.items()}
    try:
        return model.model_validate(given, strict=False)
    except ValidationError as error:
        raise rejected(error) from None


def values_of(integration: Integration) -> dict[str, Any]:
    """What the forms show of a stored integration."""
    price = integration.price_minor
    return {
        "version": integration.version,
        "name": integration.name,
        "description": integration.description,
        "category": current_category(integration.category) or "",
        "contact_email": integration.contact_email,
        "website": integration.website,
        "user_agreement": integration.user_agreement,
        "redirect_uris": "\n".join(integration.redirect_uris),
        "start_page": integration.start_page,
        "only_administrator": integration.only_administrator,
        "grant_types": integration.grant_types,
        "scopes": integration.scopes,
        "scope_reasons": integration.reasons,
        "sales_channel": integration.sales_channel or "",
        "price_minor": "" if price is None else f"{Decimal(price) / _MINOR_PER_MAJOR:.2f}".removesuffix(".00"),
        "price_text": integration.price_text,
        "trial_days": integration.trial_days or "",
        "licence_model": integration.licence_model,
    }


def typed(section: str, form: Form) -> dict[str, Any]:
    """What a person typed, to be shown again beside the errors."""
    return {
        name: form.all(name)
        if read is _chosen
        else _reasons(form, name)
        if read is _reasons
        else _flag(form, name)
        if read is _flag
        else form.get(name) or ""
        for name, read in SECTIONS[section].fields.items()
    }


def differences(section: str, stored: Integration, given: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """`(field, what is stored now, what was typed)` where the two differ: somebody else may have been faster."""
    now = values_of(stored)
    pairs = [(name, _shown(now[name]), _shown(given[name])) for name in SECTIONS[section].fields]
    return [pair for pair in pairs if pair[1] != pair[2]]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "x" if value else ""
    if isinstance(value, dict):
        return "\n".join(f"{scope}: {why}" for scope, why in sorted(value.items()))
    return " ".join(sorted(value)) if isinstance(value, frozenset | list) else str(value).replace("\r\n", "\n").strip()


def errors_of(error: AppError, lang: Lang) -> dict[str, str]:
    """Messages by field name; an error that belongs to no field stands at the name."""
    if not isinstance(error, RejectedError):
        return {"name": translate(lang, error.title)}
    found: dict[str, str] = {}
    for entry in error.errors:
        name, _, position = entry["pointer"].lstrip("/").partition("/")
        message = translate(lang, entry["message"])
        if position.isdigit():
            message = translate(lang, "Line %(n)s: %(message)s", n=int(position) + 1, message=message)
        found[name] = f"{found[name]} {message}" if name in found else message
    return found


def say(message: str, lang: Lang) -> str:
    """A finding in the reader's language."""
    return translate(lang, message)


def scope_groups(lang: Lang, kept: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Scopes grouped by the module licences of which a company needs one; of the retired ones only those `kept`."""
    groups: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for scope in service.scope_catalogue().values():
        if scope.is_retired and scope.scope not in kept:
            continue
        line = {"scope": scope.scope, "label": scope.description.text(lang)}
        groups.setdefault(scope.licences, []).append(line)
    return [{"label": _group_label(licences, lang), "scopes": lines} for licences, lines in groups.items()]


def _group_label(licences: tuple[str, ...], lang: Lang) -> str:
    if not licences:
        return translate(lang, "Any company")
    either = translate(lang, " or ").join(licences)
    return translate(lang, "Companies with %(licences)s", licences=either)
