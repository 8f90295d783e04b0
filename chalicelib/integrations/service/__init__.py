"""What developers do with integrations, and how other rooms find one."""

from chalicelib.integrations.service.burning import burn_secret
from chalicelib.integrations.service.changing import (
    add_status,
    create_integration,
    delete_integration,
    update_integration,
)
from chalicelib.integrations.service.client_secrets import (
    add_secret,
    is_client_secret,
    note_secret_use,
    remove_secret,
    rotate_secret,
    update_secret,
)
from chalicelib.integrations.service.ending import Ending, get_ending
from chalicelib.integrations.service.files import (
    apply_file,
    check_file,
    compare_file,
    create_from_file,
    export_file,
)
from chalicelib.integrations.service.ports import Ports
from chalicelib.integrations.service.reading import (
    categories,
    etag,
    find_by_client_id,
    find_by_number,
    find_integrations,
    get_integration,
    get_owned,
    get_public,
    iterate_all,
    list_all,
    list_client_ids,
    list_integrations,
    logo_url,
    owner_read,
    scope_catalogue,
)
from chalicelib.integrations.service.samples import put_sample, remove_sample, renew_secret
from chalicelib.integrations.service.transfers import (
    accept_transfer,
    decline_transfer,
    find_transfer,
    get_incoming_transfer,
    list_incoming_transfers,
    offer_transfer,
    withdraw_transfer,
)
from chalicelib.integrations.service.warnings import send_due_warnings

__all__ = [
    "Ending",
    "Ports",
    "accept_transfer",
    "add_secret",
    "add_status",
    "apply_file",
    "burn_secret",
    "categories",
    "check_file",
    "compare_file",
    "create_from_file",
    "create_integration",
    "decline_transfer",
    "delete_integration",
    "etag",
    "export_file",
    "find_by_client_id",
    "find_by_number",
    "find_integrations",
    "find_transfer",
    "get_ending",
    "get_incoming_transfer",
    "get_integration",
    "get_owned",
    "get_public",
    "is_client_secret",
    "iterate_all",
    "list_all",
    "list_client_ids",
    "list_incoming_transfers",
    "list_integrations",
    "logo_url",
    "note_secret_use",
    "offer_transfer",
    "owner_read",
    "put_sample",
    "remove_sample",
    "remove_secret",
    "renew_secret",
    "rotate_secret",
    "scope_catalogue",
    "send_due_warnings",
    "update_integration",
    "update_secret",
    "withdraw_transfer",
]
