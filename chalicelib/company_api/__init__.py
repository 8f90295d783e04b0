"""The platform's own resource server: what integrations may read of a company with an access token.

Owns: call-windows (the rate limit, and what is used today), scope-days (what was used before).
Publishes: nothing.
Needs: accounts (companies, people); the registry lets in bearer tokens.
"""
