"""The company API: one line per resource, guarded by the scope that opens it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.company_api import service
from chalicelib.company_api.disturbed import under_faults
from chalicelib.company_api.domain import LicenceMissingError, RateLimitReachedError
from chalicelib.company_api.errors import render_dialect_error
from chalicelib.company_api.schemas import CompanyInformationRead, CompanySettingsRead, MeRead
from chalicelib.company_api.service import InformationAnswer, MeAnswer, SettingsAnswer
from chalicelib.kit.context import Context
from chalicelib.kit.guards import scope
from chalicelib.kit.http import Router

router = Router("company_api.routes", errors=render_dialect_error, around=under_faults)

_PROBLEMS = (RateLimitReachedError, LicenceMissingError)


def _quota(entity: Any) -> Mapping[str, str]:
    headers: Mapping[str, str] = entity.quota.as_headers()
    return headers


@router.route("/3/companyinformation", methods=["GET"], guard=scope("companyinformation"),
              returns=CompanyInformationRead, problems=_PROBLEMS, headers=_quota)  # fmt: skip
def get_company_information(ctx: Context) -> InformationAnswer:
    """Name, number and addresses of the company."""
    return service.get_company_information(ctx)


@router.route("/3/settings/company", methods=["GET"], guard=scope("settings"),
              returns=CompanySettingsRead, problems=_PROBLEMS, headers=_quota)  # fmt: skip
def get_company_settings(ctx: Context) -> SettingsAnswer:
    """Settings of the company."""
    return service.get_company_settings(ctx)


@router.route("/3/me", methods=["GET"], guard=scope("profile"), returns=MeRead, problems=_PROBLEMS,
              headers=_quota)  # fmt: skip
def get_me(ctx: Context) -> MeAnswer:
    """The person, or service account, the token acts for."""
    return service.get_me(ctx)
