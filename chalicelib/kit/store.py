"""DynamoDB through PynamoDB: one client per process, typed attributes, named transaction parts, honest failures.

Rooms state a condition and learn whether it held; throttling, lost answers and conflicts become UnavailableError (503).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, TypeVar, cast

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.attributes import Attribute
from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.config import settings
from chalicelib.kit import ahead, wire
from chalicelib.kit.attributes import EnumAttribute, JsonAttribute, RecordsAttribute, WordSetAttribute
from chalicelib.kit.context import new_id
from chalicelib.kit.errors import UnavailableError

__all__ = [
    "EnumAttribute",
    "Item",
    "JsonAttribute",
    "RecordsAttribute",
    "RefusedError",
    "Transaction",
    "WordSetAttribute",
    "absent",
    "add",
    "faults",
    "find",
    "get_many",
    "index",
    "key_of",
    "latest",
    "remove",
    "save",
    "table",
    "to_entity",
    "to_item",
    "transaction",
    "update",
    "update_written",
]

T = TypeVar("T")
M = TypeVar("M", bound="Item")

_CONFLICT_TRIES = 6
_CONFLICT_PAUSE_SECONDS = 0.02
_BOTH_ROWS = {"ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
_REFUSED = "ConditionalCheckFailedException"
_REFUSED_IN_TRANSACTION = "ConditionalCheckFailed"


class RefusedError(Exception):
    """A condition did not hold: `parts` maps each refused part to the row that stood in the way (None if absent)."""

    def __init__(self, parts: Mapping[str, Any]) -> None:
        super().__init__(", ".join(parts))
        self.parts = dict(parts)


@cache
def shared_connection() -> Connection:
    """The one DynamoDB client of this process, with timeouts short enough that a caller still hears from us."""
    retries: Any = {"mode": "standard", "total_max_attempts": 3}
    return Connection(connect_timeout_seconds=2, read_timeout_seconds=5, retry_configuration=retries)


def table(name: str, *, stream: bool = False) -> Any:
    """The `Meta` of an item class: the full table name, on-demand billing, and whether changes are streamed."""
    members: dict[str, Any] = {
        "table_name": settings().table(name),
        "short_name": name,
        "billing_mode": "PAY_PER_REQUEST",
    }
    if stream:
        members["stream_view_type"] = "NEW_IMAGE"
    return type("Meta", (), members)


def index(name: str, projection: Any) -> Any:
    """The `Meta` of an index; `name` is the question it answers (`by_owner`)."""
    return type("Meta", (), {"index_name": name, "projection": projection, "billing_mode": "PAY_PER_REQUEST"})


class Item(Model):
    """Base of every stored row. Its connection is the shared one, so a process keeps a single client."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        connection = super()._get_connection()
        shared = shared_connection()
        if connection.connection is not shared:
            name = cls.Meta.table_name
            if name not in shared._tables:  # noqa: SLF001 - PynamoDB has no public question for this
                shared.add_meta_table(connection.get_meta_table())
            connection.connection = shared
        return connection


def to_item(item: type[M], entity: Any, **extra: Any) -> M:
    """Copy the fields of a dataclass whose names equal the item's attributes."""
    known = item.get_attributes()
    values = {f.name: getattr(entity, f.name) for f in fields(entity) if f.name in known}
    return item(**(values | extra))


def to_entity(entity: type[T], item: Model, **extra: Any) -> T:
    """Copy an item's attributes to the dataclass fields of the same names."""
    names = [f.name for f in fields(cast("Any", entity)) if f.name not in extra]
    return entity(**{name: getattr(item, name) for name in names}, **extra)


@contextmanager
def faults() -> Iterator[None]:
    """Turn AWS trouble and unknown outcomes into UnavailableError; a refused condition passes through untouched."""
    try:
        yield
    except PynamoDBException as error:
        # Not `cause_response_code`: a time-out has a `response` that is None, and PynamoDB trips over it.
        code = (getattr(error.cause, "response", None) or {}).get("Error", {}).get("Code", "")
        if code in {_REFUSED, "TransactionCanceledException"}:
            raise
        raise UnavailableError(log={"cause": code or type(error.cause).__name__}) from error
    except ClientError as error:
        raise UnavailableError(log={"cause": error.response.get("Error", {}).get("Code", "")}) from error
    except BotoCoreError as error:
        raise UnavailableError(log={"cause": type(error).__name__}) from error


def find(item: type[M], hash_key: Any, range_key: Any = None, *, consistent: bool = True) -> M | None:
    """One item by its key, or None: one call, or none where it was read ahead."""
    read = ahead.recall(ahead.Row(item, hash_key, range_key))
    if read is not ahead.NOT_READ:
        return cast("M | None", read)
    asked = {"Key": key_of(item, hash_key, range_key), "ConsistentRead": consistent}
    row = _dispatch("GetItem", item, asked, lean=not _has_bytes(item)).get("Item")  # each request begins so (ADR 0039)
    return item.from_raw_data(row) if row else None


@cache
def _has_bytes(item: type[Item]) -> bool:
    """Bytes travel as text and botocore makes bytes of them again; `kit.wire` hands on what it got."""
    return any(attribute.attr_type in {"B", "BS"} for attribute in item.get_attributes().values())


def latest(item: type[M], hash_key: Any) -> M | None:
    """The last row of a partition, or None: one call, or none where it was read ahead."""
    read = ahead.recall(ahead.Latest(item, hash_key))
    if read is not ahead.NOT_READ:
        return cast("M | None", read)
    with faults():
        return next(iter(item.query(hash_key, consistent_read=True, scan_index_forward=False, limit=1)), None)


def key_of(item: type[Item], hash_key: Any, range_key: Any = None) -> Any:
    """A key in wire form."""
    connection = item._get_connection()  # noqa: SLF001 - PynamoDB has no public question for this
    return connection.get_operation_kwargs(*item._serialize_keys(hash_key, range_key))["Key"]  # noqa: SLF001


def get_many(item: type[M], keys: Iterable[Any]) -> list[M]:
    """The items that exist among `keys`, in no order: one call per hundred keys."""
    with faults():
        return list(item.batch_get(list(keys), consistent_read=True))


def add(item: Item, condition: Condition | None = None, *, ours: Callable[[Any], bool] | None = None) -> None:
    """Insert only if absent (or if `condition` holds). Raises RefusedError with part "item".

    The SDK repeats a write whose answer was lost; `ours` recognises the row that this very request left behind.
    """
    try:
        save(item, condition if condition is not None else absent(type(item)))
    except RefusedError as refused:
        if ours is None or refused.parts["item"] is None or not ours(refused.parts["item"]):
            raise


def absent(item: type[Item]) -> Condition:
    """The condition that no such row exists."""
    key: Attribute[Any] = cast("Any", item)._hash_key_attribute()  # noqa: SLF001 - PynamoDB names no public accessor
    return key.does_not_exist()


def save(item: Item, condition: Condition | None = None) -> None:
    """Replace the item. Raises RefusedError (part "item", with the standing item) when `condition` fails."""
    kwargs = item.get_save_kwargs_from_instance(condition, return_values_on_condition_failure="ALL_OLD")
    _dispatch("PutItem", type(item), kwargs)


def update(
    item: type[M],
    key: tuple[Any, Any] | tuple[Any],
    actions: Sequence[Action],
    condition: Condition | None = None,
) -> M:
    """One conditional UpdateItem that answers with the new row. Raises RefusedError with the old one (or None)."""
    hash_key, range_key = (*key, None)[:2]
    kwargs = item._get_connection().get_operation_kwargs(  # noqa: SLF001 - the one place that needs both return values
        *item._serialize_keys(hash_key, range_key),  # noqa: SLF001
        actions=actions,
        condition=condition,
        return_values="ALL_NEW",
        return_values_on_condition_failure="ALL_OLD",
    )
    answer = _dispatch("UpdateItem", item, kwargs)
    return item.from_raw_data(answer["Attributes"])


def update_written(item: type[Item], request: Mapping[str, Any]) -> dict[str, Any]:
    """`update` in wire form, for a path so hot that preparing the call and reading the row would be most of it."""
    row: dict[str, Any] = _dispatch("UpdateItem", item, {**request, **_BOTH_ROWS}, lean=True)["Attributes"]
    return row


def remove(item: type[Item], key: tuple[Any, Any] | tuple[Any], condition: Condition | None = None) -> None:
    """Delete by key; deleting what is gone is no error. Raises RefusedError when `condition` fails."""
    hash_key, range_key = (*key, None)[:2]
    kwargs = item._get_connection().get_operation_kwargs(  # noqa: SLF001
        *item._serialize_keys(hash_key, range_key),  # noqa: SLF001
        condition=condition,
        return_values_on_condition_failure="ALL_OLD",
    )
    _dispatch("DeleteItem", item, kwargs)


def _dispatch(operation: str, item: type[Item], kwargs: dict[str, Any], *, lean: bool = False) -> dict[str, Any]:
    shared = shared_connection()
    kwargs.setdefault("TableName", item.Meta.table_name)
    try:
        answer: Any = wire.call(shared.client, operation, kwargs) if lean else shared.dispatch(operation, kwargs)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != _REFUSED:
            raise UnavailableError(log={"cause": error.response.get("Error", {}).get("Code", "")}) from error
        raise RefusedError({"item": _standing(item, error)}) from error
    except BotoCoreError as error:
        raise UnavailableError(log={"cause": type(error).__name__}) from error
    return cast("dict[str, Any]", answer)


def _standing(item: type[Item], error: ClientError) -> Item | None:
    # PynamoDB re-raises with the error block only; the original answer, with the item, is the cause.
    original = error.__cause__ if isinstance(error.__cause__, ClientError) else error
    raw = cast("dict[str, Any]", original.response).get("Item")
    return item.from_raw_data(raw) if raw else None


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    kind: str
    item: type[Item]
    apply: Callable[[TransactWrite], None]


class Transaction:
    """Named parts of which all happen or none. `commit` raises RefusedError naming those whose condition failed."""

    _ORDER = ("check", "delete", "put", "update")  # PynamoDB sends parts grouped in this order

    def __init__(self) -> None:
        # DynamoDB's own memory of a token (10 minutes) makes the SDK's repeat of a lost answer the same one write.
        self._token = new_id("tx")
        self._parts: list[_Part] = []

    def put(self, name: str, item: Item, condition: Condition | None = None) -> None:
        self._add(name, "put", type(item), lambda tx: tx.save(item, condition, return_values="ALL_OLD"))

    def add(self, name: str, item: Item) -> None:
        """Put only if absent."""
        self.put(name, item, absent(type(item)))

    def update(
        self,
        name: str,
        item: type[Item],
        key: tuple[Any, Any] | tuple[Any],
        actions: list[Action],
        condition: Condition | None = None,
    ) -> None:
        blank = _keyed(item, key)
        self._add(
            name,
            "update",
            item,
            lambda tx: tx.update(blank, actions, condition, "ALL_OLD", add_version_condition=False),
        )

    def delete(
        self, name: str, item: type[Item], key: tuple[Any, Any] | tuple[Any], condition: Condition | None = None
    ) -> None:
        blank = _keyed(item, key)
        self._add(name, "delete", item, lambda tx: tx.delete(blank, condition, add_version_condition=False))

    def check(self, name: str, item: type[Item], key: tuple[Any, Any] | tuple[Any], condition: Condition) -> None:
        hash_key, range_key = (*key, None)[:2]
        self._add(name, "check", item, lambda tx: tx.condition_check(item, hash_key, range_key, condition))

    def _add(self, name: str, kind: str, item: type[Item], apply: Callable[[TransactWrite], None]) -> None:
        self._parts.append(_Part(name, kind, item, apply))

    def commit(self) -> None:
        for attempt in range(_CONFLICT_TRIES if self._parts else 0):
            if self._try(last=attempt == _CONFLICT_TRIES - 1):
                return
            # The SDK does not repeat a transaction that met another one; a pause that grows spreads the writers.
            time.sleep(_CONFLICT_PAUSE_SECONDS * (2**attempt) * (0.5 + _jitter()))

    def _try(self, *, last: bool) -> bool:
        ordered = [part for kind in self._ORDER for part in self._parts if part.kind == kind]
        write = TransactWrite(connection=_ready_connection(ordered), client_request_token=self._token)
        for part in ordered:
            part.apply(write)
        try:
            with faults():
                write._commit()  # noqa: SLF001 - the context manager would hide which try this is
        except TransactWriteError as error:
            reasons = error.cancellation_reasons
            refused = {
                part.name: part.item.from_raw_data(reason.raw_item) if reason.raw_item else None
                for part, reason in zip(ordered, reasons, strict=False)
                if reason is not None and reason.code == _REFUSED_IN_TRANSACTION
            }
            if refused:
                raise RefusedError(refused) from error
            if last or not any(reason and reason.code == "TransactionConflict" for reason in reasons):
                raise UnavailableError(log={"cause": [r.code if r else None for r in reasons]}) from error
            return False
        return True


@contextmanager
def transaction() -> Iterator[Transaction]:
    """Collect parts and commit them at the end of the block."""
    collected = Transaction()
    yield collected
    collected.commit()


def _keyed(item: type[M], key: tuple[Any, Any] | tuple[Any]) -> M:
    hash_key, range_key = (*key, None)[:2]
    return item(hash_key, range_key) if range_key is not None else item(hash_key)


def _ready_connection(parts: Sequence[_Part]) -> Connection:
    for part in parts:
        part.item._get_connection()  # noqa: SLF001 - registers the table's keys with the shared connection
    return shared_connection()


def _jitter() -> float:
    return (time.perf_counter_ns() % 1000) / 1000
