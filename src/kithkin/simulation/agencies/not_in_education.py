"""Young people of 16 and 17 who are not in education, employment or training."""

from __future__ import annotations

import numpy as np

from kithkin.simulation.agencies.homes import Homes
from kithkin.simulation.agencies.pupils import share_by
from kithkin.simulation.agencies.school_year import reference_day
from kithkin.simulation.agencies.seeing import child_state, living
from kithkin.simulation.calendar import Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.settings.services import EducationSettings
from kithkin.simulation.world import Index

TWO_YEARS, USUAL_DAYS = 730, 200
"""Days between the end of compulsory school and eighteen or so, and mean days of a spell in them."""
AT_ONCE = 0.15
"""Share of the spells that begin on leaving school."""
LEAVING_AGE = 15
"""Age on the 31st of August before the last year of compulsory school."""


def not_in_education(county: County, settings: EducationSettings) -> tuple[Index, Days, Days]:
    """Give people, first days and last days of spells that reach into the window."""
    calendar, people = county.calendar, county.world.people
    homes, rng = Homes(county.world), county.streams.of("education", "neet")
    given: list[tuple[Index, Days, Days]] = []
    for year in range(calendar.day(calendar.opens).year - 2, calendar.day(calendar.ends).year):
        left_school = reference_day(year + 1)
        age = whole_years(people.born, reference_day(year))
        person = np.flatnonzero(age == LEAVING_AGE).astype(np.int32)
        day = np.full(len(person), left_school, dtype=np.int32)
        household = homes.household(person, day)
        poor = county.world.households.poor[np.maximum(household, 0)] * (household >= 0)
        trouble = child_state(county, "out_of_school", person, day)
        lean = (0.9 * trouble + 1.5 * poor + 0.5 * people.disabled[person]).astype(np.float32)
        chance = share_by(lean, min(settings.neet * TWO_YEARS / USUAL_DAYS, 0.9))
        luck = rng.random((2, len(person)), dtype=np.float32)
        length = rng.exponential(USUAL_DAYS * 1.3, len(person)).astype(np.int32)
        later = np.maximum(luck[1] - AT_ONCE, 0) / (1 - AT_ONCE)
        start = (left_school + 1 + later * (TWO_YEARS - 150)).astype(np.int32)
        end = np.minimum(start + length, left_school + TWO_YEARS).astype(np.int32)
        kept = (luck[0] < chance) & living(county, person, start)
        kept &= (end >= calendar.opens) & (start <= calendar.ends)
        given.append((person[kept], start[kept], end[kept]))
    person, start, end = (np.concatenate([each[i] for each in given]) for i in range(3))
    return person, start, end
