"""Episodes that must be seen together: periods of care, and which plan is a child's second."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from kithkin.feeds.ssd.cells import Cells
from kithkin.feeds.ssd.dump import Dump

ADOPTED = frozenset(["E11", "E12"])  # reasons why an episode ceased
CARE_GOES_ON = "X1"  # the episode ceased and another began on the same day


class Held(NamedTuple):
    """A row that waits until the whole table has been read."""

    cells: Cells
    person: str
    started_on: date


@dataclass(frozen=True)
class CareColumns:
    """What a feed calls the columns of an episode of care; "" for one that it lacks."""

    period: str  # what the episodes of one period share
    entered: str  # when the period began
    start_reason: str
    ended: str
    end_reason: str


# --- child protection plans --------------------------------------------------------------------


def number_plans(held: Iterable[Held]) -> Iterable[tuple[Held, int]]:
    """Give each plan with the number of the same child's plans that started before it."""
    plans: dict[str, list[Held]] = defaultdict(list)
    for row in held:
        plans[row.person].append(row)
    for child in plans.values():
        for row in child:
            yield row, sum(other.started_on < row.started_on for other in child)


def put_protection_plan(
    cells: Cells,
    child: str,
    *,
    started_on: date,
    ended_on: date | None,
    previous: float | None,
    initial: str,
    latest: str,
    key: str | None,
) -> None:
    """Put a child protection plan, its categories of abuse, and that it is not the first.

    `initial` and `latest` are the columns of the categories. The latest has no date of its own:
    where it differs from the initial one it counts as known from the extract on.
    """
    sink, row, subject = cells.sink, cells.row, [(child, "subject")]
    group = f"child_protection_plan:{key or f'{sink.name}:{row}'}"
    sink.event(row, "social_care.child_protection_plan.open", started_on, subject, key=key,
               ended_on=ended_on, value=previous, group=group)  # fmt: skip
    if previous:
        sink.event(row, "social_care.child_protection_plan.repeat_start", started_on, subject,
                   key=key, group=group)  # fmt: skip
    first, last = cells.code(initial, "abuse_category"), cells.code(latest, "abuse_category")
    for category in dict.fromkeys(c for c in (first, last) if c):
        kind = f"social_care.child_protection_plan.category.{category.group}"
        known = None if category == first else sink.delivery.extracted_on
        sink.event(row, kind, started_on, subject, key=key, recorded_on=known, group=group)


def _dump_plans(_: Dump, held: Iterable[Held]) -> None:
    for (cells, child, started_on), previous in number_plans(held):
        put_protection_plan(
            cells,
            child,
            started_on=started_on,
            ended_on=cells.last_day("cppl_cp_plan_end_date", started_on),
            previous=previous,
            initial="cppl_cp_plan_initial_category",
            latest="cppl_cp_plan_latest_category",
            key=cells.identifier("cppl_cp_plan_id"),
        )


# --- periods of care ---------------------------------------------------------------------------


def put_care(held: Iterable[Held], columns: CareColumns) -> None:
    """Put periods of care, each made of the episodes that follow on one another.

    The episodes of a period share its id; without one, an episode that starts by the day on
    which the one before it ceased continues its period.
    """
    children: dict[str, list[Held]] = defaultdict(list)
    for row in held:
        children[row.person].append(row)
    for child in children.values():
        for period in _periods(sorted(child, key=lambda row: row.started_on), columns):
            _put_period(period, columns)


def _periods(episodes: Iterable[Held], columns: CareColumns) -> list[list[Held]]:
    periods: list[list[Held]] = []
    for episode in episodes:
        if periods and _continues(periods[-1][-1], episode, columns):
            periods[-1].append(episode)
        else:
            periods.append([episode])
    return periods


def _continues(earlier: Held, later: Held, columns: CareColumns) -> bool:
    ours, theirs = (row.cells.identifier(columns.period) for row in (earlier, later))
    if ours and theirs:
        return ours == theirs
    ended_on = earlier.cells.last_day(columns.ended, earlier.started_on)
    return ended_on is None or later.started_on <= ended_on


def _put_period(period: list[Held], columns: CareColumns) -> None:
    (first, child, started_on), (last, _, last_started) = period[0], period[-1]
    started_on = min(first.day(columns.entered) or started_on, started_on)
    reason = last.code(columns.end_reason, "reason_episode_ceased")
    goes_on = reason is not None and reason.code == CARE_GOES_ON
    why = first.code(columns.start_reason, "reason_new_episode", on=started_on)
    ended_on = None if goes_on else last.last_day(columns.ended, last_started)
    key = first.identifier(columns.period) or f"{child}:{started_on.isoformat()}"
    first.sink.event(first.row, "social_care.looked_after.open", started_on, [(child, "subject")],
                     key=key, ended_on=ended_on, detail=why.code if why else None)  # fmt: skip


def _dump_care(dump: Dump, held: Iterable[Held]) -> None:
    held = list(held)
    for cells, child, _ in held:
        reason = cells.code("clae_cla_episode_ceased_reason", "reason_episode_ceased")
        if reason and reason.code in ADOPTED:
            dump.adopted.add(child)
    put_care(
        held,
        CareColumns(
            period="clae_cla_id",
            entered="clae_entered_care_date",
            start_reason="clae_cla_episode_start_reason",
            ended="clae_cla_episode_ceased_date",
            end_reason="clae_cla_episode_ceased_reason",
        ),
    )


# Reader of a table's rows together, and the column of the date that each row must have.
TOGETHER: Mapping[str, tuple[Callable[[Dump, Iterable[Held]], None], str]] = {
    "protection_plans": (_dump_plans, "cppl_cp_plan_start_date"),
    "care_episodes": (_dump_care, "clae_cla_episode_start_date"),
}
