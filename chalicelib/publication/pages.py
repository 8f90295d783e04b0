"""Publication as pages: the developer's tab "Publish", and the operator's queue and review."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any
from urllib.parse import urlencode

from pydantic import ValidationError

from chalicelib.config import load_data
from chalicelib.images.domain import KIND_LABELS, Picture, compare, display_of
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, RejectedError
from chalicelib.kit.gate import parse_form, parse_query, rejected
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import Lang, mark, translate
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.pagination import PageQuery
from chalicelib.kit.request import Form, Request
from chalicelib.kit.response import Response
from chalicelib.publication import service
from chalicelib.publication.domain import ALLOWED, Action, Finding, agreement, checklist, is_complete
from chalicelib.publication.schemas import AgreementAccept, MessageCreate, PublicationStep, QueueQuery, ReviewStep

pages = Router(__name__, kind="page", errors=page_errors)

_HOME = "/portal/integrations"
_QUEUE = "/operator/reviews"
_READERS = role("developer", "viewer")
_WRITERS = role("developer")
_STAFF = role("operator", "reviewer")
_PICTURES = frozenset({"logo", "covers"})  # shown as pictures, not as addresses
_NOTES = PageQuery(limit=50)
_DONE = {
    "submit": mark("It is sent to review."),
    "cancel": mark("The request is taken back."),
    "unpublish": mark("It is no longer published."),
    "approve": mark("It is approved and published."),
    "request_changes": mark("The developer is asked for changes."),
    "delist": mark("It is taken out of the marketplace."),
    "suspend": mark("It is suspended."),
    "unsuspend": mark("The suspension has ended."),
}


@pages.raw(f"{_HOME}/{{integration_id}}/publish", methods=["GET"], guard=_READERS)
def show_publish(ctx: Context, request: Request, integration_id: str) -> Response:
    return _publish_page(ctx, request, integration_id)


@pages.raw(f"{_HOME}/{{integration_id}}/publish", methods=["POST"], guard=_WRITERS)
def change_publication_page(ctx: Context, request: Request, integration_id: str) -> Response:
    """A tick under the agreement accepts it in the same post."""
    form = read_form(ctx, request)
    accepted = form.get("agreement")
    try:
        command = parse_form(PublicationStep, _without(form, {"agreement"}))
        if accepted and command.action == "submit":
            service.accept_agreement(ctx, AgreementAccept(version=accepted))
        service.change_publication(ctx, integration_id, command)
    except AppError as error:
        if error.status not in {409, 412, 422}:
            raise
        return _publish_page(ctx, request, integration_id, error)
    return go(ctx, request, f"{_HOME}/{integration_id}/publish", _DONE[command.action])


@pages.raw(f"{_HOME}/{{integration_id}}/publish/messages", methods=["POST"], guard=_WRITERS)
def send_message_page(ctx: Context, request: Request, integration_id: str) -> Response:
    form = read_form(ctx, request)
    try:
        service.send_message(ctx, integration_id, parse_form(MessageCreate, form))
    except RejectedError as error:
        return _publish_page(ctx, request, integration_id, error)
    return go(ctx, request, f"{_HOME}/{integration_id}/publish", "The message is sent.")


@pages.raw(_QUEUE, methods=["GET"], guard=_STAFF)
def show_queue(ctx: Context, request: Request) -> Response:
    query = parse_query(QueueQuery, request.query)
    found = service.list_queue(ctx, query)
    more = urlencode({"status": str(query.status), "cursor": found.next_cursor}) if found.next_cursor else ""
    return show(
        ctx, request, "publication/queue.html", title="Reviews", active=_QUEUE, entries=found.items,
        logos=service.find_logos(found.items), state=str(query.status), next_page=f"{_QUEUE}?{more}" if more else "",
    )  # fmt: skip


@pages.raw(f"{_QUEUE}/{{integration_id}}", methods=["GET"], guard=_STAFF)
def show_review(ctx: Context, request: Request, integration_id: str) -> Response:
    return _review_page(ctx, request, integration_id)


@pages.raw(f"{_QUEUE}/{{integration_id}}", methods=["POST"], guard=_STAFF)
def post_review(ctx: Context, request: Request, integration_id: str) -> Response:
    form = read_form(ctx, request)
    try:
        command = _parse_review(form, pick_lang(request))
        service.review(ctx, integration_id, command)
    except AppError as error:
        if error.status not in {409, 412, 422}:
            raise
        return _review_page(ctx, request, integration_id, error, form)
    return go(ctx, request, f"{_QUEUE}/{integration_id}", _DONE[command.action])


@pages.raw(f"{_QUEUE}/{{integration_id}}/messages", methods=["POST"], guard=_STAFF)
def post_review_message(ctx: Context, request: Request, integration_id: str) -> Response:
    form = read_form(ctx, request)
    try:
        service.send_review_message(ctx, integration_id, parse_form(MessageCreate, form))
    except RejectedError as error:
        return _review_page(ctx, request, integration_id, error)
    return go(ctx, request, f"{_QUEUE}/{integration_id}", "The message is sent.")


def _publish_page(ctx: Context, request: Request, integration_id: str, error: AppError | None = None) -> Response:
    lang = pick_lang(request)
    desk = service.get_desk(ctx, integration_id, _NOTES)
    return show(
        ctx, request, "publication/publish.html", title="Publish", active=_HOME, status=error.status if error else 200,
        integration=desk.integration, logo=desk.integration.logo, publication=desk.publication,
        lines=_lines(desk.findings, lang), is_complete=is_complete(desk.findings),
        checklist_version=checklist().version, rules=_rule_names(lang), acceptance=desk.acceptance,
        agreement=agreement().text.text(lang), agreement_version=agreement().version,
        notes=desk.notes, allowed=_allowed(desk.publication.status),
        can_write="developer" in ctx.caller.roles, error=_said(error, lang),
    )  # fmt: skip


def _review_page(
    ctx: Context, request: Request, integration_id: str, error: AppError | None = None, typed: Form | None = None
) -> Response:
    lang = pick_lang(request)
    found = service.get_review(integration_id, request.query.get("developer") or "")
    names = _rule_names(lang)
    return show(
        ctx, request, "publication/review.html", title="Review", active=_QUEUE, status=error.status if error else 200,
        publication=found.publication, changes=[one for one in found.changes if one.field not in _PICTURES],
        **_pictures(found), lines=_lines(found.findings, lang), rules=names,
        notes=service.list_notes_of(ctx, found.publication, _NOTES).items,
        allowed=_allowed(found.publication.status), error=_said(error, lang),
        reason=(typed.get("reason") or "") if typed else "", canned_reasons=_canned(lang),
        canned=(typed.get("canned") or "") if typed else "", is_listed=found.publication.is_listed,
        comments={name: typed.get(f"comment-{name}") or "" for name in names} if typed else {},
        ticked=typed.all("fulfilled") if typed else [one.rule.rule for one in found.findings if one.is_fulfilled],
    )  # fmt: skip


def _pictures(found: service.Review) -> dict[str, Any]:
    """What customers see beside what was sent in."""
    listed, sent = found.held.listed, found.held.reviewed
    differs = compare(listed, sent)
    return {
        "listed": _displays(listed, {one.image_id for one in differs.gone}),
        "sent": _displays(sent, differs.added),
        "differs": differs,
    }


def _displays(pictures: Iterable[Picture], marked: Container[str]) -> list[dict[str, Any]]:
    shown = ((one, display_of(one)) for one in pictures)
    return [
        {"label": KIND_LABELS[one.kind], "display": display, "is_marked": one.image_id in marked}
        for one, display in shown
        if display is not None
    ]


def _parse_review(form: Form, lang: Lang) -> ReviewStep:
    """One tick a rule; with a request for changes, every rule that is not ticked counts as not fulfilled."""
    canned = dict(_canned(lang)).get(form.get("canned") or "", "")
    reason = "\n\n".join(text for text in (canned, (form.get("reason") or "").strip()) if text)
    rules = [rule.rule for rule in checklist().rules]
    is_all = form.get("action") == "approve" and form.get("all_fulfilled")
    ticked = set(rules if is_all else form.all("fulfilled"))
    given = {name: form.get(name) for name in ("action", "version", "keeps_customers")} | {"reason": reason}
    step = parse_form(ReviewStep, Form(tuple((name, value) for name, value in given.items() if value)))
    if step.action not in {"approve", "request_changes"}:
        return step
    verdicts = [
        {"rule": rule, "is_fulfilled": rule in ticked, "comment": (form.get(f"comment-{rule}") or "").strip()}
        for rule in rules
    ]
    try:
        return ReviewStep.model_validate(step.model_dump() | {"verdicts": verdicts})
    except ValidationError as error:
        raise rejected(error) from None


def _canned(lang: Lang) -> list[tuple[str, str]]:
    """Reasons that come again and again, as the reviewer's language says them."""
    return [(reason["reason"], reason[lang]) for reason in load_data("review_reasons")]


def _lines(findings: list[Finding], lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "rule": finding.rule.rule,
            "text": finding.rule.text.text(lang),
            "is_fulfilled": finding.is_fulfilled,
            "evidence": translate(lang, finding.evidence, **finding.values),
            "tab": finding.rule.tab,
        }
        for finding in findings
    ]


def _rule_names(lang: Lang) -> dict[str, str]:
    return {rule.rule: rule.text.text(lang) for rule in checklist().rules}


def _allowed(status: Any) -> set[str]:
    return {str(action) for action in Action if status in ALLOWED[action]}


def _said(error: AppError | None, lang: Lang) -> str:
    if error is None:
        return ""
    errors = error.extra.get("errors") or [{"message": error.title}]
    return translate(lang, errors[0]["message"])


def _without(form: Form, names: set[str]) -> Form:
    return Form(tuple(pair for pair in form.pairs if pair[0] not in names))
