"""Where records say people live: keys by which two wordings of one address agree."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from operator import ne

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.model.identifiers import normalise_postcode
from kithkin.model.tables import TEXT
from kithkin.people.cleaning.distinct import gathered, gathered_lists
from kithkin.people.rules import PlaceRules

# What a misread or mistyped character of a postcode may have been.
_LETTER_FOR = {"0": "O", "1": "I", "5": "S"}
_FIGURE_FOR = {"O": "0", "I": "1", "L": "1", "S": "5"}


@dataclass(frozen=True)
class Places:
    """Who lives where (rid, home), and of each home its kinds and values (home, kind, value).

    The kinds are key, postcode, town and line. Keys are `address:` with the address's id,
    `uprn:`, and `door:` with the number or name of the home and the postcode.
    """

    lived: pa.Table
    told: pa.Table

    def of(self, kind: str, count: int) -> pa.ListArray:
        """Give the values of one kind of the homes of each of `count` records, sorted."""
        told = self.told.filter(pc.equal(self.told.column("kind"), kind))
        rids, homes = (self.lived.column(name).to_numpy() for name in ("rid", "home"))
        number = int(homes.max(initial=-1)) + 1
        by_home = gathered(told.column("home"), told.column("value"), number)
        return gathered_lists(rids, homes, by_home, count)


def places(con: duckdb.DuckDBPyConnection, rules: PlaceRules, crowd: int) -> Places:
    """Give what every record says of where its person lives, in no order.

    An address of more than `crowd` records, by any of its keys, or whose words say that strangers
    live there, is left out with its postcode and town.
    """
    _make_addresses(con, rules)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE people_home AS
        SELECT address_id, row_number() OVER () AS home
        FROM (SELECT DISTINCT address_id FROM residence);
        CREATE OR REPLACE TEMP TABLE people_lived AS
        SELECT DISTINCT r.rid, home FROM residence s JOIN people_record r USING (source, record_id)
        JOIN people_home USING (address_id);
        CREATE OR REPLACE TEMP TABLE people_placed AS
        SELECT * EXCLUDE (address_id) FROM people_address JOIN people_home USING (address_id);
    """)
    told = con.sql(_places_sql(), params={"crowd": crowd}).to_arrow_table()
    lived = con.sql("FROM people_lived").to_arrow_table()
    for table in ("people_placed", "people_lived", "people_home", "people_address"):
        con.execute(f"DROP TABLE {table}")
    return Places(lived, told)


def address_keys(con: duckdb.DuckDBPyConnection, rules: PlaceRules) -> pa.Table:
    """Give address_id and key of every address, however many live there."""
    _make_addresses(con, rules)
    found = con.sql("""
        SELECT * FROM (SELECT address_id, unnest(keys) AS key FROM people_address)
        WHERE key IS NOT NULL
    """).to_arrow_table()
    con.execute("DROP TABLE people_address")
    return found


def _make_addresses(con: duckdb.DuckDBPyConnection, rules: PlaceRules) -> None:
    con.register("people_postcode", _postcodes(con, rules))
    con.execute(f"CREATE OR REPLACE TEMP TABLE people_address AS {_address_sql(rules)}")
    con.unregister("people_postcode")


def _postcodes(con: duckdb.DuckDBPyConnection, rules: PlaceRules) -> pa.Table:
    written = [row[0] for row in con.sql("SELECT DISTINCT postcode FROM address").fetchall()]
    compact = [compact_postcode(text, rules) for text in written]
    return pa.table({"written": pa.array(written, TEXT), "postcode": pa.array(compact, TEXT)})


def compact_postcode(text: str | None, rules: PlaceRules) -> str | None:
    """Give a postcode in capitals without a space; null when it says nothing.

    Letters and figures written for each other (O and 0, I or L and 1, S and 5) are put right
    where that makes a UK postcode with fewer changes than any other. What has a figure and no such form is
    kept as a postcode of elsewhere.
    """
    compact = re.sub(r"[^A-Z0-9]", "", (text or "").upper())
    if not re.search("[1-9]", compact) or compact.startswith(rules.no_postcodes):
        return None
    return compact if normalise_postcode(compact)[1] else _repaired(compact) or compact


def _repaired(compact: str) -> str | None:
    """Give the UK postcode with the fewest characters changed; none when two have as few."""
    outward, inward = compact[:-3], compact[-3:]
    end = _FIGURE_FOR.get(inward[:1], inward[:1]) + _letters(inward[1:])
    starts = {_letters(outward[:at]) + _figures(outward[at:]) for at in (1, 2)}
    good = [start + end for start in starts if normalise_postcode(start + end)[1]]
    changed = [sum(map(ne, one, compact)) for one in good]
    return good[changed.index(min(changed))] if good and changed.count(min(changed)) == 1 else None


def _letters(text: str) -> str:
    return "".join(_LETTER_FOR.get(one, one) for one in text)


def _figures(text: str) -> str:
    return "".join(_FIGURE_FOR.get(one, one) for one in text)


def _address_sql(rules: PlaceRules) -> str:
    """Give the SQL of address_id, keys, postcode, town and whether a crowd lives there."""
    return f"""
        WITH plain AS (
            SELECT DISTINCT a.address_id, a.uprn, p.postcode, {_town_sql(rules)} AS town,
                   {_line_sql()} AS line
            FROM address a LEFT JOIN people_postcode p ON a.postcode IS NOT DISTINCT FROM p.written
        ), parted AS (
            SELECT *, {_unit_sql(rules)} AS unit, {_street_sql(rules)} AS street FROM plain
        ), told AS (
            SELECT *, regexp_extract(street, '{_NUMBER}', 1) AS number,
                   regexp_extract(street, '{_NUMBER}', 2) AS letter,
                   {_building_sql(rules)} AS building
            FROM parted
        )
        SELECT address_id, postcode, town, nullif(trim(replace(line, ',', '')), '') AS line,
               {_crowd_sql(rules)} AS crowded,
               ['address:' || address_id, 'uprn:' || nullif(uprn, ''), {_doors_sql()}] AS keys
        FROM told
    """


_NUMBER = r"\b([0-9]+)(?: ?([A-Z]))?\b"


def _town_sql(rules: PlaceRules) -> str:
    sql = "' ' || regexp_replace(upper(strip_accents(a.town)), '[^A-Z0-9]+', ' ', 'g') || ' '"
    for written, counted in rules.towns:
        sql = f"replace({sql}, ' {written} ', ' {counted} ')"
    return f"nullif(replace({sql}, ' ', ''), '')"


def _line_sql() -> str:
    """Capitals, figures, spaces and commas, "2/14" as "FLAT 2, 14"."""
    sql = "upper(strip_accents(a.line))"
    sql = rf"regexp_replace({sql}, '^\s*([0-9]+[A-Z]?)\s*/\s*([0-9])', 'FLAT \1, \2')"
    sql = f"regexp_replace({sql}, '[''’.]', '', 'g')"
    sql = rf"regexp_replace({sql}, '[\r\n;]+', ',', 'g')"
    return f"regexp_replace({sql}, '[^A-Z0-9,]+', ' ', 'g')"


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))


def _unit_pattern(rules: PlaceRules) -> str:
    return rf"\b(?:{_any_of(rules.units)}) ?(?:NO |NUMBER )?([0-9]+[A-Z]?|[A-Z][0-9]?)\b"


def _floor_pattern(rules: PlaceRules) -> str:
    floors = _any_of(written for written, _ in rules.floors)
    return rf"\b({floors})(?: FLOOR)?,? (?:FLAT|MAISONETTE)\b|\b({floors}) FLOOR\b"


def _unit_sql(rules: PlaceRules) -> str:
    """Give the SQL of a home inside a building: its number or letter, or else its floor."""
    floor = f"""concat(regexp_extract(line, '{_floor_pattern(rules)}', 1),
        regexp_extract(line, '{_floor_pattern(rules)}', 2))"""
    whens = " ".join(f"WHEN '{written}' THEN '{called}'" for written, called in rules.floors)
    return f"""coalesce(nullif(regexp_extract(line, '{_unit_pattern(rules)}', 1), ''),
        CASE {floor} {whens} ELSE '' END)"""


def _street_sql(rules: PlaceRules) -> str:
    without = f"regexp_replace(line, '{_unit_pattern(rules)}', ',')"
    return f"regexp_replace({without}, '{_floor_pattern(rules)}', ',')"


def _building_sql(rules: PlaceRules) -> str:
    """Give the SQL of a building's name: up to a word for a building, or all before a comma."""
    named = rf"regexp_extract(street, '^[ ,]*([A-Z ]*?\b(?:{_any_of(rules.buildings)}))\b', 1)"
    return f"""replace(coalesce(nullif({named}, ''), CASE WHEN NOT regexp_matches(street, '[0-9]')
        THEN regexp_extract(street, '^[ ,]*([A-Z ]+)', 1) END, ''), ' ', '')"""


def _doors_sql() -> str:
    """Give the SQL of the keys by number and by name; a lone letter of a flat joins the number."""
    return """
        CASE WHEN number <> '' AND postcode IS NOT NULL THEN 'door:' || number || CASE
            WHEN regexp_matches(unit, '^[A-Z]$') AND letter = '' THEN unit
            WHEN unit = '' THEN letter ELSE letter || '/' || unit END || '@' || postcode END,
        CASE WHEN building <> '' AND postcode IS NOT NULL THEN 'door:' || building || CASE
            WHEN unit = '' THEN '' ELSE '/' || unit END || '@' || postcode END
    """


def _crowd_sql(rules: PlaceRules) -> str:
    ends = rf"(?:^|,) ?(?:[A-Z ]*\b)?(?:{_any_of(rules.crowds)}) ?(?:,|$)"
    starts = rf"^[ ,]*(?:{_any_of(rules.crowd_starts)})\b"
    return f"coalesce(regexp_matches(line, '{ends}') OR regexp_matches(line, '{starts}'), false)"


def _places_sql() -> str:
    """Keys are counted by address first: few come near a crowd, and only they are counted well."""
    return """
        WITH homes AS (SELECT home, count(*) AS records FROM people_lived GROUP BY ALL),
        keyed AS (
            SELECT * FROM (SELECT home, unnest(keys) AS key FROM people_placed)
            WHERE key IS NOT NULL
        ), busy AS (
            SELECT key FROM keyed JOIN homes USING (home)
            GROUP BY key HAVING sum(records) > $crowd
        ), crowded AS (
            SELECT key FROM busy JOIN keyed USING (key) JOIN people_lived USING (home)
            GROUP BY key HAVING count(DISTINCT rid) > $crowd
        ), left_out AS (
            SELECT home FROM keyed JOIN crowded USING (key)
            UNION SELECT home FROM people_placed WHERE crowded
        ), kept AS (
            SELECT home, keys, postcode, town, line
            FROM people_placed ANTI JOIN left_out USING (home)
        ), told AS (
            SELECT home, 'key' AS kind, unnest(keys) AS value FROM kept
            UNION ALL SELECT home, 'postcode', postcode FROM kept
            UNION ALL SELECT home, 'town', town FROM kept
            UNION ALL SELECT home, 'line', line FROM kept
        )
        SELECT home, kind, value FROM told WHERE value IS NOT NULL
    """
