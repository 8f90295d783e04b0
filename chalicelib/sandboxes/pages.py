"""Sandboxes as pages: the list with its progress, the form, and the buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, RejectedError
from chalicelib.kit.gate import parse_form
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import mark, translate
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.request import Form, Request
from chalicelib.kit.response import Response
from chalicelib.sandboxes import service
from chalicelib.sandboxes.domain import SANDBOX_CAP, SandboxData, SandboxStatus, Snapshot, SnapshotStatus
from chalicelib.sandboxes.repository import snapshots as snapshot_repository
from chalicelib.sandboxes.schemas import NAME_MAX, SandboxCreate

pages = Router(__name__, kind="page", errors=page_errors)

HOME = "/portal/sandboxes"
_READERS = role("developer", "viewer")
_WRITERS = role("developer")
_DATA: dict[SandboxData, str] = {
    SandboxData.SMALL: mark("Small: 25 customers, 60 invoices"),
    SandboxData.LARGE: mark("Large: 50,000 customers, 50,000 invoices"),
    SandboxData.EMPTY: mark("Empty"),
}
STATES: dict[SandboxStatus, tuple[str, str]] = {
    SandboxStatus.REQUESTED: (mark("Requested"), "info"),
    SandboxStatus.PROVISIONING: (mark("Being prepared"), "info"),
    SandboxStatus.READY: (mark("Ready"), "ok"),
    SandboxStatus.RESETTING: (mark("Being reset"), "info"),
    SandboxStatus.FAILED: (mark("Failed"), "bad"),
    SandboxStatus.DELETING: (mark("Being deleted"), "warn"),
    SandboxStatus.DELETED: (mark("Deleted"), ""),
}
SNAPSHOT_STATES: dict[SnapshotStatus, tuple[str, str]] = {
    SnapshotStatus.SAVING: (mark("Being saved"), "info"),
    SnapshotStatus.READY: (mark("Ready"), "ok"),
    SnapshotStatus.FAILED: (mark("Failed"), "bad"),
}


@pages.raw(HOME, methods=["GET"], guard=_READERS)
def show_sandboxes(ctx: Context, request: Request) -> Response:
    return _page(ctx, request)


@pages.raw(f"{HOME}/part", methods=["GET"], guard=_READERS)
def show_sandboxes_part(ctx: Context, request: Request) -> Response:
    """The list alone: what the page asks for every two seconds while something is under way."""
    return show(ctx, request, "sandboxes/part.html", title="My sandboxes", **_listed(ctx))


@pages.raw(HOME, methods=["POST"], guard=_WRITERS)
def create_sandbox_page(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    try:
        service.create_sandbox(ctx, parse_form(SandboxCreate, form))
    except RejectedError as error:
        errors = {entry["pointer"].strip("/"): entry["message"] for entry in error.errors}
        return _page(ctx, request, status=error.status, errors=errors, typed=form)
    except AppError as error:
        if error.status != 409:  # noqa: PLR2004 - the cap is told beside the form; all else has its own page
            raise
        return _page(
            ctx,
            request,
            status=error.status,
            errors={"name": translate(pick_lang(request), error.detail)},
            typed=form,
        )
    return go(ctx, request, HOME, "The sandbox is on its way. It is ready in a few seconds.")


@pages.raw(f"{HOME}/{{sandbox_id}}/delete", methods=["POST"], guard=_WRITERS)
def delete_sandbox_page(ctx: Context, request: Request, sandbox_id: str) -> Response:
    form = read_form(ctx, request)
    try:
        service.delete_sandbox(ctx, sandbox_id, form.get("confirm") or "")
    except RejectedError as error:
        return go(ctx, request, HOME, error.detail, tone="bad")
    return go(ctx, request, HOME, "The sandbox is being deleted.")


@pages.raw(f"{HOME}/{{sandbox_id}}/retry", methods=["POST"], guard=_WRITERS)
def retry_sandbox_page(ctx: Context, request: Request, sandbox_id: str) -> Response:
    read_form(ctx, request)
    service.retry_sandbox(ctx, sandbox_id)
    return go(ctx, request, HOME, "The sandbox is being prepared again.")


@pages.raw(f"{HOME}/{{sandbox_id}}/reset", methods=["POST"], guard=_WRITERS)
def reset_sandbox_page(ctx: Context, request: Request, sandbox_id: str) -> Response:
    read_form(ctx, request)
    service.reset_sandbox(ctx, sandbox_id)
    return go(ctx, request, HOME, "The sandbox is being reset.")


def _page(
    ctx: Context,
    request: Request,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    typed: Form | None = None,
) -> Response:
    snapshots = snapshot_repository.list_all(ctx.caller.tenant_id)
    return show(
        ctx, request, "sandboxes/list.html", title="My sandboxes", active=HOME, status=status, errors=errors or {},
        snapshots=snapshots, snapshot_states=SNAPSHOT_STATES,
        typed=(typed and typed.get("name")) or "", typed_data=(typed and typed.get("data")) or SandboxData.SMALL,
        name_max=NAME_MAX, **_listed(ctx),
        choices=data_choices(request, snapshots),
    )  # fmt: skip


def data_choices(request: Request, snapshots: Sequence[Snapshot]) -> list[tuple[str, str]]:
    lang = pick_lang(request)
    ready = [entry for entry in snapshots if entry.status is SnapshotStatus.READY]
    return [
        *((str(data), translate(lang, label)) for data, label in _DATA.items()),
        *((entry.snapshot_id, translate(lang, "Snapshot: %(name)s", name=entry.name)) for entry in ready),
    ]


def _listed(ctx: Context) -> dict[str, Any]:
    sandboxes = service.list_sandboxes(ctx).items
    return {
        "sandboxes": sandboxes,
        "states": STATES,
        "cap": SANDBOX_CAP,
        "is_under_way": any(not sandbox.is_settled for sandbox in sandboxes),
        "can_write": "developer" in ctx.caller.roles,
    }
