"""Puts an agency's mistakes into a draft of its register.

Each kind of mistake strikes entries by a stream of its own, so that a change in one rate moves no
other mistake. What is struck is changed in the draft.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.sending import misspelling
from kithkin.simulation.sending.addresses import postcode_of
from kithkin.simulation.sending.draft import NONE, SEX_UNKNOWN, Draft
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import ETHNICITIES, NOBODY, Index, World

Rows = npt.NDArray[np.int64]
Respell = Callable[[pa.StringArray, np.random.Generator], pa.StringArray]

_YEAR_MONTH = "datetime64[M]"
_UNUSED = np.random.Generator(np.random.Philox(0))
"""Stands where nobody is struck: nothing is ever drawn from it."""


@dataclass(frozen=True)
class Chance:
    """Who is struck by what, for one agency."""

    feed: str
    rates: Mapping[str, float]
    streams: Streams
    size: int
    """Number of entries."""

    def strike(
        self,
        rate: str,
        use: str = "",
        among: npt.NDArray[np.bool_] | None = None,
        times: npt.NDArray[np.float64] | float = 1.0,
    ) -> tuple[Rows, np.random.Generator]:
        """Give the rows struck at this rate, of those `among` which it may strike, and a stream.

        `use` tells apart several uses of one rate; `times` multiplies it, for each row.
        """
        if not self.rates[rate]:
            return np.empty(0, dtype=np.int64), _UNUSED
        rng = self.streams.of("sending", self.feed, "mistake", rate, use)
        struck = rng.random(self.size, dtype=np.float32) < self.rates[rate] * times
        return np.flatnonzero(struck if among is None else struck & among), rng


def mistake_names(
    draft: Draft, chance: Chance, typing: npt.NDArray[np.float64] | float = 1.0
) -> None:
    """Change names; `typing` says how much more often each entry's names are mistyped."""
    _use_other_names(draft, chance)
    for name in ("forename", "surname"):
        _use_other_spelling(draft, chance, name)
    for name in ("forename", "surname"):
        heard = chance.strike("spelt_by_ear", name, _named(draft, name))
        _respell(draft, name, heard, misspelling.spelt_by_ear)
    barrels = chance.strike("double_barrel_dropped", among=_marked(draft, "-")[draft.surname])
    _respell(draft, "surname", barrels, misspelling.half_of)
    marked = _marked(draft, r"[^\x00-\x7f]|['’-]")
    for name in ("forename", "surname"):
        struck = chance.strike("marks_lost", name, marked[getattr(draft, name)])
        _respell(draft, name, struck, lambda names, _: misspelling.without_marks(names))
    for name in ("forename", "surname"):
        typos = chance.strike(f"{name}_typo", among=_named(draft, name), times=typing)
        _respell(draft, name, typos, misspelling.mistyped)
    both = _named(draft, "forename") & _named(draft, "surname")
    rows, _ = chance.strike("names_swapped", among=both)
    draft.forename[rows], draft.surname[rows] = draft.surname[rows], draft.forename[rows]
    _leave_out(draft, chance, "middle", "middle_names_missing")
    _leave_out(draft, chance, "known_as", "known_as_missing")


def mistake_particulars(draft: Draft, chance: Chance) -> None:
    """Change dates of birth and death, sex and ethnicity."""
    _mistake_birth(draft, chance)
    _leave_out(draft, chance, "died", "death_missing", NEVER)
    rows, _ = chance.strike("sex_wrong", among=draft.sex != SEX_UNKNOWN)
    draft.sex[rows] = 1 - draft.sex[rows]
    _leave_out(draft, chance, "sex", "sex_unknown", SEX_UNKNOWN)
    rows, rng = chance.strike("ethnicity_differs")
    shift = rng.integers(1, len(ETHNICITIES), size=len(rows))
    draft.ethnicity[rows] = (draft.ethnicity[rows] + shift) % len(ETHNICITIES)
    _leave_out(draft, chance, "ethnicity", "ethnicity_missing")


def mistake_addresses(draft: Draft, chance: Chance, world: World) -> None:
    """Change addresses, wholly or in a part."""
    rows, rng = chance.strike("address_of_somebody_else", among=~draft.protected)
    other = rng.integers(chance.size, size=len(rows)) if chance.size else rows
    open_ones = ~draft.protected[other]
    rows, other = rows[open_ones], other[open_ones]
    for name in ("address", "number", "uprn"):
        values = getattr(draft, name)
        values[rows] = values[other].copy()
    draft.postcode[rows] = postcode_of(world, draft.address[rows])
    rows, rng = chance.strike("house_number_mistyped", among=draft.address >= 0)
    draft.number[rows] = _other_number(draft.number[rows], rng)
    _mistake_postcodes(draft, chance)
    for name in ("uprn", "postcode"):
        _leave_out(draft, chance, name, f"{name}_missing")
    _leave_out(draft, chance, "start", "address_from_missing", NEVER)
    rows, _ = chance.strike("address_missing")
    blank_address(draft, rows)


def mistake_numbers(draft: Draft, chance: Chance, world: World) -> None:
    """Change identifiers: missing, mistyped, temporary, or another person's."""
    for field, name in (("nhs_holder", "nhs_number"), ("nino_holder", "national_insurance_number")):
        holder = getattr(draft, field)
        rows, rng = chance.strike(f"{name}_of_another", among=holder >= 0)
        holder[rows] = _somebody_near(draft.person[rows], draft.person, world, rng)
        _leave_out(draft, chance, field, f"{name}_missing")
    rows, rng = chance.strike("nhs_number_mistyped")
    draft.nhs_slip[rows] = rng.integers(1, 10, size=len(rows))
    draft.upn_temporary[chance.strike("upn_temporary")[0]] = True
    draft.former_upn[chance.strike("upn_changed", among=~draft.upn_temporary)[0]] = True
    _leave_out(draft, chance, "upn_holder", "upn_missing")
    _leave_out(draft, chance, "pnc_holder", "pnc_id_missing")


def blank_address(draft: Draft, rows: Rows | npt.NDArray[np.bool_]) -> None:
    """Take the whole address out of entries."""
    for name in ("address", "postcode", "uprn"):
        getattr(draft, name)[rows] = NONE
    draft.start[rows] = NEVER
    draft.end[rows] = NEVER


# --- names -----------------------------------------------------------------------------------


def _use_other_names(draft: Draft, chance: Chance) -> None:
    """Write nicknames, the names that people go by, former surnames and aliases."""
    rows, _ = chance.strike("known_as_used", among=draft.known_as >= 0)
    draft.forename[rows] = draft.known_as[rows]
    rows, rng = chance.strike("nickname", among=draft.nickname.has(draft.forename))
    draft.forename[rows] = draft.nickname.draw(draft.forename[rows], rng)
    former = draft.former_surname >= 0
    rows, _ = chance.strike("former_surname_used", among=former)
    draft.surname[rows] = draft.former_surname[rows]
    draft.former_surname[rows] = NOBODY
    _leave_out(draft, chance, "former_surname", "former_surname_missing")
    rows, rng = chance.strike("alias", among=_named(draft, "surname"))
    if len(rows):
        true_name = draft.surname[rows]
        draft.surname[rows] = draft.surname[rng.integers(chance.size, size=len(rows))]
        told = rng.random(len(rows)) < 0.5
        draft.former_surname[rows[told]] = true_name[told]


def _use_other_spelling(draft: Draft, chance: Chance, name: str) -> None:
    words = getattr(draft, name)
    rows, rng = chance.strike("variant_spelling", name, draft.spelling.has(words))
    words[rows] = draft.spelling.draw(words[rows], rng)


def _respell(
    draft: Draft, name: str, struck: tuple[Rows, np.random.Generator], how: Respell
) -> None:
    rows, rng = struck
    words = getattr(draft, name)
    if len(rows):
        words[rows] = draft.names.add(how(draft.names.text(words[rows]), rng))


def _named(draft: Draft, name: str) -> npt.NDArray[np.bool_]:
    named: npt.NDArray[np.bool_] = getattr(draft, name) >= 0
    return named


def _marked(draft: Draft, pattern: str) -> npt.NDArray[np.bool_]:
    """Say of each word if the pattern is in it; the last, that no word (-1) has it."""
    found = pc.match_substring_regex(draft.names.joined(), pattern)
    return np.append(found.to_numpy(zero_copy_only=False), False)


# --- dates -----------------------------------------------------------------------------------


def _mistake_birth(draft: Draft, chance: Chance) -> None:
    born = draft.born
    year, month, day = _parts(born)
    can = (born != NEVER) & (day <= 12) & (day != month)
    rows, _ = chance.strike("day_month_swapped", among=can)
    born[rows] = _date(year[rows], day[rows], month[rows])
    known = born != NEVER
    rows, rng = chance.strike("year_off_by_one", among=known)
    year, month, day = _parts(born[rows])
    born[rows] = _date(year + rng.choice([-1, 1], size=len(rows)), month, np.minimum(day, 28))
    rows, rng = chance.strike("day_mistyped", among=known)
    year, month, day = _parts(born[rows])
    born[rows] = _date(year, month, (day + rng.choice([1, 9, 19], size=len(rows))) % 28 + 1)
    rows, _ = chance.strike("first_of_january", among=known)
    year, month, day = _parts(born[rows])
    born[rows] = _date(year, np.ones_like(month), np.ones_like(day))
    # A slip never takes a birth beyond the day of the entry: the agency would not have had it.
    later = (born > draft.day) & (born != NEVER)
    born[later] = draft.day[later]
    _leave_out(draft, chance, "born", "birth_missing", NEVER)


def _parts(days: Days) -> tuple[Rows, Rows, Rows]:
    """Give years, months and days of the month."""
    dates = days.astype("datetime64[D]")
    months = dates.astype(_YEAR_MONTH)
    year, month = np.divmod(months.astype(np.int64), 12)
    return year + 1970, month + 1, (dates - months).astype(np.int64) + 1


def _date(year: Rows, month: Rows, day: Rows) -> Days:
    months = ((year - 1970) * 12 + month - 1).astype(_YEAR_MONTH)
    first = months.astype("datetime64[D]").astype(np.int64)
    return (first + day - 1).astype(np.int32)


# --- addresses and numbers ---------------------------------------------------------------------


def _mistake_postcodes(draft: Draft, chance: Chance) -> None:
    """Change the last letter of half of the wrong postcodes; the others are of the next street."""
    rows, rng = chance.strike("postcode_wrong", among=draft.postcode >= 0)
    if not len(rows):
        return
    letter = rng.random(len(rows)) < 0.5
    texts = draft.postcodes.text(draft.postcode[rows[letter]])
    beside = draft.postcode[rows[~letter]] + rng.choice([-2, -1, 1, 2], size=int((~letter).sum()))
    last = len(draft.postcodes) - 1
    draft.postcode[rows[~letter]] = np.where(beside < 0, 1, np.minimum(beside, last))
    changed = misspelling.last_letter_changed(texts, rng)
    draft.postcode[rows[letter]] = draft.postcodes.add(changed)


def _other_number(number: Index, rng: np.random.Generator) -> Index:
    """Swap the digits of a house number of two different digits; else go some houses along."""
    tens, ones = np.divmod(number, 10)
    swapped = ones * 10 + tens
    can = (number > 9) & (number < 100) & (tens != ones) & (ones > 0)
    along = number + rng.integers(1, 10, size=len(number))
    return np.where(can & (rng.random(len(number)) < 0.5), swapped, along).astype(np.int32)


def _somebody_near(person: Index, others: Index, world: World, rng: np.random.Generator) -> Index:
    """Give the mother of half of the people who have one; for the rest anybody of the register."""
    anybody = others[rng.integers(len(others), size=len(person))] if len(person) else person
    mother = world.people.mother[person]
    return np.where((mother >= 0) & (rng.random(len(person)) < 0.5), mother, anybody)


def _leave_out(draft: Draft, chance: Chance, name: str, rate: str, blank: int = NONE) -> None:
    rows, _ = chance.strike(rate)
    getattr(draft, name)[rows] = blank
