"""Every page of the portal as data: who looks, where, what is done there first. For pictures and browser tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from infra.stage import ROOT

# Where scripts are off, these are never asked for: parts of a page, files, and places that only lead on.
PARTS = frozenset(
    {
        "/account/audit.csv",
        "/my-integrations/{integration_id}/approve",
        "/my-integrations/{integration_id}/open",
        "/oauth-v1/auth/{transaction_id}",
        "/operator/migration/{migration_id}/part",
        "/operator/migration/{migration_id}/report.csv",
        "/operator/sales/{month}/part",
        "/palette/part",
        "/portal/integrations/{integration_id}/callback-test/part",
        "/portal/integrations/{integration_id}/images/sizes",
        "/portal/sandboxes/part",
        "/portal/sandboxes/{sandbox_id}/state",
        "/sign-in/platform",
        "/sign-in/platform/callback",
    }
)


@dataclass(frozen=True, slots=True)
class Shot:
    """One page: who looks, where ({names} are filled in), what is done there first."""

    name: str
    who: str
    path: str
    act: Callable[[Page], object] | None = None


def _submit(fields: dict[str, str]) -> Callable[[Page], object]:
    """Fill in and send the page's main form; what comes back is the picture."""

    def act(page: Page) -> None:
        for name, value in fields.items():
            page.locator(f"main [name={name}]").first.fill(value)
        with page.expect_navigation():
            page.locator("main form").last.evaluate("form => { form.noValidate = true; form.requestSubmit() }")

    return act


def _press(selector: str) -> Callable[[Page], object]:
    """Press one button that sends a form; what comes back is the picture."""

    def act(page: Page) -> None:
        with page.expect_navigation():
            page.locator(selector).first.click()

    return act


def _open(selector: str) -> Callable[[Page], object]:
    """Press what opens a dialog or a menu; that is the picture."""

    def act(page: Page) -> None:
        page.locator(selector).first.click()
        page.locator("dialog[open], :popover-open, details[open] .menu-panel").first.wait_for()

    return act


def _open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.locator("#palette-options [role=option]").first.wait_for()


def _open_crop(page: Page) -> None:
    page.locator("#image-cover-1").set_input_files(ROOT / "docs" / "images" / "portal-light.png")
    page.locator(".crop-frame").wait_for()


INTEGRATION = "/portal/integrations/{integration_id}"
NOT_MAILED = "code=AAAA"
SHOTS: tuple[Shot, ...] = (
    Shot("start", "", "/"),
    Shot("sign-in", "", "/sign-in"),
    Shot("sign-in-refused", "", "/sign-in", _submit({"email": "nobody@nowhere.example", "password": "wrong"})),
    Shot("sign-up", "", "/sign-up"),
    Shot("sign-up-refused", "", "/sign-up", _submit({"email": "not an address", "name": "", "password": "short"})),
    Shot("forgot", "", "/forgot"),
    Shot("reset", "", f"/reset?{NOT_MAILED}"),
    Shot("error-verify", "", f"/verify?{NOT_MAILED}"),
    Shot("error-confirm-email", "", f"/confirm-email?{NOT_MAILED}"),
    Shot("error-invitation", "", f"/invitation?{NOT_MAILED}"),
    Shot("burn", "", "/burn"),
    Shot("error-404", "", "/nothing/here"),
    Shot("error-403", "customer", "/operator"),
    Shot("error-oauth", "", "/oauth-v1/auth?client_id=AAAAAAAAAAAA&response_type=code"),
    Shot("api-reference", "developer", "/docs/api"),
    Shot("api-operation", "developer", "/docs/api/create_integration"),
    Shot("api-token", "", "/docs/api/issue_tokens"),
    Shot("status", "", "/status"),
    Shot("error-codes", "", "/docs/problems"),
    Shot("components", "developer", "/docs/components"),
    *(Shot(f"error-sample-{status}", "", f"/docs/components/{status}") for status in (400, 409, 413, 429, 500, 503)),
    Shot("overview", "developer", "/portal"),
    Shot("palette", "developer", "/palette"),
    Shot("palette-open", "developer", "/portal", _open_palette),
    Shot("integrations", "developer", "/portal/integrations"),
    Shot("integration-new", "developer", "/portal/integrations/new"),
    Shot("integration-new-refused", "developer", "/portal/integrations/new", _submit({"name": " "})),
    Shot("integration-import", "developer", "/portal/integrations/import"),
    Shot("integration-transfers", "developer", "/portal/transfers"),
    Shot("partner-agreement", "developer", "/portal/partner-agreement"),
    Shot("integration-details", "developer", INTEGRATION),
    Shot("integration-images", "developer", f"{INTEGRATION}/images"),
    Shot("integration-images-crop", "developer", f"{INTEGRATION}/images", _open_crop),
    Shot("integration-oauth", "developer", f"{INTEGRATION}/oauth"),
    Shot("integration-callback-test", "developer", f"{INTEGRATION}/callback-test"),
    Shot("integration-scopes", "developer", f"{INTEGRATION}/scopes"),
    Shot("integration-price", "developer", f"{INTEGRATION}/price"),
    Shot("integration-publish", "developer", f"{INTEGRATION}/publish"),
    Shot("integration-publish-waiting", "developer", "/portal/integrations/{waiting_id}/publish"),
    Shot("integration-customers", "developer", f"{INTEGRATION}/customers"),
    Shot("integration-connections", "developer", f"{INTEGRATION}/connections"),
    Shot("integration-connection", "developer", f"{INTEGRATION}/connections/{{family_id}}"),
    Shot("integration-attempts", "developer", f"{INTEGRATION}/attempts"),
    Shot("integration-ratings", "developer", f"{INTEGRATION}/ratings"),
    Shot("integration-file", "developer", f"{INTEGRATION}/file"),
    Shot("integration-transfer", "developer", f"{INTEGRATION}/transfer"),
    Shot("integration-activity", "developer", f"{INTEGRATION}/activity"),
    Shot("integration-delete", "developer", f"{INTEGRATION}/delete"),
    Shot("sandboxes", "developer", "/portal/sandboxes"),
    Shot("sandboxes-delete", "developer", "/portal/sandboxes", _open("main [popovertarget^=delete]")),
    Shot("sandbox", "developer", "/portal/sandboxes/{sandbox_id}"),
    Shot("sandbox-connection", "developer", "/portal/sandboxes/{sandbox_id}", _press("#connect form button")),
    Shot("sandbox-access", "developer", "/portal/sandboxes/{sandbox_id}/access"),
    Shot("sandbox-tokens", "developer", "/portal/sandboxes/tokens"),
    Shot("statistics", "developer", "/portal/statistics?interval=day&integration_id=all"),
    Shot("statistics-refused", "developer", "/portal/statistics?interval=day&from=2026-02-01&to=2026-01-01"),
    Shot("sales", "developer", "/portal/sales"),
    Shot("sales-lines", "developer", "/portal/sales/lines?month={month}"),
    Shot("sales-customers", "developer", "/portal/sales/customers"),
    Shot("sales-orders", "developer", "/portal/sales/orders/{sold_id}"),
    Shot("account-developer", "developer", "/account"),
    Shot("account-company", "developer", "/account/company"),
    Shot("security", "developer", "/account/security"),
    Shot("account-leave", "developer", "/account/leave"),
    Shot("team", "developer", "/account/team"),
    Shot("team-member", "developer", "/account/team/{account_id}"),
    Shot("audit-log", "developer", "/account/audit"),
    Shot("account-customer", "customer", "/account"),
    Shot("marketplace", "customer", "/marketplace"),
    Shot("marketplace-search", "customer", "/marketplace?q=receipt"),
    Shot("marketplace-visitor", "", "/marketplace"),
    Shot("marketplace-not-found", "customer", "/marketplace/find?client_id=AAAAAAAAAAAA"),
    Shot("listing", "customer", "/marketplace/find?client_id={client_id}"),
    Shot("listing-visitor", "", "/marketplace/{sold_id}"),
    Shot("listing-ratings", "customer", "/marketplace/{integration_id}/ratings"),
    Shot("buy", "developer", "/marketplace/{sold_id}/buy"),
    Shot("invoices", "customer", "/account/invoices"),
    Shot("invoice", "customer", "/account/invoices/{invoice}"),
    Shot("my-integrations", "customer", "/my-integrations"),
    Shot("my-integrations-end", "customer", "/my-integrations", _open("main [popovertarget^=end]")),
    Shot("access-receipt", "customer", "/my-integrations/{integration_id}"),
    Shot("licence", "customer", "/my-integrations/{sold_id}/licence"),
    Shot("consent", "customer", "/oauth-v1/auth?{authorization}"),
    Shot("operator-developers", "operator", "/operator"),
    Shot("operator-company", "operator", "/operator/companies/{tenant_id}"),
    Shot("operator-reviews", "operator", "/operator/reviews"),
    Shot("operator-review", "operator", "/operator/reviews/{waiting_id}"),
    Shot("operator-review-live", "operator", "/operator/reviews/{integration_id}"),
    Shot("operator-catalogue", "operator", "/operator/catalogue"),
    Shot("operator-category", "operator", "/operator/catalogue/categories/receipts"),
    Shot("operator-statistics", "operator", "/operator/statistics"),
    Shot("operator-ratings", "operator", "/operator/reported-ratings"),
    Shot("operator-integrations", "operator", "/operator/integrations"),
    Shot("operator-attempts", "operator", "/operator/attempts"),
    Shot("operator-attempts-found", "operator", "/operator/attempts?q={client_id}"),
    Shot("operator-migrations", "operator", "/operator/migration"),
    Shot("operator-migration", "operator", "/operator/migration/{migration_id}"),
    Shot("operator-sales", "operator", "/operator/sales"),
    Shot("operator-sales-preview", "operator", "/operator/sales/preview"),
    Shot("operator-sales-month", "operator", "/operator/sales/{month}"),
    Shot("operator-sales-invoices", "operator", "/operator/sales/{month}/invoices"),
    Shot("operator-verify", "operator", "/operator/sales/{month}/verify"),
    Shot("operator-credit", "operator", "/operator/sales/credit"),
)
