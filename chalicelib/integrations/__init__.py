"""A developer's product: its details, addresses, price, scopes and OAuth credentials.

Owns: tables `integrations` (a row an integration, keyed by its owner), `integration-keys` (whatever must be unique, and
the way from a secret's hash to its integration) and `secret-warnings` (mails to come, by day).
Publishes: `integration.created`, `integration.updated`, `integration.deleted`, `integration.secret_burned`.
Needs: accounts (the developer licence), data/scopes.json, data/categories.json, data/platform.json.
"""
