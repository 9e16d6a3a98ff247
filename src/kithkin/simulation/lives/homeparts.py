"""Who takes which part in what happens at home: children, partners, former partners, parents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.life import HAPPENINGS, PARTS
from kithkin.simulation.lives.cast import Cast, Present
from kithkin.simulation.lives.childhood import in_county
from kithkin.simulation.lives.lists import Whole, first_of_each
from kithkin.simulation.settings.lives import LifeSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import NOBODY, SEXES, TIE_KINDS, Index, World

PRESENT, SUSPECT, VICTIM = (PARTS.index(part) for part in ("present", "suspect", "victim"))
MALE = SEXES.index("M")


@dataclass(frozen=True)
class Roles:
    """Rows of participants, as yet in no order."""

    happening: Whole
    person: Whole
    part: Whole

    @classmethod
    def of(cls, happening: Whole, person: npt.NDArray[np.int32], part: int | Whole) -> Roles:
        """Give everybody the same part, or each their own; rows of NOBODY are left out."""
        there = np.flatnonzero(person >= 0)
        parts = np.broadcast_to(np.asarray(part, dtype=np.int64), person.shape)
        return cls(happening[there].astype(np.int64), person[there].astype(np.int64), parts[there])


def children_concerned(rows: Cast, settings: LifeSettings) -> Roles:
    """Give the child most concerned in each happening its part."""
    part = np.array([PARTS.index(settings.kinds[name].part) for name in HAPPENINGS])
    return Roles.of(np.arange(len(rows.day)), rows.child, part[rows.kind])


def parts_at_home(
    rows: Cast, present: Present, world: World, settings: LifeSettings, streams: Streams
) -> list[Roles]:
    """Give the parts of everybody else in what happens in the household."""
    kinds = [settings.kinds[name] for name in HAPPENINGS]
    at_home = np.array([kind.among == "household" for kind in kinds])[rows.kind]
    between = np.array([kind.partners for kind in kinds])[rows.kind]
    adult = _adult_concerned(present, len(rows.day), streams, len(world.people))
    siblings = at_home[present.happening] & present.young
    concerned = at_home & ~between & _by_chance(rows, settings, streams)
    part = np.array([PARTS.index(kind.adult_part) for kind in kinds])[rows.kind]
    pairs, alone = np.flatnonzero(between), np.flatnonzero(concerned)
    return [
        *partners(pairs, adult[pairs], rows, world, settings, streams),
        Roles.of(alone, adult[alone], part[alone]),
        Roles.of(present.happening[siblings], present.person[siblings], PRESENT),
    ]


def partners(
    happening: Whole,
    adult: Index,
    rows: Cast,
    world: World,
    settings: LifeSettings,
    streams: Streams,
) -> list[Roles]:
    """Give victim and suspect of incidents between partners.

    The other is the adult's partner on that day, or else a former one, or the child's other parent;
    where there is none, the adult is the victim of somebody unknown. Who harms whom in a household
    stays the same from one incident to the next.
    """
    people, day = world.people, rows.day[happening]
    other = _other(adult, rows.child[happening], day, world)
    draw = streams.of("lives", "who harms").random(len(world.households), dtype=np.float32)
    male_suspect = draw[rows.household[happening]] < settings.happen.suspects_male
    other_is_male = (people.sex[other] == MALE) & (other >= 0)
    same_sex = (people.sex[other] == people.sex[adult]) & (other >= 0)
    suspect_is_other = (other_is_male == male_suspect) | same_sex
    suspect = np.where(suspect_is_other | (other < 0), other, adult)
    victim = np.where(suspect_is_other | (other < 0), adult, other)
    return [Roles.of(happening, suspect, SUSPECT), Roles.of(happening, victim, VICTIM)]


def _adult_concerned(present: Present, many: int, streams: Streams, people: int) -> Index:
    """Choose an adult at home; the same one again and again, as far as they are there."""
    proneness = streams.of("lives", "adult concerned").random(people, dtype=np.float32)
    race = np.where(present.young, np.inf, proneness[present.person]).astype(np.float32)
    winner = first_of_each(present.happening, race, many)
    return np.append(present.person, NOBODY).astype(np.int32)[winner]


def _by_chance(rows: Cast, settings: LifeSettings, streams: Streams) -> npt.NDArray[np.bool_]:
    share = np.array([settings.kinds[name].adult for name in HAPPENINGS])
    draw = streams.of("lives", "adult takes part").random(len(rows.day), dtype=np.float32)
    return draw < share[rows.kind]


def _other(adult: Index, child: Index, day: Index, world: World) -> Index:
    """Find the partner, or the former one, or the child's other parent; alive and in the county."""
    people = world.people
    found = _tied("partner", adult, day, world)
    found = np.where(found >= 0, found, _tied("former_partner", adult, day, world))
    mother = np.where(child >= 0, people.mother[child], NOBODY)
    father = np.where(child >= 0, people.father[child], NOBODY)
    parent = np.where(father == adult, mother, np.where(mother == adult, father, NOBODY))
    found = np.where(found >= 0, found, parent)
    there = (found >= 0) & in_county(people, found, day)
    return np.where(there, found, NOBODY).astype(np.int32)


def _tied(kind: str, person: Index, day: Index, world: World) -> Index:
    """Give the latest tie of a kind that each person had on the day."""
    ties = world.ties
    rows = np.flatnonzero(ties.kind == TIE_KINDS.index(kind))
    rows = rows[np.argsort(ties.start[rows], kind="stable")]
    latest = np.full(len(world.people), NOBODY, dtype=np.int64)
    latest[ties.a[rows]] = rows
    latest_of_b = np.full(len(world.people), NOBODY, dtype=np.int64)
    latest_of_b[ties.b[rows]] = rows
    tie = np.where(person >= 0, np.maximum(latest[person], latest_of_b[person]), NOBODY)
    other = np.where(ties.a[tie] == person, ties.b[tie], ties.a[tie]) if len(ties) else tie
    holds = (
        (tie >= 0) & (ties.start[tie] <= day) & (ties.end[tie] >= day) if len(ties) else tie >= 0
    )
    return np.where(holds, other, NOBODY).astype(np.int32)
