"""What the modules beside the pupils say: addresses, meals, needs, exclusions, absence.

Each function puts one row and gives the column whose absence makes the row meaningless, or None
when it could be loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from kithkin.feeds.addresses import put_residence
from kithkin.feeds.returns import CODE_REMEDY, Entry, code_of
from kithkin.feeds.school_census.layout import EXCLUSIONS, RULES, SOCIAL_EMOTIONAL
from kithkin.feeds.school_census.pupils import ABSENCE, LAYOUTS, put_sessions, sessions_in
from kithkin.feeds.school_census.roll import Pupil, Roll, attendance_code

ADDRESS_LINES = ("saon", "paon", "street", "locality", "addressline1", "addressline2",
                 "addressline3")  # fmt: skip
# A property number of fewer digits is a count or a flag: it would join strangers in one home.
PROPERTY_NUMBER = re.compile(r"0*[1-9]\d{3,11}(\.0)?")


def _address(_: Roll, pupil: Pupil, entry: Entry) -> str | None:
    uprn = entry.text("uniquepropertyreferencenumber")
    if uprn is not None and not PROPERTY_NUMBER.fullmatch(uprn):
        entry.finding("K-SC-UPRN", RULES["K-SC-UPRN"], "uniquepropertyreferencenumber",
                      "Send the number as text, of four to twelve digits.")  # fmt: skip
        uprn = None
    lines = ", ".join(filter(None, map(entry.text, ADDRESS_LINES)))
    put_residence(entry.sink, entry.row, pupil.record_id, kind="declared", lines=lines or None,
                  town=entry.text("town"), postcode=entry.text("postcode"), uprn=uprn)  # fmt: skip
    return None


def _free_meals(roll: Roll, pupil: Pupil, entry: Entry) -> str | None:
    """Put eligibility from its start; an end before the start is left out, so it stays open."""
    _read(entry, "fsmstartdate", "fsmenddate")
    began, ended = entry.day("fsmstartdate"), entry.day("fsmenddate")
    if began and ended and ended < began:
        entry.finding("K-SC-ENDS-FIRST", RULES["K-SC-ENDS-FIRST"], "fsmenddate",
                      f"The period starts on {began}; correct whichever is wrong.")  # fmt: skip
        ended = None
    put = roll.once.event(entry, "education.free_school_meals", began, pupil.record_id,
                          ended_on=ended, detail=entry.text("ukcountry"))  # fmt: skip
    return None if put else "fsmstartdate"


def _need(roll: Roll, pupil: Pupil, entry: Entry) -> str | None:
    """Put a social, emotional or mental health need; the other needs are no event of ours."""
    if (entry.text("sentype") or "").upper() == SOCIAL_EMOTIONAL:
        roll.once.event(entry, "education.special_needs.social_emotional_mental_health",
                        roll.census_day, pupil.record_id, key=SOCIAL_EMOTIONAL,
                        detail=entry.text("rank"))  # fmt: skip
    return None


def _exclusion(roll: Roll, pupil: Pupil, entry: Entry) -> str | None:
    _read(entry, "startdate")
    began, category = entry.day("startdate"), entry.text("category")
    if category not in EXCLUSIONS:
        entry.finding("K-SC-CODE", RULES["K-SC-CODE"], "category", CODE_REMEDY)
        return "startdate" if began is None else None
    kind, retired = EXCLUSIONS[category]
    if retired:
        entry.finding("K-SC-RETIRED", RULES["K-SC-RETIRED"], "category", CODE_REMEDY, "note")
    value = sessions_in(entry, "sessions") if kind == "suspension" else None
    key = f"{pupil.school}:{began}:{entry.text('reason1')}"
    put = roll.once.event(entry, f"education.{kind}", began, pupil.record_id, key=key,
                          value=value, detail=_reason(entry, began))  # fmt: skip
    return None if put else "startdate"


def _reason(entry: Entry, began: date | None) -> str | None:
    """Give the first reason; report each that is no code, or was none on the day."""
    for column in ("reason1", "reason2", "reason3"):
        value = entry.text(column)
        code = code_of("exclusion_reason", value)
        if value is not None and code is None:
            entry.finding("K-SC-CODE", RULES["K-SC-CODE"], column, CODE_REMEDY)
        elif code and began and not code.valid_on(began):
            entry.finding("K-SC-RETIRED", RULES["K-SC-RETIRED"], column, CODE_REMEDY, "note")
    first = code_of("exclusion_reason", entry.text("reason1"))
    return first.code if first else None


# --- attendance ------------------------------------------------------------------------------


def _termly_absence(roll: Roll, pupil: Pupil, entry: Entry) -> str | None:
    return _absence(roll, pupil, entry, roll.termly_ends)


def _second_half_absence(roll: Roll, pupil: Pupil, entry: Entry) -> str | None:
    return _absence(roll, pupil, entry, roll.second_half_ends)


def _absence(roll: Roll, pupil: Pupil, entry: Entry, ends: date) -> str | None:
    """Add the sessions of one attendance code to what the details say of a period."""
    raw = entry.text("attendancereason")
    code, retired = attendance_code(raw, roll.census_day) if raw else (None, False)
    if code is None:
        entry.finding("K-SC-ABSENCE", RULES["K-SC-ABSENCE"], "attendancereason", CODE_REMEDY)
        return None
    if retired:
        entry.finding("K-SC-RETIRED", RULES["K-SC-RETIRED"], "attendancereason", CODE_REMEDY,
                      "note")  # fmt: skip
    sessions = sessions_in(entry, "sessions")
    if code.group in ABSENCE and sessions is not None:
        key = (ends, code.group)
        pupil.details[key] = pupil.details.get(key, 0.0) + sessions
        pupil.detailed_at = pupil.detailed_at or entry
        roll.detailed[pupil.record_id, pupil.school] = pupil
    return None


def put_details(roll: Roll) -> None:
    """Put the absence of which only details speak, when a module has been read to its end.

    A total on the pupil's row counts, and the details behind it are not counted again; details
    that exceed it are reported.
    """
    for pupil in roll.detailed.values():
        for (ends, part), sessions in pupil.details.items():
            _put_detail(roll, pupil, ends, part, sessions)
        pupil.details.clear()
        pupil.detailed_at = None
    roll.detailed.clear()


def _put_detail(roll: Roll, pupil: Pupil, ends: date, part: str, sessions: float) -> None:
    entry, total = pupil.detailed_at, pupil.totals.get((ends, part))
    if entry is None:
        return
    if total is None:
        put_sessions(roll, pupil, entry, ABSENCE[part], ends, sessions)
    elif sessions > total:
        entry.sink.finding(
            "K-SC-DETAIL",
            f"{RULES['K-SC-DETAIL']}: {sessions:g} {part} sessions against {total:g}.",
            "Compare the pupil's register; the total was used.",
            row=entry.row, column="sessions", value=sessions,
        )  # fmt: skip


def _read(entry: Entry, *columns: str) -> None:
    entry.read_days(dict.fromkeys(columns, ("K-SC-DATE", RULES["K-SC-DATE"])), LAYOUTS)


PUT: dict[str, Callable[[Roll, Pupil, Entry], str | None]] = {
    "addresses": _address,
    "fsmperiods": _free_meals,
    "senneeds": _need,
    "termlyexclusions": _exclusion,
    "termlysessiondetails": _termly_absence,
    "summerhalfterm2sessiondetails": _second_half_absence,
}
