"""Everybody's true numbers: NHS, pupil, National Insurance and Police National Computer.

Each scheme's numbers are handed out through a permutation drawn from the county's seed, so that a
number says nothing of its holder's place in the world's tables. All pass the checks of
`kithkin.model.identifiers`, and none is one that a living person may hold, save by chance a pupil
number (tests/simulation/test_sending_identifiers.py).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.agencies.sharing import Shared
from kithkin.simulation.calendar import whole_years
from kithkin.simulation.county import County
from kithkin.simulation.world import NOBODY, Index, Small, World

Whole = npt.NDArray[np.int64]

UPN_LETTERS = np.array(list("ABCDEFGHJKLMNPQRTUVWXYZ"))
PNC_LETTERS = np.array(list("ZABCDEFGHJKLMNPQRTUVWXY"))

# Prefixes of tax-only and dummy numbers (HMRC, NIM39110), which no person's card carries. Those
# never used at all, such as QQ and TN, fail the check of a number's form.
NINO_PREFIXES = np.array(["CR", "MW", "NC", "PP", "PY", "PZ"])

LOCAL_AUTHORITIES = {"E06000023": 801, "E06000022": 800, "E06000024": 802, "E06000025": 803}
"""The Department for Education's numbers of Bristol and its neighbours, by district."""
GLOUCESTERSHIRE = 916

_BLOCK = 1_000_000
_STRIDE = 618_033  # coprime with a block, so that strides visit every number of it once
_SERIALS = 1_000


# every register of pupils writes the same numbers
_PUPILS: Shared[tuple[Whole, npt.NDArray[np.bool_], Index]] = Shared()


def nhs_numbers(county: County, persons: Index, slip: Small | None = None) -> pa.StringArray:
    """Give the NHS numbers of these persons; null for NOBODY.

    `slip`, 0 to 9, is wrongly added to the last digit but one, so that the check fails.

    They are from 999 000 0000 to 999 999 9999, which is kept for tests and holds 909,090 valid
    numbers. A county of more people goes on with 998 and the blocks below it, which are well
    formed but which nobody has promised never to issue.
    """
    rng = county.streams.of("sending", "true", "nhs_number")
    everybody = len(county.world.people)
    base = _valid_nhs_bases(everybody, int(rng.integers(_BLOCK)))
    base = base[rng.permutation(everybody)[persons]]
    check = _nhs_check(base)
    if slip is not None:
        base = base // 10 * 10 + (base % 10 + slip) % 10
    return _of(persons, _text(base * 10 + check))


def pupil_numbers(county: County, persons: Index, on: int | None = None) -> pa.StringArray:
    """Give the unique pupil numbers of these persons; null for who was never on a school's roll.

    A number is issued by the first school, in the school year in which a child turns five. With
    `on`, those issued after that day are null too.
    """
    whole, known = _upn_digits(county, on)
    letters = upn_letter(whole[persons])
    text = pc.binary_join_element_wise(pa.array(letters), _text(whole[persons]), "")
    return _where(known[persons] & (persons >= 0), text)


def temporary_pupil_numbers(
    county: County, persons: Index, rng: np.random.Generator, on: int | None = None
) -> pa.StringArray:
    """Give numbers that end in a letter, as a school issues when it has not found the true one."""
    digits, known = _upn_digits(county, on)
    whole = digits[persons] // 10
    last = rng.integers(len(UPN_LETTERS), size=len(persons))
    first = upn_letter(whole, last)
    parts = pa.array(first), _text(whole), pa.array(UPN_LETTERS[last])
    return _where(known[persons] & (persons >= 0), pc.binary_join_element_wise(*parts, ""))


def national_insurance_numbers(
    county: County, persons: Index, on: int | None = None
) -> pa.StringArray:
    """Give National Insurance numbers: of the form that is issued, with prefixes that are not.

    Null for who is under 16 on the day `on`, else on the county's last day.
    """
    rng = county.streams.of("sending", "true", "national_insurance_number")
    everybody = len(county.world.people)
    place = rng.permutation(everybody)[persons].astype(np.int64)
    start, turn = rng.integers(_BLOCK), rng.integers(len(NINO_PREFIXES))
    block, within = np.divmod(place, _BLOCK)
    digits = (within * _STRIDE + start) % _BLOCK
    prefix = NINO_PREFIXES[(place + turn) % len(NINO_PREFIXES)]
    suffix = np.array(list("ABCD"))[block % 4]
    parts = pa.array(prefix), _padded(digits, 6), pa.array(suffix)
    return _where(_aged(county, persons, 16, on), pc.binary_join_element_wise(*parts, ""))


def police_computer_numbers(
    county: County, persons: Index, on: int | None = None
) -> pa.StringArray:
    """Give Police National Computer ids, of a year in which the person was ten or older.

    Null for who is under ten, the age of criminal responsibility, on the day `on`, else on the
    county's last day.
    """
    rng = county.streams.of("sending", "true", "pnc_id")
    everybody = len(county.world.people)
    serial = 100_000 + rng.permutation(everybody)[persons].astype(np.int64)
    last = _year(np.array([county.calendar.ends]))[0]
    tenth = _year(county.world.people.born[persons]) + 10
    since = np.minimum(np.maximum(tenth, 1995), last)
    year = since + (rng.random(everybody)[persons] * (last - since + 1)).astype(np.int64)
    letter = PNC_LETTERS[(year % 100 * 10_000_000 + serial) % 23]
    parts = _text(year), "/", _padded(serial, 7), pa.array(letter)
    issued = _aged(county, persons, 10, on)
    if on is not None:
        issued &= year <= _year(np.array([on]))[0]
    return _where(issued, pc.binary_join_element_wise(*parts, ""))


def upn_letter(digits: Whole, last: npt.NDArray[np.int64] | None = None) -> npt.NDArray[np.str_]:
    """Give the check letter of pupil numbers' digits, and of the last letter of a temporary one.

    The sum of each character's value times its place from 2, modulo 23 (DfE, Unique pupil
    numbers guidance).
    """
    weight = 13 if last is None else 12
    total = np.zeros(len(digits), dtype=np.int64) if last is None else last * 13
    rest = digits.copy()
    while weight >= 2:
        rest, digit = np.divmod(rest, 10)
        total = total + digit * weight
        weight -= 1
    return UPN_LETTERS[total % 23]


def _valid_nhs_bases(wanted: int, start: int) -> Whole:
    """Give as many nine-digit starts as wanted, all different, that have a check digit."""
    place = np.arange(wanted + wanted // 9 + 500, dtype=np.int64)
    block, within = np.divmod(place, _BLOCK)
    base = (999 - block) * _BLOCK + (within * _STRIDE + start) % _BLOCK
    return base[_nhs_check(base) < 10][:wanted]


def _nhs_check(base: Whole) -> Whole:
    """Give the check digits of nine digits: modulus 11, where 10 is never issued."""
    total = np.zeros(len(base), dtype=np.int64)
    rest = base
    for weight in range(2, 11):
        rest, digit = np.divmod(rest, 10)
        total += digit * weight
    check: Whole = (11 - total % 11) % 11
    return check


def _upn_digits(county: County, on: int | None) -> tuple[Whole, npt.NDArray[np.bool_]]:
    """Give the twelve digits of everybody's pupil number, and who has one (by the day `on`)."""
    digits, has, begun = _PUPILS.of(county, None, lambda: _pupils(county))
    return digits, has if on is None else has & (begun <= on)


def _pupils(county: County) -> tuple[Whole, npt.NDArray[np.bool_], Index]:
    """Give everybody's twelve digits, who has a number, and since when."""
    world = county.world
    school, begun = _first_schools(world)
    has = school != NOBODY
    year = (_year(world.people.born + 122) + 4) % 100  # a school year begins in September
    establishment = np.append(world.schools.establishment, 0)[school] % 10_000
    issuer = _authorities(world)[school] * 10_000 + establishment
    group = np.where(has, issuer * 100 + year, -1)
    shuffled = county.streams.of("sending", "true", "upn").permutation(len(school))
    order = shuffled[np.argsort(group[shuffled], kind="stable")]
    return group * _SERIALS + _places_in_group(group, order) % _SERIALS, has, begun


def _places_in_group(group: Whole, order: npt.NDArray[np.int64]) -> Whole:
    """Count, along `order`, which groups' members stand together, each member's place from 0."""
    ranked = group[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    sizes = np.diff(np.r_[starts, len(ranked)])
    place = np.empty(len(group), dtype=np.int64)
    place[order] = np.arange(len(group)) - np.repeat(starts, sizes)
    return place


def _first_schools(world: World) -> tuple[Index, Index]:
    """Give everybody's first school, or NOBODY, and the first day there."""
    enrolments = world.enrolments
    latest_first = np.argsort(-enrolments.start.astype(np.int64), kind="stable")
    school = np.full(len(world.people), NOBODY, dtype=np.int32)
    school[enrolments.person[latest_first]] = enrolments.school[latest_first]
    begun = np.zeros(len(world.people), dtype=np.int32)
    begun[enrolments.person[latest_first]] = enrolments.start[latest_first]
    return school, begun


def _authorities(world: World) -> Whole:
    """Give the number of each school's local authority; one more row stands for no school."""
    district = world.areas.district.take(pa.array(world.postcodes.area[world.schools.postcode]))
    numbers = np.full(len(world.schools) + 1, GLOUCESTERSHIRE, dtype=np.int64)
    for code, number in LOCAL_AUTHORITIES.items():
        numbers[:-1][pc.equal(district, code).to_numpy(zero_copy_only=False)] = number
    return numbers


def _aged(
    county: County, persons: Index, years: int, on: int | None = None
) -> npt.NDArray[np.bool_]:
    """Say who is so old on the day, else on the last; NOBODY is not."""
    day = county.calendar.ends if on is None else on
    age = whole_years(county.world.people.born[persons], day)
    return (persons >= 0) & (age >= years)


def _of(persons: Index, numbers: pa.StringArray) -> pa.StringArray:
    return _where(persons >= 0, numbers)


def _where(known: npt.NDArray[np.bool_], numbers: pa.StringArray) -> pa.StringArray:
    return pc.if_else(pa.array(known), numbers, pa.scalar(None, pa.string()))


def _year(days: npt.NDArray[np.int32]) -> Whole:
    years: Whole = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    return years


def _text(numbers: Whole) -> pa.StringArray:
    return pc.cast(pa.array(numbers), pa.string())


def _padded(numbers: Whole, width: int) -> pa.StringArray:
    return pc.utf8_lpad(_text(numbers), width=width, padding="0")
