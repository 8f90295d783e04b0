"""The fault switchboard as JSON, and as the forms of a sandbox's page."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.accounts.domain import DeveloperLicenceRequiredError
from chalicelib.faults.domain import Fault
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError, RejectedError
from chalicelib.kit.gate import parse_form
from chalicelib.kit.guards import role
from chalicelib.kit.http import NoContent, Router
from chalicelib.kit.pages import go, page_errors, read_form
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.sandboxes import switching
from chalicelib.sandboxes.domain import SandboxNotReadyError
from chalicelib.sandboxes.guards import READERS, WRITERS
from chalicelib.sandboxes.pages import HOME
from chalicelib.sandboxes.schemas import FaultRead, FaultSet

router = Router(__name__)
pages = Router(__name__ + ".pages", kind="page", errors=page_errors)


@router.route("/sandboxes/{sandbox_id}/faults", methods=["GET"], guard=READERS,
              returns=FaultRead, listed=True, problems=[NotFoundError])  # fmt: skip
def list_sandbox_faults(ctx: Context, sandbox_id: str) -> Sequence[Fault]:
    """List the faults that are switched on"""
    return switching.list_faults(ctx, sandbox_id)


@router.route("/sandboxes/{sandbox_id}/faults/{kind}", methods=["PUT"], guard=WRITERS, body=FaultSet,
              returns=FaultRead,
              problems=[NotFoundError, RejectedError, SandboxNotReadyError,
                        DeveloperLicenceRequiredError])  # fmt: skip
def put_sandbox_fault(ctx: Context, sandbox_id: str, kind: str, body: FaultSet) -> Fault:
    """Switch a fault on, until its lease ends"""
    return switching.switch_on(ctx, sandbox_id, kind, body)


@router.route("/sandboxes/{sandbox_id}/faults/{kind}", methods=["DELETE"], guard=WRITERS,
              returns=NoContent, problems=[NotFoundError])  # fmt: skip
def delete_sandbox_fault(ctx: Context, sandbox_id: str, kind: str) -> None:
    """Switch a fault off before its lease ends; repeating it is no error"""
    switching.switch_off(ctx, sandbox_id, kind)


@pages.raw(f"{HOME}/{{sandbox_id}}/faults", methods=["POST"], guard=role("developer"))
def post_fault_page(ctx: Context, request: Request, sandbox_id: str) -> Response:
    form = read_form(ctx, request)
    sent = type(form)(tuple(pair for pair in form.pairs if pair[0] != "kind"))
    switching.switch_on(ctx, sandbox_id, form.get("kind") or "", parse_form(FaultSet, sent))
    return go(ctx, request, f"{HOME}/{sandbox_id}#faults", "The fault is on. It ends by itself.")


@pages.raw(f"{HOME}/{{sandbox_id}}/faults/off", methods=["POST"], guard=role("developer"))
def post_fault_off_page(ctx: Context, request: Request, sandbox_id: str) -> Response:
    form = read_form(ctx, request)
    switching.switch_off(ctx, sandbox_id, form.get("kind") or "")
    return go(ctx, request, f"{HOME}/{sandbox_id}#faults", "The fault is off.")
