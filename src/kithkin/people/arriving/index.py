"""The matching index: every comparable record and its keys, laid out to be looked up.

Two kinds of Arrow files that are mapped into memory and not read: records in `rid` order, and
for each set of rules the hashes of all keys, sorted, each with its record. A look-up is a binary
search and touches a few pages of a file, however large it is (`bench.linkage.arrivals` times it).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from kithkin.model.tables import TEXT
from kithkin.people.arriving.settings import arriving_rules
from kithkin.people.cleaning.comparable import ComparableTable, latest_sql
from kithkin.people.pairs.blocking import Keys, key_sql
from kithkin.people.tables import PersonLinkTable

RECORD_FILE, KEY_FILE, MORE_KEY_FILE = "records.arrow", "keys.arrow", "more_keys.arrow"
BATCH = 1 << 20  # records of one Arrow batch: its texts stay below Arrow's 2 GB

Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]
Rids = np.ndarray[tuple[int], np.dtype[np.int32]]
Truths = np.ndarray[tuple[int], np.dtype[np.bool_]]

# What a list of candidates shows of a record, beside what it is compared by.
EXTRA = pa.schema(
    [
        ("person_id", TEXT),
        ("seal", TEXT),
        ("written_forename", TEXT),
        ("written_surname", TEXT),
    ]
)


class MatchingIndexError(ValueError):
    """A folder holds no matching index that can be used: says which, why and what to do."""


def write_index(
    folder: Path,
    con: duckdb.DuckDBPyConnection,
    records: ComparableTable,
    links: PersonLinkTable,
    keys: Keys,
) -> None:
    """Write the matching index of a run into an existing folder; the same run, the same bytes.

    Parameters
    ----------
    folder
        Where the three files go.
    con
        The connection with the source tables from which `records` were made.
    records, links
        The comparable records, and which person each is.
    keys
        The model's blocking keys.

    """
    write_arrow(folder / RECORD_FILE, _with_extra(con, records, links))
    write_arrow(folder / KEY_FILE, sorted_keys(con, records.data, keys))
    write_arrow(folder / MORE_KEY_FILE, sorted_keys(con, records.data, arriving_rules().keys))


def write_arrow(path: Path, table: pa.Table) -> None:
    """Write a table so that it can be mapped into memory."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks(), max_chunksize=BATCH)


def _with_extra(
    con: duckdb.DuckDBPyConnection, records: ComparableTable, links: PersonLinkTable
) -> pa.Table:
    con.register("people_comparable", records.data.select(["rid", "source", "record_id"]))
    con.register("people_link", links.data.select(["source", "record_id", "person_id"]))
    extra = con.sql(f"""
        WITH latest AS (
            SELECT source, record_id, coalesce(seal, 'S0') AS seal,
                   trim(coalesce(forename, preferred_name)) AS written_forename,
                   trim(surname) AS written_surname
            FROM ({latest_sql("seal", "forename", "preferred_name", "surname")})
        )
        SELECT person_id, seal, written_forename, written_surname
        FROM people_comparable LEFT JOIN people_link USING (source, record_id)
        LEFT JOIN latest USING (source, record_id) ORDER BY rid
    """).to_arrow_table()
    con.unregister("people_comparable")
    con.unregister("people_link")
    table = records.data
    for field in EXTRA:
        table = table.append_column(field, extra.column(field.name).cast(field.type))
    return table


def sorted_keys(con: duckdb.DuckDBPyConnection, records: pa.Table, keys: Keys) -> pa.Table:
    """Give every blocking key of every record as its hash with the `rid`, sorted by both.

    Two of ten million keys have one hash with odds of 1 in 370,000; they would then find each
    other's records, which are weighed like any.
    """
    con.register("people_keyed", records)
    try:
        return con.sql(f"""
            SELECT md5_number_lower(key) AS key, rid FROM ({key_sql(keys, "people_keyed", as_text=True)})
            ORDER BY ALL
        """).to_arrow_table()
    finally:
        con.unregister("people_keyed")


def keys_of(record: Mapping[str, Any], columns: tuple[str, ...]) -> list[str]:
    """Give one record's keys by one rule, as `pairs.blocking.key_sql` words them.

    Planning that SQL takes longer than a whole look-up (test_arriving: both give the same).
    """
    values = [record[name] for name in columns]
    lists = [at for at, value in enumerate(values) if isinstance(value, list)]
    if any(value is None for value in values):
        return []
    spread = values[lists[0]] if lists else [None]
    told = [_with(values, lists, one) for one in spread if one is not None or not lists]
    return sorted({"|".join(["+".join(columns), *map(_as_text, parts)]) for parts in told})


def _with(values: list[Any], lists: list[int], one: Any) -> list[Any]:
    return [one if at in lists else value for at, value in enumerate(values)]


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def key_hash(key: str) -> int:
    """Hash a key as `sorted_keys` does: DuckDB's `md5_number_lower`."""
    digest = hashlib.md5(key.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little")


@dataclass(frozen=True)
class KeyFile:
    """Keys that can be looked up: hashes in order, each with the record that has it."""

    hashes: Hashes
    rids: Rids

    def holders(self, hashes: Hashes) -> tuple[Rids, Rids]:
        """Give where the holders of each key begin and end in `rids`."""
        start = np.searchsorted(self.hashes, hashes, "left").astype(np.int32)
        end = np.searchsorted(self.hashes, hashes, "right").astype(np.int32)
        return start, end


class MatchingIndex:
    """A matching index, mapped into memory; many may have it open at once, nobody writes it.

    Raises `MatchingIndexError` when the folder holds none that fits this version of the code.
    """

    def __init__(self, folder: Path) -> None:
        self.batches = mapped(folder / RECORD_FILE)
        wanted = [*ComparableTable.schema(), *EXTRA]
        if self.batches[0].schema != pa.schema(wanted):
            raise MatchingIndexError(
                f"{folder / RECORD_FILE}: the columns are those of another version of Kithkin. "
                "Run `kithkin run` again."
            )
        self.keys = key_file(folder / KEY_FILE)
        self.more_keys = key_file(folder / MORE_KEY_FILE)

    def __len__(self) -> int:
        return sum(batch.num_rows for batch in self.batches)

    def records(self, rids: Sequence[int] | Rids) -> pa.Table:
        """Give records by `rid`, in the order asked for."""
        wanted = np.asarray(rids, np.int32)
        order = np.argsort(wanted, kind="stable")
        batch_of = wanted[order] // BATCH
        taken = [
            self.batches[at].take(pa.array(wanted[order][batch_of == at] % BATCH))
            for at in np.unique(batch_of)
        ]
        back = np.empty(len(order), np.intp)
        back[order] = np.arange(len(order))
        return pa.Table.from_batches(taken, self.batches[0].schema).take(pa.array(back))

    def find(self, source: str, record_id: str) -> int | None:
        """Give the `rid` of a record by its key; none when the index has no such record."""
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self._key(middle) < (source, record_id):
                low = middle + 1
            else:
                high = middle
        return low if low < len(self) and self._key(low) == (source, record_id) else None

    def person(self, rid: int) -> str:
        """Give the person that a record is."""
        return str(self._cell(rid, "person_id"))

    def _key(self, rid: int) -> tuple[str, str]:
        return str(self._cell(rid, "source")), str(self._cell(rid, "record_id"))

    def _cell(self, rid: int, column: str) -> Any:
        return self.batches[rid // BATCH].column(column)[rid % BATCH].as_py()


def mapped(path: Path) -> list[pa.RecordBatch]:
    """Map a file that `write_arrow` wrote; `MatchingIndexError` when there is none."""
    try:
        reader = pa.ipc.open_file(pa.memory_map(str(path)))
    except (OSError, pa.ArrowInvalid) as error:
        raise MatchingIndexError(
            f"{path}: no matching index ({error}). Run `kithkin run` again."
        ) from error
    count = reader.num_record_batches
    batches = [reader.get_batch(at) for at in range(count)]
    return batches or [pa.RecordBatch.from_pylist([], schema=reader.schema)]


def key_file(path: Path) -> KeyFile:
    """Map a file of keys."""
    return key_file_of(pa.Table.from_batches(mapped(path)))


def key_file_of(table: pa.Table) -> KeyFile:
    """Give sorted keys, columns `key` and `rid`, to be looked up."""
    hashes, rids = (table.column(name).to_numpy() for name in ("key", "rid"))
    return KeyFile(hashes, rids)
