"""From person records to comparable ones: one row a record, in (source, record_id) order."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.model.tables import DAY, TEXT, TRUTH, WHOLE, Columns, TypedTable
from kithkin.people.cleaning.births import real_births, rough_births
from kithkin.people.cleaning.distinct import Column, gathered, per_distinct, plain
from kithkin.people.cleaning.names import (
    ReadName,
    given_keys,
    given_words,
    goes_by_second_name,
    is_known,
    joined,
    read_name,
    says_no_forename,
    sound,
    speaks_of_unnamed_child,
    surname_keys,
)
from kithkin.people.cleaning.numbers import (
    contacts,
    current_identifiers,
    personal_numbers,
    scheme_name,
)
from kithkin.people.cleaning.places import places
from kithkin.people.rules import LinkageRules, NameRules, name_rules, place_rules

__all__ = ["ComparableTable", "comparable_records", "current_identifiers", "scheme_name"]

TEXTS = pa.list_(pa.string())
_READ = pa.struct([("name", TEXT), ("also", TEXT)])
_BETWEEN = "|"  # the other names that one cell tells


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
        "forename_sound": TEXT,  # its phonetic key: finds pairs, is no evidence (Ali, Alia)
        "forename_keys": TEXTS,  # every whole form and variant the person may be called by
        "given_words": TEXTS,  # every word of those, to hold against another's forename_keys
        "forename_known": TRUTH,  # the name stands in the table of variants
        "forename_borne": TRUTH,  # a name that people bear: known, or on several records
        "middle_names": TEXT,
        "middle_keys": TEXTS,  # the whole, its words, and their variants
        "surname": TEXT,
        "surname_start": TEXT,
        "surname_sound": TEXT,
        "surname_keys": TEXTS,  # the whole, its parts, the former name, and their variants
        "name_pair": TEXT,  # both names, sorted, or the one: the same when fields are swapped
        "date_of_birth": DAY,
        "birth_year": WHOLE,
        "birth_rough": TRUTH,  # the day is likely made up: 1 January, or one its source over-uses
        "sex": TEXT,
        "unborn": TRUTH,
        "address_keys": TEXTS,  # address:, uprn: and door: keys
        "address_line": TEXT,  # of one address, the first in order: for slips of the pen
        "postcodes": TEXTS,
        "towns": TEXTS,
        "numbers": TEXTS,  # scheme:value of personal numbers, checked or not
        "schemes": TEXTS,
        "contacts": TEXTS,  # phone: and email:, which a household shares
        "email": TEXT,
    }


def comparable_records(con: duckdb.DuckDBPyConnection, rules: LinkageRules) -> ComparableTable:
    """Read person records with their numbers and addresses, and make them comparable.

    Where one key (source, record_id) has several rows, the one known latest counts.
    """
    records = latest_records(con)
    # The database works without Python's lock, so that names are read meanwhile.
    with ThreadPoolExecutor(max_workers=1) as beside:
        told = beside.submit(_told, con, rules, records)
        names = _names(records)
        return _assembled(records, told.result(), names)


def made_comparable(records: pa.Table, told: Mapping[str, Column]) -> ComparableTable:
    """Make records comparable of which numbers and places are known.

    `records` are as `latest_records` gives them, `told` what `told_numbers` and `told_places` do.
    """
    return _assembled(records, told, _names(records))


def _told(
    con: duckdb.DuckDBPyConnection, rules: LinkageRules, records: pa.Table
) -> dict[str, Column]:
    con.register("people_record", records.select(["rid", "source", "record_id", "agency"]))
    told = told_numbers(con, rules, len(records)) | told_places(con, rules, len(records))
    con.unregister("people_record")
    return told


def _assembled(
    records: pa.Table, told: Mapping[str, Column], names: Mapping[str, Column]
) -> ComparableTable:
    columns = {name: records.column(name) for name in ("rid", "source", "record_id", "agency")}
    dates = name_rules().dates
    born = real_births(records.column("date_of_birth"), dates)
    columns |= (
        dict(told)
        | dict(names)
        | {
            "date_of_birth": born,
            "birth_year": pc.year(born),
            "birth_rough": rough_births(records.column("source"), born, dates),
            "sex": records.column("sex"),
            "unborn": pc.fill_null(records.column("unborn"), False),
        }
    )
    arrays = [plain(columns[field.name]).cast(field.type) for field in ComparableTable.schema()]
    return ComparableTable(pa.Table.from_arrays(arrays, schema=ComparableTable.schema()))


def latest_records(con: duckdb.DuckDBPyConnection, *more: str) -> pa.Table:
    """Give each record's row that was known latest, numbered by `rid`; with `more` columns."""
    records = con.sql(
        f"FROM ({latest_sql(*_WRITTEN, *more)}) ORDER BY source, record_id"
    ).to_arrow_table()
    return records.add_column(0, "rid", pa.array(np.arange(len(records), dtype=np.int32)))


_WRITTEN = (
    "agency", "forename", "preferred_name", "middle_names", "surname", "former_surname",
    "date_of_birth", "sex", "unborn",
)  # fmt: skip


def latest_sql(*columns: str) -> str:
    """Give the SQL of source, record_id and some columns of the row of each that was known latest.

    Few records have several rows, and only they (and whose keys have one hash) are put in order.
    """
    wanted = ", ".join(("source", "record_id", *columns))
    return f"""
        WITH repeated AS (
            SELECT hash(source, record_id) AS key FROM person_record
            GROUP BY key HAVING count(*) > 1
        )
        SELECT {wanted} FROM person_record ANTI JOIN repeated ON hash(source, record_id) = key
        UNION ALL
        SELECT {wanted} FROM (
            SELECT * FROM person_record SEMI JOIN repeated ON hash(source, record_id) = key
            QUALIFY row_number() OVER (
                PARTITION BY source, record_id
                ORDER BY known_at DESC NULLS LAST, batch_id, file, "row") = 1)
    """


def _names(records: pa.Table) -> dict[str, Column]:
    rules = name_rules()
    first, first_also = _read_given(records, "forename", rules)
    preferred, preferred_also = _read_given(records, "preferred_name", rules)
    middle, _ = _read_given(records, "middle_names", rules)
    surname, surname_also = _read(records, "surname", rules)
    former, former_also = _read(records, "former_surname", rules)
    called = per_distinct(
        [first, preferred, _only_name(records, surname, rules)], _first_told, TEXT
    )
    given = [called, first_also, preferred, preferred_also]
    forename, family = (plain(per_distinct([one], _joined, TEXT)) for one in (called, surname))
    # One name in both boxes is one name, said twice; it must not count twice.
    family = pc.if_else(
        pc.fill_null(pc.equal(forename, family), False), pa.scalar(None, TEXT), family
    )
    known = plain(per_distinct([called], is_known, TRUTH))
    return {
        "forename": forename,
        "forename_start": pc.utf8_slice_codeunits(forename, 0, 2),
        "forename_sound": per_distinct([forename], sound, TEXT),
        "forename_keys": per_distinct(given, _whole_names, TEXTS),
        "given_words": per_distinct([*given, _second(called, middle)], _words_of_names, TEXTS),
        "forename_known": known,
        "forename_borne": borne_names(forename, known, rules.words.borne_by),
        "middle_names": per_distinct([middle], _joined, TEXT),
        "middle_keys": per_distinct([middle], surname_keys, TEXTS),
        "surname": family,
        "surname_start": pc.utf8_slice_codeunits(family, 0, 2),
        "surname_sound": per_distinct([family], sound, TEXT),
        "surname_keys": per_distinct(
            [surname, surname_also, former, former_also], _surnames, TEXTS
        ),
        "name_pair": _in_order(forename, family),
    }


def _only_name(
    records: pa.Table, surname: pa.DictionaryArray, rules: NameRules
) -> pa.DictionaryArray:
    """Give the surname where the other box says that it is the person's only name."""

    def says(text: str | None) -> bool:
        return says_no_forename(text, rules)

    return _where(per_distinct([records.column("forename")], says, TRUTH), surname)


def _second(called: Column, middle: pa.DictionaryArray) -> pa.DictionaryArray:
    """Give the middle names of those who, by custom, go by them."""
    return _where(per_distinct([called], goes_by_second_name, TRUTH), middle)


def _where(asked: pa.DictionaryArray, names: pa.DictionaryArray) -> pa.DictionaryArray:
    """Give names where the answer is yes, and null elsewhere."""
    kept = pc.if_else(plain(asked), names.indices, pa.scalar(None, names.indices.type))
    return pa.DictionaryArray.from_arrays(kept, names.dictionary)


def _first_told(*names: str | None) -> str | None:
    return next(filter(None, names), None)


def borne_names(names: Column, known: Column, least: int) -> Column:
    """Say which names others bear too: a slip of the pen makes one that stands on few records."""
    coded = pc.dictionary_encode(names, null_encoding="mask")
    codes = coded.combine_chunks().indices if isinstance(coded, pa.ChunkedArray) else coded.indices
    counts = np.bincount(codes.drop_null().to_numpy())
    often = (
        pc.take(pa.array(counts >= least), codes) if len(counts) else pa.nulls(len(codes), TRUTH)
    )
    return pc.fill_null(pc.or_(pc.fill_null(known, False), often), False)


def _read(
    records: pa.Table, column: str, rules: NameRules
) -> tuple[pa.DictionaryArray, pa.DictionaryArray]:
    """Give the names of a column, and the other names that its cells tell."""

    def read(text: str | None) -> dict[str, str | None]:
        return _row(read_name(text, rules))

    return _two(per_distinct([records.column(column)], read, _READ))


def _read_given(records: pa.Table, column: str, rules: NameRules) -> tuple[Column, Column]:
    """Do the same for given names; only a cell about an unnamed child looks at the surname."""
    texts = records.column(column)

    def unnamed(text: str | None) -> bool:
        return speaks_of_unnamed_child(text, rules)

    def read(text: str | None, surname: str | None) -> dict[str, str | None]:
        return _row(read_name(text, rules, given=True, surname=surname))

    asked = plain(per_distinct([texts], unnamed, TRUTH))
    surname = pc.if_else(asked, records.column("surname"), pa.scalar(None, TEXT))
    return _two(per_distinct([texts, surname], read, _READ))


def _row(read: ReadName) -> dict[str, str | None]:
    return {"name": read.name, "also": _BETWEEN.join(read.also) or None}


def _two(read: pa.DictionaryArray) -> tuple[pa.DictionaryArray, pa.DictionaryArray]:
    name, also = (
        pa.DictionaryArray.from_arrays(read.indices, read.dictionary.field(part))
        for part in ("name", "also")
    )
    return name, also


def _joined(name: str | None) -> str | None:
    return joined(name) if name else None


def _whole_names(*told: str | None) -> list[str]:
    return given_keys(*_each(told))


def _words_of_names(*told: str | None) -> list[str]:
    return given_words(*_each(told))


def _surnames(*told: str | None) -> list[str]:
    return surname_keys(*_each(told))


def _each(told: tuple[str | None, ...]) -> list[str]:
    return [name for text in told if text for name in text.split(_BETWEEN)]


def _in_order(forename: Column, surname: Column) -> Column:
    """Join two names so that the order of the fields makes no difference; one alone is the pair."""
    smaller = pc.less_equal(forename, surname)
    first, second = pc.if_else(smaller, forename, surname), pc.if_else(smaller, surname, forename)
    both = pc.binary_join_element_wise(first, second, " ")
    return pc.coalesce(both, forename, surname)


def told_numbers(
    con: duckdb.DuckDBPyConnection, rules: LinkageRules, count: int
) -> dict[str, Column]:
    """Give each record's numbers and contacts as sorted lists, in `rid` order.

    `people_record` with the `count` records' keys must stand on `con`.
    """
    number, contact = personal_numbers(con, rules), contacts(con, rules)
    return {
        "numbers": gathered(number.column("rid"), number.column("number"), count),
        "schemes": gathered(number.column("rid"), number.column("scheme"), count),
        "contacts": gathered(contact.column("rid"), contact.column("contact"), count),
        "email": _first(_of_kind(contact, "scheme", "email", count)),
    }


def told_places(
    con: duckdb.DuckDBPyConnection, rules: LinkageRules, count: int
) -> dict[str, Column]:
    """Give each record's places as sorted lists, in `rid` order.

    `people_record` with the `count` records' keys must stand on `con`.
    """
    place = places(con, place_rules(), rules.limits.crowd)
    kinds = {"address_keys": "key", "postcodes": "postcode", "towns": "town"}
    told: dict[str, Column] = {name: place.of(kind, count) for name, kind in kinds.items()}
    return told | {"address_line": _first(place.of("line", count))}


def _of_kind(table: pa.Table, column: str, kind: str, count: int) -> pa.Array:
    chosen = table.filter(pc.equal(table.column(column), kind))
    return gathered(chosen.column("rid"), chosen.column("value"), count)


def _first(lists: pa.Array) -> pa.Array:
    return pc.list_element(pc.list_slice(lists, 0, 1, return_fixed_size_list=True), 0)
