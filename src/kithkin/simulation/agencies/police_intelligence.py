"""Intelligence: graded, unproven, and some of it with nothing behind it. And flags on persons."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.justice_rows import Mask, chance, draw, logit, sent
from kithkin.simulation.agencies.police_company import company
from kithkin.simulation.agencies.seeing import Watch, child_state, living
from kithkin.simulation.agencies.tables import day, ident, person, word
from kithkin.simulation.calendar import Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import TIE_KINDS, Index, Small, Table

CONDITIONS = ("sexual_exploitation", "criminal_exploitation", "serious_violence")
CATEGORIES = (
    "cse", "cce", "county lines", "drugs", "weapons", "firearms", "gang", "robbery", "theft",
    "burglary", "organised crime", "other", "criminal organisation",
)  # fmt: skip
CATEGORY_WEIGHTS = {
    "sexual_exploitation": (0.85, 0.03, 0.02, 0.04, 0, 0, 0.01, 0, 0, 0, 0.01, 0.03, 0.01),
    "criminal_exploitation": (
        0.01,
        0.27,
        0.2,
        0.27,
        0.05,
        0.01,
        0.07,
        0.02,
        0.01,
        0.01,
        0.03,
        0.02,
        0.03,
    ),
    "serious_violence": (0, 0.03, 0.03, 0.12, 0.35, 0.03, 0.23, 0.12, 0.02, 0.01, 0.01, 0.03, 0.02),
    "nothing": (0.1, 0.1, 0.07, 0.27, 0.1, 0.01, 0.1, 0.05, 0.06, 0.05, 0.02, 0.06, 0.01),
}
"""What reports on each condition concern, as positions of CATEGORIES; our proposal."""
GRADES = ("reliable", "untested", "not reliable")
ROLES = ("subject", "suspect", "victim")
ROLE_WEIGHTS = {
    "sexual_exploitation": (0.35, 0.03, 0.62),
    "criminal_exploitation": (0.45, 0.35, 0.2),
    "serious_violence": (0.4, 0.5, 0.1),
    "nothing": (0.5, 0.4, 0.1),
}
"""How reports name a child; exploited children are named as suspects too."""
YOUNG_PEOPLE = (12, 30)
DAYS_IN_MONTH = 28


@dataclass(frozen=True)
class Reports(Table):
    """A row a report and person named. `founded` is the county's truth, and is never sent."""

    report: Index
    """Number of the report; reports name up to five persons."""
    person: Index
    day: Days
    category: Small
    grade: Small
    role: Small
    founded: Mask


def reports(county: County, settings: JusticeSettings, watch: Watch) -> Reports:
    """Give the intelligence of the window, before it is sent."""
    founded = _together([_founded(county, settings, watch, name) for name in CONDITIONS])
    exploiters = _exploiters(county, settings, founded)
    unfounded = _unfounded(county, settings, watch, founded)
    named = _company(county, settings, _together([founded, unfounded], renumber=(1,)))
    return _together([founded, exploiters, unfounded, named], renumber=(2,))


def intelligence_file(county: County, settings: JusticeSettings, found: Reports) -> AgencyFile:
    """Give the reports as police share them: category, reliability, and who is named."""
    rng = county.streams.of("police", "intelligence", "written")
    number = rng.permutation(int(found.report.max(initial=0)) + 1) + 100_000
    delay = settings.police.intelligence.delay_days * county.knobs.delays
    wait = rng.exponential(delay, len(number)).astype(np.int32)
    known = (found.day + wait[found.report]).astype(np.int32)
    columns = [
        ident("report_id", number[found.report], "INT"),
        person("nominal_id", found.person),
        day("reported_on", known),
        word("category", found.category, CATEGORIES),
        word("reliability", found.grade, GRADES),
        word("role", found.role, ROLES),
    ]
    return sent(county, "police", "intelligence", known, columns)


def _together(parts: list[Reports], renumber: tuple[int, ...] = (0, 1, 2)) -> Reports:
    """Put reports together; the parts numbered in `renumber` get numbers after those before."""
    report, last = [], 0
    for place, part in enumerate(parts):
        report.append(part.report + (last if place in renumber else 0))
        last = max(last, int(report[-1].max(initial=-1)) + 1)
    rest = [f.name for f in fields(Reports) if f.name != "report"]
    return Reports(
        np.concatenate(report).astype(np.int32),
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in rest},
    )


# --- with something behind them -------------------------------------------------------------------


def _founded(county: County, settings: JusticeSettings, watch: Watch, name: str) -> Reports:
    rng = county.streams.of("police", "intelligence", name)
    month, child, state = months_in(county, name)
    on = _some_day(county, month, rng)
    who = county.lives.children[child]
    share = np.asarray(settings.police.intelligence.monthly)[state - 1]
    seen = rng.random(len(who), dtype=np.float32) < chance(logit(share) + watch.odds(who, on))
    rows = np.flatnonzero(seen & living(county, who, on))
    return _written(settings, who[rows], on[rows], name, rng)


def months_in(
    county: County, condition: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Give month, child and state of every month of the window that a child spent in a condition."""
    first = county.calendar.first_month
    states = county.lives.child[condition][first:]
    month, child = np.nonzero(states)
    return month + first, child, states[month, child]


def _some_day(county: County, month: npt.NDArray[np.int64], rng: np.random.Generator) -> Days:
    start = county.calendar.month_starts[month]
    return (start + rng.integers(0, DAYS_IN_MONTH, len(month))).astype(np.int32)


def _written(
    settings: JusticeSettings, who: Index, on: Days, name: str, rng: np.random.Generator
) -> Reports:
    founded = name != "nothing"
    how = settings.police.intelligence
    luck = rng.random((3, len(who)), dtype=np.float32)
    grades = how.founded_grades if founded else how.unfounded_grades
    return Reports(
        np.arange(len(who), dtype=np.int32),
        who.astype(np.int32),
        on,
        draw(CATEGORY_WEIGHTS[name], luck[0]).astype(np.int8),
        draw(grades, luck[1]).astype(np.int8),
        draw(ROLE_WEIGHTS[name], luck[2]).astype(np.int8),
        np.full(len(who), founded),
    )


def _exploiters(county: County, settings: JusticeSettings, found: Reports) -> Reports:
    """Give the adults who exploit a child, as far as a report on the child names them too."""
    ties = county.world.ties
    rows = np.flatnonzero(ties.kind == TIE_KINDS.index("exploits"))
    rows = rows[np.argsort(ties.b[rows], kind="stable")]
    luck = county.streams.of("police", "intelligence", "exploiters").random(len(found))
    at = np.searchsorted(ties.b[rows], found.person)
    named = np.zeros(len(found), dtype=bool)
    if len(rows):
        held = rows[np.minimum(at, len(rows) - 1)]
        named = (ties.b[held] == found.person) & (ties.start[held] <= found.day)
        named &= luck < settings.police.intelligence.exploiter_named
    of = np.flatnonzero(named)
    suspect = np.full(len(of), ROLES.index("suspect"), dtype=np.int8)
    who = ties.a[rows[at[of]]].astype(np.int32) if len(of) else np.empty(0, np.int32)
    return Reports(
        found.report[of], who, found.day[of], found.category[of], found.grade[of], suspect,
        found.founded[of],
    )  # fmt: skip


def _company(county: County, settings: JusticeSettings, found: Reports) -> Reports:
    """Give those named beside a child, because they were in its company."""
    rng = county.streams.of("police", "intelligence", "company")
    how = settings.police.intelligence
    row, who = company(county, how, found.person, found.day, CONDITIONS, rng)
    on = found.day[row]
    touched = np.zeros(len(who), dtype=bool)
    for condition in CONDITIONS:
        touched |= child_state(county, condition, who, on) > 0
    role = np.full(len(who), ROLES.index("subject"), dtype=np.int8)
    return Reports(found.report[row], who, on, found.category[row], found.grade[row], role, touched)


# --- with nothing behind them ---------------------------------------------------------------------


def _unfounded(
    county: County, settings: JusticeSettings, watch: Watch, founded: Reports
) -> Reports:
    """Give reports on young people with nothing behind them: friends of others, and anybody."""
    how = settings.police.intelligence
    rng = county.streams.of("police", "intelligence", "nothing")
    count = int(len(founded) * how.unfounded / max(1 - how.unfounded, 0.01))
    near = _friends(county, founded, int(count * how.by_association), rng)
    anybody = _anybody(county, watch, count - len(near), rng)
    who = np.concatenate([near, anybody])
    calendar = county.calendar
    on = rng.integers(calendar.opens, calendar.ends + 1, len(who)).astype(np.int32)
    nothing = living(county, who, on)
    for condition in CONDITIONS:
        nothing &= child_state(county, condition, who, on) == 0
    rows = np.flatnonzero(nothing)
    return _written(settings, who[rows], on[rows], "nothing", rng)


def _friends(county: County, found: Reports, count: int, rng: np.random.Generator) -> Index:
    """Draw friends of people in well-founded reports."""
    ties = county.world.ties
    kin = (ties.kind == TIE_KINDS.index("friend")) | (ties.kind == TIE_KINDS.index("sibling"))
    named = np.zeros(len(county.world.people), dtype=bool)
    named[found.person] = True
    friends = np.concatenate([ties.b[kin & named[ties.a]], ties.a[kin & named[ties.b]]])
    if not len(friends):
        return np.empty(0, dtype=np.int32)
    return friends[rng.integers(0, len(friends), count)].astype(np.int32)


def _anybody(county: County, watch: Watch, count: int, rng: np.random.Generator) -> Index:
    people = county.world.people
    middle = (county.calendar.opens + county.calendar.ends) // 2
    age = whole_years(people.born, middle)
    young = np.flatnonzero((age >= YOUNG_PEOPLE[0]) & (age < YOUNG_PEOPLE[1]))
    if not len(young):
        return np.empty(0, dtype=np.int32)
    on = np.full(len(young), county.calendar.opens, dtype=np.int32)
    often = np.exp(watch.odds(young.astype(np.int32), on) + 0.4 * watch.deprivation[young])
    luck = rng.random(max(count, 0), dtype=np.float32)
    return young[draw(often, luck)].astype(np.int32)
