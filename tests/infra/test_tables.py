"""No drift: PynamoDB classes, template and what is deployed say the same."""

from __future__ import annotations

from typing import Any

from chalicelib.config import settings
from chalicelib.registry import TABLES
from infra.template.tables import tables_of

Resources = dict[str, Any]


def test_the_template_has_the_tables_of_the_registry(resources: Resources) -> None:
    wanted = {table.logical_id: table for table in tables_of(TABLES, settings().prefix)}
    found = {name: r["Properties"] for name, r in resources.items() if r["Type"] == "AWS::DynamoDB::Table"}
    assert set(found) == set(wanted)
    for name, table in wanted.items():
        schema = table.model._get_schema()
        keys = {(key["AttributeName"], key["KeyType"]) for key in found[name]["KeySchema"]}
        assert keys == {(key["AttributeName"], key["KeyType"]) for key in schema["key_schema"]}, name
        defined = {(a["AttributeName"], a["AttributeType"]) for a in found[name]["AttributeDefinitions"]}
        assert defined == {(a["AttributeName"], a["AttributeType"]) for a in schema["attribute_definitions"]}, name
        indexes = [index["IndexName"] for index in found[name].get("GlobalSecondaryIndexes", [])]
        assert indexes == table.index_names
        assert found[name].get("TimeToLiveSpecification", {}).get("AttributeName") == table.ttl_attribute
        assert found[name].get("StreamSpecification", {}).get("StreamViewType") == table.stream_view


def test_the_outbox_has_a_stream(resources: Resources) -> None:
    assert resources["OutboxTable"]["Properties"]["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
