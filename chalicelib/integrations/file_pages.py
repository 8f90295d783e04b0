"""An integration as a file on pages: read it, paste another, see what it would change, apply it; or begin with one."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.integrations import forms, service
from chalicelib.integrations.domain import FieldChange, Integration
from chalicelib.integrations.pages import HOME
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, MalformedRequestError, RejectedError
from chalicelib.kit.gate import load_json
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response

pages = Router(__name__, kind="page", errors=page_errors)

_READERS = role("developer", "viewer")
_WRITERS = role("developer")
_SHOWN = 300  # characters of a value beside its field


@pages.raw(f"{HOME}/import", methods=["GET"], guard=_WRITERS)
def show_import(ctx: Context, request: Request) -> Response:
    return _import_page(ctx, request)


@pages.raw(f"{HOME}/import", methods=["POST"], guard=_WRITERS)
def import_file_page(ctx: Context, request: Request) -> Response:
    """Answers with the secret itself, like creation."""
    text = read_form(ctx, request).get("file") or ""
    try:
        created = service.create_from_file(ctx, _read(text))
    except AppError as error:
        return _import_page(ctx, request, text=text, errors=_errors(error, request), status=_status(error))
    return show(
        ctx, request, "integrations/created.html", title="Integration created", active=HOME, status=201,
        integration=created.integration, client_secret=created.client_secret,
    )  # fmt: skip


@pages.raw(f"{HOME}/{{integration_id}}/file", methods=["GET"], guard=_READERS)
def show_file(ctx: Context, request: Request, integration_id: str) -> Response:
    integration, text = service.export_file(ctx, integration_id)
    return _file_page(ctx, request, integration, text)


@pages.raw(f"{HOME}/{{integration_id}}/file", methods=["POST"], guard=_WRITERS)
def post_file(ctx: Context, request: Request, integration_id: str) -> Response:
    """`compare` shows what would change; `apply` does it if the integration is still the one that was compared."""
    form = read_form(ctx, request)
    text, is_apply = form.get("file") or "", form.get("action") == "apply"
    try:
        given = _read(text)
        if is_apply:
            service.apply_file(ctx, integration_id, given, f'"{form.get("version") or ""}"')
            return go(ctx, request, f"{HOME}/{integration_id}/file", "Saved.")
        integration, changes = service.compare_file(ctx, integration_id, given)
    except AppError as error:
        status = _status(error)
        integration = service.get_integration(ctx, integration_id)
        return _file_page(ctx, request, integration, text, errors=_errors(error, request), status=status)
    return _file_page(ctx, request, integration, text, changes=changes)


def _read(text: str) -> dict[str, Any]:
    # HTML sends line breaks as CR LF.
    return load_json(text.replace("\r\n", "\n").encode())


def _status(error: AppError) -> int:
    if not isinstance(error, RejectedError | MalformedRequestError) and error.status not in {409, 412}:
        raise error
    return error.status


def _errors(error: AppError, request: Request) -> list[tuple[str, str]]:
    lang = pick_lang(request)
    entries = error.extra.get("errors") or [{"pointer": "", "message": error.detail or error.title}]
    return [(entry["pointer"], forms.say(entry["message"], lang)) for entry in entries]


def _import_page(ctx: Context, request: Request, *, status: int = 200, **more: Any) -> Response:
    data = {"text": "", "errors": [], **more}
    return show(
        ctx, request, "integrations/import.html", title="Create from a file", active=HOME, status=status, **data
    )


def _file_page(
    ctx: Context, request: Request, integration: Integration, text: str, *, status: int = 200,
    changes: list[FieldChange] | None = None, **more: Any,
) -> Response:  # fmt: skip
    shown = [(change.field, _short(change.before), _short(change.after)) for change in changes or []]
    data = {
        "integration": integration, "logo": integration.logo, "text": text, "errors": [],
        "is_compared": changes is not None, "changes": shown, "can_write": "developer" in ctx.caller.roles, **more,
    }  # fmt: skip
    return show(ctx, request, "integrations/file.html", title="As a file", active=HOME, status=status, **data)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " …"
