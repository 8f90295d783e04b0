"""The room's tables: codes, families with their connections, revocations, keys, attempts, legacy tokens."""

from chalicelib.kit.store import Item
from chalicelib.oauth.repository.attempts import AttemptItem
from chalicelib.oauth.repository.codes import CodeItem
from chalicelib.oauth.repository.connections import WarningItem
from chalicelib.oauth.repository.families import ConnectionItem, FamilyItem
from chalicelib.oauth.repository.keys import SigningKeyItem
from chalicelib.oauth.repository.legacy import LegacyTokenItem
from chalicelib.oauth.repository.revocations import RevocationItem

TABLES: tuple[type[Item], ...] = (
    AttemptItem,
    CodeItem,
    ConnectionItem,
    FamilyItem,
    LegacyTokenItem,
    RevocationItem,
    SigningKeyItem,
    WarningItem,
)
