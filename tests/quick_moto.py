"""moto with less work per call: the same answers, from DynamoDB tables that are not copied whole for every transaction.

moto copies every table of a transaction, once for each part, to be able to take it back; so a test slows down with each
row it has made. Here only the rows that the transaction names are remembered. And moto looks for each member of an
answer under a dozen names; rows of DynamoDB are plain dicts that have it under its own.

And as DynamoDB does, a request happens whole or not yet: threads of a test meet one at a time.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from threading import RLock
from types import SimpleNamespace
from typing import Any

from moto.core import serialize
from moto.dynamodb import models
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

_commit: Any = models.DynamoDBBackend.transact_write_items
_one_at_a_time = RLock()
_REQUESTS = ("put_item", "get_item", "update_item", "delete_item", "query", "scan")
_pick = serialize.XFormedAttributePicker.__call__


def install() -> None:
    # What moto would put back is the table itself: taking back is our part.
    quick = SimpleNamespace(deepcopy=lambda thing: thing if isinstance(thing, Table) else copy.deepcopy(thing))
    changes: tuple[tuple[Any, str, Any], ...] = (
        (models, "copy", quick),
        (models.DynamoDBBackend, "transact_write_items", _transact_write_items),
        (serialize.XFormedAttributePicker, "__call__", _picked),
    )
    for place, name, ours in changes:
        setattr(place, name, ours)
    for name in (*_REQUESTS, "transact_write_items"):
        setattr(models.DynamoDBBackend, name, _alone(getattr(models.DynamoDBBackend, name)))


def _alone(request: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(request)
    def answered(*args: Any, **kwargs: Any) -> Any:
        with _one_at_a_time:
            return request(*args, **kwargs)

    return answered


def empty_copy(table: Table) -> Table:
    """The table as it was declared, without rows or stream records."""
    made = copy.copy(table)
    made.items = type(table.items)(table.items.default_factory)
    if table.stream_shard is not None:
        made.stream_shard = copy.copy(table.stream_shard)
        made.stream_shard.table, made.stream_shard.items = made, []
    return made


def _transact_write_items(backend: Any, transact_items: Sequence[Mapping[str, Any]]) -> None:
    with _as_it_was(backend, transact_items):
        _commit(backend, transact_items)


@contextmanager
def _as_it_was(backend: Any, transact_items: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """Rows and streams as they were, when the transaction is refused."""
    rows, streams = [], {}
    for part in transact_items:
        (operation,) = part.values()
        table = backend.tables.get(operation.get("TableName"))
        if table is None:
            continue
        key = operation.get("Key") or operation["Item"]
        found = _find(table, key)
        rows.append((table, key, copy.deepcopy(found)))
        if table.stream_shard is not None:
            streams[table.name] = (table.stream_shard, len(table.stream_shard.items))
    try:
        yield
    except Exception:  # whatever refused it goes on to the caller, with the rows as they were
        for table, key, before in rows:
            _put_back(table, key, before)
        for shard, length in streams.values():
            del shard.items[length:]
        raise


def _keys(table: Table, key: Mapping[str, Any]) -> tuple[Any, Any]:
    last = table.range_key_attr
    return DynamoType(key[table.hash_key_attr]), DynamoType(key[last]) if last else None


def _find(table: Table, key: Mapping[str, Any]) -> Any:
    first, last = _keys(table, key)
    if first not in table.items:
        return None
    return table.items[first].get(last) if last else table.items[first]


def _put_back(table: Table, key: Mapping[str, Any], before: Any) -> None:
    first, last = _keys(table, key)
    if last is None:
        if before is None:
            table.items.pop(first, None)
        else:
            table.items[first] = before
    elif before is not None:
        table.items[first][last] = before
    elif first in table.items:
        table.items[first].pop(last, None)


def _picked(picker: Any, context: Any) -> Any:
    obj = context.obj
    if type(obj) is dict and context.service_model.service_name == "dynamodb" and not picker.response_transformers:
        return obj.get(context.key)
    return _pick(picker, context)
