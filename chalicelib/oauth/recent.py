"""Values remembered for a few seconds in this process, so that a warm request asks AWS for nothing it just learnt."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """`get` loads at most once per `seconds` and key; what is absent (None) is asked for again each time."""

    def __init__(self, load: Callable[[K], V | None], *, seconds: float, size: int = 1_000) -> None:
        self._load = load
        self._seconds = seconds
        self._size = size
        self._kept: dict[K, tuple[float, V]] = {}

    def get(self, key: K) -> V | None:
        kept = self._kept.get(key)
        if kept is not None and time.monotonic() - kept[0] < self._seconds:
            return kept[1]
        return self.reload(key)

    def reload(self, key: K) -> V | None:
        self.forget(key)
        value = self._load(key)
        if value is not None:
            if len(self._kept) >= self._size:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = (time.monotonic(), value)
        return value

    def peek(self, key: K) -> V | None:
        """What is remembered, however old; nothing is loaded."""
        kept = self._kept.get(key)
        return kept[1] if kept is not None else None

    def forget(self, key: K) -> None:
        self._kept.pop(key, None)

    def cache_clear(self) -> None:
        self._kept.clear()
