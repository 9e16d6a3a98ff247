"""What an agency holds and sends: its files, its register of people, and one delivery of them.

A file of a plain contract (`kithkin/feeds/plain`) is one `AgencyFile` whose columns have the
contract's names. Persons, addresses and days are still numbers; `sending` turns them into the
agency's own numbers, words and layouts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kithkin.simulation.calendar import Days

Kind = Literal["person", "day", "minute", "yes_no", "word", "number", "id", "address", "postcode"]


@dataclass(frozen=True)
class Column:
    """One column of an agency's file.

    `kind` says how `values` are written:

    person: positions in `World.people`, NOBODY for blank; written as the agency's own number.
    day: day numbers, NEVER for blank. minute: int64 minutes from 1 January 1970, -1 for blank.
    yes_no: booleans, as Y and N. word: positions (int) in `words`, -1 for blank.
    number: numbers, NaN for blank. id: int64, written as `prefix` and the number, -1 for blank.
    address: positions in `World.addresses`, -1 for blank, written as the contract's columns
    address, town, postcode and uprn. postcode: positions in `World.postcodes`, written as postcode.
    """

    name: str
    kind: Kind
    values: npt.NDArray[Any]
    words: tuple[str, ...] | pa.StringArray = ()
    prefix: str = ""
    changed: tuple[Days, npt.NDArray[Any]] | None = None
    """Where values came later than their rows: the day of each, and what stood there before."""


@dataclass(frozen=True)
class AgencyFile:
    """One file of one agency, all of its rows in order of `known`."""

    feed: str
    """Name of the contract, such as `police`."""
    file: str
    """Name of the file in the contract, such as `occurrence`."""
    columns: tuple[Column, ...]
    known: Days
    """Shape (rows,): the day on which the row was in the agency's system."""

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.known)

    def column(self, name: str) -> Column:
        """Give a column by name; `KeyError` when there is none."""
        found = {column.name: column for column in self.columns}
        return found[name]

    def people(self) -> npt.NDArray[np.int32]:
        """Give every person in the file, once each, in order."""
        parts = [c.values[c.values >= 0] for c in self.columns if c.kind == "person"]
        return np.unique(np.concatenate(parts)).astype(np.int32) if parts else np.empty(0, np.int32)


@dataclass(frozen=True)
class Register:
    """The people whom one agency knows, as it has them on record, mistakes included.

    A row an entry. A person may have several entries (duplicates), and an entry's number may stand
    for several persons (records merged by mistake).
    """

    feed: str
    person: npt.NDArray[np.int32]
    """Shape (entries,): position in `World.people`, in ascending order."""
    number: npt.NDArray[np.int64]
    """Shape (entries,): the agency's own number."""
    known: Days
    """Shape (entries,): the day on which the agency first had a record of the person."""
    entries: pa.Table
    """Row by row what is on record: forename, middle_names, surname, former_surname, known_as
    (text or null), date_of_birth and date_of_death (date32), sex (M, F or U), ethnicity (code of
    `ethnicity_20` or null), nhs_number, upn, former_upn, national_insurance_number, pnc_id,
    address, town, postcode (text), uprn (text), address_from, address_to (date32); further
    expected_date_of_birth (date32) of a child unborn at the extract, and protected (Y or null)
    where the person lives in a refuge."""
    replaces: npt.NDArray[np.bool_] | None = None
    """Shape (entries,): the entry took the place of the person's earlier ones on the day it became
    known (a split record); None when no entry did."""


@dataclass(frozen=True)
class Delivery:
    """One feed of the manifest `feeds.toml`: what was written, and how it is to be read."""

    name: str
    agency: str
    """Code of the policy's agency."""
    contract: str
    files: tuple[str, ...]
    """Patterns relative to the manifest's folder, with forward slashes."""
    extracted_on: date
    gateway: str
    """Code of the policy's gateway."""
    options: dict[str, str] = field(default_factory=dict)
    full_extract: bool = False
    """All that the agency has, so that what it lacks has been deleted."""
    recorded_lag_days: int = 0
    """Days from a fact to its record, for rows that do not say."""
