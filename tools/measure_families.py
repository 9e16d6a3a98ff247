"""Measure how well families and homes are found, against a simulated county's truth.

    python tools/measure_families.py SETTLED TRUTH [--persons found] [--write]

SETTLED holds the settled source tables (`person_record.parquet` ...), TRUTH the county's truth.
Persons are the true ones (who_is_who), so that errors of linkage are not counted here; with
`--persons found` they are those of `build_people`, each standing for the true person most of their
records are of. A record of no true person or of several stands for nobody and is left out.
`--write` measures both and puts a table between the marks in docs/people.md. The measure chosen
beforehand is B-cubed F1 over those whom records could tell of; the others stand beside it.

The true family and the measures were laid down before anything was measured; the rule of whom
records could tell of was made narrower after the first measurement of a county of 20,000, on which
the rules of homes and families were also chosen. So judge by another county. The true main family of somebody is, on the
last day of which records know:

* people of one true private household (sharers' and institutions are none) who are parent and
  child, siblings, grandparent and grandchild or partners, or of whom one was under 18 when they
  came to live with the other, an adult 14 years older;
* a child living with no adult of its own so (in care) is with its mother, else father; a grown
  person alone with their youngest child under 18; who is under 25 and alone, with the mother, else
  the father.

Judged are persons with a record, alive and in the county on that day. Two in one family are a pair.

* precision, recall, F1 of pairs; B-cubed precision, recall and F1 over persons;
* share of persons whose family is exactly right;
* share of children (under 18) whose carers (adults of their main family with the same home) and
  whose siblings (children of their main family) are exactly right;
* share of persons whose home is the right one.

Each is given for everybody and for those whom records could tell of: a person cannot be told of
when every record's present address is one where they do not live (nobody was told of the move),
or when no chain of records ties them to the most of their true family: statements of a relationship,
and present addresses that somebody under 25 shares with an adult 14 years older. A pair is left out
when either person cannot be told of.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kithkin.model.dates import EPOCH, add_days
from kithkin.people import build_people
from kithkin.people.living import Families, find_families, find_households
from kithkin.people.tables import PersonLinkTable

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
TABLES = ("person_record", "identifier", "address", "residence", "relationship")
MOST_PEOPLE = 12
PAGE = Path(__file__).parents[1] / "docs" / "people.md"
EVERYBODY, TOLD = "everybody", "told of"
Measures = dict[str, float]


def main() -> None:
    """Read the arguments, measure, print or write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("settled", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--persons", choices=("true", "found"), default="true")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    chosen = ("true", "found") if args.write else (args.persons,)
    measured = {persons: measure(args.settled, args.truth, persons) for persons in chosen}
    if args.write:
        write(measured)


def measure(settled: Path, truth: Path, persons: str) -> dict[str, Measures]:
    """Find families of true or found persons; print and give their measures by who is judged."""
    con = connect(settled, truth)
    links = true_links(con) if persons == "true" else build_people(con).person_link
    began = time.perf_counter()
    households = find_households(con, links, most_people=MOST_PEOPLE)
    families = find_families(con, households, most_people=MOST_PEOPLE)
    print(f"{persons} persons; households and families: {time.perf_counter() - began:.1f} s")
    print(f"records {len(links):,}, persons {len(families.main):,}, families {len(families.ids):,}")
    return report(con, links, families)


def write(measured: Mapping[str, Mapping[str, Measures]]) -> None:
    """Put the measures of true and found persons between the page's marks."""
    columns = [(persons, who) for who in (TOLD, EVERYBODY) for persons in ("found", "true")]
    heads = [f"{who}, {persons} persons" for persons, who in columns]
    rows = [
        f"| {title} | "
        + " | ".join(_shown(measured[one][who][title]) for one, who in columns)
        + " |"
        for title in measured["true"][TOLD]
    ]
    table = "\n".join([f"| | {' | '.join(heads)} |", "| --- | --- | --- | --- | --- |", *rows])
    page = PAGE.read_text(encoding="utf-8")
    first, last = "<!-- families -->\n", "<!-- /families -->"
    if page.count(first) != 1 or page.count(last) != 1:
        raise SystemExit(f"{PAGE.name} has no marks {first.strip()} and {last}")
    before, after = page.index(first) + len(first), page.index(last)
    PAGE.write_text(f"{page[:before]}{table}\n{page[after:]}", encoding="utf-8")


def _shown(value: float) -> str:
    return f"{value:.4f}" if value <= 1 else f"{value:,.0f}"


def connect(settled: Path, truth: Path) -> duckdb.DuckDBPyConnection:
    """Open both as views; `who` gives the true person of a record that stands for one."""
    con = duckdb.connect()
    for name in TABLES:
        con.execute(f"CREATE VIEW {name} AS FROM '{settled / name}.parquet'")
    for name in ("persons", "stays", "ties", "households"):
        con.execute(f"CREATE VIEW true_{name} AS FROM '{truth / name}.parquet'")
    con.execute(f"""CREATE TEMP TABLE who AS
        SELECT feed AS source, CAST(number AS VARCHAR) AS record_id, min(person) AS person
        FROM '{truth}/who_is_who.parquet' GROUP BY ALL HAVING count(DISTINCT person) = 1""")
    return con


def true_links(con: duckdb.DuckDBPyConnection) -> PersonLinkTable:
    """Link every record to its true person."""
    rows = con.sql("""
        SELECT source, record_id,
               coalesce('P' || lpad(CAST(person AS VARCHAR), 9, '0'),
                        'Q' || source || '/' || record_id) AS person_id,
               CAST(1 AS DOUBLE) AS probability, 'truth' AS reason
        FROM person_record LEFT JOIN who USING (source, record_id) ORDER BY ALL""")
    return PersonLinkTable(rows.to_arrow_table().cast(PersonLinkTable.schema()))


def report(
    con: duckdb.DuckDBPyConnection, links: PersonLinkTable, families: Families
) -> dict[str, Measures]:
    """Print and give all measures, for everybody and for those of whom records could tell."""
    reach = add_days(EPOCH, families.kinship.ages.reach)
    _true_families(con, f"DATE '{reach}'")
    _found_families(con, links, families)
    _told(con)
    found = {label: _measures(con, rows) for label, rows in ((EVERYBODY, "true"), (TOLD, "told"))}
    for label, measures in found.items():
        print(f"\n{label}")
        for title, value in measures.items():
            print(f"  {title}: {_shown(value)}")
    return found


_STAYS_SQL = """
    CREATE TEMP TABLE lived AS
    SELECT s.person, s.household AS home, h.kind AS household_kind, s.kind, s."from" AS since,
           CAST(s.uprn AS VARCHAR) AS uprn, replace(s.postcode, ' ', '') AS postcode
    FROM true_stays s JOIN true_households h USING (household)
    JOIN true_persons p USING (person)
    WHERE s."from" <= {day} AND coalesce(s."to" >= {day}, true) AND s.kind IN ('home', 'kinship')
      AND coalesce(p.died > {day}, true) AND coalesce(p."left" > {day}, true)
"""

_PEOPLE_SQL = """
    CREATE TEMP TABLE folk AS
    SELECT person, row_number() OVER (ORDER BY person) - 1 AS seat, born, mother, father,
           born > {day} - INTERVAL 18 YEARS AS child, born > {day} - INTERVAL 25 YEARS AS young
    FROM true_persons
    WHERE coalesce(died > {day}, true) AND coalesce("left" > {day}, true) AND born <= {day}
"""

_HOME_EDGES_SQL = """
    WITH kin AS (
        SELECT a, b FROM true_ties
        WHERE kind IN ('parent', 'sibling', 'grandparent', 'partner')
          AND coalesce("to" > {day}, true)),
    pair AS (
        SELECT a.person AS a, b.person AS b, greatest(a.since, b.since) AS since,
               a.household_kind AS kind
        FROM lived a JOIN lived b ON a.home = b.home AND a.person <> b.person
        WHERE a.household_kind NOT IN ('institution'))
    SELECT DISTINCT x.seat AS a, y.seat AS b FROM pair
    JOIN folk x ON x.person = pair.a JOIN folk y ON y.person = pair.b
    LEFT JOIN kin ON kin.a = pair.a AND kin.b = pair.b
    WHERE kin.a IS NOT NULL OR (
        pair.kind NOT IN ('sharers', 'foster_carers') AND NOT y.child
        AND y.born + INTERVAL 14 YEARS <= x.born AND pair.since < x.born + INTERVAL 18 YEARS)
"""


def _true_families(con: duckdb.DuckDBPyConnection, day: str) -> None:
    """Make the table `truth`: person, family, child, home."""
    con.execute(_STAYS_SQL.format(day=day))
    con.execute(_PEOPLE_SQL.format(day=day))
    edges = _numbers(con.sql(_HOME_EDGES_SQL.format(day=day)))
    folk = con.sql("""
        SELECT child, young, epoch_ms(born) AS born, m.seat AS mother, f.seat AS father FROM folk c
        LEFT JOIN (SELECT person AS mother, seat FROM folk) m USING (mother)
        LEFT JOIN (SELECT person AS father, seat FROM folk) f USING (father) ORDER BY c.seat""")
    child, young, born, mother, father = _numbers(folk)
    size = len(born)
    parent = np.where(mother >= 0, mother, father)
    family = _parts(size, edges)
    grown = child == 0
    orphan = (np.bincount(family[grown], minlength=size)[family] == 0) & (child == 1)
    edges = _with(edges, np.flatnonzero(orphan & (parent >= 0)), parent)
    family = _parts(size, edges)
    alone = grown & (np.bincount(family, minlength=size)[family] == 1)
    for up in (mother, father):
        rows = np.flatnonzero((child == 1) & (up >= 0))
        rows = rows[alone[up[rows]]]
        rows = rows[np.argsort(-born[rows], kind="stable")]
        edges = _with(edges, rows[np.unique(up[rows], return_index=True)[1]], up)
    family = _parts(size, edges)
    alone = (young == 1) & (np.bincount(family, minlength=size)[family] == 1) & (parent >= 0)
    edges = _with(edges, np.flatnonzero(alone), parent)
    con.register("true_family", pa.table({"seat": np.arange(size), "family": _parts(size, edges)}))
    con.execute("""CREATE TEMP TABLE truth AS
        SELECT person, family, child, min(home) AS home, any_value(uprn) AS uprn,
               any_value(postcode) AS postcode
        FROM folk JOIN true_family USING (seat) LEFT JOIN lived USING (person)
        GROUP BY ALL""")


def _numbers(rows: duckdb.DuckDBPyRelation) -> list[Ints]:
    """Give columns as whole numbers, -1 where there is none."""
    return [
        np.asarray(column.cast(pa.int64()).fill_null(-1).to_numpy(), dtype=np.int64)
        for column in rows.to_arrow_table().columns
    ]


def _with(edges: list[Ints], rows: Ints, parent: Ints) -> list[Ints]:
    return [np.concatenate([edges[0], rows]), np.concatenate([edges[1], parent[rows]])]


def _parts(size: int, edges: list[Ints]) -> Ints:
    ones = np.ones(len(edges[0]), dtype=np.int8)
    graph = coo_array((ones, (edges[0], edges[1])), shape=(size, size))
    return np.asarray(connected_components(graph.tocsr(), directed=False)[1], dtype=np.int64)


def _found_families(
    con: duckdb.DuckDBPyConnection, links: PersonLinkTable, families: Families
) -> None:
    """Make the table `judged`: true person, true and found family and home."""
    stays = families.kinship.stays
    place = np.array([*stays.places.to_pylist(), ""], dtype=object)[families.kinship.home]
    con.register("link", links.data)
    con.register(
        "found",
        pa.table({"person_id": stays.people, "found": families.main, "place": pa.array(place)}),
    )
    con.execute("""CREATE TEMP TABLE stands AS
        SELECT person, person_id FROM link JOIN who USING (source, record_id)
        GROUP BY person, person_id QUALIFY row_number() OVER (
            PARTITION BY person ORDER BY count(*) DESC, person_id) = 1""")
    con.execute("""CREATE TEMP TABLE judged AS
        SELECT person, family, found, child, home, place,
               place = '' AS homeless_found,
               coalesce(place = uprn OR starts_with(place, postcode || '|'), false) AS home_right
        FROM truth JOIN stands USING (person) JOIN found USING (person_id)""")


def _told(con: duckdb.DuckDBPyConnection) -> None:
    """Add to `judged` whether any record could tell of the person."""
    con.execute("""CREATE TEMP TABLE says AS
        SELECT DISTINCT person, upper(replace(postcode, ' ', '')) AS postcode, uprn
        FROM residence JOIN who USING (source, record_id)
        JOIN (SELECT DISTINCT address_id, uprn, postcode FROM address) USING (address_id)
        WHERE ended_on IS NULL AND superseded_at IS NULL""")
    con.execute("""CREATE TEMP TABLE moved_unseen AS
        SELECT person FROM says JOIN truth USING (person) GROUP BY ALL
        HAVING NOT coalesce(bool_or(says.uprn = truth.uprn OR says.postcode = truth.postcode),
                            false)""")
    con.execute("ALTER TABLE judged ADD COLUMN told BOOLEAN")
    seats = con.sql("SELECT person, family FROM judged ORDER BY person")
    person, family = _numbers(seats)
    edges = [np.searchsorted(person, column) for column in _numbers(con.sql(_EVIDENCE_SQL))]
    part = _parts(len(person), edges)
    part_size, family_size = np.bincount(part), np.bincount(family)
    largest = np.zeros(len(family_size), dtype=np.int64)
    np.maximum.at(largest, family, part_size[part])
    order = np.lexsort((part, -part_size[part], family))
    chosen = part[order[np.unique(family[order], return_index=True)[1]]]
    tied = np.isin(part, chosen) & ((largest[family] > 1) | (family_size[family] == 1))
    con.register("ties", pa.table({"person": person, "tied": tied}))
    con.execute("""UPDATE judged SET told = ties.tied
        AND judged.person NOT IN (FROM moved_unseen) FROM ties WHERE ties.person = judged.person""")
    counts = con.sql("""SELECT count(*), count(*) FILTER (person IN (FROM moved_unseen)),
        count(*) FILTER (NOT told) FROM judged""").fetchall()[0]
    print("persons judged {:,}; moved unseen {:,}; not to be told of {:,}".format(*counts))


_EVIDENCE_SQL = """
    WITH stated AS (
        SELECT a.person AS a, b.person AS b FROM relationship r
        JOIN who a USING (source, record_id)
        JOIN who b ON b.source = r.source AND b.record_id = r.other_record_id
        UNION
        SELECT a.person, b.person FROM says a JOIN says b USING (postcode, uprn)
        JOIN folk x ON x.person = a.person JOIN folk y ON y.person = b.person
        WHERE x.young AND y.born + INTERVAL 14 YEARS <= x.born)
    SELECT DISTINCT a, b FROM stated JOIN judged x ON x.person = a JOIN judged y ON y.person = b
    WHERE x.family = y.family AND a <> b
"""


def _measures(con: duckdb.DuckDBPyConnection, rows: str) -> Measures:
    con.execute(f"CREATE OR REPLACE TEMP VIEW chosen AS FROM judged WHERE {rows}")
    persons, right_home = con.sql("SELECT count(*), avg(CAST(home_right AS INT)) FROM chosen "
                                  "WHERE home IS NOT NULL").fetchall()[0]  # fmt: skip
    both, found, true = con.sql("""
        WITH pairs AS (SELECT family, found, count(*) AS n FROM chosen GROUP BY ALL)
        SELECT (SELECT sum(n * (n - 1)) FROM pairs),
               (SELECT sum(n * (n - 1)) FROM (SELECT sum(n) AS n FROM pairs GROUP BY found)),
               (SELECT sum(n * (n - 1)) FROM (SELECT sum(n) AS n FROM pairs GROUP BY family))
    """).fetchall()[0]
    b_precision, b_recall, exact = con.sql("""
        WITH sized AS (
            SELECT count(*) OVER (PARTITION BY family, found) AS shared,
                   count(*) OVER (PARTITION BY found) AS found_size,
                   count(*) OVER (PARTITION BY family) AS true_size FROM chosen)
        SELECT avg(shared / found_size), avg(shared / true_size),
               avg(CAST(shared = found_size AND shared = true_size AS INT)) FROM sized
    """).fetchall()[0]
    children, carers, siblings, whole = con.sql(_CHILDREN_SQL).fetchall()[0]
    return {
        "persons with a home": persons,
        "B-cubed F1": 2 * b_precision * b_recall / (b_precision + b_recall),
        "B-cubed precision": b_precision,
        "B-cubed recall": b_recall,
        "family exactly right, of persons": exact,
        "pairs: F1": 2 * both / (found + true),
        "pairs: precision": both / found,
        "pairs: recall": both / true,
        "home right, of these": right_home,
        "children judged": children,
        "carers exactly right, of children": carers,
        "siblings exactly right, of children": siblings,
        "carers and siblings, of children": whole,
    }


_CHILDREN_SQL = """
    WITH around AS (
        SELECT c.person,
               list(DISTINCT o.person ORDER BY o.person) FILTER (
                   o.family = c.family AND NOT o.child AND o.home = c.home) AS true_carers,
               list(DISTINCT o.person ORDER BY o.person) FILTER (
                   o.found = c.found AND NOT o.child AND o.place = c.place
                   AND c.place <> '') AS found_carers,
               list(DISTINCT o.person ORDER BY o.person) FILTER (
                   o.family = c.family AND o.child) AS true_siblings,
               list(DISTINCT o.person ORDER BY o.person) FILTER (
                   o.found = c.found AND o.child) AS found_siblings
        FROM chosen c JOIN chosen o ON o.family = c.family OR o.found = c.found
        WHERE c.child GROUP BY c.person)
    SELECT count(*), avg(CAST(true_carers IS NOT DISTINCT FROM found_carers AS INT)),
           avg(CAST(true_siblings = found_siblings AS INT)),
           avg(CAST(true_carers IS NOT DISTINCT FROM found_carers
                    AND true_siblings = found_siblings AS INT))
    FROM around
"""


if __name__ == "__main__":
    main()
