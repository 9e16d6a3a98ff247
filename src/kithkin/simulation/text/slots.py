"""What fills each slot of each text: positions in one long list of pieces of text."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.calendar import whole_years
from kithkin.simulation.county import County
from kithkin.simulation.text import words
from kithkin.simulation.text.knowing import VOICES, hour_of
from kithkin.simulation.text.lookups import Mask, mixed, of
from kithkin.simulation.text.scene import Scenes
from kithkin.simulation.text.style import respellings
from kithkin.simulation.text.words import MOST_CHILDREN
from kithkin.simulation.world import NOBODY, Index

EMPTY = 0
"""The piece that is nothing; the first."""
PUBLIC = ("family", "neighbour", "anonymous")
"""Voices that speak of an unborn child as the baby."""
SURNAMES = ("surname", "SURNAME", "last", "LAST")
DUE_WITHIN = 24
"""Days about the day of birth within which the day expected lies; our proposal."""
SURNAME, FORENAME = 120, 121
"""Uses of chance: whether a text spells its names another way."""


class Pieces:
    """One list of pieces of text, made of named parts."""

    def __init__(self) -> None:
        self.parts: list[pa.StringArray] = []
        self.base: dict[str, int] = {}
        self.size = 0

    def add(self, name: str, some: pa.StringArray | list[str] | tuple[str, ...]) -> int:
        """Append a part, unless it is there; give the position of its first piece."""
        if name not in self.base:
            part = some if isinstance(some, pa.Array) else pa.array(list(some), pa.string())
            self.base[name] = self.size
            self.parts.append(part)
            self.size += len(part)
        return self.base[name]

    def whole(self) -> pa.StringArray:
        """Give the list."""
        return pa.concat_arrays([pc.fill_null(part, "") for part in self.parts])


class Slots:
    """Gives the piece that fills a slot, for every text."""

    def __init__(
        self, county: County, scenes: Scenes, voice: Index, named: Mask, seed: int,
        friendly: Mask, wrong: Mask, respelt: float, pieces: Pieces,
    ) -> None:  # fmt: skip
        self.county, self.scenes, self.voice, self.seed = county, scenes, voice, seed
        self.named, self.friendly, self.wrong = named, friendly, wrong
        self.pieces, self.size = pieces, len(scenes)
        self.every = np.arange(self.size)
        self.respelt = respelt
        self.people = county.world.people
        pieces.add("nothing", [""])

    # What a slot is called decides who fills it.
    def fill(self, slot: str) -> Index:
        """Give the pieces for a slot; `KeyError` for one that nobody fills."""
        head, _, tail = slot.partition(".")
        if head == "num":
            return self._number(slot, *map(int, tail.split(".")))
        head = head[0].lower() + head[1:] if tail and head != "K1" else head
        if head in self.persons and (tail or head == slot):
            return self._of_person(head, tail)
        if head[:1] in "kK" and head[1:].isdigit():
            return self._of_child(int(head[1:]) - 1, tail, head[0] == "K")
        if head in ("h", "p", "t"):
            return self._of_day(self.days[head], tail)
        if head == "a":
            return self._of_address(tail)
        return self._plain(slot)

    def person(self, slot: str) -> Index:
        """Give whose name stands in a span: positions in `World.people`."""
        if slot[:1] == "k":
            child = self.scenes.children[:, int(slot[1:]) - 1]
            hidden = ~self.named | ((slot == "k1") & self.wrong)
            return np.where(hidden, NOBODY, child).astype(np.int32)
        return self.persons[slot]

    @cached_property
    def persons(self) -> dict[str, Index]:
        """Who stands behind each name."""
        cast = self.scenes.cast
        return {
            "carer": cast.carer, "other": cast.other, "suspect": cast.suspect,
            "victim": cast.victim, "peer": cast.peer,
            "stranger": self._grown(41, sex=1), "staff": self._grown(42), "me": self._grown(43),
            "wrong": self._another(44),
        }  # fmt: skip

    @cached_property
    def days(self) -> dict[str, Index]:
        """The day of the happening, of an earlier one, and of the contact."""
        earlier = of(self.county.happenings.day, self.scenes.earlier, 0)
        return {"h": self.scenes.happened, "p": earlier, "t": self.scenes.day}

    def _grown(self, use: int, sex: int | None = None) -> Index:
        """Give somebody of working age, whoever it is, for a name from outside the family."""
        born = self.people.born
        first, last = self.scenes.day.min() - 64 * 365, self.scenes.day.min() - 22 * 365
        able = np.flatnonzero(
            (born > first) & (born < last) & (True if sex is None else self.people.sex == sex)
        )
        return able[(mixed(self.seed, self.every, use) * len(able)).astype(np.int64)].astype(
            np.int32
        )

    def _another(self, use: int) -> Index:
        """Give another child of the same sex, whose name is used by mistake."""
        found = np.zeros(self.size, np.int32)
        sex, born = self.people.sex, self.people.born
        for each in (0, 1):
            alike = np.flatnonzero((sex == each) & (born > self.scenes.day.min() - 17 * 365))
            mine = sex[self.scenes.child] == each
            pick = (mixed(self.seed, self.every[mine], use) * len(alike)).astype(np.int64)
            found[mine] = alike[pick]
        return found

    # Names.
    def _names(self, which: Index, use: int, upper: bool = False) -> Index:
        """Give names; in some texts those of a `use` are spelt another common way throughout."""
        names = self.county.world.names
        other = mixed(self.seed, self.every, use) < self.respelt
        part, also = ("NAMES", "NAMES~") if upper else ("names", "names~")
        base = self.pieces.add(part, pc.utf8_upper(names) if upper else names)
        if not other.any():
            return np.where(which >= 0, base + which, EMPTY).astype(np.int32)
        if also not in self.pieces.base:
            some = respellings(names)
            self.pieces.add(also, pc.utf8_upper(some) if upper else some)
        base_of = np.where(other, self.pieces.base[also], base)
        return np.where(which >= 0, base_of + which, EMPTY).astype(np.int32)

    def _of_person(self, head: str, tail: str) -> Index:
        who, people = self.persons[head], self.people
        if not tail:
            return self._kin(head)
        if tail == "forename":
            return self._names(of(people.forename, who), FORENAME)
        if tail in SURNAMES:
            return self._names(of(people.surname, who), SURNAME, tail.isupper())
        if tail in ("kin", "said"):
            return self._kin(head, ("said", "kin").index(tail))
        if tail in ("dd", "mm", "yyyy"):
            return self._of_day(of(people.born, who, 0), tail)
        return self._pronoun(tail, of(people.sex.astype(np.int32), who, 2))

    def _kin(self, head: str, column: int | None = None, capital: bool = False) -> Index:
        """Give what somebody is to the child, in a column of KIN, or the one of the voice."""
        every = [pair[column] for column in range(3) for pair in words.KIN]
        base = self._capital("kin", every) if capital else self.pieces.add("kin", every)
        manner = self._manner if column is None else column
        return (base + manner * len(words.KIN) + self.scenes.cast.kin[head]).astype(np.int32)

    @cached_property
    def _manner(self) -> Index:
        """Give the column of KIN that each text's voice uses."""
        column = {"police": 1, "doctor": 1, "neighbour": 2, "anonymous": 2}
        return np.array([column.get(name, 0) for name in VOICES], dtype=np.int32)[self.voice]

    def _capital(self, part: str, some: tuple[str, ...] | list[str]) -> int:
        return self.pieces.add(part.upper() + "^", [word[:1].upper() + word[1:] for word in some])

    def _pronoun(self, which: str, sex: Index) -> Index:
        forms = words.PRONOUNS[which.lower()]
        base = self.pieces.add(f"pronoun {which.lower()}", forms)
        if which[0].isupper():
            base = self._capital(f"pronoun {which}", forms)
        return (base + sex).astype(np.int32)

    # Children.
    def _of_child(self, k: int, tail: str, capital: bool) -> Index:
        who = self.scenes.children[:, k]
        unborn = (of(self.people.born, who, 0) > self.scenes.day) & (who >= 0)
        if tail == "first":
            return self._called(k, who, unborn, capital)
        if tail in ("last", "LAST"):
            surname = np.where(unborn, of(self.people.surname, of(self.people.mother, who)), NOBODY)
            surname = np.where(surname >= 0, surname, of(self.people.surname, who))
            return self._names(surname.astype(np.int32), SURNAME, tail == "LAST")
        if tail in ("dd", "mm", "yyyy"):
            return self._of_day(self._birth(who, unborn), tail)
        if tail in ("dob_or_due", "due"):
            words_for = {"dob_or_due": ("dob", "EDD"), "due": ("", "EDD ")}[tail]
            return (self.pieces.add(tail, words_for) + unborn).astype(np.int32)
        if tail == "school":
            school = of(self.county.world.enrolments.school, self.scenes.enrolment)
            base = self.pieces.add("schools", self.county.world.schools.name)
            return np.where(school >= 0, base + school, EMPTY).astype(np.int32)
        return self._age(k, unborn, tail)

    def _birth(self, who: Index, unborn: Mask) -> Index:
        """Give the day of birth, or the day on which it is expected, off by some days."""
        off = np.floor((mixed(self.seed, who.astype(np.int64), 119) - 0.5) * DUE_WITHIN)
        born = of(self.people.born, who, 0)
        return (born + np.where(unborn, off, 0)).astype(np.int32)

    def _called(self, k: int, who: Index, unborn: Mask, capital: bool) -> Index:
        known_as = of(self.people.known_as, who)
        forename = of(self.people.forename, who)
        name = np.where(self.friendly & (known_as >= 0), known_as, forename)
        if k == 0:
            another = of(self.people.forename, self.persons["wrong"])
            name = np.where(self.wrong, another, name)
        public = np.isin(self.voice, [VOICES.index(name) for name in PUBLIC])
        base = self.pieces.add("unborn", ["Unborn", "unborn baby"])
        before = np.where(public, self._unnamed(capital), base)
        found = np.where(unborn, before, self._names(name.astype(np.int32), FORENAME + k))
        return np.where(self.named | (k > 0), found, self._unnamed(capital)).astype(np.int32)

    def _unnamed(self, capital: bool, some: tuple[str, ...] = words.UNNAMED) -> Index:
        base = self._capital(some[0], some) if capital else self.pieces.add(some[0], some)
        sex = self.people.sex[self.scenes.child].astype(np.int32)
        age = self.scenes.age(self.people.born)
        kind = np.where(age < 2, 6, np.where(age < 7, sex, np.where(age < 13, 2 + sex, 4 + sex)))
        return (base + kind).astype(np.int32)

    @cached_property
    def _ages(self) -> dict[str, Index]:
        """Number and unit of the age of every child of every text: weeks, months, then years."""
        who = self.scenes.children.ravel()
        day = np.repeat(self.scenes.day, MOST_CHILDREN)
        born = of(self.people.born, who, 0)
        days = day - born
        months = (days / 30.4375).astype(np.int32)
        years = whole_years(born, day).astype(np.int32)
        unit = np.where(days < 84, 2, np.where(months < 24, 1, 0))
        number = np.choose(unit, [years, months, np.maximum(days // 7, 1)])
        shape = self.scenes.children.shape
        return {"number": number.reshape(shape), "unit": unit.reshape(shape)}

    def _age(self, k: int, unborn: Mask, tail: str) -> Index:
        number, unit = self._ages["number"][:, k], self._ages["unit"][:, k]
        if tail == "agen":
            base = self.pieces.add("unborn", ["Unborn", "unborn baby"])
            return np.where(unborn, base + 1, self._digits(np.clip(number, 0, 120)))
        one = (number == 1) & (unit > 0)
        tables = {"unit": words.UNITS, "unit_old": words.UNITS_OLD, "unit_yo": words.UNITS_YO}
        base = self.pieces.add(tail, tables[tail])
        which = np.where(one & (tail != "unit_yo"), unit + 2, unit)
        return np.where(unborn, EMPTY, base + which).astype(np.int32)

    # Numbers and days.
    def _digits(self, number: npt.NDArray[np.int64] | Index) -> Index:
        base = self.pieces.add("digits", [str(each) for each in range(2101)])
        return (base + np.clip(number, 0, 2100)).astype(np.int32)

    def _number(self, slot: str, low: int, high: int) -> Index:
        base = self.pieces.add(slot, [str(each) for each in range(low, high + 1)])
        use = low * 100003 + high
        return (base + mixed(self.seed, self.every, use) * (high + 1 - low)).astype(np.int32)

    def _padded(self, number: npt.NDArray[np.int64] | Index, width: int) -> Index:
        base = self.pieces.add(f"padded{width}", [str(n).zfill(width) for n in range(10**width)])
        return (base + number).astype(np.int32)

    def _of_day(self, day: Index, part: str) -> Index:
        when = day.astype("datetime64[D]")
        month = when.astype("datetime64[M]")
        year = when.astype("datetime64[Y]").astype(np.int64) + 1970
        if part in ("dd", "d"):
            number = (when - month).astype(np.int64) + 1
            return self._padded(number, 2) if part == "dd" else self._digits(number)
        if part == "yyyy":
            return self._digits(year)
        if part == "weekday":
            return (self.pieces.add("weekdays", words.WEEKDAYS) + day % 7).astype(np.int32)
        number = month.astype(np.int64) % 12
        if part == "month":
            return (self.pieces.add("months", words.MONTHS) + number).astype(np.int32)
        return self._padded(number + 1, 2) if part == "mm" else self._digits(number + 1)

    def _of_address(self, part: str) -> Index:
        world = self.county.world
        address = of(world.stays.address, self.scenes.stay)
        if part == "number":
            return self._digits(of(world.addresses.number, address, 0))
        if part == "flat":
            return self._digits(of(world.addresses.flat, address, 0))
        if part == "street":
            which = of(world.addresses.street, address)
            base = self.pieces.add("streets", world.streets)
            return np.where(which >= 0, base + which, EMPTY).astype(np.int32)
        postcode = of(world.addresses.postcode, address)
        if part == "postcode":
            base = self.pieces.add("postcodes", world.postcodes.text)
            return np.where(postcode >= 0, base + postcode, EMPTY).astype(np.int32)
        area = of(world.postcodes.area, postcode)
        base = self.pieces.add("towns", world.areas.town)
        return np.where(area >= 0, base + area, EMPTY).astype(np.int32)

    # All else.
    def _plain(self, slot: str) -> Index:
        capital = slot[0].isupper()
        name = slot[0].lower() + slot[1:]
        if name in self.scenes.cast.kin:
            return self._kin(name, None, capital)
        if name in ("he", "him", "his", "himself"):
            return self._pronoun(slot, self.people.sex[self.scenes.child].astype(np.int32))
        return self._others()[name](capital)

    def _others(self) -> dict[str, Callable[[bool], Index]]:
        sex = self.people.sex[self.scenes.child].astype(np.int32)
        group = np.where(self.scenes.many > 1, 2, sex).astype(np.int32)

        def pronoun(which: str) -> Callable[[bool], Index]:
            return lambda capital: self._pronoun(which.capitalize() if capital else which, group)

        return {
            "they": pronoun("he"), "them": pronoun("him"), "their": pronoun("his"),
            "were": pronoun("was"), "have": pronoun("has"), "are": pronoun("is"),
            "s": pronoun("s"), "es_g": pronoun("s"),
            "the_children": lambda _: self._word("the_children", ("the child", "the children")),
            "plural_s": lambda _: self._word("plural_s", ("", "s")),
            "many_word": lambda _: self._many_word(),
            "a_child": lambda capital: self._unnamed(capital, words.A_CHILD),
            "year": lambda _: self._year(),
            "place": lambda _: self._place(),
            "hh": lambda _: self._hour(),
            "min": lambda _: self._padded((mixed(self.seed, self.every, 51) * 60).astype(int), 2),
            "nnn": lambda _: self._padded((mixed(self.seed, self.every, 52) * 1000).astype(int), 3),
            "other_parent": lambda _: self._other_parent(),
            "sibling": lambda _: self._sibling(),
            "weeks": lambda _: self._digits(40 - self._weeks_left()),
            "weeks_left": lambda _: self._digits(self._weeks_left()),
            "other_or_relative": lambda _: self._relative(),
        }  # fmt: skip

    def _word(self, part: str, some: tuple[str, str]) -> Index:
        return (self.pieces.add(part, some) + (self.scenes.many > 1)).astype(np.int32)

    def _many_word(self) -> Index:
        some = ("one", "two", "three", "four", "five", "six", "seven", "eight")
        return (self.pieces.add("many_word", some) + self.scenes.many - 1).astype(np.int32)

    def _year(self) -> Index:
        """Give the year group, by the age on 31 August before (DfE)."""
        month = self.scenes.day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        year = month // 12 - (month % 12 < 8)
        start = (year.astype("datetime64[Y]").astype("datetime64[M]") + 8).astype("datetime64[D]")
        age = whole_years(self.people.born[self.scenes.child], start.astype(np.int32) - 1)
        base = self.pieces.add("years", words.YEARS)
        return base + np.clip(age.astype(np.int32) - 3, 0, len(words.YEARS) - 1)

    def _place(self) -> Index:
        base = self.pieces.add("places", self.county.world.places.name)
        return np.where(self.scenes.place >= 0, base + self.scenes.place, EMPTY).astype(np.int32)

    def _hour(self) -> Index:
        return self._padded(hour_of(self.county, self.voice), 2)

    def _other_parent(self) -> Index:
        base = self.pieces.add("other_parent", ("dad", "mum"))
        mum = self.scenes.cast.carer == self.people.mother[self.scenes.child]
        return (base + np.where(mum, 0, 1)).astype(np.int32)

    def _weeks_left(self) -> Index:
        """Give the weeks until the first child's birth is expected, 1 to 35."""
        who = self.scenes.child
        due = self._birth(who, of(self.people.born, who, 0) > self.scenes.day)
        return np.clip((due - self.scenes.day) // 7, 1, 35).astype(np.int32)

    def _sibling(self) -> Index:
        """Give what the child whom it befell is to the child of the text."""
        befell = of(self.county.happenings.child, self.scenes.happening)
        base = self.pieces.add("siblings", ("sister", "brother", "sibling"))
        return (base + of(self.people.sex.astype(np.int32), befell, 2)).astype(np.int32)

    def _relative(self) -> Index:
        some = ("an uncle", "a cousin", "an older half-brother", "a family friend", "an aunt")
        base = self.pieces.add("relatives", some)
        return (base + mixed(self.seed, self.every, 54) * len(some)).astype(np.int32)

    def form(self, name: str) -> Index:
        """Give the number that chooses the form of a macro."""
        scenes = self.scenes
        gap = scenes.day - scenes.happened
        flat = of(
            self.county.world.addresses.flat, of(self.county.world.stays.address, scenes.stay), 0
        )
        forms = {
            "many": scenes.many - 1,
            "kids": np.where(~self.named & (scenes.many > 1), 0, scenes.many),
            "when": np.where(gap < 2, gap, np.where(gap < 7, 2, 3)),
            "flat": (flat > 0).astype(np.int32),
            "phone": (mixed(self.seed, self.every, 55) < 0.7).astype(np.int32),
            "later": (scenes.many == 1).astype(np.int32),
            "ages": (scenes.age(self.people.born) < 2).astype(np.int32),
        }  # fmt: skip
        return forms[name].astype(np.int32)
