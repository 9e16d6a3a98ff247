"""What schools, health, housing, benefits and early help see, and how their rates run."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from kithkin.simulation.life import CHILD_CONDITIONS, HAPPENINGS, HOUSEHOLD_CONDITIONS, PARTS
from kithkin.simulation.settings.sections import Section

Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=0)]
"""A year, and a person or household."""
DelayDays = Annotated[float, Field(ge=0, le=400)]
Effect = Annotated[float, Field(ge=-5, le=8)]
"""In log rate or log odds."""


class Part(BaseModel):
    """One part of a section."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sight(Part):
    """How an agency sees one kind of happening, through whom, and as what it records it."""

    happening: str
    part: str
    category: str
    chance: Share
    per_severity: Effect = 0.0

    @field_validator("happening")
    @classmethod
    def _happens(cls, value: str) -> str:
        return _one_of(value, HAPPENINGS)

    @field_validator("part")
    @classmethod
    def _takes_part(cls, value: str) -> str:
        return _one_of(value, PARTS)


class Holiday(Part):
    """School weeks left out: those whose Monday lies between two days (month-day) of the year."""

    first: str = Field(alias="from", pattern=r"^\d\d-\d\d$")
    last: str = Field(alias="to", pattern=r"^\d\d-\d\d$")


class SchoolEffects(Part):
    """Effects on absence or suspension, in log rate."""

    secondary: Effect
    poor: Effect
    deprivation: Effect
    support: Effect
    plan: Effect
    in_need: Effect
    protection: Effect
    looked_after: Effect
    hidden: Effect
    strength: Effect


class EducationSettings(Part):
    """Pupils: absence, exclusion, needs, meals."""

    absence: Share
    absence_spread: Rate
    unauthorised: Share
    clumping: Share
    suspension: Rate
    suspension_after_incident: Share
    exclusion: Rate
    exclusion_on_move: Share
    support: Share
    plan: Share
    free_meals: Share
    free_meals_steepness: Effect
    young_carer: Share
    census_delay: int = Field(ge=0, le=120)
    neet: Share
    codes_authorised: dict[str, Share]
    codes_unauthorised: dict[str, Share]
    reasons: dict[str, Share]
    need_types: dict[str, Share]
    absence_by_month: tuple[float, ...] = Field(min_length=12, max_length=12)
    absence_effects: SchoolEffects
    absence_states: dict[str, Effect]
    suspension_effects: SchoolEffects
    suspension_states: dict[str, Effect]
    holidays: tuple[Holiday, ...]

    @field_validator("absence_states", "suspension_states")
    @classmethod
    def _states(cls, value: dict[str, float]) -> dict[str, float]:
        for name in value:
            _one_of(name, (*HOUSEHOLD_CONDITIONS, *CHILD_CONDITIONS))
        return value


class HealthSettings(Part):
    """Contacts, appointments, episodes and registration."""

    recording_delay: DelayDays
    injury_share: Share
    deprivation_effect: Effect
    appointments: Rate
    was_not_brought: Share
    was_not_brought_neglect: Effect
    review_missed: Share
    review_missed_neglect: Effect
    below_cut_off: Share
    late_booking: Share
    substance_in_pregnancy: Share
    immunisation_overdue: tuple[Share, Share, Share]
    """Of children at five months, thirteen months and three and a half years."""
    immunisation_family_spread: Rate
    """Standard deviation between families of the log odds of being overdue."""
    pregnancy_not_born: Rate
    """Pregnancies that end before birth, a girl aged 15 to 17 and year."""
    pregnancy_poor: Effect
    """Log rate from a comfortable to a poor home."""
    pregnancy_exploited: Effect
    """Log rate for each step of sexual exploitation."""
    camhs_referral: Rate
    camhs_referral_trouble: Effect
    camhs_rejected: Share
    camhs_wait: DelayDays
    camhs_length: Rate
    unmet_need: Rate
    infection_under_16: Rate
    adult_service: Share
    adult_service_background: Share
    substance_treatment: Share
    young_substance_treatment: Share
    unplanned_exit: Share
    no_package: Share
    access_flag: Share
    unregistered_on_move: Share
    unregistered_days: Rate
    sees: tuple[Sight, ...]


class HousingSettings(Part):
    """Tenancies, rent, homelessness, complaints, condition and support."""

    arrears_start: Share
    arrears_poor: Effect
    arrears_going_without: Effect
    arrears_kept: Share
    arrears_shown: Rate
    notice_weeks: Rate
    notice: Share
    possession: Share
    starter_notice: Share
    possession_months: Rate
    homeless: Rate
    homeless_poor: Effect
    homeless_state: Effect
    prevention_share: Share
    main_duty_share: Share
    placed: Share
    placed_days: Rate
    aged_16_17: Rate
    aged_16_17_trouble: Effect
    complaint_background: Rate
    cuckooing: Rate
    hazard: Rate
    crowded_members: int = Field(ge=2)
    crowded_found: Share
    mended_days: Rate
    support: Rate
    support_trouble: Effect
    support_days: Rate
    recording_delay: DelayDays
    sees: tuple[Sight, ...]


class BenefitSettings(Part):
    """Claims and what goes with them."""

    claims: Share
    claims_steepness: Effect
    out_of_work: Share
    claim_delay: DelayDays
    capped: Share
    cap_days: Rate
    sanction: Rate
    debt: Rate
    debt_poor: Effect
    hardship: Rate
    hardship_going_without: Effect
    recording_delay: DelayDays


class EarlyHelpSettings(Part):
    """What early help finds and writes down."""

    recording_delay: DelayDays
    finds_state: Share
    finds_other: Share
    finds_seldom: Share
    assessed: Share
    assessment_days: Rate
    answer_days: DelayDays


class EverydaySettings(Part):
    """Rates by age of what happens to everybody."""

    ages: tuple[int, ...]
    """First year of each band of age."""
    consultations: tuple[Rate, ...]
    emergencies: tuple[Rate, ...]
    spread: Rate

    @model_validator(mode="after")
    def _as_long_as_ages(self) -> EverydaySettings:
        for name, rates in (
            ("consultations", self.consultations),
            ("emergencies", self.emergencies),
        ):
            if len(rates) != len(self.ages):
                raise ValueError(f"{name} has {len(rates)} rates for {len(self.ages)} ages")
        return self


class ServiceSettings(Section):
    """The services' settings."""

    FILE: ClassVar[str] = "services.toml"

    education: EducationSettings
    health: HealthSettings
    housing: HousingSettings
    benefits: BenefitSettings
    early_help: EarlyHelpSettings
    everyday: EverydaySettings


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return value
