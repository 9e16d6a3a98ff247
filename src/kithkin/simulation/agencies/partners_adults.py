"""Prevent referrals, and probation's work with adults in prison and in the community."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.justice_rows import draw, sent
from kithkin.simulation.agencies.police_people import ADULT_FROM
from kithkin.simulation.agencies.police_recorded import Recorded
from kithkin.simulation.agencies.seeing import YEAR, living
from kithkin.simulation.agencies.tables import day, person, word, yes_no
from kithkin.simulation.calendar import NEVER, Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import STAY_KINDS, Index

REFERRED_AGES = (11, 31)
UNTIL_SENTENCE = 80
"""Mean days from charge to sentence of an adult; our proposal."""
SHORTEST = 30
MEAN_LEFT = 240.0
"""Mean days that those in prison on the last day still have to serve; our proposal."""


def prevent_file(county: County, settings: JusticeSettings) -> AgencyFile:
    """Give Prevent referrals, few of which are adopted; most are of children."""
    how, rng = settings.partners, county.streams.of("other", "prevent")
    calendar, born = county.calendar, county.world.people.born
    age = whole_years(born, (calendar.opens + calendar.ends) // 2)
    young = np.flatnonzero((age >= REFERRED_AGES[0]) & (age < REFERRED_AGES[1]))
    years = (calendar.ends - calendar.opens + 1) / YEAR
    count = rng.poisson(how.prevent_per_100000 * len(young) / 100_000 * years)
    count = count if len(young) else 0
    child = age[young] < ADULT_FROM
    often = np.where(child, how.prevent_children, 1 - how.prevent_children)
    often = often / np.maximum(np.where(child, child.sum(), (~child).sum()), 1)
    who = young[draw(often, rng.random(count, dtype=np.float32))].astype(np.int32)
    on = rng.integers(calendar.opens, calendar.ends + 1, count).astype(np.int32)
    here = living(county, who, on)
    columns = [
        person("person_id", who[here]),
        day("decided_on", on[here]),
        yes_no("adopted", (rng.random(count) < how.prevent_adopted)[here]),
    ]
    return sent(county, "other", "prevent", on[here], columns, ("referral_id", "PRV"))


Sentence = tuple[Index, npt.NDArray[np.int64], Days, Days]
"""Person, position in the types, first and last day."""


def probation_file(county: County, settings: JusticeSettings, recorded: Recorded) -> AgencyFile:
    """Give stays in prison and the licences that follow, and sentences of adults charged."""
    types = ("prison", *settings.partners.sentenced)
    prison = _in_prison(county)
    who, kind, start, end = _joined(
        prison,
        _licences(county, settings, prison, types),
        _sentenced(county, settings, recorded),
    )
    rng = county.streams.of("other", "probation", "recorded")
    delay = settings.partners.probation_recorded_days * county.knobs.delays
    recorded_on = start + rng.exponential(delay, len(start)).astype(np.int32)
    # who is in prison when the window opens is on its first day's list
    recorded_on = np.where(
        end >= county.calendar.opens, np.maximum(recorded_on, county.calendar.opens), NEVER
    )
    rest = county.streams.of("other", "probation", "release").exponential(MEAN_LEFT, len(end))
    due = np.where(end < NEVER, end, county.calendar.ends + 1 + rest.astype(np.int32))
    due = np.where(kind == 0, due, NEVER).astype(np.int32)
    told = np.where(
        due < NEVER, np.maximum(due - settings.partners.release_told_days, start + 1), NEVER
    )
    told = np.where(told < county.calendar.opens, NEVER, told)
    columns = [
        person("person_id", who),
        word("type", kind.astype(np.int8), types),
        day("started_on", start),
        day("ended_on", end),
        day("release_told_on", told),
        replace(
            day("release_due_on", np.where(told <= county.calendar.ends, due, NEVER)),
            changed=(told, np.full(len(told), NEVER, dtype=np.int32)),
        ),
        day("recorded_on", recorded_on),
    ]
    return sent(
        county, "other", "probation", recorded_on.astype(np.int32), columns, ("episode_id", "PRO"),
        planned=("release_due_on",),
    )  # fmt: skip


def _joined(*parts: Sentence) -> Sentence:
    who, kind, start, end = zip(*parts, strict=True)
    return (np.concatenate(who), np.concatenate(kind), np.concatenate(start), np.concatenate(end))


def _in_prison(county: County) -> Sentence:
    stays = county.world.stays
    rows = np.flatnonzero(stays.kind == STAY_KINDS.index("prison"))
    return stays.person[rows], np.zeros(len(rows), np.int64), stays.start[rows], stays.end[rows]


def _licences(
    county: County, settings: JusticeSettings, prison: Sentence, types: tuple[str, ...]
) -> Sentence:
    """Give the licence after each release."""
    who, _, _, end = prison
    out = np.flatnonzero((end < NEVER) & ("licence" in types))
    rng = county.streams.of("other", "probation", "licence")
    lasts = SHORTEST + rng.exponential(settings.partners.probation_days, len(out))
    kind = np.full(len(out), types.index("licence") if len(out) else 0, dtype=np.int64)
    begun = end[out] + 1
    return who[out], kind, begun, (begun + lasts.astype(np.int32)).astype(np.int32)


def _sentenced(county: County, settings: JusticeSettings, recorded: Recorded) -> Sentence:
    people, how = recorded.involved, settings.partners
    rows = np.flatnonzero((people.age >= ADULT_FROM) & (people.charged < NEVER))
    rng = county.streams.of("other", "probation", "sentence")
    shares = [*how.sentenced.values()]
    kind = draw([max(1 - sum(shares), 0), *shares], rng.random(len(rows), dtype=np.float32))
    wait = rng.exponential(UNTIL_SENTENCE * county.knobs.delays, len(rows)).astype(np.int32)
    lasts = SHORTEST + rng.exponential(how.probation_days, len(rows)).astype(np.int32)
    start = people.charged[rows] + wait
    given = np.flatnonzero((kind > 0) & (start <= county.calendar.ends))
    given = given[living(county, people.person[rows[given]], start[given])]
    return (
        people.person[rows[given]],
        kind[given],
        start[given].astype(np.int32),
        (start + lasts)[given].astype(np.int32),
    )
