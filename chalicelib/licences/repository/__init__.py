"""Storage of licences."""

from chalicelib.licences.repository.agreements import (
    AgreementItem,
    ApprovalItem,
    add_approval,
    agreement_read,
    find_latest_agreement,
    put_agreement,
    remove_approvals,
)
from chalicelib.licences.repository.seats import (
    SeatsItem,
    find_holders,
    find_seats,
    free_seat,
    list_seats,
    put_seats,
    remove_seats,
    seats_read,
    take_seat,
)

__all__ = [
    "TABLES",
    "add_approval",
    "agreement_read",
    "find_holders",
    "find_latest_agreement",
    "find_seats",
    "free_seat",
    "list_seats",
    "put_agreement",
    "put_seats",
    "remove_approvals",
    "remove_seats",
    "seats_read",
    "take_seat",
]

TABLES = (AgreementItem, ApprovalItem, SeatsItem)
