"""Token families (one row each, at most 1 KB for ever) and connections (which families an activation has)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import (
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.condition import size
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from chalicelib.activations.domain import ConsentKind
from chalicelib.kit import store
from chalicelib.oauth.domain import FAMILIES_PER_ACTIVATION, REFRESH_IDLE_LIFETIME, TokenFamily


class _ByClient(GlobalSecondaryIndex["FamilyItem"]):  # type: ignore[no-untyped-call]  # PynamoDB left a hook untyped
    """A client's families by day of rest: the list, and what is about to die. A refresh moves a row once a day.

    Nothing that a refresh changes is projected, or each one would write here too.
    """

    Meta = store.index(
        "by_client",
        IncludeProjection(["tenant_number", "kind", "scopes", "issued_at", "revoked_at", "revoked_reason"]),
    )

    client_id = UnicodeAttribute(hash_key=True)
    rested_on = UnicodeAttribute(range_key=True)


class FamilyItem(store.Item):
    Meta = store.table("token-families")

    family_id = UnicodeAttribute(hash_key=True)
    client_id = UnicodeAttribute()
    integration_id = UnicodeAttribute()
    activation_id = UnicodeAttribute()
    tenant_id = UnicodeAttribute()
    tenant_number = NumberAttribute()
    account_id = UnicodeAttribute()
    kind = store.EnumAttribute(ConsentKind)
    scopes = UnicodeSetAttribute()  # a set, so that a narrower scope can be part of the one condition
    gen = NumberAttribute()
    issued_at = UTCDateTimeAttribute()
    rotated_at = UTCDateTimeAttribute()
    rested_on = UnicodeAttribute()  # the day of `rotated_at`
    revoked_at = UTCDateTimeAttribute(null=True)
    revoked_reason = UnicodeAttribute(null=True)
    expires_at = TTLAttribute()
    by_client = _ByClient()


class ConnectionItem(store.Item):
    """Changed with every new family and by the end of the activation, so that neither can miss the other."""

    Meta = store.table("connections")

    activation_id = UnicodeAttribute(hash_key=True)
    families = UnicodeSetAttribute(null=True)
    closed_at = UTCDateTimeAttribute(null=True)


# Written by hand: through PynamoDB's expressions a refresh would cost a third more of our own CPU (bench/oauth.py).
_ROTATION: dict[str, Any] = {
    "UpdateExpression": "SET gen = :next, rotated_at = :now, rested_on = :day",
    "ConditionExpression": "gen <= :gen AND client_id = :client_id AND attribute_not_exists(revoked_at)"
    " AND rotated_at > :idle AND expires_at > :second",
}


def find_family(family_id: str) -> TokenFamily | None:
    item = store.find(FamilyItem, family_id)
    return _to_family(item) if item else None


def add_family(tx: store.Transaction, family: TokenFamily) -> None:
    """Parts "family" (refused: the id is taken) and "connection" (refused: the activation has ended, or is full)."""
    rested_on = family.rotated_at.date().isoformat()
    tx.add("family", store.to_item(FamilyItem, family, scopes=set(family.scopes), rested_on=rested_on))
    is_open = ConnectionItem.closed_at.does_not_exist()
    count = size(ConnectionItem.families)  # type: ignore[no-untyped-call]  # PynamoDB
    has_room = ConnectionItem.families.does_not_exist() | (count < FAMILIES_PER_ACTIVATION)
    added: list[Action] = [ConnectionItem.families.add({family.family_id})]
    tx.update("connection", ConnectionItem, (family.activation_id,), added, is_open & has_room)


def rotate(family_id: str, gen: int, *, client_id: str, scopes: Collection[str], now: datetime) -> TokenFamily:
    """The one write of a refresh: generation `gen` becomes `gen + 1`.

    Raises RefusedError with the row as it stands (None if it is gone), from which the caller decides without a read.
    A row behind its own tokens (restored from a backup) moves forward: only we can have made the token.
    """
    moment = _moment(now)
    values = {
        ":gen": {"N": str(gen)},
        ":next": {"N": str(gen + 1)},
        ":client_id": {"S": client_id},
        ":now": {"S": moment},
        ":day": {"S": moment[:10]},
        ":idle": {"S": _moment(now - REFRESH_IDLE_LIFETIME)},
        ":second": {"N": str(int(now.timestamp()))},
    }
    written = {**_ROTATION, "Key": {"family_id": {"S": family_id}}, "ExpressionAttributeValues": values}
    if scopes:
        values |= {f":scope{number}": {"S": scope} for number, scope in enumerate(scopes)}
        written["ConditionExpression"] += "".join(
            f" AND contains(scopes, :scope{number})" for number in range(len(scopes))
        )
    try:
        return _read(store.update_written(FamilyItem, written))
    except store.RefusedError as refused:
        standing = refused.parts["item"]
        raise store.RefusedError({"family": _to_family(standing) if standing else None}) from None


def close_family(tx: store.Transaction, family_id: str, now: datetime, reason: str) -> None:
    """Closing what is closed or gone changes nothing: the first time and reason stay."""
    actions: list[Action] = [
        FamilyItem.revoked_at.set(FamilyItem.revoked_at | now),
        FamilyItem.revoked_reason.set(FamilyItem.revoked_reason | reason),
    ]
    tx.update(f"close:{family_id}", FamilyItem, (family_id,), actions, FamilyItem.family_id.exists())


def expire_family(tx: store.Transaction, family: TokenFamily, died_at: datetime, reason: str) -> None:
    """Part "expire:<id>": it died of itself; refused when it was refreshed or closed since it was read."""
    actions: list[Action] = [FamilyItem.revoked_at.set(died_at), FamilyItem.revoked_reason.set(reason)]
    unchanged = FamilyItem.revoked_at.does_not_exist() & (FamilyItem.rotated_at == family.rotated_at)
    tx.update(f"expire:{family.family_id}", FamilyItem, (family.family_id,), actions, unchanged)


def narrow_family(tx: store.Transaction, family_id: str, removed: frozenset[str]) -> None:
    """Take scopes from the row: the next refresh gives what is left. Some must be left: no set is empty."""
    actions: list[Action] = [FamilyItem.scopes.delete(set(removed))]
    tx.update(f"narrow:{family_id}", FamilyItem, (family_id,), actions, FamilyItem.family_id.exists())


@dataclass(frozen=True, slots=True)
class Connection:
    families: frozenset[str] = frozenset()
    is_closed: bool = False


def find_connection(activation_id: str) -> Connection:
    """The families an activation has, strongly consistent."""
    item = store.find(ConnectionItem, activation_id)
    return Connection(frozenset(item.families or ()), item.closed_at is not None) if item else Connection()


def list_connected(activation_ids: Collection[str]) -> frozenset[str]:
    """The names of all families that these activations have: one call for each hundred."""
    rows = store.get_many(ConnectionItem, activation_ids)
    return frozenset(name for row in rows for name in row.families or ())


def close_connection(tx: store.Transaction, activation_id: str, families: frozenset[str], now: datetime) -> None:
    """Part "connection": no family can be added any more; refused when one was added since `families` was read."""
    tx.update("connection", ConnectionItem, (activation_id,), [ConnectionItem.closed_at.set(now)], _unchanged(families))


def check_connection(tx: store.Transaction, activation_id: str, families: frozenset[str]) -> None:
    """Part "connection": refused when a family was added since `families` was read."""
    tx.check("connection", ConnectionItem, (activation_id,), _unchanged(families))


def drop_families(activation_id: str, dropped: frozenset[str]) -> None:
    """Forget families that are dead: nothing of theirs is left to close."""
    if dropped:
        store.update(ConnectionItem, (activation_id,), [ConnectionItem.families.delete(set(dropped))])


def remove_connection(activation_id: str) -> None:
    """The families of a company that is gone, then what named them."""
    for family_id in find_connection(activation_id).families:
        store.remove(FamilyItem, (family_id,))
    store.remove(ConnectionItem, (activation_id,))


def list_families(family_ids: Collection[str]) -> list[TokenFamily]:
    return [_to_family(item) for item in store.get_many(FamilyItem, family_ids)]


def _read(row: Mapping[str, Any]) -> TokenFamily:
    """A live family straight from its wire form."""
    text = {name: value["S"] for name, value in row.items() if "S" in value}
    return TokenFamily(
        family_id=text["family_id"],
        client_id=text["client_id"],
        integration_id=text["integration_id"],
        activation_id=text["activation_id"],
        tenant_id=text["tenant_id"],
        tenant_number=int(row["tenant_number"]["N"]),
        account_id=text["account_id"],
        kind=ConsentKind(text["kind"]),
        scopes=frozenset(row["scopes"]["SS"]),
        gen=int(row["gen"]["N"]),
        issued_at=datetime.fromisoformat(text["issued_at"]),
        rotated_at=datetime.fromisoformat(text["rotated_at"]),
        expires_at=datetime.fromtimestamp(int(row["expires_at"]["N"]), UTC),
    )


def _moment(moment: datetime) -> str:
    """As PynamoDB writes a moment of UTC; its own way is five times as slow."""
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "+0000"


def _unchanged(families: frozenset[str]) -> Any:
    if not families:
        return ConnectionItem.families.does_not_exist()
    return ConnectionItem.families == set(families)


def _to_family(item: FamilyItem) -> TokenFamily:
    return store.to_entity(TokenFamily, item, scopes=frozenset(item.scopes), gen=int(item.gen))
