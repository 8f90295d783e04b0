"""A developer's integration, a company that consented to it, and a client of the token endpoint with a clock to turn."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.activations import service as activations
from chalicelib.activations.domain import Activation, Consent, ConsentKind
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.integrations.schemas import IntegrationCreate
from chalicelib.kit import store
from chalicelib.kit.context import Context, new_context
from chalicelib.kit.http import Router
from chalicelib.oauth import client_auth, codes, cutoffs, keys
from chalicelib.oauth.domain import TokenSubject
from chalicelib.oauth.grants import client_credentials
from chalicelib.oauth.service import rotate_signing_keys
from tests.client import Answer, Client
from tests.conftest import fresh_aws
from tests.factories import Person, new_person

REDIRECT = "https://app.example.com/cb"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

_requests = itertools.count(1)


def forget() -> None:
    """What a process remembers: as if the next request met a fresh one."""
    client_auth.clients.cache_clear()
    client_credentials.known_tenants.cache_clear()
    keys.rings.cache_clear()
    cutoffs.forget_revocations()


@dataclass
class Clock:
    """Requests and contexts of the test happen at `now + offset`."""

    offset: timedelta = timedelta()

    def forward(self, **span: float) -> None:
        self.offset += timedelta(**span)

    def ctx(self) -> Context:
        return new_context(offset=self.offset, request_id=f"req_{next(_requests)}")


@dataclass
class Registered:
    """An integration with the secret that was shown once."""

    integration: Integration
    client_secret: str

    @property
    def client_id(self) -> str:
        return self.integration.client_id

    @property
    def is_public(self) -> bool:
        return self.integration.is_public

    @property
    def basic(self) -> str:
        return "Basic " + base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()


@dataclass
class World:
    """The authorization server as clients meet it."""

    http: Client
    clock: Clock
    developer: Person = field(default_factory=lambda: new_person(licence=True))
    customer: Person = field(default_factory=new_person)

    def register(
        self, scopes: str = "invoice customer companyinformation", name: str = "", **details: Any
    ) -> Registered:
        given: dict[str, Any] = {"redirect_uris": [REDIRECT], "only_administrator": True} | details
        command = IntegrationCreate(name=name or f"Integration {next(_requests)}", scopes=scopes.split(), **given)
        created = integrations.create_integration(self.developer.ctx(), command)
        return Registered(created.integration, created.client_secret or "")

    def consent(
        self,
        app: Registered,
        scopes: str = "invoice customer",
        kind: ConsentKind = ConsentKind.USER,
        person: Person | None = None,
        *,
        redirect_uri: str = REDIRECT,
        code_challenge: str = CHALLENGE,
    ) -> tuple[str, Activation]:
        """What the consent page does: the activation and a code in one transaction."""
        person, ctx = person or self.customer, self.clock.ctx()
        given = self._consent(app, frozenset(scopes.split()), kind, person, ctx)
        with store.transaction() as tx:
            standing = activations.find_activation(person.company.tenant_id, app.integration.integration_id)
            activation = activations.activate(tx, ctx, given, standing)
            subject = TokenSubject(
                client_id=app.client_id, integration_id=app.integration.integration_id,
                activation_id=activation.activation_id, tenant_id=activation.tenant_id,
                tenant_number=activation.tenant_number, account_id=given.account_id, kind=kind, scopes=given.scopes,
            )  # fmt: skip
            code = codes.put_code(tx, ctx, subject, redirect_uri=redirect_uri, code_challenge=code_challenge)
        return code, activation

    @staticmethod
    def _consent(app: Registered, scopes: frozenset[str], kind: ConsentKind, person: Person, ctx: Context) -> Consent:
        integration = app.integration
        return Consent(
            consent_id=ctx.new_id("con"), kind=kind, scopes=scopes, account_id=person.account.account_id,
            tenant_id=person.company.tenant_id, tenant_number=person.company.number, company_name=person.company.name,
            integration_id=integration.integration_id, integration_name=integration.name,
            integration_version=integration.version, registered_scopes=integration.scopes,
            owner_tenant_id=integration.tenant_id, client_id=integration.client_id, redirect_uri=REDIRECT,
            consented_at=ctx.now,
        )  # fmt: skip

    def end_activation(self, app: Registered, person: Person | None = None) -> None:
        ctx = (person or self.customer).ctx(now=self.clock.ctx().now)
        activations.end_activation(ctx, app.integration.integration_id)

    def post(self, path: str, form: Any, app: Registered | None = None, **headers: str) -> Answer:
        if app is not None and app.is_public:
            form = {"client_id": app.client_id, **form}
        elif app is not None:
            headers.setdefault("Authorization", app.basic)
        return self.http.post(path, form=form, headers=headers)

    def token(self, app: Registered | None, headers: dict[str, str] | None = None, **form: Any) -> Answer:
        return self.post("/oauth-v1/token", form, app, **(headers or {}))

    def exchange(self, app: Registered, code: str, **changes: Any) -> Answer:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
        return self.token(app, **{name: value for name, value in (form | changes).items() if value is not None})

    def refresh(self, app: Registered, refresh_token: str, **more: Any) -> Answer:
        return self.token(app, grant_type="refresh_token", refresh_token=refresh_token, **more)

    def client_credentials(self, app: Registered, tenant: object, **more: Any) -> Answer:
        return self.token(app, {"TenantId": str(tenant)}, grant_type="client_credentials", **more)

    def connect(
        self, app: Registered, scopes: str = "invoice customer", person: Person | None = None
    ) -> dict[str, Any]:
        code, _ = self.consent(app, scopes, person=person)
        answer = self.exchange(app, code)
        assert answer.status == 200, answer.text
        tokens: dict[str, Any] = answer.json
        return tokens

    def introspect(self, app: Registered, token: str) -> dict[str, Any]:
        answer = self.post("/oauth-v1/introspect", {"token": token}, app)
        assert answer.status == 200, answer.text
        found: dict[str, Any] = answer.json
        return found

    def revoke(self, app: Registered, token: str) -> Answer:
        return self.post("/oauth-v1/revoke", {"token": token}, app)

    def is_accepted(self, access_token: str) -> bool:
        """Whether our own resource server, asking again what was revoked, lets the token in."""
        cutoffs.forget_revocations()
        answer = self.http.get("/3/companyinformation", headers={"Authorization": f"Bearer {access_token}"})
        assert answer.status in {200, 401, 403}, answer.text
        return answer.status != 401


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def module_aws() -> Iterator[None]:
    """One AWS for a file of tests: every test has a developer, a customer and integrations of its own."""
    with fresh_aws():
        forget()
        rotate_signing_keys(new_context())
        yield
        forget()


@pytest.fixture
def world(app: Any, module_aws: None, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> World:
    forget()
    monkeypatch.setattr(client_auth.clients, "_seconds", 3600)  # call counts must not depend on a slow machine
    monkeypatch.setattr(Router, "make_context", staticmethod(lambda _: clock.ctx()))
    return World(Client(app), clock)


@pytest.fixture
def app_a(world: World) -> Registered:
    return world.register()


@pytest.fixture
def app_b(world: World) -> Registered:
    return world.register()
