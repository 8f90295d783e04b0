"""Tables of the backoffice room; callers say `repository.list_entries(…)`."""

from chalicelib.backoffice.repository.audit import AuditItem, add_entry, list_entries, list_many, record_entry
from chalicelib.backoffice.repository.migrations import (
    MigrationItem,
    MigrationPieceItem,
    add_migration,
    ask_again,
    find_migration,
    find_piece,
    finish_piece,
    list_migrations,
    list_pieces,
    put_pieces,
)
from chalicelib.kit.store import Item

TABLES: tuple[type[Item], ...] = (AuditItem, MigrationItem, MigrationPieceItem)

__all__ = [
    "TABLES",
    "AuditItem",
    "MigrationItem",
    "MigrationPieceItem",
    "add_entry",
    "add_migration",
    "ask_again",
    "find_migration",
    "find_piece",
    "finish_piece",
    "list_entries",
    "list_many",
    "list_migrations",
    "list_pieces",
    "put_pieces",
    "record_entry",
]
