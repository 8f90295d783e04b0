"""Pages of scopes and categories: the two lists, one entry, and its end with the typed key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from chalicelib.backoffice import catalogue
from chalicelib.backoffice.schemas import CategoryChange, CategoryCreate, ScopeChange, ScopeCreate
from chalicelib.integrations.domain import Category, Scope, module_licences
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError, RejectedError
from chalicelib.kit.gate import rejected
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import mark, translate
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.request import Form, Request
from chalicelib.kit.response import Response

pages = Router(__name__, kind="page", errors=page_errors)

STAFF = role("operator")
HERE = "/operator/catalogue"
KINDS = ("scopes", "categories")
_FIELDS = ("key", "en", "sv", "licences", "moved_to")

M = TypeVar("M", bound=BaseModel)


@pages.raw(HERE, methods=["GET"], guard=STAFF)
def show_catalogue(ctx: Context, request: Request) -> Response:
    return _lists_page(ctx, request)


@pages.raw(f"{HERE}/{{kind}}", methods=["POST"], guard=STAFF)
def add_entry(ctx: Context, request: Request, kind: str) -> Response:
    form = read_form(ctx, request)
    _check_kind(kind)
    try:
        if kind == "scopes":
            body = {"scope": form.get("key") or "", "description": _texts(form), "licences": form.all("licences")}
            catalogue.add_scope(ctx, _parse(ScopeCreate, body))
        else:
            catalogue.add_category(
                ctx, _parse(CategoryCreate, {"category": form.get("key") or "", "name": _texts(form)})
            )
    except RejectedError as error:
        return _lists_page(ctx, request, kind=kind, form=form, error=error)
    return go(ctx, request, f"{HERE}#{kind}", "Added.")


@pages.raw(f"{HERE}/{{kind}}/{{key}}", methods=["GET"], guard=STAFF)
def show_entry(ctx: Context, request: Request, kind: str, key: str) -> Response:
    return _entry_page(ctx, request, kind, key)


@pages.raw(f"{HERE}/{{kind}}/{{key}}", methods=["POST"], guard=STAFF)
def save_entry(ctx: Context, request: Request, kind: str, key: str) -> Response:
    """Texts and licences; `move` is up or down the list by one."""
    form = read_form(ctx, request)
    entries = _entries(kind)
    if form.get("move") in {"up", "down"}:
        place = list(entries).index(key) if key in entries else 0
        _change(ctx, kind, key, {"position": max(place + (1 if form.get("move") == "down" else -1), 0)})
        return go(ctx, request, f"{HERE}#{kind}", "Moved.")
    values: dict[str, Any] = {"description" if kind == "scopes" else "name": _texts(form)}
    if kind == "scopes":
        values["licences"] = form.all("licences")
    return _tried(ctx, request, (kind, key), form, lambda: _change(ctx, kind, key, values), "Saved.")


@pages.raw(f"{HERE}/{{kind}}/{{key}}/retire", methods=["POST"], guard=STAFF)
def retire_entry(ctx: Context, request: Request, kind: str, key: str) -> Response:
    """The key is typed first; a category says who takes over. Restoring a scope ends nothing, so it asks nothing."""
    form = read_form(ctx, request)
    if form.get("action") == "restore" and kind == "scopes":
        _change(ctx, kind, key, {"is_retired": False})
        return go(ctx, request, f"{HERE}/{kind}/{key}", "It is offered again.")

    def retire() -> None:
        if (form.get("confirm") or "").strip() != key:
            raise RejectedError.field("/confirm", mark("This is not the key of this entry."))
        _change(ctx, kind, key, {"is_retired": True} if kind == "scopes" else {"moved_to": form.get("moved_to") or ""})

    return _tried(ctx, request, (kind, key), form, retire, "It is retired.")


def _tried(
    ctx: Context, request: Request, which: tuple[str, str], form: Form, run: Callable[[], None], done: str
) -> Response:
    try:
        run()
    except RejectedError as error:
        return _entry_page(ctx, request, *which, form, error)
    return go(ctx, request, "/".join((HERE, *which)), done)


def _change(ctx: Context, kind: str, key: str, values: Mapping[str, Any]) -> None:
    _check_kind(kind)
    if kind == "scopes":
        catalogue.change_scope(ctx, key, _parse(ScopeChange, values))
    else:
        catalogue.change_category(ctx, key, _parse(CategoryChange, values))


def _lists_page(
    ctx: Context, request: Request, *, kind: str = "", form: Form | None = None, error: RejectedError | None = None
) -> Response:
    now = catalogue.get_catalogue()
    return show(
        ctx, request, "backoffice/catalogue.html", title="Scopes and categories", active=HERE,
        status=422 if error else 200, lists=[("scopes", list(now.scopes.values())),
                                             ("categories", list(now.categories.values()))],
        lang=pick_lang(request), licences=module_licences(), failed=kind, typed=_typed(form), blank=_typed(None),
        errors=_errors(error, request),
    )  # fmt: skip


def _entry_page(
    ctx: Context, request: Request, kind: str, key: str, form: Form | None = None, error: RejectedError | None = None
) -> Response:
    entries = _entries(kind)
    if key not in entries:
        raise NotFoundError
    lang = pick_lang(request)
    return show(
        ctx, request, "backoffice/catalogue_entry.html", title="Scopes and categories", active=HERE,
        status=422 if error else 200, kind=kind, entry=entries[key], lang=lang, licences=module_licences(),
        others=[(one.key, one.texts.text(lang)) for one in entries.values() if not one.is_retired and one.key != key],
        typed=_typed(form), errors=_errors(error, request),
    )  # fmt: skip


def _entries(kind: str) -> Mapping[str, Scope] | Mapping[str, Category]:
    _check_kind(kind)
    now = catalogue.get_catalogue()
    return now.scopes if kind == "scopes" else now.categories


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise NotFoundError


def _texts(form: Form) -> dict[str, str]:
    return {"en": form.get("en") or "", "sv": form.get("sv") or ""}


def _parse(model: type[M], given: Mapping[str, Any]) -> M:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise rejected(error) from None


def _typed(form: Form | None) -> dict[str, Any]:
    if form is None:
        return dict.fromkeys(_FIELDS, "")
    return {name: form.get(name) or "" for name in _FIELDS} | {"licences": form.all("licences")}


def _errors(error: RejectedError | None, request: Request) -> dict[str, str]:
    """By the form's field names, whatever the wire calls them."""
    lang = pick_lang(request)
    names = {"scope": "key", "category": "key"}
    found = dict.fromkeys((*_FIELDS, "confirm"), "")
    for entry in error.errors if error else ():
        name = entry["pointer"].rpartition("/")[2]
        found[names.get(name, name)] = translate(lang, entry["message"])
    return found
