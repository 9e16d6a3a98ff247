"""What a table of the dataset says beyond its marks: people, homes, families, plans in order.

A step reads one row, already known to be `person`'s, and says whether the row held anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from kithkin.feeds.addresses import put_residence
from kithkin.feeds.parsing import clean, read_number
from kithkin.feeds.ssd.cells import Cells, code_of
from kithkin.feeds.ssd.dump import Dump
from kithkin.feeds.ssd.json_cells import flags, read_json
from kithkin.feeds.ssd.marks import holds
from kithkin.feeds.ssd.tables import ADOPTED
from kithkin.model import dates
from kithkin.model.identifiers import check_nhs_number, check_nino, check_uln

Step = Callable[[Dump, Cells, str], bool]

ADDRESS_LINES = ("ROOM", "FLOOR", "FLAT", "BUILDING", "HOUSE", "STREET")
SEALED = {"s1": "S1", "s2": "S2", "s3": "S3", "restricted": "S1", "sealed": "S2"}
RESIDENCE_KINDS = {"placement": "placement", "temporary": "temporary", "tenancy": "tenancy"}
EXPECTED_BIRTH = "social_care.pregnancy.expected_birth"
SDQ_RANGE = range(41)  # the questionnaire's total difficulties score: 0 to 40

# Scheme of a linked identifier: what its type starts with once folded to letters.
IDENTIFIER_SCHEMES = {
    "uniquepupilnumber": "upn",
    "upn": "upn",
    "formeruniquepupilnumber": "former_upn",
    "formerupn": "former_upn",
    "nhs": "nhs_number",
    "nationalinsurance": "nino",
    "uniquelearner": "uln",
    "uln": "uln",
    "case": "case_id",
    "yot": "yot_id",
    "homeoffice": "home_office_id",
}
CHECKS: Mapping[str, Callable[[str], str]] = {
    "nhs_number": check_nhs_number,
    "nino": check_nino,
    "uln": check_uln,
}

# How an early help episode ended, by what its free-text reason says; the first that fits.
EARLY_HELP_ENDS = (
    (r"withdr[ae]w|consent|declin|refus", "consent_withdrawn"),
    (r"engag|no contact|uncontactable|did not attend", "not_engaged"),
    (r"\b(needs?|outcomes?|goals?) (was |were |all )?(fully )?(met|achieved)|complet|success",
     "needs_met"),
)  # fmt: skip
IMMIGRATION_STATUS = (
    (r"unaccompanied|\buasc\b", "social_care.unaccompanied_child.status"),
    (r"no recourse|\bnrpf\b", "social_care.immigration.no_recourse"),
)
# Which service a worker belongs to, by the words of role and team; else social care.
SERVICES = (
    (r"early help|family support|family hub|troubled famil", "early_help"),
    (r"youth (justice|offending)|\byot\b|\byos\b|\byjs\b", "youth_justice"),
    (r"camhs", "camhs"),
    (r"probation", "probation"),
    (r"education welfare|attendance officer|virtual school", "education_welfare"),
    (r"housing", "housing"),
)
# "Not known whether the child had a permanence option" and "has not had one".
NO_PERMANENCE_KNOWN = ("P4", "Z1")
_PART_KNOWN = re.compile(r"zz/(zz|\d{2})/(\d{4})", re.IGNORECASE)


def _first_match(rules: Iterable[tuple[str, str]], text: str | None) -> str | None:
    return next((kind for words, kind in rules if text and re.search(words, text, re.I)), None)


# --- people ----------------------------------------------------------------------------------


def person(dump: Dump, cells: Cells, person_id: str) -> bool:
    """Keep that the person exists, and when an unborn child is expected."""
    dump.people.add(person_id)
    expected = cells.day("pers_expected_dob")
    if expected and not cells.day("pers_dob", past=True) and not cells.day("pers_death_date"):
        dump.unborn[person_id] = expected
    return True


def put_person(dump: Dump, cells: Cells, person_id: str) -> None:
    """Put a person and the numbers that the person is known by, when all tables are read."""
    born, died = cells.day("pers_dob", past=True), cells.day("pers_death_date", past=True)
    expected = cells.day("pers_expected_dob")
    sex, ethnicity = cells.code("pers_sex", "sex"), cells.code("pers_ethnicity", "ethnicity_20")
    if born is None and expected is None:
        cells.finding(
            "K-SSD-18",
            "There is no date of birth; the person loads and is harder to link.",
            "Record the date, or the expected one for an unborn child.",
            "pers_dob",
        )
    cells.sink.person(
        cells.row,
        person_id,
        forename=cells.text("pers_forename"),
        surname=cells.text("pers_surname"),
        date_of_birth=born,
        expected_date_of_birth=expected,
        date_of_death=died,
        sex=sex.code if sex and sex.code in {"M", "F"} else None,
        gender=cells.text("pers_gender"),
        ethnicity=ethnicity.code if ethnicity else None,
        ethnicity_raw=cells.text("pers_ethnicity"),
        unborn=person_id in dump.unborn,
        seal=max(_seal(cells), "S2" if person_id in dump.adopted else "S0"),
    )
    _numbers(cells, person_id)
    if expected and person_id in dump.unborn:
        recorded_by = min(expected, cells.sink.delivery.extracted_on)
        cells.sink.event(cells.row, EXPECTED_BIRTH, recorded_by, [(person_id, "child")],
                         key=person_id)  # fmt: skip


def _seal(cells: Cells) -> str:
    said = (cells.text("pers_restricted_flag") or "").casefold()
    return SEALED.get(said) or ("S1" if said and cells.truth("pers_restricted_flag") else "S0")


def _numbers(cells: Cells, person_id: str) -> None:
    cells.upn(person_id, "pers_upn")
    _identifier(cells, person_id, "nhs_number", "pers_common_child_id")
    if legacy := cells.identifier("pers_legacy_id"):
        cells.sink.identifier(cells.row, person_id, "legacy_id", legacy, "unchecked")


def _identifier(
    cells: Cells, person_id: str, scheme: str, column: str, **valid: date | None
) -> None:
    value = cells.identifier(column)
    if value is None:
        return
    check = CHECKS[scheme](value) if scheme in CHECKS else "unchecked"
    cells.sink.identifier(cells.row, person_id, scheme, value, check, **valid)
    if scheme == "nhs_number" and check == "failed":
        cells.finding("K-SSD-17", "The check digit does not fit; the number is trusted less.",
                      "Check the number with the NHS.", column)  # fmt: skip


def link(_: Dump, cells: Cells, person_id: str) -> bool:
    """Put one of the further numbers that a person is known by."""
    label = re.sub(r"[^a-z]+", "", (cells.text("link_identifier_type") or "other").casefold())
    scheme = next((s for start, s in IDENTIFIER_SCHEMES.items() if label.startswith(start)), label)
    if cells.text("link_identifier_value") is None:
        return False
    if scheme in {"upn", "former_upn"}:
        cells.upn(person_id, "link_identifier_value", scheme)
    else:
        _identifier(cells, person_id, scheme, "link_identifier_value",
                    valid_from=cells.day("link_valid_from_date"),
                    valid_to=cells.day("link_valid_to_date"))  # fmt: skip
    return True


def pupil_numbers(_: Dump, cells: Cells, person_id: str) -> bool:
    """Put the pupil and learner numbers that the special needs team holds."""
    cells.upn(person_id, "send_upn")
    _identifier(cells, person_id, "uln", "send_uln")
    return True


def mother(dump: Dump, cells: Cells, child: str) -> bool:
    """Put that a child has this mother, and her part in a birth that is expected."""
    found = cells.identifier("moth_person_id")
    if found is None or found == child:
        return False
    dump.known(cells, found, "moth_person_id")
    if dump.mothers.setdefault(child, found) != found:
        cells.finding(
            "K-SSD-14",
            f"Child {child} has mother {dump.mothers[child]} as well; both were loaded.",
            "End or correct the wrong relationship.",
            "moth_person_id",
        )
    cells.sink.put("relationship", cells.row, record_id=child, other_record_id=found,
                   kind="mother", started_on=cells.day("moth_childs_dob"))  # fmt: skip
    if expected := dump.unborn.get(child):
        recorded_by = min(expected, cells.sink.delivery.extracted_on)
        cells.sink.put("event_person", cells.row, recorded_by, record_id=found, role="mother",
                       event_id=f"{EXPECTED_BIRTH}:{child}")  # fmt: skip
    return True


def family(dump: Dump, cells: Cells, member: str) -> bool:
    """Put that a person belongs to a family, as a tie to the member who was read first.

    One tie a member, never one a pair: a family of thirty has 29 ties, not 435.
    """
    family_id = cells.identifier("fami_family_id")
    if family_id is None:
        return False
    hub = dump.families.setdefault(family_id, member)
    if hub != member:
        cells.sink.put("relationship", cells.row, record_id=hub, other_record_id=member,
                       kind="family_member")  # fmt: skip
    return True


def address(_: Dump, cells: Cells, person_id: str) -> bool:
    """Put an address with the days from and to which the person lived there."""
    parts = read_json(cells, "addr_address_json")
    parts = {str(k).upper(): v for k, v in parts.items()} if isinstance(parts, Mapping) else {}
    lines = ", ".join(text for name in ADDRESS_LINES if (text := clean(parts.get(name))))
    started_on = cells.day("addr_address_start_date")
    end = "addr_address_end_date"
    address_type = (cells.text("addr_address_type") or "").casefold()
    kind = next((k for word, k in RESIDENCE_KINDS.items() if word in address_type), "home")
    return bool(
        put_residence(
            cells.sink,
            cells.row,
            person_id,
            kind=kind,
            lines=lines or None,
            town=clean(parts.get("TOWN")),
            postcode=cells.text("addr_address_postcode"),
            uprn=clean(parts.get("UPRN")),
            started_on=started_on,
            ended_on=cells.last_day(end, started_on) if started_on else cells.day(end),
            easting=_metres(parts.get("EASTING")),
            northing=_metres(parts.get("NORTHING")),
        )
    )


def _metres(value: object) -> float | None:
    try:
        return read_number(value)
    except ValueError:
        return None  # a grid reference only helps; the address stands without it


def professional(dump: Dump, cells: Cells, worker: str) -> bool:
    """Put someone who works with families; without a name the staff number stands for it."""
    dump.workers.add(worker)
    name = cells.text("prof_professional_name") or cells.identifier("prof_staff_id") or worker
    cells.sink.put("professional", cells.row, professional_id=worker, full_name=name,
                   job_title=cells.text("prof_professional_job_title"),
                   team=cells.text("prof_professional_department"))  # fmt: skip
    return True


def involvement(dump: Dump, cells: Cells, person_id: str) -> bool:
    """Put that a worker or a team was involved with a person."""
    started_on = cells.day("invo_involvement_start_date")
    if started_on is None:
        return False
    role, team = cells.text("invo_professional_role_id"), cells.text("invo_professional_team")
    _involve(
        dump,
        cells,
        person_id,
        service=_first_match(SERVICES, f"{role or ''} {team or ''}") or "social_care",
        worker_column="invo_professional_id",
        team=team,
        involvement_id=cells.identifier("invo_involvements_id"),
        role=role,
        started_on=started_on,
        ended_on=cells.last_day("invo_involvement_end_date", started_on),
        end_reason=cells.text("invo_worker_change_reason"),
    )
    return True


def _involve(
    dump: Dump,
    cells: Cells,
    person_id: str,
    *,
    service: str,
    worker_column: str,
    team: str | None,
    involvement_id: str | None,
    started_on: date,
    role: str | None = None,
    ended_on: date | None = None,
    end_reason: str | None = None,
) -> None:
    worker = cells.identifier(worker_column)
    if worker and worker not in dump.workers:
        dump.workers.add(worker)
        cells.sink.put("professional", cells.row, professional_id=worker, full_name=worker,
                       team=team)  # fmt: skip
        cells.finding("K-SSD-19", f"Worker {worker} is known by number alone.",
                      "Include the worker in ssd_professionals.", worker_column,
                      severity="note")  # fmt: skip
    key = involvement_id or f"{cells.sink.name}:{cells.row}"
    cells.sink.put("service_involvement", cells.row, started_on,
                   involvement_id=f"{service}:{key}", record_id=person_id, service=service,
                   professional_id=worker, role=role, started_on=started_on, ended_on=ended_on,
        end_reason=end_reason)  # fmt: skip


# --- what happened ---------------------------------------------------------------------------


def contact(_: Dump, cells: Cells, child: str) -> bool:
    """Put the contact itself beside its events."""
    received_on = cells.day("cont_contact_date")
    if received_on is None:
        return False
    source = cells.text("cont_contact_source_code") or cells.text("cont_contact_source_desc")
    found = code_of("referral_source", source) if source else None
    outcome = sorted(flags(cells, "cont_contact_outcome_json"))
    cells.sink.put(
        "contact",
        cells.row,
        received_on,
        contact_id=cells.identifier("cont_contact_id") or f"{cells.sink.name}:{cells.row}",
        record_id=child,
        received_on=received_on,
        referral_source=found.code if found else None,
        outcome=", ".join(outcome) or None,
    )
    return True


def closed_as_adopted(dump: Dump, cells: Cells, child: str) -> bool:
    """Keep that a case was closed because the child was adopted."""
    reason = cells.code("cine_close_reason", "closure_reason")
    if reason and reason.code == "RC1":
        dump.adopted.add(child)
    return False  # the referral's date is what gives the row its meaning


def adopted(dump: Dump, cells: Cells, child: str) -> bool:
    """Keep that an adoption order was made."""
    if cells.day("perm_permanence_order_date") and holds(ADOPTED, cells):
        dump.adopted.add(child)
    return False  # the marks say if the row has any date


def early_help(dump: Dump, cells: Cells, child: str) -> bool:
    """Put how an early help episode ended and who led it."""
    started_on = cells.day("earl_episode_start_date")
    if started_on is None:
        return False
    ended_on = cells.last_day("earl_episode_end_date", started_on)
    key = cells.identifier("earl_episode_id")
    if ended_on:
        how = _first_match(EARLY_HELP_ENDS, cells.text("earl_episode_end_reason")) or "other"
        kind = f"early_help.closed.{how}"
        cells.sink.event(cells.row, kind, ended_on, [(child, "subject")], key=key)
    _involve(dump, cells, child, service="early_help", worker_column="earl_episode_worker_id",
             team=cells.text("earl_episode_organisation"), involvement_id=key,
             started_on=started_on, ended_on=ended_on)  # fmt: skip
    return True


def remember_assessment(dump: Dump, cells: Cells, _: str) -> bool:
    """Keep the day to which an assessment's factors belong: that of its authorisation."""
    day = cells.day("cina_assessment_auth_date") or cells.day("cina_assessment_start_date")
    assessment = cells.identifier("cina_assessment_id")
    if day and assessment:
        dump.assessed_on[assessment] = day
    return day is not None


def factors(dump: Dump, cells: Cells, child: str) -> bool:
    """Put each factor found at the end of an assessment."""
    assessment = cells.identifier("cinf_assessment_id")
    assessed_on = dump.assessed_on.get(assessment) if assessment else None
    if assessed_on is None:
        return False
    column = "cinf_assessment_factors_json"
    for raw in sorted(flags(cells, column)):
        put_factor(cells, column, raw, child, assessed_on, str(assessment))
    return True


def put_factor(
    cells: Cells, column: str, raw: str, child: str, assessed_on: date, assessment: str
) -> None:
    """Put one assessment factor as an event; an unknown code is reported and left out."""
    found = code_of("assessment_factor", raw)
    if found is None:
        cells.unknown_code(column, "assessment_factor")
        return
    kind = f"social_care.assessment.factor.{found.code.lower()}"
    cells.sink.event(cells.row, kind, assessed_on, [(child, "subject")], key=assessment,
                     group=f"assessment:{assessment}")  # fmt: skip


def previous_permanence(_: Dump, cells: Cells, child: str) -> bool:
    """Put that a child had left care for good before; the date may be known in part only."""
    option = cells.text("lapp_previous_permanence_option")
    if option and option.upper().startswith(NO_PERMANENCE_KNOWN):
        return True
    ordered_on = _order_date(cells) or cells.sink.delivery.extracted_on
    detail = option[:2] if option and re.match(r"P\d\b", option) else None
    cells.sink.event(cells.row, "social_care.looked_after.previous_permanence", ordered_on,
                     [(child, "subject")], key=cells.identifier("lapp_table_id"),
                     detail=detail)  # fmt: skip
    return True


def _order_date(cells: Cells) -> date | None:
    """Read `zz/05/2020` as the last day of May 2020, the first on which the order is certain."""
    column = "lapp_previous_permanence_order_date"
    text = cells.text(column) or ""
    found = _PART_KNOWN.fullmatch(text)
    if found is None:
        return None if text.casefold() == "zz/zz/zzzz" else cells.day(column)
    month = 12 if found[1].casefold() == "zz" else int(found[1])
    if not 1 <= month <= 12:
        return cells.day(column)
    first = date(int(found[2]), month, 1)
    day = dates.add_days(dates.add_months(first, 1), -1)
    cells.finding("K-SSD-16", f"The date is known in part and was read as {day}.",
                  "Record the whole date when it is known.", column, severity="note")  # fmt: skip
    return day


def placement(_: Dump, cells: Cells, child: str) -> bool:
    """Put where a looked-after child was placed."""
    started_on = cells.day("clap_cla_placement_start_date")
    if started_on is None:
        return False
    put_residence(cells.sink, cells.row, child, kind="placement", lines=None,
                  postcode=cells.text("clap_cla_placement_postcode"), started_on=started_on,
                  ended_on=cells.last_day("clap_cla_placement_end_date", started_on))  # fmt: skip
    return True


def strengths_and_difficulties(_: Dump, cells: Cells, child: str) -> bool:
    """Put the score of a strengths and difficulties questionnaire."""
    completed_on, score = cells.day("csdq_sdq_completed_date"), cells.number("csdq_sdq_score")
    if score is None:
        return bool(cells.text("csdq_sdq_reason"))  # the reason why there is none
    if completed_on is None:
        return False
    put_sdq(cells, "csdq_sdq_score", score, completed_on, child,
            cells.identifier("csdq_table_id"), "K-SSD-15")  # fmt: skip
    return True


def put_sdq(
    cells: Cells,
    column: str,
    score: float,
    completed_on: date,
    child: str,
    key: str | None,
    rule: str,
) -> None:
    """Put a score; one outside 0 to 40 is reported and left out."""
    if score not in SDQ_RANGE:
        cells.finding(rule, "The score is not a whole number from 0 to 40 and was left out.",
                      "Correct the score.", column)  # fmt: skip
        return
    cells.sink.event(cells.row, "social_care.looked_after.sdq_score", completed_on,
                     [(child, "subject")], key=key, value=score)  # fmt: skip


def immigration(_: Dump, cells: Cells, person_id: str) -> bool:
    """Put that a person is, or was, an unaccompanied child or without recourse to public funds.

    Other statuses are nobody's business here; a status without an end stays open.
    """
    kind = _first_match(IMMIGRATION_STATUS, cells.text("immi_immigration_status"))
    if kind is None:
        return True
    started_on = cells.day("immi_immigration_status_start_date")
    if started_on is None:
        return False
    cells.sink.event(cells.row, kind, started_on, [(person_id, "subject")],
                     key=cells.identifier("immi_immigration_status_id"),
                     ended_on=cells.last_day("immi_immigration_status_end_date", started_on))  # fmt: skip
    return True


STEPS: Mapping[str, Step] = {
    step.__name__: step
    for step in (
        person, closed_as_adopted, adopted, link, pupil_numbers, mother, family, address, professional, involvement, contact,
        early_help, remember_assessment, factors, previous_permanence, placement,
        strengths_and_difficulties, immigration,
    )
}  # fmt: skip
