"""The room's tables: codes, families with their connections, revocations, signing keys."""

from chalicelib.kit.store import Item
from chalicelib.oauth.repository.codes import CodeItem
from chalicelib.oauth.repository.families import ConnectionItem, FamilyItem
from chalicelib.oauth.repository.keys import SigningKeyItem
from chalicelib.oauth.repository.revocations import RevocationItem

TABLES: tuple[type[Item], ...] = (CodeItem, FamilyItem, ConnectionItem, RevocationItem, SigningKeyItem)
