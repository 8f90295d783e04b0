"""Every sentence a page can show has a Swedish text, and each text keeps its sentence's placeholders."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from chalicelib.kit.i18n import catalogue

HOUSE = Path(__file__).resolve().parents[2] / "chalicelib"
FILES = sorted((HOUSE / "locales" / "sv").glob("*.json"))
WIRES = ("oauth/", "company_api/")
# Function -> positions and keyword names of the English sentences it is given.
CALLS: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "mark": ((0,), ()),
    "translate": ((1,), ()),
    "translate_count": ((1, 2), ()),
    "show": ((), ("title",)),
    "go": ((3,), ("say",)),
}


def sentences_of_templates() -> Iterator[tuple[str, str]]:
    parser = Environment()
    for path in sorted((HOUSE / "templates").rglob("*.html")):
        tree = parser.parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in {"_", "_n"}:
                for argument in call.args[: 2 if call.node.name == "_n" else 1]:
                    branches = [argument.expr1, argument.expr2] if isinstance(argument, nodes.CondExpr) else [argument]
                    for branch in branches:
                        if isinstance(branch, nodes.Const) and isinstance(branch.value, str):
                            yield branch.value, str(path.relative_to(HOUSE))


def sentences_of_python() -> Iterator[tuple[str, str]]:
    for path in sorted(HOUSE.rglob("*.py")):
        where = str(path.relative_to(HOUSE))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from ((text, where) for text in texts_of_call(node))
            # Errors of the two wires stay English: RFC 6749 §5.2 allows ASCII only, and no page shows them.
            elif isinstance(node, ast.ClassDef) and node.name.endswith("Error") and not where.startswith(WIRES):
                yield from ((text, where) for text in titles_of_error(node))


def texts_of_call(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    positions, keywords = CALLS.get(name, ((), ()))
    chosen = [call.args[i] for i in positions if i < len(call.args)]
    chosen += [keyword.value for keyword in call.keywords if keyword.arg in keywords]
    for value in chosen:
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
            yield value.value


def titles_of_error(error: ast.ClassDef) -> Iterator[str]:
    for line in error.body:
        targets = (
            line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == "title" for target in targets):
            value = line.value  # type: ignore[union-attr]  # narrowed by the line above
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value


def sentences_of_navigation() -> Iterator[tuple[str, str]]:
    for group in json.loads((HOUSE / "data" / "navigation.json").read_text(encoding="utf-8")):
        yield group["group"], "data/navigation.json"
        yield from ((item["label"], "data/navigation.json") for item in group["items"])


@pytest.mark.parametrize("source", [sentences_of_templates, sentences_of_python, sentences_of_navigation])
def test_every_sentence_has_a_swedish_text(source):
    swedish = catalogue("sv")
    missing = sorted({f"{where}: {text}" for text, where in source() if text not in swedish})

    assert not missing, "add to chalicelib/locales/sv/<room>.json:\n" + "\n".join(missing)


def test_the_search_finds_sentences_at_all():
    assert ("Skip to content", "templates/layout/base.html") in set(sentences_of_templates())
    assert ("There is nothing here", "kit/errors.py") in set(sentences_of_python())


def test_a_sentence_has_one_swedish_text_in_the_whole_house():
    seen: dict[str, tuple[str, str]] = {}
    for path in FILES:
        for sentence, swedish in json.loads(path.read_text(encoding="utf-8")).items():
            first, where = seen.setdefault(sentence, (swedish, path.name))
            assert first == swedish, f"{sentence!r} differs in {where} and {path.name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_swedish_texts_keep_the_placeholders(path):
    for sentence, swedish in json.loads(path.read_text(encoding="utf-8")).items():
        holes = r"%\((\w+)\)s"
        assert sorted(re.findall(holes, sentence)) == sorted(re.findall(holes, swedish)), sentence
        assert swedish.strip(), sentence


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_names_a_sentence_twice(path):
    pairs: list[str] = []
    json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=lambda found: pairs.extend(key for key, _ in found))

    assert len(pairs) == len(set(pairs))
