"""How far activations are from what their integration asks for: today, and after a change that is only thought of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from chalicelib.activations.domain.activation import Activation
from chalicelib.config import settings

__all__ = ["CurrentActivation", "DroppedScope", "Gap", "ScopePreview", "beside", "new_preview"]

Live = tuple[frozenset[str], frozenset[str]]
"""What a live activation was agreed for, and the modules its company holds."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A scope that live activations would lack: how many, and how many of their companies hold none of its modules."""

    scope: str
    licences: tuple[str, ...]
    lagging: int
    unlicensed: int


@dataclass(frozen=True, slots=True)
class DroppedScope:
    """A scope that would no longer be asked for: `holders` keep it until they approve anew."""

    scope: str
    holders: int


@dataclass(frozen=True, slots=True)
class ScopePreview:
    """What a scope set would mean for those who have activated. `is_complete`: all of them were looked at."""

    live: int
    lagging: int
    unlicensed: int
    gaps: tuple[Gap, ...]
    dropped: tuple[DroppedScope, ...]
    is_complete: bool = True


def new_preview(
    live: Sequence[Live], asked: frozenset[str], licences: Mapping[str, tuple[str, ...]], *, is_complete: bool = True
) -> ScopePreview:
    """`licences` names for each scope the modules of which a company needs one; none: any company may grant it."""
    held = frozenset[str]().union(*(agreed for agreed, _ in live))
    gaps = [_gap(live, scope, licences.get(scope, ())) for scope in sorted(asked)]
    return ScopePreview(
        live=len(live),
        lagging=sum(not asked <= agreed for agreed, _ in live),
        unlicensed=sum(_is_unlicensed(modules, asked - agreed, licences) for agreed, modules in live),
        gaps=tuple(gap for gap in gaps if gap.lagging),
        dropped=tuple(
            DroppedScope(scope, sum(scope in agreed for agreed, _ in live)) for scope in sorted(held - asked)
        ),
        is_complete=is_complete,
    )


def _gap(live: Sequence[Live], scope: str, licences: tuple[str, ...]) -> Gap:
    lagging = [modules for agreed, modules in live if scope not in agreed]
    unlicensed = sum(_is_unlicensed(modules, [scope], {scope: licences}) for modules in lagging)
    return Gap(scope, licences, len(lagging), unlicensed)


def _is_unlicensed(modules: frozenset[str], scopes: Iterable[str], licences: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether one of the scopes needs a module the company does not hold."""
    return any(licences.get(scope) and not modules & set(licences[scope]) for scope in scopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentActivation(Activation):
    """An activation beside its integration as it is today; `asked` is None when the integration is gone."""

    asked: frozenset[str] | None
    is_suspended: bool = False
    is_stopped: bool = False
    is_priced: bool = False
    logo: str = ""

    @property
    def added_scopes(self) -> frozenset[str]:
        """Asked for today, not agreed to. Nothing where nobody can agree any more."""
        return (self.asked or frozenset()) - self.scopes if self.is_active else frozenset()

    @property
    def dropped_scopes(self) -> frozenset[str]:
        """Agreed to, no longer asked for: they fall away when it is approved anew."""
        return self.scopes - self.asked if self.asked is not None and self.is_active else frozenset()

    @property
    def is_lagging(self) -> bool:
        return bool(self.added_scopes)

    @property
    def reactivation_url(self) -> str:
        """What a developer sends to a customer: it leads to where the added scopes are approved."""
        return f"{settings().origin}/my-integrations/{self.integration_id}/approve"

    @property
    def is_open(self) -> bool:
        """Whether it can be used: active, and neither removed by its developer nor stopped by the platform."""
        return self.is_active and self.asked is not None and not self.is_stopped


def beside(activation: Activation, asked: frozenset[str] | None, **flags: Any) -> CurrentActivation:
    """`flags` are those of CurrentActivation."""
    standing = {entry.name: getattr(activation, entry.name) for entry in fields(activation)}
    return CurrentActivation(**standing, asked=asked, **flags)
