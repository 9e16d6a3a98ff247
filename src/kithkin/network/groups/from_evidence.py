"""From evidence of ties to what each rule gives a pair on a date, with its last occasion."""

from __future__ import annotations

from datetime import date

import numba
import numpy as np

from kithkin.model import dates
from kithkin.network.evidence import Evidence
from kithkin.network.groups.ties import TieRows
from kithkin.network.rules import Rules
from kithkin.network.strengths import Sweep, in_parts, row_strength, rule_sums
from kithkin.policy import Policy
from kithkin.policy.gatherings import may_group


def tie_rows(evidence: Evidence, policy: Policy, day: date, *, threads: int = 2) -> TieRows:
    """Give what each rule that may tie a group gives each pair on a date.

    Raises
    ------
    ValueError : for a date after that of the evidence.

    """
    evidence.check(day)
    rules = Rules(policy)
    sweep = Sweep(evidence, rules)
    pair, rule = _runs(evidence)
    strength, last = np.zeros(len(pair)), np.zeros(len(pair), np.int64)
    family = np.array([one.nature == "family" for one in rules.rules], np.bool_)
    related = np.zeros(len(evidence.starts) - 1, np.bool_)
    first_run = np.searchsorted(pair, np.arange(len(evidence.starts)))
    number = dates.day_number(day)
    # What lasts and is open happens on the day itself.
    over = evidence.column("end_known") <= number
    happened = np.where(over, np.minimum(evidence.column("ended"), number), number)

    def part(first: int, end: int) -> None:
        _fill(
            number, first, end, evidence.starts, first_run, rule, sweep.rows, happened,
            sweep.plan, rules.gravity, sweep.fading, family, strength, last, related,
        )  # fmt: skip

    in_parts(part, len(evidence.starts) - 1, threads)
    may = np.array([may_group(one) for one in rules.rules], np.bool_)
    kept = np.flatnonzero(may[rule] & (strength > 0))
    a, b = evidence.pairs
    of = pair[kept]
    return TieRows(a[of], b[of], rule[kept], strength[kept], last[kept], related[of], rules.names)


def _runs(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """Give the pair, by its number, and the rule of each stretch of rows of one pair and rule."""
    rule = evidence.column("rule")
    pair = np.repeat(np.arange(len(evidence.starts) - 1), np.diff(evidence.starts))
    new = np.ones(len(rule), np.bool_)
    new[1:] = (rule[1:] != rule[:-1]) | (pair[1:] != pair[:-1])
    return pair[new], rule[new].astype(np.int64)


@numba.njit(nogil=True, cache=True)
def _fill(  # type: ignore[no-untyped-def]
    day, first, end, starts, first_run, rule, rows, happened, plan, gravity, fading, family,
    strength, last, related,
):  # fmt: skip
    given = np.empty((2, len(family)))
    for pair in range(first, end):
        begin, stop = starts[pair], starts[pair + 1]
        if rule_sums(begin, stop, day, rows, plan, gravity, fading, given):
            for run in range(first_run[pair], first_run[pair + 1]):
                strength[run] = given[0, rule[run]]
                related[pair] |= family[rule[run]] and strength[run] > 0.0
            run = first_run[pair]
            for row in range(begin, stop):
                while rule[run] != rows[row].rule:
                    run += 1
                if row_strength(row, day, rows, plan, gravity, fading, False) >= 0.0:
                    last[run] = max(last[run], happened[row])
