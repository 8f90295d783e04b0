"""What upper rooms hand to lower ones: named functions, found when they are called, handed in before a room is used.

A room declares `class Ports(Hub)` with its ports as class attributes. `provide` may come before or after that class is
made: a room that is imported later finds what was provided for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, ClassVar

__all__ = ["Hub", "later", "provide"]


class Hub:
    """Base of a room's one `Ports` class."""

    hubs: ClassVar[dict[str, type[Hub]]] = {}
    provided: ClassVar[dict[str, dict[str, Callable[..., Any]]]] = {}

    def __init_subclass__(cls) -> None:
        room = cls.__module__.split(".")[1]
        if room in Hub.hubs:
            raise TypeError(f"The room {room} has its ports in {Hub.hubs[room].__module__} already.")
        Hub.hubs[room] = cls
        _fill(room)


def provide(wires: Mapping[str, str]) -> None:
    """Hand in `{"room.port": "module:function"}`; the module is imported by the first call of the port."""
    for port, target in wires.items():
        room, _, name = port.partition(".")
        Hub.provided.setdefault(room, {})[name] = later(target)
        _fill(room)


def later(target: str) -> Callable[..., Any]:
    """The function `module:name`, imported when it is called."""
    module, _, name = target.partition(":")

    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(import_module(module), name)(*args, **kwargs)

    return call


def _fill(room: str) -> None:
    hub = Hub.hubs.get(room)
    if hub is None:
        return
    for name, function in Hub.provided.get(room, {}).items():
        if name not in hub.__annotations__:
            raise TypeError(f"{hub.__module__}.Ports has no port {name}.")
        setattr(hub, name, staticmethod(function))
