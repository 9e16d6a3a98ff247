"""What persons' records say together, when few of them are new: as if all had been summed up anew.

A person is described by their own records alone. So who has exactly the records of before, under the
same id, and of whom none says anything else, is described as before; all others are summed up again.
How sure a person is, and the place among all, are told anew of everybody.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.people.arriving.index import MatchingIndex, Truths
from kithkin.people.arriving.moves import KeptRun, Moves, code_hash
from kithkin.people.cleaning import ComparableTable
from kithkin.people.identity import confident, person_table, positions
from kithkin.people.tables import PersonLinkTable, PersonTable

ROOMS = ("kithkin.people.identity", "kithkin.people.cleaning")
MOST = 0.3  # share of all records above which describing all anew is no slower


def write_persons(kept: KeptRun, persons: PersonTable) -> None:
    """Keep how persons are described, for the next batch."""
    kept.write(PersonTable.name, persons.data, code_hash(rooms=ROOMS))


def retell(
    con: duckdb.DuckDBPyConnection,
    kept: KeptRun,
    records: ComparableTable,
    links: PersonLinkTable,
    confidence: Mapping[str, float],
    moves: Moves,
    rewritten: Truths,
) -> PersonTable | None:
    """Give what `person_table` gives, from what is `kept`; none when no persons are.

    `rewritten` says of which records something that describes a person may have changed.
    """
    tables = kept.read((PersonTable.name,), code_hash(rooms=ROOMS))
    if tables is None:
        return None
    before = tables[PersonTable.name]
    persons, person = positions(links.data.column("person_id"))
    was = pc.index_in(persons, before.column("person_id").combine_chunks())
    as_many = np.append(before.column("records").to_numpy(), 0)[pc.fill_null(was, -1).to_numpy()]
    same = as_many == np.bincount(person, minlength=len(persons))
    same[person[rewritten | moves.fresh | _elsewhere(kept, links, moves)]] = False
    again = ~same[person]
    if np.count_nonzero(again) > MOST * len(again):
        return None
    anew = _told_apart(con, records, links, again).data
    place = np.where(same, pc.fill_null(was, 0).to_numpy(), len(before) + np.cumsum(~same) - 1)
    told = pa.concat_tables([before, anew]).take(pa.array(place)).combine_chunks()
    key = told.schema.get_field_index("person_key")
    keys = pa.array(np.arange(len(told)), pa.int32())
    return confident(told.set_column(key, told.schema.field(key), keys), confidence)


def _elsewhere(kept: KeptRun, links: PersonLinkTable, moves: Moves) -> Truths:
    """Mark the records that were not known before, or were another person's."""
    batches = MatchingIndex(kept.folder).batches
    before = pa.chunked_array([batch.column("person_id") for batch in batches], pa.string())
    stayed = moves.now >= 0
    elsewhere = np.ones(len(links), np.bool_)
    now = moves.now[stayed]
    had = before.filter(pa.array(stayed)).combine_chunks()
    has = links.data.column("person_id").combine_chunks().take(pa.array(now))
    elsewhere[now] = pc.not_equal(had, has).to_numpy(zero_copy_only=False)
    return elsewhere


def _told_apart(
    con: duckdb.DuckDBPyConnection, records: ComparableTable, links: PersonLinkTable, chosen: Truths
) -> PersonTable:
    """Sum up the persons of some records."""
    some, theirs = (table.data.filter(pa.array(chosen)) for table in (records, links))
    con.register("people_chosen", some.select(["source", "record_id"]))
    rows = con.sql("FROM person_record SEMI JOIN people_chosen USING (source, record_id)")
    written = rows.to_arrow_table()
    con.unregister("people_chosen")
    with duckdb.connect() as apart:
        apart.register("person_record", written)
        return person_table(apart, ComparableTable(some), PersonLinkTable(theirs), {})
