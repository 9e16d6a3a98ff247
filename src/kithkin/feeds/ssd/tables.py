"""The tables of the Standard Safeguarding Dataset: whose row it is, and what it says happened.

Column names are those of the specification, release 1.4.5 (data-to-insight/ssd-data-model, MIT);
`also` gives what case systems' own SQL calls them where that differs. Parents stand before the
tables that find their person through them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kithkin.feeds.ssd.marks import Mark, Test


@dataclass(frozen=True)
class Table:
    """One table of the dataset.

    Attributes
    ----------
    id, person : columns of the row's own id and of the person.
    parent : the column and the table through which the person is found when `person` is blank.
    index : the column by which children of this table name it; its id unless it says otherwise.
    unique : columns whose values two different rows cannot share; the id unless it says otherwise.
    extra : the name of the step in `steps` that reads what no mark can say.
    also : other names of columns.

    """

    name: str
    id: str = ""
    person: str = ""
    parent: tuple[str, str] | None = None
    marks: tuple[Mark, ...] = ()
    index: str = ""
    unique: tuple[str, ...] = ()
    extra: str = ""
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _words(*words: str) -> frozenset[str]:
    return frozenset(words)


_REFERRAL_NFA = (
    Test("cine_referral_nfa"),
    Test("cine_referral_outcome_json", flags=("NFA_FLAG",)),
)
_S47_CONFERENCE = Test("s47e_s47_outcome_json", flags=("CP_CONFERENCE_FLAG",))
_S47_NFA = (
    Test("s47e_s47_nfa"),
    Test("s47e_s47_outcome_json", flags=("NFA_FLAG", "NFA_CONTINUE_SINGLE_FLAG")),
)
ADOPTED = Test("perm_permanence_order_type", _words("adoption", "adoption order", "e11", "e12"))
_MISSING = Test("miss_missing_episode_type", _words("m", "missing"))

CONTACTS = Table(
    "ssd_contacts",
    id="cont_contact_id",
    person="cont_person_id",
    extra="contact",
    marks=(
        Mark(
            "social_care.contact.received",
            on=("cont_contact_date",),
            detail="cont_contact_source_code",
            code_sets=("referral_source",),
            by_referrer=True,
        ),
        *(
            Mark(
                f"social_care.contact.{outcome}",
                on=("cont_contact_date",),
                only=(Test("cont_contact_outcome_json", flags=flags),),
            )
            for outcome, flags in {
                "no_further_action": ("NFA_FLAG",),
                "advice": ("ADVICE_FLAG",),
                "to_early_help": ("EARLY_HELP_FLAG",),
                "to_referral": ("NEW_REFERRAL_FLAG",),
            }.items()
        ),
    ),
)

EARLY_HELP = Table(
    "ssd_early_help_episodes",
    id="earl_episode_id",
    person="earl_person_id",
    extra="early_help",
    marks=(
        Mark(
            "early_help.episode.open",
            on=("earl_episode_start_date",),
            until=("earl_episode_end_date",),
        ),
    ),
)

CIN_EPISODES = Table(
    "ssd_cin_episodes",
    id="cine_referral_id",
    person="cine_person_id",
    extra="closed_as_adopted",
    marks=(
        Mark(
            "social_care.referral.received",
            on=("cine_referral_date",),
            detail="cine_referral_source_code",
            code_sets=("referral_source",),
        ),
        Mark(
            "social_care.referral.no_further_action",
            on=("cine_referral_date",),
            only=_REFERRAL_NFA,
        ),
        Mark(
            "social_care.referral.open",
            on=("cine_referral_date",),
            until=("cine_close_date",),
            unless=_REFERRAL_NFA,
            detail="cine_cin_primary_need_code",
            code_sets=("primary_need",),
        ),
        Mark(
            "social_care.case.closed",
            on=("cine_close_date",),
            unless=_REFERRAL_NFA,
            detail="cine_close_reason",
            code_sets=("closure_reason",),
        ),
        Mark(
            "social_care.case.",
            on=("cine_close_date",),
            by="cine_close_reason",
            code_sets=("closure_reason",),
            parts={"RC9": "stepped_down"},  # closed after assessment, referred to early help
        ),
    ),
)

CIN_ASSESSMENTS = Table(
    "ssd_cin_assessments",
    id="cina_assessment_id",
    person="cina_person_id",
    parent=("cina_referral_id", "ssd_cin_episodes"),
    extra="remember_assessment",
    marks=(
        Mark("social_care.assessment.started", on=("cina_assessment_start_date",)),
        Mark("social_care.assessment.completed", on=("cina_assessment_auth_date",)),
        Mark(
            "social_care.assessment.open",
            on=("cina_assessment_start_date",),
            until=("cina_assessment_auth_date",),
        ),
    ),
)

ASSESSMENT_FACTORS = Table(
    "ssd_assessment_factors",
    id="cinf_table_id",
    parent=("cinf_assessment_id", "ssd_cin_assessments"),
    extra="factors",
)

CIN_PLANS = Table(
    "ssd_cin_plans",
    id="cinp_cin_plan_id",
    person="cinp_person_id",
    parent=("cinp_referral_id", "ssd_cin_episodes"),
    also={"cinp_cin_plan_id": ("cin_plan_id",)},
    marks=(
        Mark(
            "social_care.child_in_need_plan.open",
            on=("cinp_cin_plan_start_date",),
            until=("cinp_cin_plan_end_date",),
        ),
    ),
)

CIN_VISITS = Table(
    "ssd_cin_visits",
    id="cinv_cin_visit_id",
    person="cinv_person_id",
    parent=("cinv_cin_plan_id", "ssd_cin_plans"),
    marks=(Mark("social_care.visit.child_in_need", on=("cinv_cin_visit_date",)),),
)

S47 = Table(
    "ssd_s47_enquiry",
    id="s47e_s47_enquiry_id",
    person="s47e_person_id",
    parent=("s47e_referral_id", "ssd_cin_episodes"),
    unique=("s47e_person_id", "s47e_s47_start_date"),  # one enquiry comes out under several ids
    marks=(
        Mark("social_care.section_47.started", on=("s47e_s47_start_date",)),
        Mark(
            "social_care.section_47.substantiated",
            on=("s47e_s47_end_date", "s47e_s47_start_date"),
            only=(_S47_CONFERENCE,),
        ),
        Mark(
            "social_care.section_47.not_substantiated",
            on=("s47e_s47_end_date", "s47e_s47_start_date"),
            only=_S47_NFA,
            unless=(_S47_CONFERENCE,),
        ),
    ),
)

CONFERENCES = Table(
    "ssd_initial_cp_conference",
    id="icpc_icpc_id",
    person="icpc_person_id",
    parent=("icpc_s47_enquiry_id", "ssd_s47_enquiry"),
    marks=(Mark("social_care.conference.initial", on=("icpc_icpc_date",)),),
)

CP_PLANS = Table(
    "ssd_cp_plans",
    id="cppl_cp_plan_id",
    person="cppl_person_id",
    parent=("cppl_referral_id", "ssd_cin_episodes"),
    extra="protection_plans",
)

CP_REVIEWS = Table(
    "ssd_cp_reviews",
    id="cppr_cp_review_id",
    person="cppr_person_id",
    parent=("cppr_cp_plan_id", "ssd_cp_plans"),
    also={
        "cppr_cp_review_id": ("workflow_step_id",),
        "cppr_cp_plan_id": ("registration_id",),
        "cppr_cp_review_date": ("actual_date",),
    },
    marks=(Mark("social_care.child_protection_plan.review", on=("cppr_cp_review_date",)),),
)

CP_VISITS = Table(
    "ssd_cp_visits",
    id="cppv_cp_visit_id",
    person="cppv_person_id",
    parent=("cppv_cp_plan_id", "ssd_cp_plans"),
    marks=(Mark("social_care.visit.child_protection", on=("cppv_cp_visit_date",)),),
)

CLA_EPISODES = Table(
    "ssd_cla_episodes",
    id="clae_cla_episode_id",
    person="clae_person_id",
    parent=("clae_referral_id", "ssd_cin_episodes"),
    index="clae_cla_id",
    extra="care_episodes",
)

CLA_PLACEMENTS = Table(
    "ssd_cla_placement",
    id="clap_cla_placement_id",
    person="clap_person_id",
    parent=("clap_cla_id", "ssd_cla_episodes"),
    extra="placement",
    marks=(
        Mark(
            "social_care.looked_after.placement_started",
            on=("clap_cla_placement_start_date",),
            detail="clap_cla_placement_type",
            code_sets=("placement_type",),
        ),
    ),
)

CLA_REVIEWS = Table(
    "ssd_cla_reviews",
    id="clar_cla_review_id",
    person="clar_person_id",
    parent=("clar_cla_id", "ssd_cla_episodes"),
    also={"clar_person_id": ("clar_cla_person_id",)},
    marks=(
        Mark(
            "social_care.looked_after.review",
            on=("clar_cla_review_date",),
            unless=(Test("clar_cla_review_cancelled"),),
        ),
    ),
)

CLA_VISITS = Table(
    "ssd_cla_visits",
    id="clav_cla_visit_id",
    person="clav_person_id",
    parent=("clav_cla_id", "ssd_cla_episodes"),
    marks=(Mark("social_care.visit.looked_after", on=("clav_cla_visit_date",)),),
)

CLA_HEALTH = Table(
    "ssd_cla_health",
    id="clah_health_check_id",
    person="clah_person_id",
    marks=(
        Mark(
            "social_care.looked_after.health_check",
            on=("clah_health_check_date",),
            unless=(Test("clah_health_check_status", _words("planned", "refused", "cancelled")),),
        ),
    ),
)

CLA_IMMUNISATIONS = Table(
    "ssd_cla_immunisations",
    person="clai_person_id",
    unique=("clai_person_id",),
    marks=(
        Mark(
            "health.immunisation.overdue",
            on=("clai_immunisations_status_date",),
            only=(Test("clai_immunisations_status", _words("n", "no", "0", "false")),),
            undated=True,
        ),
    ),
)

CLA_SUBSTANCE_MISUSE = Table(
    "ssd_cla_substance_misuse",
    id="clas_substance_misuse_id",
    person="clas_person_id",
    marks=(Mark("social_care.looked_after.substance_misuse", on=("clas_substance_misuse_date",)),),
)

CLA_CONVICTIONS = Table(
    "ssd_cla_convictions",
    id="clac_cla_conviction_id",
    person="clac_person_id",
    marks=(Mark("social_care.looked_after.convicted", on=("clac_cla_conviction_date",)),),
)

PREVIOUS_PERMANENCE = Table(
    "ssd_cla_previous_permanence",
    id="lapp_table_id",
    person="lapp_person_id",
    extra="previous_permanence",
)

LEGAL_STATUS = Table(
    "ssd_legal_status",
    id="lega_legal_status_id",
    person="lega_person_id",
    marks=(
        Mark(
            "social_care.looked_after.",
            on=("lega_legal_status_start_date",),
            by="lega_legal_status",
            code_sets=("legal_status",),
            parts={"C1": "care_order", "C2": "care_order"},  # interim and full
        ),
    ),
)

PERMANENCE = Table(
    "ssd_permanence",
    id="perm_table_id",
    person="perm_person_id",
    parent=("perm_cla_id", "ssd_cla_episodes"),
    extra="adopted",
    marks=(
        Mark("social_care.adoption.decision", on=("perm_adm_decision_date",)),
        Mark("social_care.adoption.matched", on=("perm_matched_date",)),
        Mark(
            "social_care.adoption.placed",
            on=("perm_placed_for_adoption_date",),
            until=("perm_decision_reversed_date", "perm_permanence_order_date"),
        ),
        Mark("social_care.adoption.order", on=("perm_permanence_order_date",), only=(ADOPTED,)),
    ),
)

PRE_PROCEEDINGS = Table(
    "ssd_pre_proceedings",
    id="prep_table_id",
    person="prep_person_id",
    marks=(
        Mark(
            "social_care.pre_proceedings.open",
            on=(
                "prep_pre_pro_decision_date",
                "prep_pre_pro_letter_date",
                "prep_initial_pre_pro_meeting_date",
            ),
            until=("prep_agree_stepdown_issue_date", "prep_care_pro_letter_date"),
        ),
    ),
)

CARE_LEAVERS = Table(
    "ssd_care_leavers",
    id="clea_table_id",
    person="clea_person_id",
    unique=("clea_person_id", "clea_care_leaver_latest_contact"),  # repeated once a worker
    marks=(
        Mark(
            "social_care.care_leaver.eligible",
            on=("clea_care_leaver_latest_contact",),
            unless=(
                Test("clea_care_leaver_eligibility", _words("no current eligibility", "none")),
            ),
            undated=True,
        ),
        Mark("social_care.care_leaver.contact", on=("clea_care_leaver_latest_contact",)),
        Mark(
            "social_care.care_leaver.unsuitable_accommodation",
            on=("clea_care_leaver_latest_contact",),
            only=(
                Test(
                    "clea_care_leaver_accom_suitable",
                    _words("2", "unsuitable", "not suitable", "b) not suitable", "b) unsuitable"),
                ),
            ),
            undated=True,
        ),
    ),
)

MISSING = Table(
    "ssd_missing",
    id="miss_table_id",
    person="miss_person_id",
    marks=(
        Mark(
            "social_care.missing.",
            on=("miss_missing_episode_start_date",),
            until=("miss_missing_episode_end_date",),
            by="miss_missing_episode_type",
            code_sets=("missing_type",),
            parts={"M": "episode", "A": "unauthorised_absence"},
            words={"missing": "M", "away": "A"},
        ),
        Mark(
            "social_care.missing.return_interview_due",
            on=("miss_missing_episode_end_date",),
            only=(_MISSING,),
        ),
        Mark(
            "social_care.missing.return_interview_done",
            on=("miss_missing_episode_end_date",),
            only=(Test("miss_missing_rhi_accepted"),),
        ),
    ),
)

SDQ = Table(
    "ssd_sdq_scores",
    id="csdq_table_id",
    person="csdq_person_id",
    extra="strengths_and_difficulties",
)

VOICE_OF_CHILD = Table(
    "ssd_voice_of_child",
    id="voch_table_id",
    person="voch_person_id",
    marks=(
        Mark(
            "social_care.voice_of_child.recorded",
            only=tuple(
                Test(f"voch_{answer}", filled=True)
                for answer in (
                    "explained_worries",
                    "story_help_understand",
                    "agree_worker",
                    "plan_safe",
                    "tablet_help_explain",
                )
            ),
            undated=True,
        ),
    ),
)

DISABILITY = Table(
    "ssd_disability",
    id="disa_table_id",
    person="disa_person_id",
    unique=("disa_person_id", "disa_disability_code"),
    marks=(
        Mark(
            "social_care.disability.recorded",
            unless=(Test("disa_disability_code", _words("none", "no disability")),),
            detail="disa_disability_code",
            code_sets=("disability",),
            undated=True,
        ),
    ),
)

IMMIGRATION = Table(
    "ssd_immigration_status",
    id="immi_immigration_status_id",
    person="immi_person_id",
    extra="immigration",
)

SEND = Table("ssd_send", id="send_table_id", person="send_person_id", extra="pupil_numbers")
EHCP_REQUESTS = Table(
    "ssd_ehcp_requests", id="ehcr_ehcp_request_id", parent=("ehcr_send_table_id", "ssd_send")
)
EHCP_ASSESSMENTS = Table(
    "ssd_ehcp_assessment",
    id="ehca_ehcp_assessment_id",
    parent=("ehca_ehcp_request_id", "ssd_ehcp_requests"),
)
EHCP_ACTIVE_PLANS = Table(
    "ssd_ehcp_active_plans",
    id="ehcp_active_ehcp_id",
    parent=("ehcp_ehcp_request_id", "ssd_ehcp_requests"),
)
EHCP_NAMED_PLANS = Table(
    "ssd_ehcp_named_plan",
    id="ehcn_named_plan_id",
    parent=("ehcn_ehcp_asmt_id", "ssd_ehcp_assessment"),
    marks=(
        Mark(
            "education.special_needs.education_health_care_plan",
            on=("ehcn_named_plan_start_date",),
            until=("ehcn_named_plan_ceased_date",),
        ),
    ),
)
SEN_NEEDS = Table(
    "ssd_sen_need",
    id="senn_table_id",
    parent=("senn_active_ehcp_id", "ssd_ehcp_active_plans"),
    marks=(
        Mark(
            "education.special_needs.social_emotional_mental_health",
            only=(Test("senn_active_ehcp_need_type", _words("semh")),),
            undated=True,
        ),
    ),
)

# In the order in which they are read.
TABLES: tuple[Table, ...] = (
    Table(
        "ssd_person",
        id="pers_person_id",
        person="pers_person_id",
        extra="person",
        also={
            "pers_common_child_id": ("pers_single_unique_id", "pers_nhs_number"),
            "pers_restricted_flag": ("pers_restricted", "pers_is_restricted", "pers_seal"),
        },
    ),
    Table(
        "ssd_mother",
        id="moth_table_id",
        person="moth_childs_person_id",
        extra="mother",
        unique=("moth_childs_person_id", "moth_person_id"),
    ),
    Table("ssd_linked_identifiers", id="link_table_id", person="link_person_id", extra="link"),
    Table("ssd_address", id="addr_table_id", person="addr_person_id", extra="address"),
    Table(
        "ssd_family",
        id="fami_table_id",
        person="fami_person_id",
        extra="family",
        unique=("fami_family_id", "fami_person_id"),
    ),
    Table("ssd_professionals", id="prof_professional_id", extra="professional"),
    CONTACTS,
    EARLY_HELP,
    CIN_EPISODES,
    Table(
        "ssd_involvements",
        id="invo_involvements_id",
        person="invo_person_id",
        parent=("invo_referral_id", "ssd_cin_episodes"),
        extra="involvement",
    ),
    CIN_ASSESSMENTS,
    ASSESSMENT_FACTORS,
    CIN_PLANS,
    CIN_VISITS,
    S47,
    CONFERENCES,
    CP_PLANS,
    CP_REVIEWS,
    CP_VISITS,
    CLA_EPISODES,
    CLA_PLACEMENTS,
    CLA_REVIEWS,
    CLA_VISITS,
    CLA_HEALTH,
    CLA_IMMUNISATIONS,
    CLA_SUBSTANCE_MISUSE,
    CLA_CONVICTIONS,
    PREVIOUS_PERMANENCE,
    LEGAL_STATUS,
    PERMANENCE,
    PRE_PROCEEDINGS,
    CARE_LEAVERS,
    MISSING,
    SDQ,
    VOICE_OF_CHILD,
    DISABILITY,
    IMMIGRATION,
    SEND,
    EHCP_REQUESTS,
    EHCP_ASSESSMENTS,
    EHCP_ACTIVE_PLANS,
    EHCP_NAMED_PLANS,
    SEN_NEEDS,
)

# Tables of the dataset that say nothing which an event kind or a canonical table can carry.
NOT_READ: Mapping[str, str] = {
    "ssd_department": "the tree of teams; involvements name the team",
    "ssd_cla_care_plan": "the plan for permanence in the future, of which no date is a fact",
    "ssd_s251_finance": "placeholders, without content in the specification",
    "ssd_version_log": "the history of the dataset's own releases",
    "ssd_cohort": "who was chosen for the extract",
    "ssd_dim_date": "a calendar",
    "ssd_pre_cla_care_plan": "working rows of the extract",
    "ssd_api_data_staging": "the payloads of the DfE interface: read them as a dfe_api feed",
    "ssd_api_data_staging_anon": "sample payloads of the DfE interface",
}
