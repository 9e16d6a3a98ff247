"""A plain Excel workbook, the same bytes for the same cells."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.sending.case_files.cells import joined

Column = tuple[str, pa.Array]

EXCEL_DAY = 25569  # Excel's number of 1 January 1970
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def write_workbook(path: Path, sheets: Mapping[str, Sequence[Column]]) -> None:
    """Write worksheets by title; text, whole numbers and dates are written as what they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in _frame(list(sheets)).items():
            _put(archive, name, text)
        for number, columns in enumerate(sheets.values(), 1):
            _put(archive, f"xl/worksheets/sheet{number}.xml", _sheet(columns))


def _put(archive: zipfile.ZipFile, name: str, text: str) -> None:
    part = zipfile.ZipInfo(name)  # without a clock: every part is of 1 January 1980
    part.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(part, _HEAD + text)


def _frame(titles: Sequence[str]) -> dict[str, str]:
    """Give the parts that hold the sheets together."""
    numbers = range(1, len(titles) + 1)
    overrides = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    overrides += [(f"/xl/worksheets/sheet{number}.xml", "worksheet") for number in numbers]
    types = "".join(
        f'<Override PartName="{name}" ContentType="{_KIND}.{kind}+xml"/>'
        for name, kind in overrides
    )
    sheets = "".join(
        f'<sheet name="{escape(title)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, title in enumerate(titles, 1)
    )
    targets = [(f"worksheets/sheet{number}.xml", "worksheet") for number in numbers]
    return {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{types}</Types>',
        "_rels/.rels": _relations([("xl/workbook.xml", "officeDocument")]),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations([*targets, ("styles.xml", "styles")]),
        "xl/styles.xml": _STYLES,
    }


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (target, kind) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}">{each}</Relationships>'


def _sheet(columns: Sequence[Column]) -> str:
    headers = "".join(f'<c t="inlineStr"><is><t>{escape(name)}</t></is></c>' for name, _ in columns)
    cells = [_cells(values) for _, values in columns]
    rows = joined("<row>", *cells, "</row>")
    body = pc.binary_join(pa.array([rows.to_pylist()], pa.list_(pa.string())), "")[0].as_py()
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetData><row>{headers}</row>{body}</sheetData></worksheet>'
    )


def _cells(values: pa.Array) -> pa.Array:
    """Write a column's cells; a null is an empty cell, so that the others keep their places."""
    if pa.types.is_date(values.type):
        serial = pc.add(values.cast(pa.int32()), EXCEL_DAY).cast(pa.string())
        text = joined('<c s="1"><v>', serial, "</v></c>")
    elif pa.types.is_string(values.type):
        plain = values
        for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            plain = pc.replace_substring(plain, mark, entity)
        text = joined('<c t="inlineStr"><is><t>', plain, "</t></is></c>")
    else:
        text = joined("<c><v>", values.cast(pa.string()), "</v></c>")
    return text.fill_null("<c/>")
