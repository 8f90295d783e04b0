"""A browser in words people use of it: "Firefox, Windows"; a guess, good for recognising one's own."""

from __future__ import annotations

import ipaddress

__all__ = ["describe_device", "rough_network"]

# The first that fits: many browsers name those they stem from as well.
_PROGRAMS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Vivaldi", "Vivaldi"),
    ("FxiOS", "Firefox"), ("Firefox/", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ("curl/", "curl"), ("python-requests", "Python"), ("Python-urllib", "Python"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def describe_device(user_agent: str) -> str:
    """Empty for what nobody would recognise.

    >>> describe_device("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0")
    'Firefox, Windows'
    """
    found = [next((word for mark, word in table if mark in user_agent), "") for table in (_PROGRAMS, _SYSTEMS)]
    return ", ".join(filter(None, found))


def rough_network(address: str) -> str:
    """The network an address is in: enough to tell home from abroad, too little to find anybody.

    >>> rough_network("192.0.2.77"), rough_network("2001:db8:1:2::3"), rough_network("?")
    ('192.0.2.0', '2001:db8:1::', '')
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{address}/{24 if parsed.version == 4 else 48}", strict=False).network_address)  # noqa: PLR2004
