"""Who lives together, and who is a family: from dated residences and recorded relationships.

A shared surname is no evidence here. A household is people at one address at overlapping times;
a family is joined by recorded relationships: parents, siblings and carers wherever they live,
partners and other relations when they also live together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from math import inf
from typing import Any, NamedTuple

import duckdb

from kithkin.model.dates import day_number
from kithkin.people.identity import unlike_ids
from kithkin.people.tables import (
    FamilyMemberTable,
    FamilyTable,
    HouseholdMemberTable,
    HouseholdTable,
    PersonLinkTable,
)


class Tie(NamedTuple):
    """What a kind of relationship does to a family, and how its two ends are described."""

    record: str
    other: str
    anywhere: bool  # joins wherever the two live


# Strongest reason first.
TIES = {
    "mother": Tie("child of a recorded mother", "recorded as mother", True),
    "father": Tie("child of a recorded father", "recorded as father", True),
    "parent": Tie("child of a recorded parent", "recorded as parent", True),
    "sibling": Tie("recorded sibling", "recorded sibling", True),
    "carer": Tie("has a recorded carer", "recorded as carer", True),
    "partner": Tie("recorded partner, lives with them", "recorded partner, lives with them", False),
}
OTHER_TIE = Tie("recorded relation, lives with them", "recorded relation, lives with them", False)
ALONE = "a family of one: no recorded relationship joins them to anyone"


@dataclass(frozen=True)
class Stay:
    """One unbroken time of a person at a place; unknown dates reach back and forward for ever."""

    person: str
    start: float  # day numbers
    end: float  # the day of leaving, not counted; at least one day after the start
    started_on: date | None
    ended_on: date | None


@dataclass(frozen=True)
class Households:
    """The household tables; who lived with whom; how many addresses were no household."""

    household: HouseholdTable
    member: HouseholdMemberTable
    together: frozenset[tuple[str, str]]  # persons in a household at one time, in id order
    left_out: int


@dataclass(frozen=True)
class Families:
    """The family tables, and how many relationships name a record that no feed sent."""

    family: FamilyTable
    member: FamilyMemberTable
    left_out: int


def find_households(
    con: duckdb.DuckDBPyConnection, links: PersonLinkTable, *, most_people: int
) -> Households:
    """Group people who lived at one address at overlapping times.

    An address with more than `most_people` persons on one day (a hostel, a children's home, an
    office) is no household. People who follow each other at an address without overlap are
    different households.
    """
    places = _places(con)
    found, left_out = [], 0
    for place, stays in _stays(con, links):
        if _most_at_once(stays) > most_people:
            left_out += 1
        else:
            found += [(place, group) for group in _overlapping(stays)]
    names = [_household_name(place, group) for place, group in found]
    ids = unlike_ids("H", names)
    rows = [
        (ids[name], places[name[0]], group)
        for name, (_, group) in sorted(zip(names, found, strict=True), key=lambda one: ids[one[0]])
    ]
    return Households(
        HouseholdTable.from_rows(_household_row(*row) for row in rows),
        HouseholdMemberTable.from_rows(
            _member_row(one, stay) for one, _, group in rows for stay in group
        ),
        frozenset(pair for _, group in found for pair in _pairs_together(group)),
        left_out,
    )


# An address known by its UPN in one feed is the same place as in another that words it otherwise.
_PLACE_SQL = """
    SELECT address_id, coalesce(min(nullif(uprn, '')), address_id) AS place
    FROM address GROUP BY address_id
"""


def _places(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Give for each place the address that describes it: the first that has a postcode."""
    rows = con.sql(f"""
        SELECT place, a.address_id, nullif(a.uprn, '') AS uprn, line, town, postcode
        FROM address a JOIN ({_PLACE_SQL}) USING (address_id)
        QUALIFY row_number() OVER (PARTITION BY place ORDER BY uprn IS NULL, postcode IS NULL,
            line IS NULL, address_id, source, file, "row", line, postcode, town) = 1
    """).to_arrow_table()
    return {row.pop("place"): row for row in rows.to_pylist()}


def _stays(
    con: duckdb.DuckDBPyConnection, links: PersonLinkTable
) -> Iterator[tuple[str, list[Stay]]]:
    """Yield each place with its stays; one person's overlapping stays are one."""
    con.register("people_link", links.data)
    rows = con.sql(f"""
        SELECT DISTINCT place, person_id, started_on, ended_on
        FROM residence JOIN people_link USING (source, record_id)
        JOIN ({_PLACE_SQL}) USING (address_id) ORDER BY ALL
    """).to_arrow_table()
    con.unregister("people_link")
    at: defaultdict[str, defaultdict[str, list[Stay]]] = defaultdict(lambda: defaultdict(list))
    for place, person, *dates in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        at[place][person].append(_stay(person, *dates))
    for place, people in sorted(at.items()):
        yield place, [stay for mine in people.values() for stay in _merged(mine)]


def _stay(person: str, started_on: date | None, ended_on: date | None) -> Stay:
    start = -inf if started_on is None else day_number(started_on)
    end = inf if ended_on is None else max(day_number(ended_on), start + 1)
    return Stay(person, start, end, started_on, ended_on)


def _merged(stays: list[Stay]) -> list[Stay]:
    return [_span(group) for group in _overlapping(stays, touching=True)]


def _span(stays: list[Stay]) -> Stay:
    first, last = min(stays, key=lambda one: one.start), max(stays, key=lambda one: one.end)
    return Stay(first.person, first.start, last.end, first.started_on, last.ended_on)


def _overlapping(stays: Iterable[Stay], *, touching: bool = False) -> list[list[Stay]]:
    """Group stays that a chain of overlaps connects."""
    groups: list[list[Stay]] = []
    until = -inf
    for stay in sorted(stays, key=lambda one: (one.start, one.end, one.person)):
        if groups and (stay.start < until or (touching and stay.start == until)):
            groups[-1].append(stay)
            until = max(until, stay.end)
        else:
            groups.append([stay])
            until = stay.end
    return groups


def _most_at_once(stays: list[Stay]) -> int:
    """Count the persons on the fullest day."""
    changes = [(stay.start, 1) for stay in stays] + [(stay.end, -1) for stay in stays]
    most = now = 0
    for _, change in sorted(changes):  # on one day, leaving before arriving
        now += change
        most = max(most, now)
    return most


def _household_name(place: str, group: list[Stay]) -> tuple[str, ...]:
    first = _span(group)
    return place, min(stay.person for stay in group), str(first.started_on)


def _household_row(one: str, place: dict[str, Any], group: list[Stay]) -> dict[str, Any]:
    whole = _span(group)
    return {
        "household_id": one,
        **place,
        "started_on": whole.started_on,
        "ended_on": whole.ended_on,
        "people": len({stay.person for stay in group}),
    }


def _member_row(one: str, stay: Stay) -> dict[str, Any]:
    return {
        "household_id": one,
        "person_id": stay.person,
        "started_on": stay.started_on,
        "ended_on": stay.ended_on,
    }


def _pairs_together(group: list[Stay]) -> Iterator[tuple[str, str]]:
    for at, stay in enumerate(group):
        for other in group[at + 1 :]:
            if stay.start < other.end and other.start < stay.end:
                yield min(stay.person, other.person), max(stay.person, other.person)


def find_families(
    con: duckdb.DuckDBPyConnection,
    links: PersonLinkTable,
    households: Households,
    *,
    most_people: int,
) -> Families:
    """Put every person in one family, with the strongest relationship that put them there.

    Relationships are followed from person to person, so three generations are one family when
    their records say so. A carer of more than `most_people` persons is a professional and joins
    nobody.
    """
    related, left_out = _relationships(con, links)
    joined = _Joined(sorted(set(links.data.column("person_id").to_pylist())))
    busy = _busy_carers(related, most_people)
    for kind, person, other in related:
        tie = TIES.get(kind, OTHER_TIE)
        lives_with = (min(person, other), max(person, other)) in households.together
        if (tie.anywhere or lives_with) and not (kind == "carer" and other in busy):
            joined.join(person, other, tie)
    return Families(*_family_tables(joined), left_out)


def _relationships(
    con: duckdb.DuckDBPyConnection, links: PersonLinkTable
) -> tuple[list[tuple[str, str, str]], int]:
    """Give kind, person and other person, the strongest kinds first; count those left out."""
    con.register("people_link", links.data)
    rows = con.sql("""
        SELECT DISTINCT kind, l.person_id, o.person_id AS other_id
        FROM relationship r JOIN people_link l USING (source, record_id)
        JOIN people_link o ON o.source = r.source AND o.record_id = r.other_record_id
        WHERE l.person_id <> o.person_id
    """).fetchall()
    left_out = con.sql("""
        SELECT count(*) FROM relationship r
        WHERE NOT EXISTS (SELECT 1 FROM people_link l
                          WHERE l.source = r.source AND l.record_id = r.record_id)
           OR NOT EXISTS (SELECT 1 FROM people_link o
                          WHERE o.source = r.source AND o.record_id = r.other_record_id)
    """).fetchall()[0][0]
    con.unregister("people_link")
    rank = {kind: at for at, kind in enumerate(TIES)}
    return sorted(rows, key=lambda row: (rank.get(row[0], len(rank)), *row)), left_out


def _busy_carers(related: list[tuple[str, str, str]], most_people: int) -> set[str]:
    cared_for = Counter(other for kind, _, other in related if kind == "carer")
    return {carer for carer, people in cared_for.items() if people > most_people}


def _family_tables(joined: _Joined) -> tuple[FamilyTable, FamilyMemberTable]:
    families: defaultdict[str, list[str]] = defaultdict(list)
    for person in joined.leader:
        families[joined.find(person)].append(person)
    ids = unlike_ids("F", [(first,) for first in families])
    in_order = sorted((ids[first,], people) for first, people in families.items())
    family = FamilyTable.from_rows(
        {"family_id": one, "family_key": key, "people": len(people)}
        for key, (one, people) in enumerate(in_order)
    )
    member = FamilyMemberTable.from_rows(
        {"family_id": one, "person_id": person, "reason": joined.reason.get(person, ALONE)}
        for one, people in in_order
        for person in people
    )
    return family, member


class _Joined:
    """Disjoint sets of persons; the smallest id leads its set, whatever the order of joins."""

    def __init__(self, people: list[str]) -> None:
        self.leader = {person: person for person in people}
        self.reason: dict[str, str] = {}

    def find(self, person: str) -> str:
        while self.leader[person] != person:
            self.leader[person] = self.leader[self.leader[person]]
            person = self.leader[person]
        return person

    def join(self, person: str, other: str, tie: Tie) -> None:
        self.reason.setdefault(person, tie.record)
        self.reason.setdefault(other, tie.other)
        low, high = sorted((self.find(person), self.find(other)))
        self.leader[high] = low
