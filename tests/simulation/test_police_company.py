"""Intelligence names others of a child's group, and nobody who was not there."""

from functools import cache

import numpy as np

from kithkin.simulation.agencies.police_company import MOST_NAMED, company
from kithkin.simulation.county import County
from kithkin.simulation.making import Plan, make_county
from kithkin.simulation.settings.justice import IntelligenceSettings

PLAN = Plan(people=4000, years=1, seed=3)


@cache
def county() -> County:
    return make_county(PLAN)


def named(**changes: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Rows, those named and the members asked about, on the last day."""
    memberships, last = county().world.memberships, county().calendar.ends
    here = np.flatnonzero((memberships.start <= last) & (memberships.end > last))
    person = memberships.person[here]
    day = np.full(len(person), last, dtype=np.int32)
    shipped = PLAN.read_settings().justice.police.intelligence
    settings: IntelligenceSettings = shipped.model_copy(update=changes)
    rng = np.random.default_rng(1)
    row, who = company(county(), settings, person, day, ("serious_violence",), rng)
    return row, who, person, last


def test_those_named_share_a_group_with_the_person_on_the_day() -> None:
    row, who, person, last = named(company=1.0, bystanders=1.0)
    memberships = county().world.memberships
    there = (memberships.start <= last) & (memberships.end >= last)
    groups: dict[int, set[int]] = {}
    for one, group in zip(memberships.person[there], memberships.group[there], strict=True):
        groups.setdefault(int(one), set()).add(int(group))
    assert len(row) > 50
    for at, other in zip(row, who, strict=True):
        assert int(other) != int(person[at])
        assert groups[int(person[at])] & groups[int(other)]


def test_nobody_is_named_twice_in_a_report_and_few_are() -> None:
    row, who, *_ = named(company=1.0, bystanders=1.0)
    assert len(np.unique(np.stack([row, who]), axis=1).T) == len(row)
    assert np.bincount(row).max() <= MOST_NAMED


def test_bystanders_are_left_out_when_the_setting_says_so() -> None:
    everybody, touched = (named(company=1.0, bystanders=share)[0] for share in (1.0, 0.0))
    assert len(touched) < 0.3 * len(everybody)
    assert len(named(company=0.0)[0]) == 0
