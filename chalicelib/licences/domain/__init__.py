"""Rules of licences: what is sold to whom, which agreement holds, seats, and the right that follows."""

from chalicelib.licences.domain.agreements import Agreement, Approval, offered_agreement
from chalicelib.licences.domain.entitlements import Entitlement, entitlement_of, is_priced, is_sold
from chalicelib.licences.domain.errors import (
    AgreementNotApprovedError,
    LicenceMissingError,
    NoFreeSeatError,
    SeatMissingError,
    SeatsInUseError,
    TermsChangedError,
)
from chalicelib.licences.domain.seats import Seats, seats_after

__all__ = [
    "Agreement",
    "AgreementNotApprovedError",
    "Approval",
    "Entitlement",
    "LicenceMissingError",
    "NoFreeSeatError",
    "SeatMissingError",
    "Seats",
    "SeatsInUseError",
    "TermsChangedError",
    "entitlement_of",
    "is_priced",
    "is_sold",
    "offered_agreement",
    "seats_after",
]
