"""Answers of the company API, in the dialect's spelling."""

from __future__ import annotations

from pydantic import ConfigDict
from pydantic.alias_generators import to_pascal

from chalicelib.kit.gate import Wire

_ACRONYMS = {"vat_number": "VATNumber", "www": "WWW"}


def _spelled(name: str) -> str:
    return _ACRONYMS.get(name) or to_pascal(name)


class _Dialect(Wire):
    model_config = ConfigDict(alias_generator=_spelled, populate_by_name=True)


class CompanyInformation(_Dialect):
    address: str
    city: str
    company_name: str
    country_code: str
    database_number: int
    organization_number: str
    visit_address: str
    visit_city: str
    visit_country_code: str
    visit_zip_code: str
    zip_code: str


class CompanyInformationRead(_Dialect):
    company_information: CompanyInformation


class CompanySettings(_Dialect):
    """`DatabaseNumber` is a string here and an integer in CompanyInformation: so the dialect has it."""

    address: str
    city: str
    country: str
    country_code: str
    database_number: str
    email: str
    name: str
    organization_number: str
    phone1: str
    tax_enabled: bool
    vat_number: str
    www: str
    zip_code: str


class CompanySettingsRead(_Dialect):
    company_settings: CompanySettings


class Me(_Dialect):
    id: str
    name: str
    email: str
    sys_admin: bool
    locale: str


class MeRead(_Dialect):
    me: Me
