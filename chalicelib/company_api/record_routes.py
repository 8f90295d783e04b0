"""Company data as addresses: the same few for every declared resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.company_api.disturbed import under_faults
from chalicelib.company_api.domain import LicenceMissingError, RateLimitReachedError
from chalicelib.company_api.errors import render_dialect_error
from chalicelib.company_api.record_schemas import RecordQuery, new_answer, new_body, new_list, new_query
from chalicelib.company_api.record_service import RecordAnswer, RecordCalls
from chalicelib.company_data.domain import (
    RESOURCES,
    Action,
    RecordLockedError,
    RecordRejectedError,
    RecordTakenError,
    Resource,
)
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.gate import Wire
from chalicelib.kit.guards import scope
from chalicelib.kit.http import Router

router = Router(__name__, errors=render_dialect_error, around=under_faults)

_CREATED = 201
_PROBLEMS = (RateLimitReachedError, LicenceMissingError)
_WRITE_PROBLEMS = (*_PROBLEMS, RecordRejectedError, RecordTakenError)


def _quota(entity: Any) -> Mapping[str, str]:
    headers: Mapping[str, str] = entity.quota.as_headers()
    return headers


def _declare(resource: Resource) -> None:
    calls = RecordCalls(resource)
    answer = new_answer(resource)
    one, many, opens = resource.single.lower(), resource.plural.lower(), scope(resource.scope)

    def list_records(ctx: Context, query: RecordQuery) -> RecordAnswer:
        return calls.list_all(ctx, query)

    def get_record(ctx: Context, **key: str) -> RecordAnswer:
        return calls.read(ctx, "/".join(key.values()))

    def create_record(ctx: Context, body: Wire) -> RecordAnswer:
        return calls.create(ctx, body)

    def change_record(ctx: Context, body: Wire, **key: str) -> RecordAnswer:
        return calls.change(ctx, "/".join(key.values()), body)

    _named(list_records, f"list_company_{many}", f"List {many}")
    _named(get_record, f"get_company_{one}", f"Read one of the {many}")
    _named(create_record, f"create_company_{one}", f"Add to the {many}")
    _named(change_record, f"change_company_{one}", f"Change one of the {many}: the fields that are sent")
    router.route(resource.path, methods=["GET"], guard=opens, query=new_query(resource), returns=new_list(resource),
                 problems=(*_PROBLEMS, RecordRejectedError), headers=_quota)(list_records)  # fmt: skip
    router.route(resource.path, methods=["POST"], guard=opens, body=new_body(resource, is_change=False), returns=answer,
                 status=_CREATED, problems=_WRITE_PROBLEMS, headers=_quota)(create_record)  # fmt: skip
    router.route(resource.record_path, methods=["GET"], guard=opens, returns=answer,
                 problems=(*_PROBLEMS, NotFoundError), headers=_quota)(get_record)  # fmt: skip
    if resource.is_changeable:
        router.route(resource.record_path, methods=["PUT"], guard=opens, body=new_body(resource, is_change=True),
                     returns=answer, problems=(*_WRITE_PROBLEMS, NotFoundError, RecordLockedError),
                     headers=_quota)(change_record)  # fmt: skip
    _answers[resource.name] = answer
    _actions.extend((calls, action) for action in resource.actions)


def _declare_action(calls: RecordCalls, action: Action, answer: type[Wire]) -> None:
    resource = calls.resource

    def act_on_record(ctx: Context, **key: str) -> RecordAnswer:
        return calls.act(ctx, "/".join(key.values()), action)

    name = resource.single.lower()
    _named(
        act_on_record,
        f"{action.name}_company_{name}",
        f"{action.name.capitalize()} one of the {resource.plural.lower()}",
    )
    router.route(f"{resource.record_path}/{action.name}", methods=["PUT"], guard=scope(resource.scope), returns=answer,
                 problems=(*_PROBLEMS, NotFoundError, RecordLockedError), headers=_quota)(act_on_record)  # fmt: skip


def _named(view: Any, name: str, summary: str) -> None:
    view.__name__, view.__doc__ = name, summary


_answers: dict[str, type[Wire]] = {}
_actions: list[tuple[RecordCalls, Action]] = []

for _resource in RESOURCES.values():
    _declare(_resource)
for _calls, _action in _actions:
    _declare_action(_calls, _action, _answers[_action.makes or _calls.resource.name])
