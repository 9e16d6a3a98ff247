"""What happens in a world without help, before it is known who else takes part.

A condition sets off happenings at a rate that grows with its severity and towards the end of an
episode; some happenings set off others; and some befall anybody, with no condition behind them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Calendar
from kithkin.simulation.life import CHILD_CONDITIONS, HAPPENINGS, HOUSEHOLD_CONDITIONS
from kithkin.simulation.lives.childhood import Childhood
from kithkin.simulation.lives.days import Rhythm
from kithkin.simulation.lives.episodes import State
from kithkin.simulation.lives.families import Families, drift
from kithkin.simulation.lives.young import Young
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.settings.lives import Happen, Kind, LifeSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import NOBODY, Float

Column = npt.NDArray[np.int32]
CAUSES = HOUSEHOLD_CONDITIONS + CHILD_CONDITIONS


@dataclass(frozen=True)
class Drawn:
    """Happenings as first drawn: each of a family or of a child, one of the two being NOBODY."""

    kind: Column
    day: Column
    family: Column
    """Position in `Childhood.families`."""
    child: Column
    """Position in `Childhood.children`."""
    cause: Column
    state: Column
    """Severity of the condition behind it in that month; 0 without one."""

    @classmethod
    def joined(cls, parts: list[Drawn]) -> Drawn:
        """Put several one after another."""
        names = ("kind", "day", "family", "child", "cause", "state")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def later(self, rows: npt.NDArray[np.int64], days: Column) -> Drawn:
        """Give repeats of these rows, so many days later."""
        return Drawn(
            self.kind[rows], self.day[rows] + days, self.family[rows], self.child[rows],
            self.cause[rows], self.state[rows],
        )  # fmt: skip


def draw_happenings(
    childhood: Childhood,
    families: Families,
    young: Young,
    calendar: Calendar,
    settings: LifeSettings,
    knobs: Knobs,
    streams: Streams,
) -> Drawn:
    """Draw all happenings of families with children and of children, in no particular order."""
    rhythms = {name: Rhythm(season, calendar) for name, season in settings.seasons.items()}
    change = np.array([drift(calendar, month, knobs) for month in range(calendar.months)])
    parts = []
    for at, cause in enumerate(CAUSES):
        states = families.states[cause] if cause in families.states else young.states[cause]
        lasts = {**settings.family, **settings.child}[cause].months
        rng = streams.of("lives", "showing", cause)
        episodes = Episodes(states, lasts, settings.happen, rng)
        parts += [
            _driven(name, at, episodes, rhythms, settings, streams)
            for name in HAPPENINGS
            if cause in settings.kinds[name].driven_by
        ]
    parts.append(_background(childhood, families, young, rhythms, change, settings, knobs, streams))
    return _with_repeats(Drawn.joined(parts), settings, calendar, streams)


class Episodes:
    """The months in which a condition lasts, and how much it shows in each.

    Episodes that the calendar's first or last month cuts off are thought to have begun earlier or
    to end later, by as many months as are drawn for a mean length of `lasts`.
    """

    def __init__(
        self, states: State, lasts: float, happen: Happen, rng: np.random.Generator
    ) -> None:
        month, who = np.divmod(np.flatnonzero(states != 0), states.shape[1] or 1)
        order = np.argsort(who, kind="stable")
        self.who, self.month = who[order], month[order]
        self.state = states[self.month, self.who].astype(np.int64)
        begins = np.ones(len(self.who), dtype=np.bool_)
        begins[1:] = (np.diff(self.who) != 0) | (np.diff(self.month) != 1)
        first = np.flatnonzero(begins)
        number = np.cumsum(begins) - 1
        seen = np.bincount(number)
        more = rng.geometric(1 / lasts, (2, len(seen))) - 1
        before = np.where(self.month[first] == 0, more[0], 0)
        after = np.where(self.month[first] + seen == len(states), more[1], 0)
        elapsed = np.arange(len(number)) - first[number] + before[number]
        nearer = (elapsed + 0.5) / (before + seen + after)[number] - 0.5
        shows = np.exp(happen.own_spread * (rng.standard_normal(len(seen)) - happen.own_spread / 2))
        by_state = np.array([0.0, *happen.by_state])[self.state]
        self.rate = (by_state * (1 + happen.escalation * nearer) * shows[number]).astype(np.float32)


def _driven(
    name: str,
    cause: int,
    episodes: Episodes,
    rhythms: dict[str, Rhythm],
    settings: LifeSettings,
    streams: Streams,
) -> Drawn:
    kind = settings.kinds[name]
    rng = streams.of("lives", "driven", name, CAUSES[cause])
    rhythm = rhythms[kind.season]
    rate = kind.driven_by[CAUSES[cause]] * episodes.rate * rhythm.of_month[episodes.month]
    rows = _poisson_rows(rate, rng)
    month = episodes.month[rows]
    day = rhythm.days(month, rng.random(len(rows), dtype=np.float32))
    who, nobody = episodes.who[rows], np.full(len(rows), NOBODY)
    of_family = cause < len(HOUSEHOLD_CONDITIONS)
    family, child = (who, nobody) if of_family else (nobody, who)
    return _drawn(name, day, family, child, cause, episodes.state[rows])


def _poisson_rows(rate: Float, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Draw Poisson counts with these means; give each row as often as it was drawn.

    The total is drawn first and then shared out, which is the same and needs no draw for each row.
    """
    sums = np.cumsum(rate, dtype=np.float64)
    if not len(sums):
        return np.empty(0, dtype=np.int64)
    total = rng.poisson(sums[-1])
    rows = np.searchsorted(sums, np.sort(rng.random(total)) * sums[-1], side="right")
    return np.minimum(rows, len(sums) - 1)


def _background(
    childhood: Childhood,
    families: Families,
    young: Young,
    rhythms: dict[str, Rhythm],
    change: npt.NDArray[np.float64],
    settings: LifeSettings,
    knobs: Knobs,
    streams: Streams,
) -> Drawn:
    """Draw what no condition is behind, month by month, more of it for some children."""
    busy = _busy(young.hidden, settings, knobs, streams)
    rng = streams.of("lives", "background")
    kinds = [settings.kinds[name] for name in HAPPENINGS]
    yearly = np.array([[kind.background] for kind in kinds]) / 120_000
    expected = yearly * np.stack([rhythms[kind.season].of_month for kind in kinds]) * change
    parts = []
    for month in range(len(change)):
        prone, age = _prone(childhood, families, young, settings, month), childhood.age[month]
        prone[age < 0] = 0
        here = np.count_nonzero(age >= 0)
        parts += [
            (month, *_befall(of, expected[of, month] * here, weight, age, kinds, settings, rng))
            for of, weight in _weights(kinds, prone, busy, young.exposure_kith[month])
        ]
    month_of = np.repeat([part[0] for part in parts], [len(part[1]) for part in parts])
    kind = np.concatenate([part[1] for part in parts])
    child = np.concatenate([part[2] for part in parts])
    return _on_days(kind, month_of, child, rhythms, settings, rng)


def _weights(
    kinds: list[Kind], prone: Float, busy: Float, kith: npt.NDArray[np.float16]
) -> Iterator[tuple[npt.NDArray[np.int64], Float]]:
    """Give kinds that go by the same weights of children, and those weights."""
    alike = [(kind.small, kind.company) for kind in kinds]
    company = kith.astype(np.float32)
    for small, share in sorted(set(alike)):
        of = np.flatnonzero([each == (small, share) for each in alike])
        weight = prone * busy if small else prone
        yield of, weight * np.exp(np.float32(share) * company) if share else weight


def _befall(
    of: npt.NDArray[np.int64],
    expected: npt.NDArray[np.float64],
    weight: Float,
    age: npt.NDArray[np.int8],
    kinds: list[Kind],
    settings: LifeSettings,
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Draw a month's happenings of these kinds: kind and child of each.

    Children are drawn by their weights and then refused by age, which needs one running sum for all
    kinds; so many more are drawn at first as are refused on average.
    """
    by_age = np.array([[*settings.ages[kinds[at].ages], 0.0] for at in of])
    by_age /= by_age.max(axis=1, keepdims=True)
    of_age = np.bincount(np.where(age < 0, 18, age), weights=weight, minlength=19)
    accepted = by_age @ of_age
    tries = np.divide(expected * of_age.sum(), accepted, out=np.zeros(len(of)), where=accepted > 0)
    kind = np.repeat(np.arange(len(of)), rng.poisson(tries))
    sums = np.cumsum(weight, dtype=np.float64)
    child = np.searchsorted(sums, rng.random(len(kind)) * of_age.sum(), side="right")
    child = np.minimum(child, len(sums) - 1)
    kept = rng.random(len(kind)) < by_age[kind, age[child]]
    return of[kind[kept]], child[kept]


def _on_days(
    kind: npt.NDArray[np.int64],
    month: npt.NDArray[np.int64],
    child: npt.NDArray[np.int64],
    rhythms: dict[str, Rhythm],
    settings: LifeSettings,
    rng: np.random.Generator,
) -> Drawn:
    """Put background happenings on days of their months."""
    chance = rng.random(len(kind), dtype=np.float32)
    day = np.zeros(len(kind), dtype=np.int32)
    seasons = list(settings.seasons)
    season = np.array([seasons.index(settings.kinds[name].season) for name in HAPPENINGS])[kind]
    for at, name in enumerate(seasons):
        rows = season == at
        day[rows] = rhythms[name].days(month[rows], chance[rows])
    nobody, none = (np.full(len(kind), value, dtype=np.int32) for value in (NOBODY, 0))
    return Drawn(kind.astype(np.int32), day, nobody, child.astype(np.int32), nobody, none)


def _prone(
    childhood: Childhood, families: Families, young: Young, settings: LifeSettings, month: int
) -> Float:
    background = settings.background
    poor = np.append(families.poor, np.float32(0))[childhood.family(month)]
    strength = young.strength[month].astype(np.float32)
    return np.exp(
        np.float32(background.hidden) * young.hidden
        + np.float32(background.poverty) * poor
        - np.float32(background.strength) * strength
    )


def _busy(hidden: Float, settings: LifeSettings, knobs: Knobs, streams: Streams) -> Float:
    """Say how many times others' small happenings each child meets with."""
    background = settings.background
    noise = streams.of("lives", "busy").standard_normal(len(hidden), dtype=np.float32)
    score = noise + background.busy_hidden * hidden / max(knobs.hidden_difference, 0.1)
    if not len(score):
        return np.ones(0, dtype=np.float32)
    bar = np.quantile(score, 1 - background.busy_share)
    return np.where(score > bar, background.busy_times, 1.0).astype(np.float32)


def _with_repeats(
    drawn: Drawn, settings: LifeSettings, calendar: Calendar, streams: Streams
) -> Drawn:
    """Add what happenings set off, generation by generation; only within the calendar."""
    rng = streams.of("lives", "repeats")
    often = np.array([settings.kinds[name].repeats for name in HAPPENINGS], dtype=np.float32)
    days = np.array([settings.kinds[name].repeat_days for name in HAPPENINGS])
    parts = [drawn]
    for _ in range(settings.happen.rounds):
        last = parts[-1]
        rows = _poisson_rows(often[last.kind], rng)
        waits = 1 + rng.exponential(days[last.kind[rows]])
        kept = last.day[rows] + waits <= calendar.ends
        parts.append(last.later(rows[kept], waits[kept].astype(np.int32)))
    return Drawn.joined(parts)


def _drawn(
    name: str,
    day: Column,
    family: npt.NDArray[np.int64],
    child: npt.NDArray[np.int64],
    cause: int,
    state: npt.NDArray[np.int64],
) -> Drawn:
    def column(value: int) -> Column:
        return np.full(len(day), value, dtype=np.int32)

    return Drawn(
        column(HAPPENINGS.index(name)), day, family.astype(np.int32), child.astype(np.int32),
        column(cause), state.astype(np.int32),
    )  # fmt: skip
