"""Care as an authority's own checks leave it: what the case system would not let a worker record.

Conferences are held on working days, one assessment ends before the next begins, and placements
go with the legal status and the child's age as the rules of the SSDA903 demand. Each change names
the rule of the sector's validators that it keeps.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kithkin.simulation.calendar import NEVER, whole_years
from kithkin.simulation.care import (
    ASSESSMENT_ENDS,
    CARE_ENDS,
    FACTORS,
    LEGAL_STATUSES,
    PLACEMENT_TYPES,
    Assessments,
    Care,
    CarePeriods,
    Enquiries,
    Placements,
    Plans,
)
from kithkin.simulation.sending.case_files.cells import working_day
from kithkin.simulation.sending.case_files.codes import ADOPTED
from kithkin.simulation.world import Index, People

NO_FACTOR, OTHER_FACTOR = (1 << FACTORS.index(code) for code in ("21", "20"))
POLICE_PROTECTION_DAYS = 3  # 72 hours (Children Act 1989, section 46)
RESPONSIBLE_FROM = 10  # the age of criminal responsibility (rule 358)
SEMI_INDEPENDENT_FROM = 16  # unregulated and supported homes take nobody younger


def tidied(care: Care, people: People) -> Care:
    """Give care with what no case system would have accepted put right; every row stays."""
    placements = _placements(care.placements, care.care_periods, people)
    return replace(
        care,
        assessments=_assessments(care.assessments),
        enquiries=_enquiries(care.enquiries),
        plans=_plans(care.plans),
        placements=placements,
        care_periods=_ends(care.care_periods, placements, people),
    )


def _enquiries(table: Enquiries) -> Enquiries:
    """Hold conferences on working days (8875)."""
    held = table.conference != NEVER
    moved = working_day(np.where(held, table.conference, 0).astype(np.int32))
    return replace(table, conference=np.where(held, moved, NEVER).astype(np.int32))


def _plans(table: Plans) -> Plans:
    """Let protection plans begin on the day of their conference, a working day (2885)."""
    start = np.where(table.protection, working_day(table.start), table.start)
    return replace(table, start=np.minimum(start, table.end).astype(np.int32))


def _assessments(table: Assessments) -> Assessments:
    """End each assessment before the next of its referral begins (8863Q).

    Those that led further found something (8873Q).
    """
    order = np.lexsort((table.start, table.referral))
    same = np.append(np.diff(table.referral[order]) == 0, False)[: len(order)]
    following = np.append(table.start[order][1:], NEVER)[: len(order)]
    limit = np.where(same & (following > table.start[order]), following - 1, NEVER)
    end = table.end.copy()
    end[order] = np.minimum(end[order], limit)
    further = table.ended_as > ASSESSMENT_ENDS.index("step_down")
    factors = np.where(further & (table.factors == NO_FACTOR), OTHER_FACTOR, table.factors)
    return replace(table, end=end.astype(np.int32), factors=factors)


def _placements(table: Placements, periods: CarePeriods, people: People) -> Placements:
    """Fit legal status and kind of placement to one another and to the child's age.

    Police protection is short (361), nobody is with parents under section 20 (378), nor
    semi-independent as a child (371); adoption needs its order (408) and its placement (390);
    nobody is remanded below ten (358).
    """
    kind, legal = table.kind.copy(), table.legal.copy()
    protected = legal == LEGAL_STATUSES.index("L1")
    legal[protected & (table.end - table.start > POLICE_PROTECTION_DAYS)] = LEGAL_STATUSES.index(
        "C1"
    )
    adopted = np.isin(periods.ended_as, [CARE_ENDS.index(each) for each in ADOPTED])
    kind[_last(table, periods)[adopted]] = PLACEMENT_TYPES.index("A6")
    legal[kind == PLACEMENT_TYPES.index("A6")] = LEGAL_STATUSES.index("E1")
    age = whole_years(people.born[periods.child[table.care]], table.start)
    remanded = legal == LEGAL_STATUSES.index("J1")
    legal[remanded & (age < RESPONSIBLE_FROM)] = LEGAL_STATUSES.index("V2")
    accommodated = legal == LEGAL_STATUSES.index("V2")
    kind[(kind == PLACEMENT_TYPES.index("P1")) & accommodated] = PLACEMENT_TYPES.index("U3")
    young = (kind == PLACEMENT_TYPES.index("H5")) & (age < SEMI_INDEPENDENT_FROM)
    kind[young] = PLACEMENT_TYPES.index("U6")
    return replace(table, kind=kind, legal=legal)


def _last(table: Placements, periods: CarePeriods) -> Index:
    """Give the last placement of each period, -1 for none."""
    last = np.full(len(periods), -1, dtype=np.int32)
    order = np.lexsort((table.start, table.care))
    last[table.care[order]] = order
    return last


def _ends(table: CarePeriods, placements: Placements, people: People) -> CarePeriods:
    """Let guardians who fostered the child be those of the last placement (516).

    Nobody moves into independence as a child (387).
    """
    last = np.append(placements.kind, -1)[_last(placements, table)]
    guardians = np.isin(table.ended_as, [CARE_ENDS.index("E45"), CARE_ENDS.index("E46")])
    fitting = np.select(
        [_is(last, "U1", "U3"), _is(last, "U4", "U6")],
        [CARE_ENDS.index("E45"), CARE_ENDS.index("E46")],
        CARE_ENDS.index("E13"),
    )
    ended_as = np.where(guardians, fitting, table.ended_as)
    independent = np.isin(ended_as, [CARE_ENDS.index("E5"), CARE_ENDS.index("E6")])
    child = whole_years(people.born[table.child], table.end) < SEMI_INDEPENDENT_FROM
    ended_as = np.where(independent & child, CARE_ENDS.index("E4A"), ended_as)
    return replace(table, ended_as=ended_as.astype(np.int8))


def _is(kinds: Index, *codes: str) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.isin(kinds, [PLACEMENT_TYPES.index(code) for code in codes])
