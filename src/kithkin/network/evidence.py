"""Evidence of ties: every occasion that ties two persons, with all that its strength rests on.

Whole numbers only; what a tie weighs on a date is worked out in `strengths.py`. Every expression
here runs alike on DuckDB and Spark, and gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kithkin.engine import Engine
from kithkin.indicators.parts import CodedParts, Sources
from kithkin.network.lasting import household_ties, membership_ties, relationship_ties
from kithkin.network.left_out import left_out_occasions
from kithkin.network.occasions import (
    RULE_BITS,
    VERSION,
    eligible_parts,
    event_occasions,
    participants,
)
from kithkin.network.ordering import sorted_by_pair
from kithkin.network.rules import NO_GRADE, Rules
from kithkin.network.tables import LeftOutOccasionTable, TieEvidenceTable
from kithkin.policy import Policy

Table = Any  # an Ibis table; Ibis ships no types that a strict check accepts

COLUMNS = list(TieEvidenceTable.columns)


@dataclass(frozen=True)
class Evidence:
    """All evidence of ties that was known on a date, and what was left out as too large.

    as_of : nothing that became known later is in it; it answers for this day and any before.
    """

    table: TieEvidenceTable
    left_out: LeftOutOccasionTable
    as_of: date

    def check(self, day: date) -> None:
        """Raise `ValueError` for a day of which this evidence cannot tell."""
        if day > self.as_of:
            raise ValueError(f"evidence of {self.as_of} cannot tell of {day}; find it anew")

    def column(self, name: str) -> npt.NDArray[Any]:
        """Give a column as an array."""
        return np.asarray(self.table.data.column(name).to_numpy())

    @cached_property
    def starts(self) -> npt.NDArray[np.int64]:
        """Give the first row of each pair, and after the last pair the number of rows."""
        a, b = self.column("person_a"), self.column("person_b")
        new = np.ones(len(a), bool)
        new[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
        return np.append(np.flatnonzero(new), len(a)).astype(np.int64)

    @cached_property
    def pairs(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Give the person_keys of each pair, the lower first, in order."""
        first = self.starts[:-1]
        return self.column("person_a")[first], self.column("person_b")[first]


def tie_evidence(
    engine: Engine, sources: Sources, coded: CodedParts, policy: Policy, *, as_of: date
) -> Evidence:
    """Find every occasion that ties two persons under the policy's rules.

    Parameters
    ----------
    sources : settled tables, with `person`, `person_link`, `household_member`.
    coded : the parts that were known on `as_of`, by `code_parts`.
    as_of : what happened or became known after it is left out.

    """
    rules = Rules(policy)
    persons, left_out = event_persons(engine, coded.parts, event_occasions(sources, coded), rules)
    found = [event_pairs(persons, rules)]
    households, crowded = household_ties(engine, sources, rules, as_of)
    found += [*households, *relationship_ties(engine, sources, rules, as_of)]
    ties = engine.keep(_union(found), "tie")
    members, too_many = membership_ties(engine, sources, coded, ties, rules)
    ties = _union([ties, *members])
    return Evidence(
        in_order(engine, ties),
        left_out_occasions(engine, [left_out, *crowded, *too_many], rules, as_of),
        as_of,
    )


def _union(tables: list[Table]) -> Table:
    """Bring rows of evidence together; engines count in types of their own."""
    types = {name: str(kind) for name, kind in TieEvidenceTable.columns.items()}
    alike = [
        table.select(**{name: table[name].cast(kind) for name, kind in types.items()})
        for table in tables
    ]
    return reduce(lambda one, other: one.union(other), alike)


def in_order(engine: Engine, ties: Table) -> TieEvidenceTable:
    """Run the expression of evidence and give its rows in order.

    They are put in order here and not by the engine: by pair that takes a third of the time.
    """
    table = engine.arrow(ties).cast(TieEvidenceTable.schema())
    return TieEvidenceTable(sorted_by_pair(table))


def event_persons(
    engine: Engine, parts: Table, occasions: Table | None, rules: Rules
) -> tuple[Table, Table]:
    """Give who counts in which version of an occasion, with how many, and the versions left out.

    Parameters
    ----------
    parts : coded parts.
    occasions : of grouped events (`event_occasions`); None when every event is its own occasion.

    """
    rows = eligible_parts(engine, parts, occasions, rules)
    persons, counted = participants(engine, rows)
    limits = engine.table(_limits(rules), "tie_limit")
    counted = counted.mutate(**_apart(counted)).join(limits, "rule")
    counted = engine.keep(counted.filter(counted.bars == 0), "tie_version")
    few = counted.filter(counted.people <= counted.most_people)
    counts = few.select(*VERSION, "people", "people_proven")
    many = counted.filter(counted.people > counted.most_people)
    return engine.keep(persons.join(counts, VERSION), "tie_counted"), many


def _apart(rows: Table) -> dict[str, Any]:
    """Give the rule and the occasion that stand in one number."""
    return {
        "rule": (rows.rule_occasion & ((1 << RULE_BITS) - 1)).cast("int16"),
        "occasion": rows.rule_occasion >> RULE_BITS,
    }


def _limits(rules: Rules) -> pa.Table:
    return pa.table(
        {
            "rule": pa.array(range(len(rules.rules)), pa.int16()),
            "most_people": pa.array([rule.most_people for rule in rules.rules], pa.int32()),
        }
    )


def event_pairs(persons: Table, rules: Rules) -> Table:
    """Tie each two persons of a version of an occasion who stood on the sides that a rule asks for.

    Of each the gravest kind counts, and of the two the less grave: nobody is tied by what only
    the other took part in.
    """
    one, other = persons.view(), persons.view()
    rows = one.join(other, [*VERSION, one.subject < other.subject], rname="{name}_other")
    forward = rows["first"] & rows.other_other
    backward = rows["other"] & rows.first_other
    rows = rows.mutate(direction=forward + 2 * backward)
    rows = rows.filter(rows.direction > 0)
    directed = [code for code in range(len(rules.rules)) if rules.directed(code)]
    proven = ibis.least(rows.proven, rows.proven_other)
    occurred = ibis.least(rows.occurred, rows.occurred_other)
    rows = rows.mutate(**_apart(rows))
    return rows.select(
        "rule", "occasion", "known", "superseded",
        person_a=rows.subject,
        person_b=rows.subject_other,
        occurred=occurred,
        ended=ibis.least(rows.fades_from, rows.fades_from_other),
        end_known=rows.known,
        grade=ibis.least(rows.grade, rows.grade_other),
        proven=proven,
        people=rows.people,
        people_proven=(proven == NO_GRADE).ifelse(0, rows.people_proven),
        direction=rows.rule.isin(directed).ifelse(rows.direction, 0) if directed else ibis.literal(0),
        agencies=rows.agencies | rows.agencies_other,
    ).select(COLUMNS)  # fmt: skip
