"""What a developer does, press by press: credentials (D1), images (D3), new secret (D6), a sandbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import skimage
from playwright.sync_api import Page, expect

from infra.seed import upload_image
from infra.visitor import Visitor
from tests.browser.watch import Hand
from tests.e2e.stack import Stack

PHOTOGRAPH = Path(skimage.__file__).parent / "data" / "astronaut.png"  # NASA, public domain; square
Window = Callable[..., Page]


def is_accepted(stack: Stack, client_id: str, client_secret: str) -> bool:
    """Does the token endpoint know this client? The code is nonsense, so the answer is an error either way."""
    answer = requests.post(
        f"{stack.url}/oauth-v1/token",
        data={"grant_type": "refresh_token", "refresh_token": "nonsense"},
        auth=(client_id, client_secret),
        timeout=30,
    )
    return bool(answer.json()["error"] == "invalid_grant")


def test_D1_working_credentials_take_three_clicks_and_two_fields(
    window: Window, developer: Visitor, stack: Stack, unique: str
) -> None:
    page = window(developer, permissions=["clipboard-read", "clipboard-write"])
    hand = Hand(page)
    page.goto("/portal/integrations")
    hand.follow("Create integration")
    page.get_by_role("textbox", name="Name").fill(f"First {unique}")
    page.get_by_label("Read the company's name").check()
    hand.press("Create integration")

    client_id = page.get_by_label("Client id").input_value()
    client_secret = page.get_by_label("Client secret").input_value()
    hand.press("Copy", within=".secret")
    expect(page.locator("#toasts")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == client_secret
    hand.stays_within("D1")
    assert is_accepted(stack, client_id, client_secret)
    assert not is_accepted(stack, client_id, client_secret[:-1])

    hand.follow("I have copied it")
    for path in ("", "/oauth"):
        page.goto(f"{page.url.removesuffix('/oauth')}{path}")
        expect(page.get_by_role("heading", name=f"First {unique}")).to_be_visible()
        assert client_secret not in page.content()
    expect(page.get_by_label("Client id")).to_have_value(client_id)


def test_creating_without_name_and_scopes_says_what_is_missing_and_keeps_the_focus(
    window: Window, developer: Visitor, watch: Any
) -> None:
    watch.expect("status of 422")
    page = window(developer)
    page.goto("/portal/integrations/new")
    page.get_by_role("textbox", name="Name").fill("   ")
    page.get_by_label("Read the company's name").check()
    page.get_by_role("button", name="Create integration").click()
    expect(page.get_by_role("textbox", name="Name")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Read the company's name")).to_be_checked()
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()


def variants(page: Page) -> list[dict[str, Any]]:
    """Every size in the page's picture, as its address says it and as the browser decodes it."""
    found: list[dict[str, Any]] = page.evaluate("""async () => {
        const sets = [...document.querySelectorAll('#sizes [srcset]')].flatMap((one) => one.srcset.split(', '));
        return Promise.all(sets.map(async (entry) => {
            const [address, width] = entry.trim().split(' ');
            const image = new Image();
            image.src = address;
            await image.decode();
            return {address, promised: parseInt(width), width: image.naturalWidth, height: image.naturalHeight};
        }));
    }""")
    return found


def test_D3_a_chosen_logo_appears_in_all_sizes_and_the_cross_removes_it(
    window: Window, developer: Visitor, integration: dict[str, Any]
) -> None:
    page = window(developer)
    hand = Hand(page)
    path = f"/portal/integrations/{integration['integration_id']}/images"
    page.goto(path)
    logo = page.locator("image-field[kind=logo]")
    hand.does(lambda: page.locator("#image-logo-1").set_input_files(PHOTOGRAPH))
    hand.does(lambda: page.get_by_role("dialog").get_by_role("button", name="Ok").click())
    expect(logo).to_have_attribute("state", "ready")
    expect(logo.get_by_role("img", name="Logo")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("Logo is in place")
    hand.stays_within("D3")

    page.reload()
    sizes = variants(page)
    assert {one["promised"] for one in sizes} >= {64, 128, 256, 512}
    assert all(one["width"] == one["height"] == one["promised"] for one in sizes)

    logo.hover()
    logo.get_by_role("button", name="Remove Logo").click()
    expect(logo).to_have_attribute("state", "empty")
    expect(logo.get_by_role("img")).to_have_count(0)
    assert developer.call("GET", f"/integrations/{integration['integration_id']}/images") == []


def drop(page: Page, place: Any, file: Path) -> None:
    """As from the desktop: the browser itself opens the file, no script of the page can do that."""
    box = place.bounding_box()
    wire = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        wire.send("Input.dispatchDragEvent", {
            "type": kind, "x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2,
            "data": {"items": [], "files": [str(file)], "dragOperationsMask": 1},
        })  # fmt: skip


def test_D3_a_dropped_picture_shows_its_progress(
    window: Window, developer: Visitor, integration: dict[str, Any]
) -> None:
    page = window(developer)
    page.goto(f"/portal/integrations/{integration['integration_id']}/images")
    logo = page.locator("image-field[kind=logo]")
    drop(page, logo.locator(".drop"), PHOTOGRAPH)
    expect(page.locator(".crop-frame")).to_be_focused()
    page.get_by_role("dialog").get_by_role("button", name="Ok").click()
    expect(logo.get_by_role("progressbar")).to_be_visible()
    expect(logo).to_have_attribute("state", "ready", timeout=40_000)


def test_D3_a_press_opens_the_files_and_the_pointer_pulls_the_part_over_the_edge_no_further(
    window: Window, developer: Visitor, integration: dict[str, Any]
) -> None:
    images = f"/integrations/{integration['integration_id']}/images"
    page = window(developer)
    page.goto(f"/portal{images}")
    logo = page.locator("image-field[kind=logo]")
    with page.expect_file_chooser() as asked:
        logo.locator(".drop").click()
    asked.value.set_files(PHOTOGRAPH)
    frame = page.locator(".crop-frame")
    expect(frame).to_be_focused()
    page.get_by_label("Size of the part").fill("50")
    place = frame.bounding_box()
    assert place is not None
    across, down = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(across, down)
    page.mouse.down()
    page.mouse.move(place["x"] + 2, place["y"] + 2, steps=6)
    page.mouse.up()
    page.get_by_role("dialog").get_by_role("button", name="Ok").click()
    expect(logo).to_have_attribute("state", "ready", timeout=40_000)
    made = developer.call("GET", images)[0]
    assert (made["crop"]["x"], made["crop"]["y"]) == (0, 0)
    assert abs(made["crop"]["width"] - made["width"] / 2) < 8


SLOW_PREVIEW = """
const draw = HTMLCanvasElement.prototype.toBlob;
HTMLCanvasElement.prototype.toBlob = function (take, ...rest) { setTimeout(() => draw.call(this, take, ...rest), 700); };
"""


def test_D3_works_by_keyboard_alone_however_slowly_the_preview_is_drawn(
    window: Window, developer: Visitor, integration: dict[str, Any]
) -> None:
    page = window(developer)
    page.add_init_script(SLOW_PREVIEW)
    page.on("filechooser", lambda chooser: chooser.set_files(PHOTOGRAPH))
    page.goto(f"/portal/integrations/{integration['integration_id']}/images")
    tab_to(page, page.locator("#image-logo-1"))
    page.keyboard.press("Space")
    expect(page.locator(".crop-frame")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    logo = page.locator("image-field[kind=logo]")
    expect(logo).to_have_attribute("state", "ready")
    cross = logo.get_by_role("button", name="Remove Logo")
    page.keyboard.press("Tab")
    expect(cross).to_be_focused()
    expect(cross).to_have_css("opacity", "1")
    page.keyboard.press("Enter")
    expect(logo).to_have_attribute("state", "empty")
    expect(page.locator("#image-logo-1")).to_be_focused()


def test_D3_another_part_is_chosen_later_by_keyboard_without_a_new_upload(
    window: Window, developer: Visitor, integration: dict[str, Any]
) -> None:
    images = f"/integrations/{integration['integration_id']}/images"
    before = upload_image(developer, images, "logo", PHOTOGRAPH.read_bytes(), "image/png")
    page = window(developer)
    page.goto(f"/portal{images}")
    logo = page.locator("image-field[kind=logo]")
    tool = logo.get_by_role("button", name="Choose the part of Logo")
    tab_to(page, tool)
    page.keyboard.press("Enter")
    expect(page.locator(".crop-frame")).to_be_focused()
    size = page.get_by_label("Size of the part")
    size.fill("50")
    page.locator(".crop-frame").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Logo is in place", timeout=60_000)  # stream, queue, cold function
    expect(tool).to_be_focused()
    after = developer.call("GET", f"{images}/{before['image_id']}")
    assert after["status"] == "ready"
    assert abs(after["crop"]["width"] - before["width"] / 2) < 8
    assert after["crop"]["x"] > before["width"] / 4
    assert after["url"] != before["url"]
    expect(page.locator(f"#sizes img[src='{after['url']}']")).to_be_visible()

    tool.click()
    expect(page.locator(".crop-frame")).to_be_focused()
    expect(size).to_have_value("50")
    page.keyboard.press("Escape")
    assert developer.call("GET", f"{images}/{before['image_id']}") == after


def tab_to(page: Page, wanted: Any, most: int = 60) -> None:
    page.locator("body").focus()
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not reach {wanted} in {most} steps")


def test_a_file_that_is_no_image_is_refused_with_a_reason(
    window: Window, developer: Visitor, integration: dict[str, Any]
) -> None:
    page = window(developer)
    page.goto(f"/portal/integrations/{integration['integration_id']}/images")
    field = page.locator("#image-logo-1")
    field.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no image"})
    expect(page.locator("image-field[kind=logo] .error")).to_contain_text("Use a PNG")
    field.set_input_files({"name": "liar.png", "mimeType": "image/png", "buffer": b"no image either" * 10})
    expect(page.locator("image-field[kind=logo] .error")).not_to_be_empty(timeout=40_000)
    expect(page.locator("image-field[kind=logo]")).to_have_attribute("state", "empty")
    expect(page.locator("#sizes")).to_contain_text("Refused")  # the table below looks again by itself
    expect(page.locator("#sizes")).to_contain_text("The file is not a PNG, JPEG, WebP or GIF image.")


def test_D6_a_new_secret_works_beside_the_old_one_until_that_is_revoked(
    window: Window, developer: Visitor, stack: Stack, integration: dict[str, Any]
) -> None:
    page = window(developer)
    hand = Hand(page)
    page.goto(f"/portal/integrations/{integration['integration_id']}/oauth")
    hand.press("Rotate secret")
    second = page.get_by_label("New client secret").input_value()
    client_id, first = integration["client_id"], integration["client_secret"]
    assert is_accepted(stack, client_id, first)
    assert is_accepted(stack, client_id, second)
    hand.does(page.get_by_role("row").filter(has_text=f"…{first[-4:]}").get_by_role("button", name="Revoke").click)
    expect(page.locator("#toasts")).to_contain_text("The secret is revoked.")
    hand.stays_within("D6")
    stack.eventually(lambda: not is_accepted(stack, client_id, first), seconds=10)  # SE-07: within 5 s everywhere
    assert is_accepted(stack, client_id, second)


def test_a_sandbox_becomes_ready_by_itself_and_is_removed_after_a_question(
    window: Window, developer: Visitor, unique: str
) -> None:
    page = window(developer)
    hand = Hand(page)
    page.goto("/portal/sandboxes")
    page.get_by_role("textbox", name="Name").fill(f"Test {unique}")
    hand.press("Create sandbox")
    assert hand.clicks == 1
    row = page.get_by_role("row").filter(has_text=f"Test {unique}")
    page.evaluate("window.stayed = true")
    expect(row).to_contain_text("Ready", timeout=40_000)
    assert page.evaluate("window.stayed"), "the list renewed itself, the page was not loaded again"

    row.get_by_role("button", name=f"Delete Test {unique}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("cannot be undone")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(row).to_contain_text("Ready")
    row.get_by_role("button", name=f"Delete Test {unique}").click()
    dialog.get_by_role("textbox").fill(f"Test {unique}")
    dialog.get_by_role("button", name="Delete sandbox").click()
    expect(row).to_have_count(0, timeout=40_000)


def test_deleting_an_integration_asks_for_its_name(
    window: Window, developer: Visitor, watch: Any, integration: dict[str, Any]
) -> None:
    watch.expect("status of 422")
    page = window(developer)
    page.goto(f"/portal/integrations/{integration['integration_id']}")
    page.get_by_role("link", name="Delete integration").click()
    field = page.get_by_label(f"Type {integration['name']} to confirm")
    field.fill("something else")
    page.get_by_role("button", name="Delete integration").click()
    expect(page.get_by_text("This is not the name of the integration.")).to_be_visible()
    field.fill(integration["name"])
    page.get_by_role("button", name="Delete integration").click()
    expect(page.locator("#toasts")).to_contain_text("The integration is deleted.")
    expect(page.get_by_role("main").get_by_text(integration["name"])).to_have_count(0)


def test_a_listing_previews_itself_while_it_is_written_and_nothing_is_saved(
    window: Window, developer: Visitor, integration: dict[str, Any]
) -> None:
    page = window(developer)
    page.goto(f"/portal/integrations/{integration['integration_id']}")
    preview = page.get_by_role("region", name="As customers see it")
    field = page.get_by_role("textbox", name="Description")
    field.fill("Books **receipts** <script>alert(1)</script>")
    expect(preview.locator("strong")).to_have_text("receipts")
    expect(preview).to_contain_text("<script>")
    expect(field).to_be_focused()
    page.get_by_role("textbox", name="Name").fill("Another name")
    expect(preview).to_contain_text("Another name")
    assert developer.call("GET", f"/integrations/{integration['integration_id']}")["name"] == integration["name"]


@pytest.mark.parametrize("section", ["scopes", "price", "oauth", ""])
def test_each_section_is_saved_and_says_so(
    window: Window, developer: Visitor, integration: dict[str, Any], section: str
) -> None:
    page = window(developer)
    page.goto(f"/portal/integrations/{integration['integration_id']}/{section}".rstrip("/"))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Saved.")
