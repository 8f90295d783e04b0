"""The one error of packaging."""

from __future__ import annotations


class PackagingError(RuntimeError):
    """A tool refused while the package was built; the message carries what it said."""
