"""What each list of Annex A holds: whose rows they are and what happened to them.

Columns are named as in `headers.toml`. Counts "in the last 12 months" carry no dates and are
left to the feeds that date each of what they count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kithkin.feeds.ssd.marks import Mark, Test


@dataclass(frozen=True)
class AnnexList:
    """One list.

    Attributes
    ----------
    person : the column of the person; adults are told apart from children by it.
    start : the date without which a row says nothing; None when there may be none.
    born_first : the start cannot come before the birth, as a plan may.
    marks : the events that a row stands for.
    allocated : the list says that social care works with the child, and who leads.
    until : the column of the day on which that ended.
    truths, codes : further columns to check: yes or no; column -> code sets.
    numbers : further columns to check as numbers.

    """

    marks: tuple[Mark, ...]
    start: str | None
    person: str = "child"
    born_first: bool = False
    allocated: bool = False
    until: str = ""
    truths: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    codes: Mapping[str, tuple[str, ...]] | None = None


SOURCES = ("referral_source", "annex_a_contact_source")
NEEDS = ("primary_need",)
LEGAL = ("legal_status", "annex_a_legal_status")
PLACEMENTS = ("placement_type", "annex_a_placement_type")
CEASED = ("reason_episode_ceased", "annex_a_reason_ceased")
CLOSURES = ("closure_reason", "annex_a_closure_reason")

_UNACCOMPANIED = Test("unaccompanied")

LISTS: Mapping[int, AnnexList] = {
    1: AnnexList(
        start="contact_date",
        marks=(
            Mark(
                "social_care.contact.received",
                on=("contact_date",),
                detail="contact_source",
                code_sets=SOURCES,
                by_referrer=True,
            ),
        ),
    ),
    2: AnnexList(
        start="assessment_started",
        marks=(
            Mark("early_help.assessment.started", on=("assessment_started",)),
            Mark("early_help.assessment.completed", on=("assessment_completed",)),
        ),
    ),
    3: AnnexList(
        start="referral_date",
        numbers=("referrals_in_year",),
        marks=(
            Mark(
                "social_care.referral.received",
                on=("referral_date",),
                detail="referral_source",
                code_sets=SOURCES,
            ),
            Mark(
                "social_care.referral.no_further_action",
                on=("referral_date",),
                only=(Test("referral_nfa"),),
            ),
        ),
    ),
    4: AnnexList(
        start="assessment_started",
        allocated=True,
        until="assessment_authorised",
        truths=("seen", "requires_support"),
        marks=(
            Mark("social_care.assessment.started", on=("assessment_started",)),
            Mark("social_care.assessment.completed", on=("assessment_authorised",)),
            Mark(
                "social_care.assessment.open",
                on=("assessment_started",),
                until=("assessment_authorised",),
            ),
        ),
    ),
    5: AnnexList(
        start="enquiry_started",
        truths=("conference_unnecessary", "conference_plan"),
        numbers=("enquiries_in_year", "conferences_in_year"),
        marks=(
            Mark("social_care.section_47.started", on=("enquiry_started",)),
            # A conference is held when concerns are substantiated and the child may go on
            # suffering harm. That it was unnecessary does not say that nothing was found.
            Mark("social_care.section_47.substantiated", on=("conference_date",)),
            Mark("social_care.conference.initial", on=("conference_date",)),
        ),
    ),
    6: AnnexList(
        start="need_started",
        allocated=True,
        until="need_closed",
        codes={"case_status": ("annex_a_case_status",), "primary_need": NEEDS},
        marks=(
            Mark(
                "social_care.referral.open",
                on=("need_started",),
                until=("need_closed",),
                detail="primary_need",
                code_sets=NEEDS,
            ),
            Mark(
                "social_care.case.closed",
                on=("need_closed",),
                detail="closure_reason",
                code_sets=CLOSURES,
            ),
            Mark(
                "social_care.case.",
                on=("need_closed",),
                by="closure_reason",
                code_sets=CLOSURES,
                parts={"RC9": "stepped_down"},
            ),
            # The list says that a plan is in place, not since when.
            Mark(
                "social_care.child_in_need_plan.",
                by="case_status",
                code_sets=("annex_a_case_status",),
                parts={"c": "open"},
                undated=True,
            ),
            Mark(
                "social_care.visit.",
                on=("last_seen",),
                by="case_status",
                code_sets=("annex_a_case_status",),
                parts={"c": "child_in_need"},
            ),
        ),
    ),
    7: AnnexList(
        start="plan_started",
        allocated=True,
        until="plan_ended",
        truths=("seen_alone", "police_powers"),
        marks=(
            Mark("social_care.visit.child_protection", on=("last_visit",)),
            Mark("social_care.child_protection_plan.review", on=("last_review",)),
        ),
    ),
    8: AnnexList(
        start="care_started",
        allocated=True,
        until="care_ceased",
        born_first=True,
        truths=("second_period", "interview_offered", "interview_accepted"),
        numbers=("placements_in_year", "missing_episodes", "absent_episodes"),
        codes={
            "legal_status": LEGAL,
            "primary_need": NEEDS,
            "placement_provider": ("placement_provider", "annex_a_placement_provider"),
        },
        marks=(
            Mark(
                "social_care.looked_after.open",
                on=("care_started",),
                until=("care_ceased",),
                detail="reason_ceased",
                code_sets=CEASED,
            ),
            Mark(
                "social_care.looked_after.",
                on=("legal_status_started",),
                by="legal_status",
                code_sets=LEGAL,
                parts=dict.fromkeys(("C1", "C2", "a", "b"), "care_order"),
            ),
            Mark(
                "social_care.looked_after.placement_started",
                on=("placement_started",),
                detail="placement_type",
                code_sets=PLACEMENTS,
            ),
            Mark("social_care.looked_after.review", on=("last_review",)),
            Mark("social_care.visit.looked_after", on=("last_visit",)),
            Mark("social_care.looked_after.health_check", on=("last_health_assessment",)),
            Mark(
                "social_care.unaccompanied_child.status",
                on=("care_started",),
                only=(_UNACCOMPANIED,),
            ),
            Mark(
                "social_care.adoption.",
                on=("care_ceased",),
                by="reason_ceased",
                code_sets=CEASED,
                parts=dict.fromkeys(("E11", "E12", "a"), "order"),
            ),
        ),
    ),
    9: AnnexList(
        start=None,
        allocated=True,
        codes={
            "eligibility": ("annex_a_eligibility",),
            "in_touch": ("in_touch", "annex_a_in_touch"),
            "accommodation": ("accommodation", "annex_a_accommodation"),
            "activity": ("activity",),
        },
        marks=(
            Mark(
                "social_care.care_leaver.",
                on=("last_contact", "pathway_review"),
                by="eligibility",
                code_sets=("annex_a_eligibility",),
                parts=dict.fromkeys("abcd", "eligible"),
                undated=True,
            ),
            Mark("social_care.care_leaver.contact", on=("last_contact",)),
            Mark(
                "social_care.care_leaver.",
                on=("last_contact",),
                by="suitability",
                code_sets=("annex_a_suitability",),
                parts={"b": "unsuitable_accommodation"},
                undated=True,
            ),
            Mark("social_care.unaccompanied_child.status", only=(_UNACCOMPANIED,), undated=True),
        ),
    ),
    10: AnnexList(
        start="care_started",
        born_first=True,
        marks=(
            Mark("social_care.adoption.decision", on=("decision",)),
            Mark("social_care.adoption.matched", on=("matched",)),
            Mark(
                "social_care.adoption.placed",
                on=("placed",),
                until=("reversed", "adoption_order"),
            ),
            Mark("social_care.adoption.order", on=("adoption_order",)),
        ),
    ),
    11: AnnexList(
        person="adopter",
        start="enquiry",
        truths=("fostering_for_adoption",),
        numbers=("children_placed",),
        marks=(
            Mark("social_care.adoption.matched", on=("matched",)),
            Mark("social_care.adoption.placed", on=("placed",), until=("adoption_order",)),
            Mark("social_care.adoption.order", on=("adoption_order",)),
        ),
    ),
}
