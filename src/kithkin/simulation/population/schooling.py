"""Schools with catchments by distance, and who goes to which, in which form, from when to when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kithkin.simulation.calendar import Calendar, Days
from kithkin.simulation.population.drawing import LONG_AGO, YEAR, Flags, Floats, Ints, until
from kithkin.simulation.population.geography import Geography
from kithkin.simulation.population.lists import place_words
from kithkin.simulation.settings.population import Schooling
from kithkin.simulation.world import SCHOOL_PHASES, Enrolments, Schools

YEARS = {"nursery": (-1, 0), "primary": (0, 7), "secondary": (7, 12), "college": (12, 14)}
"""Academic years from reception at which each phase begins and ends."""
FIRST_NUMBER = {
    "nursery": 1000, "primary": 2000, "secondary": 4000, "special": 7000, "referral_unit": 1100,
    "college": 8000,
}  # fmt: skip
"""First establishment number of each phase, after the Department for Education's ranges."""
FIRST_URN = 900_000
TITLES = {
    "nursery": "Nursery School", "primary": "Primary School", "secondary": "Academy",
    "special": "School", "referral_unit": "Centre", "college": "College",
}  # fmt: skip
NEAREST = 3


def september(year: Ints) -> Days:
    """Give the day number of 1 September of a year."""
    months = ((year - 1970) * 12 + 8).astype("datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int32)


def reception_year(born: Days) -> Ints:
    """Give the year in whose September someone starts reception: after the fourth birthday."""
    months = born.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    year, month = months // 12 + 1970, months % 12 + 1
    return year + np.where(month >= 9, 5, 4)


def make_schools(
    calendar: Calendar,
    born: Days,
    here: Ints,
    geography: Geography,
    settings: Schooling,
    rng: np.random.Generator,
) -> Schools:
    """Make as many schools of each phase as the county's children fill, spread over its areas."""
    year = reception_year(np.full(1, calendar.opens, dtype=np.int32))[0] - 5
    stage = year - reception_year(born[here])
    pupils = {
        name: int(((stage >= low) & (stage < high)).sum()) for name, (low, high) in YEARS.items()
    }
    taught = pupils["primary"] + pupils["secondary"]
    counts = {
        "nursery": pupils["nursery"] // 80, "primary": pupils["primary"] // settings.primary_pupils,
        "secondary": pupils["secondary"] // settings.secondary_pupils, "special": taught // 5000,
        "referral_unit": taught // 15000, "college": pupils["college"] // 2500,
    }  # fmt: skip
    sizes = [max(1, counts[name]) for name in SCHOOL_PHASES]
    phase = np.repeat(np.arange(len(SCHOOL_PHASES)), sizes)
    rank = np.concatenate([np.arange(size) for size in sizes])
    areas = np.concatenate([_middles(geography, catchments(geography, n), n) for n in sizes])
    posts = np.diff(geography.first)[areas]
    postcode = geography.first[:-1][areas] + (rng.random(len(areas)) * posts).astype(np.int64)
    first = np.array([FIRST_NUMBER[name] for name in SCHOOL_PHASES])
    return Schools(
        name=_names(phase, rng),
        phase=phase.astype(np.int8),
        urn=(FIRST_URN + rng.permutation(99_000)[: len(phase)]).astype(np.int32),
        establishment=(first[phase] + rank).astype(np.int32),
        postcode=postcode.astype(np.int32),
    )


def catchments(geography: Geography, count: int) -> Ints:
    """Part the areas into `count` compact catchments of even size; gives each area's number."""
    result = np.zeros(len(geography.areas), dtype=np.int64)
    parts = [(np.arange(len(result)), 0, count)]
    while parts:
        rows, first, wanted = parts.pop()
        result[rows] = first
        if wanted > 1 and len(rows) > 1:
            across = [np.ptp(axis[rows]) for axis in (geography.east, geography.north)]
            axis = geography.east if across[0] > across[1] else geography.north
            rows = rows[np.argsort(axis[rows], kind="stable")]
            half = wanted // 2
            cut = max(1, round(len(rows) * half / wanted))
            parts += [(rows[:cut], first, half), (rows[cut:], first + half, wanted - half)]
    return result


def _middles(geography: Geography, catchment: Ints, count: int) -> Ints:
    """Give the area nearest to the middle of each catchment; any where there is none left."""
    size = np.maximum(np.bincount(catchment, minlength=count), 1)
    east = (np.bincount(catchment, geography.east, count) / size)[catchment]
    north = (np.bincount(catchment, geography.north, count) / size)[catchment]
    away = np.hypot(geography.east - east, geography.north - north)
    order = np.lexsort((away, catchment))
    found, first = np.unique(catchment[order], return_index=True)
    result = np.arange(count) % len(catchment)
    result[found] = order[first]
    return result


def _names(phase: Ints, rng: np.random.Generator) -> pa.StringArray:
    roots = place_words("school_roots")
    before = (
        "",
        "St Anne's ",
        "Upper ",
        "Lower ",
        "Old ",
        "New ",
        "North ",
        "South ",
        "East ",
        "West ",
    )
    pairs = rng.permutation(len(roots) * len(before))
    plain = np.sort(pairs[: len(phase)] % len(roots)) if len(phase) > len(pairs) else pairs
    texts = []
    for at, kind in enumerate(phase.tolist()):
        pair = int(plain[at % len(plain)])
        texts.append(
            f"{before[pair // len(roots)]}{roots[pair % len(roots)]} {TITLES[SCHOOL_PHASES[kind]]}"
        )
    return pa.array(texts)


@dataclass
class Homes:
    """A row a stay in a main home, in order of people and days: who, from when to when, where."""

    person: Ints
    start: Days
    end: Days
    area: Ints


def enrol(
    calendar: Calendar,
    born: Days,
    disabled: Flags,
    mother: Ints,
    homes: Homes,
    schools: Schools,
    geography: Geography,
    settings: Schooling,
    rng: np.random.Generator,
) -> Enrolments:
    """Enrol children by academic year; a move far from the school changes it."""
    attends = _attendance(len(born), settings, rng)
    young = born > calendar.opens - 18 * YEAR
    among = settings.special / max(float(disabled[young].mean()), settings.special)
    special = disabled & (rng.random(len(born)) < among)
    family = rng.random(len(born))[np.where(mother >= 0, mother, np.arange(len(born)))]
    parts = []
    for name, (low, high) in YEARS.items():
        rows = _in_phase(calendar, born, homes, low, high, attends[name])
        if name in ("primary", "secondary"):
            odd = special[rows[0]]
            parts.append(
                _choose(name, tuple(c[~odd] for c in rows), family, schools, geography, settings)
            )
            parts.append(
                _choose(
                    "special", tuple(c[odd] for c in rows), family, schools, geography, settings
                )
            )
        else:
            parts.append(_choose(name, rows, family, schools, geography, settings))
    person, school, start, end = (np.concatenate(column) for column in zip(*parts, strict=True))
    columns = _referral_units(person, school, start, end, schools, settings, rng)
    return _finish(calendar, columns, schools, settings, rng)


def _attendance(size: int, settings: Schooling, rng: np.random.Generator) -> dict[str, Flags]:
    return {
        "nursery": rng.random(size) < settings.nursery,
        "primary": np.ones(size, dtype=np.bool_),
        "secondary": np.ones(size, dtype=np.bool_),
        "college": rng.random(size) < settings.college,
    }


def _in_phase(
    calendar: Calendar, born: Days, homes: Homes, low: int, high: int, attends: Flags
) -> tuple[Ints, Ints, Days, Days]:
    """Give person, area, first and last day of each home in which a pupil is in the phase."""
    year = reception_year(born)
    opens = september(year + low)
    closes = september(year + high) - 32
    who = homes.person
    first = np.where(homes.start <= calendar.begins, LONG_AGO, homes.start)
    start = np.maximum(first, opens[who])
    end = np.minimum(homes.end, closes[who])
    kept = (start <= end) & (end >= calendar.begins) & (start <= calendar.ends) & attends[who]
    return who[kept], homes.area[kept], start[kept].astype(np.int32), end[kept].astype(np.int32)


def _choose(
    phase: str,
    rows: tuple[Ints, ...],
    family: Floats,
    schools: Schools,
    geography: Geography,
    settings: Schooling,
) -> tuple[Ints, Ints, Days, Days]:
    """Choose the catchment's school or another near one; keep the former one unless it is far."""
    person, area, start, end = rows
    offered = np.flatnonzero(schools.phase == SCHOOL_PHASES.index(phase))
    posts = schools.postcode[offered]
    away = np.hypot(
        geography.east[:, None] - geography.postcodes.easting[posts],
        geography.north[:, None] - geography.postcodes.northing[posts],
    )
    own = catchments(geography, len(offered))
    ranked = away.copy()
    ranked[np.arange(len(own)), own] = -1.0
    nearest = np.argsort(ranked, axis=1, kind="stable")[:, :NEAREST]
    cuts = np.cumsum(settings.nearest)
    choice = np.searchsorted(cuts / cuts[-1], family[person], side="right")
    school = nearest[area, np.minimum(choice, nearest.shape[1] - 1)]
    follows = np.zeros(len(person), dtype=np.bool_)
    follows[1:] = person[1:] == person[:-1]
    for _ in range(4):
        before = np.roll(school, 1)
        keeps = follows & (away[area, before] < settings.far_metres)
        school = np.where(keeps, before, school)
    fresh = ~(follows & (school == np.roll(school, 1)))
    first = np.flatnonzero(fresh)
    last = np.append(first[1:], len(person)) - 1 if len(first) else first
    return person[first], offered[school[first]], start[first], end[last]


def _referral_units(
    person: Ints,
    school: Ints,
    start: Days,
    end: Days,
    schools: Schools,
    settings: Schooling,
    rng: np.random.Generator,
) -> tuple[Ints, Ints, Days, Days]:
    """Let a few pupils spend the last part of secondary school in a referral unit."""
    secondary = schools.phase[school] == SCHOOL_PHASES.index("secondary")
    units = np.flatnonzero(schools.phase == SCHOOL_PHASES.index("referral_unit"))
    long = end - start > 900
    chosen = np.flatnonzero(secondary & long & (rng.random(len(person)) < settings.referral_unit))
    moved = (end[chosen] - rng.integers(150, 800, len(chosen))).astype(np.int32)
    unit = units[rng.integers(0, len(units), len(chosen))]
    result = (
        np.append(person, person[chosen]), np.append(school, unit),
        np.append(start, moved), np.append(end, end[chosen]),
    )  # fmt: skip
    result[3][chosen] = moved - 1
    return result


def _finish(
    calendar: Calendar,
    columns: tuple[Ints, Ints, Days, Days],
    schools: Schools,
    settings: Schooling,
    rng: np.random.Generator,
) -> Enrolments:
    person, school, start, end = columns
    kept = (end >= calendar.begins) & (start <= calendar.ends)
    order = np.flatnonzero(kept)[np.lexsort((start[kept], person[kept]))]
    person, school = person[order], school[order]
    forms = {
        "primary": settings.primary_pupils // 200 + 1,
        "secondary": settings.secondary_pupils // 140,
    }
    count = np.array([forms.get(name, 2) for name in SCHOOL_PHASES])[schools.phase[school]]
    luck = rng.random(int(person.max(initial=0)) + 1)[person]
    return Enrolments(
        person=person.astype(np.int32),
        school=school.astype(np.int32),
        start=start[order].astype(np.int32),
        end=until(end[order], calendar.ends),
        form=(luck * count).astype(np.int8),
    )
