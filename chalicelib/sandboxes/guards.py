"""Who may do what with sandboxes by JSON: people of the developer company, and API tokens made for this."""

from chalicelib.accounts.domain import SANDBOXES
from chalicelib.kit.guards import role

READERS = role("developer", "viewer", purpose=SANDBOXES)
WRITERS = role("developer", purpose=SANDBOXES)
