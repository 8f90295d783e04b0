"""Faults that a developer switched on for a test company, around every call of the company API."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.accounts.domain import is_sandbox
from chalicelib.faults import service as faults
from chalicelib.faults.domain import MARK, FaultKind, Place
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.oauth import service as oauth


def under_faults(ctx: Context, _request: Request, answer: Callable[[], Response]) -> Response:
    """A live company is recognised by its id: no call is made for it."""
    tenant_id = ctx.caller.tenant_id
    if not is_sandbox(tenant_id):
        return answer()
    try:
        return _disturbed(ctx, tenant_id, answer)
    except AppError as error:
        if MARK in error.log:
            oauth.record_struck_call(ctx, error)
        raise


def _disturbed(ctx: Context, tenant_id: str, answer: Callable[[], Response]) -> Response:
    if faults.is_revoked(ctx, tenant_id):
        refused = oauth.refuse_token("revoked on the switchboard")
        refused.log[MARK] = str(FaultKind.REVOKED)
        raise refused
    delayed_by = faults.strike_before(ctx, tenant_id, Place.API)
    if delayed_by:
        oauth.record_delayed_call(ctx, delayed_by)
    response = answer()
    faults.strike_after(ctx, tenant_id, Place.API)
    return response.with_headers(Anslut_Fault=delayed_by) if delayed_by else response
