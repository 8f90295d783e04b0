"""Tables to take away: CSV as RFC 4180 writes it, and the smallest XLSX that spreadsheets open without a question.

XLSX is written here because one sheet of texts and numbers is sixty lines of XML; a library would weigh more than the
room that needs it (decision 0072).
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

__all__ = ["XLSX", "Cell", "render_csv", "render_xlsx"]

Cell = str | int | Decimal | date | None
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_FIXED = {
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    # Styles: 0 plain, 1 bold head, 2 amount with two decimals, 3 date.
    "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" '
    'formatCode="yyyy\\-mm\\-dd"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill '
    'patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/>'
    '</borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf xfId="0"/>'
    '<xf xfId="0" fontId="1" applyFont="1"/><xf xfId="0" numFmtId="4" applyNumberFormat="1"/>'
    '<xf xfId="0" numFmtId="164" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_EPOCH = date(1899, 12, 30)  # day 0 of spreadsheets
_NAME_MAX = 31
_WIDEST = 60  # characters
_ROOM = 3  # for thousands separators and the cell's own margin
_FIXED_MOMENT = (1980, 1, 1, 0, 0, 0)  # the same rows make the same bytes


def render_csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A spreadsheet must not run somebody's name as a formula (OWASP: CSV injection): an apostrophe stands before."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return text.getvalue()


def render_xlsx(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """One sheet, head bold and frozen, columns as wide as what is in them. Texts stay texts: nothing is a formula."""
    rows = list(rows)
    sheet = [
        f'{_HEAD}<worksheet xmlns="{_MAIN}">',
        '<sheetViews><sheetView workbookViewId="0">',
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>',
        "</sheetView></sheetViews>",
        *_widths(head, rows),
        "<sheetData>",
        _row([f'<c t="inlineStr" s="1"><is><t>{_text(cell)}</t></is></c>' for cell in head]),
        *(_row([_cell(cell) for cell in row]) for row in rows),
        "</sheetData></worksheet>",
    ]
    title = escape("".join(" " if char in "[]:*?/\\" else char for char in name)[:_NAME_MAX], {'"': "&quot;"})
    workbook = (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{title}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    parts = {**_FIXED, "xl/workbook.xml": workbook, "xl/worksheets/sheet1.xml": "".join(sheet)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in parts.items():
            archive.writestr(zipfile.ZipInfo(path, _FIXED_MOMENT), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _widths(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """Wide enough: programs show a number or date that does not fit as #####."""
    if not head:
        return
    yield "<cols>"
    for number, title in enumerate(head):
        longest = max([len(title), *(len(str(row[number])) for row in rows if number < len(row))])
        yield f'<col min="{number + 1}" max="{number + 1}" width="{min(longest, _WIDEST) + _ROOM}" customWidth="1"/>'
    yield "</cols>"


def _plain(cell: Cell) -> str | int:
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    if isinstance(cell, int):
        return cell
    return "" if cell is None else str(cell)


def _row(cells: list[str]) -> str:
    return f"<row>{''.join(cells)}</row>"


def _cell(cell: Cell) -> str:
    if cell is None:
        return "<c/>"
    if isinstance(cell, int):
        return f"<c><v>{cell}</v></c>"
    if isinstance(cell, Decimal):
        return f'<c s="2"><v>{cell}</v></c>'
    if isinstance(cell, date):
        return f'<c s="3"><v>{(cell - _EPOCH).days}</v></c>'
    return f'<c t="inlineStr"><is><t xml:space="preserve">{_text(cell)}</t></is></c>'


def _text(text: str) -> str:
    """Escaped, without the control characters that XML 1.0 cannot hold."""
    return escape("".join(char for char in text if (char >= " " and char not in "\ufffe\uffff") or char in "\t\n"))
