"""The scene of each text: which children it is about, who is around them, and what is behind it.

Contacts of one day, source and happening about children of one household share one text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import NEVER, Days, whole_years
from kithkin.simulation.care import SOURCES
from kithkin.simulation.county import County
from kithkin.simulation.life import HAPPENINGS, PARTS
from kithkin.simulation.text.kinship import relations
from kithkin.simulation.text.lookups import Mask, first_for, latest, members, mixed, of
from kithkin.simulation.text.words import KIN_NAMES, MOST_CHILDREN
from kithkin.simulation.world import NOBODY, STAY_KINDS, Index, Small

HOME_KINDS = ("domestic_incident", "domestic_assault", "order_breached")
"""Happenings between adults: when nobody is on record as having done it, the other adult did."""
AT_HAND = 21
"""Days before a contact from which a happening counts as earlier and not as the same affair."""
REMEMBERED = 1100
"""Days for which an agency's earlier knowledge is looked up."""


@dataclass(frozen=True)
class Cast:
    """The people of each text; shape (texts,) each, positions in `World.people` or NOBODY."""

    carer: Index
    other: Index
    suspect: Index
    victim: Index
    peer: Index
    couple: Mask
    """Whether `other` lives with the carer."""
    kin: dict[str, Index]
    """What carer, other, suspect and victim are to the first child: positions in KIN."""


@dataclass(frozen=True)
class Scenes:
    """What each text is about; shape (texts,) unless said otherwise."""

    text_of: Index
    """Shape (rows,): the text of each contact."""
    children: Index
    """Shape (texts, MOST_CHILDREN): the children, whom it is most about first; NOBODY beyond."""
    many: Index
    day: Days
    source: Small
    happening: Index
    kind: Index
    """Kind of happening, or NOBODY."""
    severity: Index
    happened: Days
    household: Index
    stay: Index
    enrolment: Index
    earlier: Index
    """An earlier happening in the household, or NOBODY."""
    earlier_text: Index
    """The last text from such a source about the same first child, or NOBODY."""
    place: Index
    cast: Cast

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.day)

    @property
    def child(self) -> Index:
        """The first child of each text."""
        return self.children[:, 0]

    def age(self, born: Days) -> npt.NDArray[np.int16]:
        """Give the first child's age in years; -1 before birth."""
        return np.where(
            born[self.child] > self.day, -1, whole_years(born[self.child], self.day)
        ).astype(np.int16)


def set_scenes(county: County, rows: Index, seed: int) -> Scenes:
    """Set the scene of every text of these rows of the contacts."""
    text_of, children = _group(county, rows)
    many = np.sum(children >= 0, axis=1).astype(np.int32)
    first = rows[np.unique(text_of, return_index=True)[1]]
    contacts, happenings = county.care.contacts, county.happenings
    child, day = children[:, 0], contacts.day[first]
    happening = contacts.happening[first]
    stay = _stay(county, child, day)
    house = contacts.household[first]
    household = np.where(house >= 0, house, of(county.world.stays.household, stay))
    household = household.astype(np.int32)
    kind = of(happenings.kind.astype(np.int32), happening)
    return Scenes(
        text_of=text_of,
        children=children,
        many=many,
        day=day,
        source=contacts.source[first],
        happening=happening,
        kind=kind,
        severity=of(happenings.severity.astype(np.int32), happening, 0),
        happened=np.minimum(of(happenings.day, happening, NEVER), day).astype(np.int32),
        household=household,
        stay=stay,
        enrolment=_enrolment(county, child, day),
        earlier=_earlier(county, household, day),
        earlier_text=_earlier_text(child, contacts.source[first]),
        place=of(happenings.place, happening),
        cast=_cast(county, child, household, day, happening, kind, stay, seed),
    )


def _group(county: County, rows: Index) -> tuple[Index, Index]:
    """Number the texts in order of their first row, and give the children of each."""
    contacts = county.care.contacts
    whole = np.stack(
        [
            contacts.day[rows], contacts.source[rows],
            contacts.household[rows], contacts.happening[rows],
            np.where(contacts.household[rows] < 0, contacts.child[rows], -1),
        ]
    )  # fmt: skip
    order = np.lexsort((_rank(county, rows), *whole[::-1]))
    new = np.ones(len(rows), bool)
    new[1:] = np.any(whole[:, order[1:]] != whole[:, order[:-1]], axis=0)
    begin = np.flatnonzero(new)
    place = np.arange(len(rows)) - np.repeat(begin, np.diff(np.append(begin, len(rows))))
    new |= place % MOST_CHILDREN == 0
    text = np.cumsum(new) - 1
    position = place % MOST_CHILDREN
    children = np.full((int(new.sum()), MOST_CHILDREN), NOBODY, dtype=np.int32)
    children[text, position] = contacts.child[rows[order]]
    first = np.full(len(children), len(rows), dtype=np.int64)
    np.minimum.at(first, text, order)
    by_row = np.argsort(first, kind="stable")
    number = np.empty(len(by_row), dtype=np.int32)
    number[by_row] = np.arange(len(by_row), dtype=np.int32)
    text_of = np.empty(len(rows), dtype=np.int32)
    text_of[order] = number[text]
    return text_of, children[by_row]


def _rank(county: County, rows: Index) -> npt.NDArray[np.int64]:
    """Order siblings: the one whom it befell, then by age; health visitors start with the baby."""
    contacts, born = county.care.contacts, county.world.people.born
    child = contacts.child[rows]
    befell = of(county.happenings.child, contacts.happening[rows]) == child
    kind = of(county.happenings.kind.astype(np.int32), contacts.happening[rows])
    at_home = kind < HAPPENINGS.index("missing_from_home")
    befell &= ~(at_home & (contacts.source[rows] == SOURCES.index("school")))
    visitor = contacts.source[rows] == SOURCES.index("health_visitor")
    age = np.where(visitor, -born[child], born[child]).astype(np.int64)
    unborn = born[child] > contacts.day[rows]
    return age + np.where(befell, -(2**20), 0) + np.where(unborn, 2**21, 0)


def _stay(county: County, child: Index, day: Days) -> Index:
    stays, people = county.world.stays, county.world.people
    rows = np.flatnonzero(stays.kind != STAY_KINDS.index("second_home")).astype(np.int32)
    own = latest(stays.person, stays.start, stays.end, rows, child, day)
    mothers = latest(stays.person, stays.start, stays.end, rows, people.mother[child], day)
    found = np.where(own >= 0, own, mothers).astype(np.int32)
    lost = np.flatnonzero(found < 0)
    if len(lost):  # the last home that anybody knows of
        at, row = members(stays.person, people.mother[child[lost]])
        found[lost] = first_for(len(lost), at, row.astype(np.int32))
    return found


def _enrolment(county: County, child: Index, day: Days) -> Index:
    table = county.world.enrolments
    rows = np.arange(len(table), dtype=np.int32)
    return latest(table.person, table.start, table.end, rows, child, day)


def _earlier(county: County, household: Index, day: Days) -> Index:
    happenings = county.happenings
    came = np.flatnonzero(county.care.survives & (happenings.household >= 0)).astype(np.int32)
    return latest(
        happenings.household, happenings.day, happenings.day + REMEMBERED, came, household,
        day - AT_HAND,
    )  # fmt: skip


def _earlier_text(child: Index, source: Small) -> Index:
    order = np.lexsort((np.arange(len(child)), source, child)).astype(np.int32)
    before = np.full(len(child), NOBODY, dtype=np.int32)
    same = (np.diff(child[order]) == 0) & (np.diff(source[order]) == 0)
    before[order[1:][same]] = order[:-1][same]
    return before


def _cast(
    county: County, child: Index, household: Index, day: Days, happening: Index, kind: Index,
    stay: Index, seed: int,
) -> Cast:  # fmt: skip
    people, size = county.world.people, len(child)
    at, adult = _adults(county, household, day)
    home = _Home(size, at, adult)
    mother, father = people.mother[child], people.father[child]
    mother_home, father_home = home.has(mother), home.has(father)
    anyone = first_for(size, at, adult)
    carer = np.where(mother_home, mother, np.where(father_home, father, anyone)).astype(np.int32)
    partner = _partner(county, home, carer)
    second = np.where(mother_home & father_home, father, partner)
    away = np.where(mother_home & ~father_home, father, np.where(father_home, mother, NOBODY))
    alive = (away >= 0) & (people.died[away] > day)
    other = np.where(second >= 0, second, np.where(alive, away, NOBODY)).astype(np.int32)
    suspect, victim = _parties(county, happening, child, day)
    between = np.isin(kind, [HAPPENINGS.index(name) for name in HOME_KINDS])
    suspect = np.where((suspect < 0) & between, other, suspect).astype(np.int32)
    victim = np.where((victim < 0) | (victim == suspect), carer, victim).astype(np.int32)
    suspect = np.where(between & (suspect == victim), NOBODY, suspect).astype(np.int32)
    cast = {"carer": carer, "other": other, "suspect": suspect, "victim": victim}
    kind_of_stay = np.where(stay >= 0, county.world.stays.kind[np.maximum(stay, 0)], 0)
    kin = {
        name: relations(county, who, child, home.has(who), between, kind_of_stay, day)
        for name, who in cast.items()
    }
    peer = _peers(county, happening, child, day, seed)
    return Cast(**cast, peer=peer, couple=second >= 0, kin=kin)


class _Home:
    """Who lives in the household of each text."""

    def __init__(self, size: int, at: npt.NDArray[np.int64], adult: Index) -> None:
        self.size, self.at, self.adult = size, at, adult

    def has(self, who: Index) -> Mask:
        found = np.zeros(self.size, bool)
        found[self.at[self.adult == who[self.at]]] = True
        return found & (who >= 0)


def _adults(county: County, household: Index, day: Days) -> tuple[npt.NDArray[np.int64], Index]:
    """Pair each text with the adults who live in its household on the day."""
    stays, people = county.world.stays, county.world.people
    at, row = members(stays.household, household)
    on = day[at]
    there = (
        (stays.start[row] <= on) & (stays.end[row] >= on) & (people.died[stays.person[row]] > on)
    )
    at, row = at[there], row[there]
    who = stays.person[row]
    grown = whole_years(people.born[who], day[at]) >= 18
    return at[grown], who[grown].astype(np.int32)


def _partner(county: County, home: _Home, carer: Index) -> Index:
    """Give the first other adult of the home, near the carer in age and not the carer's child."""
    people, at, who = county.world.people, home.at, home.adult
    lead = carer[at]
    near = np.abs(people.born[who] - people.born[lead]) < 18 * 365
    kin = (people.mother[who] == lead) | (people.father[who] == lead)
    sibling = (people.mother[who] == people.mother[lead]) & (people.mother[who] >= 0)
    fits = (who != lead) & near & ~kin & ~sibling & (people.sex[who] != people.sex[lead])
    return first_for(home.size, at[fits], who[fits])


def _parties(county: County, happening: Index, child: Index, day: Days) -> tuple[Index, Index]:
    """Give who is on record as having done it, and the adult whom it was done to."""
    parts, people = county.participants, county.world.people
    at, row = members(parts.happening, happening)
    who = parts.person[row]
    grown = whole_years(people.born[who], day[at]) >= 18
    did = (parts.part[row] == PARTS.index("suspect")) & grown
    hurt = (parts.part[row] == PARTS.index("victim")) & grown
    size = len(child)
    return first_for(size, at[did], who[did]), first_for(size, at[hurt], who[hurt])


def _peers(county: County, happening: Index, child: Index, day: Days, seed: int) -> Index:
    """Give another child of the happening, else some child of about the same age."""
    parts, people = county.participants, county.world.people
    at, row = members(parts.happening, happening)
    who = parts.person[row]
    lead = child[at]
    young = (whole_years(people.born[who], day[at]) < 18) & (who != lead)
    apart = (people.mother[who] != people.mother[lead]) | (people.mother[who] < 0)
    found = first_for(len(child), at[young & apart], who[young & apart])
    order = np.argsort(people.born, kind="stable")
    rank = np.searchsorted(people.born[order], people.born[child])
    shift = 1 + (mixed(seed, np.arange(len(child)), 7) * 40).astype(np.int64)
    near = order[np.clip(rank + np.where(shift % 2, shift, -shift), 0, len(order) - 1)]
    stranger = np.where(people.mother[near] == people.mother[child], NOBODY, near)
    return np.where(found >= 0, found, stranger).astype(np.int32)


KIN_NUMBER = {name: at for at, name in enumerate(KIN_NAMES)}
