"""A million person records on this machine: Kithkin and plain Splink on the same records.

`python -m bench.linkage.scale --records 1000000` makes a simulated county's registers, links them
with each in a process of its own, and prints seconds, peak memory, precision and recall. Kithkin's
seconds are given stage by stage, opening files included; the start of Python, imports and what
is compiled on first use are left out.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from bench.linkage import plain_splink
from bench.linkage.judging import judge
from bench.linkage.measuring import measured
from bench.linkage.registers import TABLES, write_registers

from kithkin.people import build_people

HOUSEHOLDS = "finding households and families"  # the stage after which nobody is linked
LINKERS = ("kithkin", "splink")
WARM = 2_000  # records of the small county on which compiled code is loaded


def main() -> None:
    """Print the table, or with `--linker` do one linker's part."""
    given = _parsed()
    if given.linker:
        print(json.dumps(_linked(given.linker, Path(given.folder))))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        _report(Path(name), given.records, as_json=given.json)


def _parsed() -> argparse.Namespace:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--records", type=int, default=1_000_000)
    words.add_argument("--folder", help="where to work; a temporary folder without it")
    words.add_argument("--json", action="store_true")
    words.add_argument("--linker", choices=LINKERS, help=argparse.SUPPRESS)
    return words.parse_args()


def _report(folder: Path, records: int, *, as_json: bool) -> None:
    (folder / "warm").mkdir()
    write_registers(folder / "warm", WARM)
    made = write_registers(folder, records)
    answers = {
        linker: measured("bench.linkage.scale", ["--linker", linker, "--folder", str(folder)])
        for linker in LINKERS
    }
    if as_json:
        print(json.dumps({"records": made} | answers))
        return
    print(f"{made:,} person records, two linkers, the same files\n")
    print("\n".join(table(answers)))
    print("\n| stage of Kithkin | seconds | processor s | peak MB so far |")
    print("| --- | --- | --- | --- |")
    for stage in answers["kithkin"]["stages"]:
        print(f"| {stage['stage']} | {stage['seconds']:.1f} | {stage['cpu_seconds']:.1f}"
              f" | {stage['peak_mb']:,} |")  # fmt: skip


def table(answers: dict[str, Any]) -> list[str]:
    """Give the lines of the table: Kithkin to persons, Kithkin with households, plain Splink."""
    ours, plain = answers["kithkin"], answers["splink"]
    to_persons = [stage for stage in ours["stages"] if stage["stage"] != HOUSEHOLDS]
    persons = ours | {
        name: sum(one[name] for one in to_persons) for name in ("seconds", "cpu_seconds")
    }
    persons["peak_mb"] = to_persons[-1]["peak_mb"]
    rows = {
        "Kithkin, to persons with ids": persons,
        "Kithkin, with households and families": ours,
        "plain Splink, to clusters": plain,
    }
    head = "| what | seconds | processor s | times plain Splink | peak MB | precision | recall |"
    return [head, "| --- | --- | --- | --- | --- | --- | --- |"] + [
        f"| {name} | {one['seconds']:.1f} | {one['cpu_seconds']:.1f}"
        f" | {one['cpu_seconds'] / plain['cpu_seconds']:.1f} | {one['peak_mb']:,}"
        f" | {one['precision']:.4f} | {one['recall']:.4f} |"
        for name, one in rows.items()
    ]


def _linked(linker: str, folder: Path) -> dict[str, Any]:
    if linker == "kithkin":
        build_people(_opened(folder / "warm"))
        began = _now()
        stages = _Stages()
        links = build_people(_opened(folder), progress=stages.begin).person_link.data
        told: dict[str, Any] = {"stages": stages.end()}
    else:
        plain_splink.link(folder / "warm")
        began = _now()
        links, told = plain_splink.link(folder), {}
    return told | _took(began) | _judged(links, folder)


def _now() -> tuple[float, float]:
    """Give the clock and the processor time of this process, in seconds."""
    return time.perf_counter(), time.process_time()


def _took(since: tuple[float, float]) -> dict[str, float]:
    clock, processor = _now()
    return {"seconds": clock - since[0], "cpu_seconds": processor - since[1]}


def _opened(folder: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    for name in TABLES:
        con.execute(f"CREATE VIEW {name} AS FROM '{folder / name}.parquet'")
    return con


class _Stages:
    """Times the stages of a build; memory is the most that the process held up to a stage's end."""

    def __init__(self) -> None:
        self.done: list[dict[str, Any]] = []
        self.stage, self.began = "opening files", _now()

    def begin(self, stage: str) -> None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        self.done.append({"stage": self.stage, "peak_mb": peak, **_took(self.began)})
        self.stage, self.began = stage, _now()

    def end(self) -> list[dict[str, Any]]:
        self.begin("")
        return self.done


def _judged(links: pa.Table, folder: Path) -> dict[str, float]:
    """Judge by records whose truth is known: an entry merged by mistake is two people's."""
    truth = pq.read_table(folder / "truth.parquet").to_pandas().dropna()
    both = truth.merge(links.to_pandas()[["source", "record_id", "person_id"]])
    found = judge(pd.factorize(both["person_id"])[0], pd.factorize(both["person"])[0])
    return {"precision": found.precision, "recall": found.recall}


if __name__ == "__main__":
    main()
