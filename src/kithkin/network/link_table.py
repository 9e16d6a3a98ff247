"""The Person Link Table on a date: who is tied to whom, how strongly, how recently, how gravely."""

from __future__ import annotations

from datetime import date
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kithkin.model import dates
from kithkin.network.evidence import Evidence
from kithkin.network.rules import NO_GRADE, Rules
from kithkin.network.strengths import NATURES, Choice, Sweep, in_parts, row_strength, rule_sums
from kithkin.network.tables import PersonTieTable
from kithkin.policy import Policy

Array = npt.NDArray[Any]

FACTS = (
    "recency",
    "occasions",
    "grade",
    "first",
    "last",
    "agencies",
    "rules",
    "forward",
    "backward",
)
CHOICES = (
    Choice(), *(Choice((nature,)) for nature in NATURES), Choice(proven=True),
    Choice(perpetrator=True),
)  # fmt: skip


def person_ties(
    evidence: Evidence, policy: Policy, day: date, *, threads: int = 2
) -> PersonTieTable:
    """Give the Person Link Table on a date, of every pair whom something known by then ties.

    Raises `ValueError` for a date after that of the evidence.
    """
    evidence.check(day)
    sweep = Sweep(evidence, Rules(policy))
    strength = sweep.strengths(day, CHOICES, threads)
    facts, reliability = _facts_on(sweep, day, threads)
    kept = np.flatnonzero(strength[0] > 0.0)
    a, b = evidence.pairs
    number = dict(zip(FACTS, facts[:, kept], strict=True))
    columns = [
        a[kept], b[kept], *strength[:, kept],
        number["recency"].astype(np.int32), number["occasions"].astype(np.int32),
        np.where(number["grade"] == NO_GRADE, 0.0, sweep.rules.gravity[number["grade"]]),
        _dates(number["first"]), _dates(number["last"]),
        np.bitwise_count(number["agencies"]).astype(np.int32),
        _names(number["rules"], sweep.rules),
        number["forward"].astype(np.int32), number["backward"].astype(np.int32),
        reliability[kept],
    ]  # fmt: skip
    arrays = [column if isinstance(column, pa.Array) else pa.array(column) for column in columns]
    return PersonTieTable(pa.Table.from_arrays(arrays, schema=PersonTieTable.schema()))


def _dates(numbers: Array) -> pa.Array:
    return pa.array(numbers.astype(np.int32)).cast(pa.date32())


def _names(masks: Array, rules: Rules) -> pa.DictionaryArray:
    """Give the names of the rules in each mask, with commas between; few masks differ."""
    different, place = np.unique(masks, return_inverse=True)
    said = [
        ", ".join(name for code, name in enumerate(rules.names) if int(mask) >> code & 1)
        for mask in different
    ]
    return pa.DictionaryArray.from_arrays(
        pa.array(place.astype(np.int32)), pa.array(said, pa.string())
    )


def _facts_on(sweep: Sweep, day: date, threads: int) -> tuple[Array, Array]:
    """Give the whole numbers of each pair, in the order of `FACTS`, and its reliability."""
    evidence, rules = sweep.evidence, sweep.rules
    starts = evidence.starts
    facts = np.zeros((len(FACTS), len(starts) - 1), np.int64)
    reliability = np.zeros(len(starts) - 1)
    names = ("occasion", "occurred", "direction", "agencies")
    more = tuple(evidence.column(name) for name in names)
    believed = rules.column("reliability")
    number = dates.day_number(day)

    def part(first: int, last: int) -> None:
        _tell(
            number, first, last, starts, sweep.rows, more, sweep.plan, rules.gravity, sweep.fading,
            believed, facts, reliability,
        )  # fmt: skip

    in_parts(part, len(starts) - 1, threads)
    return facts, reliability


@numba.njit(nogil=True, cache=True)
def _tell(  # type: ignore[no-untyped-def]
    day, first, last, starts, rows, more, plan, gravity, fading, believed, facts, reliability
):
    given = np.empty((2, len(believed)))
    rule = rows["rule"]
    for pair in range(first, last):
        begin, end = starts[pair], starts[pair + 1]
        if not rule_sums(begin, end, day, rows, plan, gravity, fading, given):
            continue
        _tell_pair(pair, begin, end, day, rows, more, plan, gravity, fading, given, facts)
        total, weighed = 0.0, 0.0
        for code in range(rule[begin], rule[end - 1] + 1):
            total += given[0, code]
            weighed += given[0, code] * believed[code]
        reliability[pair] = weighed / total if total > 0.0 else 0.0


@numba.njit(nogil=True, cache=True)
def _tell_pair(pair, begin, end, day, rows, more, plan, gravity, fading, given, facts):  # type: ignore[no-untyped-def]
    """Bring together what holds of a pair on a day, of the rules that give it anything."""
    rule, ended, end_known, grade = rows["rule"], rows["ended"], rows["end_known"], rows["grade"]
    occasion, occurred, direction, agencies = more
    first, last = np.int64(day), np.int64(-(2**40))
    highest, sources, named = np.int64(-1), np.int64(0), np.int64(0)
    count, forward, backward = 0, 0, 0
    for row in range(begin, end):
        code = rule[row]
        if (
            given[0, code] <= 0.0
            or row_strength(row, day, rows, plan, gravity, fading, False) < 0.0
        ):
            continue
        over = ended[row] <= day and end_known[row] <= day
        first, last = min(first, occurred[row]), max(last, ended[row] if over else day)
        highest, sources = max(highest, grade[row]), sources | agencies[row]
        named |= np.int64(1) << code
        seen = _seen_before(begin, row, occasion, direction, day, rows, given)
        count += 0 if seen & 4 else 1
        forward += 1 if direction[row] & 1 and not seen & 1 else 0
        backward += 1 if direction[row] & 2 and not seen & 2 else 0
    told = (day - last, count, highest, first, last, sources, named, forward, backward)
    for place in range(len(told)):
        facts[place, pair] = told[place]


@numba.njit(nogil=True, cache=True)
def _seen_before(begin, row, occasion, direction, day, rows, given):  # type: ignore[no-untyped-def]
    """Say what earlier rows told of the occasion of a row: 4, and the directions that they had.

    Occasions of events have one number under every rule; what lasts has its own by rule.
    """
    rule, known, superseded, grade = rows["rule"], rows["known"], rows["superseded"], rows["grade"]
    seen = 0
    for before in range(begin, row):
        if occasion[before] == occasion[row] and (
            rule[before] == rule[row] or (grade[before] >= 0 and grade[row] >= 0)
        ):
            holds = known[before] <= day < superseded[before] and given[0, rule[before]] > 0.0
            if holds:
                seen |= 4 | direction[before]
    return seen
