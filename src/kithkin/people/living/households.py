"""Who lives together: people at one home at overlapping times."""

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.people.identity import PART, unlike_ids_of
from kithkin.people.living.places import described, drop_places, place_table
from kithkin.people.living.stays import (
    ALWAYS,
    NEVER,
    NOWHERE,
    Flags,
    Ints,
    Stays,
    find_stays,
    islands,
)
from kithkin.people.rules import linkage_rules
from kithkin.people.tables import HouseholdMemberTable, HouseholdTable, PersonLinkTable


@dataclass(frozen=True)
class Households:
    """The household tables, the stays behind them, and how many addresses were no household.

    `residences_left_out` counts residences that say nothing of who lives together: placements,
    refuges and other places that are no home by rule, and homes of people with a sealed record.
    """

    household: HouseholdTable
    member: HouseholdMemberTable
    stays: Stays
    left_out: int
    residences_left_out: int


def find_households(
    con: duckdb.DuckDBPyConnection, links: PersonLinkTable, *, most_people: int
) -> Households:
    """Group people who lived at one address at overlapping times.

    An address with more than `most_people` persons on one day (a hostel, a children's home, an
    office) is no household; nor is one that its wording gives away. People who follow each other
    at an address without overlap are different households.
    """
    living = linkage_rules().living
    place_table(con, living)
    stays = find_stays(con, links, living)
    places = described(con)
    drop_places(con)
    kept, left_out = _without_crowds(stays, most_people)
    begins = np.ones(len(kept.place), dtype=bool)
    begins[1:] = kept.place[1:] != kept.place[:-1]
    group = np.cumsum(islands(begins, kept.start, kept.end)) - 1
    return Households(*_tables(kept, group, places), kept, left_out, stays.left_out)


def _without_crowds(stays: Stays, most_people: int) -> tuple[Stays, int]:
    """Drop places that hold more people on their fullest day than a home does."""
    count = len(stays.place)
    place = np.concatenate([stays.place, stays.place])
    day = np.concatenate([stays.start, stays.end])
    change = np.repeat([1, -1], count)
    order = np.lexsort((change, day, place))  # on one day, leaving before arriving
    most = np.zeros(len(stays.places), dtype=np.int64)
    # Every arrival has its leaving, so the count is nought where a place begins.
    np.maximum.at(most, place[order], np.cumsum(change[order]))
    crowded = most > most_people
    rows = ~crowded[stays.place] if count else np.zeros(0, dtype=bool)
    lost = (stays.home != NOWHERE) & crowded[stays.home] if count else stays.home != NOWHERE
    kept = replace(
        stays,
        **{
            name: getattr(stays, name)[rows]
            for name in ("person", "place", "start", "end", "moved")
        },
        home=np.where(lost, NOWHERE, stays.home),
    )
    return kept, int(crowded.sum())


def _tables(
    stays: Stays, group: Ints, places: pa.Table
) -> tuple[HouseholdTable, HouseholdMemberTable]:
    first = np.flatnonzero(np.diff(group, prepend=-1))
    if not len(first):
        return HouseholdTable.from_rows([]), HouseholdMemberTable.from_rows([])
    start, end = stays.start[first], np.maximum.reduceat(stays.end, first)
    people = np.unique(group * (len(stays.people) + 1) + stays.person) // (len(stays.people) + 1)
    lowest = np.minimum.reduceat(stays.person, first)
    since = days(start, ALWAYS)
    where = stays.places.take(pa.array(stays.place[first]))
    parts = [where, stays.people.take(pa.array(lowest)), since.cast(pa.string()).fill_null("None")]
    ids = unlike_ids_of("H", pc.binary_join_element_wise(*parts, PART), pa.array([], pa.string()))
    order = pc.sort_indices(ids)
    told = places.take(pc.index_in(where, places.column("place").combine_chunks()).take(order))
    address = [told.column(name).combine_chunks() for name in _ADDRESS]
    household = [
        ids.take(order),
        *address,
        since.take(order),
        days(end, NEVER).take(order),
        pa.array(np.bincount(people)[order.to_numpy()].astype(np.int32)),
    ]
    table = pa.Table.from_arrays(household, schema=HouseholdTable.schema())
    key = np.empty(len(ids), np.int64)
    key[order.to_numpy()] = np.arange(len(ids))
    return HouseholdTable(table), _members(stays, ids, group, key)


_ADDRESS = ("address_id", "uprn", "line", "town", "postcode")


def _members(stays: Stays, ids: pa.StringArray, group: Ints, key: Ints) -> HouseholdMemberTable:
    """Give who lived in each household; `key` is its place in the order of ids."""
    order = np.lexsort((stays.end, stays.start, stays.person, key[group]))
    person, end = stays.person[order], stays.end[order]
    current = (stays.home[person] == stays.place[order]) & (end == NEVER)
    columns = [
        ids.take(pa.array(group[order])),
        stays.people.take(pa.array(person)),
        days(stays.start[order], ALWAYS),
        days(end, NEVER),
        _ended_by(stays.moved[order], end),
        pa.array(current),
        pa.array(stays.sure[person], pa.float64(), mask=~current),
    ]
    return HouseholdMemberTable(pa.Table.from_arrays(columns, schema=HouseholdMemberTable.schema()))


def _ended_by(moved: Flags, end: Ints) -> pa.Array:
    how = pa.array(moved.astype(np.int8), mask=end == NEVER)
    return pa.array(["recorded", "moved"]).take(how)


def days(numbers: Ints, unknown: int) -> pa.Array:
    """Give day numbers as dates, `unknown` as null."""
    return pa.array(numbers.astype(np.int32), mask=numbers == unknown).cast(pa.date32())
