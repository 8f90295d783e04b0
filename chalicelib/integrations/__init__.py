"""A developer's product: its details, addresses, price, scopes and OAuth credentials.

Owns: tables `integrations` (a row an integration, keyed by its owner) and `integration-keys` (whatever must be unique).
Publishes: `integration.created`, `integration.updated`, `integration.deleted`.
Needs: accounts (the developer licence), data/scopes.json, data/categories.json, data/platform.json.
"""
