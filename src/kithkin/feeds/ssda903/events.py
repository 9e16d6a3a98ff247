"""What an SSDA903 return says of each child, as canonical rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from kithkin.feeds.addresses import put_residence
from kithkin.feeds.returns import Entry, Once, code_of, put_pupil_numbers
from kithkin.feeds.ssda903.care import Period, periods_of_care
from kithkin.feeds.ssda903.checks import Return903, birthday_in, child_of
from kithkin.feeds.ssda903.rules import RULES
from kithkin.model import dates

CARE = "social_care.looked_after"
ADOPTED = frozenset(["E11", "E12"])
DIED = "E2"
PLACED_FOR_ADOPTION = frozenset(["A3", "A4", "A5", "A6"])
NEW_PLACEMENT = frozenset(["S", "P", "T", "B", "U"])  # L, a change of legal status, moves nobody
HEALTH_CHECKS = ("HEALTH_ASSESSMENT", "HEALTH_CHECK", "TEETH_CHECK")
START_REMEDY = "Give the date on which it began; without it the row says nothing that can be used."


class Putter:
    """Puts one return's rows; keeps what its parts need to know of each other."""

    def __init__(self, sent: Return903) -> None:
        self.sent = sent
        self.once = Once()
        self.known: set[str] = set()
        self.periods: dict[str, list[Period]] = {
            child: periods_of_care(episodes) for child, episodes in sent.episodes().items()
        }

    def care_began(self, child: str) -> date | None:
        """Give the day on which the child was first looked after, as far as the return says."""
        periods = self.periods.get(child)
        return periods[0].started_on if periods else None

    def year_end(self, entry: Entry) -> date:
        """Give the day that yearly outcomes are stated for, or the extract's if that is sooner."""
        return min(self.sent.year.ends, entry.sink.delivery.extracted_on)


def put_return(sent: Return903) -> None:
    """Put all that a return says, and settle every row of it."""
    putter = Putter(sent)
    for table, put in PUT.items():
        for entry in sent.tables[table]:
            _put_person(putter, entry, table)
            if put(putter, entry, child_of(entry)):
                entry.sink.loaded(entry.row)
            else:
                column, rule = LACKING[table]
                entry.sink.set_aside(entry.row, rule, RULES[rule], entry.cells, column=column,
                                     remedy=START_REMEDY)  # fmt: skip


# --- people ----------------------------------------------------------------------------------


def _put_person(putter: Putter, entry: Entry, table: str) -> None:
    child = child_of(entry)
    if child in putter.known:
        _note_conflict(putter, entry, child)
        return
    putter.known.add(child)
    if table != "Header":
        entry.finding("K-903-HEADER", RULES["K-903-HEADER"], "CHILD",
                      "Send the header file with all of the year's children.")  # fmt: skip
    sex, ethnicity = code_of("sex", entry.text("SEX")), entry.text("ETHNIC")
    known = code_of("ethnicity_20", ethnicity)
    reasons = {each.text("REC"): each.day("DEC") for each in putter.sent.episodes().get(child, [])}
    entry.sink.person(
        entry.row,
        child,
        date_of_birth=putter.sent.born(child),
        date_of_death=reasons.get(DIED),
        sex=sex.code if sex and sex.code in "MF" else None,
        ethnicity=known.code if known else None,
        ethnicity_raw=ethnicity,
        seal="S2" if ADOPTED & reasons.keys() else "S0",
    )


def _note_conflict(putter: Putter, entry: Entry, child: str) -> None:
    born, stated = putter.sent.born(child), entry.day("DOB")
    if born and stated and born != stated:
        entry.finding("K-903-CONFLICT", RULES["K-903-CONFLICT"], "DOB",
                      f"The header says {born}; correct whichever is wrong.")  # fmt: skip


def _header(_: Putter, entry: Entry, child: str) -> bool:
    put_pupil_numbers(entry, child, [("UPN", "upn")], ("K-903-UPN", RULES["K-903-UPN"]))
    is_mother = entry.truth("MOTHER", "K-903-MOTHER", RULES["K-903-MOTHER"])
    born = entry.day("MC_DOB")
    if born and is_mother is not False:
        infant = f"{child}/child born {born}"
        entry.sink.person(entry.row, infant, date_of_birth=born)
        entry.sink.put("relationship", entry.row, born, record_id=infant, other_record_id=child,
                       kind="mother", started_on=born)  # fmt: skip
    return True


# --- episodes of care ------------------------------------------------------------------------


def _episode(putter: Putter, entry: Entry, child: str) -> bool:
    begins = entry.day("DECOM")
    if begins is None:
        return False
    period = next(p for p in putter.periods[child] if any(e is entry for e in p.episodes))
    if entry is period.episodes[0]:
        putter.once.event(entry, f"{CARE}.open", begins, child, ended_on=period.ended_on,
                          detail=entry.text("LS"))  # fmt: skip
    _placement(putter, entry, child, period)
    _legal_status(putter, entry, child, period)
    _put_homes(entry, child, period)
    return True


def _placement(putter: Putter, entry: Entry, child: str, period: Period) -> None:
    begins, place = entry.day("DECOM"), entry.text("PLACE")
    why = code_of("reason_new_episode", entry.text("RNE"))
    if entry is period.episodes[0] or why is None or why.code in NEW_PLACEMENT:
        putter.once.event(entry, f"{CARE}.placement_started", begins, child, detail=place)
        if place in PLACED_FOR_ADOPTION:
            putter.once.event(entry, "social_care.adoption.placed", begins, child,
                              ended_on=_end(entry, "DECOM", "DEC"), detail=place)  # fmt: skip
    if entry.text("REC") in ADOPTED:
        putter.once.event(entry, "social_care.adoption.order", entry.day("DEC"), child,
                          detail=entry.text("REC"))  # fmt: skip


def _legal_status(putter: Putter, entry: Entry, child: str, period: Period) -> None:
    """Put a care order when it is made or changes; each later episode only repeats it."""
    at = next(place for place, each in enumerate(period.episodes) if each is entry)
    status = code_of("legal_status", entry.text("LS"))
    before = period.episodes[at - 1].text("LS") if at else None
    if status and status.group == "care_order" and entry.text("LS") != before:
        putter.once.event(entry, f"{CARE}.care_order", entry.day("DECOM"), child,
                          detail=status.code)  # fmt: skip


def _put_homes(entry: Entry, child: str, period: Period) -> None:
    """Put the placement's address and the home that the child left, when they are stated.

    Nobody says when the child came to live in that home; it ended when care began, save for a
    child placed with their parents (P1).
    """
    if post := entry.text("PL_POST"):
        put_residence(entry.sink, entry.row, child, kind="placement", lines=None, postcode=post,
                      started_on=entry.day("DECOM"), ended_on=_end(entry, "DECOM", "DEC"),
                      column="PL_POST", rule="392c")  # fmt: skip
    if post := entry.text("HOME_POST"):
        left = None if entry.text("PLACE") == "P1" else period.started_on
        put_residence(entry.sink, entry.row, child, kind="home", lines=None, postcode=post,
                      ended_on=left, column="HOME_POST", rule="392c")  # fmt: skip


def _end(entry: Entry, start: str, end: str) -> date | None:
    """Give the end of a row's span, or None when it lies before the start."""
    started, ended = entry.day(start), entry.day(end)
    return ended if started and ended and ended >= started else None


# --- the other files -------------------------------------------------------------------------


def _review(putter: Putter, entry: Entry, child: str) -> bool:
    return putter.once.event(entry, f"{CARE}.review", entry.day("REVIEW"), child,
                             detail=entry.text("REVIEW_CODE"))  # fmt: skip


def _unaccompanied(putter: Putter, entry: Entry, child: str) -> bool:
    """Put the status from the start of care (else the collection year) to the day it ceased.

    The day is often the eighteenth birthday, years ahead: one still to come ends nothing yet.
    """
    starts = putter.care_began(child) or putter.sent.year.starts
    ends = entry.day("DUC")
    over = ends if ends and starts <= ends <= entry.sink.delivery.extracted_on else None
    return putter.once.event(entry, "social_care.unaccompanied_child.status", starts, child,
                             key="status", ended_on=over)  # fmt: skip


def _outcomes(putter: Putter, entry: Entry, child: str) -> bool:
    """Put the year's outcomes, which the return states for 31 March and not day by day."""
    day = putter.year_end(entry)
    if (score := _score(entry)) is not None:
        putter.once.event(entry, f"{CARE}.sdq_score", day, child, value=score)
    for column, kind in (("CONVICTED", "convicted"), ("SUBSTANCE_MISUSE", "substance_misuse")):
        if entry.text(column) == "1":
            putter.once.event(entry, f"{CARE}.{kind}", day, child)
    for column in HEALTH_CHECKS:
        if entry.text(column) == "1":
            putter.once.event(entry, f"{CARE}.health_check", day, child,
                              key=f"{column}:{day}", detail=column)  # fmt: skip
    if entry.text("IMMUNISATIONS") == "0":
        putter.once.event(entry, "health.immunisation.overdue", day, child)
    return True


def _score(entry: Entry) -> float | None:
    text = entry.text("SDQ_SCORE")
    broken = text is None or not text.removesuffix(".0").isdecimal()
    return None if broken or text is None else float(text)


def _care_leaver(putter: Putter, entry: Entry, child: str) -> bool:
    """Put what is stated for around the birthday that falls in the collection year."""
    day = birthday_in(putter.sent.year, putter.sent.born(child)) or putter.sent.year.starts
    day = min(day, putter.year_end(entry))
    left = [p.ended_on for p in putter.periods.get(child, []) if p.ended_on]
    putter.once.event(entry, "social_care.care_leaver.eligible", min([*left, day]), child,
                      key="eligible", detail=entry.text("ACTIV"))  # fmt: skip
    touch = code_of("in_touch", entry.text("IN_TOUCH"))
    if touch and touch.code == "YES":
        putter.once.event(entry, "social_care.care_leaver.contact", day, child)
    if touch and touch.code == "DIED":
        entry.finding("K-903-DIED", RULES["K-903-DIED"], "IN_TOUCH",
                      "Send the date of death with the person file.")  # fmt: skip
    home = code_of("accommodation", entry.text("ACCOM"))
    if home and home.group == "unsuitable":
        putter.once.event(entry, "social_care.care_leaver.unsuitable_accommodation", day, child,
                          detail=home.code)  # fmt: skip
    return True


def _adoption(putter: Putter, entry: Entry, child: str) -> bool:
    decided = putter.once.event(entry, "social_care.adoption.decision", entry.day("DATE_INT"),
                                child)  # fmt: skip
    matched = putter.once.event(entry, "social_care.adoption.matched", entry.day("DATE_MATCH"),
                                child)  # fmt: skip
    return decided or matched


def _placed_for_adoption(putter: Putter, entry: Entry, child: str) -> bool:
    """Put the decision; one that was reversed keeps its reason as the detail."""
    return putter.once.event(entry, "social_care.adoption.decision", entry.day("DATE_PLACED"),
                             child, detail=entry.text("REASON_PLACED_CEASED"))  # fmt: skip


def _previous_permanence(putter: Putter, entry: Entry, child: str) -> bool:
    """Put an earlier permanence (P1 to P4) on its date, else on the day this care began."""
    code = entry.text("PREV_PERM")
    if code and code.upper().startswith("P"):
        day = entry.day("DATE_PERM") or putter.care_began(child) or putter.sent.year.starts
        putter.once.event(entry, f"{CARE}.previous_permanence", day, child, detail=code)
    return True


def _missing(putter: Putter, entry: Entry, child: str) -> bool:
    """Put a missing episode (M) or an absence without authorisation (A); value in hours.

    The return gives days, so hours are whole days times 24; an episode that is still open, or
    ends before it starts, has none.
    """
    code = code_of("missing_type", entry.text("MISSING"))
    away = code is not None and code.code == "A"
    kind = "unauthorised_absence" if away else "episode"
    began, ended = entry.day("MIS_START"), _end(entry, "MIS_START", "MIS_END")
    hours = 24.0 * dates.days_between(began, ended) if began and ended else None
    return putter.once.event(entry, f"social_care.missing.{kind}", began, child, ended_on=ended,
                             value=hours)  # fmt: skip


def _social_worker(_: Putter, entry: Entry, child: str) -> bool:
    began, worker = entry.day("SW_DECOM"), entry.text("SW_ID")
    if began is None:
        return False
    if worker:
        entry.sink.put("professional", entry.row, began, professional_id=worker,
                       job_title="Social worker")  # fmt: skip
    entry.sink.put(
        "service_involvement",
        entry.row,
        began,
        involvement_id=f"{child}:{began}:{worker}",
        record_id=child,
        service="social_care",
        professional_id=worker,
        role="social worker",
        started_on=began,
        ended_on=_end(entry, "SW_DECOM", "SW_DEC"),
        end_reason=entry.text("SW_REASON"),
    )
    return True


def _deprivation(putter: Putter, entry: Entry, child: str) -> bool:
    return putter.once.event(entry, f"{CARE}.deprivation_of_liberty", entry.day("DOLO_START"),
                             child, ended_on=_end(entry, "DOLO_START", "DOLO_END"))  # fmt: skip


# In this order, so that a child is described by the header wherever there is one.
PUT: dict[str, Callable[[Putter, Entry, str], bool]] = {
    "Header": _header,
    "UASC": _unaccompanied,
    "Episodes": _episode,
    "Reviews": _review,
    "OC2": _outcomes,
    "OC3": _care_leaver,
    "AD1": _adoption,
    "PlacedAdoption": _placed_for_adoption,
    "PrevPerm": _previous_permanence,
    "Missing": _missing,
    "SWEpisodes": _social_worker,
    "DoLo": _deprivation,
}

# The date without which a row means nothing, and the rule under which it is set aside.
LACKING: dict[str, tuple[str, str]] = {
    "Episodes": ("DECOM", "K-903-START"),
    "Reviews": ("REVIEW", "166"),
    "AD1": ("DATE_INT", "K-903-START"),
    "PlacedAdoption": ("DATE_PLACED", "K-903-START"),
    "Missing": ("MIS_START", "K-903-START"),
    "SWEpisodes": ("SW_DECOM", "K-903-START"),
    "DoLo": ("DOLO_START", "K-903-START"),
}
