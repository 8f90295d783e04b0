"""Which VAT an invoice has: the platform's own, or none where the buyer reports it (reverse charge)."""

from __future__ import annotations

import re

from chalicelib.config import load_data

__all__ = ["EU_COUNTRIES", "is_vat_number", "vat_percent_of"]

# What follows the two letters, by country (European Commission, VIES: structure of VAT numbers).
_FORMS = {
    "AT": r"U[0-9]{8}", "BE": r"[01][0-9]{9}", "BG": r"[0-9]{9,10}", "CY": r"[0-9]{8}[A-Z]", "CZ": r"[0-9]{8,10}",
    "DE": r"[0-9]{9}", "DK": r"[0-9]{8}", "EE": r"[0-9]{9}", "ES": r"[0-9A-Z][0-9]{7}[0-9A-Z]", "FI": r"[0-9]{8}",
    "FR": r"[0-9A-HJ-NP-Z]{2}[0-9]{9}", "GR": r"[0-9]{9}", "HR": r"[0-9]{11}", "HU": r"[0-9]{8}",
    "IE": r"[0-9][0-9A-Z+*][0-9]{5}[A-Z]{1,2}", "IT": r"[0-9]{11}", "LT": r"([0-9]{9}|[0-9]{12})", "LU": r"[0-9]{8}",
    "LV": r"[0-9]{11}", "MT": r"[0-9]{8}", "NL": r"[0-9A-Z+*]{12}", "PL": r"[0-9]{10}", "PT": r"[0-9]{9}",
    "RO": r"[0-9]{2,10}", "SE": r"[0-9]{10}01", "SI": r"[0-9]{8}", "SK": r"[0-9]{10}",
}  # fmt: skip
_LETTERS = {"GR": "EL"}  # the one country whose numbers begin with other letters than its code
EU_COUNTRIES = frozenset(_FORMS)


def is_vat_number(country_code: str, text: str) -> bool:
    """Whether it has the form of that country's numbers; that it exists is not asked.

    >>> is_vat_number("DE", "DE123456789"), is_vat_number("DE", "SE123456789001"), is_vat_number("GR", "EL123456789")
    (True, False, True)
    """
    form = _FORMS.get(country_code)
    return form is not None and re.fullmatch(_LETTERS.get(country_code, country_code) + form, text) is not None


def vat_percent_of(country_code: str, vat_number: str) -> int:
    """0 for a company of another EU country with a number of the right form, else the platform's own.

    >>> vat_percent_of("SE", "SE559999000801"), vat_percent_of("DK", "DK12345678"), vat_percent_of("DK", "12345678")
    (25, 0, 25)
    """
    platform = load_data("platform")
    home: int = platform["vat_percent"]
    is_abroad = country_code != platform["country"] and is_vat_number(country_code, vat_number)
    return 0 if is_abroad else home
