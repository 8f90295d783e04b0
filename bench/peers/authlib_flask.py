"""Authlib + Flask without any database: a refresh with rotation, credentials compared as they are, tokens random.

Run by `bench.oauth` with the interpreter of the peers' environment; prints microseconds of CPU per request.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer  # type: ignore[import-untyped]  # no stubs
from authlib.oauth2.rfc6749 import ClientMixin, grants  # type: ignore[import-untyped]  # no stubs
from werkzeug.test import EnvironBuilder

Flask = import_module("flask").Flask  # by name: its types are known in some environments only


class Client(ClientMixin):  # type: ignore[misc]  # untyped base
    client_id, client_secret = "abcdefghijkl", "s" * 32

    def get_client_id(self) -> str:
        return self.client_id

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == self.client_secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic" and endpoint == "token"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "refresh_token"

    def get_allowed_scope(self, scope: str) -> str:
        return scope


class RefreshTokenGrant(grants.RefreshTokenGrant):  # type: ignore[misc]  # untyped base
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Any:
        return TOKENS.get(refresh_token)

    def authenticate_user(self, credential: Any) -> Any:
        return credential.user

    def revoke_old_credential(self, credential: Any) -> None:
        TOKENS.pop(credential.refresh_token)


CLIENT = Client()
TOKENS: dict[str, Any] = {}


def save_token(token: dict[str, Any], _request: Any) -> None:
    TOKENS[token["refresh_token"]] = SimpleNamespace(
        refresh_token=token["refresh_token"],
        user=SimpleNamespace(id=1),
        get_scope=lambda: "customer invoice",
        check_client=lambda client: client is CLIENT,
    )


def make_app() -> Any:
    app = Flask("peer")
    app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
    server = AuthorizationServer(app, query_client=lambda _: CLIENT, save_token=save_token)
    server.register_grant(RefreshTokenGrant)
    app.add_url_rule("/token", view_func=server.create_token_response, methods=["POST"])
    return app


def main(calls: int) -> None:
    app = make_app()
    save_token({"refresh_token": "first"}, None)
    basic = base64.b64encode(f"{Client.client_id}:{Client.client_secret}".encode()).decode()
    token, spent = "first", 0.0
    for number in range(-calls // 10, calls):
        data: Any = {"grant_type": "refresh_token", "refresh_token": token}
        headers: Any = {"Authorization": f"Basic {basic}"}
        environ = EnvironBuilder("/token", method="POST", data=data, headers=headers).get_environ()
        statuses: list[str] = []
        started = time.process_time()
        body = b"".join(app.wsgi_app(environ, lambda status, _headers, *_, seen=statuses: seen.append(status)))
        if number >= 0:
            spent += time.process_time() - started
        assert statuses == ["200 OK"], body
        token = json.loads(body)["refresh_token"]
    print(spent / calls * 1e6)


if __name__ == "__main__":
    main(int(sys.argv[1]))
