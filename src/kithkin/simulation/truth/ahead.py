"""What happens to whom in the twelve months after a day: the outcomes that rankings are for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.model.dates import add_months, day_number
from kithkin.simulation.calendar import NEVER
from kithkin.simulation.county import County
from kithkin.simulation.life import (
    CHILD_CONDITIONS,
    HAPPENINGS,
    HOUSEHOLD_CONDITIONS,
    PARTS,
    Lives,
)
from kithkin.simulation.world import NOBODY

A_YEAR = 365
OUTCOMES = (
    "escalation_after_closure",  # a new referral, then an enquiry, a protection plan or care
    "sexual_exploitation",
    "criminal_exploitation",
    "serious_violence",  # victim or suspect of a serious assault, or found with a weapon
    "protection_plan",
    "care",
)
AGES_OF_KITH = (10, 18)
"""From which age on, and up to which, children are ranked for exploitation and violence."""

Rows = npt.NDArray[np.int64]
Yes = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Events:
    """A row an event of a child: position in `lives.children`, and day."""

    child: Rows
    day: Rows

    def between(self, after: int, last: int) -> Rows:
        """Give the children with an event in (after, last], some more than once."""
        return self.child[(self.day > after) & (self.day <= last)]


@dataclass(frozen=True)
class Histories:
    """All that the outcomes and the records of care are read from."""

    referrals: Events
    contacts: Events
    closures: Events
    graves: Events
    outcomes: dict[str, Events]


def histories(county: County) -> Histories:
    """Sort out the county's events by child."""
    care, child_of = county.care, county.lives.child_of

    def of(person: npt.NDArray[np.int32], day: npt.NDArray[np.int32]) -> Events:
        return Events(child_of[person].astype(np.int64), day.astype(np.int64))

    child = care.referrals.child
    protection = care.plans.protection
    plans = of(child[care.plans.referral[protection]], care.plans.start[protection])
    enquiries = of(child[care.enquiries.referral], care.enquiries.start)
    periods = of(care.care_periods.child, care.care_periods.start)
    parts = (enquiries, plans, periods)
    return Histories(
        referrals=of(child, care.referrals.day),
        contacts=of(care.contacts.child, care.contacts.day),
        closures=of(care.outcomes.child, care.outcomes.day),
        graves=Events(
            np.concatenate([part.child for part in parts]),
            np.concatenate([part.day for part in parts]),
        ),
        outcomes={
            "sexual_exploitation": _exploited(
                county, "sexual_exploitation", "sexual_exploitation_sign", "sexual_offence"
            ),
            "criminal_exploitation": _exploited(
                county, "criminal_exploitation", "criminal_exploitation_sign", "drug_supply"
            ),
            "serious_violence": _violence(county),
            "protection_plan": plans,
            "care": periods,
        },
    )


def _exploited(county: County, condition: str, sign: str, other: str) -> Events:
    """Take signs of exploitation, and the other kind where exploitation was behind it."""
    happenings = county.happenings
    code = len(HOUSEHOLD_CONDITIONS) + CHILD_CONDITIONS.index(condition)
    of_kind = happenings.kind == HAPPENINGS.index(sign)
    of_kind |= (happenings.kind == HAPPENINGS.index(other)) & (happenings.cause == code)
    rows = np.flatnonzero(of_kind & county.care.survives & (happenings.child != NOBODY))
    child = county.lives.child_of[happenings.child[rows]]
    return _children(child, happenings.day[rows])


def _violence(county: County) -> Events:
    happenings, parts = county.happenings, county.participants
    kinds = [HAPPENINGS.index("serious_assault"), HAPPENINGS.index("weapon_found")]
    grave = np.isin(happenings.kind, kinds) & county.care.survives
    part = np.isin(parts.part, [PARTS.index(p) for p in ("subject", "victim", "suspect")])
    inside = parts.happening < len(happenings)
    rows = np.flatnonzero(part & inside)
    rows = rows[grave[parts.happening[rows]]]
    child = county.lives.child_of[parts.person[rows]]
    return _children(child, happenings.day[parts.happening[rows]])


def _children(child: npt.NDArray[np.int32], day: npt.NDArray[np.int32]) -> Events:
    known = child != NOBODY
    return Events(child[known].astype(np.int64), day[known].astype(np.int64))


def ranked_children(county: County, past: Histories, outcome: str, as_of: int, month: int) -> Rows:
    """Give the children (positions in `lives.children`) who are ranked for an outcome that day."""
    lives = county.lives
    here = lives.home[month] != NOBODY
    if outcome == "escalation_after_closure":
        return np.flatnonzero(here & _any(lives, past.closures.between(as_of - A_YEAR, as_of)))
    if outcome in ("protection_plan", "care"):
        return np.flatnonzero(here & ~_running(county, outcome, as_of))
    born = county.world.people.born[lives.children]
    youngest, oldest = (born_by(county, as_of, age) for age in AGES_OF_KITH)
    return np.flatnonzero(here & (born <= youngest) & (born > oldest))


def born_by(county: County, as_of: int, age: int) -> int:
    """Give the last day of birth of those who have reached an age on a day."""
    return day_number(add_months(county.calendar.day(as_of), -12 * age))


def _running(county: County, outcome: str, day: int) -> Yes:
    """Say which children are on a protection plan, or looked after, that day."""
    care = county.care
    rows = care.care_periods if outcome == "care" else care.plans
    running = (rows.start <= day) & (rows.end > day)
    if outcome == "care":
        person = care.care_periods.child[running]
    else:
        person = care.referrals.child[care.plans.referral[running & care.plans.protection]]
    return _any(county.lives, county.lives.child_of[person].astype(np.int64))


def _any(lives: Lives, child: Rows) -> Yes:
    found = np.zeros(len(lives.children), dtype=np.bool_)
    found[child] = True
    return found


def happened_on(county: County, past: Histories, outcome: str, as_of: int) -> Rows:
    """Give for every child the day on which the outcome first came about in the twelve months after.

    NEVER for a child of whom it did not.
    """
    last = as_of + A_YEAR
    if outcome != "escalation_after_closure":
        return _firsts(county, past.outcomes[outcome], as_of, last)
    referred = _firsts(county, past.referrals, as_of, last)
    graves = past.graves
    after = graves.day >= referred[graves.child]
    return _firsts(county, Events(graves.child[after], graves.day[after]), as_of, last)


def happened_before(county: County, past: Histories, outcome: str, as_of: int) -> Yes:
    """Say for every child whether it had come about by the day; of an escalation, its grave part."""
    events = past.graves if outcome == "escalation_after_closure" else past.outcomes[outcome]
    return _any(county.lives, events.child[events.day <= as_of])


def _firsts(county: County, events: Events, after: int, last: int) -> Rows:
    """Give for every child the first day of an event in (after, last], or NEVER."""
    first = np.full(len(county.lives.children), NEVER, dtype=np.int64)
    inside = (events.day > after) & (events.day <= last)
    np.minimum.at(first, events.child[inside], events.day[inside])
    return first
