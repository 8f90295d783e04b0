"""What people type: addresses, organization numbers, passwords."""

from __future__ import annotations

import re
import unicodedata

PASSWORD_MIN, PASSWORD_MAX = 12, 128

_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_EMAIL_MAX = 254  # RFC 5321 §4.5.3.1.3
_SWEDISH_NUMBER = re.compile(r"(\d{6})[- ]?(\d{4})")
_COUNTRY = re.compile(r"[A-Z]{2}")
_VAT_NUMBER = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,14}")
_WEBSITE = re.compile(r"https?://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d{1,5})?(/[!-~]*)?")
_FOREIGN_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z .-]{0,29}")


def parse_email(text: str) -> str:
    """The address in the one form we compare and send to. Raises ValueError for anything we would not write to.

    >>> parse_email("  Anna@Example.SE ")
    'anna@example.se'
    """
    email = unicodedata.normalize("NFKC", text).strip(" ").lower()
    local = email.partition("@")[0]
    if (
        len(email) > _EMAIL_MAX
        or not _EMAIL.fullmatch(email)
        or ".." in local
        or local.startswith(".")
        or local.endswith(".")
    ):
        raise ValueError("must be an e-mail address such as anna@example.se")
    return email


def parse_organization_number(text: str) -> str:
    """The number as it is printed. Raises ValueError.

    >>> parse_organization_number("5566778899")
    '556677-8899'
    """
    text = text.strip()
    swedish = _SWEDISH_NUMBER.fullmatch(text)
    if swedish:
        return f"{swedish[1]}-{swedish[2]}"
    if text and not _FOREIGN_NUMBER.fullmatch(text):
        raise ValueError("must be an organization number such as 556677-8899")
    return text


def find_password_fault(password: str, email: str) -> str | None:
    """What is wrong with a new password, as a sentence, or None (NIST SP 800-63B §3.1.1: length, not recipes)."""
    if len(password) < PASSWORD_MIN:
        return f"Use at least {PASSWORD_MIN} characters."
    if len(password) > PASSWORD_MAX:
        return f"Use at most {PASSWORD_MAX} characters."
    if password.strip().lower() == email:
        return "The password must not be your e-mail address."
    if len(set(password)) < 3:  # noqa: PLR2004 - "aaaaaaaaaaaa" is long and still the first guess
        return "Use a password that is not one character repeated."
    return None


def parse_optional_email(text: str) -> str:
    """An address, or nothing. Raises ValueError."""
    return parse_email(text) if text.strip() else ""


def parse_country_code(text: str) -> str:
    """Two letters (ISO 3166-1). Raises ValueError.

    >>> parse_country_code("se")
    'SE'
    """
    code = text.strip().upper()
    if not _COUNTRY.fullmatch(code):
        raise ValueError("must be the two letters of a country, such as SE")
    return code


def parse_vat_number(text: str) -> str:
    """As it is written without spaces, or nothing. Raises ValueError.

    >>> parse_vat_number("se 556677 8899 01")
    'SE556677889901'
    """
    number = re.sub(r"[ .-]", "", text).upper()
    if number and not _VAT_NUMBER.fullmatch(number):
        raise ValueError("must be a VAT number such as SE556677889901")
    return number


def parse_website(text: str) -> str:
    """A whole address on the web, or nothing. Raises ValueError."""
    if text and not _WEBSITE.fullmatch(text):
        raise ValueError("must be a whole address such as https://example.se")
    return text
