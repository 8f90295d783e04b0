"""What customers, developers and other rooms may ask of activations."""

from chalicelib.activations.service.activations import activate, find_activation, tell
from chalicelib.activations.service.ending import end_activation, end_by_platform, end_customer, put_own, remove_all
from chalicelib.activations.service.lists import (
    count_active,
    list_for_integration,
    list_of,
    list_of_company,
    list_of_integration,
    list_own,
    preview_scopes,
)
from chalicelib.activations.service.places import Launch, find_approval_page, find_start_page, launch
from chalicelib.activations.service.ports import Ports
from chalicelib.activations.service.receipts import get_receipt, last_used, remove_scopes
from chalicelib.activations.service.users import IntegrationUser, list_licensed, list_users, list_users_by_number

__all__ = [
    "IntegrationUser",
    "Launch",
    "Ports",
    "activate",
    "count_active",
    "end_activation",
    "end_by_platform",
    "end_customer",
    "find_activation",
    "find_approval_page",
    "find_start_page",
    "get_receipt",
    "last_used",
    "launch",
    "list_for_integration",
    "list_licensed",
    "list_of",
    "list_of_company",
    "list_of_integration",
    "list_own",
    "list_users",
    "list_users_by_number",
    "preview_scopes",
    "put_own",
    "remove_all",
    "remove_scopes",
    "tell",
]
