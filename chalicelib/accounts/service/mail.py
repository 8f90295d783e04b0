"""Mail to people: one event becomes one message in the reader's language, sent through SES."""

from __future__ import annotations

import re
from email.utils import formataddr
from typing import Any, cast

from chalicelib.accounts import repository
from chalicelib.accounts.domain import parse_email
from chalicelib.accounts.service.people import MAIL_PURPOSE
from chalicelib.config import load_data, settings
from chalicelib.kit.aws import client
from chalicelib.kit.context import Context
from chalicelib.kit.html import View, render
from chalicelib.kit.i18n import Lang
from chalicelib.kit.outbox import Event
from chalicelib.kit.secrets import unseal

_TEMPLATE = re.compile(r"[a-z]+(_[a-z]+)*")
_LANGUAGES = {"sv", "en"}
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def deliver_mail(ctx: Context, event: Event) -> None:
    """Send the mail the event asks for, unless it was sent before.

    The mark is set after sending: a crash between the two sends a mail twice, never not at all.
    """
    if repository.is_mail_sent(event.event_id):
        return
    subject, text = render_mail(event)
    platform = load_data("platform")["name"]
    client("ses").send_email(
        Source=formataddr((platform, settings().mail_from)),
        Destination={"ToAddresses": [parse_email(event.subject)]},
        Message={
            "Subject": {"Data": subject, "Charset": "UTF-8"},
            "Body": {"Text": {"Data": text, "Charset": "UTF-8"}},
        },
    )
    repository.mark_mail_sent(event.event_id, ctx.now)


def render_mail(event: Event) -> tuple[str, str]:
    """Subject and text. Raises ValueError for a mail that is not ours to send."""
    template, lang = event.data["template"], event.data["lang"]
    if not _TEMPLATE.fullmatch(template) or lang not in _LANGUAGES:
        raise ValueError("no such mail template")
    sealed = unseal(event.data["values_encrypted"], MAIL_PURPOSE, f"{event.subject} {template}")
    # A value is data: it may not begin a new line, and so not look like a text of ours (IN-27).
    values: dict[str, Any] = {name: _BREAKS.sub(" ", str(value)) for name, value in sealed.items()}
    view = View(title="", lang=cast("Lang", lang), platform=load_data("platform")["name"])
    subject, _, text = render(f"accounts/mail/{template}.{lang}.txt", view=view, **values).strip().partition("\n")
    return subject.strip(), text.strip() + "\n"
