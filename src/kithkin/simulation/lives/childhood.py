"""Who is a child of the county in which month, how old, and in which household."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Calendar, Days
from kithkin.simulation.lives.lists import Lists
from kithkin.simulation.world import NOBODY, STAY_KINDS, Index, People, Small, World

Rows = npt.NDArray[np.int32] | npt.NDArray[np.int64]

SECOND_HOME = STAY_KINDS.index("second_home")
PRISON = STAY_KINDS.index("prison")


@dataclass(frozen=True)
class Childhood:
    """The county's children month by month; a child is anyone under 18 on some day."""

    children: Index
    """Shape (children,): positions in `World.people`."""
    child_of: Index
    """Shape (people,): position in `children`, or NOBODY."""
    age: Small
    """Shape (months, children): completed years by months of birth; -1 unborn, grown or gone."""
    home: Index
    """Shape (months, children): the household in mid-month, or NOBODY."""
    families: Index
    """Households that are some child's home in some month, in order."""
    family_of: Index
    """Shape (households,): position in `families`, or NOBODY."""
    eighteenth: Days
    """Shape (people,): the eighteenth birthday, to within a day."""

    @classmethod
    def of(cls, world: World, calendar: Calendar) -> Childhood:
        """Find the children of a county, and where they live in most of each month."""
        people = world.people
        eighteenth = _eighteenth(people.born)
        under = (eighteenth > calendar.begins) & (people.born <= calendar.ends)
        here = (people.died >= calendar.begins) & (people.left >= calendar.begins)
        children = np.flatnonzero(under & here).astype(np.int32)
        child_of = _positions(children, len(people))
        age = _ages(people, children, calendar)
        home = _homes(world, calendar, child_of, age)
        age[home < 0] = -1
        lived_in = np.bincount(home[home >= 0], minlength=len(world.households))
        families = np.flatnonzero(lived_in).astype(np.int32)
        family_of = _positions(families, len(world.households))
        return cls(children, child_of, age, home, families, family_of, eighteenth)

    def family(self, month: int) -> Index:
        """Give each child's family in a month, a position in `families`, or NOBODY."""
        home = self.home[month]
        return np.where(home >= 0, self.family_of[home], NOBODY).astype(np.int32)


def middle(calendar: Calendar, month: int) -> int:
    """Give the day by which a month is judged."""
    return int(calendar.month_starts[month]) + 14


def second_homes(
    world: World, calendar: Calendar, childhood: Childhood
) -> Iterator[tuple[Index, Index]]:
    """Give month by month the children with a second home, and that home's family."""
    stays = world.stays
    rows = np.flatnonzero((stays.kind == SECOND_HOME) & (childhood.child_of[stays.person] >= 0))
    child = childhood.child_of[stays.person[rows]]
    family = childhood.family_of[stays.household[rows]]
    for month in range(calendar.months):
        day = middle(calendar, month)
        on = (stays.start[rows] <= day) & (stays.end[rows] >= day) & (family >= 0)
        yield child[on], family[on]


def in_county(people: People, person: Rows, day: Rows) -> npt.NDArray[np.bool_]:
    """Say of each person and day whether the person is born, alive and in the county."""
    return (
        (people.born[person] <= day)
        & (people.died[person] > day)
        & (people.arrived[person] <= day)
        & (people.left[person] >= day)
    )


def stays_of_households(world: World) -> Lists:
    """List the stays of each household, but for those in prison."""
    stays = world.stays
    household = np.where(stays.kind == PRISON, NOBODY, stays.household)
    return Lists.of(household, len(world.households))


def _eighteenth(born: Days) -> Days:
    birth = born.astype("datetime64[D]")
    month = birth.astype("datetime64[M]")
    return ((month + 18 * 12).astype("datetime64[D]") + (birth - month)).astype(np.int32)


def _positions(chosen: Index, of: int) -> Index:
    where = np.full(of, NOBODY, dtype=np.int32)
    where[chosen] = np.arange(len(chosen), dtype=np.int32)
    return where


def _ages(people: People, children: Index, calendar: Calendar) -> Small:
    born = people.born[children]
    since = np.maximum(born, people.arrived[children])
    until = np.minimum(people.left[children], people.died[children] - 1)
    until = np.minimum(until, _eighteenth(born) - 1)
    month_born = born.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)
    months = calendar.month_starts.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)
    age = np.full((calendar.months, len(children)), -1, dtype=np.int8)
    for month in range(calendar.months):
        day = middle(calendar, month)
        years = np.minimum((months[month] - month_born) // 12, 17)
        age[month] = np.where((since <= day) & (day <= until), years, -1)
    return age


def _homes(world: World, calendar: Calendar, child_of: Index, age: Small) -> Index:
    stays = world.stays
    at_home = (stays.kind != SECOND_HOME) & (stays.kind != PRISON)
    rows = np.flatnonzero(at_home & (child_of[stays.person] >= 0) & (stays.household >= 0))
    child, household = child_of[stays.person[rows]], stays.household[rows]
    start, end = stays.start[rows], stays.end[rows]
    home = np.full(age.shape, NOBODY, dtype=np.int32)
    for month in range(calendar.months):
        day = middle(calendar, month)
        on = (start <= day) & (end >= day)
        home[month, child[on]] = household[on]
    home[age < 0] = NOBODY
    return home
