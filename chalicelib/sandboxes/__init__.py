"""Sandboxes: up to 30 test companies per developer company, made and removed in the background.

Owns: sandboxes, sandbox-slots and the snapshots of their data.
Publishes: sandbox.requested, sandbox.reset_requested, sandbox.deletion_requested, sandbox.repaired,
snapshot.requested, snapshot.deletion_requested; and consumes all requests itself: the queue does
the work.
Needs: accounts (developer licence, adding and removing a company), company_data (filling and clearing).
"""
