"""Company data for integrations: each call counted, and open only to companies that hold the module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.company_api.domain import Quota
from chalicelib.company_api.record_schemas import MetaInformation, RecordQuery, plain
from chalicelib.company_api.service import count_call
from chalicelib.company_data import service as company_data
from chalicelib.company_data.domain import RESOURCES, SEARCHES, Action, RecordPage, Resource, Selection, Where
from chalicelib.config import load_data
from chalicelib.kit.context import Context
from chalicelib.kit.errors import MalformedRequestError
from chalicelib.kit.gate import Wire


class RecordAnswer(SimpleNamespace):
    """The envelope, whose names are the resource's, and the quota for the headers."""

    quota: Quota


@dataclass(frozen=True, slots=True)
class RecordCalls:
    """What a caller can do with the records of one resource."""

    resource: Resource

    def list_all(self, ctx: Context, query: RecordQuery) -> RecordAnswer:
        quota = self._count(ctx)
        found = company_data.list_records(ctx.caller.tenant_id, self.resource, self._selection(query))
        return RecordAnswer(
            quota=quota, MetaInformation=_meta(found), **{self.resource.plural: [self._flat(r) for r in found.records]}
        )

    def read(self, ctx: Context, key: str) -> RecordAnswer:
        quota = self._count(ctx)
        return self._one(quota, company_data.get_record(ctx.caller.tenant_id, self.resource, key))

    def create(self, ctx: Context, body: Wire) -> RecordAnswer:
        quota = self._count(ctx)
        given = plain(body, self.resource)
        return self._one(quota, company_data.create_record(ctx, ctx.caller.tenant_id, self.resource, given))

    def change(self, ctx: Context, key: str, body: Wire) -> RecordAnswer:
        quota = self._count(ctx)
        given = plain(body, self.resource)
        return self._one(quota, company_data.update_record(ctx, ctx.caller.tenant_id, self.resource, key, given))

    def act(self, ctx: Context, key: str, action: Action) -> RecordAnswer:
        quota = self._count(ctx)
        values = company_data.act_on_record(ctx, ctx.caller.tenant_id, self.resource, key, action)
        return RecordAnswer(quota=quota, **{RESOURCES[action.makes or self.resource.name].single: values})

    def _count(self, ctx: Context) -> Quota:
        return count_call(ctx, self.resource.scope)[0]

    def _one(self, quota: Quota, values: Any) -> RecordAnswer:
        return RecordAnswer(quota=quota, **{self.resource.single: values})

    def _flat(self, values: Any) -> dict[str, Any]:
        return {name: value for name, value in values.items() if not isinstance(value, list)}

    def _selection(self, query: RecordQuery) -> Selection:
        filters = self.resource.filters
        if query.filter is not None and query.filter not in filters:
            raise MalformedRequestError(f"filter is one of: {', '.join(sorted(filters)) or 'none'}.")
        number = self.resource.key[-1].lower()
        sorts = {number: "", **{name.lower(): name for name in self.resource.sorts}}
        if query.sortby is not None and query.sortby.lower() not in sorts:
            raise MalformedRequestError(f"sortby is one of: {', '.join(sorts)}.")
        since = query.lastmodified
        if since is not None and since.tzinfo is None:
            since = since.replace(tzinfo=ZoneInfo(load_data("platform")["time_zone"]))
        return Selection(
            page=query.page,
            limit=query.limit,
            states=filters[query.filter] if query.filter is not None else None,
            since=since and since.astimezone(UTC),
            order_by=sorts[query.sortby.lower()] if query.sortby is not None else "",
            is_descending=query.sortorder == "descending",
            where=tuple(self._conditions(query)),
            offset=query.offset,
        )

    def _conditions(self, query: RecordQuery) -> Iterator[Where]:
        for one in SEARCHES[self.resource.name]:
            wanted = getattr(query, one.parameter)
            if wanted is not None:
                yield Where(one.field, one.how, wanted.isoformat() if one.is_day else wanted)


def _meta(found: RecordPage) -> MetaInformation:
    return MetaInformation.model_validate(
        {"@TotalResources": found.total, "@TotalPages": found.pages, "@CurrentPage": found.selection.shown_page}
    )
