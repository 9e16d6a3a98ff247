"""From the books to the tables of `care`: candidates that did not come drop out, numbers follow."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import NEVER, Calendar, Days
from kithkin.simulation.care import (
    Assessments,
    Care,
    CarePeriods,
    Contacts,
    EarlyHelp,
    Enquiries,
    Outcomes,
    Placements,
    Plans,
    Referrals,
)
from kithkin.simulation.front_door.door import Door, Passed
from kithkin.simulation.front_door.factors import factors_found
from kithkin.simulation.front_door.ledger import Ledger
from kithkin.simulation.front_door.outcomes import Steps
from kithkin.simulation.front_door.placements import place
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import NOBODY, Index, World

A_YEAR = 365
Columns = dict[str, npt.NDArray[Any]]
Rows = npt.NDArray[np.int64]


def steps_taken(ledger: Ledger) -> Steps:
    """Give referrals, and enquiries, protection plans and care, by child and day."""
    referrals = ledger.referrals.columns()
    enquiries, plans, care = (
        book.columns() for book in (ledger.enquiries, ledger.plans, ledger.care)
    )
    protection = plans["protection"]
    return Steps(
        referral_child=referrals["child"],
        referral_day=referrals["day"],
        closed=ledger.closed[: len(referrals["day"])],
        grave_child=np.concatenate(
            [referrals["child"][enquiries["referral"]], plans["child"][protection], care["child"]]
        ),
        grave_day=np.concatenate([enquiries["start"], plans["start"][protection], care["start"]]),
    )


def care_tables(
    world: World,
    door: Door,
    passed: Passed,
    ledger: Ledger,
    steps: Steps,
    outcomes: Outcomes,
    streams: Streams,
) -> Care:
    """Make the tables, as they stand on the last day of the calendar."""
    new_contact = np.cumsum(passed.came) - 1
    order, new_referral = _in_order(ledger.referrals.columns()["day"])
    periods, placements = _care(world, door, ledger, new_referral, streams)
    return Care(
        contacts=_contacts(door, passed, new_referral),
        referrals=_referrals(door, ledger, steps, order, new_contact),
        assessments=_assessments(door, ledger, new_referral, streams),
        enquiries=_enquiries(door.calendar, ledger, new_referral),
        plans=_plans(door, ledger, new_referral, streams),
        care_periods=periods,
        placements=placements,
        early_help=_early_help(door, ledger),
        outcomes=outcomes,
        survives=passed.survives,
        worker_forename=door.workers.forename,
        worker_surname=door.workers.surname,
        worker_team=door.workers.team,
    )


def _in_order(day: Days) -> tuple[Rows, Index]:
    """Give the order by day, and the new number of each row."""
    order = np.argsort(day, kind="stable")
    number = np.empty(len(day) + 1, dtype=np.int32)
    number[order] = np.arange(len(day))
    number[-1] = NOBODY
    return order, number


def _known(days: Days, calendar: Calendar) -> Days:
    """Give NEVER for days after the calendar: they are not yet."""
    return np.where(days > calendar.ends, NEVER, days).astype(np.int32)


def _begun(columns: Columns, calendar: Calendar) -> Columns:
    """Keep what had begun by the last day, in order of days."""
    rows = np.flatnonzero(columns["start"] <= calendar.ends)
    rows = rows[np.argsort(columns["start"][rows], kind="stable")]
    return {name: values[rows] for name, values in columns.items()}


def _contacts(door: Door, passed: Passed, new_referral: Index) -> Contacts:
    c, came = door.candidates, passed.came
    wait = door.draws.uniform["waits"][came] * (1 + door.settings.deciding.decided_within_days)
    return Contacts(
        child=door.lives.children[c.child[came]],
        day=c.day[came],
        source=c.source[came],
        happening=c.happening[came],
        household=c.household[came],
        need=c.need[came],
        shown=c.shown[came],
        worker=door.workers.of_candidate[came],
        decision=passed.decision[came],
        decided=np.minimum(c.day[came] + wait.astype(np.int32), door.calendar.ends),
        referral=new_referral[passed.referral[came]],
    )


def _referrals(
    door: Door, ledger: Ledger, steps: Steps, order: Rows, new_contact: Rows
) -> Referrals:
    columns = {name: values[order] for name, values in ledger.referrals.columns().items()}
    closed = _known(ledger.closed[order], door.calendar)
    contact = columns["contact"]
    contact = np.where(contact == NOBODY, NOBODY, new_contact[np.maximum(contact, 0)])
    grave = np.sort(steps.grave_child.astype(np.int64) * (1 << 20) + steps.grave_day)
    first = columns["child"].astype(np.int64) * (1 << 20) + columns["day"]
    found = np.append(grave, np.iinfo(np.int64).max)[np.searchsorted(grave, first)]
    return Referrals(
        child=door.lives.children[columns["child"]],
        day=columns["day"],
        source=columns["source"],
        contact=contact.astype(np.int32),
        no_further_action=columns["no_further_action"],
        closed=closed,
        reason_closed=np.where(closed == NEVER, -1, ledger.reason[order]).astype(np.int8),
        need=columns["need"],
        worker=columns["worker"],
        escalates=found <= first + A_YEAR,
    )


def _assessments(door: Door, ledger: Ledger, number: Index, streams: Streams) -> Assessments:
    rows = _begun(ledger.assessments.columns(), door.calendar)
    end = _known(rows["end"], door.calendar)
    ended_as = np.where(end == NEVER, -1, rows["ended_as"]).astype(np.int8)
    found = factors_found(
        door.lives, rows["child"], end, door.calendar, door.settings.factors, streams
    )
    return Assessments(
        number[rows["referral"]], rows["start"], end, ended_as, found, rows["worker"]
    )


def _enquiries(calendar: Calendar, ledger: Ledger, number: Index) -> Enquiries:
    rows = _begun(ledger.enquiries.columns(), calendar)
    conference = _known(rows["conference"], calendar)
    return Enquiries(
        referral=number[rows["referral"]],
        start=rows["start"],
        end=_known(rows["end"], calendar),
        conference=conference,
        ended_as=np.where(conference == NEVER, -1, rows["ended_as"]).astype(np.int8),
        substantiated=rows["substantiated"],
    )


def _plans(door: Door, ledger: Ledger, number: Index, streams: Streams) -> Plans:
    calendar, share = door.calendar, door.settings.pathway.earlier_plan
    rows = _one_plan_at_a_time(_begun(ledger.plans.columns(), calendar))
    before = streams.of("front_door", "earlier plan").random(len(door.lives.children)) < share
    earlier = _earlier(rows["child"], rows["start"], rows["protection"])
    earlier += (before[rows["child"]] & rows["protection"]).astype(np.int8)
    return Plans(
        referral=number[rows["referral"]],
        start=rows["start"],
        end=_known(rows["end"], calendar),
        protection=rows["protection"],
        category=rows["category"],
        latest_category=rows["latest_category"],
        previous=earlier,
        worker=rows["worker"],
    )


def _one_plan_at_a_time(rows: Columns) -> Columns:
    """End each plan when the child's next begins; drop what no day is left of."""
    order = np.lexsort((rows["start"], rows["child"]))
    child, start = rows["child"][order], rows["start"][order]
    same = np.append(child[1:] == child[:-1], False)
    following = np.where(same, np.append(start[1:], NEVER), NEVER)
    end = rows["end"].copy()
    end[order] = np.minimum(end[order], following)
    rows = {**rows, "end": end}
    kept = end > rows["start"]
    return {name: values[kept] for name, values in rows.items()}


def _earlier(child: Index, start: Days, which: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """Count the child's earlier rows among `which`; 0 for the others."""
    counts = np.zeros(len(child), dtype=np.int8)
    at = np.flatnonzero(which)
    order = at[np.lexsort((start[at], child[at]))]
    mine = child[order]
    first = np.flatnonzero(np.diff(mine, prepend=-1))
    length = np.diff(np.append(first, len(mine)))
    counts[order] = np.arange(len(mine)) - np.repeat(first, length)
    return counts


def _care(
    world: World, door: Door, ledger: Ledger, number: Index, streams: Streams
) -> tuple[CarePeriods, Placements]:
    rows = _begun(ledger.care.columns(), door.calendar)
    child = door.lives.children[rows["child"]]
    end = _known(rows["end"], door.calendar)
    placements = place(
        world, child, rows["start"], end, rows["unaccompanied"], door.calendar,
        door.settings.placing, streams,
    )  # fmt: skip
    periods = CarePeriods(
        child=child,
        referral=number[rows["referral"]],
        start=rows["start"],
        end=end,
        ended_as=np.where(end == NEVER, -1, rows["ended_as"]).astype(np.int8),
        need=rows["need"],
        unaccompanied=rows["unaccompanied"],
    )
    return periods, placements


def _early_help(door: Door, ledger: Ledger) -> EarlyHelp:
    rows = _begun(ledger.early_help.columns(), door.calendar)
    end = _known(rows["end"], door.calendar)
    return EarlyHelp(
        child=door.lives.children[rows["child"]],
        household=rows["household"],
        start=rows["start"],
        end=end,
        ended_as=np.where(end == NEVER, -1, rows["ended_as"]).astype(np.int8),
        declined=rows["declined"],
        worker=rows["worker"],
    )
