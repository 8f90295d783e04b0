"""Wire shapes of ratings: ours, and the older dialect's for developers' programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.kit.gate import Prose, Wire
from chalicelib.kit.pagination import PageQuery

__all__ = [
    "AnswerWrite",
    "DialectRatingRead",
    "OperatorRatingRead",
    "RatingJudge",
    "RatingRead",
    "RatingWrite",
    "ReportCreate",
    "ReportedQuery",
]

Comment = Annotated[Prose, Field(max_length=2_000)]
Reason = Annotated[Prose, Field(min_length=1, max_length=500)]


class RatingWrite(Wire):
    """Your company's rating; a second one replaces the first."""

    stars: Annotated[int, Field(ge=1, le=5)]
    comment: Comment = ""


class AnswerWrite(Wire):
    """The developer's answer, shown below the rating; empty takes it away."""

    comment: Comment


class ReportCreate(Wire):
    """Why the operator should look at a rating."""

    reason: Reason


class RatingJudge(Wire):
    action: Literal["hide", "show"]
    reason: Reason


class ReportedQuery(PageQuery):
    """Ratings that were reported and not yet judged."""


class RatingRead(Wire):
    rating_id: str
    integration_id: str
    company_name: str
    stars: int
    comment: str
    created_at: datetime
    updated_at: datetime
    response: str
    response_updated_at: datetime | None


class OperatorRatingRead(RatingRead):
    report_reason: str
    reported_at: datetime | None
    hidden_at: datetime | None
    hidden_reason: str


class DialectResponse(Wire):
    comment: str
    created: datetime
    updated: datetime


class DialectRatingRead(Wire):
    """As programs of the earlier system read it."""

    ratingId: str  # noqa: N815 - the dialect's spelling
    integrationId: int  # noqa: N815
    rating: int
    comment: str
    companyName: str  # noqa: N815
    companyEmployeeRange: str | None  # noqa: N815
    created: datetime
    updated: datetime
    isMyRating: bool  # noqa: N815
    response: DialectResponse | None
