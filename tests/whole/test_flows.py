"""Every task of the table has a browser test of its name that counts the presses, and no test counts by itself."""

from __future__ import annotations

import re
from pathlib import Path

from tests.browser.flows import FLOWS

HERE = Path(__file__).parent.parent / "browser"
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py")}


def test_every_task_has_a_test_that_counts():
    text = "\n".join(SOURCES.values())
    counted = set(re.findall(r'stays_within\("([A-Z]\d)"\)', text))
    named = set(re.findall(r"def test_([A-Z]\d)_", text))
    assert set(FLOWS) - counted == set(), "no test counts the presses of these"
    assert set(FLOWS) - named == set()
    assert counted - set(FLOWS) == set()
