"""Burning: whoever finds a client secret hands it in, and it is dead at once; its owners are told by mail.

The secret is its own proof: nobody can hand in one they do not hold. Its checksum turns typing and guessing away
before anything is asked, and what is asked is counted by address.
"""

from __future__ import annotations

import hmac
from functools import partial

from chalicelib.accounts import service as accounts
from chalicelib.config import settings
from chalicelib.integrations import domain, repository
from chalicelib.integrations.domain import ClientSecret, Integration, VersionConflictError
from chalicelib.integrations.service.changing import tell_change, told
from chalicelib.integrations.service.client_secrets import PURPOSE, SECRET_LENGTH
from chalicelib.integrations.service.people import builders_of
from chalicelib.kit import secrets, store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import UnavailableError

__all__ = ["burn_secret"]

_TRIES = 5
_PER_ADDRESS = 100  # a window of 15 minutes; a scanner that finds more may come again


def burn_secret(ctx: Context, secret: str) -> bool:
    """Whether it was a client secret that had not been revoked; it is now. Raises TooManyAttemptsError."""
    text = secret.strip()
    if len(text) != SECRET_LENGTH or not text.isascii() or not text.isalnum() or not secrets.has_checksum(text):
        return False
    accounts.take_attempt(ctx, "burn", ctx.source_ip, _PER_ADDRESS)
    for _ in range(_TRIES):
        found = _find(text)
        if found is None:
            return False
        before, burned = found
        after = domain.without_secret(before, burned.secret_id, ctx.now)
        event = told(ctx, "secret_burned", after, ["secrets"])
        try:
            repository.save_integration(
                before, after, event, ctx.operation_id, partial(_tell, ctx, before, after, burned)
            )
        except VersionConflictError:
            continue  # an editor was faster: the secret may be gone with that, or be there still
        return True
    raise UnavailableError


def _find(secret: str) -> tuple[Integration, ClientSecret] | None:
    for key_name in secrets.key_names():  # newest first: it may have been made under an older root key
        hashed = secrets.hash_secret(secret, PURPOSE, key_name)
        integration = repository.find_by_secret_hash(hashed)
        for entry in integration.secrets if integration else ():
            is_it = hmac.compare_digest(entry.client_secret_hash.encode(), hashed.encode())
            if integration is not None and is_it:
                return integration, entry
    return None


def _tell(
    ctx: Context, integration: Integration, after: Integration, burned: ClientSecret, tx: store.Transaction
) -> None:
    tell_change(tx, ctx, integration, after)
    link = f"{settings().origin}/portal/integrations/{integration.integration_id}/oauth"
    for account in builders_of(integration.tenant_id):
        accounts.request_mail(
            tx, ctx, to=account.email, template="secret_burned", lang=account.lang, integration=integration.name,
            hint=burned.hint, link=link,
        )  # fmt: skip
