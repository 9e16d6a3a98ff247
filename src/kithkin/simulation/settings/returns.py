"""What children's social care records beside its decisions, and the faults of its returns."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from kithkin.simulation.settings.sections import Section

Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[int, Field(gt=0, le=800)]
Weights = dict[str, Annotated[float, Field(ge=0)]]


class ReturnSettings(Section):
    """Customs of visits, reviews and checks; shares of rows with a planted fault."""

    FILE: ClassVar[str] = "returns.toml"

    authority: Annotated[str, Field(pattern=r"^\d{3}$")]
    """Three digits of the local authority, as the census's header has them."""
    authority_name: str
    teams: tuple[str, ...]
    """Names of teams, by the worker's team number."""
    early_help_organisations: tuple[str, ...]
    child_in_need_visit: Days
    """Days from one visit to the next."""
    protection_visit: Days
    care_visit: Days
    visit_spread: Days
    """How many days late a visit may be; every number from none is as likely."""
    protection_review_first: Days
    protection_review_later: Days
    care_review_first: Days
    care_review_second: Days
    care_review_later: Days
    conference_target: Days
    """Days from the start of an enquiry by which a conference is due: fifteen working days."""
    seen_alone: Share
    assessment_seen: Share
    health_assessment: Share
    """Of children looked after, each year."""
    dental_check: Share
    immunised: Share
    health_checks_young: Share
    substance_found: Share
    """Of those who use drugs or alcohol markedly, each year."""
    substance_help: Share
    sdq_returned: Share
    sdq_mean: Annotated[float, Field(ge=0, le=40)]
    sdq_spread: Annotated[float, Field(gt=0, le=20)]
    sdq_by_condition: Annotated[float, Field(ge=0, le=10)]
    """Points on the questionnaire for each step of a child's conditions."""
    pre_proceedings_to_court: Share
    """Of protection plans that lead to an order of a court: those with work before proceedings."""
    pre_proceedings_else: Share
    """Of other plans that last: those with such work, which stepped down or goes on."""
    pre_proceedings_from: Days
    """How long other plans last before that."""
    voice_recorded: Share
    """Of children with a plan or looked after whose own answers are on record."""
    voice_from_age: Annotated[int, Field(ge=0, le=17)]
    voice_agrees: Share
    """Chance that a child agrees with each of the statements."""
    no_recourse: Share
    """Of referred children whose first language is not English: without recourse to public funds."""
    missing_unauthorised: Share
    missing_longer: Share
    """Chance that a missing episode lasts another day."""
    interview_offered: Share
    interview_accepted: Share
    review_participation: Weights
    disability_known: Share
    disability_codes: Weights
    second_disability: Share
    placement_provider_inside: Weights
    """Who provides a placement in the authority's own area, if neither parents nor relatives."""
    placement_provider_outside: Weights
    """Who provides one elsewhere."""
    single_adopter: Share
    reason_place_change: Weights
    leaver_in_touch: Weights
    leaver_activity: Weights
    leaver_accommodation: Weights
    planted: dict[str, dict[str, Share]]
    """By return and rule: the share of the rows that could break the rule and are made to."""
