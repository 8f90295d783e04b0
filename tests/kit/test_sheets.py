"""Files to take away: RFC 4180, no formulas, and a workbook whose parts are XML and say what they should."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.sheets import render_csv, render_xlsx

_NS = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def sheet_of(content: bytes) -> ET.Element:
    packed = zipfile.ZipFile(io.BytesIO(content))
    parts = {name: ET.fromstring(packed.read(name)) for name in packed.namelist()}
    return parts["xl/worksheets/sheet1.xml"]


def test_IN_18_a_name_that_would_be_a_formula_is_text():
    rows = list(csv.reader(io.StringIO(render_csv(["name"], [["=1+1"], ["@x"], ['Bergs, "Bageri" AB']]))))
    assert rows == [["name"], ["'=1+1"], ["'@x"], ['Bergs, "Bageri" AB']]


def test_an_amount_below_zero_stays_a_number():
    assert render_csv(["a"], [[Decimal("-12.50")]]) == "a\r\n-12.50\r\n"


def test_numbers_amounts_and_dates_are_what_they_are():
    sheet = sheet_of(
        render_xlsx(
            "Sales [2026]", ["what", "n", "kr", "day"], [["Kvitto & <Sync>", 3, Decimal("-99.50"), date(2026, 11, 22)]]
        )
    )
    cells = sheet.findall(".//s:row", _NS)[1].findall("s:c", _NS)
    assert cells[0].findtext("s:is/s:t", namespaces=_NS) == "Kvitto & <Sync>"
    assert [cell.findtext("s:v", namespaces=_NS) for cell in cells[1:]] == ["3", "-99.50", "46348"]
    assert [cell.get("s") for cell in cells] == [None, None, "2", "3"]
    widths = [float(col.get("width") or 0) for col in sheet.findall("s:cols/s:col", _NS)]
    assert widths == [18, 4, 9, 13], "a date that does not fit is shown as #####"


def test_the_same_rows_make_the_same_bytes():
    assert render_xlsx("x", ["a"], [["b"]]) == render_xlsx("x", ["a"], [["b"]])


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_makes_a_workbook_that_opens(texts):
    found = sheet_of(render_xlsx("x", ["t"], [[text] for text in texts])).findall(".//s:row", _NS)[1:]
    assert len(found) == len(texts)
