"""A register in the making: what each entry says, as numbers, before any word is written."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.sending.addresses import StayFinder, postcode_of
from kithkin.simulation.sending.variants import Variants, nicknames, spellings
from kithkin.simulation.world import NOBODY, STAY_KINDS, Index, Small, World

Whole = npt.NDArray[np.int64]
Yes = npt.NDArray[np.bool_]

SEX_UNKNOWN = 2
NONE = -1


@dataclass
class Words:
    """Words by position; mistakes add their own behind those of the world."""

    parts: list[pa.StringArray]

    def __len__(self) -> int:
        """Count the words."""
        return sum(map(len, self.parts))

    def add(self, words: pa.StringArray) -> Index:
        """Add words and give their positions."""
        first = len(self)
        self.parts.append(words)
        return np.arange(first, first + len(words), dtype=np.int32)

    def text(self, places: Index) -> pa.StringArray:
        """Give the words at these positions; null for those below nought."""
        return self.joined().take(pa.array(places, mask=places < 0))

    def joined(self) -> pa.StringArray:
        """Give all words, in order."""
        if len(self.parts) > 1:
            self.parts = [pa.concat_arrays(self.parts)]
        return self.parts[0]


@dataclass
class Draft:
    """What each entry says. NOBODY or NONE is a blank; NEVER is a blank day."""

    person: Index
    known: Days
    day: Days
    """The day as of which the entry was last put right."""
    forename: Index
    middle: Index
    surname: Index
    former_surname: Index
    known_as: Index
    born: Days
    expected: Days
    """Birth expected on this day, of a child unborn at the extract."""
    died: Days
    sex: Small
    ethnicity: Small
    address: Index
    number: Index
    """House number."""
    postcode: Index
    """Position in `postcodes`."""
    uprn: Whole
    protected: Yes
    start: Days
    end: Days
    nhs_holder: Index
    """Whose NHS number is on record."""
    nhs_slip: Small
    """What is wrongly added to its second last digit, 0 to 9."""
    upn_holder: Index
    upn_temporary: Yes
    former_upn: Yes
    nino_holder: Index
    pnc_holder: Index
    names: Words = field(repr=False)
    postcodes: Words = field(repr=False)
    nickname: Variants = field(repr=False)
    spelling: Variants = field(repr=False)

    def copy_entries(self, to: Whole, source: Whole) -> None:
        """Let entries say what others say, save whom they stand for and since when."""
        for column in fields(self):
            values = getattr(self, column.name)
            if isinstance(values, np.ndarray) and column.name not in ("person", "known"):
                values[to] = values[source]


def draft_truth(
    world: World, stays: StayFinder, person: Index, known: Days, day: Days, extract: int
) -> Draft:
    """Draft entries that say what was true on `day`, as told by the day of the extract."""
    who = world.people
    unborn = who.born[person] > extract
    lived = stays.on(person, day)
    names = Words([world.names])
    return Draft(
        person=person,
        known=known,
        day=day,
        forename=np.where(unborn, NOBODY, who.forename[person]),
        middle=np.where(unborn, NOBODY, who.middle[person]),
        surname=who.surname[person].copy(),
        former_surname=who.former_surname[person].copy(),
        known_as=np.where(unborn, NOBODY, who.known_as[person]),
        born=_days(np.where(unborn, NEVER, who.born[person])),
        expected=_days(np.where(unborn, who.born[person], NEVER)),
        died=_days(np.where(who.died[person] <= extract, who.died[person], NEVER)),
        sex=np.where(unborn, SEX_UNKNOWN, who.sex[person]).astype(np.int8),
        ethnicity=who.ethnicity[person].copy(),
        address=lived.address,
        number=world.addresses.number[np.maximum(lived.address, 0)],
        postcode=postcode_of(world, lived.address),
        uprn=np.where(lived.address < 0, NONE, world.addresses.uprn[np.maximum(lived.address, 0)]),
        protected=lived.kind == STAY_KINDS.index("refuge"),
        start=lived.start,
        end=_days(np.where(lived.end <= day, lived.end, NEVER)),
        nhs_holder=_who(person, unborn),
        nhs_slip=np.zeros(len(person), dtype=np.int8),
        upn_holder=_who(person, unborn),
        upn_temporary=np.zeros(len(person), dtype=bool),
        former_upn=np.zeros(len(person), dtype=bool),
        nino_holder=_who(person, unborn),
        pnc_holder=_who(person, unborn),
        names=names,
        postcodes=Words([world.postcodes.text]),
        nickname=nicknames(world.names, names.add),
        spelling=spellings(world.names, names.add),
    )


def _who(person: Index, unborn: Yes) -> Index:
    return np.where(unborn, NOBODY, person).astype(np.int32)


def _days(days: npt.NDArray[np.int64] | Days) -> Days:
    return days.astype(np.int32)


def put_where_placed(draft: Draft, world: World, address: Index, start: Days, end: Days) -> None:
    """Put entries at the address of a placement, where there is one (NOBODY for none)."""
    rows = address >= 0
    at = address[rows]
    draft.address[rows] = at
    draft.number[rows] = world.addresses.number[at]
    draft.postcode[rows] = postcode_of(world, at)
    draft.uprn[rows] = world.addresses.uprn[at]
    draft.protected[rows] = False
    draft.start[rows] = start[rows]
    draft.end[rows] = np.where(end[rows] <= draft.day[rows], end[rows], NEVER)
