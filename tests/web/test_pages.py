"""The frames of pages and the style page: whole in both languages and themes, well-formed."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from chalicelib.kit.html import Choice, Flash, NavGroup, NavItem, View, render
from chalicelib.site.service import component_samples

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr", "use", "rect", "path"}


def full_view(**changes: object) -> View:
    return View(
        title="Components",
        platform="Nordbok",
        path="/components",
        now=NOW,
        request_id="req_1",
        form_token="t" * 64,
        nav=(
            NavGroup(
                label="Build",
                items=(
                    NavItem(href="/a", label="First", icon="plug", count="4"),
                    NavItem(href="/b", label="Second", icon="link"),
                ),
            ),
        ),
        active="/a",
        person="Astrid Lindqvist",
        email="astrid@nordkod.example",
        company="Nordkod AB",
        companies=(
            Choice(value="ten_1", label="Nordkod AB"),
            Choice(value="ten_2", label="Fjäll & Fika AB", note="559900-1122"),
        ),
        links={"help": "/help", "docs": "/docs", "home": "/start"},
        flash=(Flash(text="Saved"),),
    ).but(**changes)


def style_page(**changes: object) -> str:
    return render("layout/components.html", view=full_view(**changes), sample=component_samples(NOW))


class Outline(HTMLParser):
    """Checks nesting, and notes ids, labels' targets and described-by references."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.wanted: set[str] = set()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag not in VOID:
            self.open.append(tag)
        if found.get("id"):
            self.ids.append(found["id"])
        for name in ("for", "aria-describedby", "aria-labelledby", "popovertarget"):
            self.wanted.update((found.get(name) or "").split())

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, tag
        assert self.open.pop() == tag


def outline(text: str) -> Outline:
    parser = Outline()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_the_style_page_is_well_formed(lang, theme):
    found = outline(style_page(lang=lang, theme=theme))

    assert len(found.ids) == len(set(found.ids)), [i for i in found.ids if found.ids.count(i) > 1]
    assert found.wanted - set(found.ids) == set()
    assert sum(tag == "h1" for tag, _ in found.tags) == 1


def test_every_form_that_posts_carries_a_token_save_the_harmless_one():
    text = style_page()
    forms = [part.split("</form>")[0] for part in text.split("<form ")[1:]]
    posts = [form for form in forms if 'method="post"' in form and 'action="/preferences"' not in form]

    assert len(posts) > 3
    assert all('name="form_token"' in form for form in posts)


def test_buttons_and_fields_have_names():
    for tag, attributes in outline(style_page()).tags:
        if tag == "input" and attributes.get("type") not in {"hidden", "checkbox", "radio"}:
            assert attributes.get("id"), attributes


def test_the_company_chooser_needs_a_second_company():
    assert 'name="tenant_id" value="ten_2"' in style_page()
    one = render("layout/portal.html", view=full_view(companies=()))
    assert "tenant_id" not in one
    assert "Nordkod AB" in one


def test_the_present_page_is_marked_in_the_menu():
    text = render("layout/portal.html", view=full_view(active="/b"))

    assert '<a class="nav-link" href="/b" aria-current="page">' in text
    assert text.count('aria-current="page"') == 1


def test_a_page_without_a_person_shows_no_account_menu():
    text = render("layout/portal.html", view=full_view(person="", company="", nav=()))

    assert "/sign-out" not in text
    assert "chooser" not in text


def test_narrow_pages_load_no_htmx_and_no_private_links():
    text = render("layout/narrow.html", view=full_view())

    assert "htmx" not in text.replace("htmx-config", "")
    assert "/sign-out" not in text
    assert 'href="/help"' in text
    assert 'href="/blog"' not in text


def test_preferences_work_without_a_script_and_come_back():
    text = render("layout/narrow.html", view=full_view(lang="sv", theme="dark"))

    assert 'action="/preferences" method="post"' in text
    assert 'name="next" value="/components"' in text
    assert 'name="lang" value="en"' in text
    assert 'name="theme" value="light"' in text


def test_swedish_pages_speak_swedish():
    text = render("layout/narrow.html", view=full_view(lang="sv"))

    assert '<html lang="sv"' in text
    assert "Till innehållet" in text
    assert "Skip to content" not in text
