"""How the world is put together: geography, families, homes, names, schools, friendships."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kithkin.simulation.calendar import NEVER, Calendar, Days
from kithkin.simulation.population.drawing import LONG_AGO, Flags, Ints, until
from kithkin.simulation.population.dwellings import make_addresses
from kithkin.simulation.population.dying import bereave, let_die
from kithkin.simulation.population.ethnicity import group_weights
from kithkin.simulation.population.fathers import find_fathers
from kithkin.simulation.population.folk import Folk, Rows, gather
from kithkin.simulation.population.geography import Geography, choose_geography
from kithkin.simulation.population.households import household_kinds
from kithkin.simulation.population.institutions import (
    add_households,
    add_stays,
    draw_away,
    without_away,
)
from kithkin.simulation.population.kith import Neighbours, make_groups, make_haunts
from kithkin.simulation.population.ledger import PRISON, SECOND_HOME, Ledger
from kithkin.simulation.population.lists import heritages
from kithkin.simulation.population.living import live_together
from kithkin.simulation.population.moving import Residence, Spells, draw_spells, hand_on, join_stays
from kithkin.simulation.population.naming import Names, name_everybody
from kithkin.simulation.population.places import make_places, near_places
from kithkin.simulation.population.schooling import Homes, enrol, make_schools
from kithkin.simulation.population.sharing import Sharing, share_homes
from kithkin.simulation.population.ties import make_ties
from kithkin.simulation.population.units import Units, draw_units
from kithkin.simulation.settings.population import PopulationSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import ETHNICITIES, NOBODY, Households, People, Stays, World


def build_world(
    calendar: Calendar, people: int, settings: PopulationSettings, streams: Streams
) -> World:
    """Build the world; `people` is how many live in the county on `calendar.opens`.

    What lasts beyond the calendar's end has the end NEVER, and what begins after it is left out.
    Parents who never live in the county are people whose `arrived` is NEVER.
    """
    geography = choose_geography(people, settings.people_per_area)
    folk, rows, units, sharing, ledger = _families(calendar, people, geography, settings, streams)
    disabled = _disabled(calendar, folk, settings, streams)
    homes = _Homes(calendar, people, geography, folk, units, ledger, settings, streams)
    names = name_everybody(calendar, folk, ledger, settings, streams.of("population", "names"))
    here = np.flatnonzero((folk.arrived <= calendar.opens) & (folk.left > calendar.opens))
    school_stream = streams.of("population", "schools")
    schools = make_schools(calendar, folk.born, here, geography, settings.schools, school_stream)
    enrolments = enrol(
        calendar, folk.born, disabled, folk.mother, homes.main(geography), schools, geography,
        settings.schools, streams.of("population", "enrolments"),
    )  # fmt: skip
    kith = settings.kith
    places = make_places(geography, people, schools, kith, streams.of("population", "places"))
    near, draw = near_places(geography, places)
    gone = np.minimum(folk.died, folk.left)
    who = Neighbours(folk.born, folk.arrived, gone, homes.area_of_people(geography), near, draw)
    groups, memberships = make_groups(
        calendar, people, who, enrolments, kith, streams.of("population", "groups")
    )
    ties = make_ties(
        calendar, folk, ledger, groups, memberships, kith, streams.of("population", "ties")
    )
    return World(
        names=names.listed(),
        heritages=heritages(),
        streets=homes.streets,
        areas=geography.areas,
        postcodes=geography.postcodes,
        addresses=homes.addresses,
        people=_people(calendar, folk, names, disabled, settings, streams),
        households=homes.households(units, rows, sharing, folk, settings, streams),
        stays=homes.stays,
        schools=schools,
        enrolments=enrolments,
        places=places,
        groups=groups,
        memberships=memberships,
        haunts=make_haunts(calendar, who, kith, streams.of("population", "haunts")),
        ties=ties,
    )


def _families(
    calendar: Calendar,
    people: int,
    geography: Geography,
    settings: PopulationSettings,
    streams: Streams,
) -> tuple[Folk, Rows, Units, Sharing, Ledger]:
    """Draw who there is, who is whose parent, and who lives with whom until when."""
    groups = group_weights(geography, settings.ethnicity, streams.of("population", "areas"))
    poor = geography.areas.income_children.astype(np.float64)
    stream = streams.of("population", "units")
    units, offspring = draw_units(calendar, people, poor, groups, settings, stream)
    folk, rows = gather(calendar, units, offspring, settings, streams.of("population", "folk"))
    _, district = np.unique(geography.districts, return_inverse=True)
    family = settings.families
    stream = streams.of("population", "fathers")
    folk, partings = find_fathers(calendar, folk, rows, units, district, family, stream)
    stream = streams.of("population", "sharing")
    sharing = share_homes(calendar, folk, rows, units, family, stream)
    stream = streams.of("population", "living")
    ledger = live_together(calendar, folk, rows, units, sharing, partings, settings, stream)
    stream = streams.of("population", "dying")
    folk = bereave(calendar, folk, units, sharing, ledger, settings.change, stream)
    let_die(calendar, folk, units, sharing, settings.change, stream)
    return folk, rows, units, sharing, ledger


def _disabled(
    calendar: Calendar, folk: Folk, settings: PopulationSettings, streams: Streams
) -> Flags:
    luck = streams.of("population", "disabled").random(len(folk.born))
    child = folk.born > calendar.opens - 18 * 365
    return luck < settings.homes.disabled * np.where(child, 1.0, 2.0)


def _people(
    calendar: Calendar,
    folk: Folk,
    names: Names,
    disabled: Flags,
    settings: PopulationSettings,
    streams: Streams,
) -> People:
    first = np.array([settings.ethnicity.english_first[code] for code in ETHNICITIES])
    luck = streams.of("population", "mother tongue").random(len(folk.born))
    family = np.where(folk.mother >= 0, folk.mother, np.arange(len(folk.born)))
    return People(
        born=folk.born.astype(np.int32),
        died=until(folk.died, calendar.ends),
        arrived=folk.arrived.astype(np.int32),
        left=until(folk.left, calendar.ends),
        sex=folk.sex.astype(np.int8),
        ethnicity=folk.ethnicity.astype(np.int8),
        heritage=names.heritage.astype(np.int8),
        forename=names.forename.astype(np.int32),
        middle=names.middle.astype(np.int32),
        surname=names.surname.astype(np.int32),
        former_surname=names.former_surname.astype(np.int32),
        known_as=names.known_as.astype(np.int32),
        mother=folk.mother.astype(np.int32),
        father=folk.father.astype(np.int32),
        twin=folk.twin.astype(np.int32),
        disabled=disabled,
        mother_tongue_english=luck[family] < first[folk.ethnicity],
        renamed=names.renamed.astype(np.int32),
    )


@dataclass(init=False)
class _Homes:
    """Households, spells, addresses and stays, as they come out of the ledger."""

    def __init__(
        self,
        calendar: Calendar,
        people: int,
        geography: Geography,
        folk: Folk,
        units: Units,
        ledger: Ledger,
        settings: PopulationSettings,
        streams: Streams,
    ) -> None:
        residence = _clipped(calendar, folk, ledger)
        stream = streams.of("population", "institutions")
        poor = units.poor[np.maximum(folk.unit, 0)]
        away = draw_away(calendar, folk, poor, residence, settings.institutions, stream)
        residence = without_away(calendar, folk, residence, away)
        person, household, start, end, kind = residence
        self.number, household = np.unique(household, return_inverse=True)
        origin, self.head, self.formed = _origins(len(units.age), ledger)
        self.origin, self.head = origin[self.number], self.head[self.number]
        self.poor = units.poor[self.origin].astype(np.float64)
        begins, ends = _span(household, start, end, len(self.number))
        _, district = np.unique(geography.districts, return_inverse=True)
        stream = streams.of("population", "moves")
        spells = draw_spells(
            calendar, begins, ends, units.area[self.origin], self.poor, district, settings, stream
        )
        areas = len(geography.areas)
        dwelling, area, tenure = hand_on(calendar, spells, settings.homes.vacant, areas, stream)
        self.addresses, position, self.streets = make_addresses(
            geography, area, tenure, people, settings.homes, streams.of("population", "addresses")
        )
        stays = _stays(calendar, (person, household, start, end, kind), spells,
                       position[dwelling])  # fmt: skip
        self.stays = add_stays(stays, away, self.addresses, len(self.number), calendar.ends,
                               streams.of("population", "institution places"))  # fmt: skip
        self.people = len(folk.born)
        self.calendar = calendar

    def main(self, geography: Geography) -> Homes:
        """Give the stays in main homes, with their areas."""
        rows = np.flatnonzero((self.stays.kind != SECOND_HOME) & (self.stays.kind != PRISON))
        area = geography.postcodes.area[self.addresses.postcode[self.stays.address[rows]]]
        return Homes(
            self.stays.person[rows].astype(np.int64), self.stays.start[rows], self.stays.end[rows],
            area.astype(np.int64),
        )  # fmt: skip

    def area_of_people(self, geography: Geography) -> Ints:
        """Give everybody's area at the opening of the window, or first after it; or NOBODY."""
        homes = self.main(geography)
        area = np.full(self.people, NOBODY, dtype=np.int64)
        area[homes.person[::-1]] = homes.area[::-1]
        open_rows = (homes.start <= self.calendar.opens) & (homes.end >= self.calendar.opens)
        area[homes.person[open_rows]] = homes.area[open_rows]
        return area

    def households(
        self,
        units: Units,
        rows: Rows,
        sharing: Sharing,
        folk: Folk,
        settings: PopulationSettings,
        streams: Streams,
    ) -> Households:
        """Give the table of households."""
        stream = streams.of("population", "household kinds")
        kinds = household_kinds(units, rows, sharing, folk, settings.families, stream)
        kind = np.concatenate([kinds, self.formed])[self.number]
        homes = Households(
            kind=kind.astype(np.int8),
            reference=self.head.astype(np.int32),
            poor=self.poor.astype(np.float32),
        )
        return add_households(homes, self.addresses)


def _clipped(calendar: Calendar, folk: Folk, ledger: Ledger) -> Residence:
    """Cut residence to people's lives and time in the county; drop what is not in the calendar."""
    person, household, start, end, kind = ledger.residence()
    start = np.maximum(start, np.maximum(folk.born, folk.arrived)[person])
    end = np.minimum(end, np.minimum(folk.died, folk.left)[person])
    kept = np.flatnonzero((start <= end) & (start <= calendar.ends) & (end >= calendar.begins))
    return person[kept], household[kept], start[kept], end[kept], kind[kept]


def _origins(units: int, ledger: Ledger) -> tuple[Ints, Ints, Ints]:
    """Give each household's unit, the person in whose name it is; and kinds of formed ones."""
    unit, head, kind = zip(*ledger.formed, strict=True)
    own = np.arange(units)
    return np.concatenate([own, *unit]), np.concatenate([own, *head]), np.concatenate(kind)


def _span(household: Ints, start: Days, end: Days, size: int) -> tuple[Days, Days]:
    begins = np.full(size, NEVER, dtype=np.int32)
    ends = np.full(size, LONG_AGO, dtype=np.int32)
    np.minimum.at(begins, household, start)
    np.maximum.at(ends, household, end)
    return begins, ends


def _stays(
    calendar: Calendar,
    residence: Residence,
    spells: Spells,
    address: Ints,
) -> Stays:
    person, household, spell, start, end, kind = join_stays(*residence, spells)
    kept = np.flatnonzero((start <= calendar.ends) & (end >= calendar.begins))
    return Stays(
        person=person[kept].astype(np.int32),
        household=household[kept].astype(np.int32),
        address=address[spell[kept]].astype(np.int32),
        start=start[kept].astype(np.int32),
        end=until(end[kept], calendar.ends),
        kind=kind[kept].astype(np.int8),
    )
