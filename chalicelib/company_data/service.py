"""Reading and changing company data, and filling, resetting and clearing the data of a company."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.company_data import repository, searching
from chalicelib.company_data.domain import (
    RESOURCES,
    TEMPLATES,
    Action,
    Head,
    Mark,
    RecordLockedError,
    RecordPage,
    RecordRejectedError,
    RecordTakenError,
    Resource,
    Selection,
    Stored,
    rules,
    templates,
)
from chalicelib.company_data.domain.effects import MAKERS, pay
from chalicelib.company_data.domain.picks import PERIOD, picks_of
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError, UnavailableError

Values = Mapping[str, Any]
_TRIES = 20
PAYMENTS = "invoicepayments"


def list_records(tenant_id: str, resource: Resource, selection: Selection) -> RecordPage:
    """One page. All of them in the order they were made: by key range. Picked by state or time: by their marks.

    Searched or sorted by another field: `searching` looks at them, and may raise RecordRejectedError.
    """
    if selection.order_by or selection.where:
        return searching.search(tenant_id, resource, selection)
    head = repository.find_head(tenant_id, resource.name)
    if selection.is_all:
        ordinals = [place + 1 for place in selection.window(head.total)]
        stored = repository.list_records(tenant_id, resource.name, head, ordinals)
        return RecordPage(_filled(resource, head, ordinals, stored), head.total, selection)
    marks = repository.list_marks(tenant_id, resource.name, head)
    pattern = [templates.seeded_mark(resource, rest) for rest in range(PERIOD)]
    picks = picks_of(selection, pattern, TEMPLATES[head.template].counts[resource.name], marks, head.total)
    ordinals = picks.window(selection)
    stored = repository.get_records(tenant_id, resource.name, head, [n for n in ordinals if n in marks])
    return RecordPage(_filled(resource, head, ordinals, stored), picks.total, selection)


def get_record(tenant_id: str, resource: Resource, key: str) -> Values:
    """Raises NotFoundError."""
    return _found(tenant_id, resource, key)[1].values


def create_record(ctx: Context, tenant_id: str, resource: Resource, given: Values) -> Values:
    """Raises RecordRejectedError, RecordTakenError."""
    values = rules.complete(resource, given, ctx.now.date())
    _check(tenant_id, resource, values)
    chosen = resource.is_chosen and values[resource.key[0]] != ""
    skip = 0
    while True:
        record = repository.add_record(
            tenant_id,
            resource.name,
            lambda head: _numbered(ctx, resource, values, head, chosen=chosen, skip=skip),  # noqa: B023 - called before the next round
        )
        if record is not None:
            return record.values
        if chosen:
            raise RecordTakenError(f"{resource.key[0]} {values[resource.key[0]]} is taken.")
        skip += 1  # somebody chose the number that comes next


def update_record(ctx: Context, tenant_id: str, resource: Resource, key: str, given: Values) -> Values:
    """Change the fields that were sent. Raises NotFoundError, RecordRejectedError, RecordLockedError."""
    if not resource.is_changeable:
        raise RecordLockedError(f"{resource.plural} cannot be changed.")
    fixed = {*resource.key, *(field.name for field in resource.fields if field.is_derived)}
    for _ in range(_TRIES):
        head, standing = _found(tenant_id, resource, key)
        rules.check_open(resource, standing.mark.state)
        sent = {name: value for name, value in given.items() if name not in fixed}
        values = rules.complete(resource, {**standing.values, **sent}, ctx.now.date())
        _check(tenant_id, resource, values)
        state = standing.mark.state if resource.actions else rules.state_of(resource, values)
        if _save(ctx, tenant_id, resource, head, replace(standing, values=values), state):
            return values
    raise UnavailableError(log={"cause": "record contended"})


def act_on_record(ctx: Context, tenant_id: str, resource: Resource, key: str, action: Action) -> Values:
    """Book, cancel, credit, invoice. Raises NotFoundError, RecordLockedError, RecordRejectedError."""
    for _ in range(_TRIES):
        head, standing = _found(tenant_id, resource, key)
        values = rules.apply(action, resource, standing.values, standing.mark.state)
        if action.name in MAKERS:
            made = _make(ctx, tenant_id, resource, action, (head, replace(standing, values=values)))
            if made is not None:
                return made
            continue
        if resource.name == PAYMENTS:
            if _pay(ctx, tenant_id, head, _changed(ctx, replace(standing, values=values), action.state)):
                return values
            continue
        if _save(ctx, tenant_id, resource, head, replace(standing, values=values), action.state):
            return values
    raise UnavailableError(log={"cause": "record contended"})


def fill(tenant_id: str, template: str, epoch: str, *, is_first: bool = False) -> None:
    """Give the company the template's data and nothing else, at once. With the same epoch it is done only once.

    With `is_first` only a company that has no data yet is filled.
    """
    seeds = TEMPLATES[template]
    heads = {
        name: Head(
            template=template,
            epoch=epoch,
            total=seeds.counts[name],
            last=templates.seeded_last(seeds, resource),
        )
        for name, resource in RESOURCES.items()
    }
    begin(tenant_id, heads, is_first=is_first)


def begin(tenant_id: str, heads: Mapping[str, Head], *, is_first: bool) -> None:
    """Give every resource its head at once, after its records were put into the epoch; with the same epoch only once.

    With `is_first` only a company that has no data yet gets them.
    """
    before = list_heads(tenant_id)
    after = {name: replace(head, previous=_previous(before[name], head.epoch)) for name, head in heads.items()}
    repository.begin_epoch(tenant_id, after, is_first=is_first)


def list_heads(tenant_id: str) -> dict[str, Head]:
    """Of every resource: one call."""
    return repository.find_heads(tenant_id, list(RESOURCES))


def has_data(tenant_id: str) -> bool:
    """Whether the company ever had any: one call."""
    return any(head != Head() for head in list_heads(tenant_id).values())


def has_epoch(tenant_id: str, epoch: str) -> bool:
    """Whether the company's data lies in this epoch, or lay there before the present one."""
    return any(epoch in {head.epoch, head.previous} for head in list_heads(tenant_id).values())


def next_records(tenant_id: str, name: str, head: Head, *, after: int, limit: int) -> list[Stored]:
    """Stored ones with a higher ordinal, as far as the head counts them: one Query."""
    return repository.list_after(tenant_id, name, head, after, limit)


def put_records(tenant_id: str, name: str, epoch: str, template: str, records: Sequence[Stored]) -> None:
    """Put records that were stored elsewhere into an epoch that has not begun, all of them or, the next time, none."""
    counts = TEMPLATES[template].counts
    repository.put_records(tenant_id, name, epoch, [(record, record.ordinal > counts[name]) for record in records])


def to_plain(record: Stored) -> list[Any]:
    modified = record.mark.modified.isoformat()
    return [record.ordinal, record.key, record.mark.state, modified, record.version, record.values]


def to_stored(plain: Sequence[Any]) -> Stored:
    ordinal, key, state, modified, version, values = plain
    return Stored(ordinal, key, Mark(state, datetime.fromisoformat(modified)), version, values)


def sweep(tenant_id: str, epochs: Iterable[str] = ()) -> int:
    """Remove what earlier epochs, and those of `epochs` that never began, left behind; how many rows that was."""
    count = 0
    for name, head in list_heads(tenant_id).items():
        for epoch in {head.previous, *epochs} - {"", head.epoch}:
            count += repository.clear(tenant_id, name, epoch)
    return count


def clear(tenant_id: str, epochs: Iterable[str] = ()) -> None:
    """Remove everything, the heads last: it may be stopped anywhere and called again."""
    for name, head in list_heads(tenant_id).items():
        for epoch in {head.epoch, head.previous, "0", *epochs} - {""}:
            repository.clear(tenant_id, name, epoch)
        repository.remove_head(tenant_id, name)


def _previous(before: Head, epoch: str) -> str:
    return before.epoch if before.epoch != epoch else before.previous


def _found(tenant_id: str, resource: Resource, key: str) -> tuple[Head, Stored]:
    head = repository.find_head(tenant_id, resource.name)
    ordinal = templates.seeded_ordinal(TEMPLATES[head.template], resource, key)
    is_seeded = ordinal is not None
    ordinal = ordinal or repository.find_ordinal(tenant_id, resource.name, head, key)
    if ordinal is None:
        raise NotFoundError(f"There is no {resource.single.lower()} {key[:50]}.")
    stored = repository.find_record(tenant_id, resource.name, head, ordinal)
    if stored is None and not is_seeded:
        raise NotFoundError(f"There is no {resource.single.lower()} {key[:50]}.")
    return head, stored or templates.seeded(TEMPLATES[head.template], resource, ordinal)


def _numbered(
    ctx: Context, resource: Resource, values: dict[str, Any], head: Head, *, chosen: bool, skip: int
) -> tuple[Head, Stored, bool]:
    """The head after this record, and the record under its number."""
    series = str(values[resource.key[0]]) if len(resource.key) > 1 else ""
    last = dict(head.last)
    if chosen:
        key = resource.key_of(values)
        if templates.seeded_ordinal(TEMPLATES[head.template], resource, key) is not None:
            raise RecordTakenError(f"{resource.key[0]} {key} is taken.")
    else:
        last[series] = last.get(series, 0) + 1 + skip
        name = resource.key[-1]
        number: Any = last[series]
        is_integer = any(field.name == name and field.kind == "integer" for field in resource.fields)
        values = {**values, name: number if is_integer else str(number)}
    ordinal = head.total + 1
    state = rules.state_of(resource, values)
    record = Stored(ordinal, resource.key_of(values), Mark(state, ctx.now), 1, values)
    return replace(head, total=ordinal, last=last), record, True


def _check(tenant_id: str, resource: Resource, values: dict[str, Any]) -> None:
    def find(name: str, key: str) -> Values | None:
        try:
            return get_record(tenant_id, RESOURCES[name], key)
        except NotFoundError:
            return None

    rules.check(resource, values, find)
    if "CustomerName" in values:
        customer = find("customers", values["CustomerNumber"])
        values["CustomerName"] = customer["Name"] if customer else ""
    if resource.name == "vouchers":
        day = values["TransactionDate"]
        years = list_records(tenant_id, RESOURCES["financialyears"], Selection(limit=500)).records
        values["Year"] = next((year["Id"] for year in years if year["FromDate"] <= day <= year["ToDate"]), 0)
        if not values["Year"]:
            raise RecordRejectedError(f"TransactionDate {day} is in no financial year.")


def _save(ctx: Context, tenant_id: str, resource: Resource, head: Head, record: Stored, state: str) -> bool:
    return repository.save_record(tenant_id, resource.name, head, _changed(ctx, record, state))


def _changed(ctx: Context, record: Stored, state: str) -> Stored:
    return replace(record, mark=Mark(state, ctx.now), version=record.version + 1)


def _make(
    ctx: Context, tenant_id: str, resource: Resource, action: Action, source: tuple[Head, Stored]
) -> Values | None:
    """A new invoice out of a document, in one transaction with the mark on the document; None when that changed."""
    make, names_it = MAKERS[action.name]
    head, standing = source
    invoices = RESOURCES["invoices"]
    given, origin = make(standing.values)
    values = {**rules.complete(invoices, given, ctx.now.date()), **origin}
    values["CustomerName"] = standing.values["CustomerName"]

    def mark_source(made: Stored) -> tuple[str, Head, Stored]:
        marked = {**standing.values, names_it: made.values["DocumentNumber"]}
        return resource.name, head, _changed(ctx, replace(standing, values=marked), action.state)

    made = repository.add_record(
        tenant_id,
        invoices.name,
        lambda now: _numbered(ctx, invoices, values, now, chosen=False, skip=0),
        also=mark_source,
    )
    return made.values if made else None


def _pay(ctx: Context, tenant_id: str, head: Head, payment: Stored) -> bool:
    """Payment and invoice in one transaction; False when one of them changed."""
    invoices = RESOURCES["invoices"]
    invoice_head, invoice = _found(tenant_id, invoices, payment.values["InvoiceNumber"])
    values, state = pay(invoice.values, invoice.mark.state, payment.values["Amount"])
    paid = _changed(ctx, replace(invoice, values=values), state)
    return repository.save_both(tenant_id, (PAYMENTS, head, payment), (invoices.name, invoice_head, paid))


def _filled(resource: Resource, head: Head, ordinals: list[int], stored: list[Stored]) -> list[Values]:
    """Records in the order of `ordinals`: stored ones as they are, the rest out of the template."""
    found = {record.ordinal: record for record in stored}
    seeds = TEMPLATES[head.template]
    known = seeds.counts[resource.name]
    return [
        (found.get(number) or templates.seeded(seeds, resource, number)).values
        for number in ordinals
        if number in found or number <= known
    ]
