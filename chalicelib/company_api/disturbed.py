"""Faults that a developer switched on for a test company, around every call of the company API."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.accounts.domain import is_sandbox
from chalicelib.faults import service as faults
from chalicelib.faults.domain import Place
from chalicelib.kit.context import Context
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.oauth import service as oauth


def under_faults(ctx: Context, _request: Request, answer: Callable[[], Response]) -> Response:
    """A live company is recognised by its id: no call is made for it."""
    tenant_id = ctx.caller.tenant_id
    if not is_sandbox(tenant_id):
        return answer()
    if faults.is_revoked(ctx, tenant_id):
        raise oauth.refuse_token("revoked on the switchboard")
    delayed_by = faults.strike_before(ctx, tenant_id, Place.API)
    response = answer()
    faults.strike_after(ctx, tenant_id, Place.API)
    return response.with_headers(Anslut_Fault=delayed_by) if delayed_by else response
