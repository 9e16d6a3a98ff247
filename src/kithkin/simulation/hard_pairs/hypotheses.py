"""Groups that differ from a comparison group in one thing alone, one pair of groups a hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from kithkin.model.dates import day_number, from_day_number
from kithkin.simulation.hard_pairs.naming import Name, draw, family_name, given, one_of, surname
from kithkin.simulation.hard_pairs.newcomers import YEAR, Newcomer, Newcomers, Otherwise
from kithkin.simulation.hard_pairs.settings import HardSettings
from kithkin.simulation.population.lists import heritages
from kithkin.simulation.world import SEXES

TEST, COMPARISON = "test", "comparison"
_ADULT = 20


@dataclass
class Draws:
    """What the groups of one hypothesis are drawn with."""

    hypothesis: str
    ends: int
    settings: HardSettings
    rng: np.random.Generator
    made: Newcomers

    def base(self, heritage: str | None = None, ages: tuple[int, int] = (5, 60)) -> Newcomer:
        """Draw someone of a community, else of any, in a home of their own."""
        heritage = heritage or draw(self.rng, self.settings.communities)
        sex = int(self.rng.integers(2))
        born = int(self.ends - self.rng.uniform(*ages) * YEAR)
        year = from_day_number(born).year
        name = given(self.rng, heritage, sex, year, family_name(self.rng, heritage))
        home = self.made.home()
        return Newcomer(self.hypothesis, COMPARISON, name, born, sex, heritage, home)

    def pick(self, words: str) -> str:
        """Draw one of some words parted by spaces."""
        return one_of(self.rng, words.split())

    def otherwise(self, *options: Mapping[str, Any]) -> tuple[Otherwise, ...]:
        """Tell the hypothesis's share of agencies one of these."""
        share = self.settings.told_otherwise[self.hypothesis]
        return (Otherwise(share, options),)


Maker = Callable[[Draws], Newcomer]


def hypothesis_groups(
    size: int, ends: int, settings: HardSettings, rng: np.random.Generator
) -> Newcomers:
    """Make `size` people of each group; `kind` is the hypothesis, `group` test or comparison.

    Of the hypothesis `heritage` each community is a group.
    """
    made = Newcomers()
    for name, (test, comparison) in _HYPOTHESES.items():
        draws = Draws(name, ends, settings, rng, made)
        for _ in range(size):
            made.add(replace(test(draws), group=TEST))
            made.add(replace(comparison(draws), group=COMPARISON))
    _add_hostels(Draws("shared_hostels", ends, settings, rng, made), size)
    draws = Draws("heritage", ends, settings, rng, made)
    for heritage in heritages():
        for _ in range(round(size * settings.hypotheses.heritage_share)):
            made.add(replace(draws.base(heritage), group=heritage))
    return made


# --- spellings and order -------------------------------------------------------------------------


def _of_many_spellings(draws: Draws) -> tuple[Newcomer, dict[str, list[str]]]:
    """Give someone whose forename, surname or both have several spellings, and these."""
    one, lists = draws.base(), draws.settings.transliterations
    which = int(draws.rng.integers(3))
    spellings = {}
    if which != 1:
        listed = (lists.F, lists.M)[one.sex]
        spellings["forename"] = one_of(draws.rng, listed).split()
    if which != 0:
        spellings["surname"] = one_of(draws.rng, lists.surnames).split(" ")
    first = {field: words[0] for field, words in spellings.items()}
    return replace(one, name=replace(one.name, **first)), spellings


def _transliterated(draws: Draws) -> Newcomer:
    one, spellings = _of_many_spellings(draws)
    options = [{field: word} for field, words in spellings.items() for word in words[1:]]
    return replace(one, otherwise=draws.otherwise(*options))


def _spelt_alike(draws: Draws) -> Newcomer:
    return _of_many_spellings(draws)[0]


def _surname_first(draws: Draws) -> Newcomer:
    one, names = draws.base(), draws.settings.name_order
    forename = draws.pick((names.F, names.M)[one.sex])
    return replace(one, name=Name(forename, one.name.middle, draws.pick(names.surnames)))


def _order_changed(draws: Draws) -> Newcomer:
    one = _surname_first(draws)
    turned = {"forename": one.name.surname, "surname": one.name.forename}
    return replace(one, otherwise=draws.otherwise(turned))


# --- customs of names ----------------------------------------------------------------------------


def _british(draws: Draws) -> Newcomer:
    return draws.base("british")


def _double_surname(draws: Draws) -> Newcomer:
    """Give two surnames, with a hyphen or a space, of which some agencies have one."""
    one = draws.base("british")
    first, second = surname(draws.rng, "british"), surname(draws.rng, "british")
    between = "-" if draws.rng.random() < 0.5 else " "
    name = replace(one.name, surname=f"{first}{between}{second}")
    told = draws.otherwise({"surname": first}, {"surname": second}, {"surname": first + second})
    return replace(one, name=name, otherwise=told)


def _somali(draws: Draws) -> Newcomer:
    """Tell some the father's name for the surname, or both forebears' names for one."""
    one = draws.base("somali")
    father, grandfather = one.name.middle, one.name.surname
    told = draws.otherwise(
        {"middle": None, "surname": father},
        {"middle": None, "surname": f"{father} {grandfather}"},
        {"middle": None},
    )
    return replace(one, otherwise=told)


def _sikh(draws: Draws) -> Newcomer:
    """Tell some Kaur or Singh for the surname, others the family's name."""
    one = draws.base("sikh")
    last = "Kaur" if SEXES[one.sex] == "F" else "Singh"
    family = surname(draws.rng, "sikh")
    name = Name(one.name.forename, last, family)
    told = draws.otherwise(
        {"middle": None, "surname": last}, {"middle": None, "surname": f"{last} {family}"}
    )
    return replace(one, name=name, otherwise=told)


def _icelandic(draws: Draws) -> Newcomer:
    """Make the surname of the father's name; tell some that name itself, or plain letters."""
    one, lists = draws.base("british"), draws.settings.icelandic
    place = int(draws.rng.integers(len(lists.fathers.split())))
    ending = "dóttir" if SEXES[one.sex] == "F" else "son"
    last = lists.genitives.split()[place] + ending
    name = Name(draws.pick((lists.F, lists.M)[one.sex]), None, last)
    told = draws.otherwise(
        {"surname": lists.fathers.split()[place]}, {"surname": last.removesuffix(ending)},
        {"surname": f"{lists.genitives.split()[place]}son"},
    )  # fmt: skip
    return replace(one, name=name, otherwise=told)


def _single(draws: Draws) -> Newcomer:
    """Put the one name into either box, or both, or fill the other as forms do."""
    one, custom = draws.base("british"), draws.settings.single
    only = draws.pick(custom.names)
    told = draws.otherwise(
        {"forename": None, "surname": only},
        {"forename": custom.no_forename, "surname": only},
        {"forename": only, "surname": custom.no_surname},
        {"forename": only, "surname": only},
    )
    return replace(one, name=Name(only, None, None), otherwise=told)


# --- births, names changed in care, hostels ------------------------------------------------------


def _born_any_day(draws: Draws) -> Newcomer:
    return draws.base(one_of(draws.rng, draws.settings.hypotheses.born_first_of_january))


def _born_first_of_january(draws: Draws) -> Newcomer:
    one = _born_any_day(draws)
    return replace(one, born=day_number(date(from_day_number(one.born).year, 1, 1)))


def _care_leaver(draws: Draws) -> Newcomer:
    return draws.base(ages=(16, 25))


def _renamed(draws: Draws) -> Newcomer:
    """Give a new surname and home, of which some agencies know only what was before."""
    one = _care_leaver(draws)
    before, home = one.name.surname, draws.made.home()
    name = replace(one.name, surname=surname(draws.rng, "british"), former_surname=before)
    told = draws.otherwise({"surname": before, "former_surname": None, "home": home})
    return replace(one, name=name, otherwise=told)


def _add_hostels(draws: Draws, size: int) -> None:
    """Put unrelated adults into hostels, and as many into homes of their own."""
    fewest, most = draws.settings.hypotheses.hostel_residents
    left = 0
    for _ in range(size):
        if not left:
            left, hostel = int(draws.rng.integers(fewest, most + 1)), draws.made.home(hostel=True)
        left -= 1
        draws.made.add(replace(draws.base(ages=(_ADULT, 45)), home=hostel, group=TEST))
        draws.made.add(draws.base(ages=(_ADULT, 45)))


_HYPOTHESES: dict[str, tuple[Maker, Maker]] = {
    "transliteration": (_transliterated, _spelt_alike),
    "name_order": (_order_changed, _surname_first),
    "double_surnames": (_double_surname, _british),
    "somali_chain": (_somali, _british),
    "sikh_names": (_sikh, _british),
    "icelandic_names": (_icelandic, _british),
    "single_names": (_single, _british),
    "born_first_of_january": (_born_first_of_january, _born_any_day),
    "changed_names": (_renamed, _care_leaver),
}
