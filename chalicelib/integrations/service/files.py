"""An integration as a file: exported, checked with all errors at once, compared with what is stored, applied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from chalicelib.integrations import domain
from chalicelib.integrations.domain import CreatedIntegration, FieldChange, Integration
from chalicelib.integrations.file_schemas import IntegrationFile
from chalicelib.integrations.schemas import IntegrationCreate, IntegrationUpdate
from chalicelib.integrations.service.changing import create_integration, update_integration
from chalicelib.integrations.service.reading import get_integration
from chalicelib.kit.context import Context
from chalicelib.kit.errors import RejectedError
from chalicelib.kit.gate import rejected

__all__ = ["apply_file", "check_file", "compare_file", "create_from_file", "export_file"]

_PRICE = frozenset({"sales_channel", "price_minor", "currency", "price_text", "trial_days", "licence_model"})
_STANDING_IN = {"name": "-", "scopes": [], "format": domain.FORMAT}  # for a required field that is wrong itself

Finding = dict[str, str]


def export_file(ctx: Context, integration_id: str) -> tuple[Integration, str]:
    """The integration of the caller's company and its file. Raises NotFoundError."""
    integration = get_integration(ctx, integration_id)
    return integration, domain.render_file(integration)


def check_file(given: Mapping[str, Any]) -> list[Finding]:
    """Everything that is wrong with it, as `{pointer, message}`: shape and meaning together; empty when nothing is."""
    found: list[Finding] = []
    try:
        parsed = _parse(given)
    except RejectedError as error:
        found = list(error.extra["errors"])
        wrong = {_top(entry) for entry in found}
        rest = {name: value for name, value in given.items() if name not in wrong}
        try:
            parsed = _parse({name: value for name, value in _STANDING_IN.items() if name in wrong} | rest)
        except RejectedError:  # a required field is not there at all
            parsed = _parse(_STANDING_IN | rest)
    known = {_top(entry) for entry in found}
    muted = known | (_PRICE if known & _PRICE else frozenset())
    return found + [entry for entry in domain.findings_of(parsed.details()) if _top(entry) not in muted]


def compare_file(ctx: Context, integration_id: str, given: Mapping[str, Any]) -> tuple[Integration, list[FieldChange]]:
    """What applying it would change. Raises NotFoundError, RejectedError with every error of the file."""
    details = _checked(given).details()
    integration = get_integration(ctx, integration_id)
    wanted = domain.changed_integration(integration, details, ctx.now)
    return integration, domain.changed_fields(domain.file_of(integration), domain.file_of(wanted))


def apply_file(ctx: Context, integration_id: str, given: Mapping[str, Any], if_match: str | None = None) -> Integration:
    """Make the integration what the file says, no more and no less; a second time changes nothing.

    Raises RejectedError, NotFoundError, VersionConflictError, NameTakenError, PriceLockedError.
    """
    details = _checked(given).details()
    if details.pop("client_type") is not get_integration(ctx, integration_id).client_type:
        raise RejectedError.field("/client_type", "This is decided when an integration is created.")
    return update_integration(ctx, integration_id, IntegrationUpdate.model_construct(**details), if_match)


def create_from_file(ctx: Context, given: Mapping[str, Any]) -> CreatedIntegration:
    """A new hidden integration with credentials of its own. Raises RejectedError, NameTakenError."""
    return create_integration(ctx, IntegrationCreate.model_construct(**_checked(given).details()))


def _checked(given: Mapping[str, Any]) -> IntegrationFile:
    found = check_file(given)
    if found:
        names = ", ".join(dict.fromkeys(_top(entry) for entry in found))
        raise RejectedError(f"Check: {names}.", extra={"errors": found})
    return _parse(given)


def _parse(given: Mapping[str, Any]) -> IntegrationFile:
    try:
        return IntegrationFile.model_validate_json(json.dumps(given))
    except ValidationError as error:
        raise rejected(error) from None


def _top(entry: Finding) -> str:
    return entry["pointer"].lstrip("/").partition("/")[0]
