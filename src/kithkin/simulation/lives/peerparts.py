"""Who takes part in what happens among young people, out of which group, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Calendar
from kithkin.simulation.life import CHILD_CONDITIONS, HAPPENINGS, HOUSEHOLD_CONDITIONS, PARTS
from kithkin.simulation.lives.cast import Cast
from kithkin.simulation.lives.childhood import Childhood, in_county
from kithkin.simulation.lives.homeparts import SUSPECT, Roles
from kithkin.simulation.lives.lists import Lists, Whole
from kithkin.simulation.lives.young import Young
from kithkin.simulation.settings.lives import LifeSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import GROUP_KINDS, NOBODY, TIE_KINDS, Index, World

ORGANISED = GROUP_KINDS.index("organised")
EXPLOITS = TIE_KINDS.index("exploits")
MOST_OTHERS = 5
TRIES = 3
"""Memberships drawn for a child until one is found that holds on the day."""


@dataclass(frozen=True)
class Scene:
    """The group that each happening came out of, and where it was."""

    group: Index
    place: Index


class Peers:
    """The groups, members and haunts of a world, listed for drawing from them."""

    def __init__(
        self, world: World, childhood: Childhood, young: Young, calendar: Calendar
    ) -> None:
        self._world, self._childhood, self._young = world, childhood, young
        self._calendar = calendar
        table = world.memberships
        self._of_person = Lists.of(table.person, len(world.people))
        self._of_group = Lists.of(table.group, len(world.groups))
        uses = world.ties.kind == EXPLOITS
        self._users = Lists.of(np.where(uses, world.ties.b, NOBODY), len(world.people))
        self._haunts = Lists.of(world.haunts.person, len(world.people))

    def scenes(self, rows: Cast, settings: LifeSettings, streams: Streams) -> Scene:
        """Give each happening among peers a group and a place, where the child has any."""
        among = np.array([settings.kinds[name].among == "peers" for name in HAPPENINGS])
        school = np.array([settings.kinds[name].season == "school" for name in HAPPENINGS])
        out = np.flatnonzero(among[rows.kind])
        group = np.full(len(rows.day), NOBODY, dtype=np.int32)
        group[out] = self._group(rows.only(out), streams)
        place = np.full(len(rows.day), NOBODY, dtype=np.int32)
        outside = np.flatnonzero(among[rows.kind] & ~school[rows.kind])
        place[outside] = self._place(rows.child[outside], group[outside], streams)
        return Scene(group, place)

    def others(
        self, rows: Cast, scene: Scene, settings: LifeSettings, streams: Streams
    ) -> list[Roles]:
        """Give the other young people of the group who take part, and adults who use them."""
        rng = streams.of("lives", "others")
        kinds = [settings.kinds[name] for name in HAPPENINGS]
        mean = np.array([kind.others for kind in kinds])[rows.kind]
        part = np.array([PARTS.index(kind.others_part) for kind in kinds])
        many = np.minimum(rng.poisson(np.where(scene.group >= 0, mean, 0)), MOST_OTHERS)
        happening = np.repeat(np.arange(len(many)), many)
        person = self._companion(happening, rows, scene.group, rng)
        young = Roles.of(happening, person, part[rows.kind[happening]])
        return [young, self._adults(rows, scene.group, settings, streams)]

    def _group(self, rows: Cast, streams: Streams) -> Index:
        """Draw a group of the child; one with organised backing when exploitation is behind it."""
        rng = streams.of("lives", "group")
        groups, table = self._world.groups, self._world.memberships
        exploited = _is_exploitation(rows.cause)
        found = np.full(len(rows.day), NOBODY, dtype=np.int64)
        backed = np.zeros(len(rows.day), dtype=np.bool_)
        for _ in range(TRIES):
            row = self._of_person.pick(rows.child, rng.random(len(found), dtype=np.float32))
            fit = self._member_on(row, rows.day)
            group = np.where(fit, _at(table.group, row), NOBODY)
            better = fit & (_at(groups.organised_by, group) >= 0) & exploited & ~backed
            found = np.where((found < 0) | better, group, found)
            backed |= better
        return found.astype(np.int32)

    def _place(self, child: Index, group: Index, streams: Streams) -> Index:
        """Choose the group's place or the more dangerous of two haunts of the child."""
        rng = streams.of("lives", "place")
        danger, haunts = self._world.places.danger, self._world.haunts.place
        meets = np.where(group >= 0, _at(self._world.groups.place, group), NOBODY)
        options = [meets] + [
            _at(haunts, self._haunts.pick(child, rng.random(len(child), dtype=np.float32)))
            for _ in range(2)
        ]
        noise = rng.gumbel(size=(3, len(child)))
        score = [
            np.where(place >= 0, _at(danger, place) + noise[at], -np.inf)
            for at, place in enumerate(options)
        ]
        return np.choose(np.argmax(score, axis=0), options).astype(np.int32)

    def _companion(
        self, happening: Whole, rows: Cast, group: Index, rng: np.random.Generator
    ) -> Index:
        """Draw a member for each; of two, the one who lives through the same condition."""
        day, cause = rows.day[happening], rows.cause[happening]
        table, found = self._world.memberships, np.full(len(happening), NOBODY, dtype=np.int64)
        for _ in range(2):
            chance = rng.random(len(found), dtype=np.float32)
            row = self._of_group.pick(group[happening], chance)
            person = _at(table.person, row)
            fit = self._member_on(row, day) & (person != rows.child[happening])
            fit &= self._childhood.eighteenth[person] > day
            better = fit & ((found < 0) | self._lives_through(person, cause, day))
            found = np.where(better, person, found)
        return found.astype(np.int32)

    def _adults(self, rows: Cast, group: Index, settings: LifeSettings, streams: Streams) -> Roles:
        """Draw an adult for some: one who uses the child, or else of the group behind the group."""
        rng = streams.of("lives", "organised adult")
        kinds = [settings.kinds[name] for name in HAPPENINGS]
        share = np.array([kind.adult if kind.among == "peers" else 0 for kind in kinds])[rows.kind]
        wanted = np.flatnonzero(rng.random(len(share)) < share)
        day, child = rows.day[wanted], rows.child[wanted]
        table, ties = self._world.memberships, self._world.ties
        behind = _at(self._world.groups.organised_by, group[wanted])
        behind = np.where(behind >= 0, behind, self._using(child, rows.cause[wanted]))
        row = self._of_group.pick(behind, rng.random(len(behind), dtype=np.float32))
        member = np.where(self._member_on(row, day), _at(table.person, row), NOBODY)
        tie = self._users.pick(child, rng.random(len(child), dtype=np.float32))
        holds = (_at(ties.start, tie) <= day) & (_at(ties.end, tie) >= day) & (tie >= 0)
        person = np.where(holds, _at(ties.a, tie), member)
        fit = (person >= 0) & (self._childhood.eighteenth[person] <= day)
        fit &= in_county(self._world.people, person, day)
        return Roles.of(wanted, np.where(fit, person, NOBODY).astype(np.int32), SUSPECT)

    def _using(self, child: Index, cause: Index) -> Index:
        """Give the organised group that uses an exploited child of no such group's circle."""
        organised = np.flatnonzero(self._world.groups.kind == ORGANISED).astype(np.int32)
        if not len(organised):
            return np.full(len(child), NOBODY, dtype=np.int32)
        return np.where(_is_exploitation(cause), organised[child % len(organised)], NOBODY)

    def _member_on(self, row: Whole, day: Index) -> npt.NDArray[np.bool_]:
        table = self._world.memberships
        if not len(table):
            return np.zeros(len(row), dtype=np.bool_)
        fit: npt.NDArray[np.bool_] = (
            (row >= 0) & (table.start[row] <= day) & (table.end[row] >= day)
        )
        return fit & in_county(self._world.people, table.person[row], day)

    def _lives_through(self, person: Index, cause: Index, day: Index) -> npt.NDArray[np.bool_]:
        child = _at(self._childhood.child_of, person)
        month = self._calendar.month_of(day)
        lives = np.zeros(len(person), dtype=np.bool_)
        for at, name in enumerate(CHILD_CONDITIONS, start=len(HOUSEHOLD_CONDITIONS)):
            rows = np.flatnonzero((cause == at) & (child >= 0))
            lives[rows] = self._young.states[name][month[rows], child[rows]] > 0
        return lives


def _is_exploitation(cause: Index) -> npt.NDArray[np.bool_]:
    first = len(HOUSEHOLD_CONDITIONS)
    both = [
        first + CHILD_CONDITIONS.index(name)
        for name in ("sexual_exploitation", "criminal_exploitation")
    ]
    return np.isin(cause, both)


def _at(values: npt.NDArray[Any], position: Whole | Index) -> npt.NDArray[Any]:
    """Look up, NOBODY where the position is NOBODY or the table is empty."""
    if not len(values):
        return np.full(len(position), NOBODY, dtype=np.int32)
    return np.where(position >= 0, values[position], NOBODY)
