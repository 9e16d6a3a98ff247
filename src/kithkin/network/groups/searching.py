"""At which resolution groups are found, and what groups there are.

The resolution is that at which asymptotic surprise is highest: how unlikely it is that so much tie
strength lies inside groups by chance, given how few of all pairs do (Traag, Aldecoa and Delvenne
2015). Only groups of a size that the policy wants count, and only what partitions agree on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kithkin.network.groups.partition import NONE, Agreed, agree, partitions, possible, resolutions
from kithkin.network.groups.ties import PeerTies
from kithkin.policy.gatherings import Groups

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class FoundGroup:
    """Persons who act together, as far as partitions agree.

    Parameters
    ----------
    members : person_keys, ascending.
    agreement : by member, the share of the partitions in which they are with each of the others,
        on average.
    possible, possible_agreement : the same of persons outside who may belong to it.
    resolution : at which it was found, as a multiple of the median strength of a tie.

    """

    members: npt.NDArray[np.int64]
    agreement: npt.NDArray[np.float64]
    possible: npt.NDArray[np.int64]
    possible_agreement: npt.NDArray[np.float64]
    resolution: float

    @property
    def stability(self) -> float:
        """Give the share of the partitions in which two members are together, on average."""
        return float(self.agreement.mean())


@dataclass(frozen=True)
class Search:
    """What was found.

    Parameters
    ----------
    groups : the largest first, then by first member.
    chosen : place of the resolution among those of the policy; NONE when no tie counts.
    too_large : persons of each gathering that is above the largest size at every resolution; it is
        no group.

    """

    groups: tuple[FoundGroup, ...]
    chosen: int
    too_large: tuple[int, ...]


def search(ties: PeerTies, settings: Groups, before: int | None = None) -> Search:
    """Find groups.

    Parameters
    ----------
    ties : that count, from `peer_ties`.
    before : the place of the resolution that was chosen the month before; then only it and those
        beside it are tried, so that groups do not change for the way in which they are sought.

    """
    ties = ties.in_parts_of(settings.smallest)
    if not len(ties.persons):
        return Search((), NONE, ())
    chosen = choose_resolution(ties, settings, before)
    groups: list[FoundGroup] = []
    too_large: list[int] = []
    unit = float(np.median(ties.strength))
    _find(ties, settings, chosen, unit, groups, too_large)
    groups.sort(key=lambda group: (-len(group.members), group.members.tolist()))
    return Search(tuple(groups), chosen, tuple(sorted(too_large, reverse=True)))


def choose_resolution(ties: PeerTies, settings: Groups, before: int | None = None) -> int:
    """Give the place of the resolution at which surprise is highest; of equals the lowest."""
    tried = resolutions(settings) * float(np.median(ties.strength))
    places = range(len(tried))
    if before is not None:
        places = range(max(0, before - 1), min(len(tried), before + 2))
    worth = {
        place: surprise(
            ties, _fitting(_agreed(ties, tried[place], settings, search=True), settings)
        )
        for place in places
    }
    best = max(worth, key=lambda place: (worth[place], -place))
    if before in worth and worth[before] >= worth[best] * (1 - settings.stay):
        return before
    return best


def _agreed(ties: PeerTies, resolution: float, settings: Groups, *, search: bool = False) -> Agreed:
    many, cycles = (settings.searches, 1) if search else (settings.partitions, 2)
    labels = partitions(ties, resolution, settings, many=many, cycles=cycles)
    return agree(ties, labels, settings)


def _fitting(agreed: Agreed, settings: Groups) -> Array:
    """Give by person their group when it is of a size that is wanted, else NONE."""
    fits = (agreed.size >= settings.smallest) & (agreed.size <= settings.largest)
    inside = agreed.group != NONE
    inside[inside] = fits[agreed.group[inside]]
    return np.where(inside, agreed.group, NONE)


def surprise(ties: PeerTies, group: Array) -> float:
    """Give the asymptotic surprise of groups a unit of tie strength; 0 when no more than by chance.

    The divergence of the share of strength inside groups from the share of pairs inside.
    """
    persons = len(group)
    size = np.bincount(group[group != NONE]).astype(np.float64)
    expected = float((size * (size - 1)).sum()) / (persons * (persons - 1))
    inside = (group[ties.one] == group[ties.other]) & (group[ties.one] != NONE)
    found = float(ties.strength[inside].sum() / ties.strength.sum())
    if found <= expected or not expected:
        return 0.0
    outside = (1 - found) * np.log((1 - found) / (1 - expected)) if found < 1 else 0.0
    return float(found * np.log(found / expected) + outside)


def _find(
    ties: PeerTies,
    settings: Groups,
    place: int,
    unit: float,
    groups: list[FoundGroup],
    too_large: list[int],
) -> None:
    """Add the groups of a resolution; what is too large is looked at again at the next."""
    resolution = float(resolutions(settings)[place])
    agreed = _agreed(ties, resolution * unit, settings)
    groups.extend(_groups_of(ties, agreed, settings, resolution))
    for number in np.flatnonzero(agreed.size > settings.largest):
        rest = ties.among(agreed.group == number)
        if place + 1 < settings.resolutions:
            _find(rest, settings, place + 1, unit, groups, too_large)
        else:
            too_large.append(len(rest.persons))


def _groups_of(
    ties: PeerTies, agreed: Agreed, settings: Groups, resolution: float
) -> Iterator[FoundGroup]:
    fitting = _fitting(agreed, settings)
    wanted = np.unique(fitting[fitting != NONE])
    person, group, share = possible(ties, agreed, settings)
    members = _rows_of(agreed.group, wanted)
    others = _rows_of(group, wanted)
    for who, maybe in zip(members, others, strict=True):
        yield FoundGroup(
            ties.persons[who],
            agreed.agreement[who],
            ties.persons[person[maybe]],
            share[maybe],
            resolution,
        )


def _rows_of(number: Array, wanted: Array) -> list[Array]:
    """Give the rows that have each of the wanted numbers, in order."""
    order = np.argsort(number, kind="stable")
    first = np.searchsorted(number[order], wanted, side="left")
    stop = np.searchsorted(number[order], wanted, side="right")
    return [order[low:high] for low, high in zip(first, stop, strict=True)]
