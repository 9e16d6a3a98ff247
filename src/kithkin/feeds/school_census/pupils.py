"""What a pupil's own row says: who they are, their school, their needs, their sessions."""

from __future__ import annotations

import re
from datetime import date

from kithkin.feeds.parsing import read_number
from kithkin.feeds.returns import CODE_REMEDY, Entry, code_of, put_pupil_numbers
from kithkin.feeds.school_census.layout import (
    CODED,
    DATES,
    GUEST,
    HASH,
    PROVISION,
    RULES,
)
from kithkin.feeds.school_census.roll import AUTHORISED, UNAUTHORISED, Pupil, Roll

LAYOUTS = ("census", "iso", "uk")
ABSENCE = {AUTHORISED: "authorised_absence", UNAUTHORISED: "unauthorised_absence"}
NUMBERS = (("upn", "upn"), ("formerupn", "former_upn"), ("uniquelearnernumber", "uln"))
NUMBER_FORM = re.compile(r"[A-Z]\d{11}[\dA-Z]|\d{10}", re.I)


def put_pupil(roll: Roll, pupil: Pupil, entry: Entry) -> None:
    """Put a pupil's record, registration, special needs and totals of attendance."""
    entry.read_days(dict.fromkeys(DATES, ("K-SC-DATE", RULES["K-SC-DATE"])), LAYOUTS)
    if roll.is_new(pupil):
        _put_person(pupil, entry)
    _report_hashes(entry)
    _put_registration(roll, pupil, entry)
    put_provision(roll, pupil, entry)
    if (carer := entry.text("youngcarer")) and carer.upper() in ("P", "S", "Y"):
        roll.once.event(entry, "education.young_carer.recorded", roll.census_day,
                        pupil.record_id)  # fmt: skip
    _put_totals(roll, pupil, "termlysessions", roll.termly_ends)
    _put_totals(roll, pupil, "summerhalfterm2sessions", roll.second_half_ends)


def _put_person(pupil: Pupil, entry: Entry) -> None:
    sex = code_of("sex", entry.text("sex"))
    ethnicity = code_of("ethnicity_20", entry.text("ethnicity"))
    entry.sink.person(
        entry.row,
        pupil.record_id,
        forename=entry.text("forename"),
        middle_names=entry.text("middlenames"),
        surname=entry.text("surname"),
        former_surname=entry.text("formersurname"),
        preferred_name=entry.text("preferredforename"),
        date_of_birth=entry.day("dob"),
        sex=sex.code if sex and sex.code in "MF" else None,
        ethnicity=ethnicity.code if ethnicity else None,
        ethnicity_raw=entry.text("ethnicity"),
    )
    put_pupil_numbers(entry, pupil.record_id, NUMBERS, ("K-SC-UPN", RULES["K-SC-UPN"]),
                      is_number=lambda value: bool(NUMBER_FORM.fullmatch(value)))  # fmt: skip


def _report_hashes(entry: Entry) -> None:
    for column, wanted in CODED.items():
        value = entry.text(column)
        if value is not None and HASH.fullmatch(value):
            entry.finding("K-SC-HASHED", RULES["K-SC-HASHED"], column,
                          f"Send {wanted}.")  # fmt: skip


def _put_registration(roll: Roll, pupil: Pupil, entry: Entry) -> None:
    """Put the registration, with the school as its detail; a guest is on another school's roll."""
    began, left = entry.day("entrydate"), entry.day("leavingdate")
    if began and left and left < began:
        entry.finding("K-SC-ENDS-FIRST", RULES["K-SC-ENDS-FIRST"], "leavingdate",
                      "Correct the dates of entry and leaving.")  # fmt: skip
        left = None
    if entry.text("enrolstatus") != GUEST:
        kind = f"education.registration.{roll.register_of(pupil.school)}"
        roll.once.event(entry, kind, began, pupil.record_id, key=f"{pupil.school}:{began}",
                        ended_on=left, detail=pupil.school)  # fmt: skip


def put_provision(roll: Roll, pupil: Pupil, entry: Entry) -> None:
    """Put special needs provision from census day on: nobody says when it began."""
    value = entry.text("senprovision")
    if value is None:
        return
    if value not in PROVISION:
        entry.finding("K-SC-UNKNOWN-CODE", RULES["K-SC-UNKNOWN-CODE"], "senprovision",
                      CODE_REMEDY)  # fmt: skip
        return
    kind, retired = PROVISION[value]
    if retired:
        entry.finding("K-SC-RETIRED", RULES["K-SC-RETIRED"], "senprovision", CODE_REMEDY, "note")
    if kind:
        roll.once.event(entry, f"education.special_needs.{kind}", roll.census_day,
                        pupil.record_id, key=kind, detail=value)  # fmt: skip


def _put_totals(roll: Roll, pupil: Pupil, stem: str, ends: date) -> None:
    """Put the sessions that the pupil's row totals; a blank total is not a total of none."""
    for column, part, kind in (
        (f"{stem}possible", "possible", "possible"),
        (f"{stem}authorised", AUTHORISED, ABSENCE[AUTHORISED]),
        (f"{stem}unauthorised", UNAUTHORISED, ABSENCE[UNAUTHORISED]),
    ):
        if (sessions := sessions_in(pupil.entry, column)) is not None:
            pupil.totals[ends, part] = sessions
            put_sessions(roll, pupil, pupil.entry, kind, ends, sessions)


def put_sessions(
    roll: Roll, pupil: Pupil, entry: Entry, kind: str, ends: date, sessions: float
) -> None:
    """Put an attendance event for a period, dated on its last day; value in sessions."""
    roll.once.event(entry, f"education.attendance.{kind}", ends, pupil.record_id,
                    key=f"{pupil.school}:{ends}", value=sessions, detail=pupil.school)  # fmt: skip


def sessions_in(entry: Entry, column: str) -> float | None:
    """Read a number of sessions; what is no number is a finding and counts as not said."""
    try:
        return read_number(entry.text(column))
    except ValueError:
        entry.finding("K-SC-NUMBER", RULES["K-SC-NUMBER"], column, "Send a number of sessions.")
        return None
