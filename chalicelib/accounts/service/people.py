"""People: accounts by id and address, and the mail we ask to be sent to them."""

from __future__ import annotations

from chalicelib.accounts import repository
from chalicelib.accounts.domain import Account, is_sandbox
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.i18n import translate
from chalicelib.kit.outbox import new_event, publish
from chalicelib.kit.secrets import seal
from chalicelib.kit.store import Transaction

MAIL_PURPOSE = "mail"


def get_account(account_id: str) -> Account:
    """Raises NotFoundError."""
    account = repository.find_account(account_id)
    if account is None:
        raise NotFoundError("There is no such account.")
    return account


def find_account_by_email(email: str) -> Account | None:
    account_id = repository.find_account_id_by_email(email)
    return repository.find_account(account_id) if account_id else None


def name_in_mail(name: str, tenant_id: str, lang: str) -> str:
    """A company by its name; a test company says that it is one, for a mail has no frame that could."""
    said = translate("sv" if lang == "sv" else "en", "Sandbox")
    return f"{name} ({said})" if is_sandbox(tenant_id) else name


def request_mail(tx: Transaction, ctx: Context, *, to: str, template: str, lang: str, **values: str | int) -> None:
    """Ask for one mail in the transaction that gives the reason for it.

    `template` is a file of templates/accounts/mail; `values` are shown as text. They are sealed, because they may carry
    a one-time link and the outbox is kept for days.
    """
    sealed = seal(values, MAIL_PURPOSE, f"{to} {template}")
    publish(tx, new_event(ctx, "mail.requested", to, template=template, lang=lang, values_encrypted=sealed))
