"""What serves requests: which module has which address, who asks, and what rooms hand each other; no room is imported.

The table of addresses is made of `chalicelib.registry.ROUTERS`: by the finishing step for the package (`served.json`),
in this process where there is no package. A room is imported by the first request for one of its addresses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from chalicelib.config import settings
from chalicelib.kit.app import App, Place
from chalicelib.kit.context import Actor, Context, new_context
from chalicelib.kit.devices import describe_device
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import pick_language
from chalicelib.kit.ports import provide
from chalicelib.kit.request import Request

__all__ = ["SERVED", "WIRES", "authenticate", "build", "make_context", "packaged_app"]

Table = Mapping[str, Mapping[str, Any]]  # {"module:router": {"kind": …, "routes": [[method, path], …]}}

SERVED = Path(__file__).parent / "served.json"  # in packages only
TIME_TRAVEL_HEADER = "anslut-time-travel"  # seconds from now; see `make_context`
_SECONDS = re.compile(r"-?[0-9]{1,9}")

# {"room.port": "module:function"}: what upper rooms hand to lower ones, imported when it is called.
WIRES: dict[str, str] = {
    "accounts.also_change_licence": "chalicelib.oauth.service:tell_of_licence",
    "accounts.also_remove_member": "chalicelib.oauth.service:tell_of_member",
    "activations.close_families": "chalicelib.oauth.service:close_families",
    "activations.count_launch": "chalicelib.statistics.service:count_launch",
    "activations.find_uses": "chalicelib.company_api.service:find_uses",
    "activations.narrow_families": "chalicelib.oauth.service:narrow_families",
    "company_api.count_call": "chalicelib.statistics.service:count_call",
    "integrations.also_change": "chalicelib.oauth.service:tell_of_integration",
    "integrations.also_delete": "chalicelib.publication.service:add_removal",
    "integrations.also_transfer": "chalicelib.publication.service:add_transfer",
    "integrations.check_change": "chalicelib.publication.service:check_price_lock",
    "integrations.count_active": "chalicelib.activations.service:count_active",
    "oauth.count_refusal": "chalicelib.statistics.service:count_refusal",
    "publication.add_audit": "chalicelib.backoffice.service:add_audit",
    "ratings.add_audit": "chalicelib.backoffice.service:add_audit",
    "sales.add_audit": "chalicelib.backoffice.service:add_audit",
    "sales.list_users": "chalicelib.activations.service:list_licensed",
    "site.all_routes": "chalicelib.registry:all_routes",
}


def authenticate(request: Request, ctx: Context) -> Actor | None:
    """API token, then bearer, then session; a request is looked at only by the room whose sign it carries."""
    if "authorization" not in request.headers:
        from chalicelib.accounts.service import authenticate_session

        return authenticate_session(request, ctx)
    from chalicelib.accounts.service import authenticate_api_token
    from chalicelib.oauth.bearer import authenticate_bearer

    return authenticate_api_token(request, ctx) or authenticate_bearer(request, ctx)


def make_context(request: Request) -> Context:
    """The context of one request. Time travel is for the embedded stage: a deployed one never reads the header."""
    offset = None
    if settings().is_embedded:
        seconds = _SECONDS.fullmatch(request.headers.get(TIME_TRAVEL_HEADER, ""))
        offset = timedelta(seconds=int(seconds[0])) if seconds else None
    lang = pick_language(request.cookies.get("lang"), request.headers.get("accept-language"))
    return new_context(
        request_id=request.request_id or None, offset=offset, source_ip=request.source_ip, lang=lang,
        device=describe_device(request.headers.get("user-agent", "")),
    )  # fmt: skip


def build(table: Table) -> App:
    """An application that answers the addresses of `table`."""
    Router.authenticate = staticmethod(authenticate)
    Router.make_context = staticmethod(make_context)
    provide(WIRES)
    app = App("anslut")
    app.api.binary_types = []
    for name, row in table.items():
        app.serve(Place(row["kind"], partial(_router, name)), row["routes"])
    return app


def packaged_app() -> App:
    """The application of the finished package, with the table that the finishing step wrote."""
    return build(json.loads(SERVED.read_text("utf-8")))


def _router(name: str) -> Router:
    module, _, attribute = name.partition(":")
    return cast("Router", getattr(import_module(module), attribute))
