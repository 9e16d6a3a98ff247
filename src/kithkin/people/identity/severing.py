"""Taking out of a register what would lead from one person to another who must not be found.

Where a decision says that two records may never be joined (adoption, a protected identity), the
register must not say either that they once were. What was wrongly together is forgotten: each
person keeps what is their own, and no row leads across. No version is made of it, since a version
would tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kithkin.people.identity.assigning import WHY, Assigned, joined_keys
from kithkin.people.identity.register import PersonIndex
from kithkin.people.tables import PersonIndexTable, PersonLineageTable

Row = dict[str, Any]


def sever(assigned: Assigned, keys: pa.Table, never: Iterable[tuple[int, int]]) -> Assigned:
    """Forget every row of the register that leads from one side of a pair to the other.

    Parameters
    ----------
    assigned : what `assign` gave for the records of `keys`.
    never : pairs of records, by their place among `keys`, that may not be joined.

    """
    index = assigned.index
    for left, right in never:
        sides = [assigned.ids[place].as_py() for place in (left, right)]
        if sides[0] != sides[1]:
            index = _severed(index, keys, assigned.ids, sides)
    return Assigned(assigned.ids, index)


def _severed(index: PersonIndex, keys: pa.Table, ids: pa.Array, sides: list[str]) -> PersonIndex:
    side_of = _sides_of_records(keys, ids, sides)
    data = index.index.data
    ours = pc.is_in(joined_keys(data), value_set=pa.array(list(side_of), pa.string()))
    rows = [
        {**row, "at": at, "side": side_of[f"{row['source']}\x1f{row['record_id']}"]}
        for at, row in zip(
            pc.indices_nonzero(ours).to_pylist(), data.filter(ours).to_pylist(), strict=True
        )
    ]
    own = _side_of_ids(rows, sides)
    crossing = [row for row in rows if own[row["person_id"]] != row["side"]]
    lineage = _lineage(index.lineage, own)
    if not crossing and lineage is index.lineage:
        return index
    return PersonIndex(_index(index.index, crossing, rows), lineage)


def _sides_of_records(keys: pa.Table, ids: pa.Array, sides: list[str]) -> dict[str, str]:
    """Give the records of the two persons of now, each with its person."""
    chosen = pc.is_in(ids, value_set=pa.array(sides))
    names = joined_keys(keys.filter(chosen)).to_pylist()
    return dict(zip(names, ids.filter(chosen).to_pylist(), strict=True))


def _side_of_ids(rows: list[Row], sides: list[str]) -> dict[str, str]:
    """Say whose an id is, of all that ever named a record of either: the most recent, the most."""
    counted: dict[str, Counter[str]] = {}
    for row in sorted(rows, key=lambda row: (row["source"], row["record_id"])):
        counted.setdefault(row["person_id"], Counter())[row["side"]] += 1
    return {
        person: person if person in sides else max(count, key=lambda side: (count[side], side))
        for person, count in counted.items()
    }


def _lineage(lineage: PersonLineageTable, own: Mapping[str, str]) -> PersonLineageTable:
    """Drop what leads across; an id that began so begins like any other."""
    data = lineage.data
    ids = pa.array(list(own), pa.string())
    near = [pc.is_in(data.column(name), value_set=ids) for name in ("person_id", "other_person_id")]
    across = [
        at
        for at in pc.indices_nonzero(pc.and_(*near)).to_pylist()
        if own[data.column("person_id")[at].as_py()]
        != own[data.column("other_person_id")[at].as_py()]
    ]
    if not across:
        return lineage
    rows = data.to_pylist()
    return PersonLineageTable.from_rows(_told_apart(rows, set(across)))


def _told_apart(rows: list[Row], across: set[int]) -> list[Row]:
    left = [row for at, row in enumerate(rows) if at not in across]
    told = {(row["version"], row["person_id"]) for row in left}
    begun = {row["person_id"] for row in left if row["change"] == "created"}
    for row in (rows[at] for at in sorted(across)):
        person = row["person_id"]
        unsaid = person not in begun and (row["version"], person) not in told
        if row["change"] == "split" and unsaid:
            begun.add(person)
            left.append(
                {**row, "change": "created", "other_person_id": None, "why": WHY["created"]}
            )
    return sorted(left, key=_order)


def _order(row: Row) -> tuple[Any, ...]:
    return row["version"], row["change"], row["person_id"], row["other_person_id"] or ""


def _index(index: PersonIndexTable, crossing: list[Row], rows: list[Row]) -> PersonIndexTable:
    """Drop the belongings that lead across; what followed them begins like any other."""
    gone = {row["at"] for row in crossing}
    left = [row for row in rows if row["at"] not in gone]
    first: set[tuple[str, str]] = set()
    renamed = {}
    for row in left:  # in key order, and so each record's oldest first
        key = (row["source"], row["record_id"])
        if key not in first:
            first.add(key)
            renamed[row["at"]] = "new"
    data = index.data
    why = data.column("why").to_pylist()
    for at, reason in renamed.items():
        why[at] = reason
    column = data.schema.get_field_index("why")
    data = data.set_column(column, "why", pa.array(why, pa.string()))
    keep = [at for at in range(data.num_rows) if at not in gone]
    return PersonIndexTable(data.take(pa.array(keep, pa.int64())).combine_chunks())
