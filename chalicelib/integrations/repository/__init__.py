"""Rows of integrations, what must be unique about them, and the warnings to come."""

from chalicelib.integrations.repository.catalogue import CatalogueItem, read_catalogue, save_catalogue
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
    find_owner,
    iterate_all,
    list_client_ids,
    owner_read,
    row_read,
    save_integration,
)
from chalicelib.integrations.repository.items import IntegrationItem, IntegrationKeyItem
from chalicelib.integrations.repository.transfers import (
    TransferItem,
    add_transfer,
    fetch_incoming,
    find_incoming,
    find_outgoing,
    hand_over,
    remove_transfer,
)

TABLES = (CatalogueItem, IntegrationItem, IntegrationKeyItem, SecretWarningItem, TransferItem)

__all__ = [
    "TABLES",
    "CatalogueItem",
    "IntegrationItem",
    "IntegrationKeyItem",
    "SecretWarningItem",
    "TransferItem",
    "add_integration",
    "add_status",
    "add_transfer",
    "delete_integration",
    "fetch_all",
    "fetch_due_warnings",
    "fetch_incoming",
    "fetch_own",
    "find_by_client_id",
    "find_by_number",
    "find_by_secret_hash",
    "find_incoming",
    "find_integration",
    "find_integrations",
    "find_outgoing",
    "find_own",
    "find_owner",
    "hand_over",
    "iterate_all",
    "list_client_ids",
    "note_use",
    "owner_read",
    "read_catalogue",
    "remove_transfer",
    "remove_warning",
    "row_read",
    "save_catalogue",
    "save_integration",
]
