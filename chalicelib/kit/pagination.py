"""Pages and sealed cursors (decision D16): a cursor is encrypted, bound to caller and list, and expires."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from chalicelib.kit.context import Context
from chalicelib.kit.errors import MalformedRequestError
from chalicelib.kit.secrets import seal, unseal
from chalicelib.kit.store import faults

if TYPE_CHECKING:
    from chalicelib.kit.page_query import PageQuery

__all__ = ["Page", "PageQuery", "fetch_page"]

T = TypeVar("T")
R = TypeVar("R")

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
CURSOR_LIFETIME = timedelta(days=1)
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`next_cursor` is None on the last page; an empty page may still have one."""

    items: Sequence[T]
    next_cursor: str | None = None

    def map(self, change: Callable[[T], R]) -> Page[R]:
        return Page([change(entry) for entry in self.items], self.next_cursor)


def fetch_page(ctx: Context, name: str, query: PageQuery, run: Callable[..., Any]) -> Page[Any]:
    """One Query call. `run(limit=, last_evaluated_key=)` returns PynamoDB's iterator; `name` names list and filter.

    Raises MalformedRequestError for a limit out of range or a cursor that is not this caller's, this list's, or fresh.
    """
    if not 1 <= query.limit <= MAX_LIMIT:
        raise MalformedRequestError(f"limit must be between 1 and {MAX_LIMIT}.")
    bound_to = json.dumps([_VERSION, ctx.actor.tenant_id if ctx.actor else "", name])
    start = _open(query.cursor, bound_to, ctx.now) if query.cursor else None
    with faults():
        found = run(limit=query.limit, last_evaluated_key=start)
        items = list(found)
    last = found.last_evaluated_key
    if not last:
        return Page(items)
    expires = int((ctx.now + CURSOR_LIFETIME).timestamp())
    return Page(items, seal({"key": last, "exp": expires}, "cursor", bound_to))


def _open(cursor: str, bound_to: str, now: datetime) -> Any:
    try:
        value = unseal(cursor, "cursor", bound_to)
    except ValueError as error:
        raise MalformedRequestError("The cursor is not valid for this list. Start again without it.") from error
    if value["exp"] < now.timestamp():
        raise MalformedRequestError("The cursor has expired. Start again without it.")
    return value["key"]


def __getattr__(name: str) -> Any:
    """`PageQuery` is a shape: whoever only turns pages does not wait for pydantic."""
    if name != "PageQuery":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from chalicelib.kit.page_query import PageQuery

    return PageQuery
