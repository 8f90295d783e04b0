"""Callback self-test: we play the authorization server against a developer's redirect URI and say what it did.

Owns: tables `callback-tests` (the last run of an integration) and `callback-codes` (test codes and their return).
Publishes: `callback_test.requested`; its own queue runs it.
Needs: integrations (the redirect URIs). The token endpoint of oauth tells which test codes it was handed.
"""
