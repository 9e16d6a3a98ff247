"""How often each agency's register is wrong, in which way, and what is corrected later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kithkin.simulation.settings.sections import Section

RegisterFeed = Literal[
    "police", "health", "housing", "benefits", "youth_justice", "early_help", "other",
    "social_care", "school_census",
]  # fmt: skip

Share = Annotated[float, Field(ge=0, le=1)]


class Rates(BaseModel):
    """Rates of each mistake: shares of entries, or of those that can have the mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    forename_typo: Share
    surname_typo: Share
    spelt_by_ear: Share
    marks_lost: Share
    known_as_used: Share
    nickname: Share
    variant_spelling: Share
    names_swapped: Share
    former_surname_used: Share
    former_surname_missing: Share
    alias: Share
    double_barrel_dropped: Share
    middle_names_missing: Share
    known_as_missing: Share
    day_month_swapped: Share
    year_off_by_one: Share
    day_mistyped: Share
    first_of_january: Share
    birth_missing: Share
    death_missing: Share
    sex_wrong: Share
    sex_unknown: Share
    ethnicity_missing: Share
    ethnicity_differs: Share
    address_never_updated: Share
    address_missing: Share
    address_of_somebody_else: Share
    house_number_mistyped: Share
    postcode_wrong: Share
    postcode_missing: Share
    uprn_missing: Share
    address_from_missing: Share
    place_uprn_missing: Share
    nhs_number_missing: Share
    nhs_number_mistyped: Share
    nhs_number_of_another: Share
    upn_missing: Share
    upn_temporary: Share
    upn_changed: Share
    national_insurance_number_missing: Share
    national_insurance_number_of_another: Share
    pnc_id_missing: Share
    duplicate: Share
    split: Share
    twins_merged: Share
    siblings_merged: Share
    father_and_son_merged: Share
    namesakes_merged: Share


MISTAKES_OF = {
    "middle_names": ("middle_names_missing",),
    "former_surname": ("former_surname_missing",),
    "known_as": ("known_as_missing",),
    "date_of_death": ("death_missing",),
    "ethnicity": ("ethnicity_missing", "ethnicity_differs"),
    "address": (
        "address_never_updated", "address_missing", "address_of_somebody_else",
        "house_number_mistyped",
    ),
    "address_from": ("address_from_missing",),
    "postcode": ("postcode_wrong", "postcode_missing"),
    "uprn": ("uprn_missing",),
    "nhs_number": ("nhs_number_missing", "nhs_number_mistyped", "nhs_number_of_another"),
    "upn": ("upn_missing", "upn_temporary", "upn_changed"),
    "national_insurance_number": (
        "national_insurance_number_missing", "national_insurance_number_of_another",
    ),
    "pnc_id": ("pnc_id_missing",),
}  # fmt: skip
"""Mistakes that strike one field alone, by field."""


class DeliverySettings(BaseModel):
    """Which agencies send twice, and how much of what they sent first was wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    earlier_months: dict[RegisterFeed, tuple[Annotated[int, Field(ge=1, le=60)], ...]]
    """Whole months before the last delivery."""
    sent_twice: tuple[RegisterFeed, ...]
    rows_corrected: Share
    entries_corrected: Share


class MistakeSettings(Section):
    """Rates of mistakes in the registers, and what each agency holds of a person."""

    FILE: ClassVar[str] = "mistakes.toml"

    familiar_heritages: tuple[str, ...]
    typing_of_unfamiliar_names: float = Field(ge=0, le=10)
    address_lag_days: float = Field(ge=0, le=3660)
    second_entry_after_days: float = Field(gt=0, le=3660)
    hides_refuges: tuple[RegisterFeed, ...]
    knows_placements: tuple[RegisterFeed, ...]
    """Feeds that give the address of a child's placement in care, in the place of the home's."""
    usual: Rates
    agencies: dict[RegisterFeed, dict[str, Share]]
    holds: dict[RegisterFeed, tuple[str, ...]]
    """Fields of a person that each agency keeps; names as in `Register.entries`."""
    deliveries: DeliverySettings

    @model_validator(mode="after")
    def _agencies_rates_exist(self) -> MistakeSettings:
        for feed, rates in self.agencies.items():
            if unknown := sorted(rates.keys() - Rates.model_fields.keys()):
                raise ValueError(f"agencies.{feed} has no rate {', '.join(unknown)}; see [usual]")
        return self

    def rates(self, feed: RegisterFeed, times: float) -> Mapping[str, float]:
        """Give an agency's rates by name, each `times` what the settings say and at most 1.

        Nothing goes wrong with what the agency does not hold.
        """
        own = {**self.usual.model_dump(), **self.agencies.get(feed, {})}
        for field, mistakes in MISTAKES_OF.items():
            if field not in self.holds[feed]:
                own |= dict.fromkeys(mistakes, 0.0)
        return {name: min(1.0, rate * times) for name, rate in own.items()}
