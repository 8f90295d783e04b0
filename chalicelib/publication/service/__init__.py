"""What developers, reviewers and other rooms may ask of publications."""

from chalicelib.publication.service.agreements import accept_agreement, find_acceptance
from chalicelib.publication.service.development import (
    Desk,
    change_publication,
    get_checklist,
    get_desk,
    get_publication,
    list_notes,
    list_own,
    send_message,
)
from chalicelib.publication.service.moving import add_transfer
from chalicelib.publication.service.ports import Ports
from chalicelib.publication.service.review import (
    Review,
    check_four_eyes,
    find_logos,
    get_review,
    list_notes_of,
    list_queue,
    list_review_notes,
    review,
    send_review_message,
)
from chalicelib.publication.service.rules import add_removal, check_price_lock, was_begun

__all__ = [
    "Desk",
    "Ports",
    "Review",
    "accept_agreement",
    "add_removal",
    "add_transfer",
    "change_publication",
    "check_four_eyes",
    "check_price_lock",
    "find_acceptance",
    "find_logos",
    "get_checklist",
    "get_desk",
    "get_publication",
    "get_review",
    "list_notes",
    "list_notes_of",
    "list_own",
    "list_queue",
    "list_review_notes",
    "review",
    "send_message",
    "send_review_message",
    "was_begun",
]
