"""The register of persons: which records an id named in each version, and where an id leads now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kithkin.people.tables import PersonIndexTable, PersonLineageTable

Row = dict[str, Any]
Key = tuple[str, str]  # source, record_id


class RegisterError(ValueError):
    """A saved register cannot be read: says which file, why, and what to do."""


@dataclass(frozen=True)
class PersonIndex:
    """Every id ever given, the records that it named, and what became of it.

    `index` has one row for each unbroken belonging of a record to a person, `lineage` one for
    each thing that happened to an id.
    """

    index: PersonIndexTable = field(default_factory=lambda: PersonIndexTable.from_rows([]))
    lineage: PersonLineageTable = field(default_factory=lambda: PersonLineageTable.from_rows([]))

    @classmethod
    def load(cls, folder: Path) -> PersonIndex:
        """Read `person_index.parquet` and `person_lineage.parquet`; `RegisterError` if unfit."""
        return cls(_read(folder, PersonIndexTable), _read(folder, PersonLineageTable))

    @property
    def version(self) -> int:
        """Give the number of the newest version; 0 when nobody was ever registered."""
        columns = [self.index.data.column(name) for name in ("since_version", "until_version")]
        columns.append(self.lineage.data.column("version"))
        return max(pc.max(column).as_py() or 0 for column in columns)

    @property
    def present(self) -> PersonIndexTable:
        """Give the belongings that hold in the newest version."""
        data = self.index.data
        return PersonIndexTable(data.filter(pc.is_null(data.column("until_version"))))

    def persons(self) -> dict[str, frozenset[Key]]:
        """Give the present persons with their records; for small registers and tests."""
        found: dict[str, set[Key]] = {}
        for row in self.present.data.to_pylist():
            found.setdefault(row["person_id"], set()).add((row["source"], row["record_id"]))
        return {person: frozenset(keys) for person, keys in found.items()}

    def knows(self, person_id: str) -> bool:
        """Say whether the id was ever given."""
        return bool(self._rows("person_id", [person_id]) or self._told(person_id))

    def forward(self, person_id: str) -> tuple[str, ...]:
        """Give the present persons to whom an id leads, in order.

        A present id leads to itself. Any other leads to whoever has the records that it named
        last; when no feed has these, to where the person went into whom it was merged. Nowhere
        when it was never given, or when all its people's records are gone.
        """
        return self._forward(person_id, frozenset())

    def _forward(self, person_id: str, seen: frozenset[str]) -> tuple[str, ...]:
        rows = self._rows("person_id", [person_id])
        if any(row["until_version"] is None for row in rows):
            return (person_id,)
        last = max((row["until_version"] for row in rows), default=0)
        keys = {_key(row) for row in rows if row["until_version"] == last}
        found = {
            row["person_id"]
            for row in self._rows("record_id", sorted({record for _, record in keys}))
            if row["until_version"] is None and _key(row) in keys
        }
        if found:
            return tuple(sorted(found))
        merged = [
            row
            for row in self._told(person_id)
            if row["change"] == "merged" and row["person_id"] == person_id
        ]
        if not merged or person_id in seen:
            return ()
        return self._forward(merged[-1]["other_person_id"], seen | {person_id})

    def history(self, person_id: str) -> tuple[Row, ...]:
        """Give what happened to an id, oldest first: rows of the lineage that name it."""
        return tuple(self._told(person_id))

    def belongings(self, person_id: str) -> tuple[Row, ...]:
        """Give the records that an id names or named, and since and until when."""
        return tuple(self._rows("person_id", [person_id]))

    def as_of(self, version: int) -> date | None:
        """Give the as-of date of a version."""
        data = self.index.data
        for number, day in (("since_version", "since"), ("until_version", "until")):
            rows = data.filter(pc.equal(data.column(number), version))
            if rows.num_rows:
                return rows.column(day)[0].as_py()
        return None

    def _rows(self, column: str, values: list[str]) -> list[Row]:
        data = self.index.data
        chosen = pc.is_in(data.column(column), value_set=pa.array(values, pa.string()))
        return list(data.filter(chosen).to_pylist())

    def _told(self, person_id: str) -> list[Row]:
        data = self.lineage.data
        own, other = (
            pc.equal(data.column(name), person_id) for name in ("person_id", "other_person_id")
        )
        return list(data.filter(pc.or_kleene(own, other)).to_pylist())


def _key(row: Row) -> Key:
    return row["source"], row["record_id"]


def _read(folder: Path, kind: Any) -> Any:
    path = folder / f"{kind.name}.parquet"
    try:
        return kind(pq.read_table(path))
    except (OSError, ValueError) as error:
        raise RegisterError(
            f"{path.name}: no usable register of persons ({error}). "
            "Verify the release that holds it, and go on from one that is whole."
        ) from error
