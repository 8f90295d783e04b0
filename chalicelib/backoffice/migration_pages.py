"""Pages of a migration: upload a file, follow its progress, read what became of each row."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.backoffice import migration
from chalicelib.backoffice.domain import OUTCOMES
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, RejectedError
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import mark
from chalicelib.kit.pages import go, page_errors, read_form, read_upload, show
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response

pages = Router(__name__, kind="page", errors=page_errors)

STAFF = role("operator")
HOME = "/operator/migration"
_QUIET = timedelta(minutes=2)  # a piece takes seconds: longer than this and something stands still
WORDS = {
    "created": mark("New company"),
    "joined": mark("Joined their company"),
    "completed": mark("Account got a company"),
    "unchanged": mark("There already"),
    "rejected": mark("Refused"),
}


@pages.raw(HOME, methods=["GET"], guard=STAFF)
def show_migrations(ctx: Context, request: Request) -> Response:
    return _home(ctx, request)


@pages.raw(HOME, methods=["POST"], guard=STAFF)
def post_migration(ctx: Context, request: Request) -> Response:
    form = read_upload(ctx, request)
    text = form.get("text") or ""
    try:
        begun = migration.begin(ctx, (form.get("file.name") or "")[:100], form.get("file") or text)
    except RejectedError as error:
        return _home(ctx, request, error, text)
    return go(ctx, request, f"{HOME}/{begun.migration_id}")


@pages.raw(f"{HOME}/{{migration_id}}", methods=["GET"], guard=STAFF)
def show_migration(ctx: Context, request: Request, migration_id: str) -> Response:
    return _show(ctx, request, "backoffice/migration.html", migration_id)


@pages.raw(f"{HOME}/{{migration_id}}/part", methods=["GET"], guard=STAFF)
def show_migration_part(ctx: Context, request: Request, migration_id: str) -> Response:
    """The progress alone, for a page that asks again."""
    return _show(ctx, request, "backoffice/migration_part.html", migration_id)


@pages.raw(f"{HOME}/{{migration_id}}", methods=["POST"], guard=STAFF)
def post_go_on(ctx: Context, request: Request, migration_id: str) -> Response:
    read_form(ctx, request)
    migration.go_on(ctx, migration_id)
    return go(ctx, request, f"{HOME}/{migration_id}", "The work goes on.")


@pages.raw(f"{HOME}/{{migration_id}}/report.csv", methods=["GET"], guard=STAFF)
def download_report(_: Context, request: Request, migration_id: str) -> Response:  # noqa: ARG001 - views are called alike
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="migration.csv"',
        "Cache-Control": "no-store",
    }
    return Response(migration.render_report(migration_id), 200, headers)


def _home(ctx: Context, request: Request, error: AppError | None = None, text: str = "") -> Response:
    said = error.errors[0]["message"] if isinstance(error, RejectedError) and error.errors else ""
    return show(
        ctx, request, "backoffice/migrations.html", title="Migration", active=HOME,
        status=error.status if error else 200, migrations=migration.list_all(), error=said, text=text,
    )  # fmt: skip


def _show(ctx: Context, request: Request, template: str, migration_id: str) -> Response:
    found = migration.get(migration_id)
    return show(
        ctx, request, template, title="Migration", active=HOME, migration=found, outcomes=OUTCOMES, words=WORDS,
        bad=migration.list_bad(migration_id) if found.counts["rejected"] else [],
        is_quiet=not found.is_finished and ctx.now - found.changed_at > _QUIET,
    )  # fmt: skip
