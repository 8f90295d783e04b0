"""An integration as a file, and its way to another company, over JSON."""

from __future__ import annotations

from typing import Any

from chalicelib.accounts.domain import DeveloperLicenceRequiredError, TooManyAttemptsError
from chalicelib.integrations import service
from chalicelib.integrations.domain import (
    CreatedIntegration,
    Integration,
    NameTakenError,
    Transfer,
    TransferEndedError,
    TransferOpenError,
    VersionConflictError,
)
from chalicelib.integrations.file_schemas import (
    EndingRead,
    FileCheckRead,
    FileDiffRead,
    FileGiven,
    IntegrationFile,
    TransferCreate,
    TransferRead,
)
from chalicelib.integrations.schemas import CreatedIntegrationRead, IntegrationRead
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.guards import role
from chalicelib.kit.http import NoContent, Router
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response

router = Router(__name__)

_READERS = role("developer", "viewer")
_WRITERS = role("developer")
_OWNERS = role("owner")
_FILE = "/integrations/{integration_id}/file"
_TRANSFER = "/integrations/{integration_id}/transfer"


@router.raw(_FILE, methods=["GET"], guard=_READERS, returns=IntegrationFile, problems=[NotFoundError])
def export_integration(ctx: Context, _: Request, integration_id: str) -> Response:
    """The integration as a file: equal integrations are equal bytes"""
    integration, text = service.export_file(ctx, integration_id)
    return Response(
        text,
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "Content-Disposition": f'attachment; filename="integration-{integration.client_id}.json"',
            "Cache-Control": "no-store",
            "ETag": service.etag(integration),
        },
    )


@router.route(_FILE, methods=["PUT"], guard=_WRITERS, body=FileGiven, returns=IntegrationRead, conditional=True,
              headers=lambda found: {"ETag": service.etag(found)}, problems=[
                  DeveloperLicenceRequiredError, NotFoundError, NameTakenError, VersionConflictError])  # fmt: skip
def apply_integration_file(ctx: Context, integration_id: str, body: FileGiven, if_match: str | None) -> Integration:
    """Make the integration what the file says; a second time changes nothing"""
    return service.apply_file(ctx, integration_id, body.given, if_match)


@router.route(f"{_FILE}/diff", methods=["POST"], guard=_READERS, body=FileGiven, returns=FileDiffRead,
              problems=[NotFoundError])  # fmt: skip
def diff_integration_file(ctx: Context, integration_id: str, body: FileGiven) -> dict[str, Any]:
    """What applying the file would change"""
    integration, changes = service.compare_file(ctx, integration_id, body.given)
    return {"version": integration.version, "changes": changes}


@router.route("/integrations/files/validation", methods=["POST"], guard=_READERS, body=FileGiven,
              returns=FileCheckRead)  # fmt: skip
def validate_integration_file(_: Context, body: FileGiven) -> dict[str, Any]:
    """Every error of a file with its path, without storing anything"""
    errors = service.check_file(body.given)
    return {"is_valid": not errors, "errors": errors}


@router.route("/integrations/files", methods=["POST"], guard=_WRITERS, body=FileGiven, returns=CreatedIntegrationRead,
              status=201, keyed=True, problems=[DeveloperLicenceRequiredError, NameTakenError],
              headers=lambda made: {"Location": f"/integrations/{made.integration.integration_id}",
                                    "ETag": service.etag(made.integration)})  # fmt: skip
def import_integration(ctx: Context, body: FileGiven) -> CreatedIntegration:
    """Create an integration from a file, with credentials of its own"""
    return service.create_from_file(ctx, body.given)


@router.route("/integrations/{integration_id}/ending", methods=["GET"], guard=_READERS, returns=EndingRead,
              problems=[NotFoundError])  # fmt: skip
def get_ending(ctx: Context, integration_id: str) -> service.Ending:
    """What deleting the integration would end"""
    return service.get_ending(ctx, integration_id)


@router.route(_TRANSFER, methods=["POST"], guard=_OWNERS, body=TransferCreate, returns=TransferRead, status=201,
              problems=[DeveloperLicenceRequiredError, NotFoundError, TransferOpenError,
                        TooManyAttemptsError])  # fmt: skip
def offer_transfer(ctx: Context, integration_id: str, body: TransferCreate) -> Transfer:
    """Offer the integration to another company; an owner of it has two weeks to accept"""
    return service.offer_transfer(ctx, integration_id, body)


@router.route(_TRANSFER, methods=["GET"], guard=_READERS, returns=TransferRead, problems=[NotFoundError])
def get_transfer(ctx: Context, integration_id: str) -> Transfer:
    """The open offer, if there is one"""
    found = service.find_transfer(ctx, integration_id)
    if found is None:
        raise NotFoundError("There is no open offer.")
    return found


@router.route(_TRANSFER, methods=["DELETE"], guard=_OWNERS, returns=NoContent, problems=[NotFoundError])
def withdraw_transfer(ctx: Context, integration_id: str) -> None:
    """Take the offer back"""
    service.withdraw_transfer(ctx, integration_id)


@router.route("/transfers", methods=["GET"], guard=_READERS, query=PageQuery, returns=TransferRead, paged=True)
def list_transfers(ctx: Context, query: PageQuery) -> Page[Transfer]:
    """What other companies offer yours"""
    return service.list_incoming_transfers(ctx, query)


@router.route("/transfers/{integration_id}/acceptance", methods=["POST"], guard=_OWNERS,
              returns=CreatedIntegrationRead, keyed=True,
              problems=[DeveloperLicenceRequiredError, NotFoundError, NameTakenError, TransferEndedError])  # fmt: skip
def accept_transfer(ctx: Context, integration_id: str) -> CreatedIntegration:
    """Take the integration over; the new client secret is in this answer only"""
    return service.accept_transfer(ctx, integration_id)


@router.route("/transfers/{integration_id}", methods=["DELETE"], guard=_OWNERS, returns=NoContent,
              problems=[NotFoundError])  # fmt: skip
def decline_transfer(ctx: Context, integration_id: str) -> None:
    """Say no to an offer"""
    service.decline_transfer(ctx, integration_id)
