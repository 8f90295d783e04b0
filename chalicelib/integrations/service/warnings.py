"""Mails before a secret ends: thirty days, a week and a day ahead, each once and only if it is still true."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.accounts import service as accounts
from chalicelib.config import settings
from chalicelib.integrations import repository
from chalicelib.integrations.domain import ClientSecret, Integration
from chalicelib.integrations.repository import SecretWarningItem
from chalicelib.integrations.service.people import builders_of
from chalicelib.kit import store
from chalicelib.kit.context import Context

__all__ = ["send_due_warnings"]

_LOOKED_BACK_DAYS = 7  # a schedule that stood still catches up


def send_due_warnings(ctx: Context) -> int:
    """How many warnings were dealt with. Repeatable: the row goes in the transaction that asks for its mails."""
    done = 0
    for days in range(_LOOKED_BACK_DAYS, -1, -1):
        day = f"{ctx.now - timedelta(days=days):%Y-%m-%d}"
        for row in repository.fetch_due_warnings(day, ctx.now if days == 0 else None):
            done += _deal_with(ctx, row)
    return done


def _deal_with(ctx: Context, row: SecretWarningItem) -> int:
    integration = repository.find_integration(row.integration_id)
    secret = _still_true(integration, row)
    try:
        with store.transaction() as tx:
            repository.remove_warning(tx, row)
            if integration is not None and secret is not None and ctx.now < row.secret_expires_at:
                _warn(tx, ctx, integration, secret)
    except store.RefusedError:
        return 0  # another run of the schedule was faster
    return 1


def _still_true(integration: Integration | None, row: SecretWarningItem) -> ClientSecret | None:
    """None when the secret is gone, or ends at another time than it was to."""
    for entry in integration.secrets if integration else ():
        if entry.secret_id == row.secret_id and entry.expires_at == row.secret_expires_at:
            return entry
    return None


def _warn(tx: store.Transaction, ctx: Context, integration: Integration, secret: ClientSecret) -> None:
    used = secret.last_used_at
    link = f"{settings().origin}/portal/integrations/{integration.integration_id}/oauth"
    for account in builders_of(integration.tenant_id):
        accounts.request_mail(
            tx, ctx, to=account.email, template="secret_expires", lang=account.lang, integration=integration.name,
            hint=secret.hint, ends=f"{secret.expires_at:%Y-%m-%d %H:%M} UTC",
            used=f"{used:%Y-%m-%d %H:%M} UTC" if used else "", link=link,
        )  # fmt: skip
