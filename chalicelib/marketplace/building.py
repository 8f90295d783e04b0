"""From events to the read model. They come at least once and in no order: versions decide, and the licence is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalicelib.accounts import service as accounts
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import current_category
from chalicelib.kit import store
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.outbox import Event, publish
from chalicelib.marketplace import repository
from chalicelib.marketplace.listed import Listed, Rated, Standing, parse_listed

__all__ = ["build"]

_GONE = 2**53  # a deleted integration is never listed again, whatever arrives late
_TRIES = 5
_PIECE = 25  # listings that one event moves; the rest follow with the next one


def build(event: Event) -> None:
    """Raises RefusedError when another event of the same integration got in between: the message comes again."""
    if event.data.get("is_unheard"):
        return  # the end of what nobody ever began to publish: a row would say that nothing is nothing
    integrations.refresh_catalogue()  # what is built now must not stand in a category that was retired a moment ago
    if event.event_type == "category.moved":
        _move(event)
    elif event.event_type.startswith("licence."):
        for integration_id in repository.find_of_developer(event.subject):
            _change(integration_id, lambda standing: standing)
    elif event.event_type == "rating.summarised":
        rated = Rated(**{name: event.data[name] for name in ("version", "count", "total", "is_recommended")})
        _change(event.subject, lambda standing: _rated(standing, rated))
    else:
        version = _GONE if event.event_type == "integration.deleted" else int(event.data["version"])
        listed = _listed(event)
        _change(event.subject, lambda standing: _published(standing, version, listed))


def _move(event: Event) -> None:
    """Whoever stands on the retired category's shelf goes where the catalogue says; repeatable, piece by piece."""
    shelf = f"category:{event.subject}"
    ids = repository.list_on_shelf(shelf, _PIECE)
    for integration_id in ids:
        _change(integration_id, lambda standing: standing)
    if len(ids) == _PIECE and repository.list_on_shelf(shelf, 1) != ids[:1]:
        with store.transaction() as tx:
            publish(tx, replace(event, event_id=f"{event.event_id}+"))


def _published(standing: Standing, version: int, listed: Listed | None) -> Standing:
    return standing if standing.version > version else replace(standing, version=version, listed=listed)


def _rated(standing: Standing, rated: Rated) -> Standing:
    return standing if standing.rated.version >= rated.version else replace(standing, rated=rated)


def _change(integration_id: str, change: Callable[[Standing], Standing]) -> None:
    """The licence is read before and again after the write: whoever took it away in between may have found no row."""
    for _ in range(_TRIES):
        row = repository.find_listing_row(integration_id)
        before = repository.standing_of(row)
        after = change(before)
        after = replace(after, listed=_shelved(after.listed))
        after = replace(after, is_licensed=after.listed is None or _is_licensed(after.listed))
        if after != before or row is None:
            repository.put_listing(integration_id, after, row)
        repository.write_words(integration_id, row.words if row is not None else {}, repository.words_of_row(after))
        if after.listed is None or _is_licensed(after.listed) == after.is_licensed:
            return


def _shelved(listed: Listed | None) -> Listed | None:
    return replace(listed, category=current_category(listed.category)) if listed is not None else None


def _is_licensed(listed: Listed) -> bool:
    try:
        return accounts.get_company(listed.tenant_id).has_licence
    except NotFoundError:
        return False


def _listed(event: Event) -> Listed | None:
    if event.event_type != "publication.listed":
        return None
    return parse_listed({**event.data["listing"], **event.data, "integration_id": event.subject})
