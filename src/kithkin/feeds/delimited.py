"""Delimited text as agencies send it: any usual encoding and delimiter, every row accounted for.

Memory stays bounded whatever the file holds: lines, cells and rows have limits, and only a
digest of each row is kept, to know exact duplicates.
"""

from __future__ import annotations

import csv
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import TextIO

from kithkin.feeds.delivery import DeliveredFile, FeedError
from kithkin.feeds.loading import FileSink
from kithkin.feeds.parsing import Remembered, bind_headers, clean

RULES: dict[str, str] = {
    "K-CORE-DUPLICATE": "A row is the exact copy of an earlier row",
    "K-CORE-LONG": "A row has more cells than the header",
    "K-CORE-SHORT": "Rows have fewer cells than the header",
    "K-CORE-QUOTE": "A row's quotation marks do not match",
    "K-CORE-ENCODING": "A file is not in UTF-8",
    "K-CORE-HEADER": "Two columns have one header, or a column with data has none",
}

MAX_LINE = 1_048_576  # characters; no honest line of an extract comes near
MAX_CELL = 131_072  # characters; the csv module's own limit
MAX_ROWS = 20_000_000
DELIMITERS = ",;\t|"
_BLOCK = 1 << 20  # bytes read at once while the encoding is found out
_SAMPLE = 4096  # bytes looked at for signs of UTF-16 or of a file that is no text

Row = dict[str, str | None]


def read_delimited(
    file: DeliveredFile,
    sink: FileSink,
    *,
    required: Sequence[str] = (),
    synonyms: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[tuple[int, Row]]:
    """Yield each data row as (row number, cells by name), taken in `sink` and yet to be settled.

    Row numbers are those of a spreadsheet: the header is row 1 and a cell of several lines does
    not count twice. Cells are cleaned; a blank is None. Rows that cannot be told apart from an
    earlier one, or that do not fit the header, are set aside here.

    Parameters
    ----------
    required : canonical names without which the file cannot be read.
    synonyms : as for `bind_headers`; columns that nothing binds keep the file's own header.

    Raises
    ------
    FeedError : the file is missing or empty, is not text, lacks a required column, or passes
        one of the limits above.

    """
    encoding = _encoding(file, sink)
    with file.path.open(encoding=encoding, newline="") as handle:
        records = _records(file, sink, handle)
        names = _names(file, sink, records, required, synonyms or {})
        yield from _rows(sink, records, names)


# --- encoding --------------------------------------------------------------------------------


def _encoding(file: DeliveredFile, sink: FileSink) -> str:
    sample = _sample(file)
    if sample.startswith(BOM_UTF8):
        return "utf-8-sig" if _decodes(file, "utf-8") else _refuse_encoding(file)
    if sample.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16" if _decodes(file, "utf-16") else _refuse_encoding(file)
    if b"\0" in sample:
        return _bare_utf16(file, sample)
    if _decodes(file, "utf-8"):
        return "utf-8"
    if not _decodes(file, "cp1252"):
        return _refuse_encoding(file)
    sink.finding(
        "K-CORE-ENCODING",
        "The file is not UTF-8 and was read as Windows-1252.",
        "Export it as UTF-8, so that accented letters in names cannot be misread.",
        severity="note",
    )
    return "cp1252"


def _sample(file: DeliveredFile) -> bytes:
    try:
        with file.path.open("rb") as handle:
            sample = handle.read(_SAMPLE)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FeedError(
            file.name, f"cannot be opened ({reason}).", "Send the file again."
        ) from None
    if not sample.strip():
        raise FeedError(file.name, "is empty.", "Send the file again, with its header row.")
    return sample


def _bare_utf16(file: DeliveredFile, sample: bytes) -> str:
    """Tell UTF-16 without a byte order mark by its zero bytes, which fall on one side only."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    for encoding, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros > half * 0.5 and others < half * 0.05 and _decodes(file, encoding):
            return encoding
    raise FeedError(
        file.name,
        "is not text: it holds zero bytes.",
        "Export it as delimited text (CSV, UTF-8); a workbook or an archive cannot be read as CSV.",
    )


def _decodes(file: DeliveredFile, encoding: str) -> bool:
    decoder = getincrementaldecoder(encoding)()
    with file.path.open("rb") as handle:
        try:
            while block := handle.read(_BLOCK):
                if b"\0" in block and not encoding.startswith("utf-16"):
                    return False
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _refuse_encoding(file: DeliveredFile) -> str:
    raise FeedError(
        file.name,
        "holds bytes that are neither UTF-8, UTF-16 nor Windows-1252 text.",
        "Export it as delimited text in UTF-8.",
    )


# --- records ---------------------------------------------------------------------------------


class _Lines:
    """The lines of a file, each within the limit, remembering those of the present record."""

    def __init__(self, file: DeliveredFile, handle: TextIO) -> None:
        self._file, self._read = file, handle.readline
        self.record: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._read(MAX_LINE + 1)
        if not line:
            raise StopIteration
        if len(line) > MAX_LINE:
            raise FeedError(
                self._file.name,
                f"has a line of more than {MAX_LINE:,} characters.",
                "Check that the file is delimited text with line ends, and send it again.",
            )
        self.record.append(line)
        return line


def _delimiter(handle: TextIO) -> tuple[str, int]:
    """Find the delimiter in the header, or in Excel's `sep=` line; say how many lines to skip."""
    line = handle.readline(MAX_LINE)
    while line and not line.strip():
        line = handle.readline(MAX_LINE)
    if hint := re.fullmatch(r"sep=(.)\s*", line):
        return hint[1], 1
    bare = re.sub(r'"[^"]*"', "", line)
    return max(DELIMITERS, key=bare.count), 0


def _records(
    file: DeliveredFile, sink: FileSink, handle: TextIO
) -> Iterator[tuple[int, list[str]]]:
    """Yield (row number, cells); a row whose quotation marks do not match is set aside."""
    delimiter, number = _delimiter(handle)
    handle.seek(0)
    lines = _Lines(file, handle)
    for _ in range(number):
        next(lines)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while number < MAX_ROWS:
        number += 1
        lines.record.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            _misquoted(file, sink, number, lines.record, str(error))
        else:
            yield number, cells
    raise FeedError(
        file.name, f"has more than {MAX_ROWS:,} rows.", "Send it as several smaller files."
    )


def _misquoted(
    file: DeliveredFile, sink: FileSink, number: int, lines: list[str], problem: str
) -> None:
    """Set one bad row aside; refuse the file when an open quotation mark swallowed its rest."""
    if number == 1 or "unexpected end" in problem or "field limit" in problem:
        raise FeedError(
            file.name,
            f"row {number}: a quotation mark is opened and not closed, so that the rows after it "
            f"cannot be told apart: {lines[0][:80].rstrip()!r}.",
            "Export the file again with every quotation mark inside a cell doubled.",
        )
    sink.take(number)
    sink.set_aside(
        number,
        "K-CORE-QUOTE",
        "The row's quotation marks do not match, so its cells cannot be told apart.",
        {"row": "".join(lines).rstrip("\r\n")},
        remedy="Double each quotation mark inside a cell when exporting.",
    )


# --- header ----------------------------------------------------------------------------------


def _names(
    file: DeliveredFile,
    sink: FileSink,
    records: Iterator[tuple[int, list[str]]],
    required: Sequence[str],
    synonyms: Mapping[str, Sequence[str]],
) -> list[str]:
    """Read the header; give each column's name, canonical where a synonym binds it."""
    header = next((cells for _, cells in records if any(map(clean, cells))), None)
    if header is None:
        raise FeedError(file.name, "has no header row.", "Send it again, with its header row.")
    actual = _unique(sink, [clean(cell) or "" for cell in header])
    bound = bind_headers(actual, dict.fromkeys(required, ()) | dict(synonyms))
    if missing := [name for name in required if name not in bound]:
        raise FeedError(
            file.name,
            f"has no column {', '.join(map(repr, missing))}; its columns are "
            f"{', '.join(map(repr, actual[:60]))}.",
            "Check that this is the right file for its feed, or add the missing columns.",
        )
    canonical = {header: name for name, header in bound.items()}
    return [canonical.get(name, name) for name in actual]


def _unique(sink: FileSink, headers: list[str]) -> list[str]:
    """Name nameless columns by place, and tell repeated headers apart by a number."""
    names: list[str] = []
    for place, header in enumerate(headers, 1):
        name, copy = header or f"column {place}", 1
        while name in names:
            copy += 1
            name = f"{header} ({copy})"
        if header and name != header:
            sink.finding(
                "K-CORE-HEADER",
                f"The header {header!r} stands over more than one column; column {place} is read "
                f"as {name!r}.",
                "Give each column a header of its own.",
                row=1,
                column=header,
                severity="note",
            )
        names.append(name)
    return names


# --- rows ------------------------------------------------------------------------------------


def _rows(
    sink: FileSink, records: Iterator[tuple[int, list[str]]], names: list[str]
) -> Iterator[tuple[int, Row]]:
    width, seen, short = len(names), set[bytes](), list[int]()
    cleaned = Remembered(clean).__getitem__
    for number, cells in records:
        values = [cleaned(cell) for cell in cells]
        if not any(values):
            continue
        sink.take(number)
        if len(values) != width:
            if len(values) > width and any(values[width:]):
                _set_long_aside(sink, number, names, values)
                continue
            if len(values) < width:
                short.append(number)
            values = (values + [None] * width)[:width]
        row = dict(zip(names, values, strict=True))
        digest = blake2b("\x1f".join(cells).encode(), digest_size=12).digest()
        if digest in seen:
            _set_duplicate_aside(sink, number, row)
            continue
        seen.add(digest)
        yield number, row
    _note_short(sink, short)


def _set_long_aside(
    sink: FileSink, number: int, names: list[str], values: Sequence[str | None]
) -> None:
    width = len(names)
    sink.set_aside(
        number,
        "K-CORE-LONG",
        f"The row has {len(values)} cells and the header {width}.",
        dict(zip(names, values, strict=False)) | {"cells past the header": list(values[width:])},
        remedy="Put quotation marks round cells that hold the delimiter.",
    )


def _set_duplicate_aside(sink: FileSink, number: int, row: Row) -> None:
    sink.set_aside(
        number,
        "K-CORE-DUPLICATE",
        "The row is the exact copy of an earlier row of the file.",
        row,
        remedy="Nothing is lost; look for a join in the export that repeats rows.",
    )


def _note_short(sink: FileSink, short: list[int]) -> None:
    if short:
        sink.finding(
            "K-CORE-SHORT",
            f"Rows with fewer cells than the header: {len(short)}, such as row "
            f"{', '.join(map(str, short[:5]))}; the missing cells were read as blank.",
            "Check that these rows end where they should.",
            row=short[0],
            severity="note",
        )
