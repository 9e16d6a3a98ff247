"""Why a tie is as strong as it is: what each occasion gives, and what the tie were without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from math import fsum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.model import dates
from kithkin.network.evidence import Evidence
from kithkin.network.rules import NO_GRADE, Rules
from kithkin.network.strengths import Sweep, row_strength, strengths_on
from kithkin.network.tables import TieEvidenceTable
from kithkin.policy import Policy
from kithkin.policy.networks import EventTie, MembershipTie

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TieOccasion:
    """What one occasion gives a tie under one rule, on a day.

    Parameters
    ----------
    rule : its name. occasion : its number in the evidence.
    occurred, known : days; of what lasts, `occurred` is its start.
    ended : the day on which what lasts ended, as is known on the day; None while it goes on.
    unclosed : nobody recorded that end; it was open for so long that it is taken to have ended.
    lasting : whether it lasts, as a home does and a crime does not.
    kind : the gravest in which both took part; None where no kind of event makes the tie.
    people : who shared it, and among whom its weight is divided.
    direction : 1 from the lower person_key to the higher, 2 from the higher, 3 both, 0 none.
    agencies : codes of those that know of it.
    before : strength before fading. after : what is left of it.
    counted : what of that counts within what the rule may give; they sum to the tie's strength.
    without : the tie's strength, were the occasion not there, under any rule.

    """

    rule: str
    occasion: int
    occurred: int
    known: int
    ended: int | None
    unclosed: bool
    lasting: bool
    kind: str | None
    gravity: float
    people: int
    direction: int
    agencies: tuple[int, ...]
    unproven: bool
    before: float
    after: float
    counted: float
    without: float


def tie_occasions(
    evidence: Evidence, policy: Policy, pair: tuple[int, int], day: date
) -> list[TieOccasion]:
    """List what ties two persons on a day, by rule, the strongest first.

    Parameters
    ----------
    evidence : all of it, or that of the pair.
    pair : their person_keys, in any order.

    Raises
    ------
    ValueError : for a day after that of the evidence.

    """
    evidence.check(day)
    mine = _of_pair(evidence, *sorted(pair))
    number = dates.day_number(day)
    known, superseded = (mine.column(name) for name in ("known", "superseded"))
    holding = _rows(mine, (known <= number) & (superseded > number))
    if not len(holding.table):
        return []
    found = _counted(_strongest(holding, Rules(policy), day), Rules(policy))
    told = [replace(one, without=_without(holding, policy, one, day)) for one in found]
    return sorted(told, key=lambda one: (one.rule, -one.after, -one.occurred, one.occasion))


def _of_pair(evidence: Evidence, lower: int, higher: int) -> Evidence:
    wanted = pc.and_(
        pc.equal(evidence.table.data["person_a"], lower),
        pc.equal(evidence.table.data["person_b"], higher),
    )
    return _rows(evidence, np.asarray(wanted))


def _rows(evidence: Evidence, wanted: npt.NDArray[np.bool_]) -> Evidence:
    table = evidence.table.data.filter(pa.array(wanted)).combine_chunks()
    return replace(evidence, table=TieEvidenceTable(table))


def _strongest(holding: Evidence, rules: Rules, day: date) -> list[TieOccasion]:
    """Give each occasion once a rule, by the strongest of what is known of it."""
    sweep, number = Sweep(holding, rules), dates.day_number(day)
    after = [
        float(row_strength(row, number, *sweep.constants, False))
        for row in range(len(holding.table))
    ]
    rows = list(enumerate(holding.table.data.to_pylist()))
    found = []
    for _, same in groupby(rows, key=lambda one: (one[1]["rule"], one[1]["occasion"])):
        place, row = max(same, key=lambda one: (after[one[0]], one[1]["occurred"]))
        found.append(_occasion(row, after[place], rules, number))
    return found


def _occasion(row: dict[str, int], after: float, rules: Rules, day: int) -> TieOccasion:
    rule, grade = rules.rules[row["rule"]], row["grade"]
    gravity = float(rules.gravity[grade])
    kind = None if grade == NO_GRADE else rules.kinds[grade]
    lasting = not isinstance(rule, EventTie) or row["ended"] > row["occurred"]
    over = lasting and row["ended"] <= day and row["end_known"] <= day
    open_for = row["ended"] - row["occurred"]
    unclosed = over and kind is not None and open_for == rules.policy.open_at_most(kind)
    return TieOccasion(
        rule=rule.name,
        occasion=row["occasion"],
        occurred=row["occurred"],
        known=row["known"],
        ended=row["ended"] if over else None,
        unclosed=unclosed,
        lasting=lasting,
        kind=kind,
        gravity=gravity,
        people=row["people"],
        direction=row["direction"],
        agencies=tuple(code for code in range(63) if row["agencies"] >> code & 1),
        unproven=grade != NO_GRADE and row["proven"] == NO_GRADE,
        before=rule.weight * rule.reliability * gravity / (row["people"] - 1),
        after=after,
        counted=after,
        without=0.0,
    )


def _counted(found: Sequence[TieOccasion], rules: Rules) -> list[TieOccasion]:
    """Hold each rule to what it may give; belonging counts only beside another tie of its nature."""
    sums = {
        name: fsum(one.after for one in found if one.rule == name)
        for name in {one.rule for one in found}
    }
    policy = rules.policy
    tied = {
        policy.ties[name].nature
        for name, whole in sums.items()
        if whole > 0 and not isinstance(policy.ties[name], MembershipTie)
    }

    def share(one: TieOccasion) -> float:
        rule, whole = policy.ties[one.rule], sums[one.rule]
        if isinstance(rule, MembershipTie) and rule.nature not in tied:
            return 0.0
        return min(1.0, rule.at_most / whole) if whole > 0 else 0.0

    return [replace(one, counted=one.after * share(one)) for one in found]


def _without(holding: Evidence, policy: Policy, one: TieOccasion, day: date) -> float:
    """Give the tie's strength anew; occasions of events have one number under every rule."""
    rules = Rules(policy)
    by_events = [code for code, _ in rules.of(EventTie)]
    code = rules.names.index(one.rule)
    alike = by_events if code in by_events else [code]
    goes = (holding.column("occasion") == one.occasion) & np.isin(holding.column("rule"), alike)
    rest = _rows(holding, ~goes)
    return strength_of(rest, policy, day)


def strength_of(evidence: Evidence, policy: Policy, day: date) -> float:
    """Give the strength of the one tie of which this is evidence; 0 when there is none."""
    if not len(evidence.table):
        return 0.0
    return float(next(strengths_on(evidence, policy, [day])).strength[0, 0])
