"""Where children live: with their parents, a grandmother or the father, and a second home."""

from __future__ import annotations

import numpy as np

from kithkin.simulation.calendar import NEVER, Calendar, Days
from kithkin.simulation.population.drawing import LONG_AGO, YEAR, Flags, Ints
from kithkin.simulation.population.folk import Folk, Rows
from kithkin.simulation.population.leaving import leave_home
from kithkin.simulation.population.ledger import KINSHIP, SECOND_HOME, Ledger
from kithkin.simulation.population.sharing import Sharing
from kithkin.simulation.settings.population import PopulationSettings
from kithkin.simulation.world import NOBODY


def children_live(
    calendar: Calendar,
    ledger: Ledger,
    folk: Folk,
    rows: Rows,
    sharing: Sharing,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> None:
    """Let children live with their unit, their father or a grandmother until they leave home."""
    children = rows.children
    unit = folk.unit[children]
    leaves = folk.leaves_home[children]
    last = np.where(leaves > calendar.ends, NEVER, leaves - 1).astype(np.int32)
    fatherly, carer = sharing.fatherly[unit], sharing.carer[unit]
    home = np.where(fatherly >= 0, sharing.home[fatherly], sharing.home[unit])
    cared = carer >= 0
    care_from = sharing.care_from[unit]
    ledger.live(children, home, LONG_AGO, np.where(cared, np.minimum(care_from - 1, last), last))
    ledger.live(children[cared], sharing.home[carer[cared]], care_from[cared], last[cared], KINSHIP)
    leave_home(calendar, ledger, folk, rows, settings, rng)


def second_homes(
    ledger: Ledger,
    folk: Folk,
    rows: Rows,
    sharing: Sharing,
    fathers: Ints,
    free: Flags,
    own_from: Days,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> None:
    """Give children of parted couples a second home with the other parent in the county."""
    children = rows.children[folk.former[rows.children]]
    unit = folk.unit[children]
    father = fathers[unit]
    fit = (father >= 0) & (folk.father[children] == father) & (sharing.carer[unit] == NOBODY)
    fit &= free[np.maximum(father, 0)]
    both = rng.random(len(free))[unit] < settings.families.second_home
    children, unit, father = children[fit & both], unit[fit & both], father[fit & both]
    other = np.where(
        sharing.fatherly[unit] >= 0, sharing.home[unit], sharing.home[folk.unit[father]]
    )
    end = (folk.born[children] + 17 * YEAR).astype(np.int32)
    start = own_from[father]
    ledger.live(children, other, start, end, SECOND_HOME)


def stay_with_both(
    ledger: Ledger,
    folk: Folk,
    rows: Rows,
    part: Ints,
    day: Days,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> None:
    """Give children of couples that part a second home with the one who moves out."""
    number = np.full(int(folk.unit.max()) + 1, NOBODY)
    number[part] = np.arange(len(part))
    children = rows.children[~folk.former[rows.children]]
    at = number[folk.unit[children]]
    young = (at >= 0) & (rng.random(len(children)) < settings.families.second_home)
    children, at = children[young], at[young]
    household = ledger.households - len(part) + at
    end = (folk.born[children] + 17 * YEAR).astype(np.int32)
    ledger.live(children, household, day[at] + 14, end, SECOND_HOME)
