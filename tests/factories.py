"""Shared builders: people who are signed in, made straight through the rooms, and a count of the AWS calls a test makes.

    developer(app)   signed-in Client, owner of a company with a developer licence
    developer(app, licence=False), developer(app, portal_role=PortalRole.VIEWER)
    customer(app)    signed-in Client, administrator of a company without portal permission
    customer(app, is_administrator=False)
    operator(app)    signed-in Client, staff administrator

    told("activation.*"), mails("anna@example.test")   what the outbox tells, and the mails it asks for

Each call makes a new person and company, except `operator`, whose company is one. `whoami(client)` tells the ids.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from chalicelib.accounts import repository, service
from chalicelib.accounts.domain import (
    OPERATOR_TENANT_ID,
    Account,
    Company,
    CompanyKind,
    CompanyRole,
    LicenceStatus,
    Membership,
    PortalRole,
    StaffRole,
)
from chalicelib.accounts.service.mail import render_mail
from chalicelib.kit import store
from chalicelib.kit.context import Actor, Context, new_context
from chalicelib.kit.outbox import Event, OutboxItem, parse_event
from tests.client import Client

SESSION_COOKIE = "__Host-anslut_session"
_counter = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """Who a signed-in client is: `person.ctx()` is a context in their name for service tests."""

    account: Account
    company: Company
    membership: Membership
    actor: Actor
    session_token: str

    def ctx(self, **changes: Any) -> Context:
        return replace(new_context(self.actor), **changes)


def new_person(
    *,
    company: Company | None = None,
    name: str = "Anna Andersson",
    email: str = "",
    licence: bool = False,
    company_role: CompanyRole | None = None,
    portal_role: PortalRole | None = None,
    staff_role: StaffRole | None = None,
    is_administrator: bool = True,
    modules: frozenset[str] | None = None,
) -> Person:
    """An account with a membership in `company` (a new live one by default) and a session; no password is hashed."""
    count = next(_counter)
    ctx = new_context()
    account = Account(
        account_id=ctx.new_id("acc"),
        email=email or f"person{count}@example.test",
        name=name,
        lang="en",
        created_at=ctx.now,
    )
    if company is None:
        company = service.new_live_company(ctx, name=f"Company {count} AB", organization_number="556677-8899")
        company = replace(
            company,
            licence=LicenceStatus.GRANTED if licence else LicenceStatus.NONE,
            licence_changed_at=ctx.now if licence else None,
            modules=company.modules if modules is None else modules,
        )
    membership = Membership(
        account_id=account.account_id, tenant_id=company.tenant_id, is_administrator=is_administrator,
        company_role=company_role, portal_role=portal_role, staff_role=staff_role, created_at=ctx.now,
    )  # fmt: skip
    with store.transaction() as tx:
        repository.add_account_parts(tx, account, "no password")
        if repository.find_company(company.tenant_id) is None:
            repository.add_company_parts(tx, company, membership)
        else:
            repository.put_membership(tx, membership)
    started = service.start_session(ctx, account.account_id)
    return Person(account, company, membership, started.to_actor(), started.session_token)


def developer(app: Any, *, licence: bool = True, portal_role: PortalRole = PortalRole.OWNER, **kwargs: Any) -> Client:
    return sign_in(app, new_person(licence=licence, portal_role=portal_role, **kwargs))


def customer(app: Any, **kwargs: Any) -> Client:
    return sign_in(app, new_person(**kwargs))


def operator(app: Any, *, staff_role: StaffRole = StaffRole.ADMINISTRATOR, **kwargs: Any) -> Client:
    ctx = new_context()
    company = repository.find_company(OPERATOR_TENANT_ID) or Company(
        tenant_id=OPERATOR_TENANT_ID,
        number=service.new_number(),
        name="Nordbok",
        kind=CompanyKind.OPERATOR,
        created_at=ctx.now,
    )
    return sign_in(app, new_person(company=company, staff_role=staff_role, name="Olle Operator", **kwargs))


def sign_in(app: Any, person: Person) -> Client:
    """The person's browser. `app` may also be a Client, whose app is taken."""
    client = Client(app.app if isinstance(app, Client) else app)
    client.cookies[SESSION_COOKIE] = person.session_token
    client.person = person  # type: ignore[attr-defined]
    return client


def whoami(client: Client) -> Person:
    found: Person = client.person  # type: ignore[attr-defined]
    return found


@contextmanager
def aws_calls() -> Iterator[list[str]]:
    """The DynamoDB operations sent inside the block, in order: `with aws_calls() as calls: …; assert calls == ["GetItem"]`."""
    calls: list[str] = []

    def note(request: Any, event_name: str, **_: Any) -> None:
        calls.append(event_name.rsplit(".", 1)[-1])

    events = store.shared_connection().client.meta.events
    events.register("before-send.dynamodb", note)
    try:
        yield calls
    finally:
        events.unregister("before-send.dynamodb", note)


def told(event_type: str = "*") -> list[Event]:
    """The events in the outbox, oldest first; `told("activation.*")`."""
    events = [parse_event(row.body) for row in OutboxItem.scan()]
    return sorted(
        (event for event in events if fnmatchcase(event.event_type, event_type)), key=lambda event: event.occurred_at
    )


def mails(to: str = "") -> list[Mail]:
    """The mails asked for, oldest first, as the reader will see them."""
    asked = [event for event in told("mail.requested") if to in {"", event.subject}]
    return [Mail(event.subject, *render_mail(event)) for event in asked]


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    text: str

    @property
    def link(self) -> str:
        found = re.search(r"https://portal\.test(/\S*)", self.text)
        assert found, "the mail has no link"
        return found[1]

    @property
    def code(self) -> str:
        return self.link.partition("code=")[2]
