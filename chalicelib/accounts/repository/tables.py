"""The rows of the accounts room. What must be unique (an e-mail, a company number) is a row of `account-names`."""

from __future__ import annotations

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.accounts.domain import CompanyKind, CompanyRole, LicenceStatus, PortalRole, StaffRole
from chalicelib.kit import store


class AccountItem(store.Item):
    Meta = store.table("accounts")

    account_id = UnicodeAttribute(hash_key=True)
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    lang = UnicodeAttribute()
    is_verified = BooleanAttribute()
    password_hash = UnicodeAttribute()
    last_tenant_id = UnicodeAttribute(null=True)
    signed_out_before = UTCDateTimeAttribute(null=True)
    created_at = UTCDateTimeAttribute()


class NameItem(store.Item):
    """`email:<address>` or `company:<number>` is taken by the account or company that `held_by` names."""

    Meta = store.table("account-names")

    name = UnicodeAttribute(hash_key=True)
    held_by = UnicodeAttribute()


class CompaniesByLicence(GlobalSecondaryIndex["CompanyItem"]):  # type: ignore[no-untyped-call]  # PynamoDB's own hook
    """Sparse: only companies that have or asked for a licence; the range key sorts by state, then time."""

    Meta = store.index("by_licence", AllProjection())

    licence_list = UnicodeAttribute(hash_key=True)
    licence_key = UnicodeAttribute(range_key=True)


class CompanyItem(store.Item):
    Meta = store.table("companies")

    tenant_id = UnicodeAttribute(hash_key=True)
    number = NumberAttribute()
    name = UnicodeAttribute()
    kind = store.EnumAttribute(CompanyKind)
    organization_number = UnicodeAttribute()
    modules = store.JsonAttribute()  # a sorted list: the names of modules may hold spaces
    licence = store.EnumAttribute(LicenceStatus)
    licence_requested_at = UTCDateTimeAttribute(null=True)
    licence_changed_at = UTCDateTimeAttribute(null=True)
    licence_reason = UnicodeAttribute()
    email = UnicodeAttribute()
    phone = UnicodeAttribute()
    address = UnicodeAttribute()
    zip_code = UnicodeAttribute()
    city = UnicodeAttribute()
    country_code = UnicodeAttribute()
    vat_number = UnicodeAttribute(null=True)  # rows of before have none
    website = UnicodeAttribute(null=True)
    home_tenant_id = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    version = NumberAttribute()

    licence_list = UnicodeAttribute(null=True)
    licence_key = UnicodeAttribute(null=True)
    by_licence = CompaniesByLicence()


class MembersByCompany(GlobalSecondaryIndex["MembershipItem"]):  # type: ignore[no-untyped-call]  # as above
    Meta = store.index("by_company", AllProjection())

    tenant_id = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute(range_key=True)


class MembershipItem(store.Item):
    Meta = store.table("memberships")

    account_id = UnicodeAttribute(hash_key=True)
    tenant_id = UnicodeAttribute(range_key=True)
    is_administrator = BooleanAttribute()
    company_role = store.EnumAttribute(CompanyRole, null=True)
    portal_role = store.EnumAttribute(PortalRole, null=True)
    staff_role = store.EnumAttribute(StaffRole, null=True)
    created_at = UTCDateTimeAttribute()
    by_company = MembersByCompany()


class InvitationItem(store.Item):
    """An invitation that waits for its answer; the code is kept as a keyed hash only."""

    Meta = store.table("invitations")

    tenant_id = UnicodeAttribute(hash_key=True)
    invitation_id = UnicodeAttribute(range_key=True)
    email = UnicodeAttribute()
    is_administrator = BooleanAttribute()
    company_role = store.EnumAttribute(CompanyRole, null=True)
    portal_role = store.EnumAttribute(PortalRole, null=True)
    staff_role = store.EnumAttribute(StaffRole, null=True)
    code_hash = UnicodeAttribute()
    invited_by = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()


class SessionsByAccount(GlobalSecondaryIndex["SessionItem"]):  # type: ignore[no-untyped-call]  # as above
    Meta = store.index("by_account", AllProjection())

    account_id = UnicodeAttribute(hash_key=True)
    session_key = UnicodeAttribute(range_key=True)


class SessionItem(store.Item):
    Meta = store.table("sessions")

    session_key = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute()
    tenant_id = UnicodeAttribute()
    email = UnicodeAttribute()
    person = UnicodeAttribute()
    company = UnicodeAttribute()
    number = NumberAttribute()
    roles = store.WordSetAttribute()
    companies = store.JsonAttribute()
    device = UnicodeAttribute(default="")
    network = UnicodeAttribute(default="")
    created_at = UTCDateTimeAttribute()
    checked_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()
    by_account = SessionsByAccount()


class OneTimeCodeItem(store.Item):
    """A code that was mailed: for a new password or a new address. The key is a keyed hash of it."""

    Meta = store.table("one-time-codes")

    code_hash = UnicodeAttribute(hash_key=True)
    purpose = UnicodeAttribute()
    account_id = UnicodeAttribute()
    email = UnicodeAttribute()
    expires_at = TTLAttribute()


class SecondFactorItem(store.Item):
    """The secret is sealed, the recovery codes are keyed hashes."""

    Meta = store.table("second-factors")

    account_id = UnicodeAttribute(hash_key=True)
    secret_encrypted = UnicodeAttribute()
    is_on = BooleanAttribute()
    last_step = NumberAttribute()
    recovery = store.JsonAttribute()
    created_at = UTCDateTimeAttribute()


class SignUpItem(store.Item):
    """A sign-up that waits for its code; the key is a keyed hash of the code."""

    Meta = store.table("sign-ups")

    code_hash = UnicodeAttribute(hash_key=True)
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    password_hash = UnicodeAttribute()
    lang = UnicodeAttribute()
    company_name = UnicodeAttribute()
    organization_number = UnicodeAttribute()
    next_path = UnicodeAttribute()
    used_at = UTCDateTimeAttribute(null=True)
    expires_at = TTLAttribute()


class AttemptItem(store.Item):
    """How often somebody tried something in the window that ends at `window_ends`."""

    Meta = store.table("attempts")

    attempt_key = UnicodeAttribute(hash_key=True)
    tries = NumberAttribute()
    window_ends = NumberAttribute()
    attempt_id = UnicodeAttribute()
    expires_at = TTLAttribute()


class SentMailItem(store.Item):
    Meta = store.table("sent-mails")

    event_id = UnicodeAttribute(hash_key=True)
    expires_at = TTLAttribute()


TABLES: tuple[type[store.Item], ...] = (
    AccountItem,
    AttemptItem,
    CompanyItem,
    InvitationItem,
    MembershipItem,
    NameItem,
    OneTimeCodeItem,
    SecondFactorItem,
    SentMailItem,
    SessionItem,
    SignUpItem,
)
