"""The mail function: one event, one mail; nothing lost, nothing injected."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.accounts import events, service
from chalicelib.accounts.repository.tables import SentMailItem
from chalicelib.accounts.service.mail import render_mail
from chalicelib.kit import store
from chalicelib.kit.aws import client as aws_client
from chalicelib.kit.context import new_context
from chalicelib.kit.html import View, render
from tests.factories import told

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "chalicelib/templates/accounts/mail"
VALUES = {
    "name": "Anna",
    "company": "Fjäll & Fika <AB>",
    "reason": "because",
    "link": "https://portal.test/account",
    "number": 1,
    "person": "Bo",
    "email": "bo@example.se",
    "step": "approve",
    "integration": "Kvitto",
    "developer": "Nordkod",
    "text": "",
    "contact": "help@nordkod.example",
    "count": 2,
    "numbers": "1234567, 2345678",
    "day": "24 December 2026",
    "ends": "24 December 2026",
    "sandbox": "Prov & test",
    "total": "125.00 SEK",
    "due": "31 December 2026",
    "hint": "Ab3x",
    "used": "",
    "sender": "Nordkod",
    "receiver": "Fjäll & Fika <AB>",
    "before": "99 SEK",
    "after": "129 SEK",
    "login": "Nordbok ID",
    "price": "149.00 SEK",
    "seats": 3,
    "free": "",
}


def ask(template="verify_email", lang="sv", to="anna@example.se", **values):
    ctx = new_context()
    with store.transaction() as tx:
        service.request_mail(tx, ctx, to=to, template=template, lang=lang, **(VALUES | values))
    return told("mail.requested")[-1]


def deliver(*asked):
    records = [{"messageId": event.event_id, "body": event.to_json()} for event in asked]
    return events.accounts_mail({"Records": records}, None)


def sent() -> list[dict[str, Any]]:
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.ses import ses_backends

    return [vars(message) for message in ses_backends[DEFAULT_ACCOUNT_ID]["eu-north-1"].sent_messages]


def test_one_event_is_one_mail_in_the_readers_language(aws):
    assert deliver(ask(lang="en")) == {"batchItemFailures": []}
    (mail,) = sent()
    assert mail["subject"] == "Confirm your e-mail address"
    assert mail["destinations"]["ToAddresses"] == ["anna@example.se"]
    assert mail["source"] == "Nordbok <portal@nordbok.test>"
    assert "https://portal.test/account" in mail["body"]


def test_the_same_event_again_sends_nothing(aws):
    event = ask()
    for _ in range(3):
        deliver(event)
    assert len(sent()) == 1
    (mark,) = SentMailItem.scan()
    assert (mark.expires_at - event.occurred_at).days >= 13


def test_a_mail_that_could_not_be_sent_comes_back_and_the_others_are_sent(aws):
    aws_client("ses")
    good, bad = ask(), ask(template="no_such_template")
    assert deliver(bad, good) == {"batchItemFailures": [{"itemIdentifier": bad.event_id}]}
    assert len(sent()) == 1
    assert SentMailItem.count() == 1


def test_without_permission_to_send_the_mail_is_not_marked_as_sent(aws):
    import boto3

    boto3.client("ses").delete_identity(Identity="portal@nordbok.test")
    event = ask()
    assert deliver(event)["batchItemFailures"]
    boto3.client("ses").verify_email_identity(EmailAddress="portal@nordbok.test")
    assert not deliver(event)["batchItemFailures"]
    assert len(sent()) == 1


@pytest.mark.parametrize("template", sorted({path.name.split(".")[0] for path in TEMPLATES.glob("*.txt")}))
@pytest.mark.parametrize("lang", ["sv", "en"])
def test_every_mail_exists_in_both_languages_and_leads_somewhere(aws, template, lang):
    subject, text = render_mail(ask(template, lang))
    assert subject
    assert "\n" not in subject
    assert "https://portal.test/account" in text
    assert "&amp;" not in subject + text, "a mail is text, not HTML"
    assert text.strip().endswith("Nordbok")


@pytest.mark.parametrize("changes", [{}, {"count": 1, "free": "yes", "used": "today", "text": "Nice", "contact": ""}])
def test_a_mail_reads_as_text_no_line_is_empty_twice_and_no_link_is_alone(changes):
    values = {name: str(value) for name, value in (VALUES | changes).items()}
    for path in sorted(TEMPLATES.glob("*.txt")):
        text = render(f"accounts/mail/{path.name}", view=View(title="", platform="Nordbok"), **values)
        assert "\n\n\n" not in text.strip(), path.name
        before_link = text.partition("https://portal.test/account")[0].rstrip()
        assert before_link.endswith((":", ".")), f"{path.name}: what the link is for stands before it"
        assert "(s)" not in text + path.name
        assert "(ar)" not in text


def test_IN_27_a_value_cannot_begin_a_line_or_a_header(aws):
    evil = "Fjäll\r\nBcc: victim@example.se\r\n\r\nVisit https://evil.example\u2028now"
    subject, text = render_mail(ask("licence_requested", company=evil, person=evil))
    assert "\n" not in subject
    assert "\nBcc" not in text
    assert "\u2028" not in text


@pytest.mark.parametrize("changes", [
    {"template": "../../layout/base"}, {"template": "Verify"}, {"lang": "../sv"}, {"lang": "de"}, {"values_encrypted": "k1.AAAA"},
])  # fmt: skip
def test_an_event_that_was_tampered_with_sends_nothing(aws, changes):
    event = ask()
    forged = replace(event, data={**event.data, **changes})
    assert deliver(forged)["batchItemFailures"]
    assert deliver(replace(event, subject="other@example.se"))["batchItemFailures"], "values belong to one reader"
    assert sent() == []


def test_the_message_of_a_stranger_goes_back_to_the_queue(aws):
    answer = events.accounts_mail({"Records": [{"messageId": "m1", "body": json.dumps({"x": 1})}]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}


def test_the_function_needs_no_other_room():
    code = (
        "import sys, chalicelib.accounts.events;"
        "rooms = {n.split('.')[1] for n in sys.modules if n.startswith('chalicelib.')};"
        "print(*sorted(rooms)); print('argon2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["accounts", "config", "kit", "start", "False"]
