"""Attribute types of stored rows beside PynamoDB's own: enums, sets of words, JSON and records as text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from enum import Enum
from typing import Any, TypeVar

from pynamodb.attributes import Attribute

__all__ = ["EnumAttribute", "JsonAttribute", "RecordsAttribute", "WordSetAttribute"]

E = TypeVar("E", bound=Enum)


class EnumAttribute(Attribute[E]):
    """A StrEnum stored as its value."""

    attr_type = "S"

    def __init__(self, enum: type[E], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.enum = enum

    def serialize(self, value: E) -> str:
        return str(value.value)

    def deserialize(self, value: str) -> E:
        return self.enum(value)


class WordSetAttribute(Attribute[frozenset[str]]):
    """A set of words as one sorted, space-separated string; unlike a DynamoDB set it may be empty."""

    attr_type = "S"

    def serialize(self, value: Iterable[str]) -> str:
        return " ".join(sorted(value))

    def deserialize(self, value: str) -> frozenset[str]:
        return frozenset(value.split())


class JsonAttribute(Attribute[Any]):
    """Any JSON value as compact text."""

    attr_type = "S"

    def serialize(self, value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    def deserialize(self, value: str) -> Any:
        return json.loads(value)


class RecordsAttribute(Attribute[tuple[Any, ...]]):
    """A tuple of one flat dataclass, kept inside the item that owns it."""

    attr_type = "S"

    def __init__(self, record: Callable[..., Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.record = record

    def serialize(self, value: Iterable[Any]) -> str:
        return json.dumps([asdict(entry) for entry in value], separators=(",", ":"), ensure_ascii=False)

    def deserialize(self, value: str) -> tuple[Any, ...]:
        return tuple(self.record(**entry) for entry in json.loads(value))
