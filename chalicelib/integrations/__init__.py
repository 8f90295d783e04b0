"""A developer's product: its details, addresses, price, scopes and OAuth credentials.

Owns: tables `integrations` (a row an integration, keyed by its owner), `integration-keys` (whatever must be unique, and
the way from a secret's hash to its integration), `secret-warnings` (mails to come, by day) and
`integration-transfers` (offers, a row at each company).
Publishes: `integration.created`, `.updated`, `.deleted`, `.secret_burned`, `.transfer_offered`, `.transfer_withdrawn`,
`.transfer_declined`, `.handed_over` (to the giver's log) and `.transferred` (to the taker's).
Needs: accounts (the developer licence), data/scopes.json, data/categories.json, data/platform.json.
"""
