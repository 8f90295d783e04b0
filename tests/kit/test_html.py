"""Pages: escaping, the exact policy, form tokens, flashes, return paths, filters in both languages, compiled templates."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import ModuleLoader, UndefinedError

from chalicelib.kit import html
from chalicelib.kit.html import Choice, Flash, NavGroup, NavItem, View
from chalicelib.kit.html.filters import new_filters
from chalicelib.kit.html.render import _environment, _new_environment
from chalicelib.kit.i18n import LANGUAGES, mark, pick_language, translate, translate_count

TEMPLATES = Path(__file__).resolve().parents[2] / "chalicelib" / "templates"
SECRET = b"s" * 32
NOON = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
HOSTILE = '"><script>alert(1)</script>&\u202e'


def view(**changes: object) -> View:
    return View(title="A page", form_token="t" * 64, request_id="req_1", now=NOON).but(**changes)


def page(source: str, **data: object) -> str:
    """A page of one template, beside the real layout and macros."""
    return _environment("en", "Europe/Stockholm").from_string(source).render(view=view(lang="en"), **data)


# Rendering


def test_what_people_wrote_is_escaped_everywhere_in_the_frame():
    crowded = view(
        title=HOSTILE,
        person=HOSTILE,
        email=HOSTILE,
        company=HOSTILE,
        company_note=HOSTILE,
        companies=(Choice(value=HOSTILE, label=HOSTILE, note=HOSTILE, image=HOSTILE), Choice(value="2", label="Two")),
        nav=(NavGroup(label=HOSTILE, items=(NavItem(href=HOSTILE, label=HOSTILE, icon="plug", count=HOSTILE),)),),
        flash=(Flash(text=HOSTILE),),
        path=HOSTILE,
        platform=HOSTILE,
        request_id=HOSTILE,
    )

    text = html.render("layout/error.html", view=crowded, status=404, detail=HOSTILE) + page(
        "{% extends 'layout/portal.html' %}{% block main %}{% endblock %}"
    ).replace("A page", "")

    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


MACRO_CALLS = [
    "ui.badge(x, 'ok')",
    "ui.logo(x, x)",
    "ui.item(x, x, x, x)",
    "ui.copy(x)",
    "ui.page_head(x, x, image=x)",
    "ui.breadcrumb([(x, x)], x)",
    "ui.tabs([(x, x)], x, x)",
    "ui.tile(x, x, x, 0.1)",
    "ui.alert('bad', x, x, live=True)",
    "ui.empty(x, x, x)",
    "ui.kv([(x, x)])",
    "ui.pagination(x, x, x)",
    "ui.timeline([{'title': x, 'by': x, 'text': x, 'quote': x, 'tone': x}])",
    "ui.diff([('+', x, x)])",
    "ui.stepper([x, x], 1)",
    "ui.checklist([(None, x, x, x)])",
    "ui.progress(x, 1)",
    "ui.button(x, x, x, attrs={'data-x': x})",
    "ui.link_button(x, x, bare=True)",
    "ui.post_button(x, x, x, fields={x: x})",
    "ui.field(x, x, x, x, x, x, True, x, x, x)",
    "ui.textarea(x, x, x, x, x)",
    "ui.select(x, x, [(x, x)], x, x, x)",
    "ui.checkbox(x, x, True, x, x, x)",
    "ui.checkbox_list(x, x, [(x, x, x)], (x,), x, x)",
    "ui.radio_cards(x, x, [(x, x, x)], x, x, x)",
    "ui.switch(x, x, True, x)",
    "ui.segmented(x, x, [(x, x)], x)",
    "ui.search(x, x, x, x, x)",
    "ui.scope_picker([{'label': x, 'scopes': [{'scope': x, 'label': x, 'why': x, 'licence': x}]}], (x,), x, x, x)",
    "ui.error_summary({x: x})",
    "ui.secret(x, x, x)",
    "ui.code(x, x)",
    "ui.code_tabs(x, [(x, x)])",
    "ui.toast(x, 'bad')",
    "ui.choices([{'value': x, 'label': x, 'note': x, 'image': x}], x, x, x, {x: x})",
    "ui.handshake(x, x, x, x)",
    "ui.scope_list([{'label': x, 'why': x, 'badge': x}])",
    "ui.image_field(x, x, x, x, x, x, x)",
    "ui.open_button(x, x)",
]


@pytest.mark.parametrize("call", MACRO_CALLS)
def test_a_macro_escapes_what_it_is_given(call):
    text = page("{{ " + call + " }}", x=HOSTILE)

    assert "alert(1)" in text
    assert "<script" not in text


def test_every_macro_of_the_kit_is_tried_here_or_in_the_style_page():
    import re

    source = (TEMPLATES / "layout" / "macros.html").read_text()
    shown = (TEMPLATES / "layout" / "components.html").read_text() + " ".join(MACRO_CALLS) + source
    names = [name for name in re.findall(r"{% macro (\w+)\(", source) if not name.startswith("_")]

    assert len(names) > 40
    assert [name for name in names if f"ui.{name}(" not in shown and f" {name}(" not in shown] == []


def test_a_name_that_was_not_given_is_an_error_not_an_empty_text():
    with pytest.raises(UndefinedError):
        page("{{ forgotten }}")


def test_an_htmx_answer_is_one_block_of_the_page():
    part = html.render_block("layout/error.html", "main", view=view(lang="en"), status=404, detail="")

    assert part.lstrip().startswith('<div class="auth problem">')
    assert "<html" not in part


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 422, 429, 500, 503])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_error_page_says_what_happened_and_the_number_to_ask_with(status, lang):
    text = html.render("layout/error.html", view=view(lang=lang), status=status, detail="")

    assert f'lang="{lang}"' in text
    assert str(status) in text
    assert "req_1" in text


def test_an_error_with_a_detail_says_that_instead_of_general_words():
    text = html.render(
        "layout/error.html",
        view=view(title="A limit is reached", lang="en"),
        status=409,
        detail="There are 30 already.",
    )

    assert "There are 30 already." in text
    assert "Somebody was faster" not in text


def test_the_theme_is_written_by_the_server():
    assert 'data-theme="dark"' in html.render("layout/error.html", view=view(theme="dark"), status=404, detail="")
    assert "data-theme" not in html.render("layout/error.html", view=view(), status=404, detail="")
    assert [html.pick_theme(value) for value in ("dark", "light", "x", None)] == ["dark", "light", "system", "system"]


def test_pages_hold_no_inline_script_or_style():
    text = html.render("layout/error.html", view=view(), status=500, detail="")

    assert "style=" not in text
    assert "onclick" not in text
    assert "<script>" not in text


def test_a_form_carries_its_token():
    text = page("{% call ui.form('/x', view.form_token) %}{{ ui.field('a', 'A') }}{% endcall %}")

    assert f'<input type="hidden" name="form_token" value="{"t" * 64}">' in text
    assert 'method="post"' in text


def test_a_refused_field_is_tied_to_its_message():
    text = page("{{ ui.field('site', 'Site', hint='h', error='wrong') }}{{ ui.field('ok', 'Ok') }}")

    assert 'aria-describedby="site-error site-hint" aria-invalid="true"' in text
    assert 'id="site-error"' in text
    assert text.count("aria-invalid") == 1


def test_compiled_templates_give_the_same_page(tmp_path):
    html.compile_templates(tmp_path)
    compiled = _new_environment(ModuleLoader(tmp_path), "sv", "Europe/Stockholm")

    for name in ("layout/error.html",):
        assert compiled.get_template(name).render(view=view(), status=404, detail="") == html.render(
            name, view=view(), status=404, detail=""
        )
    assert len(list(tmp_path.glob("*.py"))) == len([*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")])


def test_the_loader_prefers_the_compiled_folder(tmp_path, monkeypatch):
    from chalicelib.kit.html import render as module_function
    from chalicelib.kit.html.render import _loader

    module = sys.modules[module_function.__module__]
    html.compile_templates(tmp_path)
    monkeypatch.setattr(module, "_COMPILED", tmp_path)
    try:
        assert isinstance(_loader.__wrapped__(), ModuleLoader)
    finally:
        _loader.cache_clear()


def test_the_kit_loads_neither_jinja_nor_babel_nor_markdown():
    code = "import sys, chalicelib.kit.html; print([m for m in ('jinja2', 'babel', 'markdown_it', 'nh3', 'markupsafe') if m in sys.modules])"
    home = TEMPLATES.parents[1]

    assert (
        subprocess.run(
            [sys.executable, "-c", code], cwd=home, capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


def test_an_unknown_asset_is_an_error_once_the_files_are_built(tmp_path, monkeypatch):
    from chalicelib.kit.html import assets

    monkeypatch.setattr(assets, "_MANIFEST", tmp_path / "manifest.json")
    assets._manifest.cache_clear()
    assert assets.asset("app.css") == "/static/app.css"

    (tmp_path / "manifest.json").write_text('{"app.css": "/static/app.1.css"}')
    assets._manifest.cache_clear()
    assert assets.asset("app.css") == "/static/app.1.css"
    with pytest.raises(KeyError):
        assets.asset("other.css")
    assets._manifest.cache_clear()


# Headers


def test_the_policy_is_exactly_this():
    assert html.security_headers()["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def test_one_answer_may_name_origins_beside_our_own():
    policy = html.security_headers(
        ("https://client.example", "com.example.app:"), ("https://up.example",), ("https://img.example",)
    )["Content-Security-Policy"]

    assert "form-action 'self' https://client.example com.example.app:;" in policy
    assert "connect-src 'self' https://up.example;" in policy
    assert "img-src 'self' data: blob: https://img.example;" in policy


@pytest.mark.parametrize(
    "source",
    [
        "*",
        "'unsafe-inline'",
        "https://a.example; script-src *",
        "https://a.example https://b.example",
        "a.example",
        "",
        "https://a\nb",
        "https://a,b",
        "data:;x",
        "//evil.example",
        "https://a.example?x",
    ],
)
def test_a_source_that_is_more_than_one_origin_is_refused(source):
    for place in range(3):
        with pytest.raises(ValueError, match="not a CSP source"):
            html.security_headers(*[(source,) if i == place else () for i in range(3)])


def test_headers_follow_the_kind_of_page():
    private = html.html_headers()
    assert private["Content-Type"] == "text/html; charset=utf-8"
    assert private["Cache-Control"] == "no-store"
    assert private["Strict-Transport-Security"].startswith("max-age=63072000")
    assert private["X-Content-Type-Options"] == "nosniff"
    assert private["Referrer-Policy"] == "same-origin"
    assert private["Cross-Origin-Opener-Policy"] == "same-origin"

    public = html.security_headers(secure=False, private=False, referrer="no-referrer")
    assert "Cache-Control" not in public
    assert "Strict-Transport-Security" not in public
    assert public["Referrer-Policy"] == "no-referrer"


# Form tokens, flashes, paths


def test_a_form_token_holds_for_its_session_and_purpose_only():
    token = html.new_form_token(SECRET, "portal")

    assert html.is_form_token(token, SECRET, "portal")
    assert not html.is_form_token(token, b"another session", "portal")
    assert not html.is_form_token(token, SECRET, "consent:1")
    assert token != html.new_form_token(SECRET, "portal")


@given(st.text(max_size=80))
def test_nothing_else_is_a_form_token(text):
    assert not html.is_form_token(text, SECRET, "portal")


def test_a_changed_form_token_is_refused():
    token = html.new_form_token(SECRET, "portal")

    for place in range(len(token)):
        swapped = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert not html.is_form_token(swapped, SECRET, "portal")
    for other in (token + "=", token[:-1], " " + token[1:], token[:-1] + "é", token.replace(token[0], "+", 1), ""):
        assert not html.is_form_token(other, SECRET, "portal")


def test_purposes_do_not_run_into_each_other():
    assert not html.is_form_token(html.new_form_token(SECRET, "a:1"), SECRET, "a")


def test_a_flash_survives_the_redirect_and_only_ours_is_shown():
    sealed = html.seal_flash(Flash(text="Sparat åäö", tone="warn"), SECRET)

    assert html.open_flash(sealed, SECRET) == (Flash(text="Sparat åäö", tone="warn"),)
    assert html.open_flash(sealed, b"x") == ()
    assert html.open_flash(sealed[:-2] + "AA", SECRET) == ()
    assert [html.open_flash(value, SECRET) for value in (None, "", "x", "é", "%", "A" * 4000)] == [()] * 6
    assert len(html.seal_flash(Flash(text="å" * 9000), SECRET)) < 3000


@given(st.text(max_size=300))
def test_nothing_else_is_a_flash(text):
    assert html.open_flash(text, SECRET) == ()


@pytest.mark.parametrize("path", ["/", "/integrations?days=90", "/a/b-c_d~e/%C3%A5", "/x?next=/y&z=1"])
def test_a_path_on_this_site_is_kept(path):
    assert html.local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "//evil.example",
        "/\\evil",
        "\\\\evil",
        "https://evil.example",
        "javascript:alert(1)",
        "x",
        "/a\nb",
        "/a b",
        "/å",
        "/a#b",
        "/\t/evil",
    ],
)
def test_any_other_path_falls_back(path):
    assert html.local_path(path, "/home") == "/home"


# Filters


@dataclass(frozen=True)
class Price:
    amount_minor: int
    currency: str


def use(lang, name, *values, **options):
    return (
        str(new_filters(lang, "Europe/Stockholm")[name](*values, **options)).replace("\xa0", " ").replace("\u202f", " ")
    )


@pytest.mark.parametrize(
    ("name", "values", "english", "swedish"),
    [
        ("date", (NOON,), "22 Nov 2026", "22 nov. 2026"),
        ("date", (date(2026, 1, 2),), "2 Jan 2026", "2 jan. 2026"),
        ("date", (datetime(2026, 11, 22, 23, 30, tzinfo=UTC),), "23 Nov 2026", "23 nov. 2026"),
        ("time", (NOON,), "13:30", "13:30"),
        ("datetime", (NOON,), "22 Nov 2026 13:30", "22 nov. 2026 13:30"),
        ("ago", (NOON - timedelta(hours=3), NOON), "3 hours ago", "för 3 timmar sedan"),
        ("ago", (NOON + timedelta(days=2), NOON), "in 2 days", "om 2 dagar"),
        ("number", (1284,), "1,284", "1 284"),
        ("number", (Decimal("12.5"), 2), "12.50", "12,50"),
        ("number", (1.6, 0), "2", "2"),
        ("percent", (0.124,), "12%", "12 %"),
        ("percent", (Decimal("0.0021"), 2), "0.21%", "0,21 %"),
        ("filesize", (999,), "999 B", "999 B"),
        ("filesize", (48_210,), "48.2 kB", "48,2 kB"),
        ("filesize", (5_000_000,), "5 MB", "5 MB"),
        ("filesize", (7_000_000_000_000,), "7,000 GB", "7 000 GB"),
        ("money", (14_900, "SEK"), "SEK 149.00", "149,00 kr"),
        ("money", (Price(14_900, "SEK"),), "SEK 149.00", "149,00 kr"),
        ("money", (123_456_789, "EUR"), "€1,234,567.89", "1 234 567,89 €"),
        ("money", (500, "JPY"), "JP¥500", "500 JPY"),
        ("money", (-14_950, "SEK"), "\u2212SEK 149.50", "\u2212149,50 kr"),
        ("initials", ("astrid lindqvist ek",), "AL", "AL"),
        ("initials", ("  & ",), "?", "?"),
    ],
)  # fmt: skip
def test_filters_speak_both_languages(name, values, english, swedish):
    assert use("en", name, *values) == english
    assert use("sv", name, *values) == swedish


def test_short_money_leaves_out_the_decimals_of_a_whole_amount():
    assert use("sv", "money", 14_900, "SEK", short=True) == "149 kr"
    assert use("sv", "money", 14_950, "SEK", short=True) == "149,50 kr"


def test_iso_is_utc():
    assert use("sv", "iso", NOON.replace(microsecond=5)) == "2026-11-22T12:30:00Z"
    assert use("sv", "iso", date(2026, 11, 22)) == "2026-11-22"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "![a](https://evil.example/x.png)",
        "[a](data:text/html,x)",
        "<a href='x' onclick='y'>z</a>",
        "[a](http://plain.example)",
        "[x](//evil.example)",
    ],
)
def test_markdown_from_strangers_does_nothing(text):
    rendered = use("en", "markdown", text)

    for word in (
        "<script",
        "<img",
        "onerror=alert(1)>",
        'href="javascript',
        'href="data',
        "<a href='x'",
        'href="http:',
        'src="',
    ):
        assert word not in rendered.replace("&lt;img src=x onerror=alert(1)&gt;", "")


def test_markdown_keeps_the_outline_of_the_page_and_marks_links():
    rendered = use("en", "markdown", "# One\n\n###### Six\n\n**b** [l](https://a.example)")

    assert "<h3>One</h3>" in rendered
    assert "<h6>Six</h6>" in rendered
    assert '<a href="https://a.example" rel="nofollow noopener ugc">l</a>' in rendered
    assert "<strong>b</strong>" in rendered


def test_names_cannot_turn_the_line_around_them():
    assert use("en", "bdi", "<b>\u202ex") == "<bdi>&lt;b&gt;\u202ex</bdi>"


# Words


def test_a_sentence_is_looked_up_filled_in_and_falls_back_to_english():
    assert translate("sv", "Sign out") == "Logga ut"
    assert translate("en", "Sign out") == "Sign out"
    assert translate("sv", "Nobody translated 100 % of this") == "Nobody translated 100 % of this"
    assert translate("sv", "Remove %(name)s", name="Logo") == "Ta bort Logo"
    assert (
        translate_count("sv", "One value needs your attention", "%(n)s values need your attention", 1)
        == "Ett värde behöver ses över"
    )
    assert (
        translate_count("sv", "One value needs your attention", "%(n)s values need your attention", 3)
        == "3 värden behöver ses över"
    )


def test_marking_a_sentence_does_not_change_it():
    assert mark("Draft") == "Draft"


@pytest.mark.parametrize(
    ("cookie", "header", "lang"),
    [
        ("en", "sv", "en"),
        ("sv", "en", "sv"),
        ("de", "en-GB,en;q=0.9", "en"),
        (None, "de-DE,de;q=0.9,en;q=0.5,sv;q=0.8", "sv"),
        (None, "en;q=0, sv", "sv"),
        (None, "fr", "sv"),
        (None, "en;q=x", "sv"),
        (None, None, "sv"),
    ],
)
def test_the_language_is_the_readers_choice_then_the_browsers(cookie, header, lang):
    assert pick_language(cookie, header) == lang
