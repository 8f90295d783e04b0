"""What staff make of scopes and categories: the change and its line in the log are one transaction."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.backoffice import service
from chalicelib.backoffice.schemas import CategoryChange, CategoryCreate, ScopeChange, ScopeCreate, TextsWire
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Catalogue, Category, Scope, Texts
from chalicelib.kit.context import Context
from chalicelib.kit.store import Transaction


def get_catalogue() -> Catalogue:
    """As it stands, retired entries too: one call."""
    return integrations.get_catalogue()


def add_scope(ctx: Context, command: ScopeCreate) -> Scope:
    """Raises RejectedError, CatalogueFullError."""
    scope = Scope(command.scope, tuple(command.licences), _texts(command.description))
    return integrations.add_scope(scope, _logged(ctx, "scope.added", scope.scope, _said(scope.description)))


def change_scope(ctx: Context, key: str, command: ScopeChange) -> Scope:
    """Raises NotFoundError, RejectedError."""
    verb = {True: "retired", False: "restored", None: "changed"}[command.is_retired]
    texts = _texts(command.description) if command.description else None
    return integrations.change_scope(
        key, _logged(ctx, f"scope.{verb}", key, _said(texts)), description=texts, position=command.position,
        licences=None if command.licences is None else tuple(command.licences), is_retired=command.is_retired,
    )  # fmt: skip


def add_category(ctx: Context, command: CategoryCreate) -> Category:
    """Raises RejectedError, CatalogueFullError."""
    category = Category(command.category, _texts(command.name))
    return integrations.add_category(category, _logged(ctx, "category.added", category.key, _said(category.name)))


def change_category(ctx: Context, key: str, command: CategoryChange) -> Category:
    """Raises NotFoundError, ConflictError when it is retired already, RejectedError."""
    texts = _texts(command.name) if command.name else None
    verb, said = ("retired", f"→ {command.moved_to}") if command.moved_to is not None else ("changed", _said(texts))
    return integrations.change_category(
        ctx, key, _logged(ctx, f"category.{verb}", key, said), name=texts, position=command.position,
        moved_to=command.moved_to,
    )  # fmt: skip


def _texts(given: TextsWire) -> Texts:
    return Texts(given.en, given.sv)


def _said(texts: Texts | None) -> str:
    return f"{texts.en} / {texts.sv}" if texts else ""


def _logged(ctx: Context, action: str, key: str, reason: str) -> Callable[[Transaction], None]:
    """A line in the log of the operator's own company."""
    return lambda tx: service.add_audit(tx, ctx, ctx.caller.tenant_id, action, reason, key)
