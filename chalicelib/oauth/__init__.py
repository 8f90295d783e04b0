"""The OAuth 2.0 authorization server: codes, token families, access tokens, signing keys; files are named by RFC topic.

Owns: codes, token-families, connections (which families an activation has), revocations, signing-keys,
connection-attempts, connection-warnings, legacy-tokens.
Publishes: nothing; token life is told in log lines. Hears: integration.deleted, member.removed, company.removed.
Needs: integrations (clients), activations (service consent), accounts (company numbers, licences); the registry hands
`close_families` to activations, `tell_of_…` to integrations and accounts, `authenticate_bearer` to the router.
"""
