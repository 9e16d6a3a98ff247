"""Cohorts: persons who meet a rule, in order, cut to what a team can look at.

Nothing is decided by being on a list or off it. Who ties with the last is shown with them, and who
just missed is shown with what they lacked, so that nobody takes the cut for a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from kithkin.model.tables import NUMBER, TEXT, TRUTH, WHOLE, Columns, TypedTable
from kithkin.policy.gatherings import ANY_THEME
from kithkin.policy.lists import (
    ByScore,
    Cohort,
    Condition,
    OnAccumulation,
    OnGroup,
    OnIndicator,
    OnScore,
    OnTrend,
)

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Truths = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Findings:
    """What cohorts ask about: arrays by person.

    Parameters
    ----------
    age : whole years on the as-of date, -1 when not known.
    score : by (theme, track, measure); NaN for who has no such score.
    trend : by (theme, track), the word, "" for none.
    raised : by indicator code.
    accumulation : whether an alarm stands; accumulated: the detector's sum, NaN for whom it does
        not watch.
    membership : by theme of the groups, how surely a person belongs to one, 0 for who does not.

    """

    age: Any
    score: Mapping[tuple[str, str, str], Numbers] = field(default_factory=dict)
    trend: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    raised: Mapping[str, Truths] = field(default_factory=dict)
    accumulation: Any = None
    accumulated: Any = None
    membership: Mapping[str, Numbers] = field(default_factory=dict)


class CohortMemberTable(TypedTable):
    """Who is on a cohort's list or just missed it, best first."""

    name = "cohort_member"
    columns: ClassVar[Columns] = {
        "cohort": TEXT,
        "person_key": WHOLE,
        "place": WHOLE,  # from 1; persons of equal value share the best of their places
        "value": NUMBER,  # by which the list is in order
        "within_capacity": TRUTH,
        "tied_with_last": TRUTH,  # of the value of the last within capacity
        "near_miss": TEXT,  # what was lacking; null for who meets the rule
    }


def cohort_members(cohort: Cohort, found: Findings) -> CohortMemberTable:
    """Give a cohort's list, its ties and its near misses.

    Equal values stand in order of `person_key`; they share a place, and all who tie with the last
    that fits are within capacity.
    """
    held = [(condition, holds(condition, found)) for condition in cohort.every]
    one_of = [holds(condition, found) for condition in cohort.any_of]
    barred = [holds(condition, found) for condition in cohort.none_of]
    aged = (found.age >= cohort.ages[0]) & (found.age <= cohort.ages[1])
    rank = cohort.rank
    value = (
        found.score[rank.theme, rank.track, rank.measure]
        if isinstance(rank, ByScore)
        else found.accumulated
    )
    may = aged & ~np.isnan(value)
    for one in barred:
        may = may & ~one
    any_held = np.logical_or.reduce(one_of) if one_of else np.ones(len(value), np.bool_)
    lacks = sum((~holding).astype(np.int64) for _, holding in held) + ~any_held
    listed = _ranked(np.flatnonzero(may & (lacks == 0)), value)
    last = value[listed[cohort.capacity - 1]] if len(listed) > cohort.capacity else -np.inf
    within = value[listed] >= last
    beyond = listed[~within][: cohort.near_misses]
    missed = _ranked(np.flatnonzero(may & (lacks == 1)), value)[: cohort.near_misses]
    shown = np.concatenate([listed[within], beyond, missed])
    reasons = (
        [None] * int(within.sum())
        + ["meets the rule, after the last who fits"] * len(beyond)
        + [_lacking(held, person, found) for person in missed]
    )
    places = _places(value, listed)
    return CohortMemberTable(
        pa.Table.from_arrays(
            [
                pa.array([cohort.name] * len(shown), pa.string()),
                pa.array(shown, pa.int32()),
                pa.array([places.get(int(person)) for person in shown], pa.int32()),
                pa.array(value[shown], pa.float64()),
                pa.array([reason is None for reason in reasons], pa.bool_()),
                pa.array((value[shown] == last) & np.isin(shown, listed), pa.bool_()),
                pa.array(reasons, pa.string()),
            ],
            schema=CohortMemberTable.schema(),
        )
    )


def holds(condition: Condition, found: Findings) -> Truths:
    """Say of each person whether a condition holds; what is not known does not."""
    match condition:
        case OnScore():
            points = found.score[condition.theme, condition.track, condition.measure]
            return np.asarray(np.nan_to_num(points, nan=-1.0) >= condition.at_least)
        case OnTrend():
            return np.isin(found.trend[condition.theme, condition.track], condition.trend)
        case OnIndicator():
            return np.asarray(found.raised[condition.indicator])
        case OnAccumulation():
            return np.asarray(found.accumulation)
        case OnGroup():
            sure = found.membership[condition.group]
            return np.asarray((sure > 0) & (sure >= condition.membership))


def said(condition: Condition) -> str:
    """Put a condition into words."""
    match condition:
        case OnScore():
            measure = condition.measure.replace("_", " ")
            return f"{condition.theme} {measure} of {condition.at_least:g} or more"
        case OnTrend():
            return f"{condition.theme} trend {' or '.join(condition.trend)}"
        case OnIndicator():
            return f"indicator {condition.indicator} raised"
        case OnAccumulation():
            return "an alarm for many small events"
        case OnGroup():
            of = "" if condition.group == ANY_THEME else f"{condition.group} "
            return f"member of a {of}group with certainty {condition.membership:g} or more"


def _ranked(persons: Any, value: Numbers) -> Any:
    return persons[np.lexsort((persons, -value[persons]))]


def _places(value: Numbers, listed: Any) -> dict[int, int]:
    places: dict[int, int] = {}
    for at, person in enumerate(listed.tolist()):
        same = at > 0 and value[listed[at - 1]] == value[person]
        places[person] = places[int(listed[at - 1])] if same else at + 1
    return places


def _lacking(held: list[tuple[Condition, Truths]], person: int, found: Findings) -> str:
    """Say what one who lacks a single condition lacks, and by how much."""
    for condition, holding in held:
        if holding[person]:
            continue
        if isinstance(condition, OnScore):
            points = found.score[condition.theme, condition.track, condition.measure][person]
            if not np.isnan(points):
                return f"lacks: {said(condition)} (has {points:.1f})"
        return f"lacks: {said(condition)}"
    return "lacks every one of the conditions of which one must hold"
