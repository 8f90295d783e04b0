"""Who holds tokens in a sandbox, as JSON and as a page; and taking them away as its customer would."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.accounts.domain import DeveloperLicenceRequiredError
from chalicelib.activations.domain import ActivationNotFoundError
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.guards import role
from chalicelib.kit.http import NoContent, Router
from chalicelib.kit.pages import go, page_errors, read_form, show
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.sandboxes import holders, service
from chalicelib.sandboxes.domain import SandboxNotReadyError, SandboxStatus
from chalicelib.sandboxes.guards import READERS, WRITERS
from chalicelib.sandboxes.holders import Holder
from chalicelib.sandboxes.pages import HOME
from chalicelib.sandboxes.schemas import HolderRead

router = Router(__name__)
pages = Router(__name__ + ".pages", kind="page", errors=page_errors)


@router.route("/sandboxes/{sandbox_id}/connections", methods=["GET"], guard=READERS,
              returns=HolderRead, listed=True, problems=[NotFoundError])  # fmt: skip
def list_sandbox_connections(ctx: Context, sandbox_id: str) -> Sequence[Holder]:
    """List the integrations that hold tokens in a sandbox"""
    return holders.list_holders(ctx, sandbox_id)


@router.route("/sandboxes/{sandbox_id}/connections/{integration_id}", methods=["DELETE"], guard=WRITERS,
              returns=NoContent,
              problems=[NotFoundError, ActivationNotFoundError, SandboxNotReadyError,
                        DeveloperLicenceRequiredError])  # fmt: skip
def disconnect_in_sandbox(ctx: Context, sandbox_id: str, integration_id: str) -> None:
    """Disconnect an integration as the sandbox's customer would; repeating it is no error"""
    holders.disconnect(ctx, sandbox_id, integration_id)


@pages.raw(f"{HOME}/{{sandbox_id}}/access", methods=["GET"], guard=role("developer", "viewer"))
def show_access(ctx: Context, request: Request, sandbox_id: str) -> Response:
    sandbox = service.get_sandbox(ctx, sandbox_id)
    is_ready = sandbox.status is SandboxStatus.READY
    return show(
        ctx, request, "sandboxes/access.html", title="Tokens and purchases", active=HOME, sandbox=sandbox,
        holders=holders.list_holders(ctx, sandbox_id) if is_ready else [],
        purchases=holders.list_purchases(ctx, sandbox) if is_ready else [],
        can_write=is_ready and "developer" in ctx.caller.roles,
    )  # fmt: skip


@pages.raw(f"{HOME}/{{sandbox_id}}/access/disconnect", methods=["POST"], guard=role("developer"))
def disconnect_page(ctx: Context, request: Request, sandbox_id: str) -> Response:
    form = read_form(ctx, request)
    holders.disconnect(ctx, sandbox_id, form.get("integration_id") or "")
    return go(ctx, request, f"{HOME}/{sandbox_id}/access", "Disconnected, as its customer would have done it.")
