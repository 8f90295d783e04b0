"""How words are found: folded, as prefixes, without Swedish and English endings, and with one slip of the finger."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["BUCKET", "closest", "fold", "is_match", "stem", "words_of"]

BUCKET = 2  # letters a word must have, and that a slip may not touch: they choose the rows that are read at all
_WORD = re.compile(r"[a-z0-9]{2,40}")
_SPELLED = str.maketrans({"æ": "ae", "ø": "o", "ß": "ss"})
_ENDINGS = ("arna", "erna", "orna", "ar", "er", "or", "en", "et", "es", "na", "n", "s", "t")
_STEM = 4  # letters that stay
_ONE_SLIP, _TWO_SLIPS = 4, 8  # letters a word needs before one or two slips are forgiven


def fold(text: str) -> str:
    """Without case, accents and dots: a Swedish and an English keyboard write the same.

    >>> fold("Bokföring Å la Crème")
    'bokforing a la creme'
    """
    split = unicodedata.normalize("NFKD", text.casefold().translate(_SPELLED))
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def words_of(text: str) -> list[str]:
    """Each once, in order.

    >>> words_of("Kvitto & kvitto, snabbt!")
    ['kvitto', 'snabbt']
    """
    return list(dict.fromkeys(_WORD.findall(fold(text))))


def stem(word: str) -> str:
    """What is looked for as a prefix.

    >>> [stem(word) for word in ("kvitton", "receipts", "fakturorna", "lön")]
    ['kvitto', 'receipt', 'faktur', 'lön']
    """
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM:
            return word.removesuffix(ending)
    return word


def is_match(wanted: Iterable[str], words: Iterable[str]) -> bool:
    """Whether every stem begins one of the words."""
    known = list(words)
    return all(any(word.startswith(one) for word in known) for one in wanted)


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is one slip away, or two from eight letters on; the nearest, then the first by alphabet."""
    allowed = 0 if len(word) < _ONE_SLIP else 1 if len(word) < _TWO_SLIPS else 2
    found = [(_slips(word, other, allowed), other) for other in known]
    near = sorted((count, other) for count, other in found if count <= allowed)
    return near[0][1] if near else None


def _slips(left: str, right: str, most: int) -> int:
    """Letters left out, added, changed or swapped with their neighbour (optimal string alignment)."""
    if abs(len(left) - len(right)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        older, before, row = before, row, [i]
        for j, b in enumerate(right, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
