"""Sandboxes: up to 30 test companies per developer company, made and removed in the background.

Owns: sandboxes, sandbox-slots.
Publishes: sandbox.requested, sandbox.deletion_requested (and consumes both: the queue does the work).
Needs: accounts (developer licence, adding and removing a company).
"""
