"""Rendering: Jinja2 with autoescape and StrictUndefined, from modules compiled at package time or from the files."""

from __future__ import annotations

from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.kit.html.assets import asset
from chalicelib.kit.html.view import View
from chalicelib.kit.i18n import Lang, translate, translate_count

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment

__all__ = ["compile_templates", "render", "render_block"]

_HOME = Path(__file__).resolve().parent.parent.parent
_TEMPLATES = _HOME / "templates"
_COMPILED = _HOME / "templates_compiled"
_MACROS = "layout/macros.html"


def render(name: str, /, *, view: View, **data: object) -> str:
    """The page `name` (a path under templates/); every name it uses must be given. Raises jinja2 errors."""
    return _environment(view.lang, view.time_zone).get_template(name).render(view=view, **data)


def render_block(name: str, block: str, /, *, view: View, **data: object) -> str:
    """Only one block of a page: what htmx swaps in. What the block needs must be set inside it or given."""
    template = _environment(view.lang, view.time_zone).get_template(name)
    return "".join(template.blocks[block](template.new_context({"view": view, **data})))


def compile_templates(target: Path) -> None:
    """Write every template as a Python module into `target` (in a package: chalicelib/templates_compiled)."""
    environment = _new_environment(_file_loader(), "en", "UTC")
    environment.compile_templates(str(target), extensions=["html", "txt"], zip=None, ignore_errors=False)


@lru_cache(maxsize=8)
def _environment(lang: Lang, time_zone: str) -> Environment:
    return _new_environment(_loader(), lang, time_zone)


def _new_environment(loader: BaseLoader, lang: Lang, time_zone: str) -> Environment:
    from jinja2 import Environment, StrictUndefined

    from chalicelib.kit.html.filters import icon, new_filters

    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(new_filters(lang, time_zone))
    environment.globals.update(
        _=partial(translate, lang),
        _n=partial(translate_count, lang),
        asset=asset,
        icon=icon,
        lang=lang,
        bdi=environment.filters["bdi"],
    )
    # Pages say `ui.badge(...)` without an import of their own; the macros are evaluated once per language.
    environment.globals["ui"] = environment.get_template(_MACROS).module
    return environment


@cache
def _loader() -> BaseLoader:
    if _COMPILED.is_dir():
        from jinja2 import ModuleLoader

        return ModuleLoader(_COMPILED)
    return _file_loader()


def _file_loader() -> BaseLoader:
    from jinja2 import FileSystemLoader

    return FileSystemLoader(_TEMPLATES)
