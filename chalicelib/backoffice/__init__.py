"""What the operator's staff do: developer licences, the list of all integrations, and the audit log of both.

Owns: the audit log (append-only).
Hears: member.*, integration.*, activation.*, licence.requested (queue `audit`); publication uses a port.
Publishes: nothing of its own; the rooms below tell what changed.
Needs: accounts (companies, licences), integrations (every developer's).
"""
