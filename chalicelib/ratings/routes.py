"""Ratings over JSON: the customer's, the developer's answer, the operator's judgement, and the older dialect."""

from __future__ import annotations

from typing import Any

from chalicelib.accounts.domain import DeveloperLicenceRequiredError, TooManyAttemptsError
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.guards import public, role, scope, signed_in
from chalicelib.kit.http import NoContent, Router
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.ratings import service
from chalicelib.ratings.domain import NotACustomerError, Rating, RatingChangedError
from chalicelib.ratings.schemas import (
    AnswerWrite,
    DialectRatingRead,
    OperatorRatingRead,
    RatingJudge,
    RatingRead,
    RatingWrite,
    ReportCreate,
    ReportedQuery,
)

router = Router(__name__)

_READERS = role("developer", "viewer")
_WRITERS = role("developer")
_CUSTOMERS = role("administrator")
_STAFF = role("operator")
_OWN = "/integrations/{integration_id}/ratings"


@router.route("/listings/{integration_id}/ratings", methods=["GET"], guard=public, query=PageQuery, returns=RatingRead,
              paged=True, problems=[NotFoundError])  # fmt: skip
def list_ratings(ctx: Context, integration_id: str, query: PageQuery) -> Page[Rating]:
    """What customers say of a published integration"""
    return service.list_ratings(ctx, integration_id, query)


@router.route("/ratings/{integration_id}", methods=["PUT"], guard=_CUSTOMERS, body=RatingWrite, returns=RatingRead,
              problems=[NotFoundError, NotACustomerError, RatingChangedError])  # fmt: skip
def rate_integration(ctx: Context, integration_id: str, body: RatingWrite) -> Rating:
    """Rate an integration your company has activated; once a company, and editable"""
    return service.rate_integration(ctx, integration_id, body)


@router.route("/ratings/{integration_id}", methods=["DELETE"], guard=_CUSTOMERS, returns=NoContent,
              problems=[NotFoundError, RatingChangedError])  # fmt: skip
def delete_rating(ctx: Context, integration_id: str) -> None:
    """Take your company's rating back"""
    service.delete_rating(ctx, integration_id)


@router.route("/ratings/{integration_id}/{rating_id}/reports", methods=["POST"], guard=signed_in, body=ReportCreate,
              returns=RatingRead, status=202,
              problems=[NotFoundError, RatingChangedError, TooManyAttemptsError])  # fmt: skip
def report_rating(ctx: Context, integration_id: str, rating_id: str, body: ReportCreate) -> Rating:
    """Ask the operator to look at a rating"""
    return service.report_rating(ctx, integration_id, rating_id, body)


@router.route(_OWN, methods=["GET"], guard=_READERS, query=PageQuery, returns=RatingRead, paged=True,
              problems=[NotFoundError])  # fmt: skip
def list_own_ratings(ctx: Context, integration_id: str, query: PageQuery) -> Page[Rating]:
    """What customers say of your integration, published or not"""
    return service.list_of_own_integration(ctx, integration_id, query)


@router.route(f"{_OWN}/{{rating_id}}/answer", methods=["PUT"], guard=_WRITERS, body=AnswerWrite, returns=RatingRead,
              problems=[NotFoundError, RatingChangedError, DeveloperLicenceRequiredError])  # fmt: skip
def answer_rating(ctx: Context, integration_id: str, rating_id: str, body: AnswerWrite) -> Rating:
    """Answer a rating; an empty comment takes the answer away"""
    return service.answer_rating(ctx, integration_id, rating_id, body)


@router.route("/operator/ratings", methods=["GET"], guard=_STAFF, query=ReportedQuery, returns=OperatorRatingRead,
              paged=True)  # fmt: skip
def list_reported_ratings(ctx: Context, query: ReportedQuery) -> Page[Rating]:
    """Ratings that somebody reported, longest waiting first"""
    return service.list_reported(ctx, query)


@router.route("/operator/ratings/{integration_id}/{rating_id}", methods=["POST"], guard=_STAFF, body=RatingJudge,
              returns=OperatorRatingRead, problems=[NotFoundError, RatingChangedError])  # fmt: skip
def judge_rating(ctx: Context, integration_id: str, rating_id: str, body: RatingJudge) -> Rating:
    """Hide a rating or show it again, with a reason"""
    return service.judge_rating(ctx, integration_id, rating_id, body)


@router.route("/api/integration-developer/ratings-v1", methods=["GET"], guard=scope("developerapi"),
              returns=DialectRatingRead, listed=True)  # fmt: skip
def list_developer_ratings(ctx: Context) -> list[dict[str, Any]]:
    """What customers say of all your integrations, as programs of the earlier system read it"""
    return [_dialect(ctx, rating) for rating in service.list_for_owner(ctx)]


def _dialect(ctx: Context, rating: Rating) -> dict[str, Any]:
    answered = rating.response_created_at is not None and rating.response_updated_at is not None
    response = {
        "comment": rating.response,
        "created": rating.response_created_at,
        "updated": rating.response_updated_at,
    }
    return {
        "ratingId": rating.rating_id,
        "integrationId": rating.number,
        "rating": rating.stars,
        "comment": rating.comment,
        "companyName": rating.company_name,
        "companyEmployeeRange": None,  # the platform does not know it
        "created": rating.created_at,
        "updated": rating.updated_at,
        "isMyRating": rating.tenant_id == ctx.caller.tenant_id,
        "response": response if answered else None,
    }
