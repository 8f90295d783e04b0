"""Publications: states, snapshots, checklist and what is refused; no AWS, no HTTP."""

from chalicelib.publication.domain.checklist import Checklist, Finding, Rule, checklist, is_complete, run_checklist
from chalicelib.publication.domain.errors import (
    AgreementRequiredError,
    ChecklistError,
    FourEyesError,
    PriceLockedError,
    PublicationStateError,
    ReviewOutdatedError,
)
from chalicelib.publication.domain.machine import (
    ALLOWED,
    Action,
    Place,
    Publication,
    PublicationStatus,
    Verdict,
    new_publication,
    step,
)
from chalicelib.publication.domain.notes import Acceptance, Agreement, Note, agreement, new_note
from chalicelib.publication.domain.snapshot import Change, Snapshot, diff, price_model, take_snapshot

__all__ = [
    "ALLOWED",
    "Acceptance",
    "Action",
    "Agreement",
    "AgreementRequiredError",
    "Change",
    "Checklist",
    "ChecklistError",
    "Finding",
    "FourEyesError",
    "Note",
    "Place",
    "PriceLockedError",
    "Publication",
    "PublicationStateError",
    "PublicationStatus",
    "ReviewOutdatedError",
    "Rule",
    "Snapshot",
    "Verdict",
    "agreement",
    "checklist",
    "diff",
    "is_complete",
    "new_note",
    "new_publication",
    "price_model",
    "run_checklist",
    "step",
    "take_snapshot",
]
