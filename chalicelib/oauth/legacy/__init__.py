"""Tokens of the system before this one: imported by the operator, exchanged once by the client (ADR 0017)."""
