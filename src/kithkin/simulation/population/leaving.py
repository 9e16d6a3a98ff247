"""Young people who leave home within the window: away, with a partner, sharing, or alone."""

from __future__ import annotations

import numpy as np

from kithkin.simulation.calendar import NEVER, Calendar
from kithkin.simulation.population.drawing import YEAR, Flags, Ints, chunks, pick
from kithkin.simulation.population.folk import Folk, Rows
from kithkin.simulation.population.ledger import Ledger
from kithkin.simulation.settings.population import PopulationSettings

WITH_PARTNER, SHARING, ALONE = range(3)
MOST_YEARS_APART = 6
"""Between partners of a couple formed on leaving home; our proposal."""


def leave_home(
    calendar: Calendar,
    ledger: Ledger,
    folk: Folk,
    rows: Rows,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> None:
    """Give each child who leaves home after the window opens a new home, or a departure."""
    leaves = folk.leaves_home[rows.children]
    goes = (leaves > calendar.opens) & (leaves <= calendar.ends)
    goes &= folk.left[rows.children] > leaves
    away = goes & (rng.random(len(leaves)) < settings.leave_county_when_leaving)
    folk.left[rows.children[away]] = leaves[away] - 1
    near = rows.children[goes & ~away]
    homes = settings.leaving_home_to
    fate = pick(rng, [homes["partner"], homes["sharing"], homes["alone"]], len(near))
    paired = _pair_up(ledger, folk, near[fate == WITH_PARTNER])
    _share(ledger, folk, near[fate == SHARING], rng)
    alone = np.concatenate([near[fate == ALONE], paired])
    ledger.live(alone, ledger.found(alone, folk.unit[alone]), folk.leaves_home[alone], NEVER)


def _pair_up(ledger: Ledger, folk: Folk, people: Ints) -> Ints:
    """Pair women with men who leave home in the same half year, by age; gives who is left over."""
    season = folk.leaves_home[people] // 180
    order = people[np.lexsort((folk.born[people], season))]
    season = folk.leaves_home[order] // 180
    one, other = [], []
    for now in np.unique(season):
        women = order[(season == now) & (folk.sex[order] == 0)]
        men = order[(season == now) & (folk.sex[order] == 1)]
        count = min(len(women), len(men))
        one.append(women[:count])
        other.append(men[:count])
    her = np.concatenate([*one, people[:0]])
    his = np.concatenate([*other, people[:0]])
    fits = _suit(folk, her, his)
    her, his = her[fits], his[fits]
    together = np.maximum(folk.leaves_home[her], folk.leaves_home[his])
    home = ledger.found(her, folk.unit[her], "couple")
    ledger.live(her, home, folk.leaves_home[her], NEVER)
    ledger.live(his, home, folk.leaves_home[his], NEVER)
    ledger.unite(her, his, together)
    return people[~np.isin(people, np.concatenate([her, his]))]


def _suit(folk: Folk, her: Ints, his: Ints) -> Flags:
    apart = (folk.unit[her] != folk.unit[his]) & (folk.mother[her] != folk.mother[his])
    return apart & (np.abs(folk.born[her] - folk.born[his]) < MOST_YEARS_APART * YEAR)


def _share(ledger: Ledger, folk: Folk, people: Ints, rng: np.random.Generator) -> None:
    """Let those who leave at about the same time share a home by twos, threes and fours."""
    people = people[np.argsort(folk.leaves_home[people], kind="stable")]
    run = chunks(rng, len(people), 2, 4)
    _, first, place = np.unique(run, return_index=True, return_inverse=True)
    homes = ledger.found(people[first], folk.unit[people[first]], "sharers")
    ledger.live(people, homes[place], folk.leaves_home[people], NEVER)
