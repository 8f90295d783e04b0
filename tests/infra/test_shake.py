"""The rewriting of imports in the package: what stays, what goes, and that line numbers hold."""

from __future__ import annotations

import sys
from pathlib import Path

from infra.package.shake import lazy_front, shake, without_annotation_imports

FUTURE = "from __future__ import annotations\n"


def test_a_name_that_only_annotations_mention_is_not_imported_and_lines_stay():
    text = (
        FUTURE + "from chalicelib.a import (\n    One,\n    Two,\n)\nfrom chalicelib.b import Three\n"
        "def f(x: One, *rest: Three, y: Three = Two) -> One:\n    return g(x)\n"
    )
    shaken = without_annotation_imports(text)
    assert "import Two" in shaken
    assert "One" not in shaken.partition("def f")[0]
    assert "Three" not in shaken.partition("def f")[0]
    assert shaken.count("\n") == text.count("\n")
    assert shaken.splitlines()[6:] == text.splitlines()[6:]


def test_what_classes_say_is_kept_because_it_may_be_evaluated():
    text = FUTURE + "from chalicelib.a import One, Two\nclass C:\n    x: One\n    def f(self, y: Two) -> None: ...\n"
    assert without_annotation_imports(text) == text


def test_names_of_decorators_defaults_bodies_and_exports_are_kept():
    text = (
        FUTURE + "from chalicelib.a import dec, Default, Used, Named\n__all__ = ['Named']\n"
        "@dec\ndef f(x: int = Default):\n    def inner(z: Used) -> Used: return Used\n    return inner\n"
    )
    assert without_annotation_imports(text) == text


def test_a_module_whose_annotations_are_evaluated_and_foreign_imports_stay():
    plain = "from chalicelib.a import One\ndef f(x: One): ...\n"
    assert without_annotation_imports(plain) == plain
    foreign = FUTURE + "from datetime import date\ndef f(x: date): ...\n"
    assert without_annotation_imports(foreign) == foreign


def test_a_front_gives_the_same_names_and_imports_only_their_modules(tmp_path: Path, monkeypatch):
    package = tmp_path / "chalicelib" / "shaketest"
    package.mkdir(parents=True)
    front = '"""Front."""\nfrom chalicelib.shaketest.one import first as renamed\nfrom chalicelib.shaketest.two import second\n__all__ = ["renamed", "second"]\n'
    (package / "__init__.py").write_text(front)
    (package / "one.py").write_text("first = 1\n")
    (package / "two.py").write_text("second = 2\n")
    shake(tmp_path)
    import chalicelib

    monkeypatch.setattr(chalicelib, "__path__", [*chalicelib.__path__, str(package.parent)])
    from chalicelib import shaketest

    assert shaketest.renamed == 1
    assert "chalicelib.shaketest.two" not in sys.modules
    assert not hasattr(shaketest, "third")
    assert shaketest.__doc__ == "Front."
    assert sorted(shaketest.__all__) == ["renamed", "second"]


def test_a_front_with_a_rule_or_with_a_name_that_is_also_a_module_is_left_alone():
    front = "from chalicelib.a.holds import holds\n"
    assert lazy_front(front, {"holds"}) is None
    assert lazy_front(front, {"other"}) is not None
    assert lazy_front(front + "TABLES = (holds,)\n", {"other"}) is None
    assert lazy_front('VERSION = "1"\n', set()) is None
