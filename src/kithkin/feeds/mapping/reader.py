"""Reads a delivery by its mapping: which file is which, in which order, and every row once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from functools import partial
from hashlib import blake2b
from pathlib import PurePosixPath
from typing import NamedTuple

from kithkin.feeds.delimited import read_delimited
from kithkin.feeds.delivery import DeliveredFile, Delivery, FeedError
from kithkin.feeds.loading import FileSink, Loader
from kithkin.feeds.mapping.cells import Cells, RowRefusedError
from kithkin.feeds.mapping.models import FileMapping, Join
from kithkin.feeds.mapping.models import Mapping as MappingFile
from kithkin.feeds.mapping.rows import RowMaker
from kithkin.feeds.mapping.told import Joinable, MadeEvent, Told
from kithkin.feeds.mapping.uses import uses_of
from kithkin.feeds.parsing import Remembered, bind_headers, clean
from kithkin.feeds.workbook import read_sheets

RULES: dict[str, str] = {
    "K-MAP-CODE": "A word is not one that the mapping or its code set knows",
    "K-MAP-DATE": "A date cannot be read, or one without which the row means nothing is missing",
    "K-MAP-NUMBER": "A number cannot be read",
    "K-MAP-TRUTH": "A cell that should say yes or no says neither",
    "K-MAP-PERSON": "A row says about nobody what it says",
    "K-MAP-JOIN": "The row of another file that this one belongs to was not delivered",
    "K-MAP-REPEAT": "Two rows of a file that others join have one key",
    "K-MAP-ORDER": "Something ends before it begins",
    "K-MAP-DIFFERS": "Two rows say different things of one person",
    "K-MAP-CHECK": "A number fails its check digit",
    "K-MAP-DUPLICATE": "A row of a worksheet is the exact copy of an earlier one",
    "K-MAP-SHEET": "A worksheet is not in the mapping and was not read",
}

MAX_JOINED_ROWS = 2_000_000  # about 1 KB each is held in memory while other files are read

Rows = Iterator[tuple[int, Mapping[str, str | None]]]
Joinables = dict[str, dict[str, Joinable]]  # file of the mapping -> key -> what is kept


def read_by_mapping(delivery: Delivery, loader: Loader, mapping: MappingFile) -> None:
    """Read every file of the delivery as the mapping says.

    Files that others join are read first; what the others need of them is held in memory, at
    most `MAX_JOINED_ROWS` rows of each; so is one record a person, until all is read. Raises
    `FeedError` when a file is in no table of the mapping, when a file that others need is
    missing, or when a file cannot be read.
    """
    files = _sorted_out(delivery, mapping)
    _check_needed(delivery, mapping, files)
    kept, told = Joinables(), Told()
    for name in _order(mapping):
        reading = _Reading(name, mapping, kept, told)
        for file in files[name]:
            for sink, rows in _open(file, mapping.files[name], loader):
                with sink:
                    for row, cells in rows(sink):
                        reading.read_row(sink, row, cells)
    told.put_people()
    _note_unmapped_sheets(mapping, files, loader)


# --- which file is which -----------------------------------------------------------------------


def _sorted_out(delivery: Delivery, mapping: MappingFile) -> dict[str, list[DeliveredFile]]:
    files: dict[str, list[DeliveredFile]] = {name: [] for name in mapping.files}
    for file in sorted(delivery.files, key=lambda one: one.name):
        for name in _tables_of(file, mapping):
            files[name].append(file)
    return files


def _tables_of(file: DeliveredFile, mapping: MappingFile) -> list[str]:
    """Find the table with the longest matching pattern; for a workbook, one a worksheet."""
    base = PurePosixPath(file.name).name.lower()
    fits = {
        name: max((len(p) for p in table.names if fnmatch(base, p.lower())), default=0)
        for name, table in mapping.files.items()
    }
    longest = max(fits.values())
    if longest == 0:
        patterns = ", ".join(p for table in mapping.files.values() for p in table.names)
        raise FeedError(file.name, "has a name that no table of the mapping knows.",
                        f"Rename it to fit one of {patterns}, or leave it out of the feed.")  # fmt: skip
    if _is_workbook(file):
        return [name for name, length in fits.items() if length]
    return [next(name for name, length in fits.items() if length == longest)]


def _is_workbook(file: DeliveredFile) -> bool:
    return file.name.lower().endswith((".xlsx", ".xlsm"))


def _check_needed(
    delivery: Delivery, mapping: MappingFile, files: Mapping[str, Sequence[DeliveredFile]]
) -> None:
    for name, table in mapping.files.items():
        for join in table.joins.values():
            if files[name] and not join.optional and not files[join.file]:
                wanted = ", ".join(mapping.files[join.file].names)
                raise FeedError(files[name][0].name, f"needs the {join.file} file beside it.",
                                f"Deliver a file named like {wanted} with it.")  # fmt: skip
    if not delivery.files:
        raise FeedError(delivery.source, "has no files.", "Check `files` in feeds.toml.")


def _order(mapping: MappingFile) -> list[str]:
    """Put each file after those that it joins; the mapping was checked for circles."""
    order: list[str] = []
    while len(order) < len(mapping.files):
        order += [
            name
            for name, table in mapping.files.items()
            if name not in order and all(join.file in order for join in table.joins.values())
        ]
    return order


# --- rows ----------------------------------------------------------------------------------------


def _open(
    file: DeliveredFile, table: FileMapping, loader: Loader
) -> Iterator[tuple[FileSink, Callable[[FileSink], Rows]]]:
    synonyms = {name: spec.also for name, spec in table.columns.items()}
    required = [name for name, spec in table.columns.items() if spec.required]
    if not _is_workbook(file):
        yield (
            loader.file(file),
            lambda sink: read_delimited(file, sink, required=required, synonyms=synonyms),
        )
        return
    for sheet, rows in read_sheets(file):
        if fnmatch(sheet.lower(), (table.sheet or "*").lower()):
            yield (
                loader.file(file, sheet),
                lambda sink, rows=rows: _sheet_rows(  # type: ignore[misc]
                    sink, rows, required, synonyms
                ),
            )


def _sheet_rows(
    sink: FileSink,
    rows: Iterator[tuple[int, list[object]]],
    required: Sequence[str],
    synonyms: Mapping[str, Sequence[str]],
) -> Rows:
    """Yield a worksheet's rows by column name, as `read_delimited` does those of a text file."""
    header = [clean(cell) or "" for cell in next(rows, (0, []))[1]]
    bound = bind_headers([name for name in header if name], synonyms)
    if missing := [name for name in required if name not in bound]:
        raise FeedError(sink.name, f"has no column {', '.join(missing)}; it has {header}.",
                        "Add the column, or its name there to `also` in the mapping.")  # fmt: skip
    canonical = {actual: name for name, actual in bound.items()}
    names = [canonical.get(name, name) for name in header]
    seen: set[bytes] = set()
    for row, cells in rows:
        values = dict(zip(names, map(clean, cells), strict=False))
        sink.take(row)
        digest = blake2b(repr(values).encode(), digest_size=12).digest()
        if digest in seen:
            sink.set_aside(row, "K-MAP-DUPLICATE", "The row is the exact copy of an earlier one.",
                           values, remedy="Send each row once.")  # fmt: skip
        else:
            seen.add(digest)
            yield row, values


def _note_unmapped_sheets(
    mapping: MappingFile, files: Mapping[str, Sequence[DeliveredFile]], loader: Loader
) -> None:
    books = {file.name: file for some in files.values() for file in some if _is_workbook(file)}
    for file in books.values():
        patterns = [mapping.files[name].sheet or "*" for name in files if file in files[name]]
        for sheet, _ in read_sheets(file):
            if not any(fnmatch(sheet.lower(), pattern.lower()) for pattern in patterns):
                loader.file(file).finding(
                    "K-MAP-SHEET",
                    f"Worksheet {sheet!r} is not in the mapping and was not read.",
                    "Add a table with this `sheet` to the mapping if it should be.",
                    value=sheet,
                    severity="note",
                )


class _Key(NamedTuple):
    """A key by which other files find rows of this one."""

    columns: tuple[str, ...]
    wanted: tuple[str, ...]  # the columns that those files use


class _Reading:
    """The reading of all files of one table of the mapping."""

    def __init__(self, name: str, mapping: MappingFile, kept: Joinables, told: Told) -> None:
        self.name, self.table, self.kept = name, mapping.files[name], kept
        self.maker = RowMaker(name, self.table, mapping.values_by_word, told)
        self.keys = list(_keys_of(name, mapping))
        reading = self.maker.read
        self.key_of = {key.columns: reading.joined(key.columns) for key in self.keys}
        self.joins = [(n, join, reading.joined(join.on)) for n, join in self.table.joins.items()]
        self.prefixed = {n: Remembered(partial(_prefixed, n)) for n in self.table.joins}

    def read_row(self, sink: FileSink, row: int, values: Mapping[str, str | None]) -> None:
        """Load a row, or set it aside with the reason."""
        cells = Cells(values)
        try:
            joined = self._join(cells) if self.joins else {}
            made = self.maker.make(sink, row, cells, joined)
        except RowRefusedError as refused:
            sink.set_aside(row, refused.rule, refused.reason, values,
                           column=refused.column, remedy=refused.remedy)  # fmt: skip
            return
        for one in cells.problems:
            sink.finding(one.rule, one.message, one.remedy,
                         row=row, column=one.column, value=one.value)  # fmt: skip
        for key in self.keys:
            self._keep(key, sink, row, cells, made)
        sink.loaded(row)

    def _join(self, cells: Cells) -> dict[str, Joinable]:
        joined: dict[str, Joinable] = {}
        values = dict(cells.values)  # the row itself stays as it was sent
        for name, join, key_of in self.joins:
            key = key_of(cells)
            found = self.kept.get(_place(join), {}).get(key) if key is not None else None
            if found is not None:
                joined[name] = found
                prefixed = self.prefixed[name]
                for column, text in found.values.items():
                    values[prefixed[column]] = text
            elif not join.optional:
                raise _unjoined(join, key)
        cells.values = values
        return joined

    def _keep(
        self, key: _Key, sink: FileSink, row: int, cells: Cells, made: list[MadeEvent]
    ) -> None:
        value = self.key_of[key.columns](cells)
        if value is None:
            return
        rows = self.kept.setdefault(f"{self.name} {key.columns}", {})
        if value in rows:
            sink.finding("K-MAP-REPEAT", f"{' and '.join(key.columns)} {value!r} was on row "
                         f"{rows[value].row} already; rows that join it find this one.",
                         "Send each once, as it stands on the day of the extract.",
                         row=row, column=key.columns[0], value=value)  # fmt: skip
        rows[value] = Joinable(row, {c: cells.values.get(c) for c in key.wanted}, made)
        if len(rows) > MAX_JOINED_ROWS:
            raise FeedError(sink.name, f"has more than {MAX_JOINED_ROWS:,} rows that other files "
                            "join.", "Deliver it in parts, such as one a year.")  # fmt: skip


def _prefixed(join: str, column: str | None) -> str:
    return f"{join}.{column}"


def _place(join: Join) -> str:
    return f"{join.file} {join.key}"


def _unjoined(join: Join, key: str | None) -> RowRefusedError:
    column = join.on[0]
    if key is None:
        reason = f"The row has no {' and '.join(join.on)}, so it belongs to no {join.file} row."
    else:
        reason = f"No {join.file} row has {' and '.join(join.key)} {key!r}."
    return RowRefusedError("K-MAP-JOIN", column, reason,
                      f"Deliver the {join.file} row in the same delivery.")  # fmt: skip


def _keys_of(name: str, mapping: MappingFile) -> Iterator[_Key]:
    """Yield the keys by which other files join this one, and what they use of it."""
    wanted: dict[tuple[str, ...], set[str]] = {}
    for other in mapping.files.values():
        for join_name, join in other.joins.items():
            if join.file == name:
                starts = f"{join_name}."
                wanted.setdefault(join.key, set()).update(
                    use.column.removeprefix(starts)
                    for use in uses_of(other)
                    if use.column.startswith(starts)
                )
    for columns, names in wanted.items():
        yield _Key(columns, tuple(sorted(names)))
