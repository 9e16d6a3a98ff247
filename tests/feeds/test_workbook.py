import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from feeds.kit import delivered
from kithkin.feeds import workbook
from kithkin.feeds.delivery import DeliveredFile, FeedError
from kithkin.feeds.workbook import read_sheets
from shared_data import shared_data


def book(*sheets: tuple[str, list[list[object]]]) -> bytes:
    written = openpyxl.Workbook()
    written.remove(written.active)
    for title, rows in sheets:
        sheet = written.create_sheet(title)
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    written.save(target)
    return target.getvalue()


def read_all(file: DeliveredFile) -> dict[str, list[tuple[int, list[object]]]]:
    return {name: list(rows) for name, rows in read_sheets(file)}


def test_every_worksheet_is_read_with_excels_row_numbers(tmp_path: Path) -> None:
    content = book(
        ("List 1", [["id", "born"], [1, date(2010, 3, 31)], [], [2.5, "x"]]), ("List 2", [["id"]])
    )
    sheets = read_all(delivered("annex.xlsx", content, tmp_path))
    born = datetime.fromisoformat("2010-03-31 00:00")
    assert sheets == {
        "List 1": [(1, ["id", "born"]), (2, [1, born]), (4, [2.5, "x"])],
        "List 2": [(1, ["id"])],
    }


def test_rows_past_a_wrong_size_in_the_file_are_read(tmp_path: Path) -> None:
    content = book(("List 1", [["id"], [1], [2]]))
    lying = _with_part(content, "xl/worksheets/sheet1.xml", b'ref="A1:A3"', b'ref="A1:A1"')
    assert len(read_all(delivered("annex.xlsx", lying, tmp_path))["List 1"]) == 3


def _with_part(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w") as changed:
        for name in source.namelist():
            data = source.read(name)
            assert name != part or old in data
            changed.writestr(name, data.replace(old, new) if name == part else data)
    return target.getvalue()


def test_an_archive_that_unpacks_without_end_is_not_opened(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (8 << 20))
    with pytest.raises(FeedError, match="far more than a workbook holds"):
        read_all(delivered("bomb.xlsx", target.getvalue(), tmp_path))


def test_many_parts_that_are_too_large_together_are_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 1000)
    with pytest.raises(FeedError, match="far more than a workbook holds"):
        read_all(delivered("big.xlsx", book(("List 1", [["id"]])), tmp_path))


def test_shared_texts_too_large_to_hold_are_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MAX_SHARED", 10)
    target = io.BytesIO(book(("List 1", [["id"]])))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", b"<sst></sst>")
    with pytest.raises(FeedError, match="far more than a workbook holds"):
        read_all(delivered("big.xlsx", target.getvalue(), tmp_path))


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"id,name\n1,Ann\n", "Save it in Excel as .xlsx"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 600, "save it as .xlsx without a password"),
    ],
)
def test_what_is_no_workbook_is_refused_with_what_to_do(
    tmp_path: Path, content: bytes, remedy: str
) -> None:
    with pytest.raises(FeedError, match=r"annex\.xlsx: is not an \.xlsx workbook") as refusal:
        read_all(delivered("annex.xlsx", content, tmp_path))
    assert remedy in refusal.value.remedy


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("letter.txt", b"hello")
    with pytest.raises(FeedError, match="cannot be read as a workbook"):
        read_all(delivered("annex.xlsx", target.getvalue(), tmp_path))


def test_a_worksheet_broken_in_the_middle_is_refused_not_cut_short(tmp_path: Path) -> None:
    content = book(("List 1", [["id"], [1], [2]]))
    broken = _with_part(content, "xl/worksheets/sheet1.xml", b"</sheetData>", b"<row><")
    with pytest.raises(FeedError, match="cannot be read as a workbook"):
        read_all(delivered("annex.xlsx", broken, tmp_path))


def test_entities_in_a_worksheet_are_refused(tmp_path: Path) -> None:
    content = book(("List 1", [["id"]]))
    doctype = b'<!DOCTYPE worksheet [<!ENTITY a "aaaa">]><worksheet'
    bomb = _with_part(content, "xl/worksheets/sheet1.xml", b"<worksheet", doctype)
    with pytest.raises(FeedError, match=r"cannot be read as a workbook \(EntitiesForbidden"):
        read_all(delivered("annex.xlsx", bomb, tmp_path))


def test_a_missing_workbook_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"gone\.xlsx: cannot be opened"):
        read_all(DeliveredFile(tmp_path / "gone.xlsx", "gone.xlsx", ""))


def test_the_published_annex_a_workbook_has_its_eleven_lists() -> None:
    path = shared_data("annex_a/Annex_A_2024_Jan.xlsx")
    sheets = read_all(DeliveredFile(path, path.name, ""))
    assert list(sheets) == [f"List {number}" for number in range(1, 12)]
    assert all(rows[0][0] == 1 and len(rows) > 1 for rows in sheets.values())
