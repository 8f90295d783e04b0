"""The composition root: the only place that knows every room; puts routers, event handlers and tables together."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib.accounts import company_pages, outside_pages, security_pages, security_routes, team_pages, team_routes
from chalicelib.accounts import events as accounts_events
from chalicelib.accounts import pages as accounts_pages
from chalicelib.accounts import repository as accounts_repository
from chalicelib.accounts import routes as accounts_routes
from chalicelib.activations import pages as activations_pages
from chalicelib.activations import routes as activations_routes
from chalicelib.activations.repository import ActivationItem, ConsentItem
from chalicelib.backoffice import audit_pages, catalogue_pages, catalogue_routes, migration_pages
from chalicelib.backoffice import events as backoffice_events
from chalicelib.backoffice import pages as backoffice_pages
from chalicelib.backoffice import routes as backoffice_routes
from chalicelib.backoffice.repository import TABLES as BACKOFFICE_TABLES
from chalicelib.callbacks import events as callbacks_events
from chalicelib.callbacks import pages as callbacks_pages
from chalicelib.callbacks import routes as callbacks_routes
from chalicelib.callbacks.repository import TABLES as CALLBACKS_TABLES
from chalicelib.company_api import record_routes
from chalicelib.company_api import routes as company_api_routes
from chalicelib.company_api.repository import CallWindowItem, ScopeDayItem
from chalicelib.company_data.repository import RecordItem
from chalicelib.faults.repository import SwitchboardItem
from chalicelib.images import events as images_events
from chalicelib.images import pages as images_pages
from chalicelib.images import routes as images_routes
from chalicelib.images.repository import TABLES as IMAGES_TABLES
from chalicelib.integrations import burn_pages as integrations_burn_pages
from chalicelib.integrations import events as integrations_events
from chalicelib.integrations import file_pages as integrations_file_pages
from chalicelib.integrations import file_routes as integrations_file_routes
from chalicelib.integrations import pages as integrations_pages
from chalicelib.integrations import routes as integrations_routes
from chalicelib.integrations import secret_pages as integrations_secret_pages
from chalicelib.integrations import transfer_pages as integrations_transfer_pages
from chalicelib.integrations.repository import TABLES as INTEGRATIONS_TABLES
from chalicelib.kit import fanout
from chalicelib.kit.app import App
from chalicelib.kit.http import Route, Router
from chalicelib.kit.idempotency import IdempotencyItem
from chalicelib.kit.outbox import OutboxItem
from chalicelib.licences import events as licences_events
from chalicelib.licences import pages as licences_pages
from chalicelib.licences import routes as licences_routes
from chalicelib.licences.repository import TABLES as LICENCES_TABLES
from chalicelib.marketplace import events as marketplace_events
from chalicelib.marketplace import pages as marketplace_pages
from chalicelib.marketplace import routes as marketplace_routes
from chalicelib.marketplace.repository import TABLES as MARKETPLACE_TABLES
from chalicelib.oauth import developer_pages, developer_routes
from chalicelib.oauth import events as oauth_events
from chalicelib.oauth import routes as oauth_routes
from chalicelib.oauth.authorization import pages as authorization_pages
from chalicelib.oauth.authorization.repository import AuthorizationTransactionItem, ChallengeItem
from chalicelib.oauth.repository import TABLES as OAUTH_TABLES
from chalicelib.overview import pages as overview_pages
from chalicelib.publication import agreement_pages
from chalicelib.publication import pages as publication_pages
from chalicelib.publication import routes as publication_routes
from chalicelib.publication.repository import TABLES as PUBLICATION_TABLES
from chalicelib.ratings import events as ratings_events
from chalicelib.ratings import pages as ratings_pages
from chalicelib.ratings import routes as ratings_routes
from chalicelib.ratings.repository import TABLES as RATINGS_TABLES
from chalicelib.sales import events as sales_events
from chalicelib.sales import operator_pages as sales_operator_pages
from chalicelib.sales import pages as sales_pages
from chalicelib.sales import partner_routes
from chalicelib.sales import routes as sales_routes
from chalicelib.sales.repository import TABLES as SALES_TABLES
from chalicelib.sandboxes import access_routes as sandboxes_access_routes
from chalicelib.sandboxes import detail_pages as sandboxes_detail_pages
from chalicelib.sandboxes import events as sandboxes_events
from chalicelib.sandboxes import fault_routes as sandboxes_fault_routes
from chalicelib.sandboxes import pages as sandboxes_pages
from chalicelib.sandboxes import routes as sandboxes_routes
from chalicelib.sandboxes import snapshot_routes as sandboxes_snapshot_routes
from chalicelib.sandboxes import token_routes as sandboxes_token_routes
from chalicelib.sandboxes.repository import TABLES as SANDBOXES_TABLES
from chalicelib.serving import build
from chalicelib.site import pages as site_pages
from chalicelib.site import routes as site_routes
from chalicelib.statistics import events as statistics_events
from chalicelib.statistics import pages as statistics_pages
from chalicelib.statistics import routes as statistics_routes
from chalicelib.statistics.repository import TABLES as STATISTICS_TABLES

if TYPE_CHECKING:
    from chalicelib.kit.store import Item

__all__ = ["EVENTS", "ROUTERS", "TABLES", "all_routes", "build_app", "served"]


TABLES: tuple[type[Item], ...] = (
    *accounts_repository.TABLES,
    *BACKOFFICE_TABLES,
    *CALLBACKS_TABLES,
    *RATINGS_TABLES,
    ActivationItem,
    AuthorizationTransactionItem,
    CallWindowItem,
    ChallengeItem,
    ConsentItem,
    IdempotencyItem,
    *IMAGES_TABLES,
    *INTEGRATIONS_TABLES,
    *LICENCES_TABLES,
    *MARKETPLACE_TABLES,
    *OAUTH_TABLES,
    OutboxItem,
    *PUBLICATION_TABLES,
    RecordItem,
    ScopeDayItem,
    *SALES_TABLES,
    *SANDBOXES_TABLES,
    SwitchboardItem,
    *STATISTICS_TABLES,
)

ROUTERS: tuple[Router, ...] = (
    accounts_routes.router,
    accounts_pages.pages,
    security_routes.router,
    security_pages.pages,
    outside_pages.pages,
    company_pages.router,
    company_pages.pages,
    team_routes.router,
    team_pages.pages,
    backoffice_routes.router,
    backoffice_pages.pages,
    audit_pages.router,
    audit_pages.pages,
    migration_pages.pages,
    catalogue_routes.router,
    catalogue_pages.pages,
    activations_routes.router,
    activations_pages.pages,
    authorization_pages.endpoint,
    authorization_pages.pages,
    company_api_routes.router,
    record_routes.router,
    images_routes.router,
    images_pages.pages,
    integrations_routes.router,
    integrations_pages.pages,
    integrations_secret_pages.pages,
    integrations_file_routes.router,
    integrations_file_pages.pages,
    integrations_transfer_pages.pages,
    callbacks_routes.router,
    callbacks_pages.pages,
    ratings_routes.router,
    ratings_pages.pages,
    integrations_burn_pages.pages,
    licences_routes.router,
    licences_pages.pages,
    marketplace_routes.router,
    marketplace_pages.pages,
    oauth_routes.router,
    overview_pages.pages,
    developer_routes.router,
    developer_pages.pages,
    publication_routes.router,
    publication_pages.pages,
    partner_routes.router,
    sales_routes.router,
    sales_pages.pages,
    sales_operator_pages.pages,
    agreement_pages.pages,
    sandboxes_routes.router,
    sandboxes_pages.pages,
    sandboxes_detail_pages.pages,
    sandboxes_access_routes.router,
    sandboxes_access_routes.pages,
    sandboxes_fault_routes.router,
    sandboxes_fault_routes.pages,
    sandboxes_snapshot_routes.router,
    sandboxes_snapshot_routes.pages,
    sandboxes_token_routes.router,
    sandboxes_token_routes.pages,
    statistics_routes.router,
    statistics_pages.pages,
    site_routes.router,
    site_pages.pages,
)

EVENTS: tuple[Blueprint, ...] = (
    accounts_events.events,
    backoffice_events.events,
    fanout.events,
    images_events.events,
    integrations_events.events,
    callbacks_events.events,
    ratings_events.events,
    licences_events.events,
    marketplace_events.events,
    oauth_events.events,
    sales_events.events,
    sandboxes_events.events,
    statistics_events.events,
)


def all_routes() -> list[Route]:
    return [route for router in ROUTERS for route in router.declared]


def served() -> dict[str, dict[str, Any]]:
    """Which module's router answers which addresses: what the package is started from (`chalicelib/serving.py`)."""
    return {
        _name_of(router): {"kind": router.kind, "routes": [[route.method, route.path] for route in router.declared]}
        for router in ROUTERS
    }


def _name_of(router: Router) -> str:
    module = sys.modules[router.module]
    return next(f"{router.module}:{name}" for name, value in vars(module).items() if value is router)


@cache
def build_app() -> App:
    """The application with all rooms; once per process, because Chalice consumes a blueprint's declarations.

    What rooms hand each other stands in `serving.WIRES`: the package starts without this module.
    """
    app = build(served())
    for blueprint in (*ROUTERS, *EVENTS):
        app.register_blueprint(blueprint)
    return app
