"""The slow engine whose only duty is to be obviously right.

It reads the policy and the canonical rows afresh, one subject and one indicator at a time, with
nothing compiled, coded or sorted, so that it can judge the engines that do all three.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from kithkin.model import dates
from kithkin.policy import CountIndicator, Indicator, Policy
from kithkin.policy.models import Level, Part, Selection

Row = Mapping[str, Any]
Tables = Mapping[str, list[Row]]
Number = float | None


@dataclass(frozen=True)
class Happening:
    """One event for one subject, with the parts (role, age) taken in it."""

    key: tuple[str, ...]
    kind: str
    agency: str
    occurred: date
    ended: date | None
    end_known: date | None
    known: date
    superseded: date | None
    value: float
    parts: frozenset[tuple[str, int | None]]


def values_on(
    tables: Tables, policy: Policy, level: Level, as_of: date
) -> dict[str, dict[str, Number]]:
    """Answer every indicator of a level for every person or family.

    Parameters
    ----------
    tables : the settled source tables and the person index, as lists of rows.

    Returns
    -------
    Subject id to indicator code to value; None is no value.

    """
    happenings = _by_subject(tables, policy, level)
    questions = [i for i in policy.indicators.values() if level in i.levels]
    return {
        subject: {q.code: value_of(q, happenings.get(subject, []), policy, as_of)
                  for q in questions}
        for subject in _subjects(tables, level)
    }  # fmt: skip


def value_of(
    indicator: Indicator, happenings: Iterable[Happening], policy: Policy, as_of: date
) -> Number:
    """Answer one indicator for one subject on one date."""
    seen = [h for h in happenings if _visible(h, as_of)]
    match indicator.measure:
        case "count":
            return _weight(indicator, seen, as_of, 0, indicator.window_days)
        case "distinct":
            found = _inside(seen, indicator.selection, as_of, 0, indicator.window_days)
            return len({h.agency if indicator.of == "agencies" else h.kind for h in found})
        case "recency":
            found = _inside(seen, indicator.selection, as_of, 0, indicator.window_days)
            return min((dates.days_between(h.occurred, as_of) for h in found), default=None)
        case "latest":
            found = _inside(seen, indicator.selection, as_of, 0, indicator.window_days)
            return max(((h.occurred, h.value) for h in found), default=(None, None))[1]
        case "flag":
            return _flag(indicator, seen, policy, as_of)
        case "ratio":
            return _ratio(indicator, seen, as_of, 0, indicator.window_days)
        case "change":
            return _change(indicator, seen, as_of)
    raise AssertionError(f"no measure {indicator.measure}")


# --- measures --------------------------------------------------------------------------------


def _visible(happening: Happening, as_of: date) -> bool:
    superseded = happening.superseded is not None and happening.superseded <= as_of
    return happening.occurred <= as_of and happening.known <= as_of and not superseded


def _selected(happenings: Iterable[Happening], selection: Selection) -> list[Happening]:
    return [
        h
        for h in happenings
        if h.kind in selection.kinds
        and (selection.value_at_least is None or h.value >= selection.value_at_least)
        and any(_fits(role, age, selection) for role, age in h.parts)
    ]


def _fits(role: str, age: int | None, selection: Selection) -> bool:
    if selection.roles and role not in selection.roles:
        return False
    if selection.ages is None:
        return True
    low, high = selection.ages
    return age is not None and low <= age <= high


def _inside(
    happenings: Iterable[Happening], selection: Selection, as_of: date, newest: int, oldest: int
) -> list[Happening]:
    return [
        h
        for h in _selected(happenings, selection)
        if newest <= dates.days_between(h.occurred, as_of) < oldest
    ]


def _open(happening: Happening, policy: Policy, as_of: date) -> bool:
    if not policy.kinds[happening.kind].lasting:
        return False
    if happening.ended is None or happening.end_known is None or happening.end_known > as_of:
        return True
    return happening.ended > as_of


def _overlaps(happening: Happening, policy: Policy, as_of: date, window: int) -> bool:
    start = dates.window_start(as_of, window)
    if happening.occurred >= start or _open(happening, policy, as_of):
        return True
    ended = happening.ended
    return policy.kinds[happening.kind].lasting and ended is not None and ended > start


def _flag(indicator: Any, seen: list[Happening], policy: Policy, as_of: date) -> float:
    window = indicator.window_days
    if not _accompanied(indicator, seen, policy, as_of):
        return 0
    if indicator.state == "open":
        least = indicator.open_at_least_days or 0
        return float(
            any(
                _open(h, policy, as_of) and dates.days_between(h.occurred, as_of) >= least
                for h in _selected(seen, indicator.selection)
            )
        )
    if indicator.state == "overlaps":
        found = _selected(seen, indicator.selection)
        return float(any(_overlaps(h, policy, as_of, window) for h in found))
    found = _inside(seen, indicator.selection, as_of, 0, window)
    if not found:
        return 0
    latest = max(h.occurred for h in found)
    if dates.days_between(latest, as_of) < (indicator.settled_days or 0):
        return 0
    undoing = indicator.unless_later_selection
    undone = undoing and _inside(seen, undoing, as_of, 0, window)
    return float(not (undone and max(h.occurred for h in undone) > latest))


def _accompanied(indicator: Any, seen: list[Happening], policy: Policy, as_of: date) -> bool:
    selection = indicator.with_selection
    if selection is None:
        return True
    if indicator.with_state == "open":
        return any(_open(h, policy, as_of) for h in _selected(seen, selection))
    return bool(_inside(seen, selection, as_of, 0, indicator.window_days))


def _ratio(indicator: Any, seen: list[Happening], as_of: date, newest: int, oldest: int) -> Number:
    below = _weight(indicator.denominator, seen, as_of, newest, oldest)
    if below < indicator.minimum_denominator:
        return None
    return _weight(indicator.numerator, seen, as_of, newest, oldest) / below


def _weight(
    part: Part | CountIndicator, seen: list[Happening], as_of: date, newest: int, oldest: int
) -> float:
    found = _inside(seen, part.selection, as_of, newest, oldest)
    return sum(h.value for h in found) if part.weigh == "value" else len(found)


def _change(indicator: Any, seen: list[Happening], as_of: date) -> Number:
    recent = _ratio(indicator, seen, as_of, 0, indicator.recent_days)
    earlier = _ratio(indicator, seen, as_of, indicator.recent_days, indicator.window_days)
    if recent is None or earlier is None:
        return None
    if indicator.compare == "difference":
        return recent - earlier
    return recent / earlier if earlier else None


# --- from canonical rows ---------------------------------------------------------------------


def _subjects(tables: Tables, level: Level) -> list[str]:
    return [row[f"{level}_id"] for row in tables[level]]


def _by_subject(tables: Tables, policy: Policy, level: Level) -> dict[str, list[Happening]]:
    people = {row["person_id"]: row for row in tables["person"]}
    person_of = {(r["source"], r["record_id"]): r["person_id"] for r in tables["person_link"]}
    family_of = {r["person_id"]: r["family_id"] for r in tables["family_member"]}
    taken: dict[str, dict[tuple[str, ...], Happening]] = defaultdict(dict)
    for happening, record, role, recorded_age in _taken_part(tables):
        person = person_of.get(record)
        if person is None or happening.kind not in policy.kinds:
            continue
        subject = person if level == "person" else family_of.get(person)
        if subject is None:
            continue
        born = people[person]["date_of_birth"]
        age = dates.age_in_years(born, happening.occurred) if born else recorded_age
        before = taken[subject].get(happening.key, happening)
        taken[subject][happening.key] = replace(before, parts=before.parts | {(role, age)})
    return {s: _with_derived(list(found.values()), policy) for s, found in taken.items()}


def _taken_part(tables: Tables) -> Iterable[tuple[Happening, tuple[str, str], str, int | None]]:
    events = {(r["source"], r["batch_id"], r["event_id"]): r for r in tables["event"]}
    for part in tables["event_person"]:
        event = events[part["source"], part["batch_id"], part["event_id"]]
        key = ("event", event["source"], event["batch_id"], event["event_id"])
        record = (part["source"], part["record_id"])
        yield _happening(key, event, event["kind"]), record, part["role"], part["age_at_event"]
    yield from _dated(tables, "residence", "residence", "kind", "address_id")
    yield from _dated(tables, "relationship", "relationship", "kind", "other_record_id")
    yield from _dated(tables, "service_involvement", "involvement", "service", "involvement_id")
    yield from _moves(tables)
    yield from _births(tables)


def _happening(key: tuple[str, ...], row: Row, kind: str) -> Happening:
    return Happening(
        key=key,
        kind=kind,
        agency=row["agency"],
        occurred=row["occurred_on"],
        ended=row.get("ended_on"),
        end_known=_latest(row.get("end_known_at"), row["known_at"]),
        known=max(row["known_at"], row["occurred_on"]),
        superseded=row.get("superseded_at"),
        value=max(0.0, row.get("value") or 0.0),
        parts=frozenset(),
    )


def _latest(end_known: date | None, known: date) -> date | None:
    return None if end_known is None else max(end_known, known)


def _dated(
    tables: Tables, name: str, prefix: str, kind: str, other: str
) -> Iterable[tuple[Happening, tuple[str, str], str, int | None]]:
    agency = {r["source"]: r["agency"] for r in tables["person_record"]}
    for row in tables[name]:
        if row["started_on"] is None or row["source"] not in agency:
            continue
        key = (name, row["source"], row["batch_id"], row["record_id"], row[other],
               row["started_on"].isoformat())  # fmt: skip
        dated = {
            **row,
            "agency": agency[row["source"]],
            "occurred_on": row["started_on"],
            "end_known_at": row["ended_on"],
        }
        yield _happening(key, dated, f"{prefix}.{row[kind]}"), _record(row), "subject", None


def _record(row: Row) -> tuple[str, str]:
    return row["source"], row["record_id"]


def _moves(tables: Tables) -> Iterable[tuple[Happening, tuple[str, str], str, int | None]]:
    homes = {"residence.home", "residence.tenancy", "residence.temporary"}
    found = [
        item
        for item in _dated(tables, "residence", "residence", "kind", "address_id")
        if item[0].kind in homes
    ]
    homes_of: dict[tuple[str, str], list[Happening]] = defaultdict(list)
    for happening, record, _, _ in found:
        homes_of[record].append(happening)
    for happening, record, role, age in found:
        before = [h.known for h in homes_of[record] if h.occurred < happening.occurred]
        if before:
            moved = replace(happening, key=(*happening.key, "moved"), kind="residence.moved",
                            known=max(happening.known, min(before)),
                            ended=None, end_known=None)  # fmt: skip
            yield moved, record, role, age


def _births(tables: Tables) -> Iterable[tuple[Happening, tuple[str, str], str, int | None]]:
    for row in tables["person_record"]:
        if row["date_of_birth"] is not None:
            key = ("born", row["source"], row["batch_id"], row["record_id"])
            born = {**row, "occurred_on": row["date_of_birth"]}
            happening = _happening(key, born, "social_care.person.born")
            yield happening, _record(row), "child", 0


def _with_derived(happenings: list[Happening], policy: Policy) -> list[Happening]:
    found = list(happenings)
    waiting = {name: kind.derived for name, kind in policy.kinds.items() if kind.derived}
    while waiting:
        name, rule = next(
            (name, rule)
            for name, rule in sorted(waiting.items())
            if not (set(rule.event) | set(rule.after)) & waiting.keys()
        )
        found += _derived(name, rule, found)
        del waiting[name]
    return found


def _derived(name: str, rule: Any, happenings: list[Happening]) -> list[Happening]:
    made = []
    for event in (h for h in happenings if h.kind in rule.event):
        standing = [
            (max(event.known, h.known), min(_until(event), _until(h)))
            for h in happenings
            if h.kind in rule.after
            and 1 <= dates.days_between(h.occurred, event.occurred) <= rule.within_days
        ]
        standing = [(known, until) for known, until in standing if known < until]
        if standing:
            known, until = min(k for k, _ in standing), max(u for _, u in standing)
            superseded = None if until == date.max else until
            made.append(replace(event, key=(*event.key, name), kind=name, known=known,
                                superseded=superseded))  # fmt: skip
    return made


def _until(happening: Happening) -> date:
    return happening.superseded or date.max
