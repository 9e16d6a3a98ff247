"""How much crime the background holds: what happenings leave of the published rates."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from kithkin.simulation.agencies import police_seen
from kithkin.simulation.agencies.justice_rows import chance, within
from kithkin.simulation.agencies.police_occurrences import GRAVE
from kithkin.simulation.agencies.police_offences import Offences
from kithkin.simulation.agencies.seeing import YEAR, living
from kithkin.simulation.calendar import NEVER
from kithkin.simulation.county import County
from kithkin.simulation.life import HAPPENINGS
from kithkin.simulation.settings.justice import Background, Handling, JusticeSettings

NO_SUBGROUP = ""
"""Stands for the subgroup of what is no crime."""
Brought = dict[tuple[str, bool], float]
"""Occurrences a year per 1,000 people, by published subgroup and whether they are domestic."""


@dataclass(frozen=True)
class Kind:
    """One kind of crime of the background: a subgroup, or domestic incidents that are no crime."""

    name: str
    rate: float
    """A year, per 1,000 people."""
    how: Background


def kinds_of_crime(county: County, settings: JusticeSettings, offences: Offences) -> list[Kind]:
    """Give every kind of the background, and how much of it there is."""
    brought = from_happenings(county, settings, offences)
    kinds = [_made_up(name, how, brought) for name, how in settings.background.items()]
    dash = settings.police.dash
    no_crime = Background(
        subgroups=(NO_SUBGROUP,),
        published=dash.non_crime_published,
        least=dash.non_crime_least,
        offences={},
        domestic=1,
        victim=1,
        suspect=1,
        charged=0,
        arrested=dash.non_crime_arrested,
    )
    return [*kinds, _made_up("no_crime", no_crime, brought)]


def _made_up(name: str, how: Background, brought: Brought) -> Kind:
    """Give what is missing of a published rate, and how much of that is domestic."""
    ways = (True,) if how.subgroups == (NO_SUBGROUP,) else (True, False)
    crimes = sum(brought.get((each, way), 0) for each in how.subgroups for way in ways)
    domestic = sum(brought.get((each, True), 0) for each in how.subgroups)
    rate = max(how.published - crimes, how.least * how.published)
    wanted = max(how.published * how.domestic - domestic, how.least * how.domestic * rate)
    share = min(wanted / rate, 1) if rate else 0
    return Kind(name, rate, how.model_copy(update={"domestic": share}))


def from_happenings(county: County, settings: JusticeSettings, offences: Offences) -> Brought:
    """Give the crimes and domestic incidents that happenings bring.

    As many as are expected in an average area, whatever the surveillance, and those of which
    police told partners.
    """
    rows = police_seen.possible(county, settings)
    rows = rows[within(county.happenings.day[rows], county)]
    grave = county.happenings.severity[rows] >= GRAVE
    cell = county.happenings.kind[rows] * 2 + grave
    told = police_seen.told_to_partners(county)[rows] < NEVER
    seen = np.where(told, 1, chance(police_seen.usual_odds(county, settings, rows)))
    people = years(county) * max(population(county), 1) / 1000
    seen_of = np.bincount(cell, weights=seen, minlength=2 * len(HAPPENINGS)) / people
    total: Brought = defaultdict(float)
    for kind in range(len(HAPPENINGS)):
        how = police_seen.handled(settings, kind)
        _count(total, how, how.offences, seen_of[2 * kind], offences)
        _count(total, how, how.grave_offences or how.offences, seen_of[2 * kind + 1], offences)
    return total


def _count(
    total: Brought, how: Handling, codes: dict[str, float], seen: float, offences: Offences
) -> None:
    total[NO_SUBGROUP, how.domestic] += seen * (1 - how.crime)
    for code, weight in codes.items():
        share = how.crime * weight / sum(codes.values())
        total[offences.subgroup[code], how.domestic] += seen * share


def years(county: County) -> float:
    """Give the length of the window in years."""
    return (county.calendar.ends - county.calendar.opens + 1) / YEAR


def population(county: County) -> int:
    """Count the people in the county in the middle of the window."""
    middle = (county.calendar.opens + county.calendar.ends) // 2
    everybody = np.arange(len(county.world.people), dtype=np.int32)
    return int(living(county, everybody, middle).sum())
