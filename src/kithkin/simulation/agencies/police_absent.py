"""Missing reports and custody records: spells with a time of day at either end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.justice_rows import MINUTES, Mask, minute, sent, within
from kithkin.simulation.agencies.police_occurrence_files import OCCURRENCE, occurrence_number
from kithkin.simulation.agencies.police_people import ADULT_FROM
from kithkin.simulation.agencies.police_recorded import Recorded
from kithkin.simulation.agencies.seeing import YEAR, child_state, living
from kithkin.simulation.agencies.tables import ident, number, person, word, yes_no
from kithkin.simulation.calendar import Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.life import HAPPENINGS
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import Index, Small

RISKS = ("no apparent risk", "low", "medium", "high")
EVENING = (16 * 60, 6 * 60)
"""Minutes of the day of which most go missing: about four in the afternoon, give or take six hours."""
WEAPON_CODES = ("10A", "10B", "10C", "10D", "90")
YOUNG = 16


@dataclass(frozen=True)
class Absent:
    """A row a missing report."""

    person: Index
    day: Days
    severity: Small
    exploited: Small
    """True level of exploitation that month, 0 to 3."""


def missing_reports(county: County, settings: JusticeSettings, recorded: Recorded) -> Absent:
    """Give the missing reports of the window: of children, and of some adults."""
    seen = recorded.learnt.seen
    ours = seen.kind == HAPPENINGS.index("missing_from_home")
    rows = np.flatnonzero(ours & within(seen.day, county))
    child, on = seen.person[rows], seen.day[rows]
    sexual = child_state(county, "sexual_exploitation", child, on)
    criminal = child_state(county, "criminal_exploitation", child, on)
    adult, when = _adults(county, settings)
    rng = county.streams.of("police", "missing adults", "severity")
    return Absent(
        np.concatenate([child, adult]),
        np.concatenate([on, when]),
        np.concatenate([seen.severity[rows], rng.integers(1, 6, len(adult)).astype(np.int8)]),
        np.concatenate([np.maximum(sexual, criminal), np.zeros(len(adult), np.int8)]),
    )


def _adults(county: County, settings: JusticeSettings) -> tuple[Index, Days]:
    rng = county.streams.of("police", "missing adults")
    calendar, born = county.calendar, county.world.people.born
    years = (calendar.ends - calendar.opens + 1) / YEAR
    grown = np.flatnonzero(whole_years(born, calendar.opens) >= ADULT_FROM)
    count = rng.poisson(settings.police.missing.adults_per_1000 * len(grown) / 1000 * years)
    count = count if len(grown) else 0
    who = grown[rng.integers(0, max(len(grown), 1), count)].astype(np.int32)
    on = rng.integers(calendar.opens, calendar.ends + 1, count).astype(np.int32)
    here = living(county, who, on)
    return who[here], on[here]


def missing_file(county: County, settings: JusticeSettings, absent: Absent) -> AgencyFile:
    """Give the missing reports, with times, risk and answers on return."""
    rng = county.streams.of("police", "missing")
    how, rows = settings.police.missing, len(absent.person)
    left = absent.day.astype(np.int64) * MINUTES + _time(rng, rows)
    waited = rng.exponential(how.hours_until_report, rows) * 60 * county.knobs.delays
    median = np.asarray(how.median_hours)[absent.severity - 1]
    away = median * np.exp(rng.normal(0, how.spread, rows)) * 60
    # a report is made while the person is away, or on the return at the latest
    reported = left + np.minimum(waited, away).astype(np.int64)
    returned = left + away.astype(np.int64)
    answers = np.where(
        absent.exploited > 0,
        how.exploitation_answers * absent.exploited,
        how.exploitation_answers_none,
    )
    far = np.where(absent.exploited > 1, how.out_of_area_exploited, how.out_of_area)
    back = returned < (county.calendar.ends + 1) * MINUTES
    columns = [
        person("nominal_id", absent.person),
        minute("missing_from", left),
        minute("reported_at", reported),
        minute("returned_at", returned),
        word("risk_level", _risk(county, absent, rng), RISKS),
        yes_no("found_out_of_area", (rng.random(rows) < far) & back),
        number("exploitation_answers", rng.poisson(answers)),
        number("other_answers", rng.poisson(how.other_answers, rows)),
    ]
    known = (reported // MINUTES).astype(np.int32)
    return sent(county, "police", "missing", known, columns, ("missing_id", "MP"))


def _time(rng: np.random.Generator, rows: int) -> npt.NDArray[np.int64]:
    middle, spread = EVENING
    return np.clip(rng.normal(middle, spread, rows), 0, MINUTES - 1).astype(np.int64)


def _risk(county: County, absent: Absent, rng: np.random.Generator) -> npt.NDArray[np.int8]:
    """Grade by what was known at the time: severity, youth, and luck; seldom no apparent risk."""
    young = whole_years(county.world.people.born[absent.person], absent.day) < YOUNG
    looked = 0.45 * absent.severity + 0.4 * young + rng.normal(0.5, 0.6, len(absent.person))
    return np.clip(np.round(looked), 0, len(RISKS) - 1).astype(np.int8)


def custody_file(county: County, settings: JusticeSettings, recorded: Recorded) -> AgencyFile:
    """Give the custody records of suspects who were arrested."""
    people, table = recorded.involved, recorded.occurrences
    rows = np.flatnonzero(people.arrested)
    of = people.occurrence[rows]
    rng = county.streams.of("police", "custody")
    arrived = table.known[of].astype(np.int64) * MINUTES + rng.integers(0, MINUTES, len(rows))
    hours = settings.police.custody_hours * np.exp(rng.normal(0, 0.5, len(rows)))
    released = arrived + np.minimum(hours, 96).astype(np.float64) * 60
    columns = [
        person("nominal_id", people.person[rows]),
        minute("arrived_at", arrived),
        minute("released_at", released.astype(np.int64)),
        number("risk_answers", rng.poisson(settings.police.custody_risk_answers, len(rows))),
        yes_no("weapon_found", weapon_offence(recorded, of) & (rng.random(len(rows)) < 0.9)),
        ident("occurrence_id", occurrence_number(of), OCCURRENCE),
    ]
    return sent(county, "police", "custody", table.known[of], columns, ("custody_id", "CU"))


def weapon_offence(recorded: Recorded, of: Index) -> Mask:
    """Say which occurrences, by row, were of carrying a weapon."""
    codes = recorded.learnt.offences.codes
    weapons = np.array([code in WEAPON_CODES for code in codes], dtype=bool)
    code = recorded.occurrences.code[of]
    return np.where(code >= 0, weapons[code], False)


def often_missing(absent: Absent, reports: int) -> tuple[Index, Days]:
    """Give who had this many reports within ninety days, and the day of the one that made it so."""
    order = np.lexsort((absent.day, absent.person))
    who, on = absent.person[order], absent.day[order]
    if len(who) < reports:
        return np.empty(0, np.int32), np.empty(0, np.int32)
    earlier, later = slice(None, len(who) - reports + 1), slice(reports - 1, None)
    met = (who[earlier] == who[later]) & (on[later] - on[earlier] < 90)
    people, first = np.unique(who[later][met], return_index=True)
    return people, on[later][met][first]
