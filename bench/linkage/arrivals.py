"""What comes between two runs: one record looked up, and a batch added, on a simulated county.

`python -m bench.linkage.arrivals --records 1000000` links all records but a batch and keeps what
later runs go on from; looks records up one by one, as they are written and with less and less
said; then adds the batch, and links all anew to compare time and answer. The start of Python,
imports and what is compiled on first use are left out.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from bench.linkage.registers import TABLES, write_registers

from kithkin.people import Before, PeopleTables, build_people
from kithkin.people.arriving import (
    Arrival,
    ArrivingAddress,
    PersonMatcher,
    add_batch,
    build_and_keep,
)
from kithkin.people.identity import PersonIndex
from kithkin.people.rules import linkage_rules

WARM = 2_000  # records of the small county on which compiled code is loaded
FIRST = 20  # look-ups that are not counted: the file's pages come into memory

KINDS: dict[str, Callable[[Arrival], Arrival]] = {
    "all that is written": lambda said: said,
    "no date of birth, no numbers": lambda said: replace(said, date_of_birth=None, numbers=()),
    "forename and surname alone": lambda said: Arrival(said.forename, said.surname),
}


def main() -> None:
    """Print what a look-up and a batch take."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--records", type=int, default=1_000_000)
    words.add_argument("--batch", type=int, default=1_000, help="records that arrive together")
    words.add_argument("--lookups", type=int, default=300, help="records looked up, of each kind")
    words.add_argument("--folder", help="where to work; a temporary folder without it")
    words.add_argument("--json", action="store_true")
    given = words.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        told = measure(Path(name), given.records, given.batch, given.lookups)
    print(json.dumps(told) if given.json else "\n".join(lines(told)))


def measure(folder: Path, records: int, batch: int, lookups: int) -> dict[str, Any]:
    """Do everything once in an empty folder; give times in seconds, look-ups in milliseconds."""
    _warm(folder / "warm")
    county, kept = folder / "county", folder / "kept"
    for place in (county, kept):
        place.mkdir()
    made = write_registers(county, records)
    first = build_and_keep(_opened(county, made, batch), kept)
    before = Before(PersonIndex(first.person_index, first.person_lineage), first.model)
    said = _arrivals(_opened(county, made, 0), lookups + FIRST)
    matcher = PersonMatcher.open(kept, first.model, linkage_rules())
    told = {kind: _looked_up(matcher, map(less, said)) for kind, less in KINDS.items()}
    added, by_batch = _timed(lambda say: add_batch(
        _opened(county, made, 0), kept, before=before, progress=say))  # fmt: skip
    full, anew = _timed(lambda say: build_people(
        _opened(county, made, 0), before=before, progress=say))  # fmt: skip
    return {
        "records": made,
        "batch": batch,
        "lookups": told,
        "batch_seconds": by_batch,
        "full_seconds": anew,
        "same": all(
            ours.data.equals(theirs.data)
            for ours, theirs in zip(added.tables(), full.tables(), strict=True)
        ),
    }


def lines(told: dict[str, Any]) -> list[str]:
    """Give the tables as lines."""
    answer = "the same" if told["same"] else "DIFFERENT"
    batch, anew = told["batch_seconds"], told["full_seconds"]
    return [
        f"{told['records']:,} person records; one is looked up that says",
        "",
        "| what | middle ms | slowest of 20 ms |",
        "| --- | --- | --- |",
        *(f"| {kind} | {p50:.1f} | {p95:.1f} |" for kind, (p50, p95) in told["lookups"].items()),
        "",
        f"{told['batch']:,} of them added to the others; the answer is {answer}",
        "",
        "| stage | batch s | processor s | all anew s | processor s |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {stage} | {batch[stage][0]:.1f} | {batch[stage][1]:.1f}"
            f" | {anew[stage][0]:.1f} | {anew[stage][1]:.1f} |"
            for stage in batch
        ),
    ]


def _warm(folder: Path) -> None:
    """Load compiled code on a small county."""
    folder.mkdir()
    made = write_registers(folder, WARM)
    people = build_and_keep(_opened(folder, made, 10), folder)
    before = Before(PersonIndex(people.person_index, people.person_lineage), people.model)
    add_batch(_opened(folder, made, 0), folder, before=before)


def _opened(folder: Path, records: int, without: int) -> duckdb.DuckDBPyConnection:
    """Open the source tables without some records, spread over all sources."""
    con = duckdb.connect()
    for name in TABLES:
        con.execute(f"CREATE VIEW {name} AS FROM '{folder / name}.parquet'")
    if without:
        every = max(1, records // without)
        con.execute(f"""
            CREATE TEMP TABLE arriving AS SELECT source, record_id FROM (
                SELECT source, record_id, row_number() OVER (ORDER BY source, record_id) AS turn
                FROM '{folder / "person_record"}.parquet'
            ) WHERE turn % {every} = 0 LIMIT {without}
        """)
        con.execute(f"""
            CREATE OR REPLACE VIEW person_record AS FROM '{folder / "person_record"}.parquet'
            ANTI JOIN arriving USING (source, record_id)
        """)
    return con


def _arrivals(con: duckdb.DuckDBPyConnection, count: int) -> list[Arrival]:
    """Give records as they are written, spread over all sources."""
    rows = con.sql(f"""
        WITH chosen AS (
            SELECT *, row_number() OVER (ORDER BY hash(source, record_id)) AS turn FROM person_record
        ), lived AS (
            SELECT source, record_id, any_value(struct_pack(line, town, postcode, uprn)) AS place
            FROM (FROM residence SEMI JOIN (FROM chosen WHERE turn <= {count})
                  USING (source, record_id))
            JOIN (SELECT address_id, line, town, postcode, uprn FROM address) USING (address_id)
            GROUP BY ALL
        ), held AS (
            SELECT source, record_id, list([scheme, value] ORDER BY scheme, value) AS numbers
            FROM identifier WHERE value IS NOT NULL GROUP BY ALL
        )
        SELECT forename, surname, date_of_birth, sex, agency, place, numbers
        FROM chosen LEFT JOIN lived USING (source, record_id)
        LEFT JOIN held USING (source, record_id) WHERE turn <= {count} ORDER BY turn
    """).to_arrow_table().to_pylist()  # fmt: skip
    return [_arrival(row) for row in rows]


def _arrival(row: dict[str, Any]) -> Arrival:
    place, numbers = row.pop("place"), row.pop("numbers") or []
    homes = (ArrivingAddress(**place),) if place else ()
    return Arrival(**row, addresses=homes, numbers=tuple((one, two) for one, two in numbers))


def _looked_up(matcher: PersonMatcher, said: Iterator[Arrival]) -> tuple[float, float]:
    """Give the time in milliseconds of the middle look-up, and of the slowest of twenty."""
    taken = []
    for one in said:
        began = time.perf_counter()
        matcher.candidates(one)
        taken.append(1000 * (time.perf_counter() - began))
    p50, p95 = np.percentile(taken[FIRST:], [50, 95])
    return float(p50), float(p95)


Seconds = dict[str, tuple[float, float]]


def _timed(
    run: Callable[[Callable[[str], None]], PeopleTables],
) -> tuple[PeopleTables, Seconds]:
    """Give the clock's and the processor's seconds of each stage, and of all."""
    marks: list[tuple[str, float, float]] = []

    def say(stage: str) -> None:
        marks.append((stage, time.perf_counter(), time.process_time()))

    say("opening files")
    people = run(say)
    say("all")
    spent = {
        one[0]: (other[1] - one[1], other[2] - one[2]) for one, other in itertools.pairwise(marks)
    }
    return people, spent | {"all": (marks[-1][1] - marks[0][1], marks[-1][2] - marks[0][2])}


if __name__ == "__main__":
    main()
