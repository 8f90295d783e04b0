"""What other rooms and our own edges may ask of accounts."""

from chalicelib.accounts.service.authentication import sign_in
from chalicelib.accounts.service.companies import (
    CompanyMembership,
    add_company,
    find_company_by_number,
    find_membership,
    get_company,
    get_current_company,
    home_path,
    list_companies,
    list_current_preconditions,
    list_memberships,
    list_people,
    new_number,
    remove_company,
)
from chalicelib.accounts.service.licences import (
    grant_licence,
    list_developers,
    request_licence,
    require_developer_licence,
    suspend_licence,
    withdraw_licence,
)
from chalicelib.accounts.service.mail import deliver_mail
from chalicelib.accounts.service.people import find_account_by_email, get_account, request_mail
from chalicelib.accounts.service.registration import find_sign_up, new_live_company, sign_up, verify_sign_up
from chalicelib.accounts.service.sessions import (
    SESSION_COOKIE,
    authenticate_session,
    clearing_cookie,
    end_session,
    get_current_session,
    session_cookie,
    start_session,
    switch_company,
)

__all__ = [
    "SESSION_COOKIE",
    "CompanyMembership",
    "add_company",
    "authenticate_session",
    "clearing_cookie",
    "deliver_mail",
    "end_session",
    "find_account_by_email",
    "find_company_by_number",
    "find_membership",
    "find_sign_up",
    "get_account",
    "get_company",
    "get_current_company",
    "get_current_session",
    "grant_licence",
    "home_path",
    "list_companies",
    "list_current_preconditions",
    "list_developers",
    "list_memberships",
    "list_people",
    "new_live_company",
    "new_number",
    "remove_company",
    "request_licence",
    "request_mail",
    "require_developer_licence",
    "session_cookie",
    "sign_in",
    "sign_up",
    "start_session",
    "suspend_licence",
    "switch_company",
    "verify_sign_up",
    "withdraw_licence",
]
