"""Evidence about records when few of them are new: exactly as if it had all been gathered anew.

What binds or parts two records depends on them, on who shares their numbers, and on who has their
surname and date of birth. So it is gathered again among records that numbers, or a surname with a
date of birth, tie to new ones; for it, all that share such a tie with these are looked at. That a
form of a name is often another person's is counted over the whole county: where the count comes to
say otherwise, all who bear the name are looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.model.tables import TypedTable
from kithkin.people.arriving.index import Hashes, KeyFile, Truths, key_file_of
from kithkin.people.arriving.moves import (
    KeptRun,
    Moves,
    code_hash,
    crowded,
    in_order,
    keys_held,
    moved,
    sharing,
    with_all,
)
from kithkin.people.cleaning import ComparableTable
from kithkin.people.pairs import LinkageModel
from kithkin.people.resolving import Evidence, gather_evidence
from kithkin.people.resolving.evidence import (
    Elsewhere,
    ExclusiveNumberTable,
    PossibleTwinTable,
    SharedNumberTable,
    SpellingTable,
    birth_ties,
    number_ties,
    often_two_sql,
)
from kithkin.people.rules import LinkageRules

ROOMS = ("kithkin.people.resolving", "kithkin.people.cleaning", "kithkin.model")
NUMBERS, BINDING, BIRTHS = TIES = ("number_ties", "binding_ties", "birth_ties")
KINDS = tuple(
    kind.name
    for kind in (SharedNumberTable, PossibleTwinTable, ExclusiveNumberTable, SpellingTable)
)
MOST = 0.3  # share of all records above which gathering all anew is no slower
ENDS = ("left_rid", "right_rid")


@dataclass(frozen=True)
class _Ties:
    """What ties records: numbers that identify, those of them that bind, surname with birth."""

    numbers: KeyFile
    binding: KeyFile
    births: KeyFile


@dataclass(frozen=True)
class Regathered:
    """The evidence of now, and the records of which it may be other than before."""

    evidence: Evidence
    near: Truths


def write_evidence(
    kept: KeptRun,
    con: duckdb.DuckDBPyConnection,
    records: ComparableTable,
    evidence: Evidence,
    rules: LinkageRules,
    model: LinkageModel,
) -> None:
    """Keep a run's evidence, and what ties its records, for the next batch."""
    made = _made(rules, model)
    for table in (evidence.shared, evidence.twins, evidence.exclusive, evidence.spellings):
        kept.write(table.name, table.data, made)
    every, binding = number_ties(con, records.data, rules)
    for name, ties in zip(TIES, (every, binding, birth_ties(con, records.data)), strict=True):
        kept.write(name, ties, made)


def regather(
    con: duckdb.DuckDBPyConnection,
    kept: KeptRun,
    records: ComparableTable,
    rules: LinkageRules,
    model: LinkageModel,
    moves: Moves,
) -> Regathered | None:
    """Give what `gather_evidence` gives, from what is `kept`; none when no such is.

    Exclusive numbers stand in order of records; of one record, in any order.
    """
    before = kept.read((*KINDS, *TIES), _made(rules, model))
    if before is None:
        return None
    ties_before = _Ties(*(key_file_of(before[name]) for name in TIES))
    now = _ties_now(con, records, rules, moves, ties_before)
    near = _near(ties_before, now, moves)
    spelt, size = before[SpellingTable.name], len(near)
    while True:
        world = _with_numbers(now, near | sharing(now.births, keys_held(now.births, near), size))
        if np.count_nonzero(world) > MOST * size:
            return None
        asked = np.union1d(keys_held(now.births, near), moves.keys_gone(ties_before.births))
        others = spelt.filter(pc.invert(pc.is_in(spelt.column("tie"), value_set=pa.array(asked))))
        elsewhere = Elsewhere(pa.array(asked), SpellingTable(others))
        some = _gathered_apart(con, records, world, rules, model, elsewhere)
        spellings = pa.concat_tables([others, some.spellings.data])
        more = _with_numbers(now, near | _spelt_otherwise(con, spelt, spellings, now, rules, size))
        if not (more & ~near).any():
            break
        near = more
    evidence = _together(before, moves, near, world, some)
    told = [("name", "ascending"), ("other", "ascending"), ("tie", "ascending")]
    spellings = spellings.sort_by(told)
    left_out = crowded(now.binding, rules.limits.number)
    whole = replace(evidence, numbers_left_out=left_out, spellings=SpellingTable(spellings))
    return Regathered(whole, near)


def _made(rules: LinkageRules, model: LinkageModel) -> bytes:
    return code_hash(rules.hash, model.hash, rooms=ROOMS)


def _ties_now(
    con: duckdb.DuckDBPyConnection,
    records: ComparableTable,
    rules: LinkageRules,
    moves: Moves,
    before: _Ties,
) -> _Ties:
    fresh = records.data.filter(pa.array(moves.fresh))
    every, binding = number_ties(con, fresh, rules)
    return _Ties(
        moves.keys(before.numbers, every),
        moves.keys(before.binding, binding),
        moves.keys(before.births, birth_ties(con, fresh)),
    )


def _near(before: _Ties, now: _Ties, moves: Moves) -> Truths:
    """Mark the records of whose pairs the evidence may be another than before.

    Those that numbers tie to what changed; those with a surname and birth of these, since a number
    may be a twin's; and those that numbers tie to them.
    """
    size = len(moves.fresh)
    held = moves.fresh | sharing(now.numbers, moves.keys_gone(before.numbers), size)
    held = _with_numbers(now, held)
    births = np.union1d(keys_held(now.births, held), moves.keys_gone(before.births))
    return _with_numbers(now, held | sharing(now.births, births, size))


def _with_numbers(ties: _Ties, held: Truths) -> Truths:
    """Add the records that numbers tie to some, over however many others."""
    known: Hashes = np.empty(0, np.uint64)
    while True:
        asked = keys_held(ties.numbers, held)
        if len(asked) == len(known):
            return held
        known = asked
        held = held | sharing(ties.numbers, asked, len(held))


def _gathered_apart(
    con: duckdb.DuckDBPyConnection,
    records: ComparableTable,
    chosen: Truths,
    rules: LinkageRules,
    model: LinkageModel,
    elsewhere: Elsewhere,
) -> Evidence:
    """Gather the evidence of some records; their rids are their places among the chosen."""
    some = records.data.filter(pa.array(chosen))
    rids = pa.array(np.arange(len(some)), pa.int32())
    some = some.set_column(0, some.schema.field("rid"), rids)
    con.register("people_chosen", some.select(["source", "record_id"]))
    numbers = con.sql("FROM identifier SEMI JOIN people_chosen USING (source, record_id)")
    table = numbers.to_arrow_table()
    con.unregister("people_chosen")
    with duckdb.connect() as apart:
        apart.register("identifier", table)
        return gather_evidence(apart, ComparableTable(some), rules, model, elsewhere)


def _spelt_otherwise(
    con: duckdb.DuckDBPyConnection,
    before: pa.Table,
    spellings: pa.Table,
    now: _Ties,
    rules: LinkageRules,
    size: int,
) -> Truths:
    """Mark the records of families with two forms of a name that are now, or no longer, often two."""
    con.register("people_spelt_before", before)
    con.register("people_spelt", spellings)
    found = con.sql(f"""
        WITH old AS ({often_two_sql("people_spelt_before", rules)}),
        new AS ({often_two_sql("people_spelt", rules)}),
        flipped AS (
            (FROM old EXCEPT FROM new) UNION ALL (FROM new EXCEPT FROM old)
        )
        SELECT DISTINCT tie FROM people_spelt SEMI JOIN flipped USING (name, other) ORDER BY tie
    """).to_arrow_table()
    con.unregister("people_spelt_before")
    con.unregister("people_spelt")
    asked = found.column("tie").to_numpy()
    return sharing(now.births, asked, size)


def _together(
    before: dict[str, pa.Table], moves: Moves, near: Truths, world: Truths, some: Evidence
) -> Evidence:
    """Put the evidence among near records in the place of what it was, in order of rids."""
    rid_of = np.flatnonzero(world).astype(np.int32)

    def renewed(new: TypedTable, ends: tuple[str, ...]) -> pa.Table:
        old, anew = moved(before[new.name], ends, moves.now), moved(new.data, ends, rid_of)
        stays = old.filter(pa.array(~with_all(old, ends, near)))
        added = anew.filter(pa.array(with_all(anew, ends, near)))
        return in_order(pa.concat_tables([stays, added]), *ends)

    return replace(
        some,
        shared=SharedNumberTable(renewed(some.shared, ENDS)),
        twins=PossibleTwinTable(renewed(some.twins, ENDS)),
        exclusive=ExclusiveNumberTable(renewed(some.exclusive, ("rid",))),
    )
