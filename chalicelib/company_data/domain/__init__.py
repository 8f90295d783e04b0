"""The rules of company data: which resources there are, what a record must fulfil, and the seeded templates."""

from chalicelib.company_data.domain.errors import (
    RecordLockedError,
    RecordRejectedError,
    RecordTakenError,
)
from chalicelib.company_data.domain.records import Head, Mark, RecordPage, Selection, Stored, Values
from chalicelib.company_data.domain.resources import RESOURCES, Action, Field, Kind, Resource, Shown
from chalicelib.company_data.domain.searches import SEARCHES, How, Search, Where
from chalicelib.company_data.domain.templates import TEMPLATES, Template

__all__ = [
    "RESOURCES",
    "SEARCHES",
    "TEMPLATES",
    "Action",
    "Field",
    "Head",
    "How",
    "Kind",
    "Mark",
    "RecordLockedError",
    "RecordPage",
    "RecordRejectedError",
    "RecordTakenError",
    "Resource",
    "Search",
    "Selection",
    "Shown",
    "Stored",
    "Template",
    "Values",
    "Where",
]
