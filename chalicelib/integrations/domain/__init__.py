"""Integrations: what one is, what makes it valid, and what is refused; no AWS, no HTTP."""

from chalicelib.integrations.domain.addresses import callback_fault, email_fault, web_fault
from chalicelib.integrations.domain.catalogue import Category, Scope, Texts, categories, scope_catalogue
from chalicelib.integrations.domain.checks import check_integration
from chalicelib.integrations.domain.errors import (
    NameTakenError,
    PublicClientError,
    SecretLimitReachedError,
    VersionConflictError,
)
from chalicelib.integrations.domain.integration import (
    MAX_LIVE_SECRETS,
    ClientSecret,
    ClientType,
    CreatedIntegration,
    Credentials,
    Integration,
    IntegrationStatus,
    LicenceModel,
    NewSecret,
    SalesChannel,
    changed_integration,
    fold_name,
    new_integration,
    with_newest_secret,
    with_only_secret,
    with_secret,
    without_secret,
)

__all__ = [
    "MAX_LIVE_SECRETS",
    "Category",
    "ClientSecret",
    "ClientType",
    "CreatedIntegration",
    "Credentials",
    "Integration",
    "IntegrationStatus",
    "LicenceModel",
    "NameTakenError",
    "NewSecret",
    "PublicClientError",
    "SalesChannel",
    "Scope",
    "SecretLimitReachedError",
    "Texts",
    "VersionConflictError",
    "callback_fault",
    "categories",
    "changed_integration",
    "check_integration",
    "email_fault",
    "fold_name",
    "new_integration",
    "scope_catalogue",
    "web_fault",
    "with_newest_secret",
    "with_only_secret",
    "with_secret",
    "without_secret",
]
