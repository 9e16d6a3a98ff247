"""Who took part in which occasion under which rule, as it was known from one day to another.

An occasion is all events of one group of a source, else one event. What agencies knew of it may
grow or be corrected; a *version* of an occasion is what was known from one day to the next
change. So a tie weighs on every day what it weighed then.

Every expression here runs alike on DuckDB and Spark.
"""

from __future__ import annotations

from typing import Any

import ibis
import pyarrow as pa

from kithkin.engine import Engine
from kithkin.indicators.facts import bit_or
from kithkin.indicators.fading import with_fading
from kithkin.indicators.parts import CodedParts, Sources
from kithkin.network.rules import NO_GRADE, Rules

Table = Any  # an Ibis table; Ibis ships no types that a strict check accepts

# A rule and an occasion in one number, so that engines group and join by one column.
RULE_BITS = 6
VERSION = ["rule_occasion", "known"]


def event_occasions(sources: Sources, coded: CodedParts) -> Table:
    """Give the occasion of each event that belongs to a group: `event_no`, `occasion`.

    An occasion bears the least number among its events. An event without a group is its own.
    """
    grouped = sources["event"].filter(ibis._.group_id.notnull())
    grouped = grouped.select("source", "batch_id", "group_id", row_id="event_id").distinct()
    events = coded.events.filter(coded.events.table_name == "event")
    numbered = events.join(grouped, ["source", "batch_id", "row_id"])
    first = numbered.group_by(["source", "group_id"]).aggregate(occasion=numbered.event_no.min())
    return numbered.join(first, ["source", "group_id"]).select("event_no", "occasion")


def eligible_parts(engine: Engine, parts: Table, occasions: Table | None, rules: Rules) -> Table:
    """Give the parts that count under some rule of events, with their occasions.

    Parameters
    ----------
    parts : coded parts (`kithkin.indicators.parts`).
    occasions : of events that belong to a group; None when every event is its own.

    """
    matches = engine.table(_matches(rules), "tie_match")
    agencies = engine.table(_agency_bits(rules), "tie_agency")
    rows = with_fading(parts.filter(parts.known < parts.superseded), rules.policy, rules.asked)
    rows = rows.join(matches, ["kind", "role"]).join(agencies, "agency")
    occasion = rows.event_no
    if occasions is not None:
        rows = rows.left_join(occasions, "event_no")
        occasion = rows.occasion.fill_null(rows.event_no)
    return rows.select(
        "subject", "occurred", "known", "superseded", "fades_from", "grade", "proven", "first",
        "other", "bars", "agencies", rule_occasion=occasion * (1 << RULE_BITS) + rows.rule.cast("int64"),
    )  # fmt: skip


def _matches(rules: Rules) -> pa.Table:
    names = ("rule", "kind", "role", "grade", "proven", "first", "other", "bars")
    rows = rules.matches()
    return pa.table({name: pa.array([row[name] for row in rows], pa.int16()) for name in names})


def _agency_bits(rules: Rules) -> pa.Table:
    codes = range(len(rules.policy.agencies))
    return pa.table(
        {
            "agency": pa.array(codes, pa.int16()),
            "agencies": pa.array([1 << code for code in codes], pa.int64()),
        }
    )


def participants(engine: Engine, parts: Table) -> tuple[Table, Table]:
    """Bring together what each person did in each version of an occasion, and count the persons.

    Gives a row a person and version, and a row a version of more than one person. Of events on
    several days `occurred` and `fades_from` are the person's last; `grade` and `proven` are their gravest; `first`
    and `other` say on which sides they stood, on neither who only took part in what takes the
    occasion from the rule: then its version has `bars`.
    """
    parts = engine.keep(parts, "tie_part")
    whole = engine.keep(_by_person(parts, ["rule_occasion"]), "tie_participant")
    shape = engine.keep(_counted(whole, ["rule_occasion"]), "tie_occasion")
    one_version = (shape.known == shape.last_known) & (shape.first_superseded == shape.superseded)
    changing = parts.semi_join(shape.filter(~one_version), "rule_occasion")
    versions = engine.keep(_by_person(_in_versions(changing), VERSION), "tie_versions")
    persons = whole.semi_join(shape.filter(one_version), "rule_occasion").union(versions)
    counted = shape.filter(one_version).union(_counted(versions, VERSION))
    return persons, counted


def _by_person(parts: Table, version: list[str]) -> Table:
    own = {
        "known": parts.known.min(),
        "last_known": parts.known.max(),
        "first_superseded": parts.superseded.min(),
        "superseded": parts.superseded.max(),
        "occurred": parts.occurred.max(),
        "fades_from": parts.fades_from.max(),
        "grade": parts.grade.max(),
        "proven": parts.proven.max(),
        "first": parts["first"].max(),
        "other": parts.other.max(),
        "bars": parts.bars.max(),
        "agencies": bit_or(parts.agencies),
    }
    found = {name: value for name, value in own.items() if name not in version}
    rows = parts.group_by([*version, "subject"]).aggregate(**found)
    return rows.select("rule_occasion", "subject", *own)


def _counted(persons: Table, version: list[str]) -> Table:
    """Count the persons of each version in which at least two stand on a side."""
    stands = ibis.greatest(persons["first"], persons.other)
    counted = {
        "known": persons.known.min(),
        "last_known": persons.last_known.max(),
        "first_superseded": persons.first_superseded.min(),
        "superseded": persons.superseded.max(),
        "people": stands.sum(),
        "people_proven": (persons.proven != NO_GRADE).ifelse(1, 0).sum(),
        "on_first": persons["first"].sum(),
        "on_other": persons.other.sum(),
        "on_both": (persons["first"] & persons.other).sum(),
        "bars": persons.bars.max(),
        "grade": persons.grade.max(),
        "occurred": persons.occurred.max(),
    }
    found = {name: value for name, value in counted.items() if name not in version}
    rows = persons.group_by(version).aggregate(**found)
    rows = rows.filter(rows.people >= 2)
    return rows.select("rule_occasion", **{name: rows[name].cast("int32") for name in counted})


def _in_versions(parts: Table) -> Table:
    """Repeat each part in every version of its occasion in which it stood."""
    key = "rule_occasion"
    days = parts.select(key, day="known").union(parts.select(key, day="superseded")).distinct()
    following = ibis.window(group_by=key, order_by="day")
    versions = days.mutate(until=days.day.lead().over(following))
    versions = versions.filter(versions.until.notnull())
    rows = parts.join(versions, key)
    rows = rows.filter(rows.known <= rows.day, rows.superseded > rows.day)
    rows = rows.drop("known", "superseded").rename(known="day", superseded="until")
    return rows.select(parts.columns)
