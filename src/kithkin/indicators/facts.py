"""From canonical tables to facts: coded, matched to selections, sorted, stored.

A fact is one event for one subject: whatever parts a person, or a family's members, took in it
are brought together, so that an event counts once however many of them were there. Residences,
relationships and involvements become events of kinds of their own.

Every expression here runs alike on DuckDB and Spark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from kithkin.engine import Engine, write_table
from kithkin.indicators.catalogue import BITS_A_WORD, Catalogue, Measure
from kithkin.indicators.kernel import FAR
from kithkin.indicators.stored import FACTS, FactsFolder
from kithkin.policy import Policy
from kithkin.policy.models import Derived

Table = Any  # an Ibis table; Ibis ships no types that a strict check accepts

NO_AGE = -1
EVER = int(FAR)


@ibis.udf.agg.builtin
def bit_or(marks: int) -> int:  # type: ignore[empty-body]
    """Bring marks together; both engines have it, Ibis does not name it for Spark."""


@dataclass(frozen=True)
class Sources:
    """The settled source tables and the person index, as Ibis tables.

    `person` needs person_id, person_key, date_of_birth; `family_member` person_id and
    `family` family_id, family_key.
    """

    tables: Mapping[str, Table]

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]


def store_facts(
    engine: Engine, sources: Sources, catalogue: Catalogue, folder: Path, *, as_of: date
) -> int:
    """Build and store the facts of a catalogue's level; gives how many.

    Parameters
    ----------
    as_of : what happened or became known after it is left out, so that it can change no byte.
    folder : becomes a `FactsFolder`, with `fact_event.parquet` beside the parts: for each
        `event_no` the source, batch, table and id of what it came from.

    """
    parts = _known_by(person_parts(sources), as_of)
    events = engine.keep(numbered_events(parts), f"event_number_{catalogue.level}")
    subjects, count = _subjects(engine, sources, catalogue.level)
    coded = engine.keep(
        _coded(engine, parts, events, subjects, catalogue.policy), f"coded_{catalogue.level}"
    )
    coded = _with_derived(coded, catalogue.policy)
    written = store_coded(engine, coded, count, catalogue, folder)
    write_table(_sorted_arrow(engine, events, ["event_no"]), folder / "fact_event.parquet")
    return written


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


# --- what people took part in ----------------------------------------------------------------


def person_parts(sources: Sources) -> Table:
    """One row a person's part in an event, from every table that can hold one."""
    union = reduce(
        lambda a, b: a.union(b),
        [
            _event_parts(sources),
            _dated_parts(sources, "residence", "residence", "kind", "address_id"),
            _dated_parts(sources, "relationship", "relationship", "kind", "other_record_id"),
            _dated_parts(
                sources, "service_involvement", "involvement", "service", "involvement_id"
            ),
            _moves(sources),
        ],
    )
    link = sources["person_link"].select("source", "record_id", "person_id")
    person = sources["person"].select("person_id", "person_key", "date_of_birth")
    linked = union.join(link, ["source", "record_id"]).join(person, "person_id")
    return linked.union(_births(sources).select(linked.columns))


def _event_parts(sources: Sources) -> Table:
    event, part = sources["event"], sources["event_person"]
    mine = part.select("source", "batch_id", "event_id", "record_id", "role", "age_at_event")
    return event.join(mine.distinct(), ["source", "batch_id", "event_id"]).select(
        source=event.source,
        batch_id=event.batch_id,
        table_name=ibis.literal("event"),
        row_id=event.event_id,
        record_id=mine.record_id,
        role=mine.role,
        age_at_event=mine.age_at_event,
        kind=event.kind,
        agency=event.agency,
        occurred_on=event.occurred_on,
        ended_on=event.ended_on,
        end_known_at=event.end_known_at,
        known_at=event.known_at,
        superseded_at=event.superseded_at,
        value=event.value,
    )


def _dated_parts(sources: Sources, table: str, prefix: str, kind: str, key: str) -> Table:
    rows = sources[table].filter(ibis._.started_on.notnull())
    agencies = _agencies(sources)
    rows = rows.join(agencies, "source")
    return rows.select(
        source=rows.source,
        batch_id=rows.batch_id,
        table_name=ibis.literal(table),
        row_id=rows.record_id
        + ":"
        + rows[key].fill_null("")
        + ":"
        + rows.started_on.cast("string"),
        record_id=rows.record_id,
        role=ibis.literal("subject"),
        age_at_event=ibis.null("int32"),
        kind=ibis.literal(f"{prefix}.") + rows[kind],
        agency=rows.agency,
        occurred_on=rows.started_on,
        ended_on=rows.ended_on,
        end_known_at=rows.ended_on,
        known_at=rows.known_at,
        superseded_at=rows.superseded_at,
        value=ibis.null("float64"),
    )


def _agencies(sources: Sources) -> Table:
    records = sources["person_record"]
    return records.group_by("source").aggregate(agency=records.agency.min())


def _moves(sources: Sources) -> Table:
    """A move: a home of a person with one before it, known once both were."""
    rows = _dated_parts(sources, "residence", "residence", "kind", "address_id")
    homes = ["residence.home", "residence.tenancy", "residence.temporary"]
    rows = rows.filter(rows.kind.isin(homes))
    before = rows.select(
        "source", "record_id", before_on="occurred_on", before_known="known_at"
    ).distinct()
    pairs = rows.join(before, ["source", "record_id"])
    pairs = pairs.filter(pairs.before_on < pairs.occurred_on)
    later = pairs.group_by(rows.columns).aggregate(first_known=pairs.before_known.min())
    set_here = {"kind", "ended_on", "end_known_at", "row_id", "known_at"}
    return later.select(
        *[c for c in rows.columns if c not in set_here],
        known_at=ibis.greatest(later.known_at, later.first_known),
        kind=ibis.literal("residence.moved"),
        row_id=later.row_id + ":moved",
        ended_on=ibis.null("date"),
        end_known_at=ibis.null("date"),
    ).select(rows.columns)


def _births(sources: Sources) -> Table:
    """A birth, from the date of birth in a person's records, known when a record first was."""
    record, link, person = sources["person_record"], sources["person_link"], sources["person"]
    born = record.filter(record.date_of_birth.notnull())
    linked = born.join(link.select("source", "record_id", "person_id"), ["source", "record_id"])
    linked = linked.join(person.select("person_id", "person_key"), "person_id")
    return linked.select(
        source=linked.source,
        batch_id=linked.batch_id,
        table_name=ibis.literal("person_record"),
        row_id=linked.record_id,
        record_id=linked.record_id,
        role=ibis.literal("child"),
        age_at_event=ibis.literal(0, "int32"),
        kind=ibis.literal("social_care.person.born"),
        agency=linked.agency,
        occurred_on=linked.date_of_birth,
        ended_on=ibis.null("date"),
        end_known_at=ibis.null("date"),
        known_at=linked.known_at,
        superseded_at=ibis.null("date"),
        value=ibis.null("float64"),
        person_id=linked.person_id,
        person_key=linked.person_key,
        date_of_birth=linked.date_of_birth,
    )


def _known_by(parts: Table, as_of: date) -> Table:
    """Leave out what came later: facts, ends and corrections that nobody knew by the date."""
    day = ibis.literal(as_of)
    known = parts.filter(parts.occurred_on <= day, parts.known_at <= day)
    ended = known.ended_on.notnull() & (known.end_known_at <= day) & (known.ended_on <= day)
    return known.mutate(
        ended_on=ended.ifelse(known.ended_on, ibis.null("date")),
        end_known_at=ended.ifelse(known.end_known_at, ibis.null("date")),
        superseded_at=(known.superseded_at <= day).ifelse(known.superseded_at, ibis.null("date")),
    )


def numbered_events(parts: Table) -> Table:
    """Number what happened from 0: the table through which a fact is traced to its source."""
    key = ["source", "batch_id", "table_name", "row_id"]
    distinct = parts.select(key).distinct()
    order = ibis.window(order_by=key)
    return distinct.mutate(event_no=ibis.row_number().over(order).cast("int64"))


# --- coding ----------------------------------------------------------------------------------


def _count(engine: Engine, table: Table) -> int:
    return int(engine.arrow(table.aggregate(rows=table.count()))["rows"][0].as_py())


def _subjects(engine: Engine, sources: Sources, level: str) -> tuple[Table, int]:
    person = sources["person"].select("person_id", subject="person_key")
    if level == "person":
        return person, _count(engine, sources["person"])
    family = sources["family"].select("family_id", subject="family_key")
    member = sources["family_member"].select("family_id", "person_id")
    joined = member.join(family, "family_id").select("person_id", "subject")
    return joined, _count(engine, sources["family"])


def _coded(engine: Engine, parts: Table, events: Table, subjects: Table, policy: Policy) -> Table:
    """Whole numbers for days, kinds, roles, agencies, ages and values."""
    kinds = engine.table(_kinds_arrow(policy), "policy_kind")
    roles = engine.table(_codes_arrow("role", policy.roles, policy.role_code), "policy_role")
    agencies = engine.table(
        _codes_arrow("agency", policy.agencies, policy.agency_code), "policy_agency"
    )
    rows = (
        parts.join(events, ["source", "batch_id", "table_name", "row_id"])
        .join(subjects, "person_id")
        .join(kinds, "kind")
        .join(roles, "role")
        .join(agencies, "agency")
    )
    occurred = _day(rows.occurred_on)
    known = ibis.greatest(_day(rows.known_at), occurred)
    ended = rows.lasting.ifelse(_day(rows.ended_on).fill_null(EVER), occurred)
    end_known = rows.lasting.ifelse(
        ibis.greatest(_day(rows.end_known_at).fill_null(EVER), known), known
    )
    return rows.select(
        subject=rows.subject.cast("int32"),
        event_no=rows.event_no,
        occurred=occurred.cast("int32"),
        known=known.cast("int32"),
        superseded=_day(rows.superseded_at).fill_null(EVER).cast("int32"),
        ended=ended.cast("int32"),
        end_known=end_known.cast("int32"),
        value=_thousandths(rows.value),
        kind=rows.kind_code.cast("int16"),
        role=rows.role_code.cast("int16"),
        agency=rows.agency_code.cast("int16"),
        age=_age(rows).cast("int32"),
    )


def _day(day: Any) -> Any:
    return day.delta(ibis.date("1970-01-01"), unit="day")


def _thousandths(value: Any) -> Any:
    """Values as whole thousandths, from nought up, so that sums are exact in every engine."""
    scaled = (value.fill_null(0.0) * 1000).round().cast("int64")
    return ibis.least(ibis.greatest(scaled, 0), (1 << 31) - 1).cast("int32")


def _age(rows: Table) -> Any:
    """Completed years at the event: from the date of birth, else as the agency recorded it."""
    born, on = rows.date_of_birth, rows.occurred_on
    before_birthday = (on.month() * 100 + on.day()) < (born.month() * 100 + born.day())
    years = on.year() - born.year() - before_birthday.ifelse(1, 0)
    return years.fill_null(rows.age_at_event).fill_null(NO_AGE)


def _kinds_arrow(policy: Policy) -> pa.Table:
    names = sorted(policy.kinds)
    return pa.table(
        {
            "kind": names,
            "kind_code": pa.array([policy.kind_code(name) for name in names], pa.int32()),
            "lasting": [policy.kinds[name].lasting for name in names],
        }
    )


def _codes_arrow(name: str, keys: Any, code: Any) -> pa.Table:
    names = sorted(keys)
    codes = pa.array([code(key) for key in names], pa.int32())
    return pa.table({name: names, f"{name}_code": codes})


def _with_derived(coded: Table, policy: Policy) -> Table:
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
