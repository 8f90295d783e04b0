"""Wire shapes of activations: what the customer sees of their own, and what the developer sees of a customer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator

from chalicelib.activations.domain import ActivationStatus, ConsentKind
from chalicelib.kit.gate import Wire

Sorted = Annotated[list[str], BeforeValidator(sorted)]


class ActivationRead(Wire):
    """For the company that activated it."""

    activation_id: str
    integration_id: str
    integration_name: str
    client_id: str
    status: ActivationStatus
    scopes: Sorted
    kind: ConsentKind
    activated_at: datetime
    consented_at: datetime
    ended_at: datetime | None


class CustomerRead(Wire):
    """For the developer: which company, not which person. `tenant_number` is the dialect's `tenantId`."""

    activation_id: str
    tenant_number: int
    company_name: str
    status: ActivationStatus
    scopes: Sorted
    kind: ConsentKind
    activated_at: datetime
    consented_at: datetime
    ended_at: datetime | None
