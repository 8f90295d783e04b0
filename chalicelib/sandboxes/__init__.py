"""Sandboxes: up to 30 test companies per developer company, made and removed in the background.

Owns: sandboxes, sandbox-slots.
Publishes: sandbox.requested, sandbox.reset_requested, sandbox.deletion_requested; and consumes them: the queue does
the work.
Needs: accounts (developer licence, adding and removing a company), company_data (filling and clearing).
"""
