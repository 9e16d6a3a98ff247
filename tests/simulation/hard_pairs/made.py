"""A small county with hard pairs or with the groups of the hypotheses, made once."""

from collections import defaultdict
from functools import cache
from typing import Any

from kithkin.simulation import Plan, make_county
from kithkin.simulation.county import County
from kithkin.simulation.hard_pairs import HardTables, make_hard_pairs, make_hypotheses
from kithkin.simulation.settings.whole import Settings

PLAN = Plan(people=300, years=1, seed=5)


@cache
def county() -> tuple[County, Settings]:
    return make_county(PLAN), PLAN.read_settings()


@cache
def hard(seed: int = 1, pairs: int = 200, mistakes: float = 1.0) -> HardTables:
    return make_hard_pairs(*county(), seed=seed, pairs=pairs, mistakes=mistakes)


@cache
def groups(seed: int = 1, size: int = 40, mistakes: float = 1.0) -> HardTables:
    return make_hypotheses(*county(), seed=seed, size=size, mistakes=mistakes)


def rows(made: HardTables, table: str = "person_record") -> dict[tuple[str, str], dict[str, Any]]:
    """The rows of a table by source and record id; the last one where a key has several."""
    return {(row["source"], row["record_id"]): row for row in made.tables[table].to_pylist()}


def people(made: HardTables, hypothesis: str, group: str | None = None) -> dict[str, list[Any]]:
    """By person of a hypothesis, the records that stand for them."""
    records, found = rows(made), defaultdict(list)
    for row in made.truth.to_pylist():
        if row["hypothesis"] == hypothesis and group in (None, row["group"]):
            found[row["person"]].append(records[row["source"], row["record_id"]])
    return dict(found)


def pairs_of(made: HardTables, kind: str) -> list[tuple[list[Any], list[Any]]]:
    """The two people of each hard pair of a kind, each as their records."""
    records, found = rows(made), defaultdict(lambda: defaultdict(list))
    for row in made.truth.to_pylist():
        if row["hypothesis"] == kind:
            record = records[row["source"], row["record_id"]]
            found[row["group"]][row["person"]].append(record)
    return [(one, other) for one, other in (pair.values() for pair in found.values())]


def said(records: list[Any], column: str) -> set[Any]:
    """What the records say in a column, blanks left out."""
    return {record[column] for record in records} - {None}
