"""What an agency notices of what happens, and when it has it on record."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.homes import deprivation, usual_address
from kithkin.simulation.calendar import Days
from kithkin.simulation.county import County
from kithkin.simulation.life import HAPPENINGS, PARTS
from kithkin.simulation.world import ETHNICITIES, Float, Index, Small

MAJORITY = ETHNICITIES.index("WBRI")
YEAR = 365.25
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Parties:
    """A row a person in a happening that came about within the window."""

    person: Index
    part: Small
    day: Days
    kind: Small
    severity: Small
    household: Index
    happening: Index

    def of(self, happening: str, part: str) -> Index:
        """Give the rows of one kind of happening and one part in it."""
        wanted = (self.kind == HAPPENINGS.index(happening)) & (self.part == PARTS.index(part))
        return np.flatnonzero(wanted).astype(np.int32)


def parties(county: County) -> Parties:
    """Give everybody in the happenings that help did not prevent, within the window."""
    happened, calendar = county.happenings, county.calendar
    kept = county.care.survives & (happened.day >= calendar.opens) & (happened.day <= calendar.ends)
    rows = np.flatnonzero(kept[county.participants.happening])
    which = county.participants.happening[rows]
    return Parties(
        person=county.participants.person[rows],
        part=county.participants.part[rows],
        day=happened.day[which],
        kind=happened.kind[which],
        severity=happened.severity[which],
        household=happened.household[which],
        happening=which,
    )


class Watch:
    """How much likelier one person is seen than another, by area and group (the knobs)."""

    def __init__(self, county: County) -> None:
        self._calendar, self._knobs = county.calendar, county.knobs
        self.deprivation = deprivation(county.world, usual_address(county.world))
        """Shape (people,): deprivation of the usual address, in standard deviations."""
        minority = county.world.people.ethnicity != MAJORITY
        self._lift = (
            self._knobs.surveillance_area * self.deprivation
            + self._knobs.surveillance_group * minority
        ).astype(np.float32)

    def odds(self, person: Index, day: Days) -> Float:
        """Give the log odds by which being recorded departs from the agency's usual."""
        years = (day - self._calendar.opens) / YEAR
        lift: Float = self._lift[person] + np.float32(self._knobs.yearly_drift) * years
        return lift.astype(np.float32)

    def sees(
        self, chance: float | Float, person: Index, day: Days, rng: np.random.Generator
    ) -> Mask:
        """Draw who is seen, when the agency sees a share `chance` of an average area's people."""
        shown = np.clip(np.asarray(chance, dtype=np.float32), 1e-6, 1 - 1e-6)
        odds = np.log(shown / (1 - shown)) + self.odds(person, day)
        return rng.random(len(person), dtype=np.float32) < 1 / (1 + np.exp(-odds))

    def recorded(self, day: Days, delay: float, rng: np.random.Generator) -> Days:
        """Give the days of record: `delay` days later on average, exponentially spread."""
        late = rng.exponential(delay * self._knobs.delays, len(day))
        return (day + late.astype(np.int32)).astype(np.int32)


def living(county: County, person: Index, day: Days | int) -> Mask:
    """Say who is alive and in the county on the day."""
    people = county.world.people
    here = (people.arrived[person] <= day) & (people.left[person] >= day)
    there: Mask = here & (people.died[person] > day) & (people.born[person] <= day)
    return there


def month_index(county: County, day: Days) -> npt.NDArray[np.int16]:
    """Give the month of the calendar of each day, held within it."""
    return np.clip(county.calendar.month_of(day), 0, county.calendar.months - 1)


def child_state(county: County, condition: str, person: Index, day: Days) -> Small:
    """Give the state of a child's condition (0 to 3) in the month of the day; 0 for adults."""
    child = county.lives.child_of[person]
    return _state(county, county.lives.child[condition], child, day)


def household_state(county: County, condition: str, household: Index, day: Days) -> Small:
    """Give the state of a household's condition (0 to 3) in the month of the day."""
    return _state(county, county.lives.household[condition], household, day)


def _state(county: County, states: npt.NDArray[np.uint8], row: Index, day: Days) -> Small:
    if not states.size:
        return np.zeros(len(row), dtype=np.int8)
    found = states[month_index(county, day), np.maximum(row, 0)]
    return np.where(row >= 0, found, 0).astype(np.int8)
