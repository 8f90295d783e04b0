"""The development mailbox: what SES was asked to send, newest first, as a page and as JSON."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime
from typing import Any

LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,)]")
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Mailbox of this machine</title><link rel="icon" href="data:,">
<style>
 :root {{ color-scheme: light dark }}
 body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }}
 article {{ border: 1px solid #8886; border-radius: .5rem; padding: 1rem; margin: 1rem 0 }}
 h2 {{ font-size: 1.1rem; margin: 0 }} pre {{ white-space: pre-wrap; font: inherit; margin: .5rem 0 0 }}
 small {{ opacity: .75 }}
</style>
<h1>Mailbox of this machine</h1>
<p>Nothing is sent from the embedded AWS; every mail ends here. <a href="/dev/mail.json">As JSON</a>.</p>
<form><label>To <input name="to" type="search" value="{to}"></label> <button>Show</button></form>
{mails}
</html>
"""
MAIL = """<article><h2>{subject}</h2><small>To {to} · {sent_at}</small><pre>{text}</pre></article>"""


def show(answer: bytes, path: str, to: str) -> tuple[str, str]:
    """Content type and body for `/dev/mail` or `/dev/mail.json`, for one recipient if `to` is given."""
    mails = read_mails(answer, to)
    if path.endswith(".json"):
        return "application/json", json.dumps({"mails": mails}, ensure_ascii=False, indent=1)
    shown = "\n".join(_article(mail) for mail in mails) or "<p>No mail yet.</p>"
    return "text/html; charset=utf-8", PAGE.format(to=html.escape(to), mails=shown)


def read_mails(answer: bytes, to: str = "") -> list[dict[str, Any]]:
    """The emulator's record of messages, newest first."""
    messages = json.loads(answer or b"{}").get("messages", {})
    mails = [_mail(message) for account in messages.values() for message in account]
    wanted = [mail for mail in mails if not to or to.lower() in (address.lower() for address in mail["to"])]
    return sorted(wanted, key=lambda mail: str(mail["sent_at"]), reverse=True)


def _mail(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": message["MessageId"],
        "from": message["Source"],
        "to": message["To"],
        "subject": message["Subject"],
        "text": message["BodyText"] or "",
        "html": message["BodyHtml"] or "",
        "sent_at": _time(message["Timestamp"]),
    }


def _time(value: object) -> str:
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).isoformat()
    return str(value)


def _article(mail: dict[str, Any]) -> str:
    text = html.escape(mail["text"])
    linked = LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', text)
    return MAIL.format(
        subject=html.escape(mail["subject"]),
        to=html.escape(", ".join(mail["to"])),
        sent_at=mail["sent_at"],
        text=linked,
    )
