"""Scopes and categories for staff, as JSON."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.backoffice import catalogue
from chalicelib.backoffice.schemas import (
    CategoryChange,
    CategoryCreate,
    CategoryEntryRead,
    ScopeChange,
    ScopeCreate,
    ScopeEntryRead,
)
from chalicelib.integrations.domain import CatalogueFullError, Category, Scope
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ConflictError, NotFoundError
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router

router = Router(__name__)

STAFF = role("operator")


@router.route("/operator/scopes", methods=["GET"], guard=STAFF, returns=ScopeEntryRead, listed=True)
def list_operator_scopes(ctx: Context) -> Iterable[Scope]:  # noqa: ARG001 - every view takes the context
    """Every scope in its order, retired ones too."""
    return catalogue.get_catalogue().scopes.values()


@router.route("/operator/scopes", methods=["POST"], guard=STAFF, body=ScopeCreate, returns=ScopeEntryRead, status=201,
              problems=[CatalogueFullError])  # fmt: skip
def add_scope(ctx: Context, body: ScopeCreate) -> Scope:
    """Add a scope; other processes know it within a minute."""
    return catalogue.add_scope(ctx, body)


@router.route("/operator/scopes/{scope}", methods=["PATCH"], guard=STAFF, body=ScopeChange, returns=ScopeEntryRead,
              problems=[NotFoundError])  # fmt: skip
def change_scope(ctx: Context, scope: str, body: ScopeChange) -> Scope:
    """Change its words, licences or place, retire it or bring it back."""
    return catalogue.change_scope(ctx, scope, body)


@router.route("/operator/categories", methods=["GET"], guard=STAFF, returns=CategoryEntryRead, listed=True)
def list_operator_categories(ctx: Context) -> Iterable[Category]:  # noqa: ARG001 - every view takes the context
    """Every category in its order, retired ones too."""
    return catalogue.get_catalogue().categories.values()


@router.route("/operator/categories", methods=["POST"], guard=STAFF, body=CategoryCreate, returns=CategoryEntryRead,
              status=201, problems=[CatalogueFullError])  # fmt: skip
def add_category(ctx: Context, body: CategoryCreate) -> Category:
    return catalogue.add_category(ctx, body)


@router.route("/operator/categories/{category}", methods=["PATCH"], guard=STAFF, body=CategoryChange,
              returns=CategoryEntryRead, problems=[NotFoundError, ConflictError])  # fmt: skip
def change_category(ctx: Context, category: str, body: CategoryChange) -> Category:
    """Change its name or place, or retire it into another one."""
    return catalogue.change_category(ctx, category, body)
