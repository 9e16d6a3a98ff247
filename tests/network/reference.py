"""What rules of events and relationships give, read plainly from the rows, slow and easy to check."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import combinations
from typing import Any

from kithkin.model import dates
from kithkin.network import Choice, gravity_of
from kithkin.policy import Policy
from kithkin.policy.networks import EventTie, RelationshipTie
from network.worlds import World

Pair = tuple[int, int]


def strengths(world: World, policy: Policy, day: date, choice: Choice) -> dict[Pair, float]:
    """Give the strength of each pair on a day that has any."""
    total: dict[Pair, float] = defaultdict(float)
    for rule in policy.ties.values():
        if rule.nature not in choice.natures:
            continue
        if choice.perpetrator and not rule.perpetrator_network:
            continue
        given: dict[Pair, float] = defaultdict(float)
        if isinstance(rule, EventTie):
            _of_events(world, policy, rule, day, choice, given)
        elif isinstance(rule, RelationshipTie):
            _of_relationships(world, rule, day, given)
        for pair, strength in given.items():
            total[pair] += min(strength, rule.at_most)
    return {pair: strength for pair, strength in total.items() if strength > 0}


def _faded(rule: Any, since: date, day: date) -> float:
    age = max(0, dates.days_between(since, day))
    return rule.weight * rule.reliability * 0.5 ** (age / rule.half_life_days)


def _fades_from(event: dict[str, Any], policy: Policy, day: date) -> date:
    """From when an event fades as known on a day: what is open, from when it is taken to end."""
    on, kind = event["occurred_on"], policy.kinds[event["kind"]]
    if not kind.lasting:
        return on
    taken = dates.add_days(on, kind.open_at_most_days or policy.scoring.open_at_most_days)
    end = event["ended_on"]
    over = end is not None and max(end, event["end_known_at"]) <= day
    return min(max(on, end), taken) if over else taken


def _of_events(
    world: World, policy: Policy, rule: EventTie, day: date, choice: Choice,
    given: dict[Pair, float],
) -> None:  # fmt: skip
    occasions: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    barred = set()
    for event in world.rows.get("event", []):
        gravity = gravity_of(policy.kinds[event["kind"]], policy.scoring)
        unproven = policy.kinds[event["kind"]].unproven
        stands = max(event["known_at"], event["occurred_on"]) <= day and (
            event["superseded_at"] is None or event["superseded_at"] > day
        )
        key = (event["source"], event["group_id"] or event["event_id"])
        if event["kind"] in rule.unless_kinds and stands:
            barred.add(key)
        if event["kind"] not in rule.kinds or not gravity or not stands:
            continue
        for part in world.rows["event_person"]:
            if part["event_id"] == event["event_id"] and part["role"] in (
                *rule.roles, *rule.other_roles
            ):  # fmt: skip
                occasions[key].append({
                    "person": int(part["record_id"][1:]), "role": part["role"],
                    "gravity": gravity, "proven": 0.0 if unproven else gravity,
                    "on": _fades_from(event, policy, day),
                })  # fmt: skip
    for key, parts in occasions.items():
        if key not in barred:
            _of_occasion(parts, rule, day, choice, given)


def _of_occasion(
    parts: list[dict[str, Any]], rule: EventTie, day: date, choice: Choice,
    given: dict[Pair, float],
) -> None:  # fmt: skip
    everyone = sorted({part["person"] for part in parts})
    if len(everyone) > rule.most_people:
        return
    measure = "proven" if choice.proven else "gravity"
    best = {p: max(x[measure] for x in parts if x["person"] == p) for p in everyone}
    last = {p: max(x["on"] for x in parts if x["person"] == p) for p in everyone}
    roles = {p: {x["role"] for x in parts if x["person"] == p} for p in everyone}
    counted = [p for p in everyone if best[p] > 0]
    other_roles = rule.other_roles or rule.roles
    for a, b in combinations(counted, 2):
        if (roles[a] & set(rule.roles) and roles[b] & set(other_roles)) or (
            roles[b] & set(rule.roles) and roles[a] & set(other_roles)
        ):
            once = min(best[a], best[b]) / (len(counted) - 1)
            given[a, b] += once * _faded(rule, min(last[a], last[b]), day)


def _of_relationships(
    world: World, rule: RelationshipTie, day: date, given: dict[Pair, float]
) -> None:
    by_source: dict[tuple[str, Pair], float] = defaultdict(float)
    for row in world.rows.get("relationship", []):
        one, other = int(row["record_id"][1:]), int(row["other_record_id"][1:])
        known = max(row["known_at"], row["started_on"] or row["known_at"])
        stands = known <= day and (row["superseded_at"] is None or row["superseded_at"] > day)
        if row["kind"] not in rule.relationships or one == other or not stands:
            continue
        end = row["ended_on"]
        over = end is not None and max(end, known) <= day
        key = (row["source"], (min(one, other), max(one, other)))
        by_source[key] = max(by_source[key], _faded(rule, end if over else day, day))
    for (_, pair), strength in by_source.items():
        given[pair] += strength
