"""Pages: rendering, security headers, form tokens, the view; Jinja2 is loaded by the first page only."""

from chalicelib.kit.html.assets import asset
from chalicelib.kit.html.forms import is_form_token, local_path, new_form_token, open_flash, seal_flash
from chalicelib.kit.html.headers import html_headers, security_headers
from chalicelib.kit.html.render import compile_templates, render, render_block
from chalicelib.kit.html.view import Choice, Flash, NavGroup, NavItem, Theme, View, pick_theme

__all__ = [
    "Choice",
    "Flash",
    "NavGroup",
    "NavItem",
    "Theme",
    "View",
    "asset",
    "compile_templates",
    "html_headers",
    "is_form_token",
    "local_path",
    "new_form_token",
    "open_flash",
    "pick_theme",
    "render",
    "render_block",
    "seal_flash",
    "security_headers",
]
