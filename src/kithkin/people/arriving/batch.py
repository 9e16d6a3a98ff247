"""The pairs of a run that adds a few records to many: exactly those that scoring all would give.

A pair's weight depends on its two records and on the model alone, and whether it is looked at on
its keys and on how many records share each. So a pair of which neither record, nor any key that
they share, has changed is taken from the run before; every other one is weighed anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from kithkin.people.arriving.index import (
    BATCH,
    Hashes,
    KeyFile,
    MatchingIndex,
    MatchingIndexError,
    Rids,
    Truths,
    sorted_keys,
)
from kithkin.people.arriving.moves import Moves, crowded
from kithkin.people.cleaning.comparable import ComparableTable
from kithkin.people.explaining import Weigher
from kithkin.people.pairs.model import LinkageModel
from kithkin.people.pairs.scoring import WEIGHT_DECIMALS, Scores
from kithkin.people.pairs.tables import ScoredPairTable
from kithkin.people.rules import LinkageRules

PAIR_FILE = "pairs.arrow"
CHUNK = 250_000  # pairs weighed at once: about 300 MB
MODEL = b"model"  # what the pairs' schema says of the model by which they were weighed


def write_pairs(folder: Path, pairs: ScoredPairTable, model: LinkageModel) -> None:
    """Write a run's scored pairs beside its matching index, for the next batch to go on from."""
    table = pairs.data.replace_schema_metadata({MODEL: model.hash.encode()})
    path = str(folder / PAIR_FILE)
    with pa.OSFile(path, "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks(), max_chunksize=BATCH)


def weighed_by(folder: Path) -> str | None:
    """Give the hash of the model by which a run's pairs were weighed; none without pairs."""
    path = folder / PAIR_FILE
    if not path.exists():
        return None
    told: bytes | None = (_pairs_file(path).schema.metadata or {}).get(MODEL)
    return told.decode() if told else None


def score_batch(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    records: ComparableTable,
    rules: LinkageRules,
    model: LinkageModel,
    moves: Moves | None = None,
) -> Scores:
    """Give what `score_pairs` gives for all `records`, from the run before and what is new.

    Parameters
    ----------
    con
        Any connection; nothing is left on it.
    folder
        Where `write_index` and `write_pairs` wrote the run before.
    records
        All records of now, made comparable together: new, changed, and those as before.
    rules, model
        Of the run before: the model frozen. `MatchingIndexError` when the pairs were weighed by
        another one.
    moves
        Which records are as they were before; found out when not given.

    """
    return rescore(con, folder, records, rules, model, moves).scores


@dataclass(frozen=True)
class Rescored:
    """The scores of now, and the records of which a pair is new, weighed anew or gone."""

    scores: Scores
    changed: Truths


def rescore(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    records: ComparableTable,
    rules: LinkageRules,
    model: LinkageModel,
    moves: Moves | None = None,
) -> Rescored:
    """Do as `score_batch`, and say whose pairs may be others than before."""
    index = MatchingIndex(folder)
    before = _pairs_before(folder, model)
    moves = moves or _compare(con, index, records)
    keys = _keys_now(con, index, records, moves, model)
    touched = moves.fresh | _held(keys, _passing_limit(index.keys, keys, moves, rules), records)
    kept = _kept(before, moves, touched)
    anew = _weigh(con, _candidates(keys, touched, rules), records, Weigher(rules, model))
    data = pa.concat_tables([kept, anew]).sort_by(
        [("left_rid", "ascending"), ("right_rid", "ascending")]
    )
    scores = Scores(ScoredPairTable(data.combine_chunks()), crowded(keys, rules.limits.block))
    return Rescored(scores, _parted(before, moves, touched))


def _pairs_before(folder: Path, model: LinkageModel) -> pa.Table:
    path = folder / PAIR_FILE
    table = _pairs_file(path)
    if (table.schema.metadata or {}).get(MODEL) != model.hash.encode():
        raise MatchingIndexError(
            f"{path}: the pairs were weighed by another model. Score all records instead."
        )
    return table.replace_schema_metadata(None)


def _pairs_file(path: Path) -> pa.Table:
    try:
        return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    except (OSError, pa.ArrowInvalid) as error:
        raise MatchingIndexError(
            f"{path}: no pairs of an earlier run ({error}). Score all records instead."
        ) from error


def _compare(
    con: duckdb.DuckDBPyConnection, index: MatchingIndex, records: ComparableTable
) -> Moves:
    told = [name for name in ComparableTable.columns if name not in ("rid", "source", "record_id")]
    same = " AND ".join(f"o.{name} IS NOT DISTINCT FROM n.{name}" for name in told)
    con.register("people_before", pa.Table.from_batches(index.batches))
    con.register("people_now", records.data)
    found = con.sql(f"""
        SELECT o.rid AS before, n.rid AS now
        FROM people_before o JOIN people_now n USING (source, record_id) WHERE {same}
    """).to_arrow_table()
    con.unregister("people_before")
    con.unregister("people_now")
    before, now = (found.column(name).to_numpy() for name in ("before", "now"))
    moved = np.full(len(index), -1, np.int32)
    moved[before] = now
    fresh = np.ones(len(records), np.bool_)
    fresh[now] = False
    return Moves(moved, fresh)


def _keys_now(
    con: duckdb.DuckDBPyConnection,
    index: MatchingIndex,
    records: ComparableTable,
    moves: Moves,
    model: LinkageModel,
) -> KeyFile:
    """Give all keys of now: those of records as before, with the keys of fresh ones put between."""
    fresh = records.data.take(pa.array(np.flatnonzero(moves.fresh)))
    return moves.keys(index.keys, sorted_keys(con, fresh, model.keys))


def _passing_limit(before: KeyFile, now: KeyFile, moves: Moves, rules: LinkageRules) -> Hashes:
    """Give the keys that too many shared and no longer do, or the other way round."""
    gone = before.hashes[moves.now[before.rids] < 0]
    came = now.hashes[moves.fresh[now.rids]]
    asked: Hashes = np.unique(np.concatenate([gone, came]))
    small = [_counts(file, asked) <= rules.limits.block for file in (before, now)]
    changed: Hashes = asked[small[0] != small[1]]
    return changed


def _counts(file: KeyFile, hashes: Hashes) -> Rids:
    start, end = file.holders(hashes)
    counts: Rids = end - start
    return counts


def _held(keys: KeyFile, asked: Hashes, records: ComparableTable) -> Truths:
    """Say which records have one of some keys."""
    held = np.zeros(len(records), np.bool_)
    for low, high in zip(*keys.holders(asked), strict=True):
        held[keys.rids[low:high]] = True
    return held


def _kept(before: pa.Table, moves: Moves, touched: Truths) -> pa.Table:
    """Give the pairs of before of which neither record is touched, by their rids of now.

    Both are in (source, record_id) order, so the smaller of a pair stays the smaller.
    """
    ends = [moves.now[before.column(name).to_numpy()] for name in ("left_rid", "right_rid")]
    padded = np.append(touched, True)  # -1, a record that is gone, is touched
    stays = pa.array(~(padded[ends[0]] | padded[ends[1]]))
    columns = [pa.array(one, pa.int32()) for one in ends]
    columns += [before.column(name) for name in before.column_names[2:]]
    return pa.table(columns, schema=ScoredPairTable.schema()).filter(stays)


def _parted(before: pa.Table, moves: Moves, touched: Truths) -> Truths:
    """Add to touched records those that a pair of before tied to one or to one that is gone."""
    padded = np.append(touched, True)  # -1, a record that is gone, is touched
    one, other = (moves.now[before.column(name).to_numpy()] for name in ("left_rid", "right_rid"))
    found = padded.copy()
    found[one[padded[other]]] = True
    found[other[padded[one]]] = True
    return found[:-1]


def _candidates(
    keys: KeyFile, touched: Truths, rules: LinkageRules
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Give the pairs with a touched record that share a key, each once: left and right rids."""
    entries = np.flatnonzero(touched[keys.rids])
    start, end = keys.holders(keys.hashes[entries])
    few = end - start <= rules.limits.block
    entries, start, size = entries[few], start[few], (end - start)[few].astype(np.int64)
    one = np.repeat(keys.rids[entries], size).astype(np.int64)
    # The places start, start + 1 ... end - 1 of every entry, one after another.
    place = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    other = keys.rids[np.repeat(start, size) + place].astype(np.int64)
    apart = one != other
    low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
    pairs = np.unique(low * len(touched) + high)
    return np.stack([pairs // max(len(touched), 1), pairs % max(len(touched), 1)])


def _weigh(
    con: duckdb.DuckDBPyConnection,
    pairs: np.ndarray[tuple[int, int], np.dtype[np.int64]],
    records: ComparableTable,
    weigher: Weigher,
) -> pa.Table:
    starts = range(0, pairs.shape[1], CHUNK)
    parts = [_weigh_some(con, pairs[:, at : at + CHUNK], records, weigher) for at in starts]
    return pa.concat_tables([ScoredPairTable.schema().empty_table(), *parts])


def _weigh_some(
    con: duckdb.DuckDBPyConnection,
    pairs: np.ndarray[tuple[int, int], np.dtype[np.int64]],
    records: ComparableTable,
    weigher: Weigher,
) -> pa.Table:
    left, right = (records.data.take(pa.array(side)) for side in pairs)
    told = weigher.weigh(con, left, right)
    weights = np.round(told.weights, WEIGHT_DECIMALS)
    levels = pa.array(told.levels.tolist(), ScoredPairTable.columns["levels"])
    columns = [
        pa.array(pairs[0], pa.int32()),
        pa.array(pairs[1], pa.int32()),
        pa.array(weights),
        pa.array(np.round(told.home_totals, WEIGHT_DECIMALS)),
        levels,
    ]
    found = pa.table(columns, schema=ScoredPairTable.schema())
    return found.filter(pa.array(weights >= weigher.rules.marks.review))
