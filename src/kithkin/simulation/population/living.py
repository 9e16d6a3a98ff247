"""Who lives with whom from day to day: leaving home, moving in, parting, caring, dying."""

from __future__ import annotations

import numpy as np

from kithkin.simulation.calendar import NEVER, Calendar, Days
from kithkin.simulation.population.childhood import (
    children_live,
    second_homes,
    stay_with_both,
)
from kithkin.simulation.population.drawing import LONG_AGO, YEAR, Flags, Ints, uniform_days
from kithkin.simulation.population.fathers import Partings
from kithkin.simulation.population.folk import Folk, Rows, plain_units
from kithkin.simulation.population.ledger import Ledger
from kithkin.simulation.population.sharing import Sharing
from kithkin.simulation.population.units import Units
from kithkin.simulation.settings.population import PopulationSettings
from kithkin.simulation.world import NOBODY

FREE_FATHERS = 0.5
"""Share of parted fathers in the county who are free to have the children, roughly."""


def live_together(
    calendar: Calendar,
    folk: Folk,
    rows: Rows,
    units: Units,
    sharing: Sharing,
    partings: Partings,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> Ledger:
    """Write down everybody's homes and unions; changes arrivals and departures of `folk`."""
    ledger = Ledger(len(units.age))
    began = _unions_begin(calendar, folk, rows, units, rng)
    own_from = _heads_leave_parents(calendar, ledger, folk, rows, units, sharing)
    own_from, fathers = _partings(
        calendar, ledger, folk, units, sharing, partings, own_from, settings, rng
    )
    ends = _later_changes(calendar, ledger, folk, rows, units, sharing, began, settings, rng)
    free = ends.head == NEVER
    ledger.live(rows.heads, sharing.home, own_from, ends.head)
    _partners_live(calendar, ledger, folk, rows, units, sharing, began, ends.partner)
    children_live(calendar, ledger, folk, rows, sharing, settings, rng)
    second_homes(ledger, folk, rows, sharing, fathers, free, own_from, settings, rng)
    return ledger


class _Ends:
    """Last days of heads and partners in the unit's home."""

    def __init__(self, size: int) -> None:
        self.head = np.full(size, NEVER, dtype=np.int32)
        self.partner = np.full(size, NEVER, dtype=np.int32)


def _unions_begin(
    calendar: Calendar, folk: Folk, rows: Rows, units: Units, rng: np.random.Generator
) -> Days:
    """Shape (units,): first day of each unit's couple; before the calendar's start for most."""
    size = len(units.age)
    own = rows.children[~folk.former[rows.children]]
    first = np.full(size, NEVER, dtype=np.int32)
    np.minimum.at(first, folk.unit[own], folk.born[own])
    free = calendar.opens - 30 - rng.exponential(np.where(units.blended, 3, 9), size) * YEAR
    with_child = np.minimum(first, calendar.opens) - (1 + rng.gamma(2, 1.5, size)) * YEAR
    began = np.where(first < NEVER, with_child, free)
    born = np.maximum(folk.born[rows.heads], folk.born[rows.partner_of])
    began = np.minimum(np.maximum(began, born + 17.5 * YEAR), calendar.opens - 30)
    began = np.where(first < NEVER, np.minimum(began, first - 200), began)
    leaves = folk.leaves_home[rows.heads]
    began = np.where(leaves > calendar.begins, np.maximum(began, leaves), began)
    settled = (began <= calendar.begins) | ~plain_units(units)
    return np.where(settled, np.minimum(began, calendar.begins), began).astype(np.int32)


def _heads_leave_parents(
    calendar: Calendar, ledger: Ledger, folk: Folk, rows: Rows, units: Units, sharing: Sharing
) -> Days:
    """Let heads who left home within the calendar live with parents first, or arrive that day."""
    leaves = folk.leaves_home[rows.heads]
    lately = (leaves > calendar.begins) & plain_units(units)
    known = folk.mother[rows.heads] >= 0
    with_parents = np.flatnonzero(lately & known)
    parents = sharing.home[folk.mother[with_parents]]
    same = parents == sharing.home[with_parents]
    with_parents, parents = with_parents[~same], parents[~same]
    ledger.live(with_parents, parents, LONG_AGO, leaves[with_parents] - 1)
    newcomers = np.flatnonzero(lately & ~known)
    folk.arrived[newcomers] = leaves[newcomers]
    return np.where(lately, leaves, LONG_AGO).astype(np.int32)


def _partings(
    calendar: Calendar,
    ledger: Ledger,
    folk: Folk,
    units: Units,
    sharing: Sharing,
    partings: Partings,
    own_from: Days,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> tuple[Days, Ints]:
    """Let couples who parted within the calendar live together until then.

    Gives the first days of heads' own homes, and for each unit the parted father in the county.
    """
    woman, man = partings.woman, partings.man
    parted = partings.parted.copy()
    her_unit, his_unit = folk.unit[woman], folk.unit[man]
    single_man = (man < len(units.age)) & partings.near
    able = plain_units(units) & ~sharing.busy & ~units.partnered & (own_from == LONG_AGO)
    free = able[her_unit] & np.where(single_man, able[np.maximum(his_unit, 0)], ~partings.near)
    candidates = np.flatnonzero(free & (parted > calendar.begins))
    candidates = candidates[np.unique(man[candidates], return_index=True)[1]]
    candidates = candidates[np.unique(woman[candidates], return_index=True)[1]]
    lately = np.zeros(len(woman), dtype=np.bool_)
    lately[candidates] = True
    parted[~lately] = np.minimum(parted[~lately], calendar.begins - 1)
    ledger.live(man[lately], sharing.home[her_unit[lately]], LONG_AGO, parted[lately] - 1)
    moved = lately & partings.near
    own_from = own_from.copy()
    own_from[man[moved]] = parted[moved]
    gone = lately & ~partings.near
    folk.arrived[man[gone]], folk.left[man[gone]] = LONG_AGO, parted[gone] - 1
    ledger.unite(woman, man, np.minimum(partings.began, parted - 90), parted - 1)
    _fathers_alone(folk, units, sharing, partings, lately, own_from, settings, rng)
    fathers = np.full(len(units.age), NOBODY, dtype=np.int64)
    near = single_man & plain_units(units)[her_unit]
    fathers[her_unit[near]] = man[near]
    return own_from, fathers


def _fathers_alone(
    folk: Folk,
    units: Units,
    sharing: Sharing,
    partings: Partings,
    lately: Flags,
    own_from: Days,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> None:
    """Let the children of some parted couples live with the father."""
    her, his = folk.unit[partings.woman], folk.unit[partings.man]
    able = plain_units(units) & ~sharing.busy & ~units.partnered
    fit = partings.near & ~lately & able[her] & able[np.maximum(his, 0)]
    fit &= (partings.man < len(units.age)) & (np.bincount(her, minlength=len(able))[her] == 1)
    fit &= (own_from[her] == LONG_AGO) & (own_from[np.maximum(his, 0)] == LONG_AGO)
    fit &= rng.random(len(her)) < settings.families.lone_fathers / FREE_FATHERS
    rows = np.flatnonzero(fit)
    rows = rows[np.unique(his[rows], return_index=True)[1]]
    sharing.fatherly[her[rows]] = his[rows]
    sharing.busy[her[rows]] = True
    sharing.busy[his[rows]] = True


def _later_changes(
    calendar: Calendar,
    ledger: Ledger,
    folk: Folk,
    rows: Rows,
    units: Units,
    sharing: Sharing,
    began: Days,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> _Ends:
    """Let couples part, and single people move in together, after the window opens."""
    ends = _Ends(len(units.age))
    years = (calendar.ends - calendar.opens) / YEAR
    plain = plain_units(units) & ~sharing.busy
    chance = rng.random(len(plain))
    part = np.flatnonzero(plain & units.partnered & (chance < settings.change.separations * years))
    day = uniform_days(rng, calendar.opens + 30, calendar.ends - 30, len(part))
    partner = rows.partner_of[part]
    ends.partner[part] = day - 1
    ledger.live(partner, ledger.found(partner, part), day, NEVER)
    coupled = np.flatnonzero(units.partnered)
    ledger.unite(coupled, rows.partner_of[coupled], began[coupled], ends.partner[coupled])
    stay_with_both(ledger, folk, rows, part, day, settings, rng)
    single = (
        plain
        & ~units.partnered
        & (units.age < 60)
        & (chance < settings.change.new_partners * years)
    )
    _move_in(calendar, ledger, units, sharing, single, ends, rng)
    return ends


def _move_in(
    calendar: Calendar,
    ledger: Ledger,
    units: Units,
    sharing: Sharing,
    single: Flags,
    ends: _Ends,
    rng: np.random.Generator,
) -> None:
    """Pair single women with single men of about their age; he moves in with her."""
    women = np.flatnonzero(single & units.woman)
    men = np.flatnonzero(single & ~units.woman)
    women = women[np.argsort(units.age[women], kind="stable")]
    men = men[np.argsort(units.age[men] - 2, kind="stable")]
    count = min(len(women), len(men))
    her = women[np.sort(rng.permutation(len(women))[:count])]
    his = men[np.sort(rng.permutation(len(men))[:count])]
    close = np.abs(units.age[her] + 2 - units.age[his]) < 12
    her, his = her[close], his[close]
    day = uniform_days(rng, calendar.opens + 30, calendar.ends - 30, len(her))
    ends.head[his] = day - 1
    ledger.live(his, sharing.home[her], day, NEVER)
    ledger.unite(her, his, day)


def _partners_live(
    calendar: Calendar,
    ledger: Ledger,
    folk: Folk,
    rows: Rows,
    units: Units,
    sharing: Sharing,
    began: Days,
    end: Days,
) -> None:
    """Let partners live with heads, and before that with parents or alone."""
    unit = np.flatnonzero(units.partnered)
    partner = rows.partner_of[unit]
    start = np.where(began[unit] > calendar.begins, began[unit], LONG_AGO)
    ledger.live(partner, sharing.home[unit], start, end[unit])
    lately = start > calendar.begins
    unit, partner, start = unit[lately], partner[lately], start[lately]
    leaves = np.minimum(folk.leaves_home[partner], start - 1)
    with_parents = (leaves > calendar.begins) & (folk.mother[partner] >= 0)
    leaves = np.where(with_parents, leaves, LONG_AGO)
    parents = sharing.home[np.maximum(folk.mother[partner], 0)]
    ledger.live(partner[with_parents], parents[with_parents], LONG_AGO, leaves[with_parents] - 1)
    before = ledger.found(partner, unit)
    ledger.live(partner, before, leaves, start - 1)
