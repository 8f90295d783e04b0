"""The operator's import of tokens of the earlier system; a second run imports nothing twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from chalicelib.accounts import service as accounts
from chalicelib.integrations import service as integrations
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, RejectedError
from chalicelib.kit.gate import rejected
from chalicelib.oauth.legacy.domain import ImportReport, LegacyToken
from chalicelib.oauth.repository import legacy


def _words(value: Any) -> Any:
    return value.split() if isinstance(value, str) else value  # a cell of a CSV file


class LegacyTokenRow(BaseModel):
    """One token. Without `scopes` it gets all of the integration's; without `email` an administrator stands for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{12}$")]
    tenant_number: Annotated[int, Field(ge=1, lt=2**53)]
    access_token: Annotated[str, Field(min_length=8, max_length=4_096, pattern=r"^[\x21-\x7e]+$")]
    scopes: Annotated[list[str], BeforeValidator(_words), Field(max_length=100)] = []
    email: Annotated[str, Field(max_length=254)] = ""


def import_legacy_token(ctx: Context, raw: Mapping[str, Any]) -> ImportReport:
    """One row of the file; what is wrong with it is told, never raised."""
    try:
        row = LegacyTokenRow.model_validate(dict(raw), strict=False)
    except ValidationError as error:
        found = tuple(f"{fault['pointer'].lstrip('/')}: {fault['message']}" for fault in rejected(error).errors)
        return ImportReport(
            client_id=str(raw.get("client_id", ""))[:40], tenant_number=0, outcome="rejected", errors=found
        )
    try:
        legacy.add(_legacy_token(ctx, row))
    except AppError as error:
        if error.status >= 500:  # noqa: PLR2004 - our own trouble is not the row's fault: the batch is sent again
            raise
        return _report(row, "rejected", error.detail or error.title)
    except store.RefusedError:
        return _report(row, "unchanged")
    return _report(row, "imported")


def _legacy_token(ctx: Context, row: LegacyTokenRow) -> LegacyToken:
    client = integrations.find_by_client_id(row.client_id)
    company = accounts.find_company_by_number(row.tenant_number)
    if client is None or company is None:
        raise RejectedError("There is no such integration." if client is None else "There is no such company.")
    scopes = frozenset(row.scopes) or client.scopes
    if not scopes <= client.scopes:
        raise RejectedError(f"The integration has not registered {min(scopes - client.scopes)[:40]}.")
    people = accounts.list_people(company.tenant_id)
    named = [account for account, _ in people if account.email == row.email.lower()]
    chosen = named if row.email else [account for account, member in people if member.is_administrator]
    if not chosen:
        raise RejectedError("Nobody in the company can stand for this token.")
    return LegacyToken(
        token_hash=legacy.hash_of(row.access_token),
        client_id=client.client_id,
        integration_id=client.integration_id,
        tenant_id=company.tenant_id,
        tenant_number=company.number,
        account_id=chosen[0].account_id,
        scopes=scopes,
        imported_at=ctx.now,
    )


def _report(row: LegacyTokenRow, outcome: str, *errors: str) -> ImportReport:
    return ImportReport(client_id=row.client_id, tenant_number=row.tenant_number, outcome=outcome, errors=errors)
