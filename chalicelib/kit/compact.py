"""JSON without spaces by an encoder that is made once: the standard library makes one anew for each value."""

from __future__ import annotations

import json
from collections.abc import Callable
from json import encoder as standard
from typing import Any

__all__ = ["encoder"]


def encoder(*, is_ascii: bool = True, default: Callable[[Any], Any] | None = None) -> Callable[[Any], str]:
    """What `json.dumps(value, separators=(",", ":"))` writes; without its search for circles, which we do not make.

    >>> encoder(is_ascii=False)({"a": [1, None, "ö"]}), encoder()(True)
    ('{"a":[1,null,"ö"]}', 'true')
    """
    slow = json.JSONEncoder(separators=(",", ":"), ensure_ascii=is_ascii, default=default)
    make: Any = getattr(standard, "c_make_encoder", None)
    if make is None:
        return slow.encode
    spell: Any = standard.encode_basestring_ascii if is_ascii else standard.encode_basestring
    sorts, skips, takes_nan = False, False, True
    write = make(None, slow.default, spell, None, ":", ",", sorts, skips, takes_nan)
    return lambda value: "".join(write(value, 0))
