"""What can be wrong with a record; the dialect answers all of it with 400."""

from __future__ import annotations

from chalicelib.kit.errors import MalformedRequestError


class RecordRejectedError(MalformedRequestError):
    title = "A value of the record cannot be accepted"


class RecordTakenError(MalformedRequestError):
    title = "A record with this number exists already"


class RecordLockedError(MalformedRequestError):
    title = "The record can no longer be changed"
