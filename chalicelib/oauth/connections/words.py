"""States and happenings of a connection in words; pages translate them."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.kit.i18n import mark
from chalicelib.oauth.connections.domain import ConnectionState, Happening

STATES: Mapping[ConnectionState, str] = {
    ConnectionState.LIVE: mark("Live"),
    ConnectionState.RESTING: mark("Dies soon"),
    ConnectionState.ENDED: mark("Ended"),
}
HAPPENINGS: Mapping[Happening, str] = {
    Happening.ISSUED: mark("The first tokens were fetched"),
    Happening.REFRESHED: mark("Last refresh"),
    Happening.EXPIRED_UNUSED: mark("The refresh token expired after 45 days without use"),
    Happening.EXPIRED: mark("The connection reached its limit of a year"),
    Happening.REFRESH_TOKEN_REUSED: mark("A refresh token was used a second time, so all of them were closed"),
    Happening.CODE_REUSED: mark("The authorization code was used a second time, so its tokens were closed"),
    Happening.REVOKED_BY_CLIENT: mark("The program revoked the token"),
    Happening.ACTIVATION_ENDED: mark("The integration was disconnected from the company"),
    Happening.MEMBER_REMOVED: mark("The person has left the company"),
    Happening.PERSON_OR_COMPANY_GONE: mark("The person or the company is gone"),
    Happening.REPLACED: mark("The company had too many connections; the one that rested longest made room"),
}
