"""Subscriptions as values: bought, changed, cancelled, and moved forward through their periods.

Rules (docs/decisions/0070): more seats count at once and cost the rest of the period by days; fewer seats count from
the next period; a cancellation ends the right with the period that is running; buying again before that goes on with
the same subscription. Every charge is written down when it arises and is invoiced by the close of its month.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.integrations.domain import Integration, LicenceModel
from chalicelib.kit.errors import RejectedError
from chalicelib.kit.i18n import mark
from chalicelib.kit.money import Money
from chalicelib.sales.domain.calendar import Period, local_day, next_start, prorated
from chalicelib.sales.domain.errors import TooManyCreditsError
from chalicelib.sales.domain.prices import PriceVersion

__all__ = [
    "MAX_SEATS",
    "Charge",
    "ChargeKind",
    "Purchase",
    "Subscription",
    "advanced",
    "bought_again",
    "cancelled",
    "check_seats",
    "credited",
    "ended_now",
    "new_subscription",
    "with_seats",
]

MAX_SEATS = 10_000
MAX_CREDITS = 20  # of one subscription between two closes: a row has a size


class ChargeKind(StrEnum):
    """`period`: the seats of a whole period. `seats`: seats added in the middle of one. `credit`: money given back."""

    PERIOD = "period"
    SEATS = "seats"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What a customer said yes to. `seats` is how many licences the company wants to have in all, not how many more.

    So the same purchase sent twice buys once.
    """

    tenant_id: str
    integration: Integration
    seats: int = 1
    account_id: str
    agreement_version: int | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Money owed, or given back, for days of one subscription. `key` is what makes it exist once.

    `dated` decides which month invoices it. `amount_minor` is without VAT and never changes.
    """

    key: str
    subscription_id: str
    kind: ChargeKind
    dated: date
    start: date
    end: date
    quantity: int
    unit_minor: int
    amount_minor: int
    currency: str
    price_version: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A company's paid right to one integration.

    `paid_from` is the first day that costs (the day of purchase, or the day after the trial); its day of the month is
    the anchor. `period_start` is when the paid period that is running began, None in the trial. `seats` is the right
    of today, `next_seats` that of the next period. `ends_on` is the first day without the right. `pending` are charges
    that no close has invoiced yet.
    """

    subscription_id: str
    tenant_id: str
    tenant_number: int
    company_name: str
    integration_id: str
    integration_number: int
    integration_name: str
    client_id: str
    owner_tenant_id: str
    account_id: str
    agreement_version: int | None = None
    price_version: int
    unit_minor: int
    currency: str
    licence_model: LicenceModel
    next_price_version: int | None = None
    next_unit_minor: int | None = None
    next_price_from: date | None = None
    is_test: bool = False
    started_at: datetime
    paid_from: date
    period_start: date | None = None
    seats: int
    next_seats: int
    cancelled_at: datetime | None = None
    ends_on: date | None = None
    pending: tuple[Charge, ...] = ()
    version: int = 1
    operation_id: str

    @property
    def anchor_day(self) -> int:
        return self.paid_from.day

    @property
    def unit(self) -> Money:
        return Money(self.unit_minor, self.currency)

    @property
    def is_cancelled(self) -> bool:
        return self.ends_on is not None

    @property
    def next_period_start(self) -> date:
        """When the next paid period would begin: the end of the one that is running."""
        return self.paid_from if self.period_start is None else next_start(self.period_start, self.anchor_day)

    def is_live_on(self, day: date) -> bool:
        return self.ends_on is None or day < self.ends_on

    def is_live(self, now: datetime) -> bool:
        """Whether the company has the right at this moment; a cancelled subscription has it until its period ends."""
        return self.is_live_on(local_day(now))

    def is_in_trial(self, now: datetime) -> bool:
        return self.is_live(now) and local_day(now) < self.paid_from


def check_seats(licence_model: LicenceModel, seats: int) -> None:
    """Raises RejectedError."""
    if not 1 <= seats <= MAX_SEATS:
        raise RejectedError.field("/seats", mark("Choose from 1 to 10,000 licences."))
    if licence_model is LicenceModel.SINGLE and seats != 1:
        raise RejectedError.field("/seats", mark("One licence serves the whole company."))


def new_subscription(  # noqa: PLR0913 - each is something a purchase rests on
    purchase: Purchase,
    price: PriceVersion,
    standing: Subscription | None,
    *,
    subscription_id: str,
    company: tuple[int, str],
    now: datetime,
    operation_id: str,
) -> Subscription:
    """The right begins at once. `standing` is one that has ended: what it still owes goes along, a trial is given once.

    `company` is number and name. Raises RejectedError for an impossible number of seats.
    """
    check_seats(price.licence_model, purchase.seats)
    integration = purchase.integration
    trial_days = 0 if standing is not None else price.trial_days
    today = local_day(now)
    number, name = company
    begun = Subscription(
        subscription_id=subscription_id,
        tenant_id=purchase.tenant_id,
        tenant_number=number,
        company_name=name,
        integration_id=integration.integration_id,
        integration_number=integration.number,
        integration_name=integration.name,
        client_id=integration.client_id,
        owner_tenant_id=integration.tenant_id,
        account_id=purchase.account_id,
        agreement_version=purchase.agreement_version,
        price_version=price.version,
        unit_minor=price.unit_minor,
        currency=price.currency,
        licence_model=price.licence_model,
        is_test=purchase.is_test,
        started_at=now,
        paid_from=today + timedelta(days=trial_days),
        seats=purchase.seats,
        next_seats=purchase.seats,
        pending=standing.pending if standing else (),
        version=(standing.version if standing else 0) + 1,
        operation_id=operation_id,
    )
    return advanced(begun, today)


def advanced(subscription: Subscription, day: date) -> Subscription:
    """The subscription as it is on `day`: every period that has begun since is charged, and its changes have come."""
    while subscription.next_period_start <= day and subscription.is_live_on(subscription.next_period_start):
        subscription = _next_period(subscription)
    return subscription


def with_seats(before: Subscription, seats: int, now: datetime, operation_id: str) -> Subscription:
    """More at once, charged by days for the rest of the period; fewer from the next period on."""
    check_seats(before.licence_model, seats)
    today = local_day(now)
    current = advanced(before, today)
    added = seats - current.seats
    after = replace(current, next_seats=seats, version=before.version + 1, operation_id=operation_id)
    if added <= 0:
        return after
    after = replace(after, seats=seats)
    if current.period_start is None or not _costs(after):
        return after
    return replace(after, pending=_with_added(current, added, today))


def cancelled(before: Subscription, now: datetime, operation_id: str) -> Subscription:
    """Ends with the period (or trial) that is running. Cancelling again changes nothing."""
    current = advanced(before, local_day(now))
    if current.is_cancelled:
        return before
    return replace(
        current,
        cancelled_at=now,
        ends_on=current.next_period_start,
        version=before.version + 1,
        operation_id=operation_id,
    )


def ended_now(before: Subscription, now: datetime, operation_id: str, reason: str) -> Subscription:
    """Ends today, by no fault of the customer: the days of the period that are left are given back."""
    today = local_day(now)
    current = advanced(before, today - timedelta(days=1))  # a period that would begin today does not
    if not current.is_live_on(today):
        return before
    after = replace(
        current, cancelled_at=now, ends_on=today, next_seats=current.seats, version=before.version + 1,
        operation_id=operation_id,
    )  # fmt: skip
    if current.period_start is None or current.next_period_start <= today or not _costs(current):
        return after
    period = Period(current.period_start, current.next_period_start)
    rest = (period.end - today).days
    credit = Charge(
        key=f"{current.subscription_id}#{period.start}#end",
        subscription_id=current.subscription_id,
        kind=ChargeKind.CREDIT,
        dated=today,
        start=today,
        end=period.end,
        quantity=current.seats,
        unit_minor=-current.unit_minor,
        amount_minor=-prorated(current.unit_minor * current.seats, rest, period.days),
        currency=current.currency,
        price_version=current.price_version,
        reason=reason,
    )
    return replace(after, pending=(*after.pending, credit))


def bought_again(before: Subscription, purchase: Purchase, now: datetime, operation_id: str) -> Subscription:
    """A purchase by a company that has the right: more seats if it wants more, and a cancellation is taken back.

    The same value when there is nothing to change: what was sent twice.
    """
    current = advanced(before, local_day(now))
    if purchase.seats <= current.next_seats and not current.is_cancelled:
        return before
    kept = replace(current, cancelled_at=None, ends_on=None, version=before.version)
    wanted = purchase.seats if current.is_cancelled else max(purchase.seats, current.next_seats)
    return with_seats(kept, wanted, now, operation_id)


def credited(before: Subscription, amount_minor: int, reason: str, now: datetime, credit_id: str) -> Subscription:
    """The subscription with money to be given back on its next invoice. Raises TooManyCreditsError."""
    if sum(charge.kind is ChargeKind.CREDIT for charge in before.pending) >= MAX_CREDITS:
        raise TooManyCreditsError("Wait for the next close, or put them together.")
    today = local_day(now)
    credit = Charge(
        key=f"{before.subscription_id}#{today}#{credit_id}",
        subscription_id=before.subscription_id,
        kind=ChargeKind.CREDIT,
        dated=today,
        start=today,
        end=today + timedelta(days=1),
        quantity=1,
        unit_minor=-amount_minor,
        amount_minor=-amount_minor,
        currency=before.currency,
        price_version=before.price_version,
        reason=reason,
    )
    return replace(before, pending=(*before.pending, credit))


def _costs(subscription: Subscription) -> bool:
    return subscription.unit_minor > 0 and not subscription.is_test


def _with_added(current: Subscription, added: int, today: date) -> tuple[Charge, ...]:
    """The charges with that of `added` seats; those of one day are one, so that the list cannot grow without end."""
    period = Period(current.period_start or today, current.next_period_start)
    last = current.pending[-1] if current.pending else None
    same_day = (
        last is not None
        and last.kind is ChargeKind.SEATS
        and (last.subscription_id, last.start, last.unit_minor) == (current.subscription_id, today, current.unit_minor)
    )
    earlier = last.quantity if last is not None and same_day else 0
    count = earlier + added
    charge = Charge(
        key=f"{current.subscription_id}#{period.start}#seats-{current.seats - earlier}-{current.seats + added}",
        subscription_id=current.subscription_id,
        kind=ChargeKind.SEATS,
        dated=today,
        start=today,
        end=period.end,
        quantity=count,
        unit_minor=current.unit_minor,
        amount_minor=prorated(current.unit_minor * count, (period.end - today).days, period.days),
        currency=current.currency,
        price_version=current.price_version,
    )
    return (*(current.pending[:-1] if same_day else current.pending), charge)


def _next_period(before: Subscription) -> Subscription:
    start = before.next_period_start
    after = replace(before, period_start=start, seats=before.next_seats)
    if before.next_price_from is not None and before.next_price_from <= start:
        after = replace(
            after,
            price_version=before.next_price_version or before.price_version,
            unit_minor=before.unit_minor if before.next_unit_minor is None else before.next_unit_minor,
            next_price_version=None,
            next_unit_minor=None,
            next_price_from=None,
        )
    if not _costs(after):
        return after
    charge = Charge(
        key=f"{after.subscription_id}#{start}#period",
        subscription_id=after.subscription_id,
        kind=ChargeKind.PERIOD,
        dated=start,
        start=start,
        end=after.next_period_start,
        quantity=after.seats,
        unit_minor=after.unit_minor,
        amount_minor=after.unit_minor * after.seats,
        currency=after.currency,
        price_version=after.price_version,
    )
    return replace(after, pending=(*after.pending, charge))
