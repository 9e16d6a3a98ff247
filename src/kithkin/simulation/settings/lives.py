"""Settings of lives: how often harm begins and ends, how it spreads, and what then happens."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kithkin.simulation.life import CHILD_CONDITIONS, HAPPENINGS, HOUSEHOLD_CONDITIONS
from kithkin.simulation.settings.sections import Section

Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=0)]
ByAge = Annotated[tuple[Rate, ...], Field(min_length=18, max_length=18)]
"""Relative rates at ages 0 to 17."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Course(_Part):
    """The course of any condition: episodes that begin, worsen, ease and end."""

    prevalence: Share
    """Share affected at a point in time: of families with children, or of those aged 11 to 17."""
    months: Annotated[float, Field(ge=1)]
    """How long a marked episode lasts on average, without strengths."""
    hidden: float
    """Log rate of onset for each unit of the hidden difference."""
    strength: Rate
    """Log rate by which a full strength (1 against 0) lowers onset and hastens recovery."""
    raised_by: dict[str, float] = {}
    """Log rate of onset while another condition of the same person or family lasts."""


class FamilyCourse(Course):
    """A condition of a household."""

    poverty: Rate
    """Log rate of onset of the poorest family against a comfortable one."""
    own_spread: Rate
    """Standard deviation, in units of the hidden difference, of what is this condition's alone."""


class ChildCourse(Course):
    """A condition of a child."""

    by_age: ByAge
    girls: float
    """Log rate of onset of girls against boys."""
    kin: Rate
    """Log rate of onset for each unit of exposure at home."""
    spread: Rate
    """Log rate of onset for each unit of exposure to the same condition among peers."""
    organised: Rate
    """Log rate of onset in a group that an organised group draws on."""
    danger: Rate
    """Log rate of onset for each unit of the danger of places frequented."""


class Steps(_Part):
    """Severity from month to month, the same for every condition."""

    first: tuple[Share, Share, Share]
    """Shares of episodes that begin mild, marked and severe."""
    worsens: Share
    eases: Share
    ends: tuple[Rate, Rate, Rate]
    """Recovery when mild, marked and severe, as a multiple of the condition's own."""
    settling: Annotated[int, Field(ge=0)]
    """Months lived through before the first, so that it has the mix of later ones."""


class Kin(_Part):
    """How harm at home reaches a child."""

    weights: dict[str, Rate]
    """Exposure for a marked condition of the household where the child lives."""
    second_home: Share
    former_home: Share
    """Weight of the home the child has left, when contact goes on."""
    contact: Share
    """Share of children who stay in contact with a home they have left."""
    most: Rate


class Kith(_Part):
    """Weights of friends, groups, brothers and sisters, cousins, and places in spreading harm."""

    friends: Rate
    groups: Rate
    siblings: Rate
    cousins: Rate
    places: Rate
    most: Rate
    """Largest log rate through the network, at a network strength of 1."""


class Strengths(_Part):
    """What protects children and families."""

    mean: Share
    spread: Rate
    family_share: Share
    """How much of a child's strength is the family's."""
    monthly_spread: Rate
    """Standard deviation of a month's change."""
    fades: Share
    """Share of a passing change that is gone after a month."""
    gained: Share
    """Strength gained for good by a recovery that leaves some."""
    gained_by: Share
    """Share of recoveries that leave strength for good."""


class Background(_Part):
    """Who meets with happenings that no condition is behind."""

    hidden: float
    poverty: float
    strength: float
    busy_share: Share
    """Share of children with many small happenings."""
    busy_times: Rate
    """How many times the small happenings of others they have."""
    busy_hidden: Rate
    """How far the hidden difference, in standard deviations, decides who they are."""
    childless_couples: Rate
    """Domestic incidents a year in 1,000 households of couples without children."""


class Season(_Part):
    """How often on the days of the week, from Monday, and in the months of the year."""

    week: Annotated[tuple[Rate, ...], Field(min_length=7, max_length=7)]
    year: Annotated[tuple[Rate, ...], Field(min_length=12, max_length=12)]


class Kind(_Part):
    """One kind of happening."""

    among: Literal["household", "peers", "child"]
    background: Rate
    """A year, for 10,000 children, with no condition behind it."""
    small: bool
    """Whether children with many small happenings have more of it."""
    ages: str
    """Name of a table of relative rates by age: which children it befalls."""
    season: str
    company: Rate = 0.0
    """Log rate of the background for each unit of what reaches the child among peers."""
    driven_by: dict[str, Rate]
    """A month, while the condition is marked."""
    severity: Annotated[float, Field(ge=1, le=5)]
    """Mean severity without a condition behind it."""
    repeats: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Further happenings that each one sets off."""
    repeat_days: Annotated[float, Field(ge=1)] = 20.0
    """Mean days until those."""
    part: Literal["subject", "victim", "suspect", "present"] = "subject"
    """The part of the child most concerned."""
    others: Rate = 0.0
    """Mean number of other young people who take part."""
    others_part: Literal["subject", "victim", "suspect", "present"] = "present"
    adult: Share = 0.0
    """Share in which an adult takes part: of the family at home, of the organised group outside."""
    adult_part: Literal["subject", "victim", "suspect", "present"] = "suspect"
    partners: bool = False
    """Whether it is between adult partners, present or former."""


class Happen(_Part):
    """What holds for happenings of every kind."""

    by_state: tuple[Rate, Rate, Rate]
    """Rate when a condition is mild, marked and severe, as a multiple of the kind's own."""
    escalation: Rate
    """How much denser happenings are at an episode's end than at its start, relative to its mean."""
    own_spread: Rate
    """Standard deviation, in log rate, of how much of an episode ever shows."""
    severity_step: Rate
    """Rise of mean severity for each step of the condition behind it."""
    severity_spread: Rate
    rounds: Annotated[int, Field(ge=0, le=5)]
    """Generations of repeats."""
    second_home_present: Share
    """Chance that a child for whom this is a second home is there."""
    suspects_male: Share
    """Share of men among suspects of domestic abuse by partners."""


class LifeSettings(Section):
    """Rates of harm, recovery and happenings."""

    FILE: ClassVar[str] = "lives.toml"

    steps: Steps
    kin: Kin
    kith: Kith
    strengths: Strengths
    background: Background
    happen: Happen
    family: dict[str, FamilyCourse]
    child: dict[str, ChildCourse]
    ages: dict[str, ByAge]
    seasons: dict[str, Season]
    kinds: dict[str, Kind]

    @model_validator(mode="after")
    def _names_are_known(self) -> LifeSettings:
        _same("family", set(self.family), HOUSEHOLD_CONDITIONS)
        _same("child", set(self.child), CHILD_CONDITIONS)
        _same("kinds", set(self.kinds), HAPPENINGS)
        _within("kin.weights", set(self.kin.weights), HOUSEHOLD_CONDITIONS)
        for name, family in self.family.items():
            _within(f"family.{name}.raised_by", set(family.raised_by), HOUSEHOLD_CONDITIONS)
        for name, child in self.child.items():
            if not any(child.by_age):
                raise ValueError(f"child.{name}.by_age: at least one age must have a rate above 0")
            _within(f"child.{name}.raised_by", set(child.raised_by), CHILD_CONDITIONS)
        for name, kind in self.kinds.items():
            known = HOUSEHOLD_CONDITIONS + CHILD_CONDITIONS
            _within(f"kinds.{name}.driven_by", set(kind.driven_by), known)
            _within(f"kinds.{name}.ages", {kind.ages}, tuple(self.ages))
            _within(f"kinds.{name}.season", {kind.season}, tuple(self.seasons))
        return self


def _same(where: str, found: set[str], wanted: tuple[str, ...]) -> None:
    _within(where, found, wanted)
    if missing := sorted(set(wanted) - found):
        raise ValueError(f"{where}: missing {', '.join(missing)}")


def _within(where: str, found: set[str], known: tuple[str, ...]) -> None:
    if unknown := sorted(found - set(known)):
        raise ValueError(f"{where}: unknown {', '.join(unknown)}; known are {', '.join(known)}")
