"""Cuts imports that a function would make for nothing; the source in the repository stays as people read it.

Two rewrites, both of imports alone. A package's front (an `__init__` of nothing but re-exports) imports a module when
one of its names is asked for. A name that only annotations of plain functions mention is not imported: nobody evaluates
those. Line numbers stay, so that a traceback points where it should.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

__all__ = ["lazy_front", "shake", "without_annotation_imports"]

_OURS = ("chalicelib.", "pydantic")
_FRONT = """{doc}

_HOMES = {homes}
__all__ = {names}


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
    from importlib import import_module

    module, original = _HOMES[name]
    value = globals()[name] = getattr(import_module(module), original)
    return value
"""


def shake(folder: Path) -> None:
    """Rewrite a copy of our own sources in place."""
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text("utf-8")
        modules = {entry.stem for entry in path.parent.iterdir()}
        lazy = lazy_front(text, modules) if path.name == "__init__.py" else None
        path.write_text(without_annotation_imports(text) if lazy is None else lazy, "utf-8")


def lazy_front(text: str, modules: set[str]) -> str | None:
    """The front with its names found on demand; None for anything else, or if a name is also one of the `modules`."""
    tree = ast.parse(text)
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module != "__future__"]
    homes = {alias.asname or alias.name: (node.module, alias.name) for node in imports for alias in node.names}
    if not homes or homes.keys() & modules or any(not _is_of_a_front(node) for node in tree.body):
        return None
    return _FRONT.format(doc=repr(ast.get_docstring(tree) or ""), homes=repr(homes), names=repr(sorted(homes)))


def _is_of_a_front(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__" or (node.module or "").startswith("chalicelib.")
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)] == ["__all__"]
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def without_annotation_imports(text: str) -> str:
    """The module without the names of ours that it only mentions in annotations of functions outside classes."""
    tree = ast.parse(text)
    if not any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body):
        return text  # its annotations are evaluated
    used = set(_used(tree, outside=True))
    lines = text.splitlines()
    for node in tree.body:
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(_OURS):
            continue
        kept = [alias for alias in node.names if (alias.asname or alias.name) in used]
        if len(kept) < len(node.names):
            ast_line = ast.unparse(ast.ImportFrom(node.module, kept, node.level)) if kept else ""
            end = node.end_lineno or node.lineno
            lines[node.lineno - 1 : end] = [ast_line] + [""] * (end - node.lineno)
    return "\n".join(lines) + "\n"


def _used(node: ast.AST, *, outside: bool) -> Iterator[str]:
    """Names that running the code may ask for, and every text (`__all__`); `outside` of any class."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in _evaluated(node) if outside else ast.iter_child_nodes(node):
        yield from _used(child, outside=outside and not isinstance(child, ast.ClassDef))


def _evaluated(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults), *node.body)
    else:
        yield from ast.iter_child_nodes(node)
