"""Where every person lived, from when to when, and where they are thought to live now.

Agencies that were not told of a move keep a person at an old address. So what they say of
somebody's present home is weighed: by kind (`linkage.toml`, table `living`), less when a later
arrival elsewhere is recorded, and by how many agencies say it. The heaviest is the home; an
address that is outweighed ends when the person arrived at the home, if that was after arriving
there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kithkin.people.identity import positions
from kithkin.people.living.places import PLACE
from kithkin.people.rules import Living
from kithkin.people.tables import PersonLinkTable

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

ALWAYS, NEVER = -(2**30), 2**30  # day numbers of "before anything" and "not known to have ended"
APART = 2**32  # more than any two day numbers differ
NOWHERE = -1


@dataclass(frozen=True)
class Stays:
    """Unbroken times of persons at places that may be homes, one of one person and place and time.

    Row by row, in (place, start, end, person) order: `person` and `place` are positions in
    `people` and `places`; `start` is a day number (1970 = 0), `end` the day of leaving;
    `moved` says that the end is an arrival elsewhere. By person: `home` and `home_since`, `sure`
    (share of the weight of what agencies say), `placed`. `left_out` counts residences. `records`
    have source, record_id and `person`.
    """

    people: pa.StringArray
    places: pa.StringArray
    person: Ints
    place: Ints
    start: Ints
    end: Ints
    moved: Flags
    home: Ints
    home_since: Ints
    sure: Floats
    placed: Flags
    left_out: int
    records: pa.Table


def find_stays(con: duckdb.DuckDBPyConnection, links: PersonLinkTable, living: Living) -> Stays:
    """Read the residences; `places.place_table` must have been called."""
    people, number = positions(links.data.column("person_id"))
    records = links.data.select(["source", "record_id"])
    records = records.append_column("person", pa.array(number, pa.int32()))
    rows, placed, left_out = _residences(con, records, living)
    person = rows.column("person").to_numpy().astype(np.int64)
    places, place = positions(rows.column("place"))
    start = date_numbers(rows.column("started_on"), ALWAYS)
    end = date_numbers(rows.column("ended_on"), NEVER)
    end = np.maximum(end, np.where(start == ALWAYS, end, start + 1))
    claim = _weighed(person, place, start, end, rows, living)
    home = _homes(len(people), claim)
    home = _with_kin(home, claim, *_kin(con, records))
    sure = _shares(home, claim)
    end, moved = _closed(person, place, start, end, home)
    spans = _merged(person, place, start, end, moved)
    is_placed = np.zeros(len(people), np.bool_)
    is_placed[placed] = True
    since = _since(len(people), home, *spans[:4])
    return Stays(people, places, *spans, home, since, sure, is_placed, left_out, records)


def _residences(
    con: duckdb.DuckDBPyConnection, records: pa.Table, living: Living
) -> tuple[pa.Table, Ints, int]:
    """Give the residences that count, who is in a placement now, and how many do not count.

    Nobody of whom an agency has a sealed record lives anywhere here: not even by another
    agency's open record, since that would show with whom they live.
    """
    con.register("people_link", records)
    rules = {"open": list(living.open_seals), "placed": list(living.not_a_home)}
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE living_residence AS
        WITH sealed AS (
            SELECT DISTINCT person FROM person_record JOIN people_link USING (source, record_id)
            WHERE NOT list_contains($open, coalesce(seal, $open[1]))),
        told AS ({_TOLD_SQL})
        SELECT DISTINCT person, place, source, kind, started_on, ended_on,
               list_contains($placed, coalesce(kind, '')) AS placed,
               NOT placed AND home AND person NOT IN (FROM sealed) AS counts
        FROM told JOIN people_link USING (source, record_id) JOIN {PLACE} USING (address_id)
        """,
        rules,
    )
    counting = con.sql("""
        SELECT person, place, source, coalesce(kind, '') AS kind,
               CAST(started_on AS DATE) AS started_on, CAST(ended_on AS DATE) AS ended_on
        FROM living_residence WHERE counts ORDER BY ALL""")
    rows = counting.to_arrow_table()
    now_placed = con.sql(
        "SELECT DISTINCT person FROM living_residence WHERE placed AND ended_on IS NULL"
    ).fetchnumpy()["person"]
    left_out = con.sql("SELECT count(*) FROM living_residence WHERE NOT counts").fetchall()[0][0]
    con.execute("DROP TABLE living_residence")
    con.unregister("people_link")
    return rows, np.asarray(now_placed, dtype=np.int64), left_out


# A member of a household, and a partner, of whom the agency keeps no address lives with the person
# whose household it is, for as long as it says.
_TOLD_SQL = """
    SELECT source, record_id, address_id, kind, started_on, ended_on
    FROM residence WHERE superseded_at IS NULL
    UNION ALL
    SELECT r.source, r.other_record_id, h.address_id, h.kind,
           greatest(h.started_on, r.started_on), least(h.ended_on, r.ended_on)
    FROM relationship r JOIN residence h ON h.source = r.source AND h.record_id = r.record_id
    WHERE r.kind IN ('household_member', 'partner')
      AND r.superseded_at IS NULL AND h.superseded_at IS NULL
      AND coalesce(r.started_on < h.ended_on, true) AND coalesce(h.started_on < r.ended_on, true)
      AND NOT EXISTS (SELECT 1 FROM residence o WHERE o.source = r.source
                      AND o.record_id = r.other_record_id)
"""


def date_numbers(column: Any, unknown: int) -> Ints:
    """Give a date column of Arrow as day numbers, null as `unknown`."""
    numbers = column.cast("int32").fill_null(unknown).to_numpy()
    return np.asarray(numbers, dtype=np.int64)


@dataclass(frozen=True)
class _Claims:
    """What agencies together say of a person's present home; in (person, place) order."""

    person: Ints
    place: Ints
    weight: Floats
    latest: Ints


def _weighed(
    person: Ints, place: Ints, start: Ints, end: Ints, rows: pa.Table, living: Living
) -> _Claims:
    """Weigh the stays that have not ended: the best of each agency, added up by place."""
    latest = np.full(int(person.max(initial=-1)) + 1, ALWAYS)
    np.maximum.at(latest, person, start)
    kinds, kind = positions(rows.column("kind"))
    by_kind = np.array([living.worth.get(one, living.other_worth) for one in kinds.to_pylist()])
    worth = np.where(start == ALWAYS, living.undated_worth, by_kind[kind] if len(kind) else 0.0)
    old = (start != ALWAYS) & (start < latest[person])
    worth = np.where(old, worth * living.superseded, worth)
    _, agency = positions(rows.column("source"))
    now = np.flatnonzero(end == NEVER)
    best = now[np.lexsort((-worth[now], agency[now], place[now], person[now]))]
    fresh = _changes(person[best], place[best], agency[best])
    best = best[fresh]
    first = np.flatnonzero(_changes(person[best], place[best]))
    if not len(first):
        nothing = np.zeros(0, dtype=np.int64)
        return _Claims(nothing, nothing, np.zeros(0), nothing)
    return _Claims(
        person[best[first]],
        place[best[first]],
        np.add.reduceat(worth[best], first),
        np.maximum.reduceat(start[best], first),
    )


def _changes(*columns: Ints) -> Flags:
    """Say at which rows of sorted columns a new group begins."""
    begins = np.ones(len(columns[0]), dtype=bool)
    begins[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return begins


def _homes(people: int, claim: _Claims) -> Ints:
    """Give each person's home: the heaviest, then the latest, then the first by name."""
    home = np.full(people, NOWHERE)
    order = np.lexsort((-claim.place, claim.latest, claim.weight))  # the last written stands
    home[claim.person[order]] = claim.place[order]
    return home


def _kin(con: duckdb.DuckDBPyConnection, records: pa.Table) -> tuple[Ints, Ints]:
    """Give the pairs of persons of whom a record states a relationship, both ways round."""
    con.register("people_link", records)
    rows = con.sql("""
        SELECT DISTINCT l.person AS one, o.person AS other
        FROM relationship r JOIN people_link l USING (source, record_id)
        JOIN people_link o ON o.source = r.source AND o.record_id = r.other_record_id
        WHERE r.superseded_at IS NULL AND r.ended_on IS NULL AND l.person <> o.person
        ORDER BY ALL""").to_arrow_table()
    con.unregister("people_link")
    one, other = (rows.column(at).to_numpy().astype(np.int64) for at in ("one", "other"))
    return np.concatenate([one, other]), np.concatenate([other, one])


def _with_kin(home: Ints, claim: _Claims, one: Ints, other: Ints) -> Ints:
    """Move home who has nobody of theirs there to another claimed address where somebody is.

    Families move together, but not every agency hears of each of them.
    """
    size = int(claim.place.max(initial=0)) + 2
    several = np.bincount(claim.person, minlength=len(home)) > 1
    rows = np.flatnonzero(several[claim.person])  # who claims one address alone cannot move
    moving = several[one]
    one, other = one[moving], other[moving]
    # Persons with a place where kin of theirs live.
    settled = np.unique(one * size + home[other])
    person, place = claim.person[rows], claim.place[rows]
    lonely = ~np.isin(person * size + home[person], settled)
    rows = rows[lonely & np.isin(person * size + place, settled)]
    rows = rows[np.lexsort((-claim.place[rows], claim.latest[rows], claim.weight[rows]))]
    # Nobody goes to a home that its people leave in the same step: they would swap places.
    leaving = np.zeros(len(home), dtype=bool)
    leaving[claim.person[rows]] = True
    stays = ~leaving[other]
    certain = np.unique(one[stays] * size + home[other[stays]])
    rows = rows[np.isin(claim.person[rows] * size + claim.place[rows], certain)]
    moved = home.copy()
    moved[claim.person[rows]] = claim.place[rows]
    return moved


def _shares(home: Ints, claim: _Claims) -> Floats:
    """Give the home's share of the weight of all that is said of a person's present home."""
    total, there = np.zeros(len(home)), np.zeros(len(home))
    np.add.at(total, claim.person, claim.weight)
    at_home = home[claim.person] == claim.place
    there[claim.person[at_home]] = claim.weight[at_home]
    return np.divide(there, total, out=np.zeros(len(home)), where=total > 0)


def _closed(person: Ints, place: Ints, start: Ints, end: Ints, home: Ints) -> tuple[Ints, Flags]:
    """End the stays elsewhere that never ended, when the person came home after they began."""
    came = np.full(len(home), ALWAYS)
    at_home = (home[person] == place) & (end == NEVER) if len(person) else end == NEVER
    np.maximum.at(came, person[at_home], start[at_home])
    stale = (end == NEVER) & ~at_home & (came[person] > start)
    return np.where(stale, came[person], end), stale


def _merged(
    person: Ints, place: Ints, start: Ints, end: Ints, moved: Flags
) -> tuple[Ints, Ints, Ints, Ints, Flags]:
    """Make overlapping and touching stays of one person at one place one stay."""
    order = np.lexsort((end, start, place, person))
    person, place, start, end = (one[order] for one in (person, place, start, end))
    moved = moved[order]
    first = np.flatnonzero(islands(_changes(person, place), start, end, touching=True))
    if not len(first):
        return person, place, start, end, moved
    last = np.maximum.reduceat(end, first)
    moved = np.logical_or.reduceat(moved, first) & (last != NEVER)
    person, place, start = person[first], place[first], start[first]
    order = np.lexsort((person, last, start, place))
    return person[order], place[order], start[order], last[order], moved[order]


def islands(begins: Flags, start: Ints, end: Ints, *, touching: bool = False) -> Flags:
    """Say which rows begin a new island: they start after everything before them has ended.

    `begins` marks where a group begins; inside a group rows are in order of `start`.
    """
    group = np.cumsum(begins) * APART
    until = np.maximum.accumulate(end + group) if len(end) else end
    apart = np.ones(len(start), dtype=bool)
    here = (start + group)[1:]
    apart[1:] = here > until[:-1] if touching else here >= until[:-1]
    return apart | begins


def _since(people: int, home: Ints, person: Ints, place: Ints, start: Ints, end: Ints) -> Ints:
    since = np.full(people, ALWAYS)
    at_home = (home[person] == place) & (end == NEVER) if len(person) else end == NEVER
    since[person[at_home]] = start[at_home]
    return since
