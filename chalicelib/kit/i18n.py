"""Words in the reader's language: a sentence is looked up by its English text in one JSON catalogue per room."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

__all__ = ["LANGUAGES", "Lang", "catalogue", "mark", "pick_language", "translate", "translate_count"]

Lang = Literal["sv", "en"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)
_DEFAULT: Lang = "sv"
_FOLDER = Path(__file__).resolve().parent.parent / "locales"


def translate(lang: Lang, sentence: str, /, **values: object) -> str:
    """The sentence in `lang`, with `%(name)s` filled in; a sentence nobody translated stays English."""
    text = catalogue(lang).get(sentence, sentence)
    return text % values if values else text


def translate_count(lang: Lang, one: str, many: str, n: int, /, **values: object) -> str:
    """`one` when n is 1, else `many`; both may say `%(n)s`. Two forms suffice for Swedish and English."""
    return translate(lang, one if n == 1 else many, n=n, **values)


def mark(sentence: str) -> str:
    """Do nothing, visibly: the catalogue test finds the sentences of label tables, translated later, by this name."""
    return sentence


def pick_language(cookie: str | None, accept_language: str | None) -> Lang:
    """The reader's choice, else the browser's first language we have, else Swedish."""
    for lang in LANGUAGES:
        if cookie == lang:
            return lang
    for wanted in _by_weight(accept_language) if accept_language else ():
        for lang in LANGUAGES:
            if wanted.split("-")[0] == lang:
                return lang
    return _DEFAULT


def _by_weight(accept_language: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in accept_language[:200].split(","):
        tag, _, weight = part.strip().lower().partition(";q=")
        try:
            weighted.append((float(weight or 1), tag))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if weight > 0]


@cache
def catalogue(lang: Lang) -> Mapping[str, str]:
    """All sentences of one language, joined over the rooms' files; English needs none."""
    sentences: dict[str, str] = {}
    for path in sorted((_FOLDER / lang).glob("*.json")):
        sentences.update(json.loads(path.read_text(encoding="utf-8")))
    return sentences
