"""The policy as frozen, validated models: the one description that every later stage works from.

Each indicator comes down to one or more `Selection`s (which events count) and a measure (what is
made of them). `read_policy` builds these from TOML; nothing else should.
"""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, model_validator

Level = Literal["person", "family"]
Polarity = Literal["risk", "protective", "context"]
Use = Literal["score", "restricted", "display"]
Evidence = Literal["seed", "read", "background"]
Weigh = Literal["events", "value"]
Caution = Literal[
    "poverty",
    "disability",
    "ethnicity",
    "surveillance_exposure",
    "unproven_information",
    "victim_status",
]


def _sorted_once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _ascending(ages: tuple[int, int]) -> tuple[int, int]:
    if ages[0] > ages[1]:
        raise ValueError("the first age is above the second; write [lowest, highest]")
    return ages


Text = Annotated[str, Field(min_length=1)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Days = Annotated[int, Field(strict=True, ge=1)]
Grade = Annotated[int, Field(strict=True, ge=0, le=5)]
Age = Annotated[int, Field(strict=True, ge=0, le=130)]
Ages = Annotated[tuple[Age, Age], Field(strict=False), AfterValidator(_ascending)]
# Order has no meaning in these lists, so it must not change the policy's hash
# (test_order_and_layout_do_not_change_the_hash).
Names = Annotated[tuple[Text, ...], AfterValidator(_sorted_once)]
Cautions = Annotated[tuple[Caution, ...], AfterValidator(_sorted_once)]
SomeNames = Annotated[tuple[Text, ...], Field(min_length=1), AfterValidator(_sorted_once)]


class Frozen(BaseModel):
    """A model that cannot change after it is read and knows no keys but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Header(Frozen):
    """Which policy this is."""

    name: Text
    version: Text
    description: Text


class Agency(Frozen):
    """An agency that sends records, or the partnership for what is made from several."""

    title: Text


class Role(Frozen):
    """How a person takes part in an event; `phrase` ends the sentence "the person was …".

    `harmed`: whoever has this role was harmed or in danger there. Nothing of it ever counts towards
    a perpetrator score. `harming`: whoever has it may have been on the harming side; only these
    roles count towards one.
    """

    title: Text
    phrase: Text
    description: Text
    harmed: StrictBool = False
    harming: StrictBool = False

    @model_validator(mode="after")
    def _on_one_side(self) -> Self:
        if self.harmed and self.harming:
            raise ValueError("a role is harmed or harming, not both; keep one of the two")
        return self


class Gateway(Frozen):
    """A legal power under which information may be shared."""

    title: Text
    statute: Text


class Retention(Frozen):
    """How long the partnership's copy of a record is kept, counted from the event or its end."""

    title: Text
    years: Days
    note: Text | None = None


class LeftOut(Frozen):
    """A catalogue indicator that this policy does not compute from events, and why."""

    code: Text
    reason: Text


class Derived(Frozen):
    """A kind made from others: an `event` that comes 1 to `within_days` days after an `after`."""

    event: SomeNames
    after: SomeNames
    within_days: Days


class Kind(Frozen):
    """A kind of event: its name, weight, roles, legal gateway and how long it is kept.

    `gravity` is the partnership's scale 0-5; `harm_days` the Cambridge Crime Harm Index, in days
    of sentence (crimes only); `value` the unit of `event.value` when the event carries a number.
    `cautions`: what else an event of this kind may stand for than poverty and unproven information,
    which have keys of their own. `victim_status`: whom the record is about was harmed, or may have
    been, though the role does not say so (a flag of exploitation). `open_at_most_days`: what
    lasts counts as open no longer; `scoring.open_at_most_days` if not given.
    """

    name: Text
    title: Text
    agency: Text
    gravity: Grade
    roles: SomeNames
    retention: Text
    gateway: Text
    harm_days: Annotated[float, Field(strict=True, gt=0)] | None = None
    harm_days_reason: Text | None = None
    value: Text | None = None
    lasting: StrictBool = False
    open_at_most_days: Days | None = None
    unproven: StrictBool = False
    poverty_proxy: StrictBool = False
    cautions: Annotated[
        tuple[Literal["disability", "ethnicity", "surveillance_exposure", "victim_status"], ...],
        AfterValidator(_sorted_once),
    ] = ()
    derived: Derived | None = None

    def stands_for(self) -> frozenset[Caution]:
        """Give every caution of which its events may be the trace."""
        named: set[Caution] = set(self.cautions)
        if self.poverty_proxy:
            named.add("poverty")
        if self.unproven:
            named.add("unproven_information")
        return frozenset(named)


class Selection(Frozen):
    """Which events count: any of the kinds, in any of the roles, at the age, from the value up.

    No roles: any role. `ages` are whole years at the event, both ends included.
    """

    kinds: tuple[str, ...]
    roles: tuple[str, ...] = ()
    ages: tuple[int, int] | None = None
    value_at_least: float | None = None


class Threshold(Frozen):
    """From where an indicator is raised: a lowest or a highest value, itself included."""

    at_least: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("give exactly one of at_least and at_most")
        return self

    def reached(self, value: float) -> bool:
        """Whether this value raises the indicator."""
        if self.at_least is not None:
            return value >= self.at_least
        return self.at_most is not None and value <= self.at_most


class Codes(Frozen):
    """The same question in others' code lists.

    `tfd`: Bristol's Think Family Database, 1A-6C. `supporting_families`: headline outcomes 1-10
    of the 2022 programme. `cin_factors`: factors at end of assessment of the children in need
    census. `continuum`: levels of the local threshold document.
    """

    tfd: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[1-6][A-H]$")], ...], AfterValidator(_sorted_once)
    ] = ()
    supporting_families: Annotated[
        tuple[Annotated[int, Field(strict=True, ge=1, le=10)], ...],
        AfterValidator(lambda numbers: tuple(sorted(set(numbers)))),
    ] = ()
    cin_factors: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[0-9]{1,2}[A-F]?$")], ...],
        AfterValidator(_sorted_once),
    ] = ()
    continuum: Annotated[str, Field(pattern=r"^[1-4][A-D]?(-[1-4][A-D]?)?$")] | None = None


class Selecting(Frozen):
    """What picks events out: the keys of a selection, as an indicator or a part writes them."""

    kinds: SomeNames
    roles: Names = ()
    ages: Ages | None = None
    value_at_least: Number | None = None

    @property
    def selection(self) -> Selection:
        """The events that count."""
        return Selection(
            kinds=self.kinds,
            roles=self.roles,
            ages=self.ages,
            value_at_least=self.value_at_least,
        )


class Part(Selecting):
    """One side of a ratio: its events, each weighing one or its value."""

    weigh: Weigh = "events"


class _Described(Frozen):
    code: Text
    title: Text
    threshold: Threshold
    levels: Annotated[tuple[Level, ...], Field(min_length=1), AfterValidator(_sorted_once)]
    polarity: Polarity
    use: Use
    severity: Grade
    half_life_days: Annotated[int, Field(strict=True, ge=0)]
    cautions: Cautions = ()
    codes: Codes = Codes()
    basis: Text
    evidence: Evidence
    note: Text | None = None


class _Selected(_Described, Selecting):
    window_days: Days

    def selections(self) -> tuple[Selection, ...]:
        """Every selection that the measure needs."""
        return (self.selection,)


class CountIndicator(_Selected):
    """The number of distinct events in the window, or the sum of their values; nought of none."""

    measure: Literal["count"]
    weigh: Weigh = "events"


class RecencyIndicator(_Selected):
    """Days since the latest event in the window."""

    measure: Literal["recency"]


class LatestIndicator(_Selected):
    """The value of the latest event in the window; of several on one day, the highest."""

    measure: Literal["latest"]


class DistinctIndicator(_Selected):
    """How many different agencies or kinds the events in the window are of."""

    measure: Literal["distinct"]
    of: Literal["agencies", "kinds"]


class FlagIndicator(_Selected):
    """One when the selected events are there in the way asked for, else nought.

    `state` "open": a lasting event is open on the as-of date, for `open_at_least_days` if given.
    `state` "overlaps": a lasting event was open on some day of the window, or an event that does
    not last happened in it. No state: an event happened in the window.
    `with_kinds`: only if one of those, too, happened in the window (or is open, `with_state`).
    `unless_later`: not if one of those happened after the latest event.
    `settled_days`: only if the latest event is at least so old.
    """

    measure: Literal["flag"]
    state: Literal["open", "overlaps"] | None = None
    open_at_least_days: Days | None = None
    with_kinds: Names = ()
    with_state: Literal["open"] | None = None
    unless_later: Names = ()
    settled_days: Days | None = None

    @property
    def with_selection(self) -> Selection | None:
        """The events one of which must accompany the selected ones, in any role."""
        return Selection(kinds=self.with_kinds) if self.with_kinds else None

    @property
    def unless_later_selection(self) -> Selection | None:
        """The events that undo the flag when they come after it, in any role."""
        return Selection(kinds=self.unless_later) if self.unless_later else None

    def selections(self) -> tuple[Selection, ...]:
        """Every selection that the measure needs."""
        others = (self.with_selection, self.unless_later_selection)
        return (self.selection, *(other for other in others if other is not None))


class _OfTwoParts(_Described):
    numerator: Part
    denominator: Part
    minimum_denominator: Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]

    def selections(self) -> tuple[Selection, ...]:
        """Every selection that the measure needs."""
        return (self.numerator.selection, self.denominator.selection)


class RatioIndicator(_OfTwoParts):
    """Numerator over denominator in the window; no value below the minimum denominator."""

    measure: Literal["ratio"]
    window_days: Days


class ChangeIndicator(_OfTwoParts):
    """The ratio of the recent days against that of the earlier days before them.

    "difference": recent minus earlier. "quotient": recent divided by earlier. No value when the
    denominator of either stretch is below the minimum, or when a quotient's earlier ratio is 0.
    """

    measure: Literal["change"]
    recent_days: Days
    earlier_days: Days
    compare: Literal["difference", "quotient"]

    @property
    def window_days(self) -> int:
        """Both stretches together."""
        return self.recent_days + self.earlier_days


Indicator = (
    CountIndicator
    | RecencyIndicator
    | FlagIndicator
    | LatestIndicator
    | DistinctIndicator
    | RatioIndicator
    | ChangeIndicator
)

MEASURES: dict[str, type[Indicator]] = {
    "count": CountIndicator,
    "recency": RecencyIndicator,
    "flag": FlagIndicator,
    "latest": LatestIndicator,
    "distinct": DistinctIndicator,
    "ratio": RatioIndicator,
    "change": ChangeIndicator,
}
