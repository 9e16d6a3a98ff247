"""Excel workbooks, read row by row, with a guard against archives that unpack without end."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import closing
from typing import Any, BinaryIO

import openpyxl

from kithkin.feeds.delivery import DeliveredFile, FeedError

MAX_UNPACKED = 1 << 30  # bytes of all parts; a worksheet of a million rows takes about 200 MB
MAX_SHARED = 256 << 20  # bytes of a part that openpyxl holds in memory whole
MAX_RATIO = 200  # honest worksheets pack about 10 to 30 times smaller
_SMALL = 1 << 20  # parts below this size may pack as well as they like
_OLD_WORKBOOK = bytes.fromhex("D0CF11E0A1B11AE1")  # .xls, or a workbook with a password

Rows = Iterator[tuple[int, list[object]]]


def read_sheets(file: DeliveredFile) -> Iterator[tuple[str, Rows]]:
    """Yield (worksheet name, its rows); a row is (row number as Excel shows it, cell values).

    Wholly blank rows are left out. Formulas give the values that Excel last stored. Read each
    worksheet's rows before going on to the next. Raises `FeedError` when the file is no
    workbook, has a password, or would unpack to more than the limits above.
    """
    _guard(file)
    # openpyxl leaves a file of its own opening open when it fails, so it is handed an open one.
    with file.path.open("rb") as handle, closing(_load(file, handle)) as book:
        for sheet in book.worksheets:
            yield sheet.title, _rows(file, sheet)


def _guard(file: DeliveredFile) -> None:
    try:
        with zipfile.ZipFile(file.path) as archive:
            parts = archive.infolist()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FeedError(file.name, f"cannot be opened ({reason}).", "Send it again.") from None
    except zipfile.BadZipFile:
        raise FeedError(file.name, "is not an .xlsx workbook.", _not_a_workbook(file)) from None
    if any(part.flag_bits & 1 for part in parts):
        raise FeedError(file.name, "is locked with a password.", "Send it without the password.")
    if any(map(_bursts, parts)) or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise FeedError(
            file.name,
            "would unpack to far more than a workbook holds, as a harmful file does, "
            "and was not opened.",
            "Save the data in a new workbook, or send it as CSV.",
        )


def _not_a_workbook(file: DeliveredFile) -> str:
    with file.path.open("rb") as handle:
        old = handle.read(len(_OLD_WORKBOOK)) == _OLD_WORKBOOK
    if old:
        return "It is an .xls file or has a password: save it as .xlsx without a password."
    return "Save it in Excel as .xlsx, or send it as CSV."


def _bursts(part: zipfile.ZipInfo) -> bool:
    """Say whether one part of the archive is too large, or packed too well to be honest."""
    if part.filename.endswith("sharedStrings.xml") and part.file_size > MAX_SHARED:
        return True
    return part.file_size > _SMALL and part.file_size > MAX_RATIO * max(part.compress_size, 1)


def _load(file: DeliveredFile, handle: BinaryIO) -> Any:
    try:
        return openpyxl.load_workbook(handle, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever its XML and zip layers raise
        raise _unreadable(file, error) from None


def _rows(file: DeliveredFile, sheet: Any) -> Rows:
    sheet.reset_dimensions()  # some exporters write a wrong size, which would cut rows off
    try:
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            if any(cell is not None and cell != "" for cell in cells):
                yield number, list(cells)
    except Exception as error:  # as in _load
        raise _unreadable(file, error) from None


def _unreadable(file: DeliveredFile, error: Exception) -> FeedError:
    cause = error.__cause__ or error  # openpyxl's own words hold the whole path
    problem = f"cannot be read as a workbook ({type(cause).__name__}: {str(cause)[:120]})."
    return FeedError(file.name, problem, "Open it in Excel, save it as .xlsx and send it again.")
