"""Which ties count when groups are looked for, and how much.

Ties between peers with no direction, recent, for a theme weighed by whether it is what the two
have in common. Never a tie of family, whatever the policy says: relatives do not act together by
being relatives; a tie of peers between relatives counts, but whose ties are all with relatives
belongs to no group. Never one that says who harmed whom: nobody belongs to the group that harmed
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from kithkin.model import dates
from kithkin.policy.gatherings import Groups, may_group
from kithkin.policy.networks import TieRule

Array = npt.NDArray[Any]


class GroupTiesError(ValueError):
    """A rule of `[groups]` may not tie a group, or a tie is not as it must be."""


@dataclass(frozen=True)
class TieRows:
    """Ties on a date, a row a pair and rule, in any order.

    Parameters
    ----------
    person_a, person_b : person_keys, the lower first.
    rule : place in `rules`.
    strength : that the rule gives the pair on the date.
    last : day number of the last occasion under the rule.
    related : whether a rule of family ties the pair as well, on the date.
    rules : names of the tie rules.

    """

    person_a: Array
    person_b: Array
    rule: Array
    strength: Array
    last: Array
    related: Array
    rules: Sequence[str]


@dataclass(frozen=True)
class PeerTies:
    """What groups are found in: a row a pair, in order of pair.

    Parameters
    ----------
    persons : person_keys, ascending, of all who have a tie that counts.
    one, other : places in `persons`, the lower first.
    strength : above nought.
    related : whether the two are relatives as well.

    """

    persons: npt.NDArray[np.int64]
    one: npt.NDArray[np.int64]
    other: npt.NDArray[np.int64]
    strength: npt.NDArray[np.float64]
    related: npt.NDArray[np.bool_]

    @cached_property
    def components(self) -> Array:
        """Number the parts that no tie joins, by person."""
        return joined(self.one, self.other, len(self.persons))

    def among(self, chosen: Array) -> PeerTies:
        """Give the ties between chosen persons; `chosen` is bool by place in `persons`."""
        within = chosen[self.one] & chosen[self.other]
        one, other = self.one[within], self.other[within]
        kept = np.zeros(len(self.persons), np.bool_)
        kept[one] = kept[other] = True
        place = np.cumsum(kept) - 1
        return PeerTies(
            self.persons[kept],
            place[one],
            place[other],
            self.strength[within],
            self.related[within],
        )

    def in_parts_of(self, people: int) -> PeerTies:
        """Leave out parts of fewer persons: no group can be found there."""
        size = np.bincount(self.components)
        return self.among(size[self.components] >= people)


def joined(one: Array, other: Array, persons: int) -> Array:
    """Number the connected parts of a graph, by person, in order of their first person."""
    graph = sp.coo_array((np.ones(len(one), np.int8), (one, other)), shape=(persons, persons))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def peer_ties(
    rows: TieRows,
    policy_ties: Mapping[str, TieRule],
    settings: Groups,
    on: date,
    theme: str | None = None,
    carriers: Array | None = None,
) -> PeerTies:
    """Choose and weigh the ties in which groups are looked for.

    Parameters
    ----------
    theme : weigh by it; without one every tie counts in full.
    carriers : (persons,) bool by person_key, who carries the theme, on either track.

    Raises
    ------
    GroupTiesError : for a rule of `settings` that the policy does not have, or that is not one
        between peers with no direction; for a pair that is not in order; for a tie of a later day.

    """
    _check(rows, on)
    counts = _counting(rows, policy_ties, settings)
    first = dates.day_number(dates.window_start(on, settings.recent_days))
    weight = np.where(counts & (rows.last >= first), 1.0, 0.0)
    if theme is not None and carriers is not None:
        weight *= _of_theme(rows, settings, theme, carriers)
    chosen = weight > 0
    one, other, strength, related = _summed(
        rows.person_a[chosen],
        rows.person_b[chosen],
        (rows.strength * weight)[chosen],
        rows.related[chosen],
    )
    strong = (strength >= settings.least_strength) & (strength > 0)
    ends = np.stack([one[strong], other[strong]])
    persons, places = np.unique(ends, return_inverse=True)
    places = places.reshape(ends.shape)
    return PeerTies(
        persons.astype(np.int64), places[0], places[1], strength[strong], related[strong]
    )


def _check(rows: TieRows, on: date) -> None:
    if (rows.person_a >= rows.person_b).any():
        raise GroupTiesError("a tie names its lower person_key second; give the lower one first")
    if len(rows.last) and int(rows.last.max()) > dates.day_number(on):
        raise GroupTiesError(f"a tie has an occasion after {on}; give the ties of that date")


def _counting(rows: TieRows, policy_ties: Mapping[str, TieRule], settings: Groups) -> Array:
    for name in settings.rules:
        if name not in policy_ties:
            raise GroupTiesError(f'[groups] rules: no tie rule is called "{name}"')
        if not may_group(policy_ties[name]):
            raise GroupTiesError(
                f'[groups] rules: "{name}" may not tie a group; only rules of events between '
                "peers, with no direction, may"
            )
    wanted = np.array([name in settings.rules for name in rows.rules], np.bool_)
    return wanted[rows.rule] if len(wanted) else np.zeros(len(rows.rule), np.bool_)


def _of_theme(rows: TieRows, settings: Groups, theme: str, carriers: Array) -> Array:
    own = settings.theme_rules.get(theme, ())
    of_theme = np.array([name in own for name in rows.rules], np.bool_)[rows.rule]
    carrying = carriers[rows.person_a].astype(np.int8) + carriers[rows.person_b]
    share = np.array([settings.none_carries, settings.one_carries, 1.0])[carrying]
    return np.where(of_theme, 1.0, share)


def _summed(
    one: Array, other: Array, strength: Array, related: Array
) -> tuple[Array, Array, Array, Array]:
    """Add up by pair, in an order that does not depend on that of the rows."""
    order = np.lexsort((strength, other, one))
    one, other, strength, related = (each[order] for each in (one, other, strength, related))
    new = np.ones(len(one), np.bool_)
    new[1:] = (one[1:] != one[:-1]) | (other[1:] != other[:-1])
    starts = np.flatnonzero(new)
    if not len(starts):
        return one.astype(np.int64), other.astype(np.int64), strength, related.astype(np.bool_)
    return (
        one[starts].astype(np.int64),
        other[starts].astype(np.int64),
        np.add.reduceat(strength, starts),
        np.logical_or.reduceat(related, starts),
    )
