"""What is inside a sandbox: its company, its invented people, and a sample integration that is switched on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.accounts.domain import NUMBERS, Account, Company, CompanyKind, CompanyRole, Membership
from chalicelib.activations.domain import Consent, ConsentKind
from chalicelib.integrations.domain import Credentials, Integration
from chalicelib.sandboxes.domain.sandbox import Sandbox

INTEGRATION_LICENCE = "Integration"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented, with the rights that their work needs. `key` names them in addresses."""

    key: str
    name: str
    is_administrator: bool = False
    company_role: CompanyRole | None = None


PEOPLE = (
    Person("administrator", "Astrid Administratör", is_administrator=True),
    Person("bookkeeper", "Bo Bokförare", company_role=CompanyRole.BOOKKEEPER),
    Person("user", "Ulla Användare"),
    Person("reader", "Lisa Läsare", company_role=CompanyRole.READER),
)


def number_for(sandbox_id: str) -> int:
    """The company number to try first: the same for every delivery of the message.

    >>> number_for("sbx_1") in NUMBERS
    True
    """
    digest = hashlib.sha256(sandbox_id.encode()).digest()
    return NUMBERS[int.from_bytes(digest[8:16], "big") % len(NUMBERS)]


def all_modules(scopes: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Every module licence that any scope asks for, and the one that integrations need at all.

    >>> sorted(all_modules([{"licences": ["Order", "Lön"]}, {"licences": []}]))
    ['Integration', 'Lön', 'Order']
    """
    return frozenset({INTEGRATION_LICENCE} | {licence for scope in scopes for licence in scope["licences"]})


def company_of(sandbox: Sandbox, modules: frozenset[str]) -> Company:
    """The test company. Its facts follow from the sandbox, so a second delivery makes the same one."""
    number = number_of(sandbox)
    return Company(
        tenant_id=sandbox.company_tenant_id,
        number=number,
        name=sandbox.name,
        kind=CompanyKind.SANDBOX,
        organization_number=f"555555-{number % 10_000:04}",  # no company register gives out 555555
        modules=modules,
        email=sandbox.email,
        address="Testgatan 1",
        zip_code="123 45",
        city="Teststad",
        country_code="SE",
        home_tenant_id=sandbox.tenant_id,
        created_at=sandbox.created_at,
    )


def number_of(sandbox: Sandbox) -> int:
    if sandbox.company_number is None:
        raise ValueError("the sandbox has no company number yet")
    return sandbox.company_number


def account_id_of(sandbox: Sandbox, person: Person) -> str:
    """The same for every delivery of the message."""
    return f"acc_{_derived(sandbox, person.key)}"


def account_ids_of(sandbox: Sandbox) -> list[str]:
    return [account_id_of(sandbox, person) for person in PEOPLE]


def person_of(sandbox: Sandbox, person: Person, lang: str) -> tuple[Account, Membership]:
    """Nobody reads their mail: .invalid is nobody's (RFC 2606)."""
    account = Account(
        account_id=account_id_of(sandbox, person),
        email=f"{person.key}.{number_of(sandbox)}@sandbox.invalid",
        name=person.name,
        lang=lang,
        created_at=sandbox.created_at,
    )
    membership = Membership(
        account_id=account.account_id,
        tenant_id=sandbox.company_tenant_id,
        is_administrator=person.is_administrator,
        company_role=person.company_role,
        created_at=sandbox.created_at,
    )
    return account, membership


def sample_id_of(sandbox: Sandbox) -> str:
    return f"int_{_derived(sandbox, 'sample')}"


def sample_of(sandbox: Sandbox, scopes: frozenset[str]) -> tuple[Credentials, Mapping[str, Any]]:
    """The sample integration: the developer company's own, with every scope, hidden, and named after its sandbox."""
    digest = hashlib.sha256(f"{sandbox.sandbox_id}:sample number".encode()).digest()
    number = int.from_bytes(digest[:8], "big") >> 11  # 53 bits: every JSON reader keeps it exactly
    ids = Credentials(sample_id_of(sandbox), number, _derived(sandbox, "client")[:12])
    details = {
        "name": f"Sandbox {number_of(sandbox)}: sample",
        "description": "Switched on in its sandbox with every scope. It ends with the sandbox.",
        "scopes": scopes,
        "only_administrator": True,
    }
    return ids, details


def consent_of(sandbox: Sandbox, sample: Integration, consent_id: str) -> Consent:
    """What the sandbox's administrator would have said yes to."""
    return Consent(
        consent_id=consent_id,
        kind=ConsentKind.SERVICE,
        scopes=sample.scopes,
        account_id=sandbox.account_id,
        tenant_id=sandbox.company_tenant_id,
        tenant_number=number_of(sandbox),
        company_name=sandbox.name,
        integration_id=sample.integration_id,
        integration_name=sample.name,
        integration_version=sample.version,
        registered_scopes=sample.scopes,
        owner_tenant_id=sandbox.tenant_id,
        client_id=sample.client_id,
        redirect_uri="",
        consented_at=sandbox.created_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Everything a program needs; the secret is in this answer only."""

    client_id: str
    client_secret: str
    tenant_number: int
    origin: str

    @property
    def token_url(self) -> str:
        return f"{self.origin}/oauth-v1/token"

    @property
    def api_url(self) -> str:
        return f"{self.origin}/3"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "ANSLUT_TOKEN_URL": self.token_url,
            "ANSLUT_API_URL": self.api_url,
            "ANSLUT_CLIENT_ID": self.client_id,
            "ANSLUT_CLIENT_SECRET": self.client_secret,
            "ANSLUT_TENANT_ID": str(self.tenant_number),
        }

    @property
    def commands(self) -> tuple[str, str]:
        """From nothing to the first answer of the company API, in two lines of a shell."""
        ask = f"-u '{self.client_id}:{self.client_secret}' -H 'TenantId: {self.tenant_number}'"
        pick = """sed 's/.*"access_token":"\\([^"]*\\).*/\\1/'"""
        return (
            f"TOKEN=$(curl -s {ask} -d grant_type=client_credentials {self.token_url} | {pick})",
            f'curl -s -H "Authorization: Bearer $TOKEN" {self.api_url}/companyinformation',
        )


def _derived(sandbox: Sandbox, what: str) -> str:
    """24 letters that follow from the sandbox: a second delivery makes the same one."""
    return hashlib.sha256(f"{sandbox.sandbox_id}:{what}".encode()).hexdigest()[:24]
