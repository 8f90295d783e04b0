"""fortpyx, a public client library for the Fortnox dialect, with nothing changed but the host."""

from __future__ import annotations

import json
import sys

from fortpyx import Fortpyx
from fortpyx.error import FortnoxError


def hear() -> dict[str, str]:
    heard: dict[str, str] = json.loads(sys.stdin.readline())
    return heard


def say(thing: object) -> None:
    sys.stdout.write(json.dumps(thing, default=str) + "\n")
    sys.stdout.flush()


told = hear()
# The library has the host in three constants of its class and no setting for it.
Fortpyx._Fortpyx__BASE_URL = told["issuer"]
Fortpyx._Fortpyx__AUTHORIZATION_URL = told["issuer"] + "/oauth-v1/auth"
Fortpyx._Fortpyx__TOKEN_URL = told["issuer"] + "/oauth-v1/token"

program = Fortpyx(told["client_id"], told["client_secret"])
say({"address": program.get_authorization_url(told["redirect_uri"], told["scope"].split(), use_service_account=False)})
first = program.get_tokens(hear()["code"], told["redirect_uri"])
second = program.refresh_tokens()
company = program.fortnox.company_information.retrieve_the__company__information()
found = {"rotated": first[1] != second[1], "company": company.model_dump(by_alias=True)}

stale = Fortpyx(told["client_id"], told["client_secret"], access_token="stale", refresh_token=second[1])
renewed = (
    stale.fortnox.company_information.retrieve_the__company__information()
)  # the library meets 401, refreshes by itself and asks again
found["renewed"] = renewed.model_dump(by_alias=True) == found["company"]
try:
    Fortpyx(told["client_id"], told["client_secret"], access_token="x", refresh_token="nonsense").refresh_tokens()
except FortnoxError as error:
    found["refused"] = str(error)
say(found)
