"""The dataset's tables of children looked after, of those who left care, and of missing children."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.calendar import NEVER
from kithkin.simulation.care import LEGAL_STATUSES, NEEDS
from kithkin.simulation.sending.case_files import CaseFiles
from kithkin.simulation.sending.case_files.cells import (
    coded,
    days,
    flags,
    only_where,
    weighted,
    whole,
)
from kithkin.simulation.sending.case_files.episodes import (
    NEW_EPISODE,
    Episodes,
    adoptions,
    ceased,
    episodes_of,
    place,
    place_changed,
    postcode,
    provider,
    urn,
)
from kithkin.simulation.sending.case_files.files import FIRST_NUMBER
from kithkin.simulation.sending.case_files.health import (
    dental_checks,
    draws_for,
    health_assessments,
    immunised,
    last_contact,
    leavers,
    questionnaires,
    substance_misuse,
)
from kithkin.simulation.sending.case_files.practice import (
    Occasions,
    care_reviews,
    care_visits,
    missing_episodes,
)
from kithkin.simulation.world import Index


def looked_after_tables(files: CaseFiles) -> dict[str, pa.Table]:
    """Give the tables by name."""
    episodes = episodes_of(files)
    return {
        "ssd_cla_episodes": _episodes(files, episodes),
        "ssd_cla_placement": _placements(files, episodes),
        "ssd_legal_status": _legal_statuses(files, episodes),
        "ssd_cla_reviews": _reviews(files),
        "ssd_cla_visits": _visits(files),
        "ssd_cla_health": _health(files),
        "ssd_cla_immunisations": _immunisations(files),
        "ssd_cla_substance_misuse": _substance(files),
        "ssd_sdq_scores": _questionnaires(files),
        "ssd_permanence": _permanence(files, episodes),
        "ssd_care_leavers": _leavers(files),
        "ssd_missing": _missing(files),
    }


def _child(files: CaseFiles, care: Index) -> pa.Array:
    return pa.array(files.number(files.care.care_periods.child[care]))


def _period(files: CaseFiles, care: Index) -> pa.Array:
    return pa.array(files.care_periods.numbers[care])


def _episodes(files: CaseFiles, episodes: Episodes) -> pa.Table:
    periods = files.care.care_periods
    placement = pa.array(files.placements.numbers[episodes.placement])
    referral = np.append(files.referrals.numbers, -1)[periods.referral[episodes.care]]
    held = files.referrals.holds(periods.referral[episodes.care])
    return pa.table(
        {
            "clae_cla_episode_id": placement,
            "clae_person_id": _child(files, episodes.care),
            "clae_cla_episode_start_date": days(episodes.start),
            "clae_cla_episode_start_reason": coded(episodes.began_as, NEW_EPISODE),
            "clae_cla_primary_need_code": coded(periods.need[episodes.care], NEEDS),
            "clae_cla_episode_ceased_date": days(episodes.end),
            "clae_cla_episode_ceased_reason": ceased(files, episodes),
            "clae_cla_id": _period(files, episodes.care),
            "clae_referral_id": whole(np.where(held, referral, -1)),
            "clae_cla_placement_id": placement,
            "clae_entered_care_date": days(periods.start[episodes.care]),
        }
    )


def _placements(files: CaseFiles, episodes: Episodes) -> pa.Table:
    return pa.table(
        {
            "clap_cla_placement_id": pa.array(files.placements.numbers[episodes.placement]),
            "clap_person_id": _child(files, episodes.care),
            "clap_cla_id": _period(files, episodes.care),
            "clap_cla_placement_start_date": days(episodes.start),
            "clap_cla_placement_end_date": days(episodes.end),
            "clap_cla_placement_type": place(files, episodes),
            "clap_cla_placement_provider": provider(files, episodes),
            "clap_cla_placement_postcode": postcode(files, episodes),
            "clap_cla_placement_urn": urn(files, episodes),
            "clap_cla_placement_change_reason": place_changed(files, episodes),
        }
    )


def _legal_statuses(files: CaseFiles, episodes: Episodes) -> pa.Table:
    """Give each legal status from the day it was given to the day of the next."""
    legal = files.care.placements.legal[episodes.placement]
    same = (legal[1:] == legal[:-1]) & (episodes.care[1:] == episodes.care[:-1])
    first = np.append(True, ~same)[: len(episodes)]
    last = np.append(~same, True)[: len(episodes)]
    return pa.table(
        {
            "lega_legal_status_id": pa.array(files.placements.numbers[episodes.placement[first]]),
            "lega_person_id": _child(files, episodes.care[first]),
            "lega_legal_status": coded(legal[first], LEGAL_STATUSES),
            "lega_legal_status_start_date": days(episodes.start[first]),
            "lega_legal_status_end_date": days(episodes.end[last]),
        }
    )


def _reviews(files: CaseFiles) -> pa.Table:
    reviews = care_reviews(files)
    return pa.table(
        {
            "clar_cla_review_id": pa.array(reviews.number),
            "clar_person_id": _child(files, reviews.of),
            "clar_cla_id": _period(files, reviews.of),
            "clar_cla_review_date": days(reviews.day),
            "clar_cla_review_cancelled": pa.repeat(pa.scalar("N"), len(reviews)),
            "clar_cla_review_participation": weighted(
                files.settings.review_participation, reviews.chance
            ),
        }
    )


def _visits(files: CaseFiles) -> pa.Table:
    visits = care_visits(files)
    return pa.table(
        {
            "clav_cla_visit_id": pa.array(visits.number),
            "clav_cla_id": _period(files, visits.of),
            "clav_person_id": _child(files, visits.of),
            "clav_cla_visit_date": days(visits.day),
            "clav_cla_visit_seen": pa.repeat(pa.scalar("Y"), len(visits)),
            "clav_cla_visit_seen_alone": flags(visits.chance < files.settings.seen_alone),
        }
    )


def _health(files: CaseFiles) -> pa.Table:
    assessments, teeth = health_assessments(files), dental_checks(files)
    parts = [_checks(files, assessments, "Health check"), _checks(files, teeth, "Dental check")]
    checks = pa.concat_tables(parts)
    return checks.add_column(
        0, "clah_health_check_id", pa.array(np.arange(len(checks)) + FIRST_NUMBER)
    )


def _checks(files: CaseFiles, checks: Occasions, kind: str) -> pa.Table:
    return pa.table(
        {
            "clah_person_id": _child(files, checks.of),
            "clah_health_check_type": pa.repeat(pa.scalar(kind), len(checks)),
            "clah_health_check_date": days(checks.day),
            "clah_health_check_status": pa.repeat(pa.scalar("Completed"), len(checks)),
        }
    )


def _immunisations(files: CaseFiles) -> pa.Table:
    """Give the state of immunisations of each child who is looked after."""
    periods = files.care.care_periods
    rows = files.care_periods.rows
    children = np.unique(periods.child[rows[periods.end[rows] > files.extracted]])
    number, first = np.unique(files.number(children), return_index=True)
    return pa.table(
        {
            "clai_person_id": pa.array(number),
            "clai_immunisations_status": flags(immunised(files, children[first])),
        }
    )


def _substance(files: CaseFiles) -> pa.Table:
    found = substance_misuse(files)
    helped = draws_for(files, "substance_help", files.care.care_periods.child[found.of])
    return pa.table(
        {
            "clas_substance_misuse_id": pa.array(found.number),
            "clas_person_id": _child(files, found.of),
            "clas_substance_misuse_date": days(found.day),
            "clas_intervention_received": flags(helped < files.settings.substance_help),
        }
    )


def _questionnaires(files: CaseFiles) -> pa.Table:
    returned, scores = questionnaires(files)
    return pa.table(
        {
            "csdq_table_id": pa.array(returned.number),
            "csdq_person_id": _child(files, returned.of),
            "csdq_sdq_completed_date": days(returned.day),
            "csdq_sdq_score": pa.array(scores),
        }
    )


def _permanence(files: CaseFiles, episodes: Episodes) -> pa.Table:
    found = adoptions(files, episodes)
    kind = pa.repeat(pa.scalar("Adoption"), len(found))
    return pa.table(
        {
            "perm_table_id": _period(files, found.care),
            "perm_person_id": _child(files, found.care),
            "perm_cla_id": _period(files, found.care),
            "perm_adm_decision_date": files.day(found.decided),
            "perm_matched_date": files.day(found.matched),
            "perm_placed_for_adoption_date": files.day(found.placed),
            "perm_permanence_order_date": days(found.ordered),
            "perm_permanence_order_type": only_where(kind, found.ordered != NEVER),
        }
    )


def _leavers(files: CaseFiles) -> pa.Table:
    found = leavers(files)
    settings = files.settings
    touch = weighted(settings.leaver_in_touch, draws_for(files, "leaver_touch", found.child))
    touching = np.asarray(pc.equal(touch, "YES"))
    home = weighted(settings.leaver_accommodation, draws_for(files, "leaver_home", found.child))
    suitable = pc.utf8_slice_codeunits(home, 1, 2)
    activity = weighted(settings.leaver_activity, draws_for(files, "leaver_activity", found.child))
    gone = found.left != NEVER
    contact = last_contact(files, found)
    adult = np.where(found.age >= 18, "Former relevant child", "Relevant child")
    words = np.where(gone, adult, np.where(found.age >= 18, adult, "Eligible child"))
    wanted = touching & gone
    return pa.table(
        {
            "clea_table_id": _period(files, found.period),
            "clea_person_id": pa.array(files.number(found.child)),
            "clea_care_leaver_eligibility": pa.array(words.astype(str)),
            "clea_care_leaver_in_touch": only_where(touch, gone),
            "clea_care_leaver_latest_contact": only_where(days(contact), touching),
            "clea_care_leaver_accommodation": only_where(home, wanted),
            "clea_care_leaver_accom_suitable": only_where(suitable, wanted),
            "clea_care_leaver_activity": only_where(activity, wanted),
        }
    )


def _missing(files: CaseFiles) -> pa.Table:
    found = missing_episodes(files)
    returned = found.end <= files.extracted
    kind = pc.if_else(pa.array(found.unauthorised), "Away", "Missing")
    asked = returned & ~found.unauthorised
    return pa.table(
        {
            "miss_table_id": pa.array(found.number),
            "miss_person_id": pa.array(files.number(found.child)),
            "miss_missing_episode_start_date": files.day(found.start),
            "miss_missing_episode_type": kind,
            "miss_missing_episode_end_date": files.day(found.end),
            "miss_missing_rhi_offered": only_where(flags(found.offered), asked),
            "miss_missing_rhi_accepted": only_where(flags(found.accepted), asked),
        }
    )
