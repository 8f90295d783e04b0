"""API tokens: rows of their company, so that a token names the row it is checked against and nothing else."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.accounts.domain import ApiToken
from chalicelib.kit import store


class ApiTokenItem(store.Item):
    Meta = store.table("api-tokens")

    tenant_id = UnicodeAttribute(hash_key=True)
    token_id = UnicodeAttribute(range_key=True)
    account_id = UnicodeAttribute()
    name = UnicodeAttribute()
    purpose = UnicodeAttribute()
    token_hash = UnicodeAttribute()
    used_on = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()


def add_api_token(token: ApiToken) -> None:
    store.add(store.to_item(ApiTokenItem, token, used_on=None))


def find_api_token(tenant_id: str, token_id: str) -> ApiToken | None:
    item = store.find(ApiTokenItem, tenant_id, token_id)
    return _to_token(item) if item else None


def list_api_tokens(tenant_id: str) -> list[ApiToken]:
    with store.faults():
        return [_to_token(item) for item in ApiTokenItem.query(tenant_id, consistent_read=True)]


def remove_api_token(tenant_id: str, token_id: str) -> None:
    store.remove(ApiTokenItem, (tenant_id, token_id))


def note_api_token_use(token: ApiToken, day: date) -> None:
    """Once a day; a token revoked meanwhile stays gone."""
    with suppress(store.RefusedError):
        actions = [ApiTokenItem.used_on.set(day.isoformat())]
        store.update(ApiTokenItem, (token.tenant_id, token.token_id), actions, ApiTokenItem.token_id.exists())


def _to_token(item: ApiTokenItem) -> ApiToken:
    return store.to_entity(ApiToken, item, used_on=date.fromisoformat(item.used_on) if item.used_on else None)
