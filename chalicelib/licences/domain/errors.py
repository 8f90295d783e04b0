"""What this room refuses beyond the general kinds."""

from __future__ import annotations

from chalicelib.kit.errors import ConflictError, ForbiddenError, RejectedError

__all__ = [
    "AgreementNotApprovedError",
    "LicenceMissingError",
    "NoFreeSeatError",
    "SeatMissingError",
    "SeatsInUseError",
    "TermsChangedError",
]


class AgreementNotApprovedError(RejectedError):
    title = "The user agreement has to be approved"


class TermsChangedError(ConflictError):
    title = "The price or the agreement has changed"


class NoFreeSeatError(ConflictError):
    title = "All licences are taken"


class SeatsInUseError(ConflictError):
    title = "More people use it than that"


class SeatMissingError(ForbiddenError):
    title = "You have no licence for this integration"


class LicenceMissingError(ForbiddenError):
    title = "The company has no licence for this integration"
