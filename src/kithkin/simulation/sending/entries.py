"""Who has which entries in a register: second entries for one person, one entry for two persons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Days
from kithkin.simulation.sending.mistakes import Chance
from kithkin.simulation.world import NOBODY, Index, People

Rows = npt.NDArray[np.int64]

_THREE_YEARS = 1096
_ONE_YEAR = 366


@dataclass(frozen=True)
class Entries:
    """A row an entry, in order of person and day."""

    person: Index
    known: Days
    replaces: npt.NDArray[np.bool_]
    """The entry took the place of the person's earlier ones."""


def list_entries(people: Index, known: Days, chance: Chance, after: float, ends: int) -> Entries:
    """List the entries of people who became known on these days, second ones included.

    A second entry follows after so many days on average (`after`), if it does so by `ends`.
    """
    person, day = [people], [known]
    replaces = [np.zeros(len(people), dtype=bool)]
    for rate in ("duplicate", "split"):
        rows, rng = chance.strike(rate)
        second = known[rows] + 1 + rng.exponential(after, len(rows)).astype(np.int32)
        in_time = second <= ends
        person.append(people[rows[in_time]])
        day.append(second[in_time].astype(np.int32))
        replaces.append(np.full(int(in_time.sum()), rate == "split"))
    persons, days = np.concatenate(person), np.concatenate(day)
    order = np.lexsort((days, persons))
    return Entries(persons[order], days[order], np.concatenate(replaces)[order])


def merged_entries(entries: Entries, who: People, chance: Chance) -> tuple[Rows, Rows]:
    """Choose entries that were merged by mistake: those that vanish, and those that stand for both.

    Candidates are pairs of people who are easily taken for one: twins, siblings near in age, a
    father and son of one name, and people of one name and age. `chance` is of people's positions.
    """
    rows_of = np.full(len(who), NOBODY, dtype=np.int64)
    rows_of[entries.person[::-1]] = np.arange(len(entries.person))[::-1]  # each one's first entry
    people = entries.person[np.diff(entries.person, prepend=NOBODY) > 0]  # each one once
    struck = [
        _struck(pairs, rate, chance)
        for rate, pairs in (
            ("twins_merged", _twins(people, who)),
            ("siblings_merged", _siblings(people, who)),
            ("father_and_son_merged", _fathers_and_sons(people, who)),
            ("namesakes_merged", _namesakes(people, who)),
        )
    ]
    stays, goes = (rows_of[np.concatenate(side)] for side in zip(*struck, strict=True))
    both_known = (stays >= 0) & (goes >= 0)
    stays, goes = stays[both_known], goes[both_known]
    once = _each_once(stays, goes, len(entries.person))
    return goes[once], stays[once]


def _struck(pairs: tuple[Index, Index], rate: str, chance: Chance) -> tuple[Index, Index]:
    rows, _ = Chance(chance.feed, chance.rates, chance.streams, len(pairs[0])).strike(rate)
    return pairs[0][rows], pairs[1][rows]


def _each_once(a: Rows, b: Rows, rows: int) -> npt.NDArray[np.bool_]:
    """Keep of pairs that share a member the first."""
    first = np.full(rows, len(a))
    places = np.arange(len(a))
    np.minimum.at(first, a, places)
    np.minimum.at(first, b, places)
    return (first[a] == places) & (first[b] == places)


def _twins(people: Index, who: People) -> tuple[Index, Index]:
    older = people[who.twin[people] > people]
    return older, who.twin[older]


def _siblings(people: Index, who: People) -> tuple[Index, Index]:
    born = people[who.mother[people] >= 0]
    key = (who.mother[born].astype(np.int64) << 1 | who.sex[born]) << 31
    return _neighbours(born, key, who, _THREE_YEARS)


def _namesakes(people: Index, who: People) -> tuple[Index, Index]:
    named = people[(who.forename[people] >= 0) & (who.surname[people] >= 0)]
    key = who.forename[named].astype(np.int64) << 22 | who.surname[named]
    return _neighbours(named, (key << 1 | who.sex[named]) << 20, who, _ONE_YEAR)


def _neighbours(people: Index, key: Rows, who: People, days: int) -> tuple[Index, Index]:
    """Pair people of one key whose births follow one another within so many days."""
    order = np.argsort(key + _since_first(people, who), kind="stable")
    sorted_people, kind = people[order], key[order]
    older, younger = sorted_people[:-1], sorted_people[1:]
    near = (kind[1:] == kind[:-1]) & (who.born[younger] - who.born[older] <= days)
    near &= who.twin[older] != younger
    return older[near], younger[near]


def _since_first(people: Index, who: People) -> Rows:
    """Count days of birth from the first; below 2^20 for 2,800 years of births."""
    born: Rows = who.born[people].astype(np.int64)
    return born - born.min() if len(born) else born


def _fathers_and_sons(people: Index, who: People) -> tuple[Index, Index]:
    father = who.father[people]
    one_name = (father >= 0) & (who.forename[father] == who.forename[people])
    one_name &= who.surname[father] == who.surname[people]
    return father[one_name], people[one_name]
