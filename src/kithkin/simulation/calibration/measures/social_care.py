"""The front door, children in need, protection and care."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import whole_years
from kithkin.simulation.calibration.measures.counting import (
    Count,
    Mask,
    Year,
    between,
    months_open,
    share,
)
from kithkin.simulation.care import (
    ABUSE_CATEGORIES,
    ASSESSMENT_ENDS,
    DECISIONS,
    FACTORS,
    SOURCES,
)
from kithkin.simulation.life import HAPPENINGS
from kithkin.simulation.world import SEXES

SOURCE_GROUPS: Mapping[str, tuple[str, ...]] = {
    "police": ("police",),
    "schools": ("school",),
    "health": ("health_visitor", "hospital", "gp", "other_health"),
    "council": ("council_service", "youth_justice"),
    "individual": ("family", "neighbour", "other_individual"),
    "anonymous": ("anonymous",),
    "housing": ("housing",),
}
"""The published groups of sources. Youth justice counts with the council's services."""

YEAR_OF_DAYS = 365


def contacts(year: Year, _of: str) -> Count:
    """Initial contacts about a child."""
    return year.per_10000_children(int(year.during(year.county.care.contacts.day).sum()))


def contact_decision(year: Year, of: str) -> Count:
    """Contacts of the year with this decision."""
    table = year.county.care.contacts
    return share(table.decision == DECISIONS.index(of), year.during(table.day))


def referrals(year: Year, _of: str) -> Count:
    """Referrals of children."""
    return year.per_10000_children(int(year.during(year.county.care.referrals.day).sum()))


def rereferrals(year: Year, _of: str) -> Count:
    """Referrals within twelve months of the same child's last one."""
    table = year.county.care.referrals
    order = np.lexsort((table.day, table.child))
    child, day = table.child[order], table.day[order]
    again = np.zeros(len(table), dtype=bool)
    again[1:] = (child[1:] == child[:-1]) & (day[1:] - day[:-1] <= YEAR_OF_DAYS)
    return share(again, year.during(day))


def referral_nfa(year: Year, _of: str) -> Count:
    """Referrals with no further action."""
    table = year.county.care.referrals
    return share(table.no_further_action, year.during(table.day))


def not_in_need(year: Year, _of: str) -> Count:
    """Referrals of the year whose assessment found the child not in need."""
    care = year.county.care
    ended = np.isin(care.assessments.ended_as, _ends("no_further_action", "not_in_need"))
    found = np.zeros(len(care.referrals), dtype=bool)
    found[care.assessments.referral[ended & (care.assessments.referral >= 0)]] = True
    return share(found, year.during(care.referrals.day))


def _ends(*names: str) -> list[int]:
    return [ASSESSMENT_ENDS.index(name) for name in names]


def referral_source(year: Year, of: str) -> Count:
    """Referrals from a group of sources."""
    table = year.county.care.referrals
    wanted = [SOURCES.index(source) for source in SOURCE_GROUPS[of]]
    return share(np.isin(table.source, wanted), year.during(table.day))


def referral_month(year: Year, of: str) -> Count:
    """Referrals made in one month of the calendar year."""
    table = year.county.care.referrals
    month = table.day.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12 + 1
    return share(month == int(of), year.during(table.day))


def assessments(year: Year, _of: str) -> Count:
    """Assessments completed."""
    return year.per_10000_children(int(year.during(year.county.care.assessments.end).sum()))


def assessment_days(year: Year, _of: str) -> Count:
    """Median working days, Monday to Friday, from start to end of the assessments completed."""
    table = year.county.care.assessments
    done = year.during(table.end)
    start = table.start[done].astype("datetime64[D]")
    lengths = np.busday_count(start, table.end[done].astype("datetime64[D]"))
    return Count(float(np.median(lengths)) if len(lengths) else np.nan, len(lengths))


def _in_need(year: Year) -> Mask:
    """Say of each referral whether its case is open on the last day, decided as one of need.

    The published count takes in every open case, those awaiting assessment too.
    """
    table = year.county.care.referrals
    return year.open_at_end(table.day, table.closed) & ~table.no_further_action


def in_need(year: Year, _of: str) -> Count:
    """Children with an open case on the last day."""
    cases = year.county.care.referrals.child[_in_need(year)]
    return year.per_10000_children(len(np.unique(cases)))


def in_need_open(year: Year, of: str) -> Count:
    """Open cases by completed months since the referral."""
    days = year.county.care.referrals.day
    return share(between(months_open(days, year.last), of), _in_need(year))


def in_need_aged(year: Year, of: str) -> Count:
    """Open cases by age on the last day; the unborn are in none of the bands."""
    born = year.county.world.people.born[year.county.care.referrals.child]
    ages = whole_years(born, year.last)
    return share(between(ages, of), _in_need(year))


def in_need_male(year: Year, _of: str) -> Count:
    """Open cases of boys."""
    sex = year.county.world.people.sex[year.county.care.referrals.child]
    return share(sex == SEXES.index("M"), _in_need(year))


def need_plans(year: Year, _of: str) -> Count:
    """Children with a child in need plan on the last day."""
    table = year.county.care.plans
    open_ = year.open_at_end(table.start, table.end) & ~table.protection
    return year.per_10000_children(_children_of(year, table.referral[open_]))


def _children_of(year: Year, referral: npt.NDArray[np.int32]) -> int:
    return len(np.unique(year.county.care.referrals.child[referral]))


def enquiries(year: Year, _of: str) -> Count:
    """Section 47 enquiries started."""
    return year.per_10000_children(int(year.during(year.county.care.enquiries.start).sum()))


def conferences(year: Year, _of: str) -> Count:
    """Initial child protection conferences held."""
    return year.per_10000_children(int(year.during(year.county.care.enquiries.conference).sum()))


def protection(year: Year, _of: str) -> Count:
    """Children on a protection plan on the last day."""
    table = year.county.care.plans
    open_ = year.open_at_end(table.start, table.end) & table.protection
    return year.per_10000_children(_children_of(year, table.referral[open_]))


def protection_again(year: Year, _of: str) -> Count:
    """Protection plans begun in the year that are not the child's first."""
    table = year.county.care.plans
    return share(table.previous > 0, year.during(table.start) & table.protection)


def protection_category(year: Year, of: str) -> Count:
    """Protection plans begun in the year under one category of abuse."""
    table = year.county.care.plans
    begun = year.during(table.start) & table.protection
    return share(table.category == ABUSE_CATEGORIES.index(of), begun)


def protection_open(year: Year, of: str) -> Count:
    """Protection plans open on the last day by completed months."""
    table = year.county.care.plans
    open_ = year.open_at_end(table.start, table.end) & table.protection
    return share(between(months_open(table.start, year.last), of), open_)


def factor(year: Year, of: str) -> Count:
    """Assessments completed in the year that found the factor, of those that found any."""
    table = year.county.care.assessments
    found = (table.factors >> FACTORS.index(of)) & 1 == 1
    return share(found, year.during(table.end) & (table.factors != 0) & ~_found_none(table.factors))


def _found_none(factors: npt.NDArray[np.int64]) -> Mask:
    return factors == np.int64(1) << FACTORS.index("21")


def looked_after(year: Year, _of: str) -> Count:
    """Children looked after on the last day."""
    table = year.county.care.care_periods
    open_ = year.open_at_end(table.start, table.end)
    return year.per_10000_children(len(np.unique(table.child[open_])))


def care_starts(year: Year, _of: str) -> Count:
    """Periods of care that began."""
    return year.per_10000_children(int(year.during(year.county.care.care_periods.start).sum()))


def looked_after_missing(year: Year, _of: str) -> Count:
    """Children looked after at some time in the year who went missing in it while in care."""
    table, happenings = year.county.care.care_periods, year.county.happenings
    during = (table.start <= year.last) & (table.end >= year.first)
    kind = happenings.kind == HAPPENINGS.index("missing_from_home")
    gone = kind & year.during(happenings.day) & year.county.care.survives
    went = np.zeros(len(year.county.world.people), dtype=bool)
    went[happenings.child[gone]] = True
    return share(went[np.unique(table.child[during])])


MEASURES: Mapping[str, Callable[[Year, str], Count]] = {
    measure.__name__: measure
    for measure in (
        contacts, contact_decision, referrals, rereferrals, referral_nfa, not_in_need,
        referral_source, referral_month, assessments, assessment_days, in_need, in_need_open,
        in_need_aged, in_need_male, need_plans, enquiries, conferences, protection,
        protection_again, protection_category, protection_open, factor, looked_after, care_starts,
        looked_after_missing,
    )
}  # fmt: skip
