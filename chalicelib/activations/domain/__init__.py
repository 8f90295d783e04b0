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
from chalicelib.activations.domain.errors import ActivationNotFoundError, IntegrationSuspendedError

__all__ = [
    "Activation",
    "ActivationNotFoundError",
    "ActivationStatus",
    "Consent",
    "ConsentKind",
    "CurrentActivation",
    "DroppedScope",
    "EndCause",
    "Gap",
    "IntegrationSuspendedError",
    "ScopePreview",
    "beside",
    "can_end",
    "ended",
    "event_of",
    "new_activation",
    "new_preview",
]
