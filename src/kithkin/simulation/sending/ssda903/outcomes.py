"""The return's yearly outcomes: of children in care for a year (OC2), and of care leavers (OC3)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.calendar import NEVER, whole_years
from kithkin.simulation.care import CARE_ENDS, LEGAL_STATUSES
from kithkin.simulation.sending.case_files import CaseFiles
from kithkin.simulation.sending.case_files.cells import (
    Flags,
    as_text,
    days,
    flags,
    only_where,
    weighted,
    whole,
)
from kithkin.simulation.sending.case_files.episodes import Episodes
from kithkin.simulation.sending.case_files.health import (
    Leavers,
    dental_checks,
    draws_for,
    health_assessments,
    immunised,
    leavers,
    questionnaires,
    substance_misuse,
)
from kithkin.simulation.sending.case_files.practice import Occasions
from kithkin.simulation.sending.case_files.spans import months_after
from kithkin.simulation.sending.case_files.years import ReturnYear
from kithkin.simulation.world import Index

UK = "%d/%m/%Y"
REMANDED = LEGAL_STATUSES.index("J1")
CONVICTED_FROM, CHECKED_UNDER = 10, 5  # ages (rules 542 to 546)
SDQ_FROM, SDQ_UNDER = 4, 17  # age at the end, and at the start, of the year (rules 157 to 189)
NO_FORM = "SDQ4"
LEAVER_AGES = (17, 21)
NOT_OWED = [CARE_ENDS.index(each) for each in ("E4A", "E2")]  # gone home, or died


def oc2(files: CaseFiles, year: ReturnYear, episodes: Episodes) -> pa.Table:
    """Give outcomes of children who were looked after throughout the year and still are."""
    periods = files.care.care_periods
    throughout = (periods.start[episodes.care] < year.starts) & (
        periods.end[episodes.care] > year.ends
    )
    child, first = np.unique(episodes.child[throughout], return_index=True)
    care = episodes.care[throughout][first]
    born = files.born(child)
    age, before = whole_years(born, year.ends), whole_years(born, year.starts - 1)
    score = _scores(files, year)[care]
    asked = (age >= SDQ_FROM) & (before < SDQ_UNDER)
    reason = pa.repeat(pa.scalar(NO_FORM), len(child))
    misuse = _in_year(files, year, substance_misuse(files))[care]
    helped = draws_for(files, "substance_help", child) < files.settings.substance_help
    remanded = np.isin(child, episodes.child[_remanded(files, episodes)])
    young = draws_for(files, "health_check", child) < files.settings.health_checks_young
    return pa.table(
        {
            "CHILD": pa.array(files.number(child)),
            "DOB": as_text(days(born), UK),
            "SDQ_SCORE": whole(np.where(asked, score, -1)),
            "SDQ_REASON": only_where(reason, asked & (score < 0)),
            "CONVICTED": only_where(_bit(remanded), age >= CONVICTED_FROM),
            "HEALTH_CHECK": only_where(_bit(young), age < CHECKED_UNDER),
            "IMMUNISATIONS": _bit(immunised(files, child)),
            "TEETH_CHECK": _bit(_in_year(files, year, dental_checks(files))[care]),
            "HEALTH_ASSESSMENT": _bit(_in_year(files, year, health_assessments(files))[care]),
            "SUBSTANCE_MISUSE": _bit(misuse),
            "INTERVENTION_RECEIVED": only_where(_bit(helped), misuse),
            "INTERVENTION_OFFERED": only_where(_bit(~helped), misuse & ~helped),
        }
    )


def _bit(values: Flags) -> pa.Array:
    return flags(values, "1", "0")


def _in_year(files: CaseFiles, year: ReturnYear, checks: Occasions) -> Flags:
    """Say for each period of care if any of the occasions fell in the year."""
    found = np.zeros(len(files.care.care_periods), dtype=bool)
    found[checks.of[year.holds(checks.day)]] = True
    return found


def _scores(files: CaseFiles, year: ReturnYear) -> Index:
    """Give each period's latest score of the year; -1 for none."""
    returned, scores = questionnaires(files)
    found = np.full(len(files.care.care_periods), -1, dtype=np.int32)
    held = year.holds(returned.day)
    found[returned.of[held]] = scores[held]
    return found


def _remanded(files: CaseFiles, episodes: Episodes) -> Flags:
    return np.asarray(files.care.placements.legal[episodes.placement] == REMANDED)


# --- leaving care --------------------------------------------------------------------------------


def care_leavers(files: CaseFiles, year: ReturnYear) -> Leavers:
    """Find those who had left care before the birthday, 17th to 21st, that fell in the year."""
    found = leavers(files)
    born = files.born(found.child)
    age = whole_years(born, year.ends)
    birthday = months_after(born, 12 * age)
    ended_as = files.care.care_periods.ended_as[found.period]
    owed = ~np.isin(ended_as, NOT_OWED)
    kept = (found.left != NEVER) & (found.left < birthday) & owed & year.holds(birthday)
    kept &= (age >= LEAVER_AGES[0]) & (age <= LEAVER_AGES[1])
    return Leavers(found.child[kept], found.period[kept], age[kept], found.left[kept])


def oc3(files: CaseFiles, found: Leavers) -> pa.Table:
    """Give what is known of care leavers around their birthday."""
    settings = files.settings
    touch = weighted(settings.leaver_in_touch, draws_for(files, "leaver_touch", found.child))
    home = weighted(settings.leaver_accommodation, draws_for(files, "leaver_home", found.child))
    with_carers = np.asarray(pc.starts_with(home, "Z")) & (found.age < LEAVER_AGES[0] + 1)
    home = pc.if_else(pa.array(with_carers), "D1", home)  # staying put begins at eighteen
    activity = weighted(settings.leaver_activity, draws_for(files, "leaver_activity", found.child))
    touching = pc.equal(touch, "YES")
    return pa.table(
        {
            "CHILD": pa.array(files.number(found.child)),
            "DOB": as_text(days(files.born(found.child)), UK),
            "IN_TOUCH": touch,
            "ACTIV": pc.if_else(touching, activity, "0"),
            "ACCOM": pc.if_else(touching, home, "0"),
        }
    )
