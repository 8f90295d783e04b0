"""Rows of integrations, what must be unique about them, and the warnings to come."""

from chalicelib.integrations.repository.client_secrets import (
    SecretWarningItem,
    fetch_due_warnings,
    note_use,
    remove_warning,
)
from chalicelib.integrations.repository.integrations import (
    add_integration,
    add_status,
    delete_integration,
    fetch_all,
    fetch_own,
    find_by_client_id,
    find_by_number,
    find_by_secret_hash,
    find_integration,
    find_integrations,
    find_own,
    iterate_all,
    list_client_ids,
    save_integration,
)
from chalicelib.integrations.repository.items import IntegrationItem, IntegrationKeyItem

TABLES = (IntegrationItem, IntegrationKeyItem, SecretWarningItem)

__all__ = [
    "TABLES",
    "IntegrationItem",
    "IntegrationKeyItem",
    "SecretWarningItem",
    "add_integration",
    "add_status",
    "delete_integration",
    "fetch_all",
    "fetch_due_warnings",
    "fetch_own",
    "find_by_client_id",
    "find_by_number",
    "find_by_secret_hash",
    "find_integration",
    "find_integrations",
    "find_own",
    "iterate_all",
    "list_client_ids",
    "note_use",
    "remove_warning",
    "save_integration",
]
