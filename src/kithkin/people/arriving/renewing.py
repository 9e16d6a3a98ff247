"""Records made comparable when few of them are new: exactly as if all had been done anew.

What a record says is compared with what it said in the run before, row by row. A record that
says the same is as it was, unless one of its numbers or addresses came on to too many records, or
no longer is: only one that shares something with a new record can be such. So new records and
those that share something with them are made comparable again, among all that share something
with these: there every limit is counted in full. What a source or a whole county decides
together (days over-used, names that others bear) is counted over all records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.people.arriving.index import (
    Hashes,
    KeyFile,
    MatchingIndex,
    Rids,
    Truths,
    key_file,
    key_file_of,
    mapped,
    write_arrow,
)
from kithkin.people.arriving.moves import Moves, sharing
from kithkin.people.cleaning import ComparableTable, comparable_records
from kithkin.people.cleaning.births import rough_births
from kithkin.people.cleaning.comparable import borne_names, latest_records
from kithkin.people.cleaning.places import address_keys
from kithkin.people.identity import WRITTEN
from kithkin.people.rules import LinkageRules, name_rules, place_rules

ROW_FILE, TIE_FILE, ADDRESS_FILE = "rows.arrow", "ties.arrow", "addresses.arrow"
ADDRESSES = pa.schema(
    [("address_id", pa.string()), ("digest", pa.uint64()), ("ties", pa.list_(pa.uint64()))]
)
CLEANED = b"cleaned"  # what the rows' schema says of the rules and the code that read them
MOST = 0.5  # share of all records above which doing all anew is no slower


@dataclass(frozen=True)
class Survey:
    """What records say, in short.

    Parameters
    ----------
    digests : by rid, a hash of all that makes the record comparable.
    written : by rid, a hash of all that it says of a person.
    ties : hashes of what two records may share and too many must not: a number, an address by
        any of its keys; two with one number have one tie, and seldom two without.
    addresses : what each address's rows say, as a hash, and its ties.

    """

    digests: Hashes
    written: Hashes
    ties: KeyFile
    addresses: pa.Table

    @property
    def stamp(self) -> bytes:
        """Give a hash by which a run is told from every other."""
        told = self.digests.tobytes() + self.written.tobytes()
        return hashlib.sha256(told).hexdigest().encode()


def written_records(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """Give the latest row of each record, with `written`: a hash of all that describes a person."""
    return latest_records(con, f"hash({', '.join(WRITTEN)}) AS written")


def survey(con: duckdb.DuckDBPyConnection, records: pa.Table, rules: LinkageRules) -> Survey:
    """Look at the source tables on `con`, of which `written_records` gave `records`."""
    with _addresses_tied(con, ADDRESSES.empty_table()) as addresses:
        digests, ties = _digests(con, records), _ties(con, records, rules)
    return Survey(digests, _written(records), key_file_of(ties), addresses)


def _survey_anew(
    con: duckdb.DuckDBPyConnection,
    records: pa.Table,
    rules: LinkageRules,
    before: Survey,
    index: MatchingIndex,
) -> tuple[Survey, Rids]:
    """Look again where something changed; give which rid of before says the same, -1 for none."""
    with _addresses_tied(con, before.addresses) as addresses:
        digests = _digests(con, records)
        came_from = _came_from(con, index, before, records, digests)
        moves = Moves.of(came_from, len(before.digests))
        ties = _ties(con, records.filter(pa.array(moves.fresh)), rules)
    now = Survey(digests, _written(records), moves.keys(before.ties, ties), addresses)
    return now, came_from


def _written(records: pa.Table) -> Hashes:
    told: Hashes = records.column("written").to_numpy()
    return told


@contextmanager
def _addresses_tied(con: duckdb.DuckDBPyConnection, before: pa.Table) -> Iterator[pa.Table]:
    """Have table `people_tied` for a while; addresses that say the same as `before` are not read."""
    _make_ties(con, before)
    try:
        told = con.sql("SELECT address_id, digest, ties FROM people_tied ORDER BY address_id")
        yield told.to_arrow_table().cast(ADDRESSES)
    finally:
        con.execute("DROP TABLE people_tied")


def _digests(con: duckdb.DuckDBPyConnection, records: pa.Table) -> Hashes:
    con.register("people_record", records.drop_columns(["written"]))
    told: Hashes = con.sql(_digest_sql(con)).to_arrow_table().column("digest").to_numpy()
    con.unregister("people_record")
    return told


def _ties(con: duckdb.DuckDBPyConnection, records: pa.Table, rules: LinkageRules) -> pa.Table:
    """Give `key` and `rid` of every tie of some records, in order."""
    con.register("people_record", records.select(["rid", "source", "record_id"]))
    found = con.sql(_tie_sql(rules)).to_arrow_table()
    con.unregister("people_record")
    return found


def _make_ties(con: duckdb.DuckDBPyConnection, before: pa.Table) -> None:
    """Make table `people_tied`: address_id, digest and ties of every address."""
    con.register("people_tied_before", before)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE people_tied AS
        WITH now AS (
            SELECT address_id, hash(sum(hash(uprn, line, town, postcode))) AS digest
            FROM (SELECT DISTINCT address_id, uprn, line, town, postcode FROM address)
            GROUP BY address_id
        )
        SELECT address_id, digest, ties
        FROM now LEFT JOIN people_tied_before USING (address_id, digest)
    """)
    con.unregister("people_tied_before")
    new = con.sql("""
        SELECT * FROM address WHERE address_id IN (
            SELECT address_id FROM people_tied WHERE ties IS NULL)
    """).to_arrow_table()
    with duckdb.connect() as apart:
        apart.register("address", new)
        con.register("people_new_tie", address_keys(apart, place_rules()))
    con.execute("""
        UPDATE people_tied SET ties = told.ties FROM (
            SELECT address_id, list_sort(list(DISTINCT hash(key))) AS ties
            FROM people_new_tie GROUP BY address_id
        ) told WHERE people_tied.address_id = told.address_id
    """)
    con.unregister("people_new_tie")


def _digest_sql(con: duckdb.DuckDBPyConnection) -> str:
    told = [name for name in con.sql("FROM people_record LIMIT 0").columns if name != "rid"]
    known = con.sql("FROM identifier LIMIT 0").columns
    current = "superseded_at IS NULL" if "superseded_at" in known else "true"
    return f"""
        WITH number AS (
            SELECT hash(source, record_id) AS key, sum(hash(scheme, value, "check", {current})) AS numbers
            FROM identifier GROUP BY key
        ), place AS (
            SELECT hash(source, record_id) AS key, sum(hash(address_id, digest)) AS places
            FROM residence JOIN people_tied USING (address_id) GROUP BY key
        )
        SELECT hash({", ".join(told)}, numbers, places) AS digest
        FROM people_record LEFT JOIN number ON number.key = hash(source, record_id)
        LEFT JOIN place ON place.key = hash(source, record_id) ORDER BY rid
    """


def _tie_sql(rules: LinkageRules) -> str:
    """Give the SQL of (tie, rid); numbers that cleaning takes for one have one tie.

    A telephone's last eight figures are the same in every form that it is written in.
    """
    home = ", ".join(f"'{one}'" for one in rules.identifiers.shared_at_home)
    return f"""
        SELECT DISTINCT tie AS key, rid FROM (
            SELECT rid, hash('number', CASE
                WHEN scheme = 'phone'
                    THEN right(regexp_replace(replace(value, '(0)', ''), '[^0-9]', '', 'g'), 8)
                WHEN scheme IN ({home}) THEN replace(lower(trim(value)), 'mailto:', '')
                ELSE upper(regexp_replace(value, '[^0-9A-Za-z]', '', 'g')) END) AS tie
            FROM identifier JOIN people_record USING (source, record_id) WHERE value IS NOT NULL
            UNION ALL
            SELECT rid, unnest(ties) AS tie FROM residence
            JOIN people_record USING (source, record_id) JOIN people_tied USING (address_id)
        ) WHERE tie IS NOT NULL ORDER BY ALL
    """


def write_survey(folder: Path, told: Survey, rules: LinkageRules) -> None:
    """Write a run's survey beside its matching index, for the next batch to go on from."""
    rows = pa.table({"digest": told.digests, "written": told.written})
    write_arrow(folder / ROW_FILE, rows.replace_schema_metadata({CLEANED: _cleaned_by(rules)}))
    write_arrow(folder / TIE_FILE, pa.table({"key": told.ties.hashes, "rid": told.ties.rids}))
    write_arrow(folder / ADDRESS_FILE, told.addresses)


def read_survey(folder: Path, rules: LinkageRules) -> Survey | None:
    """Read a survey; none when records were read by other rules, or by another Kithkin."""
    rows = pa.Table.from_batches(mapped(folder / ROW_FILE))
    if (rows.schema.metadata or {}).get(CLEANED) != _cleaned_by(rules):
        return None
    addresses = pa.Table.from_batches(mapped(folder / ADDRESS_FILE))
    digests, written = (rows.column(name).to_numpy() for name in ("digest", "written"))
    return Survey(digests, written, key_file(folder / TIE_FILE), addresses)


def _cleaned_by(rules: LinkageRules) -> bytes:
    """Hash all that decides how a record is read: the rules, the words and the code."""
    digest = hashlib.sha256(rules.hash.encode())
    digest.update(repr((duckdb.__version__, pa.__version__)).encode())
    for room, ending in (("kithkin.people", ".toml"), ("kithkin.people.cleaning", ".py")):
        for file in sorted(files(room).iterdir(), key=lambda file: file.name):
            if file.name.endswith(ending):
                digest.update(file.read_bytes())
    return digest.hexdigest().encode()


@dataclass(frozen=True)
class Renewed:
    """All records of now made comparable, their survey, and which are as before, if that is known.

    Of a record as before, no number, address or other row that makes it comparable has changed.
    `rewritten` says of which records something that describes a person may have changed, `stamp`
    is of the run before.
    """

    records: ComparableTable
    survey: Survey
    moves: Moves | None = None
    rewritten: Truths | None = None
    stamp: bytes = b""


def renewed_records(con: duckdb.DuckDBPyConnection, folder: Path, rules: LinkageRules) -> Renewed:
    """Give what `comparable_records` gives, from the run before and what is new.

    `folder` is where `write_index` and `write_survey` wrote the run before.
    """
    records = written_records(con)
    before = read_survey(folder, rules)
    if before is None:
        return Renewed(comparable_records(con, rules), survey(con, records, rules))
    index = MatchingIndex(folder)
    now, came_from = _survey_anew(con, records, rules, before, index)
    changed = came_from < 0
    size = len(records)
    near = changed | sharing(now.ties, _ties_of_changed(before, now, came_from), size)
    world = near | sharing(now.ties, np.unique(now.ties.hashes[near[now.ties.rids]]), size)
    if np.count_nonzero(world) > MOST * size:
        return Renewed(comparable_records(con, rules), now)
    anew = _anew(con, records, world, rules).data.filter(pa.array(near[world]))
    kept, told = _together(index, came_from, near, anew)
    rewritten = changed | (np.append(before.written, np.uint64(0))[came_from] != now.written)
    moves = Moves.of(np.where(told, -1, came_from), len(index))
    return Renewed(kept, now, moves, rewritten, before.stamp)


def _came_from(
    con: duckdb.DuckDBPyConnection,
    index: MatchingIndex,
    before: Survey,
    records: pa.Table,
    digests: Hashes,
) -> Rids:
    """Give the rid of before of each record of now that says the same; -1 of every other."""
    old = pa.Table.from_batches(index.batches).select(["rid", "source", "record_id"])
    new = records.select(["rid", "source", "record_id"])
    con.register("people_old", old.append_column("digest", pa.array(before.digests)))
    con.register("people_new", new.append_column("digest", pa.array(digests)))
    found = con.sql("""
        SELECT o.rid AS old, n.rid AS new
        FROM people_old o JOIN people_new n USING (source, record_id, digest)
    """).to_arrow_table()
    con.unregister("people_old")
    con.unregister("people_new")
    came_from = np.full(len(records), -1, np.int32)
    came_from[found.column("new").to_numpy()] = found.column("old").to_numpy()
    return came_from


def _ties_of_changed(before: Survey, now: Survey, came_from: Rids) -> Hashes:
    """Give the ties that records have who changed, and that they had or who are gone had."""
    gone = np.ones(len(before.digests), np.bool_)
    gone[came_from[came_from >= 0]] = False
    theirs = now.ties.hashes[(came_from < 0)[now.ties.rids]]
    found: Hashes = np.unique(np.concatenate([theirs, before.ties.hashes[gone[before.ties.rids]]]))
    return found


def _anew(
    con: duckdb.DuckDBPyConnection, records: pa.Table, chosen: Truths, rules: LinkageRules
) -> ComparableTable:
    """Make some records comparable as if there were no others."""
    keys = records.select(["source", "record_id"]).filter(pa.array(chosen))
    con.register("people_chosen", keys)
    of_them = {
        name: con.sql(f"FROM {name} SEMI JOIN people_chosen USING (source, record_id)")
        for name in ("person_record", "identifier", "residence")
    }
    lived = "SELECT address_id FROM residence SEMI JOIN people_chosen USING (source, record_id)"
    of_them["address"] = con.sql(f"FROM address WHERE address_id IN ({lived})")
    tables = {name: found.to_arrow_table() for name, found in of_them.items()}
    con.unregister("people_chosen")
    with duckdb.connect() as apart:
        for name, table in tables.items():
            apart.register(name, table)
        return comparable_records(apart, rules)


def _together(
    index: MatchingIndex, came_from: Rids, near: Truths, anew: pa.Table
) -> tuple[ComparableTable, Truths]:
    """Put records as they were and those made anew in order; count what all decide together.

    Given as well: which records are not as they were.
    """
    before = pa.Table.from_batches(index.batches).select(ComparableTable.schema().names)
    places = came_from.astype(np.int64)
    places[near] = len(before) + np.arange(len(anew))
    table = pa.concat_tables([before, anew]).take(pa.array(places)).combine_chunks()
    columns = {name: table.column(name) for name in table.column_names}
    columns["rid"] = pa.array(np.arange(len(table)), pa.int32())
    columns["birth_rough"] = rough_births(
        columns["source"], columns["date_of_birth"], name_rules().dates
    )
    columns["forename_borne"] = borne_names(
        columns["forename"], columns["forename_known"], name_rules().words.borne_by
    )
    told = near.copy()
    for name in ("birth_rough", "forename_borne"):
        told |= _truths(columns[name]) != _truths(table.column(name))
    arrays = [columns[field.name] for field in ComparableTable.schema()]
    whole = pa.Table.from_arrays(arrays, schema=ComparableTable.schema())
    return ComparableTable(whole), told


def _truths(column: pa.Array | pa.ChunkedArray) -> Rids:
    """Give a column of truths as whole numbers, what is not told as -1."""
    return np.asarray(pc.fill_null(column.cast(pa.int32()), -1).to_numpy(), np.int32)
