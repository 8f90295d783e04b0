"""What an activation is, how far it has drifted from what its integration asks for, and what is refused; no AWS."""

from chalicelib.activations.domain.activation import (
    Activation,
    ActivationStatus,
    Consent,
    ConsentKind,
    EndCause,
    can_end,
    ended,
    event_of,
    new_activation,
)
from chalicelib.activations.domain.drift import (
    CurrentActivation,
    DroppedScope,
    Gap,
    ScopePreview,
    beside,
    new_preview,
)
from chalicelib.activations.domain.errors import (
    ActivationNotFoundError,
    ApprovedJustNowError,
    IntegrationSuspendedError,
    LastScopeError,
)
from chalicelib.activations.domain.receipt import (
    RECEIPT_DAYS,
    SETTLED_AFTER,
    Receipt,
    ReceiptLine,
    ScopeUse,
    narrowed,
    new_receipt,
)

__all__ = [
    "RECEIPT_DAYS",
    "SETTLED_AFTER",
    "Activation",
    "ActivationNotFoundError",
    "ActivationStatus",
    "ApprovedJustNowError",
    "Consent",
    "ConsentKind",
    "CurrentActivation",
    "DroppedScope",
    "EndCause",
    "Gap",
    "IntegrationSuspendedError",
    "LastScopeError",
    "Receipt",
    "ReceiptLine",
    "ScopePreview",
    "ScopeUse",
    "beside",
    "can_end",
    "ended",
    "event_of",
    "narrowed",
    "new_activation",
    "new_preview",
    "new_receipt",
]
