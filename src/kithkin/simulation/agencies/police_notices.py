"""What police tell others: notices, schools told of domestic incidents, calls, police protection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.justice_rows import Mask, sent, within
from kithkin.simulation.agencies.police_occurrence_files import OCCURRENCE, occurrence_number
from kithkin.simulation.agencies.police_occurrences import GRAVE
from kithkin.simulation.agencies.police_people import ADULT_FROM
from kithkin.simulation.agencies.police_recorded import Recorded
from kithkin.simulation.agencies.police_seen import by_kind, handled, taking_part
from kithkin.simulation.agencies.tables import address, day, ident, person, word
from kithkin.simulation.calendar import NEVER, Days, whole_years
from kithkin.simulation.care import SOURCES
from kithkin.simulation.county import County
from kithkin.simulation.life import HAPPENINGS, PARTS
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import NOBODY, Index, Small

GRADES = ("blue", "green", "amber", "red")
TYPES = ("child", "adult")
CODES = ("concern for safety", "domestic", "child", "other")
SATURDAY = 2
"""Day numbers of Saturdays leave this when divided by seven: 1 January 1970 was a Thursday."""


@dataclass(frozen=True)
class Present:
    """A row a person in something that police saw."""

    seen: Index
    person: Index
    part: Small
    kind: Small
    day: Days
    known: Days
    severity: Small
    age: npt.NDArray[np.int16]


def present(county: County, recorded: Recorded) -> Present:
    """Give everybody in what police saw."""
    seen = recorded.learnt.seen
    rows, of = taking_part(county, seen)
    who = county.participants.person[rows]
    return Present(
        of, who, county.participants.part[rows], seen.kind[of], seen.day[of], seen.known[of],
        seen.severity[of], whole_years(county.world.people.born[who], seen.day[of]),
    )  # fmt: skip


def notice_file(
    county: County, settings: JusticeSettings, recorded: Recorded, there: Present
) -> AgencyFile:
    """Give the notices: behind each contact from police that a happening prompted, and others."""
    backing = _backing(county, recorded)
    others = _others(county, settings, there, backing)
    seen, who, noticed, shared, adult = (
        np.concatenate(parts) for parts in zip(backing, others, strict=True)
    )
    noticed = np.where(noticed < county.calendar.opens, NEVER, noticed)
    grade = _grades(county, settings, recorded.learnt.seen.severity[seen])
    luck = county.streams.of("police", "ungraded").random(len(seen), dtype=np.float32)
    ungraded = luck < settings.police.ungraded
    columns = [
        person("nominal_id", who),
        day("noticed_on", noticed),
        day("shared_on", shared),
        word("notice_type", adult.astype(np.int8), TYPES),
        word("grade", np.where(adult | ungraded, -1, grade), GRADES),
        ident("occurrence_id", occurrence_number(recorded.row_of_seen[seen]), OCCURRENCE),
    ]
    known = np.where(noticed == NEVER, NEVER, shared).astype(np.int32)
    return sent(county, "police", "vulnerability_notice", known, columns, ("notice_id", "PPN"))


Told = tuple[Index, Index, Days, Days, Mask]
"""Row of what was seen, person, day of the concern, day shared, and whether it is of an adult."""


def _backing(county: County, recorded: Recorded) -> Told:
    contacts, seen = county.care.contacts, recorded.learnt.seen
    row_of = np.full(len(county.happenings), NOBODY, dtype=np.int32)
    row_of[seen.happening] = np.arange(len(seen), dtype=np.int32)
    rows = np.flatnonzero((contacts.source == SOURCES.index("police")) & (contacts.happening >= 0))
    rows = rows[row_of[contacts.happening[rows]] >= 0]
    of = row_of[contacts.happening[rows]]
    shared = np.maximum(contacts.day[rows], seen.day[of])
    return of, contacts.child[rows], seen.known[of], shared, np.zeros(len(of), dtype=bool)


def _others(county: County, settings: JusticeSettings, there: Present, backing: Told) -> Told:
    rng = county.streams.of("police", "notice")
    luck = rng.random(len(there.seen), dtype=np.float32)
    child = there.age < ADULT_FROM
    share = by_kind(settings, "notice")[there.kind]
    victim = there.part == PARTS.index("victim")
    domestic = by_kind(settings, "domestic")[there.kind] > 0
    adult_share = np.where(victim & domestic, settings.police.adult_notice, 0)
    told = luck < np.where(child, share, adult_share)
    already = _pair(backing[0], backing[1])
    told &= ~np.isin(_pair(there.seen, there.person), already)
    rows = np.flatnonzero(told)
    wait = rng.exponential(settings.police.notice_days * county.knobs.delays, len(rows))
    shared = (there.known[rows] + wait.astype(np.int32)).astype(np.int32)
    return there.seen[rows], there.person[rows], there.known[rows], shared, ~child[rows]


def _pair(seen: Index, who: Index) -> npt.NDArray[np.int64]:
    return seen.astype(np.int64) << 32 | who.astype(np.int64)


def _grades(county: County, settings: JusticeSettings, severity: Small) -> npt.NDArray[np.int8]:
    """Give positions in GRADES, as an officer saw the severity."""
    rng = county.streams.of("police", "grade")
    noise = rng.normal(0, settings.police.grade_noise, len(severity))
    looked = settings.police.grade_by_severity * severity + noise
    return np.clip(np.round(looked) - 1, 0, len(GRADES) - 1).astype(np.int8)


def encompass_file(
    county: County, settings: JusticeSettings, recorded: Recorded, there: Present
) -> AgencyFile:
    """Give the notes to schools: the next school day after a domestic incident was reported."""
    domestic = by_kind(settings, "domestic")[there.kind] > 0
    rows = np.flatnonzero(domestic & (there.age < ADULT_FROM) & within(there.day, county))
    rows = rows[_enrolled(county, there.person[rows], there.known[rows])]
    luck = county.streams.of("police", "encompass").random(len(rows), dtype=np.float32)
    rows = rows[luck < settings.police.encompass]
    sent_on = _next_weekday(there.known[rows])
    columns = [
        person("nominal_id", there.person[rows]),
        day("sent_on", sent_on),
        ident(
            "occurrence_id", occurrence_number(recorded.row_of_seen[there.seen[rows]]), OCCURRENCE
        ),
    ]
    return sent(county, "police", "encompass", sent_on, columns, ("notification_id", "OE"))


def _next_weekday(on: Days) -> Days:
    """Give the next day that is neither a Saturday nor a Sunday."""
    since_saturday = (on + 1 - SATURDAY) % 7
    return (on + 1 + np.array([2, 1, 0, 0, 0, 0, 0], dtype=np.int32)[since_saturday]).astype(
        np.int32
    )


def _enrolled(county: County, who: Index, on: Days) -> Mask:
    """Say who is at a school of the county on the day."""
    enrolled = county.world.enrolments
    order = np.lexsort((enrolled.start, enrolled.person))
    key = enrolled.person[order].astype(np.int64) << 32 | (
        enrolled.start[order].astype(np.int64) + 2**31
    )
    wanted = who.astype(np.int64) << 32 | (on.astype(np.int64) + 2**31)
    place = np.searchsorted(key, wanted, side="right") - 1
    if not len(order):
        return np.zeros(len(who), dtype=bool)
    row = order[np.maximum(place, 0)]
    at_school: Mask = (place >= 0) & (enrolled.person[row] == who) & (enrolled.end[row] >= on)
    return at_school


def call_file(county: County, settings: JusticeSettings, recorded: Recorded) -> AgencyFile:
    """Give the calls for service: about what was seen at home, and many about other things."""
    seen = recorded.learnt.seen
    rng = county.streams.of("police", "call")
    called = rng.random(len(seen), dtype=np.float32) < by_kind(settings, "call")[seen.kind]
    rows = np.flatnonzero(called & (seen.address >= 0) & within(seen.day, county))
    code_of = [CODES.index(handled(settings, kind).call_code) for kind in range(len(HAPPENINGS))]
    named = rng.random(len(rows), dtype=np.float32) < 0.6
    at, on = _other_calls(county, settings)
    called_on = np.concatenate([seen.known[rows], on])
    columns = [
        day("called_on", called_on),
        word(
            "closing_code",
            np.concatenate(
                [np.array(code_of, dtype=np.int8)[seen.kind[rows]], np.full(len(on), 3, np.int8)]
            ),
            CODES,
        ),
        person(
            "nominal_id",
            np.concatenate([np.where(named, seen.person[rows], NOBODY), np.full(len(on), NOBODY)]),
        ),
        address(np.concatenate([seen.address[rows], at])),
    ]
    return sent(county, "police", "calls", called_on, columns, ("call_id", "CAD"))


def _other_calls(county: County, settings: JusticeSettings) -> tuple[Index, Days]:
    """Give the addresses and days of calls about noise, alarms and the like."""
    rng = county.streams.of("police", "other calls")
    years = (county.calendar.ends - county.calendar.opens + 1) / 365.25
    people = len(county.world.people) / 1000
    count = rng.poisson(settings.police.other_calls_per_1000 * people * years)
    count = count if len(county.world.addresses) else 0
    at = rng.integers(0, max(len(county.world.addresses), 1), count).astype(np.int32)
    on = rng.integers(county.calendar.opens, county.calendar.ends + 1, count).astype(np.int32)
    return at, on


def protection_file(county: County, settings: JusticeSettings, there: Present) -> AgencyFile:
    """Give the children whom police took into protection after something grave."""
    share = by_kind(settings, "protected")[there.kind] * (there.severity >= GRAVE)
    luck = county.streams.of("police", "protected").random(len(share), dtype=np.float32)
    at_once = there.known - there.day < 3
    rows = np.flatnonzero((luck < share) & (there.age < ADULT_FROM) & at_once)
    rows = rows[within(there.day[rows], county)]
    columns = [person("nominal_id", there.person[rows]), day("used_on", there.known[rows])]
    return sent(
        county, "police", "police_protection", there.known[rows], columns, ("protection_id", "S46-")
    )
