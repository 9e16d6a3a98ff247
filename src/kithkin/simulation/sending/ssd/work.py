"""The dataset's tables of work with children: contacts to child protection plans."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.calendar import NEVER
from kithkin.simulation.care import (
    ABUSE_CATEGORIES,
    ASSESSMENT_ENDS,
    CONFERENCE_ENDS,
    DECISIONS,
    EARLY_HELP_ENDS,
    FACTORS,
    NEEDS,
)
from kithkin.simulation.sending.case_files import CaseFiles
from kithkin.simulation.sending.case_files.cells import (
    Numbers,
    coded,
    days,
    flags,
    only_where,
    whole,
    working_day,
)
from kithkin.simulation.sending.case_files.codes import CLOSURES, SOURCE_CODES
from kithkin.simulation.sending.case_files.health import draws_for
from kithkin.simulation.sending.case_files.practice import (
    Occasions,
    child_in_need_visits,
    protection_reviews,
    protection_visits,
)
from kithkin.simulation.world import Index

CONTACT_FLAGS = {
    "no_action": "NFA_FLAG",
    "advice": "ADVICE_FLAG",
    "early_help": "EARLY_HELP_FLAG",
    "referral": "NEW_REFERRAL_FLAG",
    "to_allocated_worker": "EXISTING_REFERRAL_FLAG",
}
ASSESSMENT_FLAGS = {
    "no_further_action": "NFA_FLAG",
    "not_in_need": "NFA_FLAG",
    "step_down": "EARLY_HELP_FLAG",
    "in_need": "CIN_PLAN_FLAG",
    "enquiry": "STRATEGY_DISCUSSION_FLAG",
}


def work_tables(files: CaseFiles) -> dict[str, pa.Table]:
    """Give the tables by name."""
    return {
        "ssd_contacts": _contacts(files),
        "ssd_early_help_episodes": _early_help(files),
        "ssd_cin_episodes": _referrals(files),
        "ssd_involvements": _involvements(files),
        "ssd_cin_assessments": _assessments(files),
        "ssd_assessment_factors": _factors(files),
        "ssd_cin_plans": _need_plans(files),
        "ssd_cin_visits": _visits(files, child_in_need_visits(files), "cinv", "cin"),
        "ssd_s47_enquiry": _enquiries(files),
        "ssd_initial_cp_conference": _conferences(files),
        "ssd_cp_plans": _protection_plans(files),
        "ssd_cp_visits": _visits(files, protection_visits(files), "cppv", "cp"),
        "ssd_cp_reviews": _reviews(files),
    }


def _said(chosen: str, among: dict[str, str]) -> str:
    """Write an outcome as the dataset does: every flag of the table with Y or N."""
    flagged = {flag: "Y" if flag == chosen else "N" for flag in among.values()}
    return "{" + ", ".join(f'"{flag}": "{said}"' for flag, said in flagged.items()) + "}"


def _team(files: CaseFiles, workers: Index) -> pa.Array:
    return files.worker_teams.take(whole(workers))


def _worker(files: CaseFiles, workers: Index) -> pa.Array:
    return whole(files.worker_numbers[workers])


def _contacts(files: CaseFiles) -> pa.Table:
    table, kept = files.care.contacts, files.contacts
    rows = kept.rows
    outcome = coded(
        table.decision[rows], [_said(CONTACT_FLAGS[d], CONTACT_FLAGS) for d in DECISIONS]
    )
    number = files.any_number(table.child, table.day, "contact", "child")[rows]
    return pa.table(
        {
            "cont_contact_id": pa.array(kept.own),
            "cont_person_id": pa.array(number),
            "cont_contact_date": files.day(table.day[rows]),
            "cont_contact_source_code": coded(table.source[rows], SOURCE_CODES),
            "cont_contact_outcome_json": only_where(
                outcome, table.decided[rows] <= files.extracted
            ),
        }
    )


def _early_help(files: CaseFiles) -> pa.Table:
    table, kept = files.care.early_help, files.early_help
    rows = kept.rows
    organisations = pa.array(files.settings.early_help_organisations)
    at = (table.worker[rows] % len(organisations)).astype(np.int32)
    ended = table.end[rows] <= files.extracted
    return pa.table(
        {
            "earl_episode_id": pa.array(kept.own),
            "earl_person_id": pa.array(files.number(table.child[rows])),
            "earl_episode_start_date": files.day(table.start[rows]),
            "earl_episode_end_date": files.day(table.end[rows]),
            "earl_episode_end_reason": only_where(
                coded(table.ended_as[rows], EARLY_HELP_ENDS), ended
            ),
            "earl_episode_organisation": organisations.take(pa.array(at)),
            "earl_episode_worker_id": _worker(files, table.worker[rows]),
        }
    )


def _referrals(files: CaseFiles) -> pa.Table:
    table, kept = files.care.referrals, files.referrals
    rows = kept.rows
    further = ~table.no_further_action[rows]
    closed = table.closed[rows] <= files.extracted
    return pa.table(
        {
            "cine_referral_id": pa.array(kept.own),
            "cine_person_id": pa.array(files.number(table.child[rows])),
            "cine_referral_date": files.day(table.day[rows]),
            "cine_cin_primary_need_code": only_where(coded(table.need[rows], NEEDS), further),
            "cine_referral_source_code": coded(table.source[rows], SOURCE_CODES),
            "cine_referral_nfa": flags(~further),
            "cine_close_reason": only_where(
                coded(table.reason_closed[rows], CLOSURES), closed & further
            ),
            "cine_close_date": files.day(table.closed[rows]),
            "cine_referral_team": _team(files, table.worker[rows]),
            "cine_referral_worker_id": _worker(files, table.worker[rows]),
        }
    )


def _involvements(files: CaseFiles) -> pa.Table:
    """Give the allocated worker of each referral that was taken further."""
    table, kept = files.care.referrals, files.referrals
    rows = kept.rows[~table.no_further_action[kept.rows] & (table.worker[kept.rows] >= 0)]
    return pa.table(
        {
            "invo_involvements_id": pa.array(kept.numbers[rows]),
            "invo_professional_id": _worker(files, table.worker[rows]),
            "invo_professional_role_id": pa.repeat(pa.scalar("Allocated social worker"), len(rows)),
            "invo_professional_team": _team(files, table.worker[rows]),
            "invo_person_id": pa.array(files.number(table.child[rows])),
            "invo_involvement_start_date": files.day(table.day[rows]),
            "invo_involvement_end_date": files.day(table.closed[rows]),
            "invo_referral_id": pa.array(kept.numbers[rows]),
        }
    )


def _assessments(files: CaseFiles) -> pa.Table:
    table, kept = files.care.assessments, files.assessments
    rows = kept.rows
    ended = table.end[rows] <= files.extracted
    said = [_said(ASSESSMENT_FLAGS[each], ASSESSMENT_FLAGS) for each in ASSESSMENT_ENDS]
    child = files.care.referrals.child[table.referral[rows]]
    seen = draws_for(files, "assessment_seen", child) < files.settings.assessment_seen
    nothing = flags(table.ended_as[rows] <= ASSESSMENT_ENDS.index("not_in_need"))
    return pa.table(
        {
            "cina_assessment_id": pa.array(kept.own),
            "cina_person_id": pa.array(files.number(child)),
            "cina_referral_id": pa.array(files.referrals.numbers[table.referral[rows]]),
            "cina_assessment_start_date": files.day(table.start[rows]),
            "cina_assessment_child_seen": only_where(flags(seen), ended),
            "cina_assessment_auth_date": files.day(table.end[rows]),
            "cina_assessment_outcome_json": only_where(coded(table.ended_as[rows], said), ended),
            "cina_assessment_outcome_nfa": only_where(nothing, ended),
            "cina_assessment_team": _team(files, table.worker[rows]),
            "cina_assessment_worker_id": _worker(files, table.worker[rows]),
        }
    )


def _factors(files: CaseFiles) -> pa.Table:
    """Give what each finished assessment found, as a list of codes."""
    table, kept = files.care.assessments, files.assessments
    rows = kept.rows
    rows = rows[(table.end[rows] <= files.extracted) & (table.factors[rows] != 0)]
    found, at = np.unique(table.factors[rows], return_inverse=True)
    written = pa.array([_listed(int(bits)) for bits in found], type=pa.string())
    return pa.table(
        {
            "cinf_table_id": pa.array(kept.numbers[rows]),
            "cinf_assessment_id": pa.array(kept.numbers[rows]),
            "cinf_assessment_factors_json": written.take(pa.array(at)),
        }
    )


def _listed(bits: int) -> str:
    codes = (code for place, code in enumerate(FACTORS) if bits >> place & 1)
    return "[" + ", ".join(f'"{code}"' for code in codes) + "]"


def _need_plans(files: CaseFiles) -> pa.Table:
    table = files.care.plans
    rows = files.plans.rows[~table.protection[files.plans.rows]]
    referral = table.referral[rows]
    return pa.table(
        {
            "cinp_cin_plan_id": pa.array(files.plans.numbers[rows]),
            "cinp_referral_id": pa.array(files.referrals.numbers[referral]),
            "cinp_person_id": pa.array(files.number(files.care.referrals.child[referral])),
            "cinp_cin_plan_start_date": files.day(table.start[rows]),
            "cinp_cin_plan_end_date": files.day(table.end[rows]),
            "cinp_cin_plan_team": _team(files, table.worker[rows]),
            "cinp_cin_plan_worker_id": _worker(files, table.worker[rows]),
        }
    )


def _visits(files: CaseFiles, visits: Occasions, prefix: str, kind: str) -> pa.Table:
    plans = files.care.plans
    child = files.care.referrals.child[plans.referral[visits.of]]
    column = f"{prefix}_{kind}"
    return pa.table(
        {
            f"{column}_visit_id": pa.array(visits.number),
            f"{prefix}_person_id": pa.array(files.number(child)),
            f"{column}_plan_id": pa.array(files.plans.numbers[visits.of]),
            f"{column}_visit_date": files.day(visits.day),
            f"{column}_visit_seen": flags(visits.chance < (1 + files.settings.seen_alone) / 2),
            f"{column}_visit_seen_alone": flags(visits.chance < files.settings.seen_alone),
        }
    )


def _enquiries(files: CaseFiles) -> pa.Table:
    table, kept = files.care.enquiries, files.enquiries
    rows = kept.rows
    referral = table.referral[rows]
    ended = table.end[rows] <= files.extracted
    conference = table.conference[rows] != NEVER
    said = pc.if_else(
        pa.array(conference),
        '{"CP_CONFERENCE_FLAG": "Y", "NFA_FLAG": "N"}',
        '{"CP_CONFERENCE_FLAG": "N", "NFA_FLAG": "Y"}',
    )
    return pa.table(
        {
            "s47e_s47_enquiry_id": pa.array(kept.own),
            "s47e_referral_id": pa.array(files.referrals.numbers[referral]),
            "s47e_person_id": pa.array(files.number(files.care.referrals.child[referral])),
            "s47e_s47_start_date": files.day(table.start[rows]),
            "s47e_s47_end_date": files.day(table.end[rows]),
            "s47e_s47_nfa": only_where(flags(~conference), ended),
            "s47e_s47_outcome_json": only_where(said, ended),
            "s47e_s47_completed_by_worker_id": only_where(
                _worker(files, files.care.referrals.worker[referral]), ended
            ),
            "s47e_s47_completed_by_team": only_where(
                _team(files, files.care.referrals.worker[referral]), ended
            ),
        }
    )


def _conferences(files: CaseFiles) -> pa.Table:
    table, kept = files.care.enquiries, files.enquiries
    rows = kept.rows[table.conference[kept.rows] <= files.extracted]
    referral = table.referral[rows]
    target = working_day(table.start[rows] + np.int32(files.settings.conference_target))
    return pa.table(
        {
            "icpc_icpc_id": pa.array(kept.numbers[rows]),
            "icpc_s47_enquiry_id": pa.array(kept.numbers[rows]),
            "icpc_person_id": pa.array(files.number(files.care.referrals.child[referral])),
            "icpc_referral_id": pa.array(files.referrals.numbers[referral]),
            "icpc_icpc_transfer_in": pa.repeat(pa.scalar("N"), len(rows)),
            "icpc_icpc_target_date": days(target),
            "icpc_icpc_date": files.day(table.conference[rows]),
            "icpc_icpc_outcome_cp_flag": flags(
                table.ended_as[rows] == CONFERENCE_ENDS.index("plan")
            ),
        }
    )


def _protection_plans(files: CaseFiles) -> pa.Table:
    table = files.care.plans
    rows = files.plans.rows[table.protection[files.plans.rows]]
    referral = table.referral[rows]
    return pa.table(
        {
            "cppl_cp_plan_id": pa.array(files.plans.numbers[rows]),
            "cppl_referral_id": pa.array(files.referrals.numbers[referral]),
            "cppl_person_id": pa.array(files.number(files.care.referrals.child[referral])),
            "cppl_cp_plan_start_date": files.day(table.start[rows]),
            "cppl_cp_plan_end_date": files.day(table.end[rows]),
            "cppl_cp_plan_initial_category": coded(table.category[rows], ABUSE_CATEGORIES),
            "cppl_cp_plan_latest_category": coded(latest_categories(files, rows), ABUSE_CATEGORIES),
            "cppl_cp_plan_ola": pa.repeat(pa.scalar("N"), len(rows)),
        }
    )


def latest_categories(files: CaseFiles, rows: Index) -> Numbers:
    """Give the category that plans had by the day: one may change at the first review."""
    table = files.care.plans
    reviewed = np.zeros(len(table), dtype=bool)
    reviewed[protection_reviews(files).of] = True
    return np.where(reviewed[rows], table.latest_category[rows], table.category[rows]).astype(
        np.int64
    )


def _reviews(files: CaseFiles) -> pa.Table:
    reviews = protection_reviews(files)
    plans = files.care.plans
    child = files.care.referrals.child[plans.referral[reviews.of]]
    return pa.table(
        {
            "cppr_cp_review_id": pa.array(reviews.number),
            "cppr_person_id": pa.array(files.number(child)),
            "cppr_cp_plan_id": pa.array(files.plans.numbers[reviews.of]),
            "cppr_cp_review_date": files.day(reviews.day),
            "cppr_cp_review_quorate": pa.repeat(pa.scalar("Y"), len(reviews)),
        }
    )
