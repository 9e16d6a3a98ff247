"""An agency's register: the people it knows, as it has them on record."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.agencies.homes import Placed
from kithkin.simulation.agencies.sharing import Shared
from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.county import County
from kithkin.simulation.records import Register
from kithkin.simulation.sending import identifiers, mistakes
from kithkin.simulation.sending.addresses import StayFinder, address_lines, take, town_of
from kithkin.simulation.sending.draft import Draft, draft_truth, put_where_placed
from kithkin.simulation.sending.entries import Entries, list_entries, merged_entries
from kithkin.simulation.sending.mistakes import Chance
from kithkin.simulation.settings.mistakes import MistakeSettings, RegisterFeed
from kithkin.simulation.world import ETHNICITIES, NOBODY, Index

FIELDS = {
    "forename": pa.string(), "middle_names": pa.string(), "surname": pa.string(),
    "former_surname": pa.string(), "known_as": pa.string(), "date_of_birth": pa.date32(),
    "expected_date_of_birth": pa.date32(), "date_of_death": pa.date32(), "sex": pa.string(),
    "ethnicity": pa.string(), "nhs_number": pa.string(), "upn": pa.string(),
    "former_upn": pa.string(), "national_insurance_number": pa.string(), "pnc_id": pa.string(),
    "address": pa.string(), "town": pa.string(), "postcode": pa.string(), "uprn": pa.string(),
    "address_from": pa.date32(), "address_to": pa.date32(), "protected": pa.string(),
}  # fmt: skip
"""Every field that a register may hold, in order, and its type."""

_STAYS: Shared[StayFinder] = Shared()
_SEXES = pa.array(["F", "M", "U"])
_ETHNICITIES = pa.array(ETHNICITIES)


def make_register(
    feed: RegisterFeed,
    people: Index,
    known: Days,
    county: County,
    settings: MistakeSettings,
    on: int | None = None,
) -> Register:
    """Make the register of one agency, as it stood on day `on`, else on the county's last day.

    An earlier day gives the same entries, numbers and mistakes, with addresses, deaths and births
    as they were then.

    Parameters
    ----------
    people : positions in `World.people`, each once, ascending.
    known : shape (people,), the day on which the agency first had a record of each.

    """
    rates = settings.rates(feed, county.knobs.mistakes)
    per_person = Chance(feed, rates, county.streams, len(people))
    ends, after = county.calendar.ends, settings.second_entry_after_days
    entries = list_entries(people, known, per_person, after, ends)
    draft = _draft(feed, entries, county, settings, ends if on is None else on)
    number = _numbers(feed, len(entries.person), county)
    gone, stands = merged_entries(entries, county.world.people, per_person)
    draft.copy_entries(gone, stands)
    number[gone] = number[stands]
    table = _write(draft, settings.holds[feed], county, feed, on)
    return Register(feed, entries.person, number, entries.known, table, entries.replaces)


def _draft(
    feed: RegisterFeed, entries: Entries, county: County, settings: MistakeSettings, extract: int
) -> Draft:
    """Draft what each entry says on the day of the extract, mistakes included."""
    world, person = county.world, entries.person
    rates = settings.rates(feed, county.knobs.mistakes)
    chance = Chance(feed, rates, county.streams, len(person))
    day = _last_updated(entries, chance, county, settings, extract)
    stays = _STAYS.of(county, None, lambda: StayFinder(world))
    draft = draft_truth(world, stays, person, entries.known, day, extract)
    if feed in settings.knows_placements:
        _place(draft, county)
    if feed in settings.hides_refuges:
        mistakes.blank_address(draft, draft.protected)
    mistakes.mistake_names(draft, chance, _typing(person, county, settings))
    mistakes.mistake_particulars(draft, chance)
    mistakes.mistake_addresses(draft, chance, world)
    mistakes.mistake_numbers(draft, chance, world)
    return draft


def _place(draft: Draft, county: County) -> None:
    """Let children looked after live where they were placed on the day of each entry."""
    placements = county.care.placements
    if not len(placements):
        return
    at = Placed(county).placement(draft.person, draft.day)
    known = np.maximum(at, 0)
    address = np.where(at >= 0, placements.address[known], NOBODY).astype(np.int32)
    put_where_placed(draft, county.world, address, placements.start[known], placements.end[known])


def _numbers(feed: str, entries: int, county: County) -> npt.NDArray[np.int64]:
    """Draw the agency's own numbers, in no order that says anything."""
    rng = county.streams.of("sending", feed, "number")
    first = 10 ** max(5, len(str(entries)))
    numbers: npt.NDArray[np.int64] = first + rng.permutation(entries * 5 // 4)[:entries]
    return numbers


def _last_updated(
    entries: Entries,
    chance: Chance,
    county: County,
    settings: MistakeSettings,
    extract: int,
) -> Days:
    """Say as of when each entry's address is right: the extract less a lag, or the first day."""
    never, _ = chance.strike("address_never_updated")
    rng = county.streams.of("sending", chance.feed, "address", "lag")
    mean = settings.address_lag_days * county.knobs.delays
    lag = rng.exponential(mean, len(entries.known)).astype(np.int32) if mean else 0
    day = np.maximum(extract - lag, entries.known)
    day[never] = entries.known[never]
    born = county.world.people.born[entries.person]
    day = np.where(born <= extract, np.maximum(day, born), day)
    return np.minimum(day, extract).astype(np.int32)


def _typing(
    person: Index, county: County, settings: MistakeSettings
) -> npt.NDArray[np.float64] | float:
    """Say how much more often each name is mistyped for where it comes from."""
    if settings.typing_of_unfamiliar_names == 1:
        return 1.0
    familiar = [name in settings.familiar_heritages for name in county.world.heritages]
    times = np.where(familiar, 1.0, settings.typing_of_unfamiliar_names)
    by_person: npt.NDArray[np.float64] = times[county.world.people.heritage[person]]
    return by_person


def _write(
    draft: Draft, holds: tuple[str, ...], county: County, feed: str, on: int | None
) -> pa.Table:
    """Turn the draft into words; what the agency does not hold is null."""
    write = _writers(draft, county, feed, on)
    rows = len(draft.person)
    return pa.table(
        {
            name: write[name]() if name in holds else pa.nulls(rows, kind)
            for name, kind in FIELDS.items()
        }
    )


def _writers(
    draft: Draft, county: County, feed: str, on: int | None
) -> dict[str, Callable[[], pa.Array]]:
    world = county.world
    return {
        "forename": lambda: draft.names.text(draft.forename),
        "middle_names": lambda: draft.names.text(draft.middle),
        "surname": lambda: draft.names.text(draft.surname),
        "former_surname": lambda: draft.names.text(draft.former_surname),
        "known_as": lambda: draft.names.text(draft.known_as),
        "date_of_birth": lambda: dates(draft.born),
        "expected_date_of_birth": lambda: dates(draft.expected),
        "date_of_death": lambda: dates(draft.died),
        "sex": lambda: take(_SEXES, draft.sex),
        "ethnicity": lambda: take(_ETHNICITIES, draft.ethnicity),
        "nhs_number": lambda: identifiers.nhs_numbers(county, draft.nhs_holder, draft.nhs_slip),
        "upn": lambda: _upn(draft, county, feed, on),
        "former_upn": lambda: _former_upn(draft, county, feed, on),
        "national_insurance_number": lambda: identifiers.national_insurance_numbers(
            county, draft.nino_holder, on
        ),
        "pnc_id": lambda: identifiers.police_computer_numbers(county, draft.pnc_holder, on),
        "address": lambda: address_lines(world, draft.address, draft.number),
        "town": lambda: town_of(world, draft.address),
        "postcode": lambda: draft.postcodes.text(draft.postcode),
        "uprn": lambda: pa.array(draft.uprn, mask=draft.uprn < 0).cast(pa.string()),
        "address_from": lambda: dates(draft.start),
        "address_to": lambda: dates(draft.end),
        "protected": lambda: take(pa.array(["Y"]), np.where(draft.protected, 0, NOBODY)),
    }


def _upn(draft: Draft, county: County, feed: str, on: int | None) -> pa.StringArray:
    """Write pupil numbers, temporary ones in the place of some."""
    upn = identifiers.pupil_numbers(county, draft.upn_holder, on)
    rng = county.streams.of("sending", feed, "temporary upn")
    temporary = draft.upn_temporary
    others = identifiers.temporary_pupil_numbers(county, draft.upn_holder[temporary], rng, on)
    return pc.replace_with_mask(upn, pa.array(temporary), others)


def _former_upn(draft: Draft, county: County, feed: str, on: int | None) -> pa.StringArray:
    """Write the temporary number that a child had before the true one was found."""
    rng = county.streams.of("sending", feed, "former upn")
    held = draft.upn_holder[draft.former_upn]
    numbers = identifiers.temporary_pupil_numbers(county, held, rng, on)
    blank = pa.nulls(len(draft.person), pa.string())
    return pc.replace_with_mask(blank, pa.array(draft.former_upn), numbers)


def dates(days: Days) -> pa.Date32Array:
    """Give day numbers as dates; null for NEVER."""
    return pa.array(days, type=pa.int32(), mask=days == NEVER).cast(pa.date32())
