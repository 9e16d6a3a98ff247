"""Reads a dump: which file is which table, whose each row is, and what its marks say."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import PurePosixPath

from kithkin.feeds.delimited import read_delimited
from kithkin.feeds.delivery import DeliveredFile, Delivery, FeedError
from kithkin.feeds.loading import FileSink, Loader
from kithkin.feeds.ssd.care import TOGETHER, Held
from kithkin.feeds.ssd.cells import Cells
from kithkin.feeds.ssd.dump import CELL_RULES, LAYOUTS, SYSTEM_PERSON, Dump
from kithkin.feeds.ssd.marks import put_mark
from kithkin.feeds.ssd.steps import STEPS, put_person
from kithkin.feeds.ssd.tables import NOT_READ, TABLES, Table

PERSON_TABLE = "ssd_person"
_TABLE_NAMES = sorted([*(table.name for table in TABLES), *NOT_READ], key=len, reverse=True)


def read_standard_safeguarding_dataset(delivery: Delivery, loader: Loader) -> None:
    """Read one dump of the Standard Safeguarding Dataset.

    Files are known by their names, with or without a schema before and a date after
    (`ssd_development.ssd_person_20260131.csv`). Any table may be absent but ssd_person.

    Raises
    ------
    FeedError : there is no ssd_person, or a file cannot be read at all.

    """
    found = _files_by_table(delivery.files)
    if PERSON_TABLE not in found:
        raise FeedError(
            delivery.source,
            f"no file of the delivery is {PERSON_TABLE}; there are "
            f"{', '.join(file.name for file in delivery.files) or 'no files'}.",
            f"Send {PERSON_TABLE}.csv: without it nobody can be told apart.",
        )
    for file in found.pop("", []):
        _note_unread(loader, file, "is no table of the dataset", "Check the file's name.")
    for name, why in NOT_READ.items():
        for file in found.get(name, []):
            _note_unread(loader, file, f"is {name}: {why}", "Nothing need be done.")
    dump = Dump()
    people = found.pop(PERSON_TABLE)
    with ExitStack() as stack:
        sinks = [(file, stack.enter_context(loader.file(file))) for file in people]
        held = [each for file, sink in sinks for each in _meet(dump, file, sink)]
        for table in TABLES:
            for file in found.get(table.name, []):
                with loader.file(file) as sink:
                    _read_table(dump, table, file, sink)
        for cells, person in held:  # last, since an adoption in any table seals the person
            put_person(dump, cells, person)
            cells.sink.loaded(cells.row)


def table_of(name: str) -> str | None:
    """Say which table a file holds, by its name; None when by none of them."""
    stem = PurePosixPath(name).name.lower().removesuffix(".csv").removesuffix(".txt")
    stem = re.sub(r"[\s-]+", "_", stem)
    for table in _TABLE_NAMES:
        bare = table.removeprefix("ssd_")
        if re.search(rf"(^|[._])ssd_{bare}s?($|[._]|\d)", stem) or re.fullmatch(
            rf"(.*\.)?{bare}s?([._]?v?\d[\d._]*)?", stem
        ):
            return table
    return None


def _files_by_table(files: Iterable[DeliveredFile]) -> dict[str, list[DeliveredFile]]:
    found: dict[str, list[DeliveredFile]] = defaultdict(list)
    for file in sorted(files, key=lambda file: file.name):
        found[table_of(file.name) or ""].append(file)
    return dict(found)


def _note_unread(loader: Loader, file: DeliveredFile, why: str, remedy: str) -> None:
    with loader.file(file) as sink:
        sink.finding("K-SSD-13", f"The file {why}; it was not read.", remedy, severity="note")


# --- rows ------------------------------------------------------------------------------------


def _meet(dump: Dump, file: DeliveredFile, sink: FileSink) -> list[tuple[Cells, str]]:
    """Read ssd_person as far as the other tables need it; its rows are settled at the end."""
    table = next(table for table in TABLES if table.name == PERSON_TABLE)
    met = [(cells, _admit(dump, table, cells)) for cells in _rows(table, file, sink)]
    admitted = [(cells, person) for cells, person in met if person is not None]
    for cells, person in admitted:
        STEPS[table.extra](dump, cells, person)
    return admitted


def _read_table(dump: Dump, table: Table, file: DeliveredFile, sink: FileSink) -> None:
    together, start = TOGETHER.get(table.extra, (None, ""))
    held: list[Held] = []
    for cells in _rows(table, file, sink):
        person = _admit(dump, table, cells)
        if person is None:
            continue
        if together is None:
            _settle(cells, held=_read_row(dump, table, cells, person))
        elif (started_on := cells.day(start)) is None:
            _settle(cells, held=False)
        else:
            _introduce(dump, table, cells, person)
            held.append(Held(cells, person, started_on))
    if together is not None:
        together(dump, held)
        for row in held:
            sink.loaded(row.cells.row)


def _rows(table: Table, file: DeliveredFile, sink: FileSink) -> Iterator[Cells]:
    required = [table.person or table.id] if table.parent is None else []
    names: dict[str, str] = {}
    for number, row in read_delimited(file, sink, required=required, synonyms=_synonyms(table)):
        names = names or {header: _column(table, header) for header in row}
        cells = {names[header]: value for header, value in row.items()}
        yield Cells(
            sink, number, cells, CELL_RULES, LAYOUTS, {new: old for old, new in names.items()}
        )


def _synonyms(table: Table) -> dict[str, tuple[str, ...]]:
    """Let keys go by their names without the table's prefix, besides what `also` says."""
    keys = [table.id, table.person, *(table.parent or ())[:1]]
    bare = {key: (key.partition("_")[2],) for key in keys if key}
    return {key: bare.get(key, ()) + table.also.get(key, ()) for key in {**bare, **table.also}}


def _column(table: Table, header: str) -> str:
    """Give a header the table's prefix when the file left it out: `start_date`, `END DATE`."""
    name = re.sub(r"\W+", "_", header.strip().lower()).strip("_")
    prefix = (table.person or table.id).partition("_")[0] + "_"
    return name if name.startswith(prefix) else prefix + name


def _admit(dump: Dump, table: Table, cells: Cells) -> str | None:
    """Say whose row it is, once it is sure that it is to be read; else set it aside."""
    keyed_by = table.person or (table.parent or (table.id,))[0]
    person = (
        dump.owner(table, cells) if table.person or table.parent else cells.identifier(table.id)
    )
    if person is None:
        cells.set_aside("K-SSD-7", "The row names no person, nor a row that does.",
                        "Send the person's id, or the table through which it is found.",
                        keyed_by)  # fmt: skip
    elif person == SYSTEM_PERSON:
        cells.set_aside("K-SSD-8", "The row belongs to the system itself, not to a person.",
                        "Leave rows with id -1 out of the extract.", keyed_by)  # fmt: skip
    elif dump.is_repeated(table, cells):
        cells.set_aside("K-SSD-9", "An earlier row of the table has the same key.",
                        "Look for a join in the extract that repeats rows.",
                        (table.unique or (table.id,))[0])  # fmt: skip
    else:
        return person
    return None


def _read_row(dump: Dump, table: Table, cells: Cells, person: str) -> bool:
    """Read an admitted row; say whether it held anything."""
    _introduce(dump, table, cells, person)
    step = STEPS.get(table.extra)
    stepped = step(dump, cells, person) if step else False
    key = _key(table, cells)
    group = f"{table.name}:{key}" if key and len(table.marks) > 1 else None
    marked = [put_mark(mark, cells, person, key, group) for mark in table.marks]
    bare = not table.marks and step is None  # such as ssd_ehcp_requests: it leads to a person
    return stepped or any(marked) or bare


def _introduce(dump: Dump, table: Table, cells: Cells, person: str) -> None:
    """See to it that the person has a record, and that rows naming this one find the person."""
    if table.person or table.parent:
        dump.known(cells, person, table.person or (table.parent or ("",))[0])
    dump.remember(table, cells, person)


def _settle(cells: Cells, *, held: bool) -> None:
    if held:
        cells.sink.loaded(cells.row)
    else:
        cells.set_aside("K-SSD-10", "The row lacks the date or the value that gives it a meaning.",
                        "Send the row with its date.")  # fmt: skip


def _key(table: Table, cells: Cells) -> str | None:
    """Identify the row's event: by what is unique in the table, which re-sent rows share."""
    columns = table.unique or ((table.id,) if table.id else ())
    parts = [cells.identifier(column) or "" for column in columns]
    return ":".join(parts) if any(parts) else None
