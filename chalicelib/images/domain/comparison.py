"""How two sets of pictures differ: what customers see beside what was changed, or sent in, since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.images.domain.image import Picture
from chalicelib.images.domain.rules import ImageKind

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`added` names the images whose sizes customers do not see yet; `gone` is what they see and no longer will."""

    added: frozenset[str]
    gone: tuple[Picture, ...]
    is_reordered: bool

    @property
    def is_same(self) -> bool:
        return not (self.added or self.gone or self.is_reordered)


def compare(before: Sequence[Picture], after: Sequence[Picture]) -> Comparison:
    """An image of which another part was chosen counts as gone and added: its sizes are other ones."""
    old, new = {one.url for one in before}, {one.url for one in after}
    return Comparison(
        added=frozenset(one.image_id for one in after if one.url not in old),
        gone=tuple(one for one in before if one.url not in new),
        is_reordered=_covers(before, new) != _covers(after, old),
    )


def _covers(pictures: Sequence[Picture], others: set[str]) -> list[str]:
    """In their order, those that the others have too."""
    return [one.url for one in pictures if one.kind is ImageKind.COVER and one.url in others]
