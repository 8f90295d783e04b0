"""The callback test as a page, with a part that asks again while a run is under way."""

from __future__ import annotations

from typing import Any

from chalicelib.callbacks import service
from chalicelib.callbacks.domain import CallbackRun
from chalicelib.callbacks.schemas import CallbackTestCreate
from chalicelib.integrations import service as integrations
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, NotFoundError
from chalicelib.kit.gate import parse_form
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import mark, translate
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response

pages = Router(__name__, kind="page", errors=page_errors)

_HERE = "/portal/integrations/{integration_id}/callback-test"
_READERS = role("developer", "viewer")
_CONFLICT = 409
NAMES = {
    "landing": mark("Landing without a code"),
    "denied": mark("The customer says no"),
    "wrong_state": mark("A code with a foreign state"),
    "good_code": mark("A good code"),
    "replay": mark("The same answer again"),
}


@pages.raw(_HERE, methods=["GET"], guard=_READERS)
def show_callback_test(ctx: Context, request: Request, integration_id: str) -> Response:
    return _page(ctx, request, integration_id)


@pages.raw(f"{_HERE}/part", methods=["GET"], guard=_READERS)
def show_callback_part(ctx: Context, request: Request, integration_id: str) -> Response:
    return _page(ctx, request, integration_id, template="callbacks/part.html")


@pages.raw(_HERE, methods=["POST"], guard=role("developer"))
def post_callback_test(ctx: Context, request: Request, integration_id: str) -> Response:
    form = read_form(ctx, request)
    try:
        service.start_callback_test(ctx, integration_id, parse_form(CallbackTestCreate, form))
    except AppError as error:
        if error.status not in {_CONFLICT, 422, 429}:
            raise
        return _page(ctx, request, integration_id, error=error)
    return go(ctx, request, _HERE.replace("{integration_id}", integration_id), "The test has begun.")


def _page(
    ctx: Context, request: Request, integration_id: str, *, template: str = "callbacks/test.html",
    error: AppError | None = None,
) -> Response:  # fmt: skip
    integration = integrations.get_integration(ctx, integration_id)
    run = _last(ctx, integration_id)
    lang = pick_lang(request)
    lines: list[dict[str, Any]] = [
        {
            "name": translate(lang, NAMES[outcome.scenario]), "finding": translate(lang, outcome.finding),
            "verdict": str(outcome.verdict), "status": outcome.status, "milliseconds": outcome.milliseconds,
        }
        for outcome in (run.outcomes if run else ())
    ]  # fmt: skip
    return show(
        ctx, request, template, title="Callback test", active="/portal/integrations", integration=integration, logo="",
        run=run, is_running=bool(run and run.is_running(ctx.now)), lines=lines,
        can_write="developer" in ctx.caller.roles, status=error.status if error else 200,
        error=translate(lang, error.title) if error else "",
    )  # fmt: skip


def _last(ctx: Context, integration_id: str) -> CallbackRun | None:
    try:
        return service.get_last_run(ctx, integration_id)
    except NotFoundError:
        return None
