"""From coded parts to contributions: which events count for which components of which themes.

What is stored is a row a person's part in an event that counts for anything, with the *set* of
components that it counts for: weight, gravity and decay follow from the policy and the date, so a
county's contributions are rebuilt from these rows, for one person or for all (`indices.py`).

Every expression here runs alike on DuckDB and Spark.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from kithkin.engine import Engine
from kithkin.indicators.facts import with_derived
from kithkin.indicators.fading import with_fading
from kithkin.policy.themes import Component
from kithkin.scoring.living import GONE
from kithkin.scoring.plan import Plan
from kithkin.scoring.stored import CONTRIBUTIONS, StoredContributions

Table = Any  # an Ibis table; Ibis ships no types that a strict check accepts

COMBINATION = ["kind", "role", "age", "step"]
ORDER = ["subject", "occasion", "event_no", "occurred", "kind", "known", "superseded", "fades_from",
         "counts_for"]  # fmt: skip


def store_contributions(
    engine: Engine,
    parts: Table,
    plan: Plan,
    persons: int,
    target: StoredContributions,
    deaths: pa.Table | None = None,
    occasions: Table | None = None,
) -> int:
    """Find the parts that count for any theme, and store them; gives how many.

    Parameters
    ----------
    parts : a row a part that a person took in an event, as `indicators.parts.code_parts` gives.
    persons : how many persons there are, those without parts included.
    target : gets the rows, sorted by person and day, and what their sets stand for.
    deaths : of whom it is known that they died, as `living.known_deaths` gives it; None: of nobody.
    occasions : of events of groups, `event_no` and `occasion`, as `network.event_occasions` gives
        them; None: each event is its own.

    """
    if _asks_for_derived(plan):
        parts = engine.keep(with_derived(parts, plan.policy), "derived_part")
    asked = with_fading(_of_kinds_asked_for(parts, plan), plan.policy, _kinds(plan))
    rows = _with_step(asked, plan)
    sets, combinations = _sets_by_combination(engine, rows, plan)
    counting = rows.join(engine.table(combinations, "scored_combination"), COMBINATION)
    counting = _with_occasion(counting, occasions)
    ordered = counting.select(CONTRIBUTIONS.names).order_by(ORDER)
    dead = GONE.empty_table() if deaths is None else deaths
    return target.write(engine.batches(ordered), persons, sets, dead)


def _with_occasion(rows: Table, occasions: Table | None) -> Table:
    if occasions is None:
        return rows.mutate(occasion=rows.event_no)
    rows = rows.left_join(occasions, "event_no")
    return rows.mutate(occasion=rows.occasion.fill_null(rows.event_no)).drop("event_no_right")


def _kinds(plan: Plan) -> list[str]:
    return sorted({kind for planned in plan.components for kind in planned.component.kinds})


def _asks_for_derived(plan: Plan) -> bool:
    return any(plan.policy.kinds[kind].derived for kind in _kinds(plan))


def _of_kinds_asked_for(parts: Table, plan: Plan) -> Table:
    return parts.filter(parts.kind.isin([plan.policy.kind_code(kind) for kind in _kinds(plan)]))


def _with_step(parts: Table, plan: Plan) -> Table:
    """Add `step`: how many of the least values that components ask for the value reaches."""
    reached = [(parts.value >= step).ifelse(1, 0) for step in plan.value_steps]
    step = reduce(lambda a, b: a + b, reached, ibis.literal(0))
    return parts.mutate(step=step.cast("int32"))


def _sets_by_combination(
    engine: Engine, rows: Table, plan: Plan
) -> tuple[list[tuple[int, ...]], pa.Table]:
    """Give the sets of components that occur, and which each combination has; none: left out."""
    distinct = engine.arrow(rows.select(COMBINATION).distinct().order_by(COMBINATION))
    columns = {name: distinct[name].to_numpy() for name in COMBINATION}
    satisfied = [_satisfied(plan, planned.component, columns) for planned in plan.components]
    found = [tuple(np.flatnonzero(row).tolist()) for row in np.array(satisfied).T]
    sets = sorted(set(found) - {()})
    number = {chosen: position for position, chosen in enumerate(sets)}
    counts_for = pa.array([number.get(chosen) for chosen in found], pa.int32())
    table = distinct.append_column("counts_for", counts_for)
    return sets, table.filter(table["counts_for"].is_valid())


def _satisfied(plan: Plan, component: Component, columns: dict[str, Any]) -> Any:
    """Say of each combination whether a component counts it."""
    policy = plan.policy
    good = np.isin(columns["kind"], [policy.kind_code(kind) for kind in component.kinds])
    if component.roles:
        good &= np.isin(columns["role"], [policy.role_code(role) for role in component.roles])
    if component.ages is not None:
        youngest, oldest = component.ages
        good &= (columns["age"] >= youngest) & (columns["age"] <= oldest)
    if component.value_at_least:
        least = round(component.value_at_least * 1000)
        good &= columns["step"] > plan.value_steps.index(least)
    return good
