"""Callback tests over JSON."""

from __future__ import annotations

from chalicelib.accounts.domain import DeveloperLicenceRequiredError, TooManyAttemptsError
from chalicelib.callbacks import service
from chalicelib.callbacks.domain import CallbackRun, CallbackTestRunningError
from chalicelib.callbacks.schemas import CallbackRunRead, CallbackTestCreate
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router

router = Router(__name__)

_HERE = "/integrations/{integration_id}/callback-test"


@router.route(_HERE, methods=["POST"], guard=role("developer"), body=CallbackTestCreate, returns=CallbackRunRead,
              status=202, problems=[NotFoundError, CallbackTestRunningError, DeveloperLicenceRequiredError,
                                    TooManyAttemptsError])  # fmt: skip
def start_callback_test(ctx: Context, integration_id: str, body: CallbackTestCreate) -> CallbackRun:
    """Test a redirect URI: we play the authorization server and report what the integration did"""
    return service.start_callback_test(ctx, integration_id, body)


@router.route(_HERE, methods=["GET"], guard=role("developer", "viewer"), returns=CallbackRunRead,
              problems=[NotFoundError])  # fmt: skip
def get_callback_test(ctx: Context, integration_id: str) -> CallbackRun:
    """The last callback test, or how far it is"""
    return service.get_last_run(ctx, integration_id)
