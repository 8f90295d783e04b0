"""An integration as a file: what its developer says, in one fixed order, so that equal integrations are equal bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.integrations.domain.integration import Integration

__all__ = ["FILE_FIELDS", "FORMAT", "FieldChange", "changed_fields", "file_of", "render_file"]

FORMAT = "anslut-integration/1"
FILE_FIELDS = (
    "name", "description", "contact_email", "website", "user_agreement", "category", "redirect_uris", "start_page",
    "only_administrator", "scopes", "scope_reasons", "sales_channel", "price_minor", "currency", "price_text",
    "trial_days", "licence_model", "client_type", "grant_types",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that a file would change, as the file spells its values."""

    field: str
    before: Any
    after: Any


def file_of(integration: Integration) -> dict[str, Any]:
    """Plain JSON values. No id, no credentials, no status: a file says what an integration is, not which one."""
    said = {name: getattr(integration, name) for name in FILE_FIELDS}
    said["scopes"] = sorted(integration.scopes)
    said["scope_reasons"] = integration.reasons
    said["grant_types"] = sorted(str(one) for one in integration.grant_types)
    said["redirect_uris"] = list(integration.redirect_uris)
    return {"format": FORMAT} | {name: str(said[name]) if isinstance(said[name], str) else said[name] for name in said}


def render_file(integration: Integration) -> str:
    """UTF-8, two spaces, LF, one line break at the end: made to be kept beside code and compared there."""
    return json.dumps(file_of(integration), indent=2, ensure_ascii=False) + "\n"


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    return [FieldChange(name, before[name], after[name]) for name in FILE_FIELDS if before.get(name) != after.get(name)]
