"""The schema gate before every handler (D17): size, depth, duplicate keys, numbers, surrogates, unknown fields."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn, TypeVar, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from chalicelib.kit.errors import MalformedRequestError, PayloadTooLargeError, RejectedError
from chalicelib.kit.request import Form

__all__ = ["Line", "Prose", "Wire", "load_json", "parse_form", "parse_json", "parse_query"]

MAX_BODY_BYTES = 128 * 1024
MAX_DEPTH = 16
MAX_NODES = 10_000
MAX_INTEGER = 2**53 - 1  # RFC 8259 §6: what every JSON reader agrees on

_SURROGATE = re.compile("[\ud800-\udfff]")

W = TypeVar("W", bound="Wire")
B = TypeVar("B", bound=BaseModel)


class Wire(BaseModel):
    """Base of every shape on the wire: immutable, strict, and closed to unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True, from_attributes=True)


def _check_line(value: str) -> str:
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for char in value):
        raise ValueError("must not contain control or invisible characters")
    return unicodedata.normalize("NFC", value.strip())


def _check_prose(value: str) -> str:
    kept = "".join(
        char for char in value if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"}
    )
    return unicodedata.normalize("NFC", kept.strip())


Line = Annotated[str, AfterValidator(_check_line)]
"""One line of text a person reads: trimmed, NFC, no control, bidi or zero-width characters."""

Prose = Annotated[str, AfterValidator(_check_prose)]
"""Long text: trimmed, NFC, line breaks kept, other invisible characters dropped."""


def parse_json(model: type[B], body: bytes) -> B:
    """Raises MalformedRequestError (400), PayloadTooLargeError (413), RejectedError (422) with all fields at once."""
    load_json(body)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise rejected(error) from None


def load_json(body: bytes) -> dict[str, Any]:
    """An object that passed the gate, whatever it says. Raises MalformedRequestError, PayloadTooLargeError."""
    if len(body) > MAX_BODY_BYTES:
        raise PayloadTooLargeError(f"Send at most {MAX_BODY_BYTES // 1024} KB.")
    if not body.strip():
        raise MalformedRequestError("Send a JSON object as the body.")
    value = _load(body)
    if not isinstance(value, dict):
        raise MalformedRequestError("The body must be a JSON object.")
    return value


def parse_form(model: type[B], form: Form) -> B:
    """A form body as the model: repeated names only where the field is a list, empty optional fields left out."""
    data: dict[str, Any] = {}
    for name in dict.fromkeys(key for key, _ in form.pairs):
        field = model.model_fields.get(name)
        values = form.all(name)
        if field is not None and _is_list(field.annotation):
            data[name] = [value for value in values if value]
        elif len(values) > 1:
            raise RejectedError.field(f"/{name}", "Send this field once.")
        elif values[0] or field is None or field.is_required():
            data[name] = values[0]
    try:
        return model.model_validate(data, strict=False)
    except ValidationError as error:
        raise rejected(error) from None


def parse_query(model: type[B], query: Form) -> B:
    """Query parameters as the model. Raises MalformedRequestError (400) with `errors`, for a URL is not a payload."""
    try:
        return parse_form(model, query)
    except RejectedError as error:
        raise MalformedRequestError(error.detail or "The query cannot be read.", extra=error.extra) from None


# How pydantic says it, by the order in which a field is checked; people read it beside the field.
_NOTHING_THERE = ("String should have at least 1 character", "Value should have at least 1 item")


def rejected(error: ValidationError) -> RejectedError:
    """Pydantic's findings as `{pointer, message}`; the rejected input itself is never echoed."""
    found = [
        {
            "pointer": "/" + "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in entry["loc"]),
            "message": _sentence(entry["msg"]),
        }
        for entry in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    names = ", ".join(entry["pointer"].lstrip("/") or "body" for entry in found[:5])
    return RejectedError(f"Check: {names}.", extra={"errors": found[:50]})


def _sentence(message: str) -> str:
    text = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if text.startswith(_NOTHING_THERE):
        return "Must not be empty"
    return text[:1].upper() + text[1:]


def _is_list(annotation: Any) -> bool:
    text = str(get_origin(annotation) or annotation)
    return any(word in text for word in ("list", "tuple", "set", "Sequence")) or "list[" in str(annotation)


def _load(body: bytes) -> Any:
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_float,
            parse_int=_integer,
        )
    except UnicodeDecodeError as error:
        raise MalformedRequestError("The body is not UTF-8.") from error
    except RecursionError as error:
        raise MalformedRequestError(f"The body is nested deeper than {MAX_DEPTH} levels.") from error
    except json.JSONDecodeError as error:
        raise MalformedRequestError(f"The body is not JSON: {error.msg} at line {error.lineno}.") from error
    _check_shape(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedRequestError(f"The name {twice[:40]!r} occurs twice in one object.")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedRequestError(f"{name} is not a JSON number.")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MalformedRequestError("A number is out of range.")
    return number


def _integer(text: str) -> int:
    if len(text) > len(str(MAX_INTEGER)) + 1 or abs(int(text)) > MAX_INTEGER:
        raise MalformedRequestError("A number is out of range.")
    return int(text)


def _check_shape(value: Any) -> None:
    """Depth, number of values, and lone surrogates, in one walk without recursion."""
    stack = [(value, 1)]
    count = 0
    while stack:
        node, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise MalformedRequestError(f"The body is nested deeper than {MAX_DEPTH} levels or has too many values.")
        if isinstance(node, dict):
            stack.extend((entry, depth + 1) for entry in node.values())
            stack.extend((name, depth) for name in node)
        elif isinstance(node, list):
            stack.extend((entry, depth + 1) for entry in node)
        elif isinstance(node, str) and _SURROGATE.search(node):
            raise MalformedRequestError("A text contains half a surrogate pair.")
