"""What other rooms and our own edges may ask of accounts."""

from chalicelib.accounts.service.authentication import sign_in
from chalicelib.accounts.service.companies import (
    CompanyMembership,
    add_company,
    find_companies,
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
from chalicelib.accounts.service.invitations import (
    accept_invitation,
    invite,
    list_invitations,
    open_invitation,
    withdraw_invitation,
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
from chalicelib.accounts.service.migration import MigrationReport, migrate_developer
from chalicelib.accounts.service.people import find_account_by_email, get_account, request_mail
from chalicelib.accounts.service.ports import Ports
from chalicelib.accounts.service.registration import find_sign_up, new_live_company, sign_up, verify_sign_up
from chalicelib.accounts.service.second_factor import (
    begin_second_factor,
    confirm_second_factor,
    finish_sign_in,
    get_pending_setup,
    is_second_factor_on,
    remove_second_factor,
)
from chalicelib.accounts.service.security import (
    change_password,
    check_reset_code,
    confirm_email_change,
    end_all_sessions,
    find_email_change,
    list_own_sessions,
    request_email_change,
    request_reset,
    reset_password,
)
from chalicelib.accounts.service.sessions import (
    SESSION_COOKIE,
    authenticate_session,
    clearing_cookie,
    cookie_of_session,
    end_session,
    get_current_session,
    session_cookie,
    start_session,
    switch_company,
)
from chalicelib.accounts.service.team import Member, change_roles, get_member, list_members, remove_member
from chalicelib.accounts.service.throttle import take_attempt
