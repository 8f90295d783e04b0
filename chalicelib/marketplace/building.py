"""From events to the read model. Events come at least once and in no order: the publication's version decides."""

from __future__ import annotations

from chalicelib.kit.outbox import Event
from chalicelib.marketplace import repository
from chalicelib.marketplace.listed import Listed, parse_listed, weighted_words

__all__ = ["build"]

_GONE = 2**53  # a deleted integration is never listed again, whatever arrives late


def build(event: Event) -> None:
    """Raises RefusedError when another event of the same integration got in between: the message comes again."""
    integration_id = event.subject
    listed = _listed(event)
    version = _GONE if event.event_type == "integration.deleted" else int(event.data["version"])
    before = repository.find_listing_row(integration_id)
    if before is not None and int(before.version) > version:
        return
    words = weighted_words(listed) if listed else {}
    repository.put_listing(integration_id, version, listed, words, before)
    repository.write_words(integration_id, before.words if before is not None else {}, words)


def _listed(event: Event) -> Listed | None:
    if event.event_type != "publication.listed":
        return None
    return parse_listed({**event.data["listing"], **event.data, "integration_id": event.subject})
