"""Families in which two people are easily taken for one: twins, siblings, parent and child, cousins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import numpy as np

from kithkin.model.dates import day_number, from_day_number
from kithkin.simulation.calendar import NEVER
from kithkin.simulation.hard_pairs.naming import Name, draw, family_name, given, one_of
from kithkin.simulation.hard_pairs.newcomers import YEAR, Newcomer, Newcomers, Otherwise
from kithkin.simulation.hard_pairs.settings import HardSettings
from kithkin.simulation.world import SEXES

FEMALE, MALE = range(len(SEXES))
MOTHER = "mother of a hard pair"


def hard_families(
    pairs: int, ends: int, settings: HardSettings, rng: np.random.Generator
) -> Newcomers:
    """Make families with `pairs` hard pairs; the two of a pair share a `group`, `<kind>/<number>`.

    `ends` is the day number on which ages are counted.
    """
    made = Newcomers()
    for number in range(pairs):
        kind = draw(rng, settings.kinds)
        _KINDS[kind](_Family(made, kind, f"{kind}/{number}", ends, settings, rng))
    return made


class _Family:
    """One family in the making."""

    def __init__(
        self,
        made: Newcomers,
        kind: str,
        group: str,
        ends: int,
        settings: HardSettings,
        rng: np.random.Generator,
    ) -> None:
        self.made, self.kind, self.group, self.ends = made, kind, group, ends
        self.settings, self.rng = settings, rng
        self.home = made.home()
        self.come_from(settings.communities)

    def come_from(self, communities: Mapping[str, float]) -> None:
        """Draw the family's community, and with it the family's name."""
        self.heritage = draw(self.rng, communities)
        self.name = family_name(self.rng, self.heritage)

    def within(self, least_most: tuple[int, int]) -> int:
        return int(self.rng.integers(least_most[0], least_most[1] + 1))

    def child_born(self) -> int:
        years = self.within(self.settings.family.child_years)
        return int(self.ends - (years - self.rng.random()) * YEAR)

    def called(self, sex: int, born: int) -> Name:
        year = from_day_number(born).year
        return given(self.rng, self.heritage, sex, year, self.name)

    def called_otherwise(self, sex: int, born: int, than: Name) -> Name:
        """Draw a name until its forename is another's no longer."""
        while (name := self.called(sex, born)).forename == than.forename:
            pass
        return name

    def person(self, name: Name, born: int, sex: int, **more: object) -> Newcomer:
        one = Newcomer(self.kind, self.group, name, born, sex, self.heritage, self.home)
        return replace(one, **more)  # type: ignore[arg-type]

    def parent_born(self, child_born: int) -> int:
        return child_born - int(self.rng.uniform(*self.settings.family.parent_years) * YEAR)

    def add_mother(self, child_born: int) -> int:
        born = self.parent_born(child_born)
        one = self.person(self.called(FEMALE, born), born, FEMALE, kind=MOTHER)
        return self.made.add(one)

    def sex(self) -> int:
        return int(self.rng.integers(2))

    def alike_names(self, sex: int, other: int, name: Name) -> tuple[Name, Name]:
        alike = self.settings.alike
        listed = alike.either if sex != other else (alike.F, alike.M)[sex]
        first, second = one_of(self.rng, listed).split()
        if sex != other and sex == FEMALE:
            first, second = second, first
        return replace(name, forename=first), replace(name, forename=second)


def _add_twins(
    family: _Family, sexes: tuple[int, int], names: tuple[Name, Name], born: int
) -> None:
    mother = family.add_mother(born)
    for sex, name, twin in zip(sexes, names, (mother + 2, mother + 1), strict=True):
        family.made.add(family.person(name, born, sex, mother=mother, twin=twin))


def _sexes(family: _Family) -> tuple[int, int]:
    sex = family.sex()
    identical = family.rng.random() < family.settings.family.identical
    return sex, sex if identical else family.sex()


def _twins_unlike(family: _Family) -> None:
    sexes, born = _sexes(family), family.child_born()
    one = family.called(sexes[0], born)
    _add_twins(family, sexes, (one, family.called_otherwise(sexes[1], born, one)), born)


def _twins_alike(family: _Family) -> None:
    sexes, born = _sexes(family), family.child_born()
    names = family.alike_names(*sexes, family.called(sexes[0], born))
    _add_twins(family, sexes, names, born)


def _twins_one_first_name(family: _Family) -> None:
    sex, born = family.sex(), family.child_born()
    listed = family.settings.alike.first_names[SEXES[sex]]
    family.come_from(dict.fromkeys(listed, 1.0))
    first = one_of(family.rng, listed[family.heritage].split())
    own = family.called(sex, born)
    other = family.called_otherwise(sex, born, own)
    names = tuple(
        replace(name, forename=first, middle=name.forename, known_as=name.forename)
        for name in (own, other)
    )
    _add_twins(family, (sex, sex), (names[0], names[1]), born)


def _one_birthday(family: _Family) -> None:
    """Let some agencies, one at least, have the elder's date of birth for the younger."""
    custom, sexes = family.settings.family, _sexes(family)
    younger = family.child_born()
    elder = younger - family.within(custom.sibling_days)
    names = (one := family.called(sexes[0], elder), family.called_otherwise(sexes[1], younger, one))
    if family.rng.random() < custom.alike_siblings:
        names = family.alike_names(*sexes, one)
    mother = family.add_mother(elder)
    family.made.add(family.person(names[0], elder, sexes[0], mother=mother))
    copied = (Otherwise(custom.birthday_copied, ({"born": elder},)),)
    family.made.add(family.person(names[1], younger, sexes[1], mother=mother, otherwise=copied))


def _parent_and_child(family: _Family, sex: int) -> None:
    """Make two of one name: of middle names the same, different or none; births not always known."""
    child = family.child_born()
    parent = family.parent_born(child)
    name = family.called(sex, child)
    elder_name = replace(name, known_as=None)
    match family.within((0, 2)):
        case 0:
            elder_name = replace(elder_name, middle=family.called(sex, parent).forename)
        case 1:
            name, elder_name = replace(name, middle=None), replace(elder_name, middle=None)
    elder = family.made.add(
        family.person(elder_name, parent, sex, otherwise=_vague(parent, family))
    )
    kin = {"father" if sex == MALE else "mother": elder}
    family.made.add(family.person(name, child, sex, otherwise=_vague(child, family), **kin))


def _vague(born: int, family: _Family) -> tuple[Otherwise, ...]:
    """Say that some agencies have no date of birth, and some the first of January."""
    custom = family.settings.family
    first = day_number(date(from_day_number(born).year, 1, 1))
    return (
        Otherwise(custom.birth_first_of_january, ({"born": first},), always=False),
        Otherwise(custom.birth_not_known, ({"born": NEVER},), always=False),
    )


def _cousins(family: _Family) -> None:
    sex, born = family.sex(), family.child_born()
    name = family.called(sex, born)
    other = family.called(sex, born).middle if name.middle else None
    elder = born - family.within(family.settings.family.cousin_days)
    family.made.add(family.person(name, born, sex))
    family.made.add(family.person(replace(name, middle=other), elder, sex))


_KINDS: dict[str, Callable[[_Family], None]] = {
    "twins_unlike_names": _twins_unlike,
    "twins_alike_names": _twins_alike,
    "twins_one_first_name": _twins_one_first_name,
    "siblings_one_birthday": _one_birthday,
    "father_and_son": lambda family: _parent_and_child(family, MALE),
    "mother_and_daughter": lambda family: _parent_and_child(family, FEMALE),
    "cousins_one_name": _cousins,
}
