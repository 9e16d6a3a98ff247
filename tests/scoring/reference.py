"""The index by its definition, in plain Python: slow, and simple enough to be seen to be right."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from kithkin.model import dates
from kithkin.policy import Policy
from kithkin.policy.models import Kind
from kithkin.policy.themes import Component, Scoring, Track
from kithkin.scoring import Plan
from kithkin.scoring.indices import VARIANTS


def gravity(kind: Kind, scoring: Scoring) -> float:
    if kind.harm_days is None:
        return float(kind.gravity)
    top = math.log(scoring.harm_days_top)
    return min(5.0, max(0.0, 1 + 4 * math.log(kind.harm_days) / top))


def with_derived(parts: Sequence[dict[str, Any]], policy: Policy) -> list[dict[str, Any]]:
    """Add `police.missing.again`: from when both are known, for as long as both stand."""
    rows = list(parts)
    (made,) = [kind for kind in policy.kinds.values() if kind.derived] or [None]
    if made is None or made.derived is None:
        return rows
    for part in parts:
        before = [
            other
            for other in parts
            if part["kind"] in made.derived.event
            and other["kind"] in made.derived.after
            and other["subject"] == part["subject"]
            and 0 < part["occurred"] - other["occurred"] <= made.derived.within_days
        ]
        known = [max(part["known"], other["known"]) for other in before]
        superseded = [min(part["superseded"], other["superseded"]) for other in before]
        both = [(k, s) for k, s in zip(known, superseded, strict=True) if k < s]
        if both:
            first, last = min(k for k, _ in both), max(s for _, s in both)
            rows.append(part | {"kind": made.name, "known": first, "superseded": last})
    return rows


def age(part: dict[str, Any], policy: Policy, day: int) -> int:
    """Days for which a part has faded on a day: none while what lasts is open."""
    kind = policy.kinds[part["kind"]]
    since = part["occurred"]
    if kind.lasting:
        most = kind.open_at_most_days or policy.scoring.open_at_most_days
        over = part["ended"] <= day and part["end_known"] <= day
        end = part["ended"] if over else math.inf
        since = max(since, min(end, since + most))
    return int(max(0, day - since))


def counts(part: dict[str, Any], component: Component, policy: Policy, day: int) -> bool:
    youngest, oldest = component.ages or (-1, 1000)
    return (
        part["occurred"] <= day
        and part["known"] <= day < part["superseded"]
        and age(part, policy, day) < component.window_days
        and part["kind"] in component.kinds
        and (not component.roles or part["role"] in component.roles)
        and youngest <= part["age"] <= oldest
        and part["value"] >= 1000 * (component.value_at_least or 0)
    )


def left_out(kind: Kind, variant: str) -> bool:
    return (variant == "without_poverty_proxies" and kind.poverty_proxy) or (
        variant == "without_unproven" and kind.unproven
    )


def evidence(
    parts: Sequence[dict[str, Any]], component: Component, plan: Plan, day: int, variant: str
) -> dict[int, float]:
    """Points of evidence by event, before the cap; of an event's parts the one that gives most."""
    found: dict[int, float] = defaultdict(float)
    for part in parts:
        kind = plan.policy.kinds[part["kind"]]
        if counts(part, component, plan.policy, day) and not left_out(kind, variant):
            decay = 0.5 ** (age(part, plan.policy, day) / component.half_life_days)
            points = component.weight * gravity(kind, plan.policy.scoring) * decay
            found[part["event_no"]] = max(found[part["event_no"]], points)
    return found


def most_of_occasions(parts: Sequence[dict[str, Any]], given: Sequence[dict[int, float]]) -> float:
    """Give the most that each occasion gives by one event in one component, added up."""
    occasion = {part["event_no"]: part.get("occasion", part["event_no"]) for part in parts}
    most: dict[int, float] = defaultdict(float)
    for mine in given:
        for event_no, points in mine.items():
            most[occasion[event_no]] = max(most[occasion[event_no]], points)
    return sum(most.values())


def of_ages(track: Track, born: date | None, on: date) -> bool:
    youngest, oldest = track.ages
    return born is not None and youngest <= dates.age_in_years(born, on) <= oldest


def index(
    parts: Sequence[dict[str, Any]], track: Track, plan: Plan, born: date | None, on: date,
    variant: str,
) -> float:  # fmt: skip
    if not of_ages(track, born, on):
        return 0.0
    day = dates.day_number(on)
    given = {name: evidence(parts, c, plan, day, variant) for name, c in track.components.items()}
    capped = {
        name: min(track.components[name].at_most, sum(given[name].values())) for name in given
    }
    total = sum(capped.values())
    for together in track.once:
        total -= sum(capped[name] for name in together)
        once = most_of_occasions(parts, [given[name] for name in together])
        total += min(once, sum(capped[name] for name in together))
    return 100 * (1 - 0.5 ** (total / track.halfway))


def indices(
    parts: Sequence[dict[str, Any]], plan: Plan, born: Sequence[date | None], on: Sequence[date]
) -> Any:
    """Every index, as `index_on` gives it."""
    rows = with_derived(parts, plan.policy)
    by_person = [[r for r in rows if r["subject"] == person] for person in range(len(born))]
    return np.array(
        [[[[index(mine, planned.track, plan, day, date_on, variant)
            for mine, day in zip(by_person, born, strict=True)]
           for planned in plan.tracks] for date_on in on] for variant in VARIANTS]
    )  # fmt: skip
