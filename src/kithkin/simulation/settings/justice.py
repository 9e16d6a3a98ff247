"""What police, youth justice and panels see, record and do: shares, delays and rates as data."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kithkin.simulation.life import HAPPENINGS
from kithkin.simulation.settings.sections import Section

Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=0)]
SubjectRole = Literal["victim", "suspect", "present"]
CallCode = Literal["concern for safety", "domestic", "child", "other"]


class Part(BaseModel):
    """A table within the section."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Handling(Part):
    """What police learn of one kind of happening, and what they make of it.

    Shares are of happenings of the kind (of middling severity for `seen`), unless said otherwise.
    """

    seen: Share
    """Share that police learn of when of severity 3, in an area of mean deprivation."""
    by_severity: float = 0.5
    """Log odds of being learnt of for each step of severity."""
    same_day: Share = 0.8
    """Share of those learnt of that are reported on the day."""
    delay_days: Rate = 5.0
    """Mean days until the rest are reported."""
    occurrence: bool = True
    """Whether it is recorded as an occurrence (a missing report is not)."""
    crime: Share = 0.0
    """Share of occurrences recorded as a crime."""
    offences: dict[str, float] = {}
    """Weights of Home Office codes, or of the names of `by_victim`."""
    grave_offences: dict[str, float] = {}
    """The same for severity 4 and 5; as `offences` when empty."""
    domestic: bool = False
    antisocial: bool = False
    breach: bool = False
    markers: dict[str, Share] = {}
    """Share of occurrences with each marker."""
    subject_role: SubjectRole = "present"
    """Role in which police record the child whom it is about."""
    suspect_known: Share = 0.7
    """Share of suspects whom police identify."""
    charged_adult: Share = 0.1
    """Share of identified adult suspects charged or otherwise positively disposed of."""
    charged_child: Share = 0.1
    """The same of suspects aged 10 to 17."""
    arrested: Share = 0.2
    """Share of identified suspects of 10 or older taken into custody."""
    notice: Share = 0.0
    """Share of children present, harmed or suspected of whom a notice is sent to partners."""
    call: Share = 0.0
    """Share reported by a call for service."""
    call_code: CallCode = "other"
    protected: Share = 0.0
    """Share of the grave ones after which police protection is used."""

    @model_validator(mode="after")
    def _crimes_have_codes(self) -> Handling:
        if self.crime > 0 and not self.offences:
            raise ValueError("crime is above 0 but no offences are given; give their weights")
        return self


class Background(Part):
    """A subgroup of recorded crime: the published rate up to which adults' other crime is added."""

    subgroups: tuple[str, ...] = ()
    """Published subgroups of offences (`subgroup` of the code set `offence`) that it covers."""
    antisocial: bool = False
    """Whether it is antisocial behaviour that is no crime."""
    published: Rate
    """Crimes recorded per 1,000 people a year."""
    least: Share = 0.2
    """Smallest share of the published rate that has nothing to do with a happening."""
    offences: dict[str, float] = {}
    domestic: Share = 0.0
    """Share of all crimes of the subgroup that is between partners or former partners."""
    victim: Share = 0.5
    """Share with a victim who is a person (the rest: shops, the public, nobody)."""
    suspect: Share = 0.3
    """Share with an identified suspect."""
    charged: Share = 0.2
    """Share of identified suspects who are charged."""
    arrested: Share = 0.3
    """Share of identified suspects taken into custody."""


class Dash(Part):
    """Risk assessments of domestic incidents."""

    done: Share
    answers_at_severity_1: Rate
    answers_by_severity: Rate
    """Further positive answers for each step of severity."""
    high_severity_answer: tuple[Share, Share, Share, Share, Share]
    """Share with strangulation, a weapon or pregnancy, by severity 1 to 5."""
    medium_from: int
    high_from: int
    """Positive answers from which the grade is medium, and high."""
    graded_gravity: Share
    non_crime_published: Rate
    """Domestic incidents that are no crime per 1,000 people a year, made up between adults."""
    non_crime_least: Share
    """Smallest share of them that has nothing to do with a happening."""
    non_crime_arrested: Share


class Missing(Part):
    """Missing reports."""

    hours_until_report: Rate
    median_hours: tuple[Rate, Rate, Rate, Rate, Rate]
    """Median hours until return, by severity 1 to 5."""
    spread: Rate
    """Standard deviation of the logarithm of the hours."""
    out_of_area: Share
    out_of_area_exploited: Share
    exploitation_answers: Rate
    """Mean positive answers for each level of true exploitation, 1 to 3."""
    exploitation_answers_none: Rate
    other_answers: Rate
    adults_per_1000: Rate


class IntelligenceSettings(Part):
    """Graded reports, unproven; some have nothing behind them."""

    monthly: tuple[Rate, Rate, Rate]
    """Reports a month on a child in a mild, marked and severe state."""
    unfounded: Share
    """Share of all reports that have nothing behind them."""
    by_association: Share
    """Share of the unfounded that name a friend of somebody with something behind it."""
    exploiter_named: Share
    """Share of founded reports that name the adult who exploits the child, where there is one."""
    company: Share
    """Share of reports that name others of a group the person is in."""
    bystanders: Share
    """Share of those others who are named although nothing touches them."""
    founded_grades: tuple[Share, Share, Share]
    """Shares graded reliable, untested and not reliable."""
    unfounded_grades: tuple[Share, Share, Share]
    delay_days: Rate


class Flags(Part):
    """Flags on a person."""

    exploited_monthly: tuple[Rate, Rate, Rate]
    """Chance a month that an exploited child is flagged, by state mild, marked, severe."""
    lasts_days: Rate
    registered_per_1000: Rate
    """Registered sex and violent offenders per 1,000 adults, each flagged throughout."""
    organised_member: Share
    """Share of members of organised groups flagged as organised crime; of street groups, gang."""
    street_member: Share
    risk_to_children: Share
    """Share of adults suspected of harming a child who are flagged."""
    weapons: Share
    """Share of adults suspected of carrying a weapon who have the warning."""
    missing_reports: int
    """Reports within ninety days after which a child is flagged as habitually missing."""


class Orders(Part):
    """Orders and bail conditions."""

    protective: Share
    """Share of identified suspects of domestic crime bound by a protective order."""
    antisocial: Share
    """Share of people in antisocial behaviour who come under management."""
    breached: Share
    median_days: Rate


class Encounters(Part):
    """Stops and encounters where people meet."""

    per_1000: Rate
    """A year, per 1,000 people aged 10 to 34."""
    at_night: Share
    high_harm_danger: float
    """Danger of a place (see `Places.danger`) from which it is listed as one of high harm."""
    child: Share
    """Share of encounters that are with children."""
    met: dict[str, Share]
    """Share of what police see in the open, by kind, of which an encounter is recorded too."""


class Police(Part):
    """What is not tied to one kind of happening."""

    encompass: Share
    """Share of domestic incidents with a pupil of which the school is told."""
    notice_days: Rate
    """Mean days until a notice is shared."""
    adult_notice: Share
    """Share of adult victims of domestic abuse of whom a notice is sent."""
    grade_by_severity: Rate
    """Steps of a notice's grade, blue to red, for each step of severity."""
    ungraded: Share
    """Share of notices of children that nobody graded."""
    grade_noise: Rate
    """Standard deviation of a notice's grade, in steps."""
    witness: Share
    """Share of adults present who are recorded as witnesses."""
    charge_days: Rate
    """Mean days from report to charge."""
    custody_hours: Rate
    custody_risk_answers: Rate
    other_calls_per_1000: Rate
    dash: Dash
    missing: Missing
    intelligence: IntelligenceSettings
    flags: Flags
    orders: Orders
    encounters: Encounters


class YouthJustice(Part):
    """What follows when a child is charged or otherwise positively disposed of."""

    court_days: Rate
    """Mean days from charge to outcome."""
    diversion: dict[str, float]
    """Weights of disposals out of court that leave no record as an entrant."""
    formal: dict[str, float]
    """Weights of cautions and court disposals."""
    entrants_per_100000: Rate
    """First cautions and convictions a year per 100,000 aged 10 to 17; the rest is diverted."""
    formal_again: float
    """Log odds by which a later offence is likelier dealt with formally."""
    graver: float
    """Log odds of a formal disposal for each step of severity above 3."""
    order_days: dict[str, int]
    """Median length of each disposal that is an intervention."""
    breached: Share
    breached_again: Share
    """Share of orders breached that are breached once more, and so on."""
    assessed_out_of_court: tuple[str, ...]
    """Disposals that are assessed though no order follows."""
    assessed_share: Share
    """Share of those that are assessed."""
    custodial: tuple[str, ...]
    remanded: Share
    """Share of formal outcomes of severity 5 with a remand before them."""
    assessed_every_days: int
    rating_noise: Rate
    workers_per_100_orders: Rate
    teams: tuple[str, ...]

    @model_validator(mode="after")
    def _disposals_exist(self) -> YouthJustice:
        named = {*self.custodial, *self.order_days}
        if unknown := sorted(named - {*self.formal, *self.diversion}):
            raise ValueError(f"{', '.join(unknown)}: not among the disposals; give it a weight")
        return self


class Partners(Part):
    """Panels and specialist services."""

    exploitation_noticed: tuple[Rate, Rate, Rate]
    """Screenings a month of a child in a mild, marked and severe state."""
    screened_for_nothing: Share
    """Share of all screenings that have nothing behind them."""
    score_by_state: tuple[Rate, Rate, Rate, Rate]
    score_noise: Rate
    reviewed: Share
    """Share of children screened as medium or high who are screened again, and so on."""
    reviewed_after_days: int
    """Least days until then; up to twice as many."""
    medium_from: int
    high_from: int
    heard_medium: Share
    heard_high: Share
    flagged_high: Share
    referral_mechanism: Share
    """Share of children heard with criminal exploitation who get a positive decision."""
    marac_high: Share
    """Share of domestic incidents graded high that are heard."""
    marac_days: Rate
    adviser: Share
    """Share of victims heard who have an adviser."""
    adviser_days: Rate
    prevent_per_100000: Rate
    """Prevent referrals a year, per 100,000 people aged 11 to 30."""
    prevent_children: Share
    """Share of those referrals that are of children."""
    prevent_adopted: Share
    refuge: Share
    """Share of women whose case was heard who go to a refuge, with the children who live there."""
    refuge_days: Rate
    sentenced: dict[str, Share]
    """Share of adults charged who are sentenced to each of probation's orders."""
    probation_days: Rate
    probation_recorded_days: Rate
    release_told_days: int
    """Days before a release at which it is told."""
    places_assessed: int
    """Seen happenings at one place within a quarter that lead to an assessment."""
    groups_assessed: int
    """The same of one group of young people."""
    assessment_days: Rate


class JusticeSettings(Section):
    """Police, youth justice, panels and specialist services."""

    FILE: ClassVar[str] = "justice.toml"

    happenings: dict[str, Handling]
    by_victim: dict[str, dict[Literal["F", "M"], tuple[str, str, str]]]
    """Codes that depend on the victim's sex and age: under 13, 13 to 15, 16 and over."""
    background: dict[str, Background]
    marked_offences: dict[str, str]
    """The marker that police set with these codes, where no happening stands behind the crime."""
    police: Police
    youth_justice: YouthJustice
    partners: Partners

    @model_validator(mode="after")
    def _kinds_exist(self) -> JusticeSettings:
        named = set(self.happenings) | set(self.police.encounters.met)
        unknown = sorted(named - set(HAPPENINGS))
        if unknown:
            raise ValueError(f"no kind of happening is called {', '.join(unknown)}; remove it")
        return self
