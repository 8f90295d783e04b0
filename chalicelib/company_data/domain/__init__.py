"""The rules of company data: which resources there are, what a record must fulfil, and the seeded templates."""

from chalicelib.company_data.domain.errors import (
    RecordLockedError,
    RecordRejectedError,
    RecordTakenError,
)
from chalicelib.company_data.domain.records import Head, Mark, RecordPage, Selection, Stored
from chalicelib.company_data.domain.resources import RESOURCES, Action, Field, Kind, Resource, Shown
from chalicelib.company_data.domain.templates import TEMPLATES, Template

__all__ = [
    "RESOURCES",
    "TEMPLATES",
    "Action",
    "Field",
    "Head",
    "Kind",
    "Mark",
    "RecordLockedError",
    "RecordPage",
    "RecordRejectedError",
    "RecordTakenError",
    "Resource",
    "Selection",
    "Shown",
    "Stored",
    "Template",
]
