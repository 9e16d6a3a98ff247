"""Where the records of the run before stand among those of now, and which of now are new."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from kithkin.people.arriving.index import Hashes, KeyFile, Rids, Truths, mapped, write_arrow


@dataclass(frozen=True)
class Moves:
    """Where each record of before is now, and which of now are not as before.

    Both runs have their records in (source, record_id) order, so records that stay keep theirs.
    """

    now: Rids  # by rid of before; -1 when it is gone or changed
    fresh: Truths  # by rid of now: new or changed

    @classmethod
    def of(cls, came_from: Rids, before: int) -> Moves:
        """Make it of the rid of before of each record of now, -1 of a fresh one."""
        fresh = came_from < 0
        now = np.full(before, -1, np.int32)
        now[came_from[~fresh]] = np.flatnonzero(~fresh)
        return cls(now, fresh)

    def keys(self, before: KeyFile, added: pa.Table) -> KeyFile:
        """Give all keys of now: of records as before, with those `added`, of fresh ones, between."""
        now = self.now[before.rids]
        stays = now >= 0
        hashes, rids = before.hashes[stays], now[stays]
        new_hashes, new_rids = (added.column(name).to_numpy() for name in ("key", "rid"))
        at = np.searchsorted(hashes, new_hashes)
        return KeyFile(np.insert(hashes, at, new_hashes), np.insert(rids, at, new_rids))

    def keys_gone(self, before: KeyFile) -> Hashes:
        """Give the keys that records had who are gone or changed."""
        found: Hashes = np.unique(before.hashes[self.now[before.rids] < 0])
        return found


def moved(table: pa.Table, ends: Sequence[str], now: Rids) -> pa.Table:
    """Give the rows whose records are all among those of now; `ends`, columns of rids, by theirs."""
    stays = np.ones(table.num_rows, np.bool_)
    for name in ends:
        rids = now[table.column(name).to_numpy()]
        stays &= rids >= 0
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), pa.array(rids, pa.int32()))
    return table.filter(pa.array(stays))


def with_all(table: pa.Table, ends: Sequence[str], chosen: Truths) -> Truths:
    """Say of which rows all records are among the chosen."""
    found = np.ones(table.num_rows, np.bool_)
    for name in ends:
        found &= chosen[table.column(name).to_numpy()]
    return found


def in_order(table: pa.Table, *columns: str) -> pa.Table:
    """Put rows in the order of columns of numbers; rows alike stay as they are."""
    order = np.lexsort([table.column(name).to_numpy() for name in reversed(columns)])
    return table.take(pa.array(order)).combine_chunks()


def sharing(keys: KeyFile, asked: Hashes, size: int) -> Truths:
    """Say which of `size` records have one of some keys."""
    start, end = keys.holders(asked)
    steps = np.zeros(len(keys.rids) + 1, np.int64)
    np.add.at(steps, start, 1)
    np.add.at(steps, end, -1)
    held = np.zeros(size, np.bool_)
    held[keys.rids[np.cumsum(steps[:-1]) > 0]] = True
    return held


def keys_held(keys: KeyFile, records: Truths) -> Hashes:
    """Give the keys that some records have."""
    found: Hashes = np.unique(keys.hashes[records[keys.rids]])
    return found


def crowded(keys: KeyFile, most: int) -> int:
    """Count the keys that more than `most` records share."""
    if not len(keys.hashes):
        return 0
    ends = np.flatnonzero(np.append(keys.hashes[1:] != keys.hashes[:-1], True))
    return int(np.count_nonzero(np.diff(ends, prepend=-1) > most))


MADE = b"made"  # what a kept table's schema says of all that decided it, and of which run it is


@dataclass(frozen=True)
class KeptRun:
    """The tables that a folder keeps of one run; `stamp` tells it from every other run.

    What another run left in the folder, or what other rules or code made, is not read.
    """

    folder: Path
    stamp: bytes

    def write(self, name: str, table: pa.Table, made: bytes) -> None:
        """Keep a table for the next batch; `made` says by which rules and code it was made."""
        marked = table.replace_schema_metadata({MADE: made + self.stamp})
        write_arrow(self.folder / f"{name}.arrow", marked)

    def read(self, names: Iterable[str], made: bytes) -> dict[str, pa.Table] | None:
        """Give tables kept; none when one is not there, or was made by other rules or code."""
        found = {}
        for name in names:
            path = self.folder / f"{name}.arrow"
            if not path.exists():
                return None
            table = pa.Table.from_batches(mapped(path))
            if (table.schema.metadata or {}).get(MADE) != made + self.stamp:
                return None
            found[name] = table.replace_schema_metadata(None)
        return found


def code_hash(*told: str, rooms: tuple[str, ...]) -> bytes:
    """Hash what decides a table: what is told, the versions of engines, and the code of rooms."""
    digest = hashlib.sha256(repr((told, duckdb.__version__, pa.__version__)).encode())
    for room in rooms:
        for file in sorted(files(room).iterdir(), key=lambda file: file.name):
            if file.name.endswith(".py"):
                digest.update(file.read_bytes())
    return digest.hexdigest().encode()
