"""Writes an agency's files in the layout of its plain contract, people first."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from pydantic import BaseModel, ConfigDict, TypeAdapter

from kithkin.model.dates import day_number
from kithkin.simulation.calendar import Days
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile, Column, Delivery, Register
from kithkin.simulation.sending.addresses import address_lines, postcode_of, take, town_of
from kithkin.simulation.sending.registers import dates
from kithkin.simulation.world import Index, World

Rows = npt.NDArray[np.int64]

_QUOTES = pa.csv.WriteOptions(quoting_style="needed")
_YES_NO = pa.array(["N", "Y"])


class PeopleFile(BaseModel):
    """Which file of a contract holds the people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    number: str
    """Column of the agency's own number."""


class Layout(BaseModel):
    """How one agency's plain contract is sent; the shipped ones are in data/layouts.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agency: str
    gateway: str
    recorded_lag_days: int
    people: PeopleFile
    columns: tuple[str, ...]
    renamed: dict[str, str] = {}
    """The register's field of columns that have another name."""


def write_plain(
    folder: Path,
    feed: str,
    files: Iterable[AgencyFile],
    register: Register,
    county: County,
    extracted: date,
    *,
    full_extract: bool = False,
    uprn_missing: float = 0.0,
) -> Delivery:
    """Write what an agency knew by the day of the extract; give the delivery for the manifest.

    The files are `<feed>/<extracted>/<file>.csv` in `folder`. Rows are in order of the day they
    were known and of the agency's numbers. `uprn_missing` is the share of the rows' addresses
    whose property number nobody looked up. Raises `ValueError` naming the file and the column when
    a person is in a file but not in the register.
    """
    layout = layouts()[feed]
    into = f"{feed}/{extracted.isoformat()}"
    (folder / into).mkdir(parents=True, exist_ok=True)
    last = day_number(extracted)
    _write(people_table(layout, register, last), folder / into / f"{layout.people.file}.csv")
    for file in files:
        _write(
            file_table(file, register, county, last, uprn_missing),
            folder / into / f"{file.file}.csv",
        )
    return Delivery(
        name=feed,
        agency=layout.agency,
        contract=feed,
        files=(f"{into}/*.csv",),
        extracted_on=extracted,
        gateway=layout.gateway,
        full_extract=full_extract,
        recorded_lag_days=layout.recorded_lag_days,
    )


@cache
def layouts() -> dict[str, Layout]:
    """Give the layout of every plain contract."""
    source = package_files(__package__).joinpath("data", "layouts.toml")
    read = tomllib.loads(source.read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, Layout]).validate_python(read)


def people_table(layout: Layout, register: Register, last: int) -> pa.Table:
    """Lay out the people known by a day, a row a number."""
    known = np.flatnonzero(register.known <= last)
    order = known[np.lexsort((register.number[known], register.known[known]))]
    _, first = np.unique(register.number[order], return_index=True)
    rows = pa.array(order[np.sort(first)])
    entries = register.entries.take(rows)
    return pa.table(
        {layout.people.number: pa.array(register.number).take(rows)}
        | {name: entries[layout.renamed.get(name, name)] for name in layout.columns}
    )


def file_table(
    file: AgencyFile, register: Register, county: County, last: int, uprn_missing: float = 0.0
) -> pa.Table:
    """Lay out the rows of a file that were known by a day, with the agency's own numbers."""
    people = {
        column.name: _numbers(file, column, register, county)
        for column in file.columns
        if column.kind == "person"
    }
    rows = _in_order(file, people, county, last)
    columns: dict[str, pa.Array] = {}
    for column in file.columns:
        if column.kind == "person":
            number = people[column.name][rows]
            columns[column.name] = pa.array(number, mask=number < 0)
        elif column.kind == "address":
            rng = county.streams.of("sending", file.feed, file.file, column.name, "uprn")
            told = rng.random(len(file))[rows] >= uprn_missing
            columns |= _address(column.values[rows], told, county.world)
        else:
            columns[column.name] = _written(column, rows, county)
    return pa.table(columns)


def entry_numbers(
    register: Register, person: Index, known: Days, draw: npt.NDArray[np.float64]
) -> Rows:
    """Give the agency's number for each person on a day; -1 where there is no person.

    Of several entries known by then any may be used, as `draw` (0 to 1) says; none from before one
    that replaced them. `IndexError` when a person is not in the register.
    """
    key = register.person.astype(np.int64) << 32 | (register.known.astype(np.int64) + 2**31)
    first = np.searchsorted(register.person, person)
    wanted = person.astype(np.int64) << 32 | (known.astype(np.int64) + 2**31)
    after = np.maximum(np.searchsorted(key, wanted, side="right"), first + 1)
    if register.replaces is not None:
        latest = np.maximum.accumulate(np.where(register.replaces, np.arange(len(key)), 0))
        first = np.maximum(first, np.append(latest, 0)[np.minimum(after - 1, len(key))])
    entry = first + ((after - first) * draw).astype(np.int64)
    nobody = person < 0
    entry[nobody] = 0
    if len(entry) and (~nobody).any():
        found = np.append(register.person, -1)[np.minimum(entry, len(register.person))]
        if (wrong := (found != person) & ~nobody).any():
            raise IndexError(int(person[wrong.argmax()]))
    return np.where(nobody, -1, np.append(register.number, -1)[entry])


def _numbers(file: AgencyFile, column: Column, register: Register, county: County) -> Rows:
    rng = county.streams.of("sending", file.feed, file.file, column.name, "entry")
    draw = rng.random(len(file))
    try:
        return entry_numbers(register, column.values, file.known, draw)
    except IndexError as missing:
        raise ValueError(
            f"{file.feed} {file.file}, column {column.name}: person {missing} is not in the "
            "register. Make the register of everybody in the agency's files."
        ) from None


def _in_order(file: AgencyFile, people: dict[str, Rows], county: County, last: int) -> Rows:
    """Give the rows known by the day, by the day they were known and then by number."""
    rows = np.flatnonzero(file.known <= last)
    rng = county.streams.of("sending", file.feed, file.file, "order")
    shuffled = rng.permutation(len(file))[rows]
    number = next(iter(people.values()))[rows] if people else shuffled
    return rows[np.lexsort((shuffled, number, file.known[rows]))]


def _written(column: Column, rows: Rows, county: County) -> pa.Array:
    """Write a column of neither persons nor addresses."""
    values = column.values[rows]
    match column.kind:
        case "day":
            return dates(values)
        case "minute":
            return pa.array(values * 60, type=pa.timestamp("s"), mask=values < 0)
        case "yes_no":
            return _words(_YES_NO, values.astype(np.int32))
        case "word":
            return _words(pa.array(column.words, pa.string()), values)
        case "number":
            return _number(values)
        case "id":
            text = pc.cast(pa.array(values, mask=values < 0), pa.string())
            return pc.binary_join_element_wise(column.prefix, text, "")
        case "postcode":
            return take(county.world.postcodes.text, values)
        case _:
            kind = column.kind
            raise ValueError(f"column {column.name} is of kind {kind!r}; see records.Column.kind")


def _address(address: Index, told: npt.NDArray[np.bool_], world: World) -> dict[str, pa.Array]:
    """Write addresses as the contracts' four columns; the property number only where told."""
    uprn = world.addresses.uprn[np.maximum(address, 0)]
    return {
        "address": address_lines(world, address),
        "town": town_of(world, address),
        "postcode": take(world.postcodes.text, postcode_of(world, address)),
        "uprn": pa.array(uprn, mask=(address < 0) | ~told),
    }


def _words(words: pa.StringArray, places: npt.NDArray[np.integer]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places, mask=places < 0), words)


def _number(values: npt.NDArray[np.number]) -> pa.Array:
    """Write whole numbers without a point, others to two places; NaN as blank."""
    if not np.issubdtype(values.dtype, np.floating):
        return pa.array(values)
    blank = np.isnan(values)
    filled = np.where(blank, 0, values).astype(np.float64)
    if (filled == np.rint(filled)).all():
        return pa.array(filled.astype(np.int64), mask=blank)
    return pa.array(np.round(filled, 2), mask=blank)


def _write(table: pa.Table, path: Path) -> None:
    pa.csv.write_csv(table, path, _QUOTES)
