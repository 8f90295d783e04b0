"""What other rooms and the registry may ask of the authorization server."""

from chalicelib.oauth.revocation import close_families
from chalicelib.oauth.rotation import rotate_signing_keys, withdraw_signing_key

__all__ = ["close_families", "rotate_signing_keys", "withdraw_signing_key"]
