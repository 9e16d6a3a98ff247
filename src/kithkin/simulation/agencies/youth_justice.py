"""Youth justice: what followed when children were charged, and the service's work with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.justice_rows import Mask, chance, draw_words, sent, within
from kithkin.simulation.agencies.police_people import ADULT_FROM, RESPONSIBLE_FROM
from kithkin.simulation.agencies.police_rates import years
from kithkin.simulation.agencies.police_recorded import Learnt, learn
from kithkin.simulation.agencies.seeing import Watch, child_state, living
from kithkin.simulation.agencies.tables import FIRST_NUMBER, day, ident, person, word, yes_no
from kithkin.simulation.agencies.youth_justice_workers import worker_columns
from kithkin.simulation.calendar import NEVER, Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import Float, Index, Small

FEED = "youth_justice"
RATINGS = ("low", "medium", "high", "very high")
SPREAD = 0.35
"""Standard deviation of the logarithm of an order's length; our proposal."""
SHORTEST = 28
REMANDED_DAYS = 45
MOST_REVIEWS = 8
MOST_BREACHES = 4
ASSESSED_WITHIN = 21
"""Days from the outcome to the assessment; our proposal."""
ANY_ODDS, HALVINGS = 15.0, 40
"""Where the odds that bring the published entrants are looked for, and how finely."""


@dataclass(frozen=True)
class Disposals:
    """A row an outcome of a child's offences, warm-up included, in order of days."""

    person: Index
    day: Days
    code: npt.NDArray[np.int16]
    severity: Small
    disposal: npt.NDArray[np.int64]
    """Position in `words`."""
    formal: Mask
    first: Mask
    """Whether it is the child's first caution or conviction."""
    words: tuple[str, ...]


@dataclass(frozen=True)
class Orders:
    """A row an order or intervention."""

    person: Index
    start: Days
    end: Days
    disposal: npt.NDArray[np.int64]
    severity: Small


def youth_justice_files(county: County, settings: JusticeSettings) -> Iterator[AgencyFile]:
    """Give the files of the contract `youth_justice` but the children, who are its register."""
    learnt = learn(county, settings, Watch(county))
    found = disposals(county, settings, learnt)
    orders = _orders(county, settings, found)
    yield _outcome_file(county, learnt, found)
    yield _order_file(county, settings, orders)
    yield _assessment_file(county, settings, _assessed(county, settings, found, orders))
    yield _custody_file(county, settings, found, orders)


def disposals(county: County, settings: JusticeSettings, learnt: Learnt) -> Disposals:
    """Give what was decided of each child charged: one outcome a child and day of charge."""
    people, how = learnt.involved, settings.youth_justice
    young = (people.age >= RESPONSIBLE_FROM) & (people.age < ADULT_FROM)
    rows = np.flatnonzero(young & (people.charged < NEVER))
    rng = county.streams.of(FEED, "outcomes")
    wait = rng.exponential(how.court_days * county.knobs.delays, len(rows)).astype(np.int32)
    luck = rng.random((2, len(rows)), dtype=np.float32)
    on = people.charged[rows] + wait
    order = np.lexsort((on, people.person[rows]))
    rows, on, luck = rows[order], on[order], luck[:, order]
    seen = people.occurrence[rows]
    severity, who = learnt.seen.severity[seen], people.person[rows]
    formal = luck[0] < chance(_formal_odds(county, settings, who, on, severity))
    words = (*how.diversion, *how.formal)
    disposal = np.where(
        formal,
        draw_words(how.formal, words, luck[1]),
        draw_words(how.diversion, words, luck[1]),
    )
    first = formal & _first_of_each(who, formal)
    code = learnt.occurrences.code[seen]
    return Disposals(who, on.astype(np.int32), code, severity, disposal, formal, first, words)


def _formal_odds(
    county: County, settings: JusticeSettings, who: Index, on: Days, severity: Small
) -> Float:
    """Give the log odds of a formal outcome, such that as many children enter as is published."""
    how = settings.youth_justice
    again = np.concatenate([[False], who[1:] == who[:-1]])[: len(who)]
    odds = how.graver * (severity.astype(np.float64) - 3) + how.formal_again * again
    inside = within(on, county)
    wanted = how.entrants_per_100000 / 100_000 * _youths(county) * years(county)
    low, high = -ANY_ODDS, ANY_ODDS
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        few = _entrants(who, chance(odds + middle))[inside].sum() < wanted
        low, high = (middle, high) if few else (low, middle)
    return (odds + low).astype(np.float32)


def _entrants(who: Index, formal: Float) -> npt.NDArray[np.float64]:
    """Give the chance that each row is its child's first formal outcome; `who` is in order."""
    spared = np.log1p(-np.minimum(formal.astype(np.float64), 1 - 1e-9))
    before = np.cumsum(spared) - spared
    return formal * np.exp(before - before[np.searchsorted(who, who)]) if len(who) else before


def _youths(county: County) -> int:
    """Count those aged 10 to 17 in the middle of the window."""
    middle = (county.calendar.opens + county.calendar.ends) // 2
    age = whole_years(county.world.people.born, middle)
    young = np.flatnonzero((age >= RESPONSIBLE_FROM) & (age < ADULT_FROM)).astype(np.int32)
    return int(living(county, young, middle).sum())


def _first_of_each(who: Index, formal: Mask) -> Mask:
    """Say which rows are a person's first formal outcome; `who` is in order."""
    before: npt.NDArray[np.int64] = np.cumsum(formal) - formal
    start = np.searchsorted(who, who)
    first: Mask = before == before[start] if len(who) else np.empty(0, dtype=bool)
    return first


def _outcome_file(county: County, learnt: Learnt, found: Disposals) -> AgencyFile:
    columns = [
        person("person_id", found.person),
        day("outcome_on", found.day),
        word("ho_code", found.code, learnt.offences.codes),
        word("disposal", found.disposal.astype(np.int8), found.words),
        yes_no("first_time_entrant", found.first),
    ]
    return sent(county, FEED, "outcome", found.day, columns, ("outcome_id", "OUT"))


def _orders(county: County, settings: JusticeSettings, found: Disposals) -> Orders:
    lengths = settings.youth_justice.order_days
    median = np.array([lengths.get(word, 0) for word in found.words])[found.disposal]
    rows = np.flatnonzero(median > 0)
    rng = county.streams.of(FEED, "orders")
    lasts = median[rows] * np.exp(rng.normal(0, SPREAD, len(rows)))
    start = found.day[rows] + rng.integers(0, 15, len(rows)).astype(np.int32)
    end = start + np.maximum(lasts, SHORTEST).astype(np.int32)
    return Orders(
        found.person[rows], start, end.astype(np.int32), found.disposal[rows], found.severity[rows]
    )


def _order_file(county: County, settings: JusticeSettings, orders: Orders) -> AgencyFile:
    """Give a row an order, and a further row for each further breach of it."""
    of, breached = _breaches(county, settings, orders)
    again = np.concatenate([[False], of[1:] == of[:-1]])[: len(of)]
    known = np.where(again, breached, orders.start[of]).astype(np.int32)
    number = np.argsort(np.argsort(orders.start, kind="stable"), kind="stable")
    columns = [
        ident("order_id", FIRST_NUMBER + number[of], "INT"),
        person("person_id", orders.person[of]),
        day("started_on", orders.start[of]),
        day("ended_on", orders.end[of]),
        day("breached_on", breached),
        *worker_columns(county, settings, orders.person[of]),
    ]
    # an order of before the window is not sent, and so no breach of it either
    known = np.where(orders.start[of] < county.calendar.opens, NEVER, known)
    return sent(county, FEED, "order", known, columns)


def _breaches(
    county: County, settings: JusticeSettings, orders: Orders
) -> tuple[npt.NDArray[np.intp], Days]:
    """Give order and day of each breach, in order; an order without one has NEVER for its day."""
    how, rows = settings.youth_justice, len(orders.person)
    rng = county.streams.of(FEED, "breaches")
    shares = np.array([how.breached, *([how.breached_again] * (MOST_BREACHES - 1))])
    broken = np.logical_and.accumulate(rng.random((rows, MOST_BREACHES)) < shares, axis=1)
    when = np.sort(rng.random((rows, MOST_BREACHES)), axis=1)
    on = (orders.start[:, None] + when * (orders.end - orders.start)[:, None]).astype(np.int32)
    kept = broken.copy()
    kept[:, 0] = True
    of, turn = np.nonzero(kept)
    return of, np.where(broken, on, NEVER)[of, turn].astype(np.int32)


def _assessed(
    county: County, settings: JusticeSettings, found: Disposals, orders: Orders
) -> Orders:
    """Give what children are assessed for: orders, and disposals out of court without an order."""
    how = settings.youth_justice
    words = [w in how.assessed_out_of_court and w not in how.order_days for w in found.words]
    luck = county.streams.of(FEED, "assessed").random(len(found.person))
    rows = np.flatnonzero(np.array(words)[found.disposal] & (luck < how.assessed_share))
    return Orders(
        np.concatenate([orders.person, found.person[rows]]),
        np.concatenate([orders.start, found.day[rows]]),
        np.concatenate([orders.end, found.day[rows] + ASSESSED_WITHIN]).astype(np.int32),
        np.concatenate([orders.disposal, found.disposal[rows]]),
        np.concatenate([orders.severity, found.severity[rows]]),
    )


def _assessment_file(county: County, settings: JusticeSettings, orders: Orders) -> AgencyFile:
    """Give an assessment near the start of each, and reviews until it ends."""
    every = settings.youth_justice.assessed_every_days
    rng = county.streams.of(FEED, "assessments")
    reviews = np.minimum((orders.end - orders.start) // every, MOST_REVIEWS) + 1
    of = np.repeat(np.arange(len(reviews)), reviews)
    turn = np.arange(len(of)) - np.repeat(np.cumsum(reviews) - reviews, reviews)
    on = orders.start[of] + turn * every + rng.integers(0, ASSESSED_WITHIN, len(of))
    rows = np.flatnonzero((on <= orders.end[of]) & living(county, orders.person[of], on))
    who, on = orders.person[of[rows]], on[rows].astype(np.int32)
    columns = [
        person("person_id", who),
        day("assessed_on", on),
        word("harm_rating", _harm(county, settings, who, on, orders.severity[of[rows]]), RATINGS),
        word("safety_rating", _safety(county, settings, who, on), RATINGS),
    ]
    return sent(county, FEED, "assessment", on, columns, ("assessment_id", "ASP"))


def _harm(
    county: County, settings: JusticeSettings, who: Index, on: Days, severity: Small
) -> npt.NDArray[np.int8]:
    violence = child_state(county, "serious_violence", who, on)
    return _rated(county, settings, "harm", 0.35 * severity + 0.4 * violence - 0.6)


def _safety(
    county: County, settings: JusticeSettings, who: Index, on: Days
) -> npt.NDArray[np.int8]:
    states = ("criminal_exploitation", "sexual_exploitation", "self_harm", "substance", "missing")
    total = np.zeros(len(who))
    for condition in states:
        total += child_state(county, condition, who, on)
    return _rated(county, settings, "safety", 0.5 + 0.4 * total)


def _rated(
    county: County, settings: JusticeSettings, use: str, true: npt.NDArray[np.float64]
) -> npt.NDArray[np.int8]:
    rng = county.streams.of(FEED, "rating", use)
    judged = true + rng.normal(0, settings.youth_justice.rating_noise, len(true))
    return np.clip(np.round(judged), 0, len(RATINGS) - 1).astype(np.int8)


def _custody_file(
    county: County, settings: JusticeSettings, found: Disposals, orders: Orders
) -> AgencyFile:
    """Give the first half of custodial sentences, and remands before grave formal outcomes."""
    how = settings.youth_justice
    disposal = np.array(found.words)[orders.disposal]
    rows = np.flatnonzero(np.isin(disposal, how.custodial))
    luck = county.streams.of(FEED, "remands").random(len(found.person))
    held = np.flatnonzero(found.formal & (found.severity == 5) & (luck < how.remanded))
    start = np.concatenate([orders.start[rows], found.day[held] - REMANDED_DAYS])
    half = (orders.start[rows] + orders.end[rows]) // 2
    end = np.concatenate([half, found.day[held]])
    columns = [
        person("person_id", np.concatenate([orders.person[rows], found.person[held]])),
        day("from", start),
        day("to", end),
    ]
    return sent(county, FEED, "custody", start.astype(np.int32), columns, ("custody_id", "SEC"))
