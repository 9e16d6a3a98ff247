"""Who there is and where: the tables of the county's people, homes, schools, groups and places.

Each table is a frozen dataclass of arrays of one length; a row is known by its position, and other
tables point to it by that number. `NOBODY` (-1) points nowhere; `NEVER` is a day that does not
come. Days are day numbers (see `calendar`). Words are short tuples beside the tables, and arrays
hold their positions.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kithkin.simulation.calendar import Days

Index = npt.NDArray[np.int32]
Small = npt.NDArray[np.int8]
Float = npt.NDArray[np.float32]

NOBODY = -1

SEXES = ("F", "M")
ETHNICITIES = (
    "WBRI", "WIRI", "WIRT", "WROM", "WOTH", "MWBC", "MWBA", "MWAS", "MOTH", "AIND", "APKN", "ABAN",
    "AOTH", "BCRB", "BAFR", "BOTH", "CHNE", "OOTH",
)  # fmt: skip
"""Codes of the model's `ethnicity_20`; what a person would say of themselves."""

ADDRESS_KINDS = (
    "house", "flat", "hostel", "refuge", "childrens_home", "prison", "temporary", "care_home",
    "student_halls", "hotel",
)  # fmt: skip
TENURES = ("owned", "private_rent", "social_rent")
HOUSEHOLD_KINDS = (
    "alone", "couple", "couple_with_children", "lone_parent", "blended", "three_generation",
    "kinship_care", "foster_carers", "sharers", "older_couple", "institution",
)  # fmt: skip
STAY_KINDS = (
    "home",
    "second_home",  # the other parent's, for part of the week
    "foster", "kinship", "residential", "refuge", "temporary", "prison",
)  # fmt: skip
SCHOOL_PHASES = ("nursery", "primary", "secondary", "special", "referral_unit", "college")
PLACE_KINDS = (
    "park", "station", "shop", "licensed_premises", "takeaway", "hotel", "school_gate", "estate",
    "workplace",
)  # fmt: skip
GROUP_KINDS = ("school_friends", "street", "online", "organised")
TIE_KINDS = ("partner", "former_partner", "parent", "sibling", "grandparent", "friend", "exploits")
"""`parent`, `grandparent` and `exploits` go from `a` to `b`; the others hold both ways, once."""


class Table:
    """A table of arrays of one length."""

    def __len__(self) -> int:
        """Count the rows."""
        return len(getattr(self, fields(self)[0].name))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Areas(Table):
    """Real lower-layer super output areas, with the Index of Multiple Deprivation 2025."""

    code: pa.StringArray
    name: pa.StringArray
    district: pa.StringArray
    """Code of the local authority district, such as E07000081."""
    town: pa.StringArray
    """Post town that addresses of the area give."""
    decile: Small
    """IMD decile, 1 the most deprived tenth of England."""
    score: Float
    """IMD score; higher is more deprived."""
    income_children: Float
    """Share of children in income deprivation, 0 to 1 (IDACI)."""
    crime: Float
    """IMD crime domain score; about -3 to 3, higher is more crime."""


@dataclass(frozen=True)
class Postcodes(Table):
    """Real postcodes."""

    text: pa.StringArray
    """With its space: GL1 1AA."""
    area: Index
    easting: Index
    northing: Index


@dataclass(frozen=True)
class Addresses(Table):
    """Dwellings and institutions."""

    postcode: Index
    street: Index
    """Position in `World.streets`."""
    number: Index
    """House number."""
    flat: Index
    """Number of the flat; 0 when the house is one dwelling."""
    uprn: npt.NDArray[np.int64]
    kind: Small
    tenure: Small


@dataclass(frozen=True)
class People(Table):
    """Everybody who lives in the county on some day, and parents of children who do."""

    born: Days
    died: Days
    arrived: Days
    """First day in the county; before the calendar's start for most."""
    left: Days
    """Last day in the county; NEVER for those who stay."""
    sex: Small
    ethnicity: Small
    heritage: Small
    """Naming community: position in the names' `heritages`."""
    forename: Index
    middle: Index
    surname: Index
    former_surname: Index
    """Surname at birth or before a marriage; NOBODY when it never changed. All names are
    positions in `World.names`; NOBODY is no name."""
    known_as: Index
    """The name friends use, when it is not the forename."""
    mother: Index
    father: Index
    twin: Index
    """The other twin, or NOBODY."""
    disabled: npt.NDArray[np.bool_]
    mother_tongue_english: npt.NDArray[np.bool_]
    renamed: Days | None = None
    """First day of `surname`, before which `former_surname` held; the day of birth for those whose
    surname never changed. None where nobody's ever changes."""


@dataclass(frozen=True)
class Households(Table):
    """Families and other households; one keeps its number when it moves house."""

    kind: Small
    reference: Index
    """The person in whose name the home is held."""
    poor: Float
    """How far income falls short, 0 (comfortable) to 1; drawn from the area's deprivation."""


@dataclass(frozen=True)
class Stays(Table):
    """Who lives with which household, where, and when: a row a person, address and spell."""

    person: Index
    household: Index
    address: Index
    start: Days
    end: Days
    """Last day of the spell; NEVER while it lasts."""
    kind: Small


@dataclass(frozen=True)
class Schools(Table):
    """Schools and colleges."""

    name: pa.StringArray
    phase: Small
    urn: Index
    establishment: Index
    """Four digits within the local authority."""
    postcode: Index


@dataclass(frozen=True)
class Enrolments(Table):
    """A row a pupil and school spell."""

    person: Index
    school: Index
    start: Days
    end: Days
    form: Small
    """Class within the year group; pupils of a year and form know each other."""


@dataclass(frozen=True)
class Places(Table):
    """Where people meet."""

    name: pa.StringArray
    kind: Small
    postcode: Index
    pull: Float
    """How much it draws groups, mean about 1."""
    danger: Float
    """How much harm happens there beyond what its visitors bring, mean about 0."""


@dataclass(frozen=True)
class Groups(Table):
    """Peer groups of children and young people, and organised groups that use them."""

    kind: Small
    place: Index
    """Where it mostly meets, or NOBODY."""
    organised_by: Index
    """Position of the organised group that draws on it, or NOBODY."""


@dataclass(frozen=True)
class Memberships(Table):
    """Who belongs to a group, and when."""

    group: Index
    person: Index
    start: Days
    end: Days


@dataclass(frozen=True)
class Haunts(Table):
    """Places that a person visits on their own account."""

    person: Index
    place: Index


@dataclass(frozen=True)
class Ties(Table):
    """True relationships, known to nobody in full."""

    a: Index
    b: Index
    kind: Small
    start: Days
    end: Days


@dataclass(frozen=True)
class World:
    """The county's people and places."""

    names: pa.StringArray
    heritages: tuple[str, ...]
    streets: pa.StringArray
    areas: Areas
    postcodes: Postcodes
    addresses: Addresses
    people: People
    households: Households
    stays: Stays
    schools: Schools
    enrolments: Enrolments
    places: Places
    groups: Groups
    memberships: Memberships
    haunts: Haunts
    ties: Ties
