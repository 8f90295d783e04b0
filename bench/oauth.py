"""A refresh beside its peers in one run: Authlib + Flask, django-oauth-toolkit, node oidc-provider."""

# ruff: noqa: SLF001 - a benchmark puts answers into memory where the product would ask AWS

from __future__ import annotations

import base64
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bench.table import show

if TYPE_CHECKING:
    from chalicelib.oauth.domain import TokenSubject

ROUNDS = 7
CALLS = 500
LIMIT = 0.35
NUMBER = 1234567
CALLBACK = "https://app.example/cb"
HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / ".build" / "bench" / "peers"
NODE_PEERS = HERE.parent / ".build" / "bench" / "oauth-node"
PYPI = ("Flask==3.1.3", "Authlib==1.9.9", "django-oauth-toolkit==3.4.1")
NPM = ("oidc-provider@9.13.3", "light-my-request@6.8.1")
_AUTHLIB = "Authlib + Flask, no database, opaque tokens"
_OURS = "ours without the AWS call, ES256 tokens"
_WITH_CALL = "ours, the write signed and answered from memory"
_EXCHANGE = "ours, a code exchanged: a read and a transaction, answered from memory"
_SERVICE = "ours, client credentials: a read, answered from memory"
WRITE_UNIT_PRICE = 0.625 / 1_000_000  # US dollars on demand, us-east-1, 2026; a family's row is below 1 KB: one unit

os.environ.update(
    ANSLUT_STAGE="bench", ANSLUT_PREFIX="bench", ANSLUT_ORIGIN="https://portal.example", POWERTOOLS_LOG_LEVEL="INFO"
)
for _name, _value in {
    "AWS_DEFAULT_REGION": "eu-north-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
}.items():
    os.environ.setdefault(_name, _value)


def main() -> None:
    if sys.argv[1:] == ["ours"]:
        print(*Ours().measure())
        return
    python = peer_python()
    commands = {
        _AUTHLIB: (python, "bench/peers/authlib_flask.py", str(CALLS)),
        "django-oauth-toolkit, sqlite in memory": (python, "bench/peers/django_toolkit.py", str(CALLS // 5)),
        "node oidc-provider, store in memory": ("node", str(HERE / "peers" / "oidc_provider.mjs"), str(CALLS)),
        _OURS: (sys.executable, "-m", "bench.oauth", "ours"),
    }
    samples: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            answer = run(*command, place=NODE_PEERS if command[0] == "node" else HERE.parent)
            for part, value in zip((name, _WITH_CALL, _EXCHANGE, _SERVICE), answer.split(), strict=False):
                samples.setdefault(part, []).append(float(value))
    median = {name: statistics.median(values) for name, values in samples.items()}
    show(
        "Refresh with rotation, and ours of the other grants (CPU)",
        ["", "us", "x Authlib + Flask", "want"],
        [[name, us, us / median[_AUTHLIB], LIMIT if name == _OURS else "-"] for name, us in median.items()],
    )
    show("Cost", ["", ""], [["calls", 1], ["write units", 1], ["US$ per million refreshes", WRITE_UNIT_PRICE * 1e6]])


def run(*command: str, place: Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=place)
    return done.stdout.strip().splitlines()[-1]


def peer_python() -> str:
    """Environments of the peers' own: they are a measure, not a dependency."""
    python = PEERS / "bin" / "python"
    if not (PEERS / "complete").exists():
        subprocess.run([sys.executable, "-m", "uv", "venv", "-q", "--allow-existing", str(PEERS)], check=True)
        subprocess.run([sys.executable, "-m", "uv", "pip", "install", "-q", "--python", str(python), *PYPI], check=True)
        NODE_PEERS.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", *NPM], cwd=NODE_PEERS, check=True)
        (PEERS / "complete").touch()
    return str(python)


class Ours:
    """The whole application behind its API Gateway event; DynamoDB answers from memory."""

    def __init__(self) -> None:
        from chalicelib import registry
        from chalicelib.kit import secrets

        put(secrets, "_key_ring", lambda: {"k1": b"0" * 64})
        self.app = registry.build_app()
        self.answers = Answers()
        self.event = self.asking(grant_type="refresh_token", refresh_token=self.answers.refresh_token)

    def measure(self) -> tuple[float, ...]:
        """Microseconds per request: a refresh without what lies under its one write, and with it; exchange, service."""
        exchange = self.asking(grant_type="authorization_code", code=self.answers.code, redirect_uri=CALLBACK)
        service = self.asking({"TenantId": str(NUMBER)}, grant_type="client_credentials")
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            whole, *others = (self.timed(event) for event in (self.event, exchange, service))
            self.answers.shorten()
            return self.timed(self.event), whole, *others

    def asking(self, headers: dict[str, str] | None = None, **form: str) -> dict[str, Any]:
        return token_event(self.answers.client_id, self.answers.client_secret, form, headers or {})

    def timed(self, event: dict[str, Any]) -> float:
        for _ in range(CALLS // 10):
            answer = self.app(event, None)
            assert answer["statusCode"] == 200, answer
        started = time.process_time()
        for _ in range(CALLS):
            self.app(event, None)
        return (time.process_time() - started) / CALLS * 1e6


class Answers:
    """A client, its family's row and the signing key, all in memory; every refresh finds generation 0."""

    client_id, client_secret = "abcdefghijkl", "s" * 32

    def __init__(self) -> None:
        from chalicelib.kit import store
        from chalicelib.oauth.refresh_tokens import mint_refresh_token

        self.remember_client()
        self.remember_keys()
        self.hear_nothing()
        self.refresh_token = mint_refresh_token("fam_0123456789", 0)
        self.row = family_row("fam_0123456789", self.client_id)
        self.code, code = code_row(self.client_id)
        self.items = {"codes": code, "activations": activation_row(self.client_id)}
        self.connection = store.shared_connection()
        self.connection.client.meta.events.register("before-send.dynamodb", self.answer)

    def answer(self, request: Any, **_: Any) -> Any:
        from botocore.awsrequest import AWSResponse
        from botocore.compat import HTTPHeaders

        body = json.loads(request.body)
        table = body.get("TableName", "").rpartition("bench-")[2]
        answer = {"Item": self.items[table]} if table in self.items else {"Attributes": self.row}
        content = json.dumps(answer).encode()
        headers = {"content-type": "application/x-amz-json-1.0", "content-length": str(len(content))}
        return AWSResponse(request.url, 200, HTTPHeaders.from_dict(headers), Raw(content))

    def shorten(self) -> None:
        """From now on the write is answered where the store would begin to write and sign it."""
        from chalicelib.kit import wire

        answer = {"Attributes": self.row}
        put(wire, "call", lambda _client, _operation, _body: answer)

    def remember_client(self) -> None:
        from chalicelib.integrations.domain import ClientSecret, Integration
        from chalicelib.kit.secrets import hash_secret
        from chalicelib.oauth.client_auth import Client, clients

        now = datetime.now(UTC)
        secret = ClientSecret("sec_1", hash_secret(self.client_secret, "client_secret"), "ssss", now, last_used_at=now)
        integration = Integration(
            integration_id="int_1", number=1, client_id=self.client_id, tenant_id="ten_1", name="Bench", description="",
            scopes=frozenset({"invoice", "customer"}), secrets=(secret,), created_at=now, updated_at=now,
        )  # fmt: skip
        client = Client(integration, is_licensed=True)
        clients._load = lambda _: client
        clients._seconds = 3600

    def hear_nothing(self) -> None:
        """The feed of cut-offs, which is one Query for all requests of five seconds, is empty."""
        from chalicelib.oauth import cutoffs

        put(cutoffs, "list_revocations", lambda _since, _now: iter(()))

    def remember_keys(self) -> None:
        from chalicelib.oauth import key_ring, keys
        from chalicelib.oauth.repository.keys import StoredRing

        put(keys, "_wrap", lambda data, _kid: data)
        put(keys, "_unwrap", lambda data, _kid: data)
        now = datetime.now(UTC)
        ring = key_ring.rotated((), now, lambda: keys.new_signing_key(now))
        keys.rings._load = lambda _: StoredRing(1, ring)


def put(place: object, name: str, value: object) -> None:
    setattr(place, name, value)


class Raw:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def stream(self) -> Iterator[bytes]:
        yield self.content


def family_row(family_id: str, client_id: str) -> dict[str, Any]:
    from chalicelib.kit import store
    from chalicelib.oauth.domain import new_family
    from chalicelib.oauth.repository.families import FamilyItem

    family = new_family(subject_of(client_id), family_id, datetime.now(UTC))
    row: dict[str, Any] = store.to_item(
        FamilyItem, family, scopes=set(family.scopes), gen=1, rested_on=family.rotated_at.date().isoformat()
    ).to_dynamodb_dict()
    return row


def subject_of(client_id: str) -> TokenSubject:
    from chalicelib.activations.domain import ConsentKind
    from chalicelib.oauth.domain import TokenSubject

    return TokenSubject(
        client_id=client_id,
        integration_id="int_" + "a" * 24,
        activation_id="act_" + "a" * 24,
        tenant_id="ten_" + "a" * 24,
        tenant_number=NUMBER,
        account_id="acc_" + "a" * 24,
        kind=ConsentKind.USER,
        scopes=frozenset({"invoice", "customer"}),
    )


def code_row(client_id: str) -> tuple[str, dict[str, Any]]:
    """A code that nobody has used, however often it is read."""
    from chalicelib.kit import store
    from chalicelib.kit.secrets import hash_secret, mint
    from chalicelib.oauth.domain import AuthorizationCode, subject_fields
    from chalicelib.oauth.repository.codes import CodeItem

    plain, now = mint(32), datetime.now(UTC)
    code = AuthorizationCode(
        **subject_fields(subject_of(client_id)), code_hash=hash_secret(plain, "authorization-code"),
        redirect_uri=CALLBACK, issued_at=now, expires_at=now + timedelta(hours=1),
    )  # fmt: skip
    return plain, store.to_item(
        CodeItem, code, valid_until=code.expires_at, expires_at=code.expires_at
    ).to_dynamodb_dict()


def activation_row(client_id: str) -> dict[str, Any]:
    """A company with a live service consent; its number is known to the process."""
    from chalicelib.activations.domain import Activation
    from chalicelib.activations.repository import ActivationItem
    from chalicelib.kit import store
    from chalicelib.oauth.domain import subject_fields
    from chalicelib.oauth.grants.client_credentials import known_tenants

    now, subject = datetime.now(UTC), subject_of(client_id)
    known_tenants._kept[NUMBER] = (time.monotonic(), subject.tenant_id)
    activation = Activation(
        **subject_fields(subject), company_name="Bench AB", integration_name="Bench", integration_version=1,
        owner_tenant_id="ten_1", redirect_uri=CALLBACK, service_scopes=subject.scopes,
        service_account_id=subject.account_id, activated_at=now, consented_at=now,
    )  # fmt: skip
    return store.to_item(ActivationItem, activation).to_dynamodb_dict()


def token_event(client_id: str, client_secret: str, form: dict[str, str], more: dict[str, str]) -> dict[str, Any]:
    basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    headers = {
        "Authorization": f"Basic {basic}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Host": "portal.example",
        **more,
    }
    return {
        "path": "/oauth-v1/token",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}", "httpMethod": "POST", "requestId": "r", "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": urlencode(form),
        "isBase64Encoded": False,
    }  # fmt: skip


if __name__ == "__main__":
    main()
