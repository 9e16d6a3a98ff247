"""From canonical tables to coded parts: who took what part in what, as whole numbers.

Residences, relationships and involvements become events of kinds of their own; what was not
known on the as-of date is left out here, once, for everything that follows.

Every expression here runs alike on DuckDB and Spark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import ibis
import pyarrow as pa

from kithkin.engine import Engine
from kithkin.indicators.kernel import FAR
from kithkin.policy import Policy

Table = Any  # an Ibis table; Ibis ships no types that a strict check accepts

NO_AGE = -1
EVER = int(FAR)


@dataclass(frozen=True)
class Sources:
    """The settled source tables and the person index, as Ibis tables.

    `person` needs person_id, person_key, date_of_birth; `family_member` person_id and
    `family` family_id, family_key.
    """

    tables: Mapping[str, Table]

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]


@dataclass(frozen=True)
class CodedParts:
    """Every part that a person took in an event that was known on the as-of date.

    parts : a row a part: `subject` (the person's key), `event_no`, and in day numbers, codes and
        thousandths what the event was.
    events : `event_no` with the source, batch, table and id of the row it stands for.
    """

    parts: Table
    events: Table


def code_parts(engine: Engine, sources: Sources, policy: Policy, *, as_of: date) -> CodedParts:
    """Code the parts that persons took in what was known on a date.

    Parameters
    ----------
    as_of : what happened or became known after it is left out, so that it can change no byte.

    """
    known = _known_by(person_parts(sources), as_of)
    events = engine.keep(numbered_events(known), "event_number")
    return CodedParts(engine.keep(_coded(engine, known, events, policy), "coded_part"), events)


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


def _coded(engine: Engine, parts: Table, events: Table, policy: Policy) -> Table:
    """Whole numbers for days, kinds, roles, agencies, ages and values."""
    kinds = engine.table(_kinds_arrow(policy), "policy_kind")
    roles = engine.table(_codes_arrow("role", policy.roles, policy.role_code), "policy_role")
    agencies = engine.table(
        _codes_arrow("agency", policy.agencies, policy.agency_code), "policy_agency"
    )
    rows = (
        parts.join(events, ["source", "batch_id", "table_name", "row_id"])
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
        subject=rows.person_key.cast("int32"),
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
