"""One sandbox as a page: its state, how to connect, its people, name and notes, and what can be done with it."""

from __future__ import annotations

from typing import Any

from chalicelib.accounts import service as accounts
from chalicelib.faults.domain import FaultKind
from chalicelib.kit.context import Context
from chalicelib.kit.errors import RejectedError
from chalicelib.kit.gate import parse_form
from chalicelib.kit.guards import role, signed_in
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import mark, translate
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.request import Form, Request
from chalicelib.kit.response import Response, redirect
from chalicelib.sandboxes import service, switching
from chalicelib.sandboxes.domain import PEOPLE, Connection, Sandbox, SandboxStatus
from chalicelib.sandboxes.pages import HOME, STATES, data_choices
from chalicelib.sandboxes.repository import snapshots as snapshot_repository
from chalicelib.sandboxes.schemas import NAME_MAX, NOTES_MAX, SandboxUpdate

pages = Router(__name__, kind="page", errors=page_errors)

_FAULTS: dict[FaultKind, str] = {
    FaultKind.EXPIRED_TOKENS: mark("Expire the access tokens now"),
    FaultKind.REVOKED: mark("As if the customer had disconnected"),
    FaultKind.MODULE_REMOVED: mark("A module licence is missing"),
    FaultKind.TOO_MANY_REQUESTS: mark("Too many requests (429)"),
    FaultKind.SERVER_ERROR: mark("Server error (5xx)"),
    FaultKind.SLOW: mark("Slow answers"),
    FaultKind.LOST_ANSWER: mark("Lost answers: done, but not told"),
}
_READERS = role("developer", "viewer")
_WRITERS = role("developer")


@pages.raw(f"{HOME}/{{sandbox_id}}", methods=["GET"], guard=_READERS)
def show_sandbox(ctx: Context, request: Request, sandbox_id: str) -> Response:
    return _page(ctx, request, service.get_sandbox(ctx, sandbox_id))


@pages.raw(f"{HOME}/{{sandbox_id}}/state", methods=["GET"], guard=_READERS)
def show_sandbox_state(ctx: Context, request: Request, sandbox_id: str) -> Response:
    """The progress alone: what the page asks for while something is under way."""
    sandbox = service.get_sandbox(ctx, sandbox_id)
    return show(ctx, request, "sandboxes/state.html", title="Sandbox", **_state(ctx, sandbox))


@pages.raw(f"{HOME}/{{sandbox_id}}/connection", methods=["POST"], guard=_WRITERS)
def show_new_connection(ctx: Context, request: Request, sandbox_id: str) -> Response:
    """The secret is in this answer only, so there is nothing to redirect to."""
    read_form(ctx, request)
    connection = service.new_connection(ctx, sandbox_id)
    return _page(ctx, request, service.get_sandbox(ctx, sandbox_id), connection=connection)


@pages.raw(f"{HOME}/{{sandbox_id}}/settings", methods=["POST"], guard=_WRITERS)
def change_sandbox_page(ctx: Context, request: Request, sandbox_id: str) -> Response:
    form = read_form(ctx, request)
    try:
        # An emptied field is left out of the command; notes may be emptied.
        command = parse_form(SandboxUpdate, form)
        if form.get("notes") == "":
            command = command.model_copy(update={"notes": ""})
        service.change_sandbox(ctx, sandbox_id, _with_fields_set(command))
    except RejectedError as error:
        errors = {entry["pointer"].strip("/"): entry["message"] for entry in error.errors}
        sandbox = service.get_sandbox(ctx, sandbox_id)
        return _page(ctx, request, sandbox, status=error.status, errors=errors, typed=form)
    return go(ctx, request, f"{HOME}/{sandbox_id}", "Saved.")


@pages.raw(f"{HOME}/{{sandbox_id}}/open", methods=["POST"], guard=_READERS)
def open_sandbox_page(ctx: Context, request: Request, sandbox_id: str) -> Response:
    """Into the test company in one click; somebody else's session is entered with the way back in a cookie."""
    form = read_form(ctx, request)
    started = service.open_sandbox(ctx, sandbox_id, form.get("person") or "")
    answer = redirect("/").with_cookie(accounts.session_cookie(started))
    if started.account_id == ctx.caller.account_id:
        return answer
    return answer.with_cookie(accounts.return_cookie(request))


@pages.raw(f"{HOME}/leave", methods=["POST"], guard=signed_in)
def leave_sandbox_page(ctx: Context, request: Request) -> Response:
    read_form(ctx, request)
    before = accounts.find_return(ctx, request)
    if before is None:
        return redirect(HOME).with_cookie(accounts.session_cookie(service.leave_sandbox(ctx)))
    accounts.end_session(ctx)
    back = redirect(HOME).with_cookie(accounts.cookie_of_session(before))
    return back.with_cookie(accounts.clearing_return_cookie())


def _with_fields_set(command: SandboxUpdate) -> SandboxUpdate:
    return SandboxUpdate(**{name: value for name, value in command if value is not None})


def _page(  # noqa: PLR0913 - what one answer may bring along
    ctx: Context,
    request: Request,
    sandbox: Sandbox,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    typed: Form | None = None,
    connection: Connection | None = None,
) -> Response:
    is_ready = sandbox.status is SandboxStatus.READY
    return show(
        ctx, request, "sandboxes/sandbox.html", title="Sandbox", active=HOME, status=status, errors=errors or {},
        typed_name=(typed.get("name") if typed else None) or sandbox.name,
        typed_notes=sandbox.notes if typed is None else typed.get("notes") or "",
        connection=connection, sample=service.find_sample(ctx, sandbox) if is_ready else None,
        data_choices=data_choices(request, snapshot_repository.list_all(sandbox.tenant_id)),
        people=PEOPLE, **_faults(ctx, request, sandbox), name_max=NAME_MAX, notes_max=NOTES_MAX, **_state(ctx, sandbox),
    )  # fmt: skip


def _faults(ctx: Context, request: Request, sandbox: Sandbox) -> dict[str, Any]:
    lang = pick_lang(request)
    is_ready = sandbox.status is SandboxStatus.READY
    return {
        "faults": switching.list_faults(ctx, sandbox.sandbox_id) if is_ready else [],
        "fault_labels": _FAULTS,
        "fault_choices": [(str(kind), translate(lang, label)) for kind, label in _FAULTS.items()],
        "fault_modules": [(name, name) for name in switching.modules()],
    }


def _state(ctx: Context, sandbox: Sandbox) -> dict[str, Any]:
    return {
        "sandbox": sandbox,
        "states": STATES,
        "can_write": "developer" in ctx.caller.roles,
        "is_creator": sandbox.account_id == ctx.caller.account_id,
    }
