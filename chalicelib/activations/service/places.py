"""Where a customer is sent: to the integration's start page, or to where it begins its own authorization request."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.activations import repository
from chalicelib.activations.domain import Activation, ActivationNotFoundError, IntegrationSuspendedError
from chalicelib.activations.service.ports import Ports
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration, IntegrationStatus
from chalicelib.kit.context import Context
from chalicelib.kit.reads import read_ahead
from chalicelib.licences import service as licences

__all__ = ["Launch", "find_approval_page", "find_start_page", "launch"]


@dataclass(frozen=True, slots=True)
class Launch:
    url: str


def find_start_page(ctx: Context, integration_id: str) -> str:
    """Where "Go to the integration" leads: the start page as the developer has it now, else the nearest thing to it.

    Two calls.
    Raises ActivationNotFoundError, IntegrationSuspendedError, LicenceMissingError, SeatMissingError, NotFoundError when
    the developer has removed it.
    """
    tenant_id = ctx.caller.tenant_id
    ahead = (repository.activation_read(tenant_id, integration_id), integrations.owner_read(integration_id))
    with read_ahead(*ahead, *licences.rights_reads(tenant_id, integration_id)):
        activation, integration = _get(ctx, integration_id)
        if integration.is_stopped:
            raise _suspended()
        licences.check_use(ctx, integration)
    if Ports.count_launch is not None:
        Ports.count_launch(ctx, integration.tenant_id, integration_id)  # whose it is today
    return _first(activation, integration.start_page, integration.website, *integration.redirect_uris)


def launch(ctx: Context, integration_id: str) -> Launch:
    """The same for programs. Raises what `find_start_page` raises."""
    return Launch(find_start_page(ctx, integration_id))


def find_approval_page(ctx: Context, integration_id: str) -> str:
    """Where new scopes are approved: its landing page without a code, from where it asks anew (contract.md)."""
    activation, integration = _get(ctx, integration_id)
    if integration.status is IntegrationStatus.SUSPENDED:
        raise _suspended()
    return _first(activation, *integration.redirect_uris, integration.start_page, integration.website)


def _get(ctx: Context, integration_id: str) -> tuple[Activation, Integration]:
    activation = repository.find(ctx.caller.tenant_id, integration_id)
    if activation is None or not activation.is_active:
        raise ActivationNotFoundError("Your company has not activated this integration.")
    return activation, integrations.get_public(integration_id)


def _suspended() -> IntegrationSuspendedError:
    return IntegrationSuspendedError("The platform has suspended this integration. Ask its developer.")


def _first(activation: Activation, *places: str) -> str:
    return next((url for url in places if url), activation.redirect_uri)
