"""Demo data of the embedded stage: the same every time, and running it again changes nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from infra.target import Target


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to sign in as."""

    role: str
    email: str
    password: str
    try_this: str = ""


@dataclass(frozen=True, slots=True)
class Seedable:
    """What seeding may use: the portal's public address, the AWS behind it, the names of its resources."""

    url: str
    target: Target
    names: dict[str, dict[str, str]]


def seed(stack: Seedable) -> list[Persona]:
    """Make the demo personas through the public HTTP interface; answers who can sign in."""
    del stack
    return []


def as_json(personas: list[Persona]) -> list[dict[str, Any]]:
    return [asdict(persona) for persona in personas]
