"""The tables behind the school census: pupils, their homes, needs, meals, absence and exclusions.

Feed `school_census`. A file's name is the census's own: `2024_autumn_pupilonroll`; the columns have
the census's item names. Every module begins with `pupilonrolltableid` (`pupilnolongeronrolltableid`
for those no longer on roll; a person) and `NativeId` (the school's URN, an id), which join it to
the pupils' rows of the same census. Then, by module:

pupilonroll: entrydate, enrolstatus, ncyearactual, senprovision, language, parttime, youngcarer, and
    the sessions. pupilnolongeronroll: entrydate, leavingdate, and the sessions.
    The sessions are termlysessionspossible, termlysessionsauthorised, termlysessionsunauthorised;
    in autumn also summerhalfterm2sessionspossible, ...authorised, ...unauthorised.
    Names, sex, date of birth, ethnicity and UPN are the register's.
addressesonroll, addressesoffroll: address (written as uniquepropertyreferencenumber and postcode).
fsmperiodsonroll: fsmstartdate, fsmenddate, ukcountry. senneedsonroll: sentype, rank.
termlyexclusionsonroll, ...offroll: startdate, sessions, reason1, category, senprovision.
termlysessiondetailsonroll, ...offroll, summerhalfterm2sessiondetailsonroll, ...offroll:
    attendancereason, sessions.

Schools whose phase is referral_unit or special belong in the feed's `options.schools`, by URN.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from kithkin.model.dates import day_number
from kithkin.simulation.agencies import tables
from kithkin.simulation.agencies.attendance import attendance
from kithkin.simulation.agencies.exclusions import Exclusions, excluded_for_good, of_weeks
from kithkin.simulation.agencies.homes import Homes, Placed
from kithkin.simulation.agencies.pupils import Pupils, pupils_of
from kithkin.simulation.agencies.school_year import (
    Census,
    censuses,
    reference_day,
    school_weeks,
)
from kithkin.simulation.calendar import whole_years
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile, Column
from kithkin.simulation.settings.services import EducationSettings, ServiceSettings
from kithkin.simulation.world import Float, Index

FEED = "school_census"
SEN_PROVISION = ("N", "K", "E")
YEAR_GROUPS = ("E2", "N1", "N2", "R", *map(str, range(1, 15)))
"""National curriculum years, from those who are 1 on 31 August."""
PART_TIME_FROM = day_number(date(2024, 8, 19))
"""Day from which part-time timetables have the code C2 (Working together to improve attendance)."""
PARTS = ("possible", "authorised", "unauthorised")

Sums = dict[str, npt.NDArray[np.int16]]
"""By part (and `suspended`), sessions by pupil."""

PLACEMENT_KNOWN_AFTER = 28
"""Days after which a school has the address of a placement in care; our proposal."""


def education_files(county: County, settings: ServiceSettings) -> Iterator[AgencyFile]:
    """Give the modules of each census held and received in the window, census by census."""
    chosen = settings.education
    held = censuses(county.calendar, chosen.census_delay)
    weeks = school_weeks(county.calendar, chosen.holidays)
    if not held or not weeks:
        return
    pupils = pupils_of(county, chosen, weeks[0].monday)
    sums, excluded = _sums(county, chosen, pupils)
    homes, placed = Homes(county.world), Placed(county)
    previous = min(weeks[0].monday, county.calendar.opens)
    for census in held:
        view = _View(county, chosen, pupils, census, homes, placed)
        on = (pupils.start <= census.day) & (pupils.end >= census.day)
        off = (pupils.end < census.day) & (pupils.end >= previous)
        yield from _modules(view, np.flatnonzero(on).astype(np.int32), True, sums, excluded)
        yield from _modules(view, np.flatnonzero(off).astype(np.int32), False, sums, excluded)
        previous = census.day


@dataclass(frozen=True)
class _View:
    """What every module of one census needs."""

    county: County
    settings: EducationSettings
    pupils: Pupils
    census: Census
    homes: Homes
    placed: Placed

    def file(self, module: str, rows: Index, *columns: Column) -> AgencyFile:
        """Make a module of the pupils at `rows`; its first two columns join it to the pupils."""
        pupils, census = self.pupils, self.census
        key = "pupilonrolltableid" if module.endswith("onroll") else "pupilnolongeronrolltableid"
        if module == "pupilnolongeronroll":
            key = "pupilnolongeronrolltableid"
        urn = self.county.world.schools.urn[pupils.school[rows]]
        joined = (tables.person(key, pupils.person[rows]), tables.ident("NativeId", urn))
        known = np.full(len(rows), census.known, dtype=np.int32)
        name = f"{census.year}_{census.term}_{module}"
        return tables.make_file(self.county, FEED, name, known, (*joined, *columns))

    def period(self, second: bool = False) -> tuple[int, str, bool]:
        """Give the period whose sessions this census collects."""
        return self.census.year, self.census.term, second


def _sums(
    county: County, settings: EducationSettings, pupils: Pupils
) -> tuple[dict[tuple[int, str, bool], Sums], Exclusions]:
    """Add up each pupil's sessions by the census period that collects them."""
    sums: dict[tuple[int, str, bool], Sums] = {}
    suspended = []
    for week in attendance(county, settings, pupils):
        period = sums.setdefault(
            week.week.period,
            {part: np.zeros(len(pupils), dtype=np.int16) for part in (*PARTS, "suspended")},
        )
        for part, total in period.items():
            total[week.pupil] += getattr(week, part)
        suspended.append((week.week.period, week.suspensions))
    moved = excluded_for_good(county, settings, pupils)
    return sums, of_weeks(county, settings, suspended, moved)


def _modules(
    view: _View,
    rows: Index,
    on_roll: bool,
    sums: dict[tuple[int, str, bool], Sums],
    excluded: Exclusions,
) -> Iterator[AgencyFile]:
    ending = "onroll" if on_roll else "offroll"
    yield _pupils(view, rows, on_roll, sums)
    yield _addresses(view, f"addresses{ending}", rows)
    if on_roll:
        yield _meals(view, rows)
        yield _needs(view, rows)
    yield _exclusions(view, f"termlyexclusions{ending}", rows, excluded)
    if (found := sums.get(view.period())) is not None:
        yield _details(view, f"termlysessiondetails{ending}", rows, found)
    if (found := sums.get(view.period(second=True))) is not None:
        yield _details(view, f"summerhalfterm2sessiondetails{ending}", rows, found)


def _pupils(
    view: _View, rows: Index, on_roll: bool, sums: dict[tuple[int, str, bool], Sums]
) -> AgencyFile:
    pupils = view.pupils
    columns = [tables.day("entrydate", pupils.start[rows])]
    if on_roll:
        columns += _described(view, rows)
    else:
        columns.append(tables.day("leavingdate", pupils.end[rows]))
    for stem, second in (("termlysessions", False), ("summerhalfterm2sessions", True)):
        if second and view.census.term != "autumn":
            continue
        columns += _totals(stem, rows, sums.get(view.period(second)))
    module = "pupilonroll" if on_roll else "pupilnolongeronroll"
    return view.file(module, rows, *columns)


def _described(view: _View, rows: Index) -> list[Column]:
    county, pupils, people = view.county, view.pupils, view.county.world.people
    person = pupils.person[rows]
    autumn = view.census.term == "autumn"
    age = whole_years(people.born[person], reference_day(view.census.year - (not autumn)))
    group = np.clip(age - 1, 0, len(YEAR_GROUPS) - 1)
    luck = county.streams.of("education", "young_carer").random(len(people), dtype=np.float32)
    carer = np.where(luck[person] < view.settings.young_carer * (0.4 + 2 * pupils.poor[rows]), 1, 0)
    return [
        tables.word("enrolstatus", np.zeros(len(rows), dtype=np.int8), ("C",)),
        tables.word("ncyearactual", group, YEAR_GROUPS),
        tables.word("senprovision", _provision(pupils, rows, view.census.day), SEN_PROVISION),
        tables.word("language", (~people.mother_tongue_english[person]).astype(np.int8),
                    ("ENG", "OTH")),
        tables.yes_no("parttime", age < 3),
        tables.word("youngcarer", np.where(age >= 6, carer, 0), ("N", "S")),
    ]  # fmt: skip


def _provision(pupils: Pupils, rows: Index, day: int) -> npt.NDArray[np.int8]:
    plan, support = pupils.plan_from[rows] <= day, pupils.support_from[rows] <= day
    return np.where(plan, 2, np.where(support, 1, 0)).astype(np.int8)


def _totals(stem: str, rows: Index, sums: Sums | None) -> list[Column]:
    """Give the three totals; blank for those of whom no session was counted."""
    if sums is None:
        blank = np.full(len(rows), np.nan, dtype=np.float32)
        return [tables.number(f"{stem}{part}", blank) for part in PARTS]
    counted = sums["possible"][rows] > 0
    return [
        tables.number(f"{stem}{part}", np.where(counted, sums[part][rows], np.nan))
        for part in PARTS
    ]


def _addresses(view: _View, module: str, rows: Index) -> AgencyFile:
    person, pupils = view.pupils.person[rows], view.pupils
    day = np.minimum(view.census.day, pupils.end[rows])
    placed = view.placed.address(person, day - PLACEMENT_KNOWN_AFTER)
    at = np.where(placed >= 0, placed, view.homes.address(person, day))
    housed = np.flatnonzero(at >= 0)
    return view.file(module, rows[housed], tables.address(at[housed]))


def _meals(view: _View, rows: Index) -> AgencyFile:
    pupils, day = view.pupils, view.census.day
    rows = rows[
        (pupils.meals_from[rows] <= day) & (pupils.meals_to[rows] >= view.county.calendar.opens)
    ]
    ended = np.where(pupils.meals_to[rows] <= day, pupils.meals_to[rows], 2**31 - 1)
    country = tables.word("ukcountry", np.zeros(len(rows), dtype=np.int8), ("ENG",))
    return view.file(
        "fsmperiodsonroll",
        rows,
        tables.day("fsmstartdate", pupils.meals_from[rows]),
        tables.day("fsmenddate", ended),
        country,
    )


def _needs(view: _View, rows: Index) -> AgencyFile:
    pupils, types = view.pupils, view.settings.need_types
    rows = rows[_provision(pupils, rows, view.census.day) > 0]
    luck = view.county.streams.of("education", "need_type")
    draw = luck.random(len(view.county.world.people), dtype=np.float32)[pupils.person[rows]]
    return view.file(
        "senneedsonroll",
        rows,
        tables.word("sentype", pick(draw, types), tuple(types)),
        tables.number("rank", np.ones(len(rows), dtype=np.float32)),
    )


def pick(draw: Float, shares: dict[str, float]) -> npt.NDArray[np.int8]:
    """Choose among words by their shares, given a uniform draw each."""
    upto = np.cumsum(list(shares.values()))
    return np.searchsorted(upto[:-1] / upto[-1], draw, side="right").astype(np.int8)


def _exclusions(view: _View, module: str, rows: Index, excluded: Exclusions) -> AgencyFile:
    place = np.full(len(view.pupils), -1, dtype=np.int32)
    place[rows] = rows
    chosen = excluded.in_period(view.period()) | excluded.in_period(view.period(second=True))
    kept = np.flatnonzero(chosen & (place[excluded.pupil] >= 0))
    pupil = excluded.pupil[kept]
    return view.file(
        module,
        pupil,
        tables.day("startdate", excluded.start[kept]),
        tables.number("sessions", excluded.sessions[kept]),
        tables.word("reason1", excluded.reason[kept], tuple(view.settings.reasons)),
        tables.word("category", excluded.permanent[kept].astype(np.int8), ("SUSP", "PERM")),
        tables.word("senprovision", _provision(view.pupils, pupil, view.census.day), SEN_PROVISION),
    )


def _details(view: _View, module: str, rows: Index, sums: Sums) -> AgencyFile:
    """Give sessions by attendance code; they come to the totals of the pupil's row."""
    excused = _in_use(view.settings.codes_authorised, view.census.day)
    unexcused = view.settings.codes_unauthorised
    rng = view.county.streams.of("education", module, view.census.year, view.census.term)
    luck = rng.random((2, len(rows)), dtype=np.float32)
    suspended = sums["suspended"][rows]
    parts = [
        suspended[:, None],
        split(sums["authorised"][rows] - suspended, excused, luck[0]),
        split(sums["unauthorised"][rows], unexcused, luck[1]),
    ]
    by_code = np.concatenate(parts, axis=1)
    code, at = np.nonzero(by_code.T)
    return view.file(
        module,
        rows[at],
        tables.word("attendancereason", code.astype(np.int8), ("E", *excused, *unexcused)),
        tables.number("sessions", by_code[at, code]),
    )


def _in_use(shares: dict[str, float], day: int) -> dict[str, float]:
    """Give the shares of the codes then in use; leave that had no code of its own was C."""
    if day >= PART_TIME_FROM:
        return shares
    return {
        code: share + (shares.get("C2", 0.0) if code == "C" else 0.0)
        for code, share in shares.items()
        if code != "C2"
    }


def split(
    total: npt.NDArray[np.int16], shares: dict[str, float], draw: Float
) -> npt.NDArray[np.int16]:
    """Split whole numbers by shares, with one uniform draw each; shape (totals, shares)."""
    weights = np.array(list(shares.values()), dtype=np.float32)
    upto = np.cumsum(weights / weights.sum())
    upto[-1] = 1
    given = np.floor(total[:, None] * upto[None, :] + draw[:, None])
    given[:, -1] = total
    return np.diff(np.minimum(given, total[:, None]), axis=1, prepend=0).astype(np.int16)
