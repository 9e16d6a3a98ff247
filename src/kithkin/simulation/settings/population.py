"""The population's settings: households, births, deaths, moves, schools and friendships."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from kithkin.simulation.settings.sections import Section

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class Part(BaseModel):
    """One table of the section; what each setting means stands beside it in the TOML file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Families(Part):
    """Births, couples, and who of a family lives where."""

    completed_children: tuple[Share, ...]
    first_birth_age: float = Field(ge=18, le=40)
    first_birth_spread: Positive
    first_birth_poor: float
    birth_gap_years: float = Field(ge=1.2)
    twin_births: Share
    lone_parents: Share
    lone_parents_poor: float
    lone_fathers: Share
    blended: Share
    same_sex_couples: Share
    father_in_county: Share
    father_outside: Share
    father_in_couple: Share
    second_home: Share
    three_generation: Share
    kinship: Share
    foster_carers: Share
    sharers: Share
    known_grandmother: Share
    more_children: dict[str, Share]


class Change(Part):
    """Yearly rates of moving, parting, pairing and dying."""

    arrivals: Share
    moves: dict[str, Share]
    moves_poor: float
    separations: Share
    new_partners: Share
    married: Share
    takes_name: Share
    mortality_at_zero: Positive
    mortality_growth: Positive
    mortality_men: Positive
    infant_mortality: Share


class Homes(Part):
    """Dwellings, tenure, and how far people move."""

    vacant: Share
    flats: dict[str, Share]
    near: Share
    district: Share
    owned: float
    owned_poor: float
    social_poor: float
    disabled: Share


class Schooling(Part):
    """Schools, their sizes and who goes to which."""

    nursery: Share
    primary_pupils: int = Field(ge=50)
    secondary_pupils: int = Field(ge=100)
    college: Share
    special: Share
    referral_unit: Share
    nearest: tuple[Share, ...]
    far_metres: Positive


class Kith(Part):
    """Groups, friends and places."""

    street_members: Share
    online_members: Share
    organised_per_10000: Positive
    organised_draws_on: Share
    friends_within_group: Share
    places_per_1000: Positive
    haunts: Positive


class Institutions(Part):
    """Who lives in prisons, care homes and student halls, and for how long."""

    prison: Share
    prison_women: Share
    prison_poor: float
    prison_years: Positive
    prison_spread: Positive
    care_homes: tuple[Share, Share, Share, Share, Share, Share]
    halls: Share
    halls_from_elsewhere: Share


class Ethnicity(Part):
    """Shares of ethnic groups by county, district, age and neighbourhood."""

    shares: dict[str, dict[str, float]]
    district_odds: dict[str, Positive]
    age_odds: tuple[Positive, Positive, Positive]
    area_spread: float = Field(ge=0)
    same_group: Share
    english_first: dict[str, Share]


class PopulationSettings(Section):
    """Rates and shares of the county's people."""

    FILE: ClassVar[str] = "population.toml"

    people_per_area: int = Field(ge=200, le=3000)
    age_edges: tuple[float, ...]
    women_by_age: tuple[float, ...]
    men_by_age: tuple[float, ...]
    leaving_home_years: Positive
    leave_county_when_leaving: Share
    leaving_home_to: dict[str, Share]
    young_arrivals: Share
    families: Families
    change: Change
    homes: Homes
    schools: Schooling
    kith: Kith
    institutions: Institutions
    ethnicity: Ethnicity
