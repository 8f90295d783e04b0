"""Wire shapes of people, sessions and companies."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from chalicelib.accounts.domain import (
    CompanyKind,
    CompanyRole,
    LicenceStatus,
    MemberRoles,
    PortalRole,
    StaffRole,
    parse_country_code,
    parse_email,
    parse_optional_email,
    parse_organization_number,
    parse_vat_number,
    parse_website,
)
from chalicelib.kit.gate import Line, Wire

NAME_MAX = 100

Email = Annotated[str, Field(max_length=254), AfterValidator(parse_email)]
Name = Annotated[Line, Field(min_length=1, max_length=NAME_MAX)]
OptionalName = Annotated[Line, Field(max_length=NAME_MAX)]
OrganizationNumber = Annotated[Line, Field(max_length=30), AfterValidator(parse_organization_number)]
Password = Annotated[str, Field(max_length=1024)]  # what is too long for a password is still said in its own words


class AccountCreate(Wire):
    email: Email
    name: Name
    password: Password
    company_name: OptionalName = ""
    organization_number: OrganizationNumber = ""
    lang: Literal["sv", "en"] = "sv"


class SignUpRead(Wire):
    """The same answer whether or not the address is known here."""

    email: str
    status: Literal["verification_sent"]


class VerificationCreate(Wire):
    code: Annotated[str, Field(min_length=1, max_length=200)]


class AccountRead(Wire):
    account_id: str
    email: str
    name: str
    lang: str
    created_at: datetime


class SessionCreate(Wire):
    email: Annotated[str, Field(max_length=1024)]
    password: Password


class SessionRead(Wire):
    account_id: str
    email: str
    person: str
    tenant_id: str
    company: str
    number: int
    roles: Annotated[list[str], BeforeValidator(sorted)]
    expires_at: datetime


class CompanyChoice(Wire):
    tenant_id: Annotated[str, Field(min_length=1, max_length=60)]


class CompanyRead(Wire):
    tenant_id: str
    number: int
    name: str
    kind: CompanyKind
    organization_number: str
    modules: Annotated[list[str], BeforeValidator(sorted)]
    licence: LicenceStatus
    licence_requested_at: datetime | None
    licence_changed_at: datetime | None
    licence_reason: str
    email: str
    phone: str
    address: str
    zip_code: str
    city: str
    country_code: str
    vat_number: str
    website: str
    version: int
    created_at: datetime


class CompanyDetails(Wire):
    """Everything at once: what is left out is emptied. `version` as it was read, so that nobody's change is lost."""

    version: Annotated[int, Field(ge=1)]
    address: Annotated[Line, Field(max_length=200)] = ""
    zip_code: Annotated[Line, Field(max_length=20)] = ""
    city: Annotated[Line, Field(max_length=100)] = ""
    country_code: Annotated[str, AfterValidator(parse_country_code)] = "SE"
    email: Annotated[str, Field(max_length=254), AfterValidator(parse_optional_email)] = ""
    phone: Annotated[Line, Field(max_length=40)] = ""
    vat_number: Annotated[Line, Field(max_length=20), AfterValidator(parse_vat_number)] = ""
    website: Annotated[Line, Field(max_length=200), AfterValidator(parse_website)] = ""


class PreconditionRead(Wire):
    key: str
    is_done: bool
    actor: str


class RolesUpdate(Wire):
    """Everything a person is in the company: what is left out is taken away. An administrator needs no other right."""

    is_administrator: bool = False
    company_role: CompanyRole | None = None
    portal_role: PortalRole | None = None
    staff_role: StaffRole | None = None

    def to_roles(self) -> MemberRoles:
        return MemberRoles(
            is_administrator=self.is_administrator,
            company_role=None if self.is_administrator else self.company_role,
            portal_role=self.portal_role,
            staff_role=self.staff_role,
        )


class InvitationCreate(RolesUpdate):
    email: Email
    lang: Literal["sv", "en"] = "sv"


class InvitationAccept(Wire):
    """`name` and `password` are for an address that has no account yet."""

    code: Annotated[str, Field(min_length=1, max_length=200)]
    name: OptionalName = ""
    password: Password = ""
    lang: Literal["sv", "en"] = "sv"


class InvitationRead(Wire):
    invitation_id: str
    email: str
    is_administrator: bool
    company_role: CompanyRole | None
    portal_role: PortalRole | None
    staff_role: StaffRole | None
    invited_by: str
    created_at: datetime
    expires_at: datetime


class MemberRead(Wire):
    account_id: str
    email: str
    name: str
    is_administrator: bool
    company_role: CompanyRole | None
    portal_role: PortalRole | None
    staff_role: StaffRole | None
    joined_at: datetime


class MembershipRead(Wire):
    account_id: str
    tenant_id: str
    is_administrator: bool
    company_role: CompanyRole | None
    portal_role: PortalRole | None
    staff_role: StaffRole | None
    created_at: datetime


class ResetRequest(Wire):
    email: Email
    lang: Literal["sv", "en"] = "sv"


class PasswordReset(Wire):
    code: Annotated[str, Field(min_length=1, max_length=200)]
    password: Password


class PasswordChange(Wire):
    password: Password
    new_password: Password


class EmailChange(Wire):
    email: Email
    password: Password


class EmailConfirm(Wire):
    code: Annotated[str, Field(min_length=1, max_length=200)]


class SecondFactorBegin(Wire):
    password: Password


class SecondFactorRead(Wire):
    secret: str
    uri: str


class SecondFactorCode(Wire):
    code: Annotated[str, Field(min_length=1, max_length=40)]


class SecondFactorRemove(SecondFactorCode):
    password: Password


class SecondStep(SecondFactorCode):
    ticket: Annotated[str, Field(min_length=1, max_length=1000)]


class RecoveryCodesRead(Wire):
    codes: list[str]


class OwnSessionRead(Wire):
    """`device` and `network` are empty where the browser or the network said nothing."""

    session_id: str
    company: str
    device: str
    network: str
    created_at: datetime
    checked_at: datetime
    expires_at: datetime


class MigrationRow(BaseModel):
    """One developer of the earlier system. `company_key` is the company's id there, shared by its people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    email: Email
    name: OptionalName = ""
    lang: Literal["sv", "en"] = "sv"
    company_key: Annotated[Line, Field(max_length=100)] = ""
    company_name: OptionalName = ""
    organization_number: OrganizationNumber = ""
    licence: bool = True
