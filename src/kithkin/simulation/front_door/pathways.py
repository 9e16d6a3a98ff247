"""What follows a referral: assessment, enquiry, conference, plan, care, and when it is closed.

Every chance comes from draws made beforehand, one row a candidate, so that the same contact would
take the same way in another world.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.care import ABUSE_CATEGORIES, ASSESSMENT_ENDS, CARE_ENDS
from kithkin.simulation.front_door.arithmetic import (
    after_working_days,
    chance,
    lognormal_days,
    offset_for,
    pick,
    weights_of,
)
from kithkin.simulation.front_door.draws import Draws
from kithkin.simulation.settings.front_door import Pathway
from kithkin.simulation.world import Float, Index, Small

DAYS_OF_EARLY_YEARS, DAYS_TO_SIX, DAYS_TO_SIXTEEN = 730, 2192, 5844
DAYS_TO_TWENTY_ONE = 7670
ADOPTED, SPECIAL_GUARDIANSHIP = ("E11", "E12"), ("E45", "E46")


@dataclass(frozen=True)
class Cases:
    """What decides the way of a referral: one row each."""

    day: Days
    until: Days
    """The last day on which the child can be helped here: eighteenth birthday, death or move."""
    gravity: Float
    """Log odds of escalation, before the offset."""
    need: Small
    disabled: npt.NDArray[np.bool_]
    age_days: Index
    gone: Days
    """The day of death or of moving away, however old; NEVER for those who stay."""


@dataclass(frozen=True)
class Offsets:
    """Declared one-step offsets, settled before the first month (see `settle_offsets`)."""

    enquiry: float
    open_enquiry: float
    care: float
    open_care: float
    not_in_need: float


@dataclass(frozen=True)
class Paths:
    """The way of each referral; NEVER where a step is not taken."""

    no_further_action: npt.NDArray[np.bool_]
    assessed: Days
    """Last day of the assessment."""
    ended_as: Small
    enquiry: Days
    enquiry_end: Days
    conference: Days
    plan: Days
    plan_end: Days
    category: Small
    latest_category: Small
    in_need: Days
    in_need_end: Days
    care: Days
    care_end: Days
    care_ended_as: Small
    closed: Days
    reason: Small
    substantiated: npt.NDArray[np.bool_]


Row = TypeVar("Row", Paths, Cases)


def some(table: Row, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Row:
    """Give some of the rows."""
    return type(table)(**{name: values[rows] for name, values in vars(table).items()})


def gravity(
    need: Small, hidden: Float, severity: Small, age_days: Index, light: Float, settings: Pathway
) -> Float:
    """Give the log odds, up to an offset, that a case proves grave."""
    odds = (
        settings.by_need * (need - 2.0)
        + settings.by_hidden * hidden
        + settings.by_severity * (severity - 2.0)
        + settings.early_years * (age_days < DAYS_OF_EARLY_YEARS)
        + settings.noise * light
    )
    return odds.astype(np.float32)


def settle_offsets(gravity: Float, need: Small, settings: Pathway) -> Offsets:
    """Set each offset once, so that the published shares hold among likely referrals."""
    rest = 1 - settings.no_further_action - settings.enquiry
    return Offsets(
        enquiry=offset_for(gravity, settings.enquiry),
        open_enquiry=offset_for(gravity, settings.open_enquiry),
        care=offset_for(gravity, settings.care),
        open_care=offset_for(gravity, settings.open_care),
        not_in_need=offset_for(-settings.by_need * need.astype(float), settings.not_in_need / rest),
    )


def follow(
    cases: Cases, draws: Draws, offsets: Offsets, settings: Pathway, opened: bool = False
) -> Paths:
    """Follow each case to its end.

    `opened` is for a case that was open already: there is neither a decision to do nothing nor an
    end as not in need, and the chances are those of contacts about open cases.
    """
    u = draws.uniform
    enquired = u["enquiry"] < chance(
        cases.gravity + (offsets.open_enquiry if opened else offsets.enquiry)
    )
    cared = u["care"] < chance(cases.gravity + (offsets.open_care if opened else offsets.care))
    plain = ~enquired & ~cared & (not opened)
    nothing = plain & (u["no_action"] < settings.no_further_action / (1 - settings.enquiry))
    need_odds = -settings.by_need * cases.need.astype(np.float64) + offsets.not_in_need
    not_in_need = plain & ~nothing & (u["in_need"] < chance(need_odds))
    return _dates(cases, draws, settings, enquired, cared, nothing, not_in_need, opened)


def _dates(
    cases: Cases,
    draws: Draws,
    settings: Pathway,
    enquired: npt.NDArray[np.bool_],
    cared: npt.NDArray[np.bool_],
    nothing: npt.NDArray[np.bool_],
    not_in_need: npt.NDArray[np.bool_],
    opened: bool,
) -> Paths:
    u, day = draws.uniform, cases.day
    working = np.interp(u["assessment"], settings.assessment_quantiles, settings.assessment_days)
    assessed = after_working_days(day, working.astype(np.int32))
    enquiry = _if(enquired, day + (8 * u["waits"] ** 2).astype(np.int32))
    enquiry_end = _if(enquired, enquiry + 3 + (10 * u["assessment"]).astype(np.int32))
    share = settings.conference_after_open if opened else settings.conference
    meets = enquired & (u["conference"] < share)
    wait = (settings.conference_days * (0.45 + u["substantiated"])).astype(np.int32)
    conference = _if(meets, enquiry_end + wait // 2)
    planned = meets & (u["plan"] < settings.plan_after_conference)
    plan = _if(planned, conference)
    plan_end = _if(
        planned,
        plan
        + lognormal_days(
            settings.protection_median, settings.protection_spread, draws.normal["protection"]
        ),
    )
    care = _if(cared, day + (45 * u["waits"] ** 2).astype(np.int32))
    care = np.maximum(care, day - cases.age_days).astype(np.int32)  # nobody is in care unborn
    care_end = _if(cared, care + _care_days(draws, settings))
    helped = ~nothing & ~not_in_need
    return _closing(
        cases, draws, settings, nothing, not_in_need, helped, assessed, enquiry, enquiry_end,
        conference, plan, plan_end, care, care_end,
    )  # fmt: skip


def _if(which: npt.NDArray[np.bool_], days: npt.NDArray[np.int32]) -> Days:
    return np.where(which, days, NEVER).astype(np.int32)


def _care_days(draws: Draws, settings: Pathway) -> npt.NDArray[np.int32]:
    short = draws.uniform["care_length"] < settings.care_short_share
    normal = draws.normal["care"]
    return np.where(
        short,
        lognormal_days(settings.care_short_median, settings.care_spread, normal),
        lognormal_days(settings.care_long_median, settings.care_spread, normal),
    ).astype(np.int32)


def _in_need_days(cases: Cases, draws: Draws, settings: Pathway) -> npt.NDArray[np.int32]:
    share = np.where(cases.disabled, settings.long_share_disabled, settings.long_share)
    normal = draws.normal["in_need"]
    return np.where(
        draws.uniform["long"] < share,
        lognormal_days(settings.long_median, settings.long_spread, normal),
        lognormal_days(settings.in_need_median, settings.in_need_spread, normal),
    ).astype(np.int32)


def _closing(
    cases: Cases, draws: Draws, settings: Pathway, nothing: npt.NDArray[np.bool_],
    not_in_need: npt.NDArray[np.bool_], helped: npt.NDArray[np.bool_], assessed: Days,
    enquiry: Days, enquiry_end: Days, conference: Days, plan: Days, plan_end: Days, care: Days,
    care_end: Days,
) -> Paths:  # fmt: skip
    u, planned, cared = draws.uniform, plan != NEVER, care != NEVER
    longer = _in_need_days(cases, draws, settings)
    after = assessed + longer
    after = np.where(planned, plan_end + (settings.after_protection * u["long"]).astype(int), after)
    after = np.where(cared, np.maximum(np.where(planned, plan_end, 0), care_end), after)
    closed = np.where(nothing, cases.day, np.where(not_in_need, assessed, after))
    ended_early = closed >= cases.until
    closed = np.minimum(closed, np.maximum(cases.until, cases.day)).astype(np.int32)
    leaves = (care < closed) & (care_end >= cases.until)
    written = helped & ~planned & ~cared & (u["written"] < settings.plan_in_need)
    in_need = _if(written, assessed + 3)
    after_plan = planned & ~cared
    in_need = np.where(after_plan, plan_end + 1, in_need).astype(np.int32)
    reason, care_ended_as = _reasons(cases, draws, settings, nothing, not_in_need, cared, care_end)
    ended = (plan, conference, enquiry, care, in_need)
    plan, conference, enquiry, care, in_need = (_not_after(days, closed) for days in ended)
    category = pick(weights_of(settings.categories, ABUSE_CATEGORIES), u["category"])
    differs = u["latest"] < settings.latest_category_differs
    other = pick(weights_of(settings.categories, ABUSE_CATEGORIES), u["latest"] / 0.07 % 1)
    return Paths(
        no_further_action=nothing,
        assessed=np.where(nothing, NEVER, np.minimum(assessed, closed)).astype(np.int32),
        ended_as=_assessment_ends(nothing, not_in_need, enquiry, u["step_down"], settings),
        enquiry=enquiry,
        enquiry_end=_end(enquiry, enquiry_end, closed),
        conference=conference,
        plan=plan,
        plan_end=_end(plan, plan_end, closed),
        category=category,
        latest_category=np.where(differs, other, category).astype(np.int8),
        in_need=in_need,
        in_need_end=_end(in_need, closed, closed),
        care=care,
        care_end=_end(care, care_end, closed),
        care_ended_as=care_ended_as,
        closed=np.where(leaves, after_care(cases, u["written"], settings), closed).astype(np.int32),
        reason=np.where(ended_early & helped, np.where(cases.disabled, 5, 6), reason).astype(
            np.int8
        ),
        substantiated=u["substantiated"] < np.where(planned, 1.0, 0.45),
    )


def after_care(cases: Cases, uniform: Float, settings: Pathway) -> Days:
    """Give the day on which the case of one who leaves care at eighteen is closed.

    A care leaver is owed an adviser until 21 at least (Children Act 1989, section 23C), and is
    counted as in need while so supported; some are out of touch before that.
    """
    twenty_one = cases.day - cases.age_days + DAYS_TO_TWENTY_ONE
    stays = np.minimum(uniform / (1 - settings.leavers_until_21), 1)
    last = cases.until + stays * (twenty_one - cases.until)
    return np.maximum(np.minimum(last, cases.gone), cases.until).astype(np.int32)


def _not_after(days: Days, closed: Days) -> Days:
    return np.where(days < closed, days, NEVER).astype(np.int32)


def _end(start: Days, end: Days, closed: Days) -> Days:
    return np.where(start == NEVER, NEVER, np.minimum(end, closed)).astype(np.int32)


def _assessment_ends(
    nothing: npt.NDArray[np.bool_],
    not_in_need: npt.NDArray[np.bool_],
    enquiry: Days,
    step_down: Float,
    settings: Pathway,
) -> Small:
    words = {word: code for code, word in enumerate(ASSESSMENT_ENDS)}
    lower = step_down < settings.step_down_to_early_help
    ended = np.where(lower, words["step_down"], words["not_in_need"])
    ended = np.where(not_in_need, ended, words["in_need"])
    ended = np.where(enquiry != NEVER, words["enquiry"], ended)
    return np.where(nothing, words["no_further_action"], ended).astype(np.int8)


def _reasons(
    cases: Cases,
    draws: Draws,
    settings: Pathway,
    nothing: npt.NDArray[np.bool_],
    not_in_need: npt.NDArray[np.bool_],
    cared: npt.NDArray[np.bool_],
    care_end: Days,
) -> tuple[Small, Small]:
    """Give the reason for closing (RC1 is 0) and how a period of care ends."""
    ended_as = _care_ends(cases, draws, settings, care_end)
    lower = draws.uniform["step_down"] < settings.step_down_to_early_help
    reason = np.where(not_in_need, np.where(lower, 8, 7), 6)
    for row, codes in ((0, ADOPTED), (3, SPECIAL_GUARDIANSHIP)):
        of_kind = np.isin(ended_as, [CARE_ENDS.index(code) for code in codes])
        reason = np.where(cared & of_kind & ~nothing, row, reason)
    return reason.astype(np.int8), ended_as


def _care_ends(cases: Cases, draws: Draws, settings: Pathway, care_end: Days) -> Small:
    """Draw how care ends; those who come of age in care leave it for independence or other."""
    age = cases.age_days + (care_end - cases.day).astype(np.int64)
    shares = [
        weights_of(found, CARE_ENDS)
        for found in (settings.care_ends_young, settings.care_ends, settings.care_ends_grown)
    ]
    uniform = draws.uniform["care_end"]
    young, middle, grown = (pick(share, uniform) for share in shares)
    ended = np.where(age < DAYS_TO_SIX, young, middle)
    grown_up = (age >= DAYS_TO_SIXTEEN) | (care_end >= cases.until)
    return np.where(grown_up, grown, ended).astype(np.int8)
