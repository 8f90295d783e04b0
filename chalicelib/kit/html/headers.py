"""Response headers of HTML pages: a strict Content-Security-Policy and its companions (safety.md D20)."""

from __future__ import annotations

import re
from typing import Literal

__all__ = ["html_headers", "security_headers"]

Referrer = Literal["no-referrer", "same-origin"]
# CSP 3 §2.3.1: one source expression; a space, comma or semicolon inside would start another source or directive.
_SOURCE = re.compile(r"[a-z][a-z0-9+.-]*:(//[A-Za-z0-9.\[\]:*-]+(/[A-Za-z0-9._~%/-]*)?)?")
_HSTS = "max-age=63072000; includeSubDomains"  # two years, the least that browsers' preload lists accept


def security_headers(
    form_action: tuple[str, ...] = (),
    connect: tuple[str, ...] = (),
    img: tuple[str, ...] = (),
    *,
    secure: bool = True,
    private: bool = True,
    referrer: Referrer = "same-origin",
) -> dict[str, str]:
    """Headers for one page; the tuples name origins allowed beside our own. Raises ValueError on anything else.

    `referrer="no-referrer"` is for sign-in, consent and error pages. Note that browsers then send `Origin: null`
    with form posts. `private=False` is for pages that look alike to everybody: the caller sets their caching.
    """
    headers = {
        "Content-Security-Policy": _content_security_policy(form_action, connect, img),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": referrer,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    }
    if secure:
        headers["Strict-Transport-Security"] = _HSTS
    if private:
        headers["Cache-Control"] = "no-store"
    return headers


def html_headers(
    form_action: tuple[str, ...] = (), connect: tuple[str, ...] = (), img: tuple[str, ...] = (), *, secure: bool = True
) -> dict[str, str]:
    """Headers of a signed-in portal page, content type included."""
    return {"Content-Type": "text/html; charset=utf-8", **security_headers(form_action, connect, img, secure=secure)}


def _content_security_policy(form_action: tuple[str, ...], connect: tuple[str, ...], img: tuple[str, ...]) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src " + _sources("'self' data: blob:", img),
            "font-src 'self'",
            "connect-src " + _sources("'self'", connect),
            "form-action " + _sources("'self'", form_action),
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def _sources(always: str, more: tuple[str, ...]) -> str:
    for source in more:
        if not _SOURCE.fullmatch(source):
            message = f"not a CSP source: {source!r}"
            raise ValueError(message)
    return " ".join((always, *more))
