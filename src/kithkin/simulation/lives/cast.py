"""Which child each happening most concerns, and who is at home when it happens there."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Calendar
from kithkin.simulation.life import HAPPENINGS
from kithkin.simulation.lives.childhood import (
    SECOND_HOME,
    Childhood,
    in_county,
    stays_of_households,
)
from kithkin.simulation.lives.drawing import Column, Drawn
from kithkin.simulation.lives.lists import Whole, first_of_each
from kithkin.simulation.settings.lives import LifeSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import HOUSEHOLD_KINDS, NOBODY, World

COUPLES = ("couple", "older_couple")


@dataclass(frozen=True)
class Cast:
    """Happenings with the child and household concerned, in order of days."""

    kind: Column
    day: Column
    child: Column
    """Position in `World.people`, or NOBODY."""
    household: Column
    cause: Column
    state: Column

    def and_then(self, other: Cast) -> Cast:
        """Put another's rows after these."""
        both = (
            np.concatenate([getattr(part, f.name) for part in (self, other)]) for f in fields(self)
        )
        return Cast(*both)

    def only(self, rows: npt.NDArray[np.int64]) -> Cast:
        """Give some of the rows, in this order."""
        return Cast(
            self.kind[rows], self.day[rows], self.child[rows], self.household[rows],
            self.cause[rows], self.state[rows],
        )  # fmt: skip


@dataclass(frozen=True)
class Present:
    """Who was at home: a row a happening and person, in order of happenings."""

    happening: Whole
    person: Column
    young: npt.NDArray[np.bool_]


def cast(
    drawn: Drawn,
    world: World,
    childhood: Childhood,
    calendar: Calendar,
    settings: LifeSettings,
    streams: Streams,
) -> tuple[Cast, Present]:
    """Settle the child and household of each happening, and who was at home.

    Happenings are dropped when nobody is there: the child has left or come of age, or the family
    has nobody in that household on that day.
    """
    couples = _childless_couples(world, childhood, calendar, settings, streams)
    rows = _placed(drawn, childhood, calendar).and_then(couples)
    order = np.argsort(rows.day, kind="stable")
    rows = rows.only(order)
    present = at_home(rows.household, rows.day, world, childhood, settings, streams)
    rows = _with_child(rows, present, childhood, calendar, settings, streams)
    kept = _possible(rows, present, world, childhood, settings)
    renumbered = np.cumsum(kept) - 1
    still = kept[present.happening]
    present = Present(
        renumbered[present.happening[still]], present.person[still], present.young[still]
    )
    return rows.only(np.flatnonzero(kept)), present


def at_home(
    household: Column,
    day: Column,
    world: World,
    childhood: Childhood,
    settings: LifeSettings,
    streams: Streams,
) -> Present:
    """Give everybody who was in each household on each day; part-time children by chance."""
    stays = world.stays
    asked, stay = stays_of_households(world).all_of(household)
    on, person = day[asked], stays.person[stay]
    draw = streams.of("lives", "second home present").random(len(stay), dtype=np.float32)
    here = (stays.kind[stay] != SECOND_HOME) | (draw < settings.happen.second_home_present)
    there = here & (stays.start[stay] <= on) & (stays.end[stay] >= on)
    there &= in_county(world.people, person, on)
    asked, person, on = asked[there], person[there], on[there]
    return Present(asked, person, childhood.eighteenth[person] > on)


def _placed(drawn: Drawn, childhood: Childhood, calendar: Calendar) -> Cast:
    """Turn families and children of the draw into households and people."""
    month = calendar.month_of(drawn.day)
    of_child = drawn.child >= 0
    home = np.where(of_child, childhood.home[month, drawn.child], childhood.families[drawn.family])
    child = np.where(of_child, childhood.children[drawn.child], NOBODY)
    rows = Cast(drawn.kind, drawn.day, child, home, drawn.cause, drawn.state)
    return rows.only(np.flatnonzero(home >= 0))


def _childless_couples(
    world: World,
    childhood: Childhood,
    calendar: Calendar,
    settings: LifeSettings,
    streams: Streams,
) -> Cast:
    """Draw domestic incidents in households of couples in which no child ever lives."""
    rng = streams.of("lives", "childless couples")
    couple = np.isin(world.households.kind, [HOUSEHOLD_KINDS.index(k) for k in COUPLES])
    households = np.flatnonzero(couple & (childhood.family_of < 0)).astype(np.int32)
    yearly = settings.background.childless_couples / 1000
    many = rng.poisson(yearly * len(households) * calendar.months / 12)
    return Cast(
        kind=np.full(many, HAPPENINGS.index("domestic_incident"), dtype=np.int32),
        day=rng.integers(calendar.begins, calendar.ends + 1, many, dtype=np.int32),
        child=np.full(many, NOBODY, dtype=np.int32),
        household=rng.choice(households, many) if many else np.empty(0, dtype=np.int32),
        cause=np.full(many, NOBODY, dtype=np.int32),
        state=np.zeros(many, dtype=np.int32),
    )


def _with_child(
    rows: Cast,
    present: Present,
    childhood: Childhood,
    calendar: Calendar,
    settings: LifeSettings,
    streams: Streams,
) -> Cast:
    """Choose a child at home by age where none is given."""
    month = calendar.month_of(rows.day)[present.happening]
    age = np.clip(childhood.age[month, childhood.child_of[present.person]], 0, 17)
    by_age = np.array([settings.ages[settings.kinds[name].ages] for name in HAPPENINGS])
    weight = np.where(present.young, by_age[rows.kind[present.happening], age], 0).astype(
        np.float32
    )
    draw = streams.of("lives", "child concerned").random(len(weight), dtype=np.float32)
    race = np.full(len(weight), np.inf, dtype=np.float32)
    np.divide(-np.log1p(-draw), weight, out=race, where=weight > 0, casting="same_kind")
    winner = first_of_each(present.happening, race, len(rows.day))
    chosen = np.append(present.person, NOBODY)[winner]
    child = np.where(rows.child >= 0, rows.child, chosen).astype(np.int32)
    return Cast(rows.kind, rows.day, child, rows.household, rows.cause, rows.state)


def _possible(
    rows: Cast, present: Present, world: World, childhood: Childhood, settings: LifeSettings
) -> npt.NDArray[np.bool_]:
    """Say which happenings have the child, or at least the adults, that they need."""
    fit = (childhood.eighteenth[rows.child] > rows.day) & in_county(
        world.people, rows.child, rows.day
    )
    among_adults = np.array([settings.kinds[name].part == "present" for name in HAPPENINGS])
    adults = np.bincount(present.happening[~present.young], minlength=len(rows.day)) > 0
    kept: npt.NDArray[np.bool_] = np.where(
        among_adults[rows.kind], adults & ((rows.child < 0) | fit), (rows.child >= 0) & fit
    )
    return kept
