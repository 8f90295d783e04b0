"""Company data on the wire: shapes made out of the declared resources, in the dialect's spelling."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, create_model

from chalicelib.company_data.domain import SEARCHES, How, Kind, Resource, Shown
from chalicelib.company_data.domain import Field as RecordField
from chalicelib.kit.gate import Line, Wire

MAX_LIMIT = 500
_MAX_PAGE = 1_000_000
_MAX_ROWS = 200


def _as_text(value: Any) -> Any:
    """Clients send numbers of records as JSON numbers too."""
    return str(value) if type(value) is int else value


_Amount = Annotated[Decimal, Field(max_digits=13, decimal_places=2)]
_Quantity = Annotated[Decimal, Field(max_digits=13, decimal_places=4)]
_NAME_OR_NONE = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^[A-Za-z0-9_-]{0,50}$")]
_SENT: dict[Kind, Any] = {
    Kind.NAME: Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^[A-Za-z0-9_-]{1,50}$")],
    Kind.EMAIL: Annotated[str, Field(pattern=r"^(|[^@\s]{1,64}@[^@\s]{1,190})$")],
    Kind.AMOUNT: _Amount,
    Kind.QUANTITY: _Quantity,
    Kind.INTEGER: Annotated[int, Field(ge=0, le=2**31 - 1)],
    Kind.DATE: date,
    Kind.FLAG: bool,
}
_SHOWN: dict[Kind, Any] = {Kind.AMOUNT: float, Kind.QUANTITY: float, Kind.INTEGER: int, Kind.FLAG: bool}


def _as_quoted(value: Any) -> Any:
    """Numbers with at least two decimals, flags as words: so the dialect has them where it has them as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        whole, _, rest = str(Decimal(str(value)).normalize().__format__("f")).partition(".")
        return f"{whole}.{rest:0<2}"
    return value


_QUOTED = Annotated[str, BeforeValidator(_as_quoted)]
_COUNTED = Annotated[str, BeforeValidator(str)]
_NULLED = Annotated[str | None, BeforeValidator(lambda value: value or None)]


class RecordQuery(Wire):
    """Parameters of lists; others are ignored, as the contract has it."""

    model_config = ConfigDict(extra="ignore")

    page: Annotated[int, Field(ge=1, le=_MAX_PAGE)] = 1
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 100
    offset: Annotated[int, Field(ge=0, le=_MAX_PAGE)] | None = None
    filter: str | None = None
    lastmodified: datetime | None = None
    sortby: str | None = None
    sortorder: Literal["ascending", "descending"] = "ascending"


_SOUGHT: dict[How, Any] = {
    How.IS: Annotated[str, Field(min_length=1, max_length=200, description="The whole value, capitals aside.")],
    How.HAS: Annotated[str, Field(min_length=1, max_length=200, description="Somewhere in it, capitals aside.")],
    How.FROM: Annotated[date, Field(description="That day or later.")],
    How.TO: Annotated[date, Field(description="That day or earlier.")],
}


class MetaInformation(Wire):
    total_resources: int = Field(alias="@TotalResources")
    total_pages: int = Field(alias="@TotalPages")
    current_page: int = Field(alias="@CurrentPage")

    model_config = ConfigDict(populate_by_name=True)


def new_query(resource: Resource) -> type[RecordQuery]:
    """The parameters of a list, with those that search the resource."""
    made: dict[str, Any] = {one.parameter: (_SOUGHT[one.how] | None, None) for one in SEARCHES[resource.name]}
    return create_model(f"Company{resource.single}Query", __base__=RecordQuery, **made)


def new_body(resource: Resource, *, is_change: bool) -> type[Wire]:
    """`{"Customer": {…}}` as a caller sends it; in a change no field is required."""
    suffix = "Change" if is_change else "Create"
    record = _sent(f"Company{resource.single}{suffix}", resource.fields, is_change=is_change)
    return _model(f"Company{resource.single}{suffix}Body", {resource.single: (record, ...)})


def new_answer(resource: Resource) -> type[Wire]:
    """`{"Customer": {…}}` as we answer."""
    record = _shown(f"Company{resource.single}", resource.fields)
    return _model(f"Company{resource.single}Answer", {resource.single: (record, ...)})


def new_list(resource: Resource) -> type[Wire]:
    """`{"MetaInformation": {…}, "Customers": […]}`; rows of documents are shown when one is read."""
    flat = tuple(field for field in resource.fields if field.kind is not Kind.ROWS)
    record = _shown(f"Company{resource.single}Listed", flat, is_listed=True)
    fields: dict[str, Any] = {"MetaInformation": (MetaInformation, ...), resource.plural: (list[record], ...)}  # type: ignore[valid-type]
    return _model(f"Company{resource.single}List", fields)


def plain(body: Wire, resource: Resource) -> dict[str, Any]:
    """What was sent, without what was left out: texts, numbers and flags as they are stored."""
    sent: dict[str, Any] = getattr(body, resource.single).model_dump(exclude_none=True)
    return {name: _plain(value) for name, value in sent.items()}


def _model(name: str, fields: dict[str, Any]) -> type[Wire]:
    return create_model(name, __base__=Wire, **fields)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [{name: _plain(entry) for name, entry in row.items()} for row in value]
    return value


def _sent(name: str, fields: tuple[RecordField, ...], *, is_change: bool) -> type[Wire]:
    made: dict[str, Any] = {}
    for field in fields:
        if field.is_derived:
            made[field.name] = (Annotated[Any, Field(description="Worked out by us: left aside.")], None)
        elif field.is_required and not is_change:
            made[field.name] = (_sent_type(name, field), ...)
        else:
            made[field.name] = (_sent_type(name, field) | None, None)
    return _model(name, made)


def _sent_type(name: str, field: RecordField) -> Any:
    if field.kind is Kind.ROWS:
        row = _sent(f"{name}Row", field.rows, is_change=False)
        return Annotated[list[row], Field(min_length=int(field.is_required), max_length=_MAX_ROWS)]  # type: ignore[valid-type]
    if field.choices:
        choices = tuple(int(choice) if field.kind is Kind.INTEGER else choice for choice in field.choices)
        return Literal[choices]
    if field.kind is Kind.TEXT:
        bounds = Field(min_length=int(field.is_required), max_length=field.longest)
        return Annotated[Line, BeforeValidator(_as_text), bounds]
    if field.kind is Kind.NAME and not field.is_required:
        return _NAME_OR_NONE
    return _SENT[field.kind]


def _shown(name: str, fields: tuple[RecordField, ...], *, is_listed: bool = False) -> type[Wire]:
    made: dict[str, Any] = {}
    for field in fields:
        if field.kind is Kind.ROWS:
            row = _shown(f"{name}Row", field.rows)
            made[field.name] = (list[row], ...)  # type: ignore[valid-type]
        else:
            made[field.name] = (_shown_type(field, is_listed=is_listed), ...)
    return _model(name, made)


def _shown_type(field: RecordField, *, is_listed: bool) -> Any:
    if field.shown is Shown.NULL:
        return _NULLED
    if field.shown is Shown.TEXT or (field.shown is Shown.LISTED_AS_TEXT and is_listed):
        return _COUNTED if field.kind is Kind.INTEGER else _QUOTED
    return _SHOWN.get(field.kind, str)
