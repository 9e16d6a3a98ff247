"""Settings of the front door, of the services behind it, and of what help does."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from kithkin.simulation.settings.sections import Section


class Part(BaseModel):
    """A table of the section; frozen, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Need(Part):
    """How conditions of the home and of the child add up to a level of need, 1 to 4."""

    household: dict[str, float]
    child: dict[str, float]
    by_severity: tuple[float, float, float, float]
    strength: float
    disabled: float
    levels: tuple[float, float, float]
    """Sums at which levels 2, 3 and 4 begin."""


class Reporting(Part):
    """Who tells the front door of what, and how much of it has nothing behind it."""

    contacts_per_10000: float = Field(gt=0)
    lost_to_help: float = Field(ge=0, lt=1)
    severity: float
    named: dict[str, float]
    source_share: dict[str, float]
    months: dict[str, tuple[float, ...]]
    """Relative frequency from January to December by source; `other` for the rest."""
    delay_days: dict[str, float]
    weekdays_only: tuple[str, ...]
    """Sources that write on working days: what they learn at a weekend is told on Monday."""
    background_share: float = Field(ge=0, lt=1)
    background_sources: dict[str, float]
    ages: dict[str, tuple[int, int]]
    """Youngest and oldest child, in years, of whom a source tells; -1 is the unborn. The sources
    left out tell of all."""
    unborn_share: float = Field(ge=0, lt=1)
    unborn_sources: dict[str, float]
    kinds: dict[str, dict[str, float]]
    """By kind of happening, how ready each source is to report it; relative to other kinds."""


class Deciding(Part):
    """What workers see and how they decide."""

    contacts_per_worker: float = Field(gt=0)
    teams: int = Field(ge=1)
    need: float
    severity: float
    shown_noise: float = Field(ge=0)
    by_source: dict[str, float]
    history: float
    earlier_referral: float
    under_one: float
    well_off: float
    shares: dict[str, float]
    """Aimed shares of referral, early_help and advice among contacts about closed cases."""
    decided_within_days: float = Field(ge=0)


class Pathway(Part):
    """From a referral to its closure: shares, and durations in days."""

    no_further_action: float
    enquiry: float
    not_in_need: float
    conference: float
    plan_after_conference: float
    care: float
    by_need: float
    by_hidden: float
    by_severity: float
    noise: float
    early_years: float
    open_enquiry: float
    open_care: float
    conference_after_open: float
    step_down_to_early_help: float
    plan_in_need: float
    assessment_quantiles: tuple[float, ...]
    assessment_days: tuple[float, ...]
    """Working days at those quantiles."""
    conference_days: float
    in_need_median: float
    in_need_spread: float
    long_share: float
    long_share_disabled: float
    long_median: float
    long_spread: float
    protection_median: float
    protection_spread: float
    after_protection: float
    care_short_share: float
    care_short_median: float
    care_long_median: float
    care_spread: float
    unaccompanied_per_10000: float
    leavers_until_21: float = Field(ge=0, lt=1)
    """Share of those who leave care at eighteen whose case stays open until they are 21."""
    categories: dict[str, float]
    latest_category_differs: float
    care_ends_young: dict[str, float]
    care_ends: dict[str, float]
    care_ends_grown: dict[str, float]
    earlier_plan: float = Field(ge=0, le=1)
    years_before: int
    """Years of earlier referrals from which the cases open at the start are drawn."""
    referrals_per_10000: float


class EarlyHelpSettings(Part):
    """Early help episodes."""

    declined: float
    median_days: float
    spread: float
    ends: tuple[float, ...]


class Support(Part):
    """How far each kind of help reaches, as a share of the knob `support_effect`."""

    assessment: float
    early_help: float
    in_need: float
    protection: float
    care: float
    kinds: dict[str, float]
    """Reach by kind of happening; `other` for the rest."""


class Placing(Part):
    """Where children in care live."""

    kinds: dict[str, float]
    kinds_from_16: dict[str, float]
    kinds_unaccompanied: dict[str, float]
    move_median: float
    moves_spread: float
    out_of_area: float
    legal: dict[str, float]
    full_order_days: float


class FrontDoorSettings(Section):
    """Everything of `front_door.toml`."""

    FILE: ClassVar[str] = "front_door.toml"

    need: Need
    reporting: Reporting
    deciding: Deciding
    pathway: Pathway
    early_help: EarlyHelpSettings
    support: Support
    placing: Placing
    factors: dict[str, dict[str, float]]
    """By condition, the chance of each factor at the end of an assessment when it is present;
    `any` holds factors found without one."""
