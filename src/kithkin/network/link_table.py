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
from kithkin.network.rules import MOST_RULES, NO_GRADE, Rules
from kithkin.network.strengths import NATURES, Choice, Sweep, in_parts, row_strength, rule_sums
from kithkin.network.tables import PersonTieTable
from kithkin.policy import Policy

Array = npt.NDArray[Any]

# What is told of each pair beside its strengths, and the rules as a bit each.
FACTS = np.dtype(
    [("recency", np.int32), ("occasions", np.int32), ("grade", np.int32), ("first", np.int32),
     ("last", np.int32), ("forward", np.int32), ("backward", np.int32), ("agencies", np.int64),
     ("rules", np.int64), ("reliability", np.float64)]
)  # fmt: skip
EVENT = MOST_RULES  # stands for the rule of whatever occasion has one number under all rules
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
    facts = _facts_on(sweep, day, threads)
    if not (strength[0] > 0.0).all():
        kept = np.flatnonzero(strength[0] > 0.0)
        strength, facts = strength[:, kept], facts[kept]
        a, b = (ends[kept] for ends in evidence.pairs)
    else:
        a, b = evidence.pairs
    columns = [
        a, b, *strength, facts["recency"], facts["occasions"],
        np.where(facts["grade"] == NO_GRADE, 0.0, sweep.rules.gravity[facts["grade"]]),
        _dates(facts["first"]), _dates(facts["last"]),
        np.bitwise_count(facts["agencies"]).astype(np.int32), _names(facts["rules"], sweep.rules),
        facts["forward"], facts["backward"], facts["reliability"],
    ]  # fmt: skip
    arrays = [column if isinstance(column, pa.Array) else pa.array(column) for column in columns]
    return PersonTieTable(pa.Table.from_arrays(arrays, schema=PersonTieTable.schema()))


def _dates(numbers: Array) -> pa.Array:
    return pa.array(numbers).cast(pa.date32())


def _names(masks: Array, rules: Rules) -> pa.DictionaryArray:
    """Give the names of the rules in each mask, with commas between; few masks differ."""
    found = pa.array(masks).dictionary_encode()
    said = [
        ", ".join(name for code, name in enumerate(rules.names) if mask >> code & 1)
        for mask in found.dictionary.to_pylist()
    ]
    return pa.DictionaryArray.from_arrays(found.indices, pa.array(said, pa.string()))


def _facts_on(sweep: Sweep, day: date, threads: int) -> Array:
    """Give `FACTS` of each pair."""
    evidence, rules = sweep.evidence, sweep.rules
    starts = evidence.starts
    facts = np.zeros(len(starts) - 1, FACTS)
    names = ("occasion", "occurred", "direction", "agencies")
    more = tuple(evidence.column(name) for name in names)
    believed = rules.column("reliability")
    number = dates.day_number(day)

    def part(first: int, last: int) -> None:
        _tell(number, first, last, starts, more, *sweep.constants, believed, facts)

    in_parts(part, len(starts) - 1, threads)
    return facts


@numba.njit(nogil=True, cache=True)
def _tell(day, first, last, starts, more, rows, plan, gravity, fading, believed, facts):  # type: ignore[no-untyped-def]
    given = np.empty((2, len(believed)))
    most = 1
    for pair in range(first, last):
        most = max(most, starts[pair + 1] - starts[pair])
    seen = np.empty((2, most), np.int64)
    for pair in range(first, last):
        begin, end = starts[pair], starts[pair + 1]
        if not rule_sums(begin, end, day, rows, plan, gravity, fading, given):
            continue
        _tell_pair(begin, end, day, rows, more, plan, gravity, fading, given, seen, facts[pair])
        total, weighed = 0.0, 0.0
        for code in range(rows[begin].rule, rows[end - 1].rule + 1):
            total += given[0, code]
            weighed += given[0, code] * believed[code]
        facts[pair].reliability = weighed / total if total > 0.0 else 0.0


@numba.njit(nogil=True, cache=True)
def _tell_pair(begin, end, day, rows, more, plan, gravity, fading, given, seen, told):  # type: ignore[no-untyped-def]
    """Bring together what holds of a pair on a day, of the rules that give it anything."""
    occasion, occurred, direction, agencies = more
    first, last = np.int64(day), np.int64(-(2**40))
    highest, sources, named = np.int64(-1), np.int64(0), np.int64(0)
    count = 0
    for row in range(begin, end):
        r = rows[row]
        if (
            given[0, r.rule] <= 0.0
            or row_strength(row, day, rows, plan, gravity, fading, False) < 0.0
        ):
            continue
        over = r.ended <= day and r.end_known <= day
        first, last = min(first, occurred[row]), max(last, r.ended if over else day)
        highest, sources = max(highest, r.grade), sources | agencies[row]
        named |= np.int64(1) << r.rule
        # Occasions of events have one number under every rule; what lasts has its own by rule.
        under = EVENT if r.grade >= 0 else r.rule
        seen[0, count], seen[1, count] = occasion[row] * (EVENT + 1) + under, direction[row]
        count += 1
    told.recency, told.grade, told.first, told.last = day - last, highest, first, last
    told.agencies, told.rules = sources, named
    told.occasions, told.forward, told.backward = _different(seen[0, :count], seen[1, :count])


@numba.njit(nogil=True, cache=True)
def _different(seen, directions):  # type: ignore[no-untyped-def]
    """Count the occasions, and in how many of them there is a harm of each direction."""
    if len(seen) == 1:
        return 1, directions[0] & 1, directions[0] >> 1
    count, forward, backward, so_far = 0, np.int64(0), np.int64(0), np.int64(0)
    order = np.argsort(seen)
    for at in range(len(seen)):
        if at == 0 or seen[order[at]] != seen[order[at - 1]]:
            count, so_far = count + 1, np.int64(0)
        new = directions[order[at]] & ~so_far
        forward, backward, so_far = forward + (new & 1), backward + (new >> 1), so_far | new
    return count, forward, backward
