"""How strong every tie is on a date, or on each of many: one sweep over the evidence a date.

A rule gives a tie the sum of what its occasions give, no more than `at_most`:
`weight * reliability * gravity / (people - 1) * 2^(-age / half_life)`. An occasion counts once a
rule, by the strongest of what is known of it. Age counts from `occurred`, or for what lasts from
its end. Belonging to one place counts only where another rule of the same nature ties the two on
that day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, get_args

import numba
import numpy as np
import numpy.typing as npt

from kithkin.model import dates
from kithkin.network.evidence import Evidence
from kithkin.network.rules import Rules
from kithkin.policy import Policy
from kithkin.policy.networks import EventTie, MembershipTie, Nature, TieRule

Array = npt.NDArray[Any]

NATURES: tuple[Nature, ...] = get_args(Nature)
PAIRS_AT_ONCE = 1 << 18


@dataclass(frozen=True)
class Choice:
    """Which evidence a strength is of.

    Parameters
    ----------
    natures : of the rules.
    proven : leave unproven kinds out, as though they had not been recorded.
    perpetrator : only rules that may carry something to a perpetrator score.

    """

    natures: tuple[Nature, ...] = NATURES
    proven: bool = False
    perpetrator: bool = False


@dataclass(frozen=True)
class Strengths:
    """The strength of every tie on a day: `strength[i, p]` of choice i and the evidence's pair p.

    A pair of which nothing was known yet has 0.
    """

    day: date
    choices: tuple[Choice, ...]
    strength: npt.NDArray[np.float64]

    def of(self, choice: Choice) -> npt.NDArray[np.float64]:
        """Give the strengths of one choice; `ValueError` when it was not asked for."""
        return self.strength[self.choices.index(choice)]


def strengths_on(
    evidence: Evidence,
    policy: Policy,
    days: Sequence[date],
    choices: Sequence[Choice] = (Choice(),),
    *,
    threads: int = 2,
) -> Iterator[Strengths]:
    """Give the strength of every tie on each date, in turn, so that memory holds one.

    Raises
    ------
    ValueError : for a date after that of the evidence.

    """
    for day in days:
        evidence.check(day)
    sweep = Sweep(evidence, Rules(policy))
    for day in days:
        yield Strengths(day, tuple(choices), sweep.strengths(day, choices, threads))


@dataclass(frozen=True)
class Sweep:
    """The evidence as arrays for the compiled loops, made once for all dates."""

    evidence: Evidence
    rules: Rules

    @cached_property
    def rows(self) -> tuple[Array, ...]:
        """Give what the loops read of each row; see `_strength_of`."""
        column = self.evidence.column
        names = ("rule", "known", "superseded", "ended", "end_known", "grade", "proven",
                 "people", "people_proven")  # fmt: skip
        return (self.again, *(column(name) for name in names))

    @cached_property
    def again(self) -> Array:
        """Say which rows are of the occasion and rule of the row before, for the same pair."""
        rule, occasion = self.evidence.column("rule"), self.evidence.column("occasion")
        again = np.zeros(len(rule), np.bool_)
        again[1:] = (rule[1:] == rule[:-1]) & (occasion[1:] == occasion[:-1])
        again[self.evidence.starts[:-1]] = False
        return again

    @cached_property
    def plan(self) -> tuple[Array, ...]:
        """Give by rule what an occasion gives, the most, membership, nature; by grade, gravity."""
        each = self.rules.column("weight") * self.rules.column("reliability")
        members = [isinstance(rule, MembershipTie) for rule in self.rules.rules]
        natures = [NATURES.index(rule.nature) for rule in self.rules.rules]
        return (
            each, self.rules.column("at_most"), np.array(members, np.bool_),
            np.array(natures, np.int8), self.rules.gravity,
        )  # fmt: skip

    @cached_property
    def fading(self) -> Array:
        """Give what is left by rule and age in days, up to the oldest evidence."""
        ended = self.evidence.column("ended")
        oldest = dates.day_number(self.evidence.as_of) - int(ended.min(initial=0))
        half_lives = self.rules.column("half_life_days")
        return np.exp2(-np.arange(oldest + 2)[None, :] / half_lives[:, None])

    def included(self, choices: Sequence[Choice]) -> Array:
        """Say by choice and rule whether the rule counts."""
        return np.array(
            [
                [
                    rule.nature in choice.natures
                    and (not choice.perpetrator or _carries_to_perpetrators(rule))
                    for rule in self.rules.rules
                ]
                for choice in choices
            ],
            np.bool_,
        ).reshape(len(choices), len(self.rules.rules))

    def strengths(self, day: date, choices: Sequence[Choice], threads: int) -> Array:
        """Give the strength by choice and pair."""
        starts = self.evidence.starts
        out = np.zeros((len(choices), len(starts) - 1))
        included = self.included(choices)
        proven = np.array([choice.proven for choice in choices], np.bool_)
        number = dates.day_number(day)

        def part(first: int, last: int) -> None:
            _sweep(
                number,
                first,
                last,
                starts,
                self.rows,
                self.plan,
                self.fading,
                included,
                proven,
                out,
            )

        in_parts(part, len(starts) - 1, threads)
        return out


def _carries_to_perpetrators(rule: TieRule) -> bool:
    return isinstance(rule, EventTie) and rule.perpetrator_network


def in_parts(part: Callable[[int, int], None], pairs: int, threads: int) -> None:
    """Call `part` with the first pair and the end of each stretch of pairs, on several threads."""
    firsts = range(0, pairs, PAIRS_AT_ONCE)
    lasts = [min(first + PAIRS_AT_ONCE, pairs) for first in firsts]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(part, firsts, lasts))


@numba.njit(nogil=True, cache=True, inline="always")
def row_strength(row, day, rows, plan, fading, proven):  # type: ignore[no-untyped-def]
    """Give what a row gives on a day: -1 when it does not hold then, 0 when it is not proven."""
    _, rule, known, superseded, ended, end_known, grade, sure, people, people_sure = rows
    if known[row] > day or superseded[row] <= day:
        return -1.0
    code = rule[row]
    counted = people_sure[row] if proven else people[row]
    if counted < 2:
        return 0.0
    over = ended[row] <= day and end_known[row] <= day
    age = day - ended[row] if over else 0
    gravity = plan[4][sure[row] if proven else grade[row]]
    return plan[0][code] * gravity / (counted - 1) * fading[code, age]


@numba.njit(nogil=True, cache=True)
def _sweep(day, first, last, starts, rows, plan, fading, included, proven, out):  # type: ignore[no-untyped-def]
    choices, rules = included.shape
    given = np.empty((2, rules))
    for pair in range(first, last):
        begin, end = starts[pair], starts[pair + 1]
        low, high = rows[1][begin], rows[1][end - 1]
        if rule_sums(begin, end, day, rows, plan, fading, given):
            for choice in range(choices):
                of = given[1 if proven[choice] else 0]
                for rule in range(low, high + 1):
                    if included[choice, rule]:
                        out[choice, pair] += of[rule]


@numba.njit(nogil=True, cache=True)
def rule_sums(begin, end, day, rows, plan, fading, given):  # type: ignore[no-untyped-def]
    """Add up what each rule gives a pair on a day; say whether any row holds.

    given : (2, rules), all and proven; written from the pair's first rule to its last, whatever
        stood there.
    """
    again, rule = rows[0], rows[1]
    held = False
    given[:, rule[begin] : rule[end - 1] + 1] = 0.0
    row = begin
    while row < end:
        code, most, most_sure = rule[row], -1.0, 0.0
        while True:
            now = row_strength(row, day, rows, plan, fading, False)
            if now >= 0.0:
                most = max(most, now)
                most_sure = max(most_sure, row_strength(row, day, rows, plan, fading, True))
            row += 1
            if row == end or not again[row]:
                break
        if most >= 0.0:
            held = True
            given[0, code] = min(given[0, code] + most, plan[1][code])
            given[1, code] = min(given[1, code] + most_sure, plan[1][code])
    if held:
        _drop_mere_membership(rule[begin], rule[end - 1], given, plan)
    return held


@numba.njit(nogil=True, cache=True)
def _drop_mere_membership(low, high, given, plan):  # type: ignore[no-untyped-def]
    """Forget what membership gives where no other rule of its nature gives anything."""
    member, nature = plan[2], plan[3]
    for rule in range(low, high + 1):
        if member[rule]:
            for sure in range(2):
                tied = False
                for other in range(low, high + 1):
                    alike = nature[other] == nature[rule] and not member[other]
                    tied = tied or (alike and given[sure, other] > 0.0)
                if not tied:
                    given[sure, rule] = 0.0
