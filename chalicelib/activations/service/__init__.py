"""What customers, developers and other rooms may ask of activations."""

from chalicelib.activations.service.activations import activate, find_activation
from chalicelib.activations.service.ending import end_activation, end_by_platform, end_customer, put_own, remove_all
from chalicelib.activations.service.lists import (
    list_for_integration,
    list_of_company,
    list_of_integration,
    list_own,
    preview_scopes,
)
from chalicelib.activations.service.places import find_approval_page, find_start_page
from chalicelib.activations.service.ports import Ports

__all__ = [
    "Ports",
    "activate",
    "end_activation",
    "end_by_platform",
    "end_customer",
    "find_activation",
    "find_approval_page",
    "find_start_page",
    "list_for_integration",
    "list_of_company",
    "list_of_integration",
    "list_own",
    "preview_scopes",
    "put_own",
    "remove_all",
]
