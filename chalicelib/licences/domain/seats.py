"""Seats: how many licences a company has bought, and which people sit on them; never more people than licences."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.licences.domain.errors import SeatsInUseError

__all__ = ["Seats", "seats_after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """`bought` is what assigning is measured by: the licences of now or of the next period, whichever are fewer."""

    tenant_id: str
    integration_id: str
    subscription_id: str
    bought: int
    holders: frozenset[str]

    @property
    def free(self) -> int:
        return self.bought - len(self.holders)


def seats_after(standing: Seats | None, bought: Seats) -> Seats:
    """The seats after a purchase or change: people stay seated while the subscription is the same.

    `bought` names the buyer as the only holder, who gets the first seat of a new subscription.
    Raises SeatsInUseError when more people are seated than licences would be left.
    """
    if standing is None or standing.subscription_id != bought.subscription_id:
        return bought
    if len(standing.holders) > bought.bought:
        raise SeatsInUseError(
            f"{len(standing.holders)} people have a licence. Free some before you go down to {bought.bought}.",
            extra={"holders": len(standing.holders)},
        )
    return replace(bought, holders=standing.holders)
