"""From coded parts to facts: matched to selections, sorted, stored.

A fact is one event for one subject: whatever parts a person, or a family's members, took in it
are brought together, so that an event counts once however many of them were there.

Every expression here runs alike on DuckDB and Spark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from kithkin.engine import Engine, write_table
from kithkin.indicators.catalogue import BITS_A_WORD, Catalogue, Measure
from kithkin.indicators.parts import EVER, CodedParts, Sources, code_parts
from kithkin.indicators.stored import FACTS, FactsFolder
from kithkin.policy import Policy
from kithkin.policy.models import Derived

Table = Any  # an Ibis table; Ibis ships no types that a strict check accepts


@ibis.udf.agg.builtin
def bit_or(marks: int) -> int:  # type: ignore[empty-body]
    """Bring marks together; both engines have it, Ibis does not name it for Spark."""


def store_facts(
    engine: Engine,
    sources: Sources,
    catalogues: Sequence[Catalogue],
    folder: Path,
    *,
    as_of: date,
    coded: CodedParts | None = None,
) -> dict[str, int]:
    """Build and store the facts of each catalogue's level; gives how many, by level.

    Parameters
    ----------
    catalogues : of one policy, at most one for each level.
    as_of : what happened or became known after it is left out, so that it can change no byte.
    coded : the parts of `sources` on that date, when somebody coded them already.
    folder : gets a `FactsFolder` named after each level, and `fact_event.parquet`: for each
        `event_no` the source, batch, table and id of what it came from.

    """
    coded = coded or code_parts(engine, sources, catalogues[0].policy, as_of=as_of)
    folder.mkdir(parents=True, exist_ok=True)
    write_table(_sorted_arrow(engine, coded.events, ["event_no"]), folder / "fact_event.parquet")
    written: dict[str, int] = {}
    for catalogue in catalogues:
        parts, subjects = _of_level(engine, sources, coded.parts, catalogue.level)
        parts = with_derived(parts, catalogue.policy)
        written[catalogue.level] = store_coded(
            engine, parts, subjects, catalogue, folder / catalogue.level
        )
    return written


def _of_level(engine: Engine, sources: Sources, parts: Table, level: str) -> tuple[Table, int]:
    """Give the parts with the level's subjects, and how many subjects there are."""
    if level == "person":
        return parts, _count(engine, sources["person"])
    person = sources["person"].select("person_id", subject="person_key")
    family = sources["family"].select("family_id", "family_key")
    member = sources["family_member"].select("family_id", "person_id")
    members = member.join(family, "family_id").join(person, "person_id")
    joined = parts.join(members.select("subject", "family_key"), "subject")
    columns = {c: joined[c] for c in parts.columns} | {"subject": joined.family_key.cast("int32")}
    return joined.select(**columns), _count(engine, sources["family"])


def _count(engine: Engine, table: Table) -> int:
    return int(engine.arrow(table.aggregate(rows=table.count()))["rows"][0].as_py())


def store_coded(
    engine: Engine, coded: Table, subjects: int, catalogue: Catalogue, folder: Path
) -> int:
    """Match coded parts to selections, bring them together as facts, sort and store them.

    Parameters
    ----------
    coded : a row a part that a subject took in an event, with the columns of `_coded`.
    subjects : how many subjects there are, those without parts included.

    """
    coded = engine.keep(_with_step(coded, catalogue), f"part_{catalogue.level}")
    marks = _combination_marks(engine, coded, catalogue)
    facts = _one_fact_an_event(coded, marks, catalogue.words)
    facts = engine.keep(facts, f"unsorted_fact_{catalogue.level}")
    signatures = _signatures(engine, facts, catalogue)
    target = FactsFolder(folder)
    most = target.write(engine.batches(_finished(engine, facts, catalogue)), subjects)
    target.describe(subjects, most, [list(chosen) for chosen in signatures])
    return _count(engine, facts)


def with_derived(coded: Table, policy: Policy) -> Table:
    """Add the kinds that are made from a sequence of others: while both were known and stood."""
    rows = coded
    for name, derived in _derived_in_order(policy):
        event = rows.filter(rows.kind.isin([policy.kind_code(k) for k in derived.event]))
        after = rows.filter(rows.kind.isin([policy.kind_code(k) for k in derived.after]))
        before = after.select(
            "subject", before="occurred", before_known="known", before_superseded="superseded"
        ).distinct()
        pairs = event.join(before, "subject")
        pairs = pairs.filter(
            pairs.before < pairs.occurred,
            pairs.before >= pairs.occurred - derived.within_days,
        )
        pairs = pairs.mutate(
            both_known=ibis.greatest(pairs.known, pairs.before_known),
            one_superseded=ibis.least(pairs.superseded, pairs.before_superseded),
        )
        pairs = pairs.filter(pairs.both_known < pairs.one_superseded)
        made = pairs.group_by(coded.columns).aggregate(
            both_known=pairs.both_known.min(), one_superseded=pairs.one_superseded.max()
        )
        made = made.mutate(
            known=made.both_known.cast("int32"),
            superseded=made.one_superseded.cast("int32"),
            kind=ibis.literal(policy.kind_code(name), "int16"),
        ).select(coded.columns)
        rows = rows.union(made)
    return rows


def _derived_in_order(policy: Policy) -> list[tuple[str, Derived]]:
    """List derived kinds so that each comes after those that it is made from."""
    waiting = {name: kind.derived for name, kind in policy.kinds.items() if kind.derived}
    order: list[tuple[str, Derived]] = []
    while waiting:
        ready = {
            name: derived
            for name, derived in sorted(waiting.items())
            if not (set(derived.event) | set(derived.after)) & waiting.keys()
        }
        order += ready.items()
        waiting = {name: derived for name, derived in waiting.items() if name not in ready}
    return order


# --- which selections a fact satisfies -------------------------------------------------------


def _with_step(coded: Table, catalogue: Catalogue) -> Table:
    """Add `step`: how many of the least values that selections ask for the value reaches."""
    reached = [(coded.value >= step).ifelse(1, 0) for step in catalogue.value_steps]
    step = reduce(lambda a, b: a + b, reached, ibis.literal(0))
    return coded.mutate(step=step.cast("int32"))


def _combination_marks(engine: Engine, coded: Table, catalogue: Catalogue) -> Table:
    """Mark, for each combination of kind, role, age and value, the selections it satisfies."""
    key = ["kind", "role", "age", "step"]
    arrow = _sorted_arrow(engine, coded.select(key).distinct(), key)
    columns = {name: arrow[name].to_numpy() for name in key}
    marks: Any = np.zeros((catalogue.words, len(arrow)), np.int64)
    for position in range(len(catalogue.selections)):
        word, bit = divmod(position, BITS_A_WORD)
        satisfied = _satisfied(catalogue, position, columns)
        marks[word] |= satisfied.astype(np.int64) << bit
    table = arrow
    for i, mark in enumerate(marks):
        table = table.append_column(f"word_{i}", pa.array(mark))
    return engine.table(table, f"combination_{catalogue.level}")


def _satisfied(catalogue: Catalogue, position: int, columns: Mapping[str, Any]) -> Any:
    policy, selection = catalogue.policy, catalogue.selections[position]
    good = np.isin(columns["kind"], [policy.kind_code(kind) for kind in selection.kinds])
    if selection.roles:
        good &= np.isin(columns["role"], [policy.role_code(role) for role in selection.roles])
    if selection.ages is not None:
        low, high = selection.ages
        good &= (columns["age"] >= low) & (columns["age"] <= high)
    if selection.value_at_least:
        least = round(selection.value_at_least * 1000)
        good &= columns["step"] > catalogue.value_steps.index(least)
    return good


def _one_fact_an_event(coded: Table, marks: Table, words: int) -> Table:
    """Bring the parts that a subject took in one event together."""
    rows = coded.join(marks, ["kind", "role", "age", "step"])
    names = [f"word_{i}" for i in range(words)]
    facts = rows.group_by(["subject", "event_no", "kind"]).aggregate(
        occurred=rows.occurred.min(),
        known=rows.known.min(),
        superseded=rows.superseded.max(),
        ended=rows.ended.max(),
        end_known=rows.end_known.min(),
        value=rows.value.max(),
        agency=rows.agency.min(),
        **{name: bit_or(rows[name]) for name in names},
    )
    return facts.filter(reduce(lambda a, b: a | b, [facts[name] != 0 for name in names]))


def _signatures(engine: Engine, facts: Table, catalogue: Catalogue) -> list[tuple[int, ...]]:
    names = [f"word_{i}" for i in range(catalogue.words)]
    arrow = _sorted_arrow(engine, facts.select(names).distinct(), names)
    rows = zip(*(arrow[name].to_pylist() for name in names), strict=True)
    chosen = [_positions(row) for row in rows]
    table = arrow.append_column("signature", pa.array(range(len(arrow)), pa.int32()))
    for name, values in _signature_reach(catalogue, chosen).items():
        table = table.append_column(name, pa.array(values, pa.int32()))
    engine.table(table, f"signature_{catalogue.level}")
    return chosen


def _positions(words: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(
        word * BITS_A_WORD + bit
        for word, marks in enumerate(words)
        for bit in range(BITS_A_WORD)
        if marks >> bit & 1
    )


def _signature_reach(catalogue: Catalogue, chosen: list[tuple[int, ...]]) -> dict[str, list[int]]:
    """Say for how long a fact of each signature matters: after it began, and after it ended."""
    begun, ended = [0] * len(catalogue.selections), [-1] * len(catalogue.selections)
    for a in catalogue.accumulators:
        if a.measure == Measure.OPEN:
            ended[a.selection] = max(ended[a.selection], 0)
        else:
            begun[a.selection] = max(begun[a.selection], a.oldest)
        if a.measure == Measure.OVERLAPS:
            ended[a.selection] = max(ended[a.selection], a.oldest)
    return {
        "begun_reach": [max((begun[s] for s in signature), default=0) for signature in chosen],
        "ended_reach": [max((ended[s] for s in signature), default=-1) for signature in chosen],
    }


def _finished(engine: Engine, facts: Table, catalogue: Catalogue) -> Table:
    names = [f"word_{i}" for i in range(catalogue.words)]
    rows = facts.join(engine.backend.table(f"signature_{catalogue.level}"), names)
    last_end = ibis.greatest(rows.ended, rows.end_known).cast("int64") + rows.ended_reach
    until = rows.occurred.cast("int64") + rows.begun_reach
    reach = (rows.ended_reach >= 0).ifelse(ibis.greatest(until, last_end), until)
    columns = FACTS.names
    return (
        rows.mutate(reach=ibis.least(reach, EVER).cast("int32"))
        .select(columns)
        .order_by(["subject", "occurred", "known", "event_no", "kind"])
    )


def _sorted_arrow(engine: Engine, table: Table, keys: list[str]) -> pa.Table:
    return engine.arrow(table.order_by(keys))
