"""A group keeps its id while it is recognisably itself.

The rule: a group is the one of an earlier month when more than `same` of its persons were in that
one, and more than `same` of that one's persons are in it. As `same` is at least half, a group can
be no more than one of a month before, and the other way round. Where a group comes back that was
not found for a while, several of the past may fit: the likest is taken, then the last seen, then
the lower number. An id is never given twice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kithkin.model import dates
from kithkin.policy.gatherings import Groups

What = Literal["began", "kept", "came_back", "merged", "split", "ended"]


class RememberedError(ValueError):
    """What is remembered of groups does not come before the date."""


@dataclass(frozen=True)
class KnownGroup:
    """A group as it was when it was last found.

    Parameters
    ----------
    number : of its id within the theme.
    persons : person_ids, which outlive the keys of a run.

    """

    number: int
    persons: frozenset[str]
    first_on: date
    last_on: date


@dataclass(frozen=True)
class Remembered:
    """The groups of earlier months, for one theme.

    Parameters
    ----------
    on : the last date for which groups were found; None before the first.
    next_number : the lowest that no group has had.
    resolution : place of the resolution that was chosen; None before the first.

    """

    groups: tuple[KnownGroup, ...] = ()
    on: date | None = None
    next_number: int = 1
    resolution: int | None = None


@dataclass(frozen=True)
class Change:
    """What became of a group, or whence it is.

    Parameters
    ----------
    number : of the group.
    what : it began, was kept, came back after it was not found; or it is no more: most of it is in
        `to` (merged), else parts of more than a quarter are in others (split, a row each), or
        neither (ended).
    to : number of the group where its persons now are.
    persons : how many of them are there.

    """

    number: int
    what: What
    to: int | None = None
    persons: int = 0


@dataclass(frozen=True)
class Identified:
    """Numbers of the groups, in their order; what is remembered from now on; what changed."""

    numbers: tuple[int, ...]
    remembered: Remembered
    changes: tuple[Change, ...]


SPLIT_SHARE = 0.25  # a smaller part of a group that is gone is no successor


def identify(
    found: Sequence[frozenset[str]],
    before: Remembered,
    on: date,
    settings: Groups,
    *,
    resolution: int | None = None,
    same_person: Mapping[str, str] | None = None,
) -> Identified:
    """Give each group its number: that of the earlier group that it is, or the next.

    Parameters
    ----------
    found : person_ids of each group.
    before : what the month before gave.
    resolution : at which they were found, to remember.
    same_person : by person_id that is no more, the one that stands for the person now.

    Raises
    ------
    RememberedError : when what is remembered is of this date or a later one.

    """
    if before.on is not None and before.on >= on:
        raise RememberedError(
            f"groups of {before.on} are remembered; groups of {on} do not come after them"
        )
    known = _standing(before, on, settings, same_person or {})
    kept = _matches(found, known, settings)
    fresh = iter(range(before.next_number, before.next_number + len(found)))
    numbers = tuple(kept[i].number if i in kept else next(fresh) for i in range(len(found)))
    now = tuple(
        KnownGroup(number, persons, kept[i].first_on if i in kept else on, on)
        for i, (number, persons) in enumerate(zip(numbers, found, strict=True))
    )
    gone = [group for group in known if group.number not in set(numbers)]
    remembered = Remembered(
        tuple(sorted((*now, *gone), key=lambda group: group.number)),
        on,
        before.next_number + len(found) - len(kept),
        before.resolution if resolution is None else resolution,
    )
    return Identified(numbers, remembered, tuple(_changes(now, kept, gone, before.on)))


def _standing(
    before: Remembered, on: date, settings: Groups, same_person: Mapping[str, str]
) -> list[KnownGroup]:
    first = dates.window_start(on, settings.remember_days)
    return [
        KnownGroup(
            group.number,
            frozenset(same_person.get(person, person) for person in group.persons),
            group.first_on,
            group.last_on,
        )
        for group in before.groups
        if group.last_on >= first
    ]


def _matches(
    found: Sequence[frozenset[str]], known: Sequence[KnownGroup], settings: Groups
) -> dict[int, KnownGroup]:
    fitting = []
    for i, shared in enumerate(_shared(found, [group.persons for group in known])):
        for j, both in shared.items():
            mine, theirs = len(found[i]), len(known[j].persons)
            if both > settings.same * mine and both > settings.same * theirs:
                likeness = both / (mine + theirs - both)
                last = -dates.day_number(known[j].last_on)
                fitting.append((-likeness, last, known[j].number, i, j))
    kept: dict[int, KnownGroup] = {}
    taken: set[int] = set()
    for *_, i, j in sorted(fitting):
        if i not in kept and j not in taken:
            kept[i] = known[j]
            taken.add(j)
    return kept


def _shared(
    groups: Sequence[frozenset[str]], others: Sequence[frozenset[str]]
) -> list[Counter[int]]:
    """Count for each group the persons whom it shares with each of the others."""
    where: dict[str, list[int]] = defaultdict(list)
    for j, persons in enumerate(others):
        for person in persons:
            where[person].append(j)
    return [Counter(j for person in persons for j in where.get(person, ())) for persons in groups]


def _changes(
    now: Sequence[KnownGroup],
    kept: Mapping[int, KnownGroup],
    gone: Sequence[KnownGroup],
    last: date | None,
) -> list[Change]:
    changes = []
    for i, group in enumerate(now):
        what: What = "began"
        if i in kept:
            what = "kept" if kept[i].last_on == last else "came_back"
        changes.append(Change(group.number, what))
    lost = [group for group in gone if group.last_on == last]
    there = _shared([group.persons for group in lost], [group.persons for group in now])
    for group, shared in zip(lost, there, strict=True):
        changes.extend(_became(group, {now[j].number: both for j, both in shared.items()}))
    return sorted(changes, key=lambda change: (change.number, change.to or 0))


def _became(group: KnownGroup, shared: Mapping[int, int]) -> list[Change]:
    size = len(group.persons)
    most = max(shared.items(), key=lambda one: (one[1], -one[0]), default=None)
    if most is not None and most[1] * 2 > size:
        return [Change(group.number, "merged", *most)]
    parts = sorted(part for part in shared.items() if part[1] > SPLIT_SHARE * size)
    if parts:
        return [Change(group.number, "split", *part) for part in parts]
    return [Change(group.number, "ended")]
