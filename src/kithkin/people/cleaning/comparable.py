"""From person records to comparable ones: one row a record, in (source, record_id) order.

Names lose accents, titles and punctuation; what stands for "not known" becomes null, because a
common placeholder would both look like agreement and put thousands of records in one block.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import ClassVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.model.tables import DAY, TEXT, TRUTH, WHOLE, Columns, TypedTable
from kithkin.people.rules import LinkageRules, NameRules, name_rules

TEXTS = pa.list_(pa.string())


class ComparableTable(TypedTable):
    """One record, made comparable; `rid` is its place in (source, record_id) order."""

    name = "comparable"
    columns: ClassVar[Columns] = {
        "rid": WHOLE,
        "source": TEXT,
        "record_id": TEXT,
        "agency": TEXT,
        "forename": TEXT,  # capitals without spaces; null when the record has none
        "forename_start": TEXT,  # its first two letters
        "forename_keys": TEXTS,  # every form and variant the person may be called by
        "forename_known": TRUTH,  # the name stands in the table of variants
        "middle_names": TEXT,
        "middle_keys": TEXTS,
        "surname": TEXT,
        "surname_start": TEXT,
        "surname_keys": TEXTS,  # the whole, its parts, the former name, and their variants
        "date_of_birth": DAY,
        "birth_year": WHOLE,
        "sex": TEXT,
        "unborn": TRUTH,
        "address_keys": TEXTS,
        "postcodes": TEXTS,
        "numbers": TEXTS,  # scheme:value of personal numbers, checked or not
        "schemes": TEXTS,
    }


def comparable_records(con: duckdb.DuckDBPyConnection, rules: LinkageRules) -> ComparableTable:
    """Read person records with their numbers and addresses, and make them comparable.

    Where one key (source, record_id) has several rows, the one known latest counts.
    """
    records = _latest_records(con)
    con.register("people_record", records)
    lists = _numbers_and_addresses(con, rules)
    con.unregister("people_record")
    columns = {name: records.column(name) for name in ("rid", "source", "record_id", "agency")}
    born = _real_dates(records.column("date_of_birth"))
    columns |= _names(records) | {
        "date_of_birth": born,
        "birth_year": pc.year(born),
        "sex": records.column("sex"),
        "unborn": pc.fill_null(records.column("unborn"), False),
    }
    columns |= {name: lists.column(name) for name in lists.column_names if name != "rid"}
    arrays = [columns[field.name].cast(field.type) for field in ComparableTable.schema()]
    return ComparableTable(pa.Table.from_arrays(arrays, schema=ComparableTable.schema()))


def _latest_records(con: duckdb.DuckDBPyConnection) -> pa.Table:
    return con.sql("""
        SELECT CAST(row_number() OVER (ORDER BY source, record_id) - 1 AS INTEGER) AS rid, *
        FROM (
            SELECT * FROM person_record
            QUALIFY row_number() OVER (
                PARTITION BY source, record_id
                ORDER BY known_at DESC NULLS LAST, batch_id, file, "row") = 1
        ) ORDER BY rid
    """).to_arrow_table()


def normalise_name(text: str | None, *, forename: bool, rules: NameRules) -> str | None:
    """Give a name in plain capitals, its parts parted by one space; null when it is no name.

    With `forename`, words for a child not yet named ("Baby", "Twin two") are no name either.
    """
    words = _words(text or "", rules)
    while len(words) > 1 and words[0] in rules.words.titles:
        words = words[1:]
    empty = rules.words.placeholders | (rules.words.unnamed_child if forename else frozenset())
    if all(word in empty for word in words):
        return None
    if forename:
        words = [word for word in words if word not in rules.words.unnamed_child]
    return " ".join(words) or None


def _words(text: str, rules: NameRules) -> list[str]:
    plain = "".join(rules.letters.get(letter, letter) for letter in text)
    parted = unicodedata.normalize("NFKD", plain).upper()
    kept = (_kept(letter) for letter in parted if not unicodedata.combining(letter))
    return "".join(kept).split()


def _kept(letter: str) -> str:
    """O'Neill is one word and Anne-Marie two."""
    if letter.isalnum():
        return letter
    return "" if letter in "'’‘`.ʼ" else " "


@cache
def _variant_groups() -> Mapping[str, tuple[str, ...]]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for group in name_rules().variants.groups:
        for name in group:
            groups[name].append(group[0])
    return {name: tuple(heads) for name, heads in groups.items()}


def _variants(name: str) -> tuple[str, ...]:
    return _variant_groups().get(name, ())


def name_keys(name: str | None, *, particles: frozenset[str]) -> list[str]:
    """Every form of a normalised name by which two records may agree, sorted.

    The whole, each part of three letters or more that is no particle, and the head of every
    group of variants that one of these belongs to.
    """
    if name is None:
        return []
    parts = [part for part in name.split() if len(part) > 2 and part not in particles]
    forms = {name.replace(" ", ""), *parts}
    return sorted(forms.union(*(_variants(form) for form in forms)))


def _per_value(column: pa.ChunkedArray, change: Callable[[str | None], object]) -> list[object]:
    """Apply `change` once to each different value."""
    seen: dict[str | None, object] = {}
    values = column.to_pylist()
    for value in values:
        if value not in seen:
            seen[value] = change(value)
    return [seen[value] for value in values]


def _names(records: pa.Table) -> dict[str, pa.Array]:
    rules = name_rules()

    def normalised(column: str, forename: bool) -> list[str | None]:
        return _per_value(  # type: ignore[return-value]
            records.column(column),
            lambda text: normalise_name(text, forename=forename, rules=rules),
        )

    forename = normalised("forename", True)
    preferred = normalised("preferred_name", True)
    middle = normalised("middle_names", True)
    surname = normalised("surname", False)
    former = normalised("former_surname", False)
    called = [first or other for first, other in zip(forename, preferred, strict=True)]
    joined = [_joined(name) for name in called]
    return {
        "forename": pa.array(joined, TEXT),
        "forename_start": pa.array([name and name[:2] for name in joined], TEXT),
        "forename_keys": _keys(zip(called, preferred, strict=True), frozenset()),
        "forename_known": pa.array([bool(name and _variants(name)) for name in joined], TRUTH),
        "middle_names": pa.array([_joined(name) for name in middle], TEXT),
        "middle_keys": _keys(zip(middle, strict=True), frozenset()),
        "surname": pa.array([_joined(name) for name in surname], TEXT),
        "surname_start": pa.array([name and name[:2] for name in surname], TEXT),
        "surname_keys": _keys(zip(surname, former, strict=True), rules.words.particles),
    }


def _joined(name: str | None) -> str | None:
    return name.replace(" ", "") if name else None


def _keys(rows: Iterable[tuple[str | None, ...]], particles: frozenset[str]) -> pa.Array:
    lists = [
        sorted({key for name in names for key in name_keys(name, particles=particles)})
        for names in rows
    ]
    return pa.array(lists, TEXTS)


def _real_dates(column: pa.ChunkedArray) -> pa.ChunkedArray:
    placeholder = pc.is_in(column, value_set=pa.array(name_rules().dates.placeholders, DAY))
    return pc.if_else(placeholder, pa.scalar(None, DAY), column)


def _numbers_and_addresses(con: duckdb.DuckDBPyConnection, rules: LinkageRules) -> pa.Table:
    """Give each record's personal numbers and addresses as sorted lists, in `rid` order."""
    con.register("people_number", personal_numbers(con, rules))
    con.register("people_place", _places(con, rules.limits.crowd))
    table = con.sql("""
        WITH number AS (
            SELECT rid, list_sort(list(DISTINCT number)) AS numbers,
                   list_sort(list(DISTINCT scheme)) AS schemes
            FROM people_number GROUP BY rid
        ), place AS (
            SELECT rid,
                   list_sort(list(DISTINCT key) FILTER (NOT postcode)) AS address_keys,
                   list_sort(list(DISTINCT key) FILTER (postcode)) AS postcodes
            FROM people_place GROUP BY rid
        )
        SELECT r.rid, coalesce(address_keys, []) AS address_keys,
               coalesce(postcodes, []) AS postcodes,
               coalesce(numbers, []) AS numbers, coalesce(schemes, []) AS schemes
        FROM people_record r LEFT JOIN number USING (rid) LEFT JOIN place USING (rid)
        ORDER BY r.rid
    """).to_arrow_table()
    con.unregister("people_number")
    con.unregister("people_place")
    return table


def current_identifiers(con: duckdb.DuckDBPyConnection) -> str:
    """Give the SQL of the identifiers that count: present, and not superseded."""
    columns = con.sql("SELECT * FROM identifier LIMIT 0").columns
    superseded = "AND superseded_at IS NULL" if "superseded_at" in columns else ""
    return f"""
        SELECT DISTINCT source, record_id, scheme, "check",
               upper(regexp_replace(value, '[^0-9A-Za-z]', '', 'g')) AS value
        FROM identifier
        WHERE regexp_matches(value, '[1-9A-Za-z]') {superseded}
    """


def personal_numbers(con: duckdb.DuckDBPyConnection, rules: LinkageRules) -> pa.Table:
    """Give rid, scheme and number (`scheme:value`) of numbers that one person should have.

    An agency's own case ids and what a household shares are no such numbers; nor is a value on
    more records than `limits.number`. A scheme that is not national has its agency in its name.
    """
    ids = rules.identifiers
    return con.sql(
        f"""
        WITH counted AS (
            SELECT r.rid, i.value,
                   CASE WHEN list_contains($national, i.scheme)
                        THEN {scheme_name(ids.same_scheme)}
                        ELSE i.scheme || '@' || r.agency END AS scheme
            FROM ({current_identifiers(con)}) i JOIN people_record r USING (source, record_id)
            WHERE NOT list_contains($left_out, i.scheme)
        )
        SELECT DISTINCT rid, scheme, scheme || ':' || value AS number FROM counted
        QUALIFY count(DISTINCT rid) OVER (PARTITION BY scheme, value) <= $most
        """,
        params={
            "left_out": [*ids.inside_agency, *ids.shared_at_home],
            "national": list(ids.national),
            "most": rules.limits.number,
        },
    ).to_arrow_table()


def scheme_name(same: Mapping[str, str]) -> str:
    """Give the SQL of an identifier's scheme, a former number counted with the present one."""
    whens = "".join(f" WHEN '{one}' THEN '{other}'" for one, other in sorted(same.items()))
    return f"CASE i.scheme{whens} ELSE i.scheme END"


def _places(con: duckdb.DuckDBPyConnection, crowd: int) -> pa.Table:
    """Give rid, key and whether it is a postcode; addresses of more than `crowd` records left out."""
    return con.sql(
        """
        WITH lived AS (
            SELECT DISTINCT r.rid, a.address_id, a.uprn,
                   upper(replace(a.postcode, ' ', '')) AS postcode
            FROM residence s JOIN people_record r USING (source, record_id)
            JOIN address a USING (address_id)
            QUALIFY count(DISTINCT r.rid) OVER (PARTITION BY address_id) <= $crowd
        )
        SELECT rid, 'address:' || address_id AS key, false AS postcode FROM lived
        UNION SELECT rid, 'uprn:' || uprn, false FROM lived WHERE uprn <> ''
        UNION SELECT rid, postcode, true FROM lived WHERE postcode <> ''
        """,
        params={"crowd": crowd},
    ).to_arrow_table()
