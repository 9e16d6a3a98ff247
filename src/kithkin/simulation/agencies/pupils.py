"""Who is a pupil where, with what needs and whether for free meals; and what bears on a month."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.homes import Homes, deprivation, usual_address
from kithkin.simulation.agencies.school_year import WEEKS_A_YEAR, school_weeks
from kithkin.simulation.agencies.seeing import YEAR, child_state
from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.county import County
from kithkin.simulation.settings.services import EducationSettings, SchoolEffects
from kithkin.simulation.world import SCHOOL_PHASES, SEXES, Float, Index, Small, Table

TERM_DAYS = 200
"""More days than lie between the window's opening and the term that its first census collects."""
DAYS_TO_LEAVE = 20
"""Days from a permanent exclusion until the pupil leaves the roll, after the governors' review."""
NONE, IN_NEED, PROTECTION, LOOKED_AFTER = range(4)
SECONDARY, SPECIAL, UNIT = (
    SCHOOL_PHASES.index(name) for name in ("secondary", "special", "referral_unit")
)


@dataclass(frozen=True)
class Pupils(Table):
    """A row a pupil's spell at a school (not a college) that reaches into the weeks asked for."""

    person: Index
    school: Index
    start: Days
    end: Days
    phase: Small
    child: Index
    """Position in `Lives.children`, or NOBODY."""
    poor: Float
    deprivation: Float
    hidden: Float
    support_from: Days
    plan_from: Days
    meals_from: Days
    meals_to: Days
    excluded: Days
    """Day of a permanent exclusion from this school, or NEVER."""


def pupils_of(county: County, settings: EducationSettings, first: int) -> Pupils:
    """Give the pupils' spells that end on day `first` or later, and begin in the calendar.

    What is said of a pupil is the same whatever the day. Those whom a school excludes for good go
    to a referral unit, where the county has one, for the rest of their time at that school.
    """
    everyone = _with_exclusions(county, settings, _all_pupils(county, settings))
    kept = everyone.end >= first
    return _rows(everyone, np.flatnonzero(kept))


def _rows(pupils: Pupils, rows: npt.NDArray[np.intp]) -> Pupils:
    return Pupils(**{each.name: getattr(pupils, each.name)[rows] for each in fields(Pupils)})


def _all_pupils(county: County, settings: EducationSettings) -> Pupils:
    world, enrolments, calendar = county.world, county.world.enrolments, county.calendar
    phase = world.schools.phase[enrolments.school]
    kept = (enrolments.end >= calendar.opens - TERM_DAYS) & (enrolments.start <= calendar.ends)
    rows = np.flatnonzero(kept & (phase != SCHOOL_PHASES.index("college")))
    person, start = enrolments.person[rows], enrolments.start[rows]
    phase = phase[rows]
    child = county.lives.child_of[person]
    poor = _poverty(county, person, np.maximum(start, calendar.opens))
    hidden = np.where(child >= 0, county.lives.hidden_child[np.maximum(child, 0)], 0)
    support, plan = _needs(county, settings, person, phase, poor)
    meals = _meals(county, settings, person, poor)
    return Pupils(
        person=person,
        school=enrolments.school[rows],
        start=start,
        end=enrolments.end[rows],
        phase=phase,
        child=child,
        poor=poor,
        deprivation=deprivation(world, usual_address(world)[person]),
        hidden=hidden.astype(np.float32),
        support_from=support,
        plan_from=plan,
        meals_from=meals[0],
        meals_to=meals[1],
        excluded=np.full(len(rows), NEVER, dtype=np.int32),
    )


def _with_exclusions(county: County, settings: EducationSettings, pupils: Pupils) -> Pupils:
    """End the spells of those excluded for good, and let spells in a referral unit follow."""
    rows, day = _excluded(county, settings, pupils)
    end, excluded = pupils.end.copy(), pupils.excluded.copy()
    end[rows], excluded[rows] = day + DAYS_TO_LEAVE, day
    stayed = replace(pupils, end=end, excluded=excluded)
    units = np.flatnonzero(county.world.schools.phase == UNIT)
    if not len(units) or not len(rows):
        return stayed
    moved = replace(
        _rows(pupils, rows),
        school=units[np.arange(len(rows)) % len(units)].astype(np.int32),
        phase=np.full(len(rows), UNIT, dtype=np.int8),
        start=(day + DAYS_TO_LEAVE + 1).astype(np.int32),
    )
    both = {
        each.name: np.concatenate([getattr(stayed, each.name), getattr(moved, each.name)])
        for each in fields(Pupils)
    }
    return Pupils(**both)


def _excluded(
    county: County, settings: EducationSettings, pupils: Pupils
) -> tuple[npt.NDArray[np.intp], Days]:
    """Draw who is excluded from a secondary school for good, and on which school day."""
    weeks = school_weeks(county.calendar, settings.holidays)
    rng = county.streams.of("education", "permanent")
    rows = np.flatnonzero(pupils.phase == SECONDARY)
    luck = rng.random((3, len(county.world.people)), dtype=np.float32)[:, pupils.person[rows]]
    mondays = np.array([week.monday for week in weeks] or [NEVER], dtype=np.int32)
    day = mondays[(luck[0] * len(mondays)).astype(np.int32)] + (5 * luck[1]).astype(np.int32)
    state = child_state(county, "out_of_school", pupils.person[rows], day)
    effects = settings.suspension_effects
    lean = (
        effects.poor * pupils.poor[rows]
        + effects.hidden * pupils.hidden[rows]
        + effects.support * (pupils.support_from[rows] <= day)
        + 0.4 * state
    )
    within = (pupils.start[rows] < day) & (pupils.end[rows] > day + 2 * DAYS_TO_LEAVE)
    years = len(weeks) / WEEKS_A_YEAR
    chosen = within & (luck[2] < settings.exclusion * years * np.exp(lean))
    return rows[chosen], day[chosen].astype(np.int32)


def _poverty(county: County, person: Index, day: Days) -> Float:
    household = Homes(county.world).household(person, day)
    poor = county.world.households.poor
    if not len(poor):
        return np.zeros(len(person), dtype=np.float32)
    usual = float(poor.mean())
    return np.where(household >= 0, poor[np.maximum(household, 0)], usual).astype(np.float32)


def _needs(
    county: County, settings: EducationSettings, person: Index, phase: Small, poor: Float
) -> tuple[Days, Days]:
    """Draw from when a pupil has SEN support, or a plan; more often boys and the disabled."""
    people, rng = county.world.people, county.streams.of("education", "needs")
    luck = rng.random((3, len(people)), dtype=np.float32)[:, person]
    lean = 1.8 * people.disabled[person] + 0.7 * (people.sex[person] == SEXES.index("M")) + poor
    lean = lean.astype(np.float32)
    plan = (luck[0] < share_by(lean, settings.plan)) | (phase == SPECIAL)
    support = ~plan & (luck[1] < share_by(lean, settings.support / (1 - settings.plan)))
    found = (people.born[person] + (3 + 4 * luck[2]) * YEAR).astype(np.int32)
    return (
        np.where(support, found, NEVER).astype(np.int32),
        np.where(plan, found, NEVER).astype(np.int32),
    )


def _meals(
    county: County, settings: EducationSettings, person: Index, poor: Float
) -> tuple[Days, Days]:
    """Draw the period of free meals, alike for brothers and sisters of one mother."""
    people, rng = county.world.people, county.streams.of("education", "meals")
    luck = rng.random((3, len(people)), dtype=np.float32)
    head = np.where(people.mother[person] >= 0, people.mother[person], person)
    chance = share_by(settings.free_meals_steepness * poor, settings.free_meals)
    eligible = luck[0][head] < chance
    begun = (people.born[person] + (4 + 2 * luck[1][person] ** 2) * YEAR).astype(np.int32)
    # Since 2018 transitional protection has kept nearly all who once qualified.
    lasting = (90 + 2500 * luck[1][head]).astype(np.int32)
    end = np.where(luck[2][person] < 0.05, begun + lasting, NEVER)
    return (
        np.where(eligible, begun, NEVER).astype(np.int32),
        np.where(eligible, end, NEVER).astype(np.int32),
    )


def share_by(lean: Float, share: float) -> Float:
    """Give chances that rise with `lean` in log odds, and whose mean is `share`."""
    low, high = -20.0, 20.0
    for _ in range(24):
        middle = (low + high) / 2
        mean = float((1 / (1 + np.exp(-(lean + middle)))).mean()) if len(lean) else share
        low, high = (middle, high) if mean < share else (low, middle)
    return (1 / (1 + np.exp(-(lean + low)))).astype(np.float32)


class Circumstances:
    """What bears on pupils' absence and exclusion, month by month, in log odds."""

    def __init__(
        self,
        county: County,
        pupils: Pupils,
        effects: SchoolEffects,
        states: dict[str, float],
        usual: npt.NDArray[np.float32],
    ) -> None:
        self._county, self._pupils, self._effects, self._states = county, pupils, effects, states
        older = (pupils.phase == SECONDARY) | (pupils.phase == UNIT)
        self._lasting = usual + (
            effects.secondary * older
            + effects.poor * pupils.poor
            + effects.deprivation * pupils.deprivation
            + effects.hidden * pupils.hidden
        ).astype(np.float32)
        self._status = np.array(
            [0, effects.in_need, effects.protection, effects.looked_after], dtype=np.float32
        )

    def in_month(self, month: int, status: Small) -> Float:
        """Give each pupil's log odds in a month; `status` is theirs in social care, by person."""
        pupils, effects, lives = self._pupils, self._effects, self._county.lives
        day = int(self._county.calendar.month_starts[month])
        total = (self._lasting + self._status[status[pupils.person]]).astype(np.float32)
        total += np.float32(effects.support) * (pupils.support_from <= day)
        total += np.float32(effects.plan) * (pupils.plan_from <= day)
        known = np.flatnonzero(pupils.child >= 0)
        child = pupils.child[known]
        total[known] += np.float32(effects.strength) * lives.strength[month, child]
        home = lives.home[month, child]
        for name, effect in self._states.items():
            if name in lives.child:
                total[known] += np.float32(effect) * lives.child[name][month, child]
            else:
                state = lives.household[name][month, np.maximum(home, 0)]
                total[known] += np.float32(effect) * np.where(home >= 0, state, 0)
        return total


def care_status(county: County, day: int) -> Small:
    """Say who is in need, on a protection plan or looked after on a day; shape (people,)."""
    care = county.care
    status = np.zeros(len(county.world.people), dtype=np.int8)
    referrals = care.referrals
    open_ = (referrals.day <= day) & (referrals.closed >= day) & ~referrals.no_further_action
    status[referrals.child[open_]] = IN_NEED
    plans = care.plans
    on_plan = plans.protection & (plans.start <= day) & (plans.end >= day)
    status[referrals.child[plans.referral[on_plan]]] = PROTECTION
    periods = care.care_periods
    status[periods.child[(periods.start <= day) & (periods.end >= day)]] = LOOKED_AFTER
    return status
