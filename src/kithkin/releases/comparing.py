"""What changed between two releases: the inputs, the people, and the values, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kithkin.engine import open_duckdb
from kithkin.releases.pipeline import LEVELS, read_parts
from kithkin.releases.workspace import Release

TABLES = ("person_record", "event", "event_person", "finding", "set_aside", "person", "family")
PEOPLE = {"person": "person_key", "family": "family_key"}


@dataclass(frozen=True)
class ValueChange:
    """One indicator of one person or family, before and after; None is no value."""

    level: str
    subject: str
    indicator: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Comparison:
    """What moved between two releases; all empty when nothing did."""

    before: str
    after: str
    inputs: tuple[str, ...]
    settings: tuple[str, ...]
    rows: tuple[tuple[str, int, int], ...]  # table, rows before, rows after
    appeared: tuple[tuple[str, str], ...]  # level, id
    gone: tuple[tuple[str, str], ...]
    values: tuple[ValueChange, ...]

    @property
    def identical(self) -> bool:
        """Whether nothing moved."""
        return not (self.inputs or self.settings or self.rows or self.appeared or self.gone
                    or self.values)  # fmt: skip


def compare(before: Release, after: Release) -> Comparison:
    """Say what two releases differ in.

    Persons and families are matched by id: one whose records came together or apart appears
    under the new id and is gone under the old.
    """
    levels = [_compare_level(before, after, level) for level in LEVELS]
    return Comparison(
        before=before.id,
        after=after.id,
        inputs=tuple(_inputs(before.manifest, after.manifest)),
        settings=tuple(_settings(before.manifest, after.manifest)),
        rows=tuple(_rows(before, after)),
        appeared=tuple(item for found in levels for item in found[0]),
        gone=tuple(item for found in levels for item in found[1]),
        values=tuple(item for found in levels for item in found[2]),
    )


def _inputs(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    old, new = _hashes(before), _hashes(after)
    lines = [f"{name}: no longer sent" for name in old if name not in new]
    lines += [f"{name}: new" for name in new if name not in old]
    lines += [f"{name}: changed" for name in old if name in new and old[name] != new[name]]
    return sorted([*lines, *_terms(before, after)])


def _terms(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """Say what feeds.toml says otherwise of a delivery that both have."""
    old, new = _deliveries(before), _deliveries(after)
    for name in old.keys() & new.keys():
        if old[name] != new[name]:
            yield f"{name}: {_short(old[name], new[name])}"


def _deliveries(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the terms of each delivery; its files and mapping are compared as files."""
    left_out = ("source", "extracted_on", "batch_id", "files")
    return {
        f"{entry['source']} of {entry['extracted_on']}": {
            **{key: value for key, value in entry.items() if key not in left_out},
            "options": {k: v for k, v in entry["options"].items() if k != "mapping_sha256"},
        }
        for entry in manifest["inputs"]
    }


def _hashes(manifest: dict[str, Any]) -> dict[str, str]:
    found = {f["name"]: f["sha256"] for entry in manifest["inputs"] for f in entry["files"]}
    return found | {f["name"]: f["sha256"] for f in manifest["supporting"]}


def _settings(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    keys = ("as_of", "history_months", "seed", "policy", "code", "python", "dependencies")
    return [
        f"{key}: {_short(before[key], after[key])}" for key in keys if before[key] != after[key]
    ]


def _short(before: Any, after: Any) -> str:
    if not isinstance(before, dict):
        return f"{before} -> {after}"
    keys = sorted(before.keys() | after.keys())
    return ", ".join(
        f"{key} {before.get(key)} -> {after.get(key)}"
        for key in keys
        if before.get(key) != after.get(key)
    )


def _rows(before: Release, after: Release) -> list[tuple[str, int, int]]:
    counts = [(name, _count(before, name), _count(after, name)) for name in TABLES]
    return [row for row in counts if row[1] != row[2]]


def _count(release: Release, name: str) -> int:
    return int(pq.read_metadata(release.table(name)).num_rows)


Level = tuple[list[tuple[str, str]], list[tuple[str, str]], list[ValueChange]]


def _compare_level(before: Release, after: Release, level: str) -> Level:
    with open_duckdb() as con:
        for side, release in (("old", before), ("new", after)):
            con.register(f"{side}_long", _long(release, level))
            con.register(f"{side}_id", pq.read_table(release.table(level), columns=[f"{level}_id"]))
        ids = f"{level}_id"
        appeared = con.sql(f"select {ids} from new_id except select {ids} from old_id order by 1")
        gone = con.sql(f"select {ids} from old_id except select {ids} from new_id order by 1")
        changes = con.sql(f"""
            select coalesce(o.id, n.id), coalesce(o.indicator, n.indicator), o.value, n.value
            from old_long o full join new_long n on o.id = n.id and o.indicator = n.indicator
            where o.value is distinct from n.value
              and coalesce(o.id, n.id) in (select {ids} from old_id)
              and coalesce(o.id, n.id) in (select {ids} from new_id)
            order by 1, 2
        """)
        return (
            [(level, row[0]) for row in appeared.fetchall()],
            [(level, row[0]) for row in gone.fetchall()],
            [ValueChange(level, *row) for row in changes.fetchall()],
        )


def _long(release: Release, level: str) -> pa.Table:
    """Give a release's values as rows of id, indicator and value; no value has no row."""
    wide = read_parts(release.folder / "indicator_value" / level)
    people = pq.read_table(release.table(level), columns=[f"{level}_id", PEOPLE[level]])
    codes = [name for name in wide.column_names if name != "subject"]
    if not codes:
        return pa.table({"id": pa.array([], pa.string()), "indicator": pa.array([], pa.string()),
                         "value": pa.array([], pa.float64())})  # fmt: skip
    with open_duckdb() as con:
        con.register("wide", wide)
        con.register("people", people)
        columns = ", ".join(f'"{code}"::double as "{code}"' for code in codes)
        names = ", ".join(f'"{code}"' for code in codes)
        return con.sql(f"""
            select p.{level}_id as id, indicator, value from (
                unpivot (select subject, {columns} from wide) on {names}
                into name indicator value value
            ) join people p on p.{PEOPLE[level]} = subject
        """).to_arrow_table()
