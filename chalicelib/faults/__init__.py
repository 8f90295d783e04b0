"""The fault switchboard: what goes wrong on purpose in a test company, until when, and when it was last used.

Owns: switchboards.
Publishes: nothing.
Needs: accounts (which companies are test companies); oauth and company_api ask it, sandboxes set it.
"""
