"""What other rooms and the registry may ask of the authorization server."""

from chalicelib.oauth.attempts.recorder import Ports, record_delayed_call, record_struck_call
from chalicelib.oauth.attempts.words import CAUSES
from chalicelib.oauth.bearer import refuse_token
from chalicelib.oauth.connections.service import list_live_families
from chalicelib.oauth.cutoffs import expire_tokens
from chalicelib.oauth.endings import tell_of_integration, tell_of_licence, tell_of_member
from chalicelib.oauth.revocation import close_families, forget_connection, narrow_families
from chalicelib.oauth.rotation import rotate_signing_keys, withdraw_signing_key

__all__ = [
    "CAUSES",
    "Ports",
    "close_families",
    "expire_tokens",
    "forget_connection",
    "list_live_families",
    "narrow_families",
    "record_delayed_call",
    "record_struck_call",
    "refuse_token",
    "rotate_signing_keys",
    "tell_of_integration",
    "tell_of_licence",
    "tell_of_member",
    "withdraw_signing_key",
]
