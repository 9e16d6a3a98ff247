"""What each knob changes, measured in counties that differ in that knob alone.

Each effect is one number of one county; `tools/measure_knobs.py` prints the table.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kithkin.simulation.calendar import whole_years
from kithkin.simulation.calibration.hardness import area_under_curve
from kithkin.simulation.calibration.measures.counting import Mask
from kithkin.simulation.calibration.recorded_network import Recorded
from kithkin.simulation.care import DECISIONS
from kithkin.simulation.county import County
from kithkin.simulation.life import HAPPENINGS
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.world import ETHNICITIES, Index

Files = Mapping[tuple[str, str], AgencyFile]
Float = npt.NDArray[np.float64]

HARM_AMONG_PEERS = (
    "sexual_exploitation_sign", "sexual_offence", "criminal_exploitation_sign", "drug_supply",
    "weapon_found", "serious_assault", "robbery", "missing_from_home",
)  # fmt: skip
YOUNGEST, OLDEST = 10, 17
MAJORITY = ETHNICITIES.index("WBRI")
ALIKE = 0.05
"""Contacts count as alike when their seriousness differs by less, in log odds."""


def network_gain(county: County, files: Files) -> tuple[float, float]:
    """Judge next year's harm among peers by own records, and with those of linked people.

    Returns the area under the curve without and with the network: children of 10 to 17, records
    known a year before the end, harm in that year; trained on one half of the children, judged on
    the other.
    """
    as_of = int(county.calendar.month_starts[-13]) - 1
    recorded = Recorded.upto(county, files, as_of)
    children = _children(county, as_of)
    truth = _harmed_after(county, as_of)[children]
    own = np.column_stack([recorded.own(children), _age_and_sex(county, children, as_of)])
    linked = recorded.linked(children)
    first = county.streams.of("calibration", "halves").random(len(children)) < 0.5
    alone = _judge(own, truth, first)
    return alone, _judge(np.column_stack([own, linked]), truth, first)


def _children(county: County, day: int) -> Index:
    people = county.world.people
    ages = whole_years(people.born, day)
    there = (people.arrived <= day) & (people.left > day) & (people.died > day)
    return np.flatnonzero(there & (ages >= YOUNGEST) & (ages <= OLDEST)).astype(np.int32)


def _harmed_after(county: County, day: int) -> Mask:
    kinds = [HAPPENINGS.index(kind) for kind in HARM_AMONG_PEERS]
    table = county.happenings
    after = np.isin(table.kind, kinds) & (table.day > day) & county.care.survives
    harmed = np.zeros(len(county.world.people), dtype=bool)
    of = county.participants
    harmed[of.person[after[of.happening]]] = True
    return harmed


def _age_and_sex(county: County, children: Index, day: int) -> Float:
    people = county.world.people
    ages = whole_years(people.born[children], day).astype(np.float64)
    return np.column_stack([ages, np.square(ages - 14), people.sex[children].astype(np.float64)])


def _judge(x: Float, truth: Mask, train: Mask) -> float:
    if not truth[train].any() or not truth[~train].any():
        return float("nan")
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=500))
    model.fit(x[train], truth[train])
    return area_under_curve(truth[~train], model.decision_function(x[~train]))


def recorded_gap(county: County) -> float:
    """Give how often children of minority groups come to notice, against the majority at equal need.

    The ratio of contacts a child among children whose true need in the last year was alike, by
    direct standardisation over levels of need.
    """
    need, minority = _true_need(county), _minority(county)
    contacts = county.care.contacts
    recent = contacts.day >= county.calendar.month_starts[-13]
    made = np.bincount(contacts.child[recent], minlength=len(county.world.people))
    made = made[county.lives.children]
    weights, rates = [], []
    for level in np.unique(need[need >= 0]):
        here = need == level
        groups = made[here & minority], made[here & ~minority]
        if min(map(len, groups)) == 0 or groups[1].mean() == 0:
            continue
        weights.append(int(here.sum()) * groups[1].mean())
        rates.append(groups[0].mean() / groups[1].mean())
    return float(np.average(rates, weights=weights))


def _minority(county: County) -> Mask:
    return county.world.people.ethnicity[county.lives.children] != MAJORITY


def _true_need(county: County) -> npt.NDArray[np.int64]:
    """Count each child's conditions of the last year, own and of the home, 0 to 4; -1 for no home."""
    lives, last = county.lives, slice(-12, None)
    total = np.zeros(len(lives.children), dtype=np.int64)
    for states in lives.child.values():
        total += states[last].max(axis=0) > 0
    home = lives.home[-1]
    for states in lives.household.values():
        of_home = states[last].max(axis=0) > 0
        total += np.where(home >= 0, of_home[np.maximum(home, 0)], 0)
    return np.where(home >= 0, np.minimum(total, 4), -1)


def agreement(county: County) -> float:
    """Give how often two workers decide alike on contacts that look alike.

    Contacts of the window not about an open case are put in order of how serious they looked;
    neighbours judged by different workers are compared.
    """
    table = county.care.contacts
    judged = (table.day >= county.calendar.opens) & (
        table.decision != DECISIONS.index("to_allocated_worker")
    )
    order = np.flatnonzero(judged)[np.argsort(table.shown[judged], kind="stable")]
    one, other = order[:-1], order[1:]
    fair = (table.worker[one] != table.worker[other]) & (
        table.shown[other] - table.shown[one] < ALIKE
    )
    return float((table.decision[one] == table.decision[other])[fair].mean())


def referral_gap(county: County) -> float:
    """Give the difference in the share taken further, minority less majority, at equal seriousness.

    Percentage points, averaged over tenths of how serious contacts looked.
    """
    table = county.care.contacts
    judged = (table.day >= county.calendar.opens) & (
        table.decision != DECISIONS.index("to_allocated_worker")
    )
    shown = table.shown[judged]
    minority = county.world.people.ethnicity[table.child[judged]] != MAJORITY
    further = table.decision[judged] == DECISIONS.index("referral")
    tenth = np.searchsorted(np.quantile(shown, np.arange(0.1, 1.0, 0.1)), shown)
    gaps = [
        further[(tenth == t) & minority].mean() - further[(tenth == t) & ~minority].mean()
        for t in range(10)
        if ((tenth == t) & minority).any() and ((tenth == t) & ~minority).any()
    ]
    return 100 * float(np.mean(gaps))


def prevented(county: County) -> float:
    """Give the share of escalations that support would prevent, of those without any support."""
    table = county.care.outcomes
    without = table.escalated_unsupported[table.mature].sum()
    return float(1 - table.escalated_supported[table.mature].sum() / without)


def yearly_change(county: County) -> float:
    """Give the yearly change in happenings a child, in per cent, from first to last year."""
    table, starts = county.happenings, county.calendar.month_starts
    first = ((table.day >= starts[0]) & (table.day < starts[12])).sum()
    last = (table.day >= starts[-13]).sum()
    years = (county.calendar.months - 12) / 12
    return 100 * float((last / first) ** (1 / years) - 1)


def median_delay(files: Files) -> float:
    """Give the median days from a police occurrence to its record."""
    file = files["police", "occurrence"]
    happened = file.column("committed_from").values
    return float(np.median((file.known - happened)[happened <= file.known]))
