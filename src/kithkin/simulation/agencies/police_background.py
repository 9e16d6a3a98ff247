"""Crime among adults that no happening stands behind: most of what police record.

For each published subgroup it makes up the difference between what happenings bring and the
published rate, in an average area, so that turning the surveillance knobs still shows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies import police_people
from kithkin.simulation.agencies.homes import Homes
from kithkin.simulation.agencies.justice_rows import Mask, draw, late
from kithkin.simulation.agencies.police_occurrences import MARKERS, Occurrences
from kithkin.simulation.agencies.police_offences import NO_CRIME, Codes, Offences, victim_marks
from kithkin.simulation.agencies.police_people import ADULT_FROM, Involved
from kithkin.simulation.agencies.police_rates import Kind, kinds_of_crime, population, years
from kithkin.simulation.agencies.seeing import Watch, living
from kithkin.simulation.calendar import NEVER, Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import NOBODY, SEXES, TIE_KINDS, Float, Index

HOME_CRIMES = ("burglary",)
SAME_DAY, DELAY_DAYS = 0.75, 6.0
VICTIMS_ARE_WOMEN = 0.74
"""Share of victims of domestic crime who are women (ONS, year to March 2024, rounded)."""
ELSEWHERE = 0.3
"""How often those who come or go within the window are in its crime; our proposal."""
LONG_TAIL = 0.35
"""Shape of the gamma by which a few people are in most crime; our proposal."""


def background(
    county: County, settings: JusticeSettings, offences: Offences, watch: Watch
) -> tuple[Occurrences, Involved]:
    """Give the occurrences of the window with no happening, and their people by row."""
    kinds = kinds_of_crime(county, settings, offences)
    which, day = _days(county, kinds)
    known = late(day, SAME_DAY, DELAY_DAYS * county.knobs.delays, _rng(county, "reported"))
    domestic = _luck(county, "domestic", len(day)) < _per(kinds, "domestic")[which]
    victim, suspect, domestic = _pairs(county, watch, domestic, day)
    there = {name: _luck(county, name, len(day)) for name in ("victim", "suspect")}
    victim = np.where(domestic | (there["victim"] < _per(kinds, "victim")[which]), victim, NOBODY)
    suspect = np.where(
        domestic | (there["suspect"] < _per(kinds, "suspect")[which]), suspect, NOBODY
    )
    suspect = np.where(suspect == victim, NOBODY, suspect)
    address, postcode = _scenes(county, kinds, which, domestic, victim, day)
    code = _codes(county, offences, kinds, which, victim, day)
    table = Occurrences(
        happening=np.full(len(day), NOBODY, dtype=np.int32),
        day=day,
        known=known,
        code=code,
        domestic=domestic,
        antisocial=_per(kinds, "antisocial")[which] > 0,
        breach=np.zeros(len(day), dtype=bool),
        markers=_markers(settings, offences, code),
        severity=_severity(county, len(day)),
        address=address,
        postcode=postcode,
    )
    return table, _people(county, settings, kinds, which, table, victim, suspect)


def _rng(county: County, use: str) -> np.random.Generator:
    return county.streams.of("police", "background", use)


def _luck(county: County, use: str, rows: int) -> Float:
    return _rng(county, use).random(rows, dtype=np.float32)


def _per(kinds: list[Kind], name: str) -> Float:
    return np.array([getattr(kind.how, name) for kind in kinds], dtype=np.float32)


def _severity(county: County, rows: int) -> npt.NDArray[np.int8]:
    return (1 + draw([0.3, 0.35, 0.22, 0.1, 0.03], _luck(county, "severity", rows))).astype(np.int8)


def _days(county: County, kinds: list[Kind]) -> tuple[npt.NDArray[np.int64], Days]:
    expected = np.array([kind.rate for kind in kinds]) * population(county) / 1000 * years(county)
    count = _rng(county, "count").poisson(expected)
    calendar = county.calendar
    day = _rng(county, "day").integers(calendar.opens, calendar.ends + 1, int(count.sum()))
    return np.repeat(np.arange(len(kinds)), count), day.astype(np.int32)


# --- who ------------------------------------------------------------------------------------------


def _pairs(county: County, watch: Watch, domestic: Mask, day: Days) -> tuple[Index, Index, Mask]:
    """Draw victims and suspects; partners where domestic, as far as there are partners."""
    victim = _anyone(county, "victims", day, _weights(county, watch, "victims", suspects=False))
    suspect = _anyone(county, "suspects", day, _weights(county, watch, "suspects", suspects=True))
    ties = county.world.ties
    couples = np.flatnonzero(np.isin(ties.kind, _kinds_of_tie("partner", "former_partner")))
    childless = ~_parents(county)
    here = childless & _here(county)
    couples = couples[here[ties.a[couples]] & here[ties.b[couples]]]
    if not len(couples):
        return victim, suspect, np.zeros_like(domestic)
    rows = np.flatnonzero(domestic)
    often = _rng(county, "couples").gamma(LONG_TAIL, size=len(couples))
    often *= np.exp(
        0.3 * watch.deprivation[ties.a[couples]] + _lift(county, watch)[ties.a[couples]]
    )
    chosen = couples[draw(often, _luck(county, "couple", len(rows)))]
    fits = (ties.start[chosen] <= day[rows]) & _grown(county, ties.a[chosen], day[rows])
    fits &= _grown(county, ties.b[chosen], day[rows])
    victim[rows], suspect[rows] = _who_is_harmed(county, ties.a[chosen], ties.b[chosen])
    domestic = domestic.copy()
    domestic[rows] = fits
    alone = rows[~fits]
    victim[alone] = suspect[alone] = NOBODY
    return victim, suspect, domestic


def _kinds_of_tie(*names: str) -> list[int]:
    return [TIE_KINDS.index(name) for name in names]


def _here(county: County) -> Mask:
    """Say who lives in the county in the middle of the window."""
    middle = (county.calendar.opens + county.calendar.ends) // 2
    return living(county, np.arange(len(county.world.people), dtype=np.int32), middle)


def _parents(county: County) -> Mask:
    """Say who is a parent of a child: what happens in their homes has happenings behind it."""
    people, lived = county.world.people, np.zeros(len(county.world.people) + 1, dtype=bool)
    children = whole_years(people.born, county.calendar.ends) < ADULT_FROM
    # NOBODY is the last place, which is cut off
    lived[people.mother[children]] = lived[people.father[children]] = True
    return lived[:-1]


def _who_is_harmed(county: County, a: Index, b: Index) -> tuple[Index, Index]:
    """Say which of two partners is the victim: the woman, for the published share."""
    woman = SEXES.index("F")
    sex = county.world.people.sex
    first = np.where(sex[a] == sex[b], 0.5, np.where(sex[a] == woman, VICTIMS_ARE_WOMEN, 0.0))
    first = np.where((sex[a] != sex[b]) & (sex[b] == woman), 1 - VICTIMS_ARE_WOMEN, first)
    is_a = _luck(county, "harmed", len(a)) < first
    return np.where(is_a, a, b).astype(np.int32), np.where(is_a, b, a).astype(np.int32)


def _weights(county: County, watch: Watch, use: str, *, suspects: bool) -> Float:
    """Give how often each person is in crime, in proportion; a few are in most of it."""
    people = county.world.people
    age = whole_years(people.born, (county.calendar.opens + county.calendar.ends) // 2)
    young = np.exp(-(((age - 27) / (13 if suspects else 22)) ** 2)) + (0.08 if suspects else 0.3)
    often = _rng(county, use).gamma(LONG_TAIL if suspects else 2 * LONG_TAIL, size=len(people))
    often *= np.where(age >= ADULT_FROM, young, 0) * np.exp(0.3 * watch.deprivation)
    often *= np.where(_here(county), 1, ELSEWHERE)
    if suspects:
        often *= np.where(people.sex == SEXES.index("M"), 4, 1) * np.exp(_lift(county, watch))
    return often.astype(np.float32)


def _lift(county: County, watch: Watch) -> Float:
    everybody = np.arange(len(county.world.people), dtype=np.int32)
    return watch.odds(everybody, np.full(len(everybody), county.calendar.opens, dtype=np.int32))


def _anyone(county: County, use: str, day: Days, weights: Float) -> Index:
    person = draw(weights, _luck(county, f"any {use}", len(day))).astype(np.int32)
    return np.where(_grown(county, person, day), person, NOBODY).astype(np.int32)


def _grown(county: County, person: Index, day: Days) -> Mask:
    grown: Mask = whole_years(county.world.people.born[person], day) >= ADULT_FROM
    return grown & living(county, person, day)


# --- what, where, and in which role ---------------------------------------------------------------


def _codes(
    county: County,
    offences: Offences,
    kinds: list[Kind],
    which: npt.NDArray[np.int64],
    victim: Index,
    day: Days,
) -> Codes:
    luck = _luck(county, "offence", len(day))
    code = np.full(len(day), NO_CRIME, dtype=np.int16)
    for place, kind in enumerate(kinds):
        rows = np.flatnonzero(which == place)
        if kind.how.offences:
            code[rows] = offences.drawn(kind.how.offences, luck[rows])
    return offences.settled(code, *victim_marks(county, victim, day))


def _markers(settings: JusticeSettings, offences: Offences, code: Codes) -> npt.NDArray[np.int32]:
    marked = settings.marked_offences
    bit = [1 << MARKERS.index(marked[word]) if word in marked else 0 for word in offences.codes]
    return np.where(code >= 0, np.array(bit, dtype=np.int32)[code], 0).astype(np.int32)


def _scenes(
    county: County,
    kinds: list[Kind],
    which: npt.NDArray[np.int64],
    domestic: Mask,
    victim: Index,
    day: Days,
) -> tuple[Index, Index]:
    """Give address and postcode: at home, near home, or where people meet."""
    world = county.world
    home = Homes(world).address(np.maximum(victim, 0), day)
    home = np.where(victim >= 0, home, NOBODY)
    inside = domestic | np.isin(which, [i for i, k in enumerate(kinds) if k.name in HOME_CRIMES])
    near = (_luck(county, "near", len(day)) < 0.5) & (home >= 0)
    postcode = np.where(home >= 0, world.addresses.postcode[home], NOBODY)
    if len(world.places):
        pull = world.places.pull * np.exp(world.places.danger)
        place = draw(pull, _luck(county, "place", len(day)))
        away = world.places.postcode[place]
        postcode = np.where(inside | near, postcode, away)
    return np.where(inside, home, NOBODY).astype(np.int32), postcode.astype(np.int32)


def _people(
    county: County,
    settings: JusticeSettings,
    kinds: list[Kind],
    which: npt.NDArray[np.int64],
    table: Occurrences,
    victim: Index,
    suspect: Index,
) -> Involved:
    row = np.arange(len(table), dtype=np.int32)
    luck = _rng(county, "followed").random((2, len(table)), dtype=np.float32)
    charged = (luck[0] < _per(kinds, "charged")[which]) & (suspect >= 0) & (table.code >= 0)
    on = police_people.charge_days(county, settings, table.known, charged, "background")
    arrested = (luck[1] < _per(kinds, "arrested")[which]) & (suspect >= 0)
    of = np.concatenate([row[victim >= 0], row[suspect >= 0]])
    harmed = int((victim >= 0).sum())
    person = np.concatenate([victim[victim >= 0], suspect[suspect >= 0]]).astype(np.int32)
    role = np.full(len(of), police_people.SUSPECT, dtype=np.int8)
    role[:harmed] = police_people.VICTIM
    suspected = role == police_people.SUSPECT
    return Involved(
        of,
        person,
        role,
        whole_years(county.world.people.born[person], table.day[of]),
        np.where(suspected, on[of], NEVER).astype(np.int32),
        suspected & arrested[of],
    )
