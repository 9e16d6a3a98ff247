"""Absence, exclusions, meals, and those not in education."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.attendance import attendance
from kithkin.simulation.agencies.not_in_education import not_in_education
from kithkin.simulation.agencies.pupils import pupils_of
from kithkin.simulation.calendar import Days
from kithkin.simulation.calibration.measures.counting import Count, Mask, Year, per, share

PERSISTENT, SEVERE = 0.10, 0.50
"""Share of possible sessions missed from which absence is persistent, and severe (DfE)."""
EXCLUSION_FILES = ("termlyexclusionsonroll", "termlyexclusionsoffroll")


def absence(year: Year, of: str) -> Count:
    """Sessions missed, of those possible."""
    missed, possible = _sessions(year)
    chosen = _group(year, of)
    total = int(missed[chosen].sum())
    return Count(100 * total / possible[chosen].sum(), total)


def persistent_absence(year: Year, of: str) -> Count:
    """Pupils who missed a tenth or more."""
    return _missed_at_least(year, of, PERSISTENT)


def severe_absence(year: Year, of: str) -> Count:
    """Pupils who missed half or more."""
    return _missed_at_least(year, of, SEVERE)


def _missed_at_least(year: Year, of: str, least: float) -> Count:
    missed, possible = _sessions(year)
    return share(missed >= least * possible, (possible > 0) & _group(year, of))


def _sessions(year: Year) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the sessions missed and possible by person in the year."""
    if "sessions" not in year.kept:
        year.kept["sessions"] = _counted(year)
    return year.kept["sessions"]


def _counted(year: Year) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    county, settings = year.county, year.services.education
    pupils = pupils_of(county, settings, year.first)
    missed = np.zeros(len(pupils), dtype=np.int64)
    possible = np.zeros(len(pupils), dtype=np.int64)
    for week in attendance(county, settings, pupils):
        if year.first <= week.week.monday <= year.last:
            missed[week.pupil] += week.authorised.astype(np.int64) + week.unauthorised
            possible[week.pupil] += week.possible
    everyone = len(county.world.people)
    return (
        np.bincount(pupils.person, missed, everyone).astype(np.int64),
        np.bincount(pupils.person, possible, everyone).astype(np.int64),
    )


def _group(year: Year, of: str) -> Mask:
    """Say of each person whether they were in a group on the last day of the year."""
    if of == "all":
        return np.ones(len(year.county.world.people), dtype=bool)
    return _groups(year)[of]


def _groups(year: Year) -> dict[str, Mask]:
    """In need leaves out those on a protection plan or in care, as the published figures do.

    Looked after counts those in care for the whole year.
    """
    care = year.county.care
    plans, periods, cases = care.plans, care.care_periods, care.referrals
    guarded = year.open_at_end(plans.start, plans.end) & plans.protection
    protection = _people(year, cases.child[plans.referral[guarded]])
    in_care = year.open_at_end(periods.start, periods.end)
    looked_after = _people(year, periods.child[in_care & (periods.start <= year.first)])
    open_cases = year.open_at_end(cases.day, cases.closed) & ~cases.no_further_action
    in_need = _people(year, cases.child[open_cases])
    in_need &= ~protection & ~_people(year, periods.child[in_care])
    return {"protection": protection, "looked_after": looked_after, "in_need": in_need}


def _people(year: Year, persons: npt.NDArray[np.int32]) -> Mask:
    chosen = np.zeros(len(year.county.world.people), dtype=bool)
    chosen[persons] = True
    return chosen


def suspensions(year: Year, _of: str) -> Count:
    """Suspensions begun in the year, for each 100 pupils."""
    return per(_exclusions(year, ("SUSP", "LNCH")), _pupils(year), 100)


def permanent_exclusions(year: Year, _of: str) -> Count:
    """Permanent exclusions in the year, for each 100 pupils."""
    return per(_exclusions(year, ("PERM",)), _pupils(year), 100)


def _exclusions(year: Year, categories: tuple[str, ...]) -> int:
    """Count exclusions that began in the last twelve months that any census collected.

    A census collects those of the term before last, so the newest year is not whole.
    """
    starts, kinds = [], []
    for (feed, name), file in year.files.items():
        if feed == "school_census" and name.endswith(EXCLUSION_FILES):
            column = file.column("category")
            words = np.array([str(word) for word in column.words])
            starts.append(file.column("startdate").values)
            kinds.append(words[column.values])
    if not starts:
        return 0
    start, kind = np.concatenate(starts), np.concatenate(kinds)
    return int(np.count_nonzero(_last_year_of(start) & np.isin(kind, categories)))


def _last_year_of(start: Days) -> Mask:
    return start > (start.max() if len(start) else 0) - 365


def _pupils(year: Year) -> int:
    _, possible = _sessions(year)
    return int(np.count_nonzero(possible))


def free_meals(year: Year, _of: str) -> Count:
    """Pupils of the year who are entitled to free meals on its last day."""
    pupils = pupils_of(year.county, year.services.education, year.last)
    on_roll = (pupils.start <= year.last) & (pupils.end >= year.last)
    entitled = (pupils.meals_from <= year.last) & (pupils.meals_to > year.last)
    return share(entitled, on_roll)


def neet(year: Year, of: str) -> Count:
    """People of an age who are not in education, employment or training in the middle of the year."""
    person, start, end = not_in_education(year.county, year.services.education)
    middle = (year.first + year.last) // 2
    out = _people(year, person[(start <= middle) & (end >= middle)])
    return share(out, year.present & (year.ages == int(of)))


MEASURES: Mapping[str, Callable[[Year, str], Count]] = {
    measure.__name__: measure
    for measure in (
        absence, persistent_absence, severe_absence, suspensions, permanent_exclusions,
        free_meals, neet,
    )
}  # fmt: skip
