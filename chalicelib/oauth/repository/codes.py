"""Authorization codes in DynamoDB; a used one is kept for a day, so that using it again revokes what it produced."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.update import Action

from chalicelib.activations.domain import ConsentKind
from chalicelib.kit import store
from chalicelib.oauth.domain import CODE_KEPT_FOR, AuthorizationCode


class CodeItem(store.Item):
    Meta = store.table("codes")

    code_hash = UnicodeAttribute(hash_key=True)
    client_id = UnicodeAttribute()
    integration_id = UnicodeAttribute()
    activation_id = UnicodeAttribute()
    tenant_id = UnicodeAttribute()
    tenant_number = NumberAttribute()
    account_id = UnicodeAttribute()
    kind = store.EnumAttribute(ConsentKind)
    scopes = store.WordSetAttribute()
    redirect_uri = UnicodeAttribute()
    code_challenge = UnicodeAttribute()
    attempt_id = UnicodeAttribute(default="")
    issued_at = UTCDateTimeAttribute()
    valid_until = UTCDateTimeAttribute()
    family_id = UnicodeAttribute(null=True)
    expires_at = TTLAttribute()


def put(tx: store.Transaction, code: AuthorizationCode) -> None:
    kept_until = code.issued_at + CODE_KEPT_FOR
    tx.add("code", store.to_item(CodeItem, code, valid_until=code.expires_at, expires_at=kept_until))


def find(code_hash: str) -> AuthorizationCode | None:
    item = store.find(CodeItem, code_hash)
    return store.to_entity(AuthorizationCode, item, expires_at=item.valid_until) if item else None


def use(tx: store.Transaction, code: AuthorizationCode, family_id: str) -> None:
    """Part "code": consumed by this family, if nobody was first."""
    unused = CodeItem.code_hash.exists() & CodeItem.family_id.does_not_exist()
    actions: list[Action] = [CodeItem.family_id.set(family_id)]
    tx.update("code", CodeItem, (code.code_hash,), actions, unused)
