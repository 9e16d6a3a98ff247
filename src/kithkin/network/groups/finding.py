"""The groups of a date, for a theme or for none, with ids that they keep from month to month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kithkin.network.groups.describing import Described, People, describe
from kithkin.network.groups.identity import Identified, Remembered, identify
from kithkin.network.groups.searching import search
from kithkin.network.groups.tables import PeerGroupChangeTable
from kithkin.network.groups.ties import TieRows, peer_ties
from kithkin.policy.gatherings import ANY_THEME, Groups
from kithkin.policy.networks import TieRule


@dataclass(frozen=True)
class GroupsOn:
    """What is found on a date.

    Parameters
    ----------
    described : tables of the groups.
    changes : since the date that was remembered.
    remembered : to be given for the next date.
    too_large : persons of each gathering too large to be a group at every resolution tried.
    tied : persons with a tie that counts; of whom `described` tells who is in a group.

    """

    described: Described
    changes: PeerGroupChangeTable
    remembered: Remembered
    too_large: tuple[int, ...]
    tied: int


def find_groups(
    rows: TieRows,
    policy_ties: Mapping[str, TieRule],
    settings: Groups,
    people: People,
    on: date,
    *,
    theme: str | None = None,
    before: Remembered | None = None,
    same_person: Mapping[str, str] | None = None,
) -> GroupsOn:
    """Find the groups of persons who act together on a date.

    Parameters
    ----------
    rows : ties as of the date; their order changes nothing.
    policy_ties : the rules that made them, by name.
    theme : find groups of this theme; without one, in all ties of peers alike.
    before : what an earlier date gave for the same theme; without it every id is new.
    same_person : by person_id that is no more, the one that stands for the person now.

    Raises
    ------
    GroupTiesError, RememberedError : see `peer_ties` and `identify`.

    """
    before = before or Remembered()
    carriers = people.carriers(theme) if theme is not None else None
    ties = peer_ties(rows, policy_ties, settings, on, theme, carriers)
    found = search(ties, settings, before.resolution)
    groups = [
        group
        for group in found.groups
        if carriers is None or carriers[group.members].sum() >= settings.least_carriers
    ]
    who = [frozenset(people.person_id[key] for key in group.members) for group in groups]
    resolution = found.chosen if groups else None
    known = identify(who, before, on, settings, resolution=resolution, same_person=same_person)
    described = describe(
        groups,
        _named(known, theme),
        ties,
        people,
        theme=theme,
        key_links=settings.key_links,
    )
    return GroupsOn(
        described, _changes(known, theme, on), known.remembered, found.too_large, len(ties.persons)
    )


def group_id(theme: str | None, number: int) -> str:
    """Give a group's id: `cse-00012`."""
    return f"{theme or ANY_THEME}-{number:05d}"


def _named(known: Identified, theme: str | None) -> list[tuple[str, date]]:
    first = {group.number: group.first_on for group in known.remembered.groups}
    return [(group_id(theme, number), first[number]) for number in known.numbers]


def _changes(known: Identified, theme: str | None, on: date) -> PeerGroupChangeTable:
    return PeerGroupChangeTable.from_rows(
        {
            "group_id": group_id(theme, change.number),
            "theme": theme,
            "on": on,
            "change": change.what,
            "to_group_id": None if change.to is None else group_id(theme, change.to),
            "persons": change.persons if change.to is not None else None,
        }
        for change in known.changes
    )
