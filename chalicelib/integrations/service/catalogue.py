"""What the operator makes of scopes and categories: each change is one conditional write of the one row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalicelib.integrations import domain, repository
from chalicelib.integrations.domain import Catalogue, Category, Remembered, Scope, Texts
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import RejectedError, UnavailableError
from chalicelib.kit.i18n import mark
from chalicelib.kit.outbox import new_event, publish

__all__ = ["add_category", "add_scope", "change_category", "change_scope", "get_catalogue"]

_TRIES = 3

Also = Callable[[store.Transaction], None]


def get_catalogue() -> Catalogue:
    """As it stands, read now: for whoever changes it."""
    return repository.read_catalogue()


def add_scope(scope: Scope, also: Also) -> Scope:
    """Integrations may ask for it from now on. Raises RejectedError, CatalogueFullError."""
    _check_licences(scope.licences)
    return _change(lambda now: replace(now, scopes=domain.added(now.scopes, scope)), also).scopes[scope.scope]


def change_scope(
    key: str,
    also: Also,
    *,
    description: Texts | None = None,
    licences: tuple[str, ...] | None = None,
    position: int | None = None,
    is_retired: bool | None = None,
) -> Scope:
    """What is None stays. A retired scope keeps working where it is used. Raises NotFoundError, RejectedError."""
    _check_licences(licences or ())
    given = {"description": description, "licences": licences, "is_retired": is_retired}
    values = {name: value for name, value in given.items() if value is not None}

    def make(now: Catalogue) -> Catalogue:
        scopes = domain.changed(now.scopes, key, **values)
        return replace(now, scopes=scopes if position is None else domain.moved(scopes, key, position))

    return _change(make, also).scopes[key]


def add_category(category: Category, also: Also) -> Category:
    """Raises RejectedError, CatalogueFullError."""
    after = _change(lambda now: replace(now, categories=domain.added(now.categories, category)), also)
    return after.categories[category.category]


def change_category(
    ctx: Context,
    key: str,
    also: Also,
    *,
    name: Texts | None = None,
    position: int | None = None,
    moved_to: str | None = None,
) -> Category:
    """What is None stays; `moved_to` retires it. Raises NotFoundError, ConflictError, RejectedError."""

    def make(now: Catalogue) -> Catalogue:
        shelves = domain.changed(now.categories, key, **({"name": name} if name else {}))
        if moved_to is not None:
            shelves = domain.retired_category(shelves, key, moved_to)
        return replace(now, categories=shelves if position is None else domain.moved(shelves, key, position))

    def tell(tx: store.Transaction) -> None:
        also(tx)
        if moved_to is not None:
            publish(tx, new_event(ctx, "category.moved", key, moved_to=moved_to))

    return _change(make, tell).categories[key]


def _change(make: Callable[[Catalogue], Catalogue], also: Also) -> Catalogue:
    """Read, change, replace on condition: two operators at once both get through, one after the other."""
    for _ in range(_TRIES):
        before = repository.read_catalogue()
        after = make(before)
        if domain.changes_of(after) == domain.changes_of(before):
            return before
        after = replace(after, version=before.version + 1)
        try:
            repository.save_catalogue(after, also)
        except store.RefusedError as refused:
            if "catalogue" not in refused.parts:
                raise
            continue
        Remembered.hold(after)
        return after
    raise UnavailableError


def _check_licences(licences: tuple[str, ...]) -> None:
    unknown = sorted(set(licences) - set(domain.module_licences()))
    if unknown:
        raise RejectedError.field("/licences", mark("Choose among the module licences of this platform."))
