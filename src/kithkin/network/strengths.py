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

    def counts(self, rule: TieRule) -> bool:
        """Say whether a rule counts."""
        return rule.nature in self.natures and (
            not self.perpetrator or (isinstance(rule, EventTie) and rule.perpetrator_network)
        )


def plainest(policy: Policy, choice: Choice) -> Choice:
    """Give the choice that counts the same evidence and says least: of equal ones, one is enough.

    Natures of which no rule counts are left out, and so is `proven` where no unproven kind counts.
    """
    counting = [rule for rule in policy.ties.values() if choice.counts(rule)]
    kinds = {kind for rule in counting if isinstance(rule, EventTie) for kind in rule.kinds}
    return Choice(
        tuple(nature for nature in NATURES if any(rule.nature == nature for rule in counting)),
        proven=choice.proven and any(policy.kinds[kind].unproven for kind in kinds),
        perpetrator=choice.perpetrator,
    )


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
    def rows(self) -> Array:
        """Give what the loops read of each row, side by side; `again` as the property of it."""
        names = ("rule", "known", "superseded", "ended", "end_known", "grade", "proven",
                 "people", "people_proven")  # fmt: skip
        columns = {"again": self.again} | {name: self.evidence.column(name) for name in names}
        rows = np.empty(len(self.again), [(name, c.dtype) for name, c in columns.items()])
        for name, column in columns.items():
            rows[name] = column
        return rows

    @cached_property
    def again(self) -> Array:
        """Say which rows are of the occasion and rule of the row before, for the same pair."""
        rule, occasion = self.evidence.column("rule"), self.evidence.column("occasion")
        again = np.zeros(len(rule), np.bool_)
        again[1:] = (rule[1:] == rule[:-1]) & (occasion[1:] == occasion[:-1])
        again[self.evidence.starts[:-1]] = False
        return again

    @cached_property
    def plan(self) -> Array:
        """Give by rule what an occasion of gravity 1 gives, the most, membership and nature."""
        kinds = [("each", float), ("at_most", float), ("member", bool), ("nature", np.int8)]
        plan = np.empty(len(self.rules.rules), kinds)
        plan["each"] = self.rules.column("weight") * self.rules.column("reliability")
        plan["at_most"] = self.rules.column("at_most")
        plan["member"] = [isinstance(rule, MembershipTie) for rule in self.rules.rules]
        plan["nature"] = [NATURES.index(rule.nature) for rule in self.rules.rules]
        return plan

    @property
    def constants(self) -> tuple[Array, ...]:
        """Give all that the loops need beside a day: rows, plan, gravity, fading."""
        return self.rows, self.plan, self.rules.gravity, self.fading

    @cached_property
    def fading(self) -> Array:
        """Give what is left by rule and age in days, up to the oldest evidence."""
        ended = self.evidence.column("ended")
        oldest = dates.day_number(self.evidence.as_of) - int(ended.min(initial=0))
        half_lives = self.rules.column("half_life_days")
        return np.exp2(-np.arange(oldest + 2)[None, :] / half_lives[:, None])

    def included(self, choices: Sequence[Choice]) -> Array:
        """Say by choice and rule whether the rule counts."""
        said = [[choice.counts(rule) for rule in self.rules.rules] for choice in choices]
        return np.array(said, np.bool_).reshape(len(choices), len(self.rules.rules))

    def strengths(self, day: date, choices: Sequence[Choice], threads: int) -> Array:
        """Give the strength by choice and pair."""
        starts = self.evidence.starts
        # Of a pair all choices side by side: who makes graphs of them takes them together.
        out = np.zeros((len(starts) - 1, len(choices))).T
        included = self.included(choices)
        proven = np.array([choice.proven for choice in choices], np.bool_)
        number = dates.day_number(day)

        constants = self.constants

        def part(first: int, last: int) -> None:
            _sweep(number, first, last, starts, *constants, included, proven, out)

        in_parts(part, len(starts) - 1, threads)
        return out


def in_parts(part: Callable[[int, int], None], pairs: int, threads: int) -> None:
    """Call `part` with the first pair and the end of each stretch of pairs, on several threads."""
    firsts = range(0, pairs, PAIRS_AT_ONCE)
    lasts = [min(first + PAIRS_AT_ONCE, pairs) for first in firsts]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(part, firsts, lasts))


@numba.njit(nogil=True, cache=True)
def row_strength(row, day, rows, plan, gravity, fading, proven):  # type: ignore[no-untyped-def]
    """Give what a row gives on a day: -1 when it does not hold then, 0 when it is not proven."""
    r = rows[row]
    if r.known > day or r.superseded <= day:
        return -1.0
    people = r.people_proven if proven else r.people
    if people < 2:
        return 0.0
    age = day - r.ended if r.ended <= day and r.end_known <= day else 0
    grave = gravity[r.proven if proven else r.grade]
    return plan[r.rule].each * grave / (people - 1) * fading[r.rule, age]


@numba.njit(nogil=True, cache=True)
def _sweep(day, first, last, starts, rows, plan, gravity, fading, included, proven, out):  # type: ignore[no-untyped-def]
    choices, rules = included.shape
    given = np.empty((2, rules))
    for pair in range(first, last):
        begin, end = starts[pair], starts[pair + 1]
        low, high = rows[begin].rule, rows[end - 1].rule
        if rule_sums(begin, end, day, rows, plan, gravity, fading, given):
            for choice in range(choices):
                sure = 1 if proven[choice] else 0
                for rule in range(low, high + 1):
                    if included[choice, rule]:
                        out[choice, pair] += given[sure, rule]


@numba.njit(nogil=True, cache=True)
def rule_sums(begin, end, day, rows, plan, gravity, fading, given):  # type: ignore[no-untyped-def]
    """Add up what each rule gives a pair on a day; say whether any row holds.

    given : (2, rules), all and proven; written from the pair's first rule to its last, whatever
        stood there.
    """
    held = False
    low, high = rows[begin].rule, rows[end - 1].rule
    for rule in range(low, high + 1):
        given[0, rule] = 0.0
        given[1, rule] = 0.0
    row = begin
    while row < end:
        code, most, most_sure = rows[row].rule, -1.0, 0.0
        while True:
            now = row_strength(row, day, rows, plan, gravity, fading, False)
            if now >= 0.0:
                most = max(most, now)
                sure = row_strength(row, day, rows, plan, gravity, fading, True)
                most_sure = max(most_sure, sure)
            row += 1
            if row == end or not rows[row].again:
                break
        if most >= 0.0:
            held = True
            given[0, code] = min(given[0, code] + most, plan[code].at_most)
            given[1, code] = min(given[1, code] + most_sure, plan[code].at_most)
    if held:
        _drop_mere_membership(low, high, given, plan)
    return held


@numba.njit(nogil=True, cache=True)
def _drop_mere_membership(low, high, given, plan):  # type: ignore[no-untyped-def]
    """Forget what membership gives where no other rule of its nature gives anything."""
    for rule in range(low, high + 1):
        if not plan[rule].member:
            continue
        for sure in range(2):
            tied = False
            for other in range(low, high + 1):
                alike = plan[other].nature == plan[rule].nature and not plan[other].member
                tied = tied or (alike and given[sure, other] > 0.0)
            if not tied:
                given[sure, rule] = 0.0
