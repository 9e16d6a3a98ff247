"""The school census as authorities receive it: a CSV file for each module of each term.

`write_school_census` writes the modules of `agencies.education`. The pupils' rows also say who the
pupils are, as the schools' register has it; the other modules join them on the pupil's number
and the school's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.model.dates import day_number
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile, Column, Delivery, Register
from kithkin.simulation.sending.addresses import postcode_of, take
from kithkin.simulation.sending.case_files.cells import as_text, days, flags, write_tables
from kithkin.simulation.sending.case_files.entries import entry_on
from kithkin.simulation.world import SCHOOL_PHASES, Index

FEED = "school_census"
GATEWAY = "education_act_2002"
LAYOUT = "%Y-%b-%d 00:00:00"
PUPILS = ("pupilonroll", "pupilnolongeronroll")
SPECIAL_REGISTERS = {"referral_unit": "pupil_referral_unit", "special": "special_school"}
WHO = {
    "dob": "date_of_birth",
    "surname": "surname",
    "forename": "forename",
    "middlenames": "middle_names",
    "preferredforename": "known_as",
    "formersurname": "former_surname",
    "upn": "upn",
    "formerupn": "former_upn",
    "sex": "sex",
    "ethnicity": "ethnicity",
}
"""Items of a pupil's row that say who the pupil is, and the register's field for each."""

Written = list[tuple[str, pa.Array]]


def write_school_census(
    folder: Path,
    county: County,
    files: Iterable[AgencyFile],
    register: Register,
    extracted: date,
) -> Delivery:
    """Write the modules that the authority had by a day into `folder`/school_census.

    Parameters
    ----------
    files : the modules as `agencies.education.education_files` gives them.
    register : the schools' own; everybody in the modules must be in it.

    """
    last = day_number(extracted)
    modules = ((f"{file.file}.csv", _module(file, county, register, last)) for file in files)
    sent = ((name, table) for name, table in modules if len(table))
    written = write_tables(folder / FEED, sent)
    options = {"schools": _registers(county)}
    return Delivery(
        FEED, "education", FEED, tuple(f"{FEED}/{name}" for name in written), extracted, GATEWAY,
        options,  # type: ignore[arg-type]
    )  # fmt: skip


def _registers(county: County) -> dict[str, str]:
    """Say which schools keep a register of a special kind, by URN."""
    schools = county.world.schools
    named = [SPECIAL_REGISTERS.get(SCHOOL_PHASES[phase]) for phase in schools.phase]
    return {str(urn): kind for urn, kind in zip(schools.urn, named, strict=True) if kind}


def _module(file: AgencyFile, county: County, register: Register, last: int) -> pa.Table:
    """Lay out a module in order of the pupils' numbers."""
    pupil = file.columns[0]
    rows = np.flatnonzero(file.known <= last).astype(np.int32)
    entry = entry_on(register, pupil.values[rows], file.known[rows])
    order = np.lexsort((_school(file)[rows], register.number[entry]))
    rows, entry = rows[order], entry[order]
    columns: Written = [(pupil.name, pa.array(register.number[entry]))]
    columns += _cells(file.columns[1], rows, county)
    if file.file.rpartition("_")[2] in PUPILS:
        columns += _identity(register, entry)
    for column in file.columns[2:]:
        columns += _cells(column, rows, county)
    return pa.table(dict(columns))


def _school(file: AgencyFile) -> Index:
    return file.column("NativeId").values.astype(np.int32)


def _identity(register: Register, entry: Index) -> Written:
    """Give who the pupils are, as the register has it."""
    at = pa.array(entry)
    found: Written = []
    for item, field in WHO.items():
        cells = register.entries.column(field).combine_chunks().take(at)
        found.append((item, as_text(cells, LAYOUT) if pa.types.is_date(cells.type) else cells))
    return found


def _cells(column: Column, rows: Index, county: County) -> Written:
    """Write one column of a module; an address becomes the census's two items."""
    values = column.values[rows]
    match column.kind:
        case "day":
            return [(column.name, as_text(days(values), LAYOUT))]
        case "yes_no":
            return [(column.name, flags(values, "True", "False"))]
        case "word":
            words = pa.array(column.words, pa.string())
            return [(column.name, words.take(pa.array(values, mask=values < 0)))]
        case "number":
            return [(column.name, _sessions(values))]
        case "id":
            return [(column.name, pa.array(values, mask=values < 0))]
        case "address":
            world = county.world
            uprn = pa.array(world.addresses.uprn[np.maximum(values, 0)], mask=values < 0)
            postcode = take(world.postcodes.text, postcode_of(world, values))
            return [("uniquepropertyreferencenumber", uprn), ("postcode", postcode)]
        case _:
            raise ValueError(
                f"column {column.name} is of kind {column.kind!r}, which the school census does "
                "not have; give it another kind in agencies/education.py."
            )


def _sessions(values: Index) -> pa.Array:
    """Write whole numbers; NaN is blank."""
    blank = np.isnan(values)
    return pc.cast(pa.array(np.where(blank, 0, values), mask=blank), pa.int64(), safe=False)
