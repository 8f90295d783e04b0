"""Invoices on their way to customers: a port, whose embedded default keeps them here and mails a copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from decimal import Decimal

from chalicelib.accounts import service as accounts
from chalicelib.config import settings
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.outbox import Event
from chalicelib.kit.ports import Hub
from chalicelib.sales import repository
from chalicelib.sales.domain import Invoice, Line, parse_line

__all__ = ["Ports", "deliver", "read_lines"]

_MINOR_PER_MAJOR = 100


class Ports(Hub):
    """What another way out, or an upper room, is put in for.

    `send(tx, ctx, invoice)` adds to the transaction that marks the invoice as delivered: a hand-over to an invoicing
    service adds its own event there. `add_audit(tx, ctx, tenant_id, action, reason, subject)`: a row of the operator's
    log. `list_users(integration_id, tenant_ids)`: name and address of whoever uses it in these companies, by company.
    """

    send: Callable[[store.Transaction, Context, Invoice], None]
    add_audit: Callable[[store.Transaction, Context, str, str, str, str], None] | None = None
    list_users: Callable[[str, Iterable[str]], Mapping[str, list[tuple[str, str]]]] | None = None


def mail_copy(tx: store.Transaction, ctx: Context, invoice: Invoice) -> None:
    """To the company's address, or to the person who bought; in that person's language."""
    address, lang = invoice.customer.email, "sv"
    with suppress(NotFoundError):
        account = accounts.get_account(invoice.account_id)
        address, lang = address or account.email, account.lang
    if not address:
        return
    accounts.request_mail(
        tx,
        ctx,
        to=address,
        template="credit_note" if invoice.is_credit else "invoice",
        lang=lang,
        company=invoice.customer.name,
        number=invoice.number,
        total=f"{Decimal(invoice.total_minor) / _MINOR_PER_MAJOR:.2f} {invoice.currency}",
        due=invoice.due_on.isoformat(),
        link=f"{settings().origin}/account/invoices/{invoice.number}",
    )


Ports.send = staticmethod(mail_copy)


def deliver(ctx: Context, event: Event) -> None:
    """`invoices.issued`: send each once; a second message finds them delivered."""
    for tenant_id, number in event.data["invoices"]:
        invoice = repository.find_invoice(tenant_id, int(number))
        if invoice is None or invoice.delivered_at is not None:
            continue
        with suppress(store.RefusedError), store.transaction() as tx:
            Ports.send(tx, ctx, invoice)
            repository.mark_delivered(tx, invoice, ctx.now)


def read_lines(invoice: Invoice) -> list[Line]:
    """What the invoice consists of, VAT last: one Query."""
    return [
        parse_line(text) for _, text, _ in repository.read_entries(invoice.month, invoice.first_seq, invoice.last_seq)
    ]
