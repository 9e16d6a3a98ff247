"""What each knob changes, measured in counties that differ in that knob alone.

Each effect is one number of one county; `tools/measure_knobs.py` prints the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kithkin.simulation.calendar import NEVER, whole_years
from kithkin.simulation.calibration.hardness import area_under_curve
from kithkin.simulation.calibration.measures.counting import Mask
from kithkin.simulation.calibration.recorded_network import Recorded
from kithkin.simulation.care import DECISIONS
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.sending.one_agency import first_known
from kithkin.simulation.sending.registers import make_register
from kithkin.simulation.settings.whole import Settings
from kithkin.simulation.world import ETHNICITIES, Index

Files = Mapping[tuple[str, str], AgencyFile]
Float = npt.NDArray[np.float64]

HARM_AMONG_PEERS = ("sexual_exploitation", "criminal_exploitation", "serious_violence")
YOUNGEST, OLDEST = 10, 17
MAJORITY = ETHNICITIES.index("WBRI")
ALIKE = 0.05
"""Contacts count as alike when their seriousness differs by less, in log odds."""


def network_gain(county: County, files: Files) -> tuple[float, float]:
    """Judge who is exploited or drawn into violence by own records, and with linked people's.

    Returns the area under the curve without and with the network: children of 10 to 17, records
    known a year before the end, the true states of that year; trained on one half of the children,
    judged on the other.
    """
    as_of = int(county.calendar.month_starts[-13]) - 1
    recorded = Recorded.upto(county, files, as_of)
    children = _children(county, as_of)
    truth = _harmed_in_last_year(county, children)
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


def _harmed_in_last_year(county: County, children: Index) -> Mask:
    rows = county.lives.child_of[children]
    harmed = np.zeros(len(children), dtype=bool)
    for condition in HARM_AMONG_PEERS:
        harmed |= (county.lives.child[condition][-12:, rows] > 0).any(axis=0)
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
    """Give how often children of minority groups come to notice, over the majority at equal need."""
    return _gap_at_equal_need(county, _minority(county))


def area_gap(county: County) -> float:
    """Give how often children of the more deprived half of areas come to notice, at equal need."""
    world, lives = county.world, county.lives
    home = world.stays.address[np.searchsorted(world.stays.person, lives.children)]
    score = world.areas.score[world.postcodes.area[world.addresses.postcode[home]]]
    return _gap_at_equal_need(county, score > np.median(score))


def _gap_at_equal_need(county: County, group: Mask) -> float:
    """Give the ratio of contacts a child, standardised to the whole over levels of true need."""
    need, contacts = _true_need(county), county.care.contacts
    recent = contacts.day >= county.calendar.month_starts[-13]
    made = np.bincount(contacts.child[recent], minlength=len(county.world.people))
    made = made[county.lives.children]
    expected = np.zeros(2)
    for level in np.unique(need[need >= 0]):
        here = need == level
        for side, chosen in enumerate((here & ~group, here & group)):
            expected[side] += here.sum() * made[chosen].mean() if chosen.any() else 0.0
    return float(expected[1] / expected[0])


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
    minority = county.world.people.ethnicity[table.child[judged]] != MAJORITY
    everything = np.ones(len(minority), dtype=bool)
    return _share_gap(table.shown[judged], table.decision[judged], minority, everything)


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


def fatigue_gap(county: County) -> float:
    """Give the share referred in the busiest quarter of weeks less the quietest quarter.

    Percentage points, averaged over tenths of how serious contacts looked.
    """
    table = county.care.contacts
    judged = (table.day >= county.calendar.opens) & (
        table.decision != DECISIONS.index("to_allocated_worker")
    )
    week = table.day[judged] // 7 - table.day[judged].min() // 7
    load = np.bincount(week)[week]
    low, high = np.quantile(load, [0.25, 0.75])
    middle = (load > low) & (load < high)
    return _share_gap(table.shown[judged], table.decision[judged], load >= high, ~middle)


def _share_gap(shown: Float, decision: Index, group: Mask, kept: Mask) -> float:
    """Give the difference in the share referred, in points, over tenths of seriousness."""
    further = decision == DECISIONS.index("referral")
    tenth = np.searchsorted(np.quantile(shown, np.arange(0.1, 1.0, 0.1)), shown)
    gaps = []
    for number in range(10):
        here = (tenth == number) & kept
        if (here & group).any() and (here & ~group).any():
            gaps.append(further[here & group].mean() - further[here & ~group].mean())
    return 100 * float(np.mean(gaps))


def mean_delay(files: Files) -> float:
    """Give the mean days from a police occurrence to its record."""
    file = files["police", "occurrence"]
    return float(np.mean(file.known - file.column("committed_from").values))


def wrong_entries(county: County, files: Files, settings: Settings) -> float:
    """Give the percentage of the police register's entries that differ from the truth.

    By forename, surname, date of birth or the postcode of the address at the time.
    """
    known = first_known("police", tuple(f for f in files.values() if f.feed == "police"), county)
    people = np.flatnonzero(known < NEVER).astype(np.int32)
    clean = replace(county, knobs=county.knobs.model_copy(update={"mistakes": 0.0}))
    made = [
        make_register("police", people, known[people], each, settings.mistakes)
        for each in (county, clean)
    ]
    first = [np.unique(register.person, return_index=True)[1] for register in made]
    wrong = np.zeros(len(people), dtype=bool)
    for name in ("forename", "surname", "date_of_birth", "postcode"):
        one, other = (
            register.entries[name].take(rows).combine_chunks()
            for register, rows in zip(made, first, strict=True)
        )
        same = pc.fill_null(pc.equal(one, other), fill_value=False)
        both_blank = pc.and_(pc.is_null(one), pc.is_null(other))
        wrong |= ~pc.or_(same, both_blank).to_numpy(zero_copy_only=False)
    return 100 * float(wrong.mean())
