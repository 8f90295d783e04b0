"""The room's tables: codes, families with their connections, revocations, signing keys."""
