"""Which records a filter picks, found without looking at each of them: seeded ones follow a pattern of ten."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.company_data.domain.records import Mark, Selection

PERIOD = 10


@dataclass(frozen=True, slots=True)
class Picks:
    """`residues` of PERIOD are picked among ordinals 1..seeded, but for `replaced`; and `added` besides.

    >>> picks = Picks(frozenset({1, 5}), 20, (5,), (7, 30))
    >>> picks.total, list(picks.window(Selection(limit=10)))
    (5, [1, 7, 11, 15, 30])
    """

    residues: frozenset[int]
    seeded: int
    replaced: Sequence[int]
    added: Sequence[int]

    @property
    def total(self) -> int:
        return self._up_to(max(self.seeded, self.added[-1] if self.added else 0))

    def window(self, selection: Selection) -> list[int]:
        """The ordinals on the page, in the order they are shown: each costs a few divisions, whatever the total."""
        return [self._nth(place) for place in selection.window(self.total)]

    def _nth(self, place: int) -> int:
        highest = max(self.seeded, self.added[-1] if self.added else 0)
        return 1 + bisect_left(range(1, highest + 1), place + 1, key=self._up_to)

    def _up_to(self, ordinal: int) -> int:
        """How many picked ones have this ordinal or a lower one."""
        rounds, rest = divmod(min(ordinal, self.seeded), PERIOD)
        pattern = rounds * len(self.residues) + sum(1 <= residue <= rest for residue in self.residues)
        return pattern - bisect_right(self.replaced, ordinal) + bisect_right(self.added, ordinal)


def picks_of(
    selection: Selection, pattern: Sequence[Mark], seeded: int, marks: Mapping[int, Mark], total: int
) -> Picks:
    """`pattern[n]` is the mark of seeded ordinals whose rest by PERIOD is n; `marks` are those of stored records."""
    residues = frozenset(rest for rest, mark in enumerate(pattern) if selection.takes(mark))
    known = sorted(ordinal for ordinal in marks if ordinal <= total)
    return Picks(
        residues,
        min(seeded, total),
        tuple(_picked(known, residues, seeded)),
        tuple(ordinal for ordinal in known if selection.takes(marks[ordinal])),
    )


def _picked(known: Iterable[int], residues: frozenset[int], seeded: int) -> Iterable[int]:
    return (ordinal for ordinal in known if ordinal <= seeded and ordinal % PERIOD in residues)
