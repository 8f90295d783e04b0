"""DynamoDB tables, derived from the PynamoDB classes in `chalicelib.registry.TABLES`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import Attribute, TTLAttribute
from pynamodb.indexes import GlobalSecondaryIndex, Index
from pynamodb.models import Model

from infra.stage import Stage
from infra.template.intrinsics import Json, Resources, camel


class UnsupportedTableError(TypeError):
    """The class uses something this derivation does not know; extend it rather than guess."""


@dataclass(frozen=True, slots=True)
class Table:
    """What infrastructure needs to know of one PynamoDB class."""

    short_name: str
    model: type[Model]

    @property
    def logical_id(self) -> str:
        return f"{camel(self.short_name)}Table"

    @property
    def indexes(self) -> list[Index[Any]]:
        return sorted(self.model._indexes.values(), key=lambda index: str(index.Meta.index_name))  # noqa: SLF001

    @property
    def index_names(self) -> list[str]:
        return [str(index.Meta.index_name) for index in self.indexes]

    @property
    def ttl_attribute(self) -> str | None:
        found = [a.attr_name for a in self.model.get_attributes().values() if isinstance(a, TTLAttribute)]
        return found[0] if found else None

    @property
    def stream_view(self) -> str | None:
        return getattr(self.model.Meta, "stream_view_type", None)


def tables_of(models: Iterable[type[Model]], prefix: str) -> list[Table]:
    """Short names are what follows the prefix. Raises UnsupportedTableError for a name outside the prefix."""
    tables = []
    for model in models:
        name = str(model.Meta.table_name)
        if not name.startswith(f"{prefix}-"):
            raise UnsupportedTableError(f"{model.__name__}: table name '{name}' does not begin with '{prefix}-'.")
        tables.append(Table(name.removeprefix(f"{prefix}-"), model))
    return sorted(tables, key=lambda table: table.short_name)


def table_resources(tables: Iterable[Table], stage: Stage) -> Resources:
    return {table.logical_id: _resource(table, stage) for table in tables}


def _resource(table: Table, stage: Stage) -> Json:
    keys = _keys(table.model.get_attributes().values())
    defined = {a.attr_name: a.attr_type for a in keys}
    indexes = [_index(index) for index in table.indexes]
    for index in table.indexes:
        defined |= {a.attr_name: a.attr_type for a in _keys(index.Meta.attributes.values())}
    properties: Json = {
        "TableName": f"{stage.prefix}-{table.short_name}",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _schema(keys),
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in sorted(defined.items())
        ],
        "SSESpecification": {"SSEEnabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "DeletionProtectionEnabled": not stage.is_embedded,
    }
    if indexes:
        properties["GlobalSecondaryIndexes"] = indexes
    if table.ttl_attribute:
        properties["TimeToLiveSpecification"] = {"AttributeName": table.ttl_attribute, "Enabled": True}
    if table.stream_view:
        properties["StreamSpecification"] = {"StreamViewType": table.stream_view}
    kept = "Delete" if stage.is_embedded else "Retain"
    return {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": kept,
        "UpdateReplacePolicy": kept,
        "Properties": properties,
    }


def _index(index: Index[Any]) -> Json:
    if not isinstance(index, GlobalSecondaryIndex):
        raise UnsupportedTableError(f"{index.Meta.index_name}: only global secondary indexes are used here.")
    projection: Json = {"ProjectionType": index.Meta.projection.projection_type}
    if index.Meta.projection.non_key_attributes:
        projection["NonKeyAttributes"] = list(index.Meta.projection.non_key_attributes)
    return {
        "IndexName": str(index.Meta.index_name),
        "KeySchema": _schema(_keys(index.Meta.attributes.values())),
        "Projection": projection,
    }


def _keys(attributes: Iterable[Attribute[Any]]) -> list[Attribute[Any]]:
    """Hash key first, then the range key if there is one."""
    found = list(attributes)
    return [a for a in found if a.is_hash_key] + [a for a in found if a.is_range_key]


def _schema(keys: list[Attribute[Any]]) -> list[Json]:
    return [
        {"AttributeName": key.attr_name, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
    ]
