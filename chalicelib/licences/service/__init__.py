"""What customers, integrations and other rooms may ask of licences."""

from chalicelib.licences.service.buying import (
    Offer,
    buy_licence,
    cancel_licence,
    change_licence_seats,
    get_licence,
    get_offer,
)
from chalicelib.licences.service.forgetting import forget_purchases
from chalicelib.licences.service.rights import check_use, find_right, get_entitlement, rights_reads
from chalicelib.licences.service.seating import Seating, assign_seat, find_holders, free_seat, get_seating

__all__ = [
    "Offer",
    "Seating",
    "assign_seat",
    "buy_licence",
    "cancel_licence",
    "change_licence_seats",
    "check_use",
    "find_holders",
    "find_right",
    "forget_purchases",
    "free_seat",
    "get_entitlement",
    "get_licence",
    "get_offer",
    "get_seating",
    "rights_reads",
]
