"""Steps, causes and parties in words; pages translate them."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.kit.i18n import mark
from chalicelib.oauth.attempts.domain import Cause, Party, Step

STEPS: Mapping[Step, str] = {
    Step.REQUEST: mark("Authorization request"),
    Step.CONSENT: mark("Consent page"),
    Step.CODE: mark("Fetching tokens"),
    Step.REFRESH: mark("Refreshing tokens"),
    Step.SERVICE: mark("Client credentials"),
    Step.MIGRATION: mark("Moving an old token"),
    Step.CALL: mark("Calling the API"),
}
CAUSES: Mapping[Cause, str] = {
    Cause.CONNECTED: mark("Connected"),
    Cause.CODE_NOT_FETCHED: mark("Approved, but the program has not fetched its tokens"),
    Cause.LINK_NOT_TRUSTED: mark("The client id or the redirect URI is not the registered one"),
    Cause.INTEGRATION_UNAVAILABLE: mark("The integration is suspended, or its developer has no licence"),
    Cause.REQUEST_MALFORMED: mark("The request is not valid"),
    Cause.SCOPE_NOT_REGISTERED: mark("A scope was asked for that is not registered or not granted"),
    Cause.LICENCE_MISSING: mark("The company lacks a licence"),
    Cause.ADMINISTRATOR_NEEDED: mark("Only a system administrator may approve this"),
    Cause.DENIED: mark("The person said no"),
    Cause.PERSON_NOT_PRESENT: mark("The program asked for no page, but somebody must answer one"),
    Cause.TOO_LATE: mark("The request had expired or was answered already"),
    Cause.CREDENTIALS_WRONG: mark("The client secret is wrong"),
    Cause.GRANT_WRONG: mark("The code is wrong, used or expired, or redirect URI or verifier do not match"),
    Cause.CONNECTION_ENDED: mark("The refresh token is no longer valid: connect again"),
    Cause.CONSENT_MISSING: mark("The company has given no service consent"),
    Cause.SWITCHED_ON: mark("A fault that you switched on for this sandbox"),
    Cause.OUR_TROUBLE: mark("Trouble on our side"),
}
PARTIES: Mapping[Party, str] = {
    Party.NOBODY: mark("Nobody"),
    Party.DEVELOPER: mark("The developer"),
    Party.CUSTOMER: mark("The customer"),
    Party.OPERATOR: mark("We"),
}
