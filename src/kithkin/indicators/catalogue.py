"""The policy's indicators, compiled: what to add up for each person or family, and what of it.

A `Catalogue` belongs to one level. It holds the distinct selections, the accumulators that run
over the facts of a selection inside a window, and the questions that finish them into values.
Every engine works from it; the reference engine alone reads the policy afresh, to judge it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Literal

from kithkin.policy import (
    ChangeIndicator,
    CountIndicator,
    DistinctIndicator,
    FlagIndicator,
    Indicator,
    LatestIndicator,
    Part,
    Policy,
    RatioIndicator,
    RecencyIndicator,
    Selection,
)
from kithkin.policy.models import Level

Finish = Literal["number", "distinct", "total", "flag", "recency", "latest", "ratio", "change"]
Windowed = CountIndicator | RecencyIndicator | LatestIndicator | DistinctIndicator

BITS_A_WORD = 62  # so that a word stays a positive 64-bit integer in every engine
FOREVER = 1 << 20  # days; longer than any window, and any open episode


class Measure(IntEnum):
    """What an accumulator keeps of the facts that reach it."""

    COUNT = 0  # how many
    SUM = 1  # the sum of their values, in thousandths
    LAST = 2  # the latest day
    LATEST = 3  # the latest day and, of that day, the highest value
    AGENCIES = 4  # which agencies, as a bit mask
    KINDS = 5  # which kinds, as a bit mask
    OPEN = 6  # how many are open on the as-of date
    OVERLAPS = 7  # how many were open, or happened, in the window


@dataclass(frozen=True)
class Accumulator:
    """One measure over one selection, for facts from `newest` to before `oldest` days ago.

    For OPEN, `newest` is for how many days it must have been open at the least.
    """

    measure: Measure
    selection: int
    newest: int
    oldest: int


@dataclass(frozen=True)
class Question:
    """How an indicator's value is made of accumulators, named by their positions.

    finish : "number" the accumulator itself; "distinct" the bits set in it; "total" the sum of
        values in it, in the kind's unit; "flag" whether it is there; "recency" days since it;
        "latest" the value of it; "ratio" and "change" the quotient of two, or the comparison of
        two quotients.
    whole : whether the value is a whole number.
    """

    code: str
    finish: Finish
    uses: tuple[int, ...]
    whole: bool = True
    with_use: int = -1
    with_is_open: bool = False
    unless_use: int = -1
    settled_days: int = 0
    state: bool = False  # the flag's accumulator counts, rather than holding the latest day
    minimum: float = 0.0  # least denominator
    scale: float = 1.0  # what the raw quotient is multiplied by (values are thousandths)
    quotient: bool = False


class CatalogueError(ValueError):
    """A valid policy that no engine can run, and how to change it."""


class Catalogue:
    """All indicators of one level, ready to run.

    Parameters
    ----------
    policy : the validated policy.
    level : "person" or "family".
    codes : only these indicators; all of the level without it.

    """

    def __init__(self, policy: Policy, level: Level, codes: Iterable[str] | None = None) -> None:
        self.policy, self.level = policy, level
        wanted = None if codes is None else set(codes)
        self.selections: list[Selection] = []
        self.accumulators: list[Accumulator] = []
        self._selection_at: dict[Selection, int] = {}
        self._accumulator_at: dict[Accumulator, int] = {}
        self.questions = [
            self._question(indicator)
            for code, indicator in sorted(policy.indicators.items())
            if level in indicator.levels and (wanted is None or code in wanted)
        ]

    @cached_property
    def codes(self) -> list[str]:
        """Name the indicators, in the order of their columns."""
        return [question.code for question in self.questions]

    @property
    def words(self) -> int:
        """Say how many 62-bit words it takes to mark the selections that a fact satisfies."""
        return max(1, -(-len(self.selections) // BITS_A_WORD))

    @cached_property
    def value_steps(self) -> list[int]:
        """List the least values, in thousandths, that any selection asks for."""
        steps = {_thousandths(s.value_at_least) for s in self.selections if s.value_at_least}
        return sorted(steps)

    @cached_property
    def reach(self) -> list[int]:
        """Give for each selection the days for which its facts can matter."""
        days = [0] * len(self.selections)
        for accumulator in self.accumulators:
            lasting = accumulator.measure in (Measure.OPEN, Measure.OVERLAPS)
            mine = FOREVER if lasting else accumulator.oldest
            days[accumulator.selection] = max(days[accumulator.selection], mine)
        return days

    # --- compiling ---------------------------------------------------------------------------

    def _selection(self, selection: Selection) -> int:
        if selection not in self._selection_at:
            self._selection_at[selection] = len(self.selections)
            self.selections.append(selection)
        return self._selection_at[selection]

    def _use(self, measure: Measure, selection: Selection, newest: int, oldest: int) -> int:
        accumulator = Accumulator(measure, self._selection(selection), newest, oldest)
        if accumulator not in self._accumulator_at:
            self._accumulator_at[accumulator] = len(self.accumulators)
            self.accumulators.append(accumulator)
        return self._accumulator_at[accumulator]

    def _question(self, indicator: Indicator) -> Question:
        match indicator:
            case CountIndicator():
                return self._count(indicator)
            case RecencyIndicator():
                return self._simple(indicator, "recency", Measure.LAST)
            case LatestIndicator():
                return self._simple(indicator, "latest", Measure.LATEST, whole=False)
            case DistinctIndicator():
                return self._distinct(indicator)
            case FlagIndicator():
                return self._flag(indicator)
            case RatioIndicator():
                return self._ratio(indicator)
            case ChangeIndicator():
                return self._change(indicator)

    def _simple(
        self, indicator: Windowed, finish: Finish, measure: Measure, *, whole: bool = True
    ) -> Question:
        use = self._use(measure, indicator.selection, 0, indicator.window_days)
        return Question(indicator.code, finish, (use,), whole=whole)

    def _count(self, indicator: CountIndicator) -> Question:
        if indicator.weigh == "value":
            return self._simple(indicator, "total", Measure.SUM, whole=False)
        return self._simple(indicator, "number", Measure.COUNT)

    def _distinct(self, indicator: DistinctIndicator) -> Question:
        of_kinds = indicator.of == "kinds"
        most = len(indicator.kinds) if of_kinds else len(self.policy.agencies)
        if most > BITS_A_WORD:
            raise CatalogueError(
                f"{indicator.code}: counts different {indicator.of}, {most} of them; "
                f"at most {BITS_A_WORD} can be told apart. Name fewer kinds."
            )
        return self._simple(indicator, "distinct", Measure.KINDS if of_kinds else Measure.AGENCIES)

    def _flag(self, indicator: FlagIndicator) -> Question:
        return Question(
            indicator.code,
            "flag",
            (self._flag_use(indicator),),
            state=indicator.state is not None,
            with_use=self._with_use(indicator),
            with_is_open=indicator.with_state == "open",
            unless_use=self._unless_use(indicator),
            settled_days=indicator.settled_days or 0,
        )

    def _flag_use(self, indicator: FlagIndicator) -> int:
        if indicator.state == "open":
            least = indicator.open_at_least_days or 0
            return self._use(Measure.OPEN, indicator.selection, least, FOREVER)
        measure = Measure.OVERLAPS if indicator.state == "overlaps" else Measure.LAST
        return self._use(measure, indicator.selection, 0, indicator.window_days)

    def _with_use(self, indicator: FlagIndicator) -> int:
        selection = indicator.with_selection
        if selection is None:
            return -1
        if indicator.with_state == "open":
            return self._use(Measure.OPEN, selection, 0, FOREVER)
        return self._use(Measure.LAST, selection, 0, indicator.window_days)

    def _unless_use(self, indicator: FlagIndicator) -> int:
        selection = indicator.unless_later_selection
        if selection is None:
            return -1
        return self._use(Measure.LAST, selection, 0, indicator.window_days)

    def _part(self, part: Part, newest: int, oldest: int) -> int:
        measure = Measure.SUM if part.weigh == "value" else Measure.COUNT
        return self._use(measure, part.selection, newest, oldest)

    def _ratio(self, indicator: RatioIndicator) -> Question:
        uses = (
            self._part(indicator.numerator, 0, indicator.window_days),
            self._part(indicator.denominator, 0, indicator.window_days),
        )
        return self._quotient(indicator, "ratio", uses)

    def _change(self, indicator: ChangeIndicator) -> Question:
        recent, both = indicator.recent_days, indicator.window_days
        uses = (
            self._part(indicator.numerator, 0, recent),
            self._part(indicator.denominator, 0, recent),
            self._part(indicator.numerator, recent, both),
            self._part(indicator.denominator, recent, both),
        )
        return self._quotient(indicator, "change", uses)

    def _quotient(
        self, indicator: RatioIndicator | ChangeIndicator, finish: Finish, uses: tuple[int, ...]
    ) -> Question:
        above = 1000.0 if indicator.numerator.weigh == "value" else 1.0
        below = 1000.0 if indicator.denominator.weigh == "value" else 1.0
        return Question(
            indicator.code,
            finish,
            uses,
            whole=False,
            minimum=indicator.minimum_denominator * below,
            scale=below / above,
            quotient=isinstance(indicator, ChangeIndicator) and indicator.compare == "quotient",
        )


def _thousandths(value: float) -> int:
    return round(value * 1000)
