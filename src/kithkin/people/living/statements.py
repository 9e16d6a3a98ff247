"""What records state of two persons: parent and child, siblings, partners, carers, one family."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kithkin.model.dates import add_months, day_number, from_day_number
from kithkin.people.identity import positions
from kithkin.people.living.stays import ALWAYS, NEVER, Flags, Ints, Stays, date_numbers
from kithkin.people.rules import Living

# Strongest first; a kind that stands not here counts as `other`.
KINDS = ("mother", "father", "parent", "sibling", "carer", "partner", "other", "household_member")
MOTHER, FATHER, PARENT, SIBLING, CARER, PARTNER, OTHER, SHARER = range(len(KINDS))
UPWARD = (MOTHER, FATHER, PARENT, CARER)


@dataclass(frozen=True)
class Statements:
    """Row by row: `other` is `kind` (position in `KINDS`) of `person`; persons by position.

    `since` and `until` are day numbers, `ALWAYS` and `NEVER` when not recorded. Where an agency
    keeps a family as a list, each two of the list are stated as `OTHER`.
    """

    kind: Ints
    person: Ints
    other: Ints
    since: Ints
    until: Ints

    def where(self, rows: npt.NDArray[np.generic]) -> Statements:
        """Give some of the rows."""
        columns = (self.kind, self.person, self.other, self.since, self.until)
        return Statements(*(column[rows] for column in columns))

    def of(self, *kinds: int) -> Statements:
        """Give the rows of these kinds."""
        return self.where(np.isin(self.kind, kinds))


@dataclass(frozen=True)
class Ages:
    """Per person, as day numbers: birth (`NEVER` when unknown) and days of being so many years old.

    `child` and `young` (a child or not yet `young_until`) hold on `reach`, the last day of which
    the records know; an unborn baby is a child.
    """

    reach: int
    born: Ints
    known: Flags
    parent_age: Ints  # the day from which they can be the parent of a newborn
    adult_gap: Ints  # whoever is born from this day on is a child beside them
    grown: Ints  # their eighteenth birthday
    settled: Ints  # the day from which nobody counts as young
    child: Flags
    young: Flags
    dead: Flags


def read_statements(
    con: duckdb.DuckDBPyConnection, stays: Stays, *, most_people: int
) -> tuple[Statements, int]:
    """Read the relationships; count those with a record that no feed sent.

    A family list of more than `most_people` is taken for no family, beyond what it says of the
    one it is kept under.
    """
    con.register("people_link", stays.records)
    con.execute(f"CREATE OR REPLACE TEMP TABLE living_related AS {_RELATED_SQL}")
    rows = con.sql(_STATEMENTS_SQL.format(most=most_people)).to_arrow_table()
    left_out = con.sql(
        "SELECT count(*) FROM living_related WHERE person IS NULL OR other IS NULL"
    ).fetchall()[0][0]
    con.execute("DROP TABLE living_related")
    con.unregister("people_link")
    rank = {kind: at for at, kind in enumerate(KINDS)}
    names, kind = positions(rows.column("kind"))
    kinds = np.array([rank.get(one, OTHER) for one in names.to_pylist()], dtype=np.int64)[kind]
    person, other = (rows.column(name).to_numpy().astype(np.int64) for name in ("person", "other"))
    since = date_numbers(rows.column("since"), ALWAYS)
    until = date_numbers(rows.column("until"), NEVER)
    order = np.lexsort((other, person, kinds))
    return Statements(kinds, person, other, since, until).where(order), left_out


_RELATED_SQL = """
    SELECT r.source, r.record_id, r.kind, l.person, o.person AS other,
           r.started_on, r.ended_on, r.superseded_at
    FROM relationship r LEFT JOIN people_link l USING (source, record_id)
    LEFT JOIN people_link o ON o.source = r.source AND o.record_id = r.other_record_id
"""

_STATEMENTS_SQL = """
    WITH told AS (
        FROM living_related WHERE superseded_at IS NULL AND person <> other),
    listed AS (
        SELECT source, record_id, list(DISTINCT other) AS members FROM told
        WHERE kind = 'family_member' GROUP BY ALL HAVING count(DISTINCT other) < {most}),
    opened AS (SELECT source, record_id, unnest(members) AS member FROM listed),
    every AS (
        SELECT kind, person, other, started_on, ended_on FROM told
        UNION ALL
        SELECT 'family_member', a.member, b.member, NULL, NULL
        FROM opened a JOIN opened b USING (source, record_id) WHERE a.member < b.member)
    SELECT kind, person, other, min(started_on) AS since,
           CASE WHEN bool_and(ended_on IS NOT NULL) THEN max(ended_on) END AS until
    FROM every GROUP BY ALL ORDER BY ALL
"""


def read_ages(
    con: duckdb.DuckDBPyConnection,
    records: pa.Table,
    living: Living,
    stated: Statements,
) -> Ages:
    """Read births and deaths: of several, the one most records give, then the earliest.

    Whoever has no date of birth is a child when a record names their parent or carer and none
    names them as anybody's parent, carer or partner.
    """
    con.register("people_link", records)
    rows = con.sql(_BORN_SQL).to_arrow_table()
    reach = con.sql(_REACH_SQL).fetchall()[0][0]
    con.unregister("people_link")
    born, died = date_numbers(rows.column("born"), NEVER), date_numbers(rows.column("died"), NEVER)
    known = born != NEVER
    unborn = rows.column("unborn").to_numpy(zero_copy_only=False).astype(bool)
    today = NEVER if reach is None else day_number(reach)
    guess = ~known & (unborn | _named_as_child(len(born), stated))
    grown, settled = _birthday(born, living.child_until), _birthday(born, living.young_until)
    return Ages(
        today,
        born,
        known,
        _birthday(born, living.parent_gap),
        _birthday(born, living.adult_gap),
        grown,
        settled,
        np.where(known, grown > today, guess),
        np.where(known, settled > today, guess),
        died <= today,
    )


# Only where records disagree is it counted what most of them give.
_BORN_SQL = """
    WITH told AS MATERIALIZED (
        SELECT person, date_of_birth, date_of_death, unborn FROM person_record
        JOIN people_link USING (source, record_id)),
    counted AS (
        SELECT person, min(date_of_birth) AS born, max(date_of_birth) AS latest,
               max(date_of_death) AS died, coalesce(bool_or(unborn), false) AS unborn
        FROM told GROUP BY person),
    often AS (
        SELECT person, date_of_birth AS born FROM told
        WHERE date_of_birth IS NOT NULL
          AND person IN (SELECT person FROM counted WHERE born < latest)
        GROUP BY person, date_of_birth
        QUALIFY row_number() OVER (
            PARTITION BY person ORDER BY count(*) DESC, date_of_birth) = 1)
    SELECT person, coalesce(often.born, counted.born) AS born, died, unborn
    FROM counted LEFT JOIN often USING (person) ORDER BY person
"""

_REACH_SQL = """
    SELECT max(known_at) FROM (
        SELECT known_at FROM person_record UNION ALL SELECT known_at FROM residence
        UNION ALL SELECT known_at FROM relationship)
"""


def _named_as_child(people: int, stated: Statements) -> Flags:
    up, two = stated.of(*UPWARD), stated.of(PARTNER)
    named = np.zeros(people, dtype=bool)
    named[up.person] = True
    named[np.concatenate([up.other, two.person, two.other])] = False
    return named


def _birthday(born: Ints, years: int) -> Ints:
    """Give the day of the birthday; `NEVER` for who has no date of birth."""
    days, at = np.unique(born, return_inverse=True)
    last = day_number(date(date.max.year - years - 1, 1, 1))
    birthdays = [
        day_number(add_months(from_day_number(int(day)), 12 * years)) if day <= last else NEVER
        for day in days
    ]
    return np.array(birthdays, dtype=np.int64)[at]


def believable(stated: Statements, ages: Ages) -> Flags:
    """Say which statements that a person is another's parent the two ages allow."""
    up = np.isin(stated.kind, (MOTHER, FATHER, PARENT))
    told = ages.known[stated.person] & ages.known[stated.other]
    return ~(up & told & (ages.parent_age[stated.other] > ages.born[stated.person]))


def generation_apart(one: Ints, other: Ints, ages: Ages) -> Flags:
    """Say which pairs have known births so far apart that one may have brought up the other."""
    first, last = (
        np.minimum(ages.born[one], ages.born[other]),
        np.maximum(ages.born[one], ages.born[other]),
    )
    first_adult = np.where(
        ages.born[one] <= ages.born[other], ages.adult_gap[one], ages.adult_gap[other]
    )
    return np.asarray((first != last) & (last != NEVER) & (first_adult <= last))
