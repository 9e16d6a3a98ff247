"""What is certain about two records without a score: a number they share, a twin they may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import duckdb
import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kithkin.model.identifiers import trust
from kithkin.model.tables import TEXT, TRUTH, WHOLE, Columns, TypedTable
from kithkin.people.cleaning.comparable import ComparableTable, current_identifiers, scheme_name
from kithkin.people.pairs.model import LinkageModel
from kithkin.people.rules import LinkageRules

TWINS_NUMBER = "a possible twin of that forename has another number"


class SharedNumberTable(TypedTable):
    """Two records, `left_rid < right_rid`, with one verified number; `against` says what clashes."""

    name = "shared_number"
    columns: ClassVar[Columns] = {
        "left_rid": WHOLE,
        "right_rid": WHOLE,
        "scheme": TEXT,
        "against": TEXT,  # null: nothing; the records join
    }


class PossibleTwinTable(TypedTable):
    """Two records of one surname and date of birth with different given names."""

    name = "possible_twin"
    columns: ClassVar[Columns] = {
        "left_rid": WHOLE,
        "right_rid": WHOLE,
        "differ": TEXT,  # forename | spelling (two names, of one group of variants) | middle
    }


class ExclusiveNumberTable(TypedTable):
    """A verified number of which a person has one at a time.

    Numbers that followed one another, such as a pupil's former and present one, count as one.
    """

    name = "exclusive_number"
    columns: ClassVar[Columns] = {"rid": WHOLE, "scheme": TEXT, "number": TEXT}


class SpellingTable(TypedTable):
    """Two forms of a forename among records of one surname and date of birth: one person or two."""

    name = "spelling"
    columns: ClassVar[Columns] = {
        "name": TEXT,
        "other": TEXT,
        "tie": pa.uint64(),  # a hash of the surname and the date of birth
        "one": TRUTH,  # two records with both forms share a number
        "two": TRUTH,  # one source, or one register of numbers, lists both
    }


@dataclass(frozen=True)
class Evidence:
    """All that binds or parts records whatever they score."""

    shared: SharedNumberTable
    twins: PossibleTwinTable
    exclusive: ExclusiveNumberTable
    numbers_left_out: int
    relatives: bool = True  # the records hold relatives, of whom twins and the nameless remind
    spellings: SpellingTable = field(default_factory=lambda: SpellingTable.from_rows([]))


@dataclass(frozen=True)
class Elsewhere:
    """What a few records need of all others: of which ties twins are asked, spellings of the rest.

    All records with one of the ties `asked` are among the few.
    """

    asked: pa.Array
    spellings: SpellingTable


def gather_evidence(
    con: duckdb.DuckDBPyConnection,
    records: ComparableTable,
    rules: LinkageRules,
    model: LinkageModel | None = None,
    elsewhere: Elsewhere | None = None,
) -> Evidence:
    """Find records that share a verified number, records that may be twins, exclusive numbers.

    Where the model has learnt that the records hold hardly any relatives, so that even another
    forename beside one date of birth speaks for one person, there are no possible twins.
    `elsewhere` is given when `records` are but a few of all.
    """
    relatives = model is None or _twins_likely(model, rules)
    con.register("people_comparable", records.data)
    con.execute(f"CREATE OR REPLACE TEMP TABLE people_strong AS {_strong_numbers(con, rules)}")
    none = (PossibleTwinTable.from_rows([]), SpellingTable.from_rows([]))
    try:
        twins, spellings = _twins(con, rules, elsewhere) if relatives else none
        return Evidence(
            shared=SharedNumberTable(_table(con, _shared_sql(rules), SharedNumberTable)),
            twins=twins,
            exclusive=_exclusive_numbers(con, rules),
            numbers_left_out=con.sql(_left_out_sql(rules)).fetchall()[0][0],
            relatives=relatives,
            spellings=spellings,
        )
    finally:
        con.execute("DROP TABLE people_strong")
        con.unregister("people_comparable")


def number_ties(
    con: duckdb.DuckDBPyConnection, records: pa.Table, rules: LinkageRules
) -> tuple[pa.Table, pa.Table]:
    """Give `key` and `rid` of every number that identifies, and of those that bind; in order."""
    con.register("people_comparable", records)
    con.execute(f"CREATE OR REPLACE TEMP TABLE people_strong AS {_strong_numbers(con, rules)}")
    told = "SELECT hash(scheme, value) AS key, rid FROM people_strong"
    try:
        every = con.sql(f"{told} ORDER BY ALL").to_arrow_table()
        return every, con.sql(f"{told} WHERE binds ORDER BY ALL").to_arrow_table()
    finally:
        con.execute("DROP TABLE people_strong")
        con.unregister("people_comparable")


def birth_ties(con: duckdb.DuckDBPyConnection, records: pa.Table) -> pa.Table:
    """Give `key`, of each of a record's surnames with its date of birth, and `rid`; in order."""
    con.register("people_comparable", records)
    try:
        return con.sql(f"""
            SELECT DISTINCT {_TIE} AS key, rid FROM (
                SELECT rid, date_of_birth AS born, unnest(surname_keys) AS key
                FROM people_comparable WHERE date_of_birth IS NOT NULL)
            ORDER BY ALL
        """).to_arrow_table()
    finally:
        con.unregister("people_comparable")


_TIE = "hash(key, born)"


def _twins(
    con: duckdb.DuckDBPyConnection, rules: LinkageRules, elsewhere: Elsewhere | None
) -> tuple[PossibleTwinTable, SpellingTable]:
    beyond = elsewhere.spellings.data if elsewhere else SpellingTable.from_rows([]).data
    con.register("people_elsewhere", beyond)
    if elsewhere:
        con.register("people_asked", pa.table({"tie": elsewhere.asked}))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE people_couple AS {_couples_sql(rules, elsewhere is not None)}"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE people_spelling AS {_SPELLINGS_SQL}")
    try:
        twins = _table(con, _twins_sql(rules), PossibleTwinTable)
        told = "SELECT name, other, hash(key, date_of_birth) AS tie, one, two FROM people_spelling"
        spellings = _table(con, f"{told} ORDER BY ALL", SpellingTable)
    finally:
        con.execute("DROP TABLE people_couple")
        con.execute("DROP TABLE people_spelling")
        con.unregister("people_elsewhere")
        con.unregister("people_asked")
    return PossibleTwinTable(twins), SpellingTable(spellings)


_SPELLINGS_SQL = """
    SELECT name, other, key, date_of_birth,
           coalesce(bool_or(one), false) AS one,
           coalesce(bool_or(two AND NOT one), false) AS two
    FROM people_couple WHERE spellings AND NOT forenames GROUP BY ALL
"""


def _twins_likely(model: LinkageModel, rules: LinkageRules) -> bool:
    """Say whether one surname and date of birth with two forenames could be two relatives."""
    worst = {one.name: one.levels[-1].label for one in rules.comparison}
    best = {one.name: one.levels[0].label for one in rules.comparison}
    told = (("forename", worst), ("date_of_birth", best), ("sex", best))
    bits = sum(model.home_level_weight(name, at[name]) for name, at in told if name in at)
    return model.home_prior + bits < rules.marks.home_join


def _table(con: duckdb.DuckDBPyConnection, sql: str, kind: type[TypedTable]) -> pa.Table:
    return con.sql(sql).to_arrow_table().cast(kind.schema())


def _strong_numbers(con: duckdb.DuckDBPyConnection, rules: LinkageRules) -> str:
    """Numbers that identify: those whose check holds, and case ids inside one agency.

    `binds` says that sharing the number joins two records, `former` that it is no longer used.
    """
    ids = rules.identifiers
    return f"""
        SELECT c.rid, {scheme_name(ids.same_scheme)} AS scheme,
               CASE WHEN i.scheme IN ({_quoted(ids.inside_agency)})
                    THEN c.agency || '/' || i.value ELSE i.value END AS value,
               bool_and(i.scheme <> {scheme_name(ids.same_scheme)}) AS former,
               bool_or(i.scheme IN ({_quoted((*ids.verified, *ids.inside_agency))})) AS binds
        FROM ({current_identifiers(con)}) i
        JOIN people_comparable c USING (source, record_id)
        WHERE (i.scheme IN ({_quoted((*ids.verified, *ids.exclusive))}) AND i."check" = 'passed')
           OR i.scheme IN ({_quoted(ids.inside_agency)})
        GROUP BY ALL HAVING value IS NOT NULL
    """


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _left_out_sql(rules: LinkageRules) -> str:
    return f"""
        SELECT count(*) FROM (SELECT scheme, value FROM people_strong WHERE binds
                              GROUP BY scheme, value HAVING count(*) > {rules.limits.number})
    """


def _exclusive_numbers(con: duckdb.DuckDBPyConnection, rules: LinkageRules) -> ExclusiveNumberTable:
    """Give each record's exclusive numbers, each under the smallest that it followed."""
    held = con.sql(f"""
        SELECT rid, scheme, scheme || ':' || value AS number, former FROM people_strong
        WHERE scheme IN ({_quoted(tuple(rules.identifiers.exclusive))})
        QUALIFY count(*) OVER (PARTITION BY scheme, value) <= {rules.limits.number}
        ORDER BY rid, number
    """).to_arrow_table()
    coded = held.column("number").combine_chunks().dictionary_encode()
    codes = coded.indices.to_numpy()
    names = coded.dictionary.to_numpy(zero_copy_only=False).astype(object)
    number = pa.array(names[_followed(held, codes, len(names))[codes]], TEXT)
    table = pa.table([held.column("rid"), held.column("scheme"), number], [*"rsn"])
    unique = table.group_by(["r", "s", "n"], use_threads=False).aggregate([])
    return ExclusiveNumberTable(
        unique.rename_columns(list(ExclusiveNumberTable.columns)).cast(
            ExclusiveNumberTable.schema()
        )
    )


def _followed(held: pa.Table, codes: np.ndarray, size: int) -> np.ndarray:
    """Give, for each number's code, that of the first of the numbers that followed one another."""
    former = held.column("former").to_numpy()
    rid = held.column("rid").to_numpy()
    scheme = held.column("scheme").combine_chunks().dictionary_encode().indices.to_numpy()
    person = rid.astype(np.int64) * (int(scheme.max(initial=0)) + 1) + scheme
    order = np.lexsort((former, person))  # a record's present number before its former ones
    same = np.flatnonzero((person[order][1:] == person[order][:-1]) & former[order][1:])
    links = coo_array(
        (np.ones(len(same), np.int8), (codes[order][same], codes[order][same + 1])), (size, size)
    )
    _, group = connected_components(links, directed=False)
    first = np.full(group.max(initial=-1) + 1, size)
    np.minimum.at(first, group, np.arange(size))
    return first[group]


def _trust_sql(rules: LinkageRules) -> str:
    ids = rules.identifiers
    schemes = {ids.same_scheme.get(one, one) for one in (*ids.verified, *ids.inside_agency)}
    whens = "".join(f" WHEN '{one}' THEN {trust(one, 'passed')}" for one in sorted(schemes))
    return f"CASE scheme{whens} END"


def _shared_sql(rules: LinkageRules) -> str:
    """Pairs by number; a record without a date of birth never stands between two dates.

    Of several numbers that a pair shares, the one most trusted is told.
    """
    return f"""
        WITH number AS (
            SELECT scheme, value, count(DISTINCT date_of_birth) AS births, count(*) AS records
            FROM people_strong s JOIN people_comparable USING (rid) WHERE s.binds
            GROUP BY scheme, value HAVING records <= {rules.limits.number}
        ), several AS (
            SELECT scheme, value, rid, births FROM people_strong s
            JOIN number USING (scheme, value) WHERE s.binds AND records > 1
        ), two AS (
            SELECT a.rid AS one, b.rid AS other, scheme, value, a.births
            FROM several a JOIN several b USING (scheme, value) WHERE a.rid < b.rid
        ), couple AS (
            SELECT one AS left_rid, other AS right_rid, scheme, value,
                   {_trust_sql(rules)} AS trust,
                   a.date_of_birth AS born, b.date_of_birth AS other_born,
                   a.birth_rough OR b.birth_rough AS rough,
                   births, a.unborn <> b.unborn AS one_unborn,
                   a.surname_keys AS surnames, b.surname_keys AS other_surnames,
                   a.forename_keys AS forenames, b.forename_keys AS other_forenames,
                   {_names_clash("forename", rules)} AS clash
            FROM two JOIN people_comparable a ON one = a.rid
            JOIN people_comparable b ON other = b.rid
        ), {_of_a_twin_sql()}, pair AS (
            SELECT *, CASE
                WHEN born <> other_born AND NOT {_mistyped(rules)} THEN 'dates of birth differ'
                WHEN of_a_twin THEN '{TWINS_NUMBER}'
                WHEN born IS NOT NULL AND other_born IS NOT NULL THEN NULL
                WHEN births > 1 THEN 'others with this number have two dates of birth'
                WHEN one_unborn THEN 'one is unborn'
                WHEN clash THEN 'forenames differ and a date of birth is missing'
            END AS against
            FROM couple LEFT JOIN twin USING (left_rid, right_rid, scheme, value)
        )
        SELECT left_rid, right_rid, arg_max(scheme, (against IS NULL, trust, scheme)) AS scheme,
               CASE WHEN bool_or(against IS NULL) THEN NULL ELSE min(against) END AS against
        FROM pair GROUP BY left_rid, right_rid ORDER BY left_rid, right_rid
    """


def _mistyped(rules: LinkageRules) -> str:
    """Give the SQL of two dates that a slip of the pen explains, when the whole name agrees.

    Years a generation apart are a parent's and a child's of one name.
    """
    return f"""(list_has_any(forenames, other_forenames) AND list_has_any(surnames, other_surnames)
        AND abs(year(born) - year(other_born)) < {rules.checks.generation}
        AND (rough AND year(born) = year(other_born)
             OR damerau_levenshtein(CAST(born AS VARCHAR), CAST(other_born AS VARCHAR)) <= 1
             OR (year(born) = year(other_born) AND month(born) = day(other_born)
                 AND day(born) = month(other_born))))"""


def _of_a_twin_sql() -> str:
    """Give the SQL of pairs by a twin's number on the wrong twin: one has that name and day."""
    return """suspect AS (SELECT * FROM couple WHERE clash AND born = other_born),
        holder AS (
            SELECT scheme, value, rid FROM people_strong s JOIN number USING (scheme, value)
            WHERE s.binds AND scheme IN (SELECT scheme FROM suspect)
        ), twin AS (
            SELECT DISTINCT left_rid, right_rid, suspect.scheme, suspect.value, true AS of_a_twin
            FROM suspect JOIN people_comparable c ON c.date_of_birth = born
            JOIN holder h ON h.rid = c.rid AND h.scheme = suspect.scheme
            WHERE h.value <> suspect.value
              AND (list_has_any(c.forename_keys, forenames)
                   OR list_has_any(c.forename_keys, other_forenames))
              AND list_has_any(c.surname_keys, surnames))"""


def _couples_sql(rules: LinkageRules, few: bool) -> str:
    """Give the SQL of two records of one surname and date of birth whose given names differ."""
    asked = f"SEMI JOIN people_asked ON {_TIE} = tie" if few else ""
    return f"""
        WITH keyed AS MATERIALIZED (
            FROM (SELECT rid, date_of_birth AS born, forename, middle_names, item.key
                  FROM people_comparable, unnest(surname_keys) AS item(key)
                  WHERE forename IS NOT NULL AND date_of_birth IS NOT NULL) {asked}
        ), few AS (
            SELECT key, born FROM keyed GROUP BY key, born
            HAVING count(*) BETWEEN 2 AND {rules.limits.block}
        ), held AS (
            FROM keyed SEMI JOIN few USING (key, born)
        ), two AS (
            SELECT a.rid AS one, b.rid AS other, key, born
            FROM held a JOIN held b USING (key, born) WHERE a.rid < b.rid
              AND (a.forename <> b.forename OR a.middle_names <> b.middle_names)
        )
        SELECT two.one AS left_rid, two.other AS right_rid, key, born AS date_of_birth,
               least(a.forename, b.forename) AS name, greatest(a.forename, b.forename) AS other,
               {_names_clash("forename", rules)} AS forenames,
               {_names_clash("middle", rules)} AS middles,
               {_two_spellings(rules)} AS spellings,
               list_has_any(a.numbers, b.numbers) AS one,
               a.source = b.source OR list_has_any(a.schemes, b.schemes) AS two
        FROM two JOIN people_comparable a ON two.one = a.rid
        JOIN people_comparable b ON two.other = b.rid
        WHERE a.forename <> b.forename OR {_names_clash("middle", rules)}
    """


def often_two_sql(spellings: str, rules: LinkageRules) -> str:
    """Give the SQL of `name`, `other` of forms that are two people's, not one's, often enough."""
    return f"""
        SELECT name, other FROM {spellings} GROUP BY name, other
        HAVING sum(CAST(two AS INTEGER)) > greatest(
            {rules.checks.two_seen} * (1 + count(*)),
            {rules.checks.two_names} * sum(CAST(one AS INTEGER) + CAST(two AS INTEGER)))
    """


def _twins_sql(rules: LinkageRules) -> str:
    """Follow the rule of the Ministry of Justice's person record service, with name variants first.

    Variants are two names where two are seen to bear them: Lily and Lilly in one class register.
    """
    return f"""
        WITH spelt AS (
            SELECT name, other, one, two FROM people_spelling
            UNION ALL SELECT name, other, one, two FROM people_elsewhere
        ), often AS (
            SELECT name, other, true AS often_two FROM ({often_two_sql("spelt", rules)})
        ), twin AS (
            SELECT left_rid, right_rid, CASE WHEN forenames THEN 'forename'
                WHEN spellings AND (borne.two OR often_two) THEN 'spelling'
                WHEN middles THEN 'middle' END AS differ
            FROM people_couple LEFT JOIN people_spelling borne
                USING (name, other, key, date_of_birth)
            LEFT JOIN often USING (name, other)
        )
        SELECT left_rid, right_rid, CASE min(CASE differ WHEN 'forename' THEN 1
            WHEN 'spelling' THEN 2 ELSE 3 END) WHEN 1 THEN 'forename' WHEN 2 THEN 'spelling'
            ELSE 'middle' END AS differ
        FROM twin WHERE differ IS NOT NULL
        GROUP BY left_rid, right_rid ORDER BY left_rid, right_rid
    """


def _two_spellings(rules: LinkageRules) -> str:
    """Give the SQL of variants, or names alike, that people bear; Ali is a word of Muhammad Ali."""
    return f"""(a.forename_borne AND b.forename_borne AND a.forename <> b.forename AND (
        list_has_any(a.forename_keys, b.forename_keys)
        OR (jaro_winkler_similarity(a.forename, b.forename) >= {rules.marks.twin_similarity}
            AND NOT (list_has_any(a.given_words, b.forename_keys)
                     OR list_has_any(a.forename_keys, b.given_words)))))"""


# A slip of the pen makes a name that nobody bears: Jogn; see the comparison of forenames.
_SLIP = """(NOT (a.forename_borne AND b.forename_borne) AND
    damerau_levenshtein(a.forename, b.forename) <=
        CASE WHEN least(length(a.forename), length(b.forename)) >= 8 THEN 2 ELSE 1 END)"""


def _names_clash(which: str, rules: LinkageRules) -> str:
    """Give the SQL of two given names that are neither one name spelt twice nor an initial.

    A forename and a surname in each other's place are no clash.
    """
    name = {"forename": "forename", "middle": "middle_names"}[which]
    alike = f"jaro_winkler_similarity(a.{name}, b.{name}) >= {rules.marks.twin_similarity}"
    if which == "forename":
        # Two names known to be different are, however alike they look: Ali, Alia.
        alike += " AND NOT (a.forename_known AND b.forename_known)"
        alike = f"""({alike}) OR {_SLIP} OR list_has_any(a.given_words, b.forename_keys)
            OR list_has_any(a.forename_keys, b.given_words) OR (list_contains(b.surname_keys, a.forename)
                                  AND list_contains(a.surname_keys, b.forename))"""
    initial = (
        f"(least(length(a.{name}), length(b.{name})) = 1 AND left(a.{name}, 1) = left(b.{name}, 1))"
    )
    return f"""(a.{name} IS NOT NULL AND b.{name} IS NOT NULL
        AND NOT list_has_any(a.{which}_keys, b.{which}_keys) AND NOT ({alike}) AND NOT {initial})"""
