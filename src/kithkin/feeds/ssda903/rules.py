"""The rules by which an SSDA903 return is judged, as data: id, file, column, and what breaks it.

Numbered rules are the sector's own (DfE validation checks for the SSDA903, as the community
validator csc-validator-be-903 states them); K- rules are Kithkin's. `docs/validation.md`
compares the counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from kithkin.feeds.returns import Entry, code_of
from kithkin.model import dates


@dataclass(frozen=True)
class Year:
    """A collection year: 1 April to 31 March."""

    starts: date
    ends: date

    @classmethod
    def ending(cls, year: int) -> Year:
        """Give the collection year that ends on 31 March of `year`."""
        return cls(date(year - 1, 4, 1), date(year, 3, 31))

    @classmethod
    def of_extract(cls, extracted_on: date) -> Year:
        """Give the year that an extract reports on.

        The return is sent from April on, so an extract of April to August is of the year just
        ended; any other is of the year that is running.
        """
        return cls.ending(extracted_on.year + (extracted_on.month > 8))


@dataclass(frozen=True)
class Case:
    """What a rule judges: a row, the collection year and the child's date of birth."""

    entry: Entry
    year: Year
    born: date | None

    def text(self, column: str) -> str | None:
        """Give a cell; None when it is blank."""
        return self.entry.text(column)

    def day(self, column: str) -> date | None:
        """Give a date cell; None when it is blank or no date."""
        return self.entry.day(column)


Test = Callable[[Case], bool]  # is the rule broken?


@dataclass(frozen=True)
class RowRule:
    """A rule that one row alone can break."""

    rule: str
    table: str
    column: str
    broken: Test


# --- what can be wrong with a row ------------------------------------------------------------


def no_code_of(column: str, name: str, *, blank: bool = True, without: str = "") -> Test:
    """Break when the cell is no code of the named set; `blank` says if it may be blank."""
    return lambda case: not _is_code(case.text(column), name, blank, without.split())


def _is_code(value: str | None, name: str, blank: bool, without: list[str]) -> bool:
    if value is None:
        return blank
    code = code_of(name, value)
    return code is not None and code.code == value.upper() and code.code not in without


def not_one_of(column: str, codes: str, *, blank: bool = True) -> Test:
    """Break when the cell is none of `codes` (space between); `blank` says if it may be blank."""
    allowed = frozenset(codes.split())
    return lambda case: not blank if case.text(column) is None else case.text(column) not in allowed


def together(column: str, codes: str, other: str, others: str) -> Test:
    """Break when `column` has one of `codes` and `other` one of `others`."""
    first, second = frozenset(codes.split()), frozenset(others.split())
    return lambda case: case.text(column) in first and case.text(other) in second


def without_others(column: str, codes: str, other: str, others: str) -> Test:
    """Break when `column` has one of `codes` and `other` none of `others`."""
    first, second = frozenset(codes.split()), frozenset(others.split())
    return lambda case: case.text(column) in first and case.text(other) not in second


def filled_beside(column: str, codes: str, *filled: str) -> Test:
    """Break when `column` has one of `codes` and any of `filled` has a value."""
    first = frozenset(codes.split())
    return lambda case: case.text(column) in first and any(map(case.text, filled))


def later_than(column: str, other: str) -> Test:
    """Break when the date in `column` is after the one in `other`."""
    return lambda case: _after(case.day(column), case.day(other))


def _after(day: date | None, other: date | None) -> bool:
    return day is not None and other is not None and day > other


def younger_than(years: int, column: str, codes: str, day: str) -> Test:
    """Break when `column` has one of `codes` and the child was under `years` on the day."""
    wanted = frozenset(codes.split())

    def broken(case: Case) -> bool:
        on = case.day(day)
        if case.text(column) not in wanted or on is None or case.born is None:
            return False
        return on < dates.add_months(case.born, 12 * years)

    return broken


def older_than(years: int, column: str, codes: str, day: str) -> Test:
    """Break when `column` has one of `codes` and the day is past the birthday of `years`."""
    wanted = frozenset(codes.split())
    return lambda case: (
        case.text(column) in wanted
        and (
            case.born is not None and _after(case.day(day), dates.add_months(case.born, 12 * years))
        )
    )


def _half_coded(case: Case) -> bool:
    return (case.text("DEC") is None) != (case.text("REC") is None)


def _bad_upn_form(case: Case) -> bool:
    value = case.text("UPN")
    form = r"(?![IOS])[A-Z](\d{12}|\d{11}[A-Z])|UN[1-5]"
    return value is not None and not re.fullmatch(form, value)


def _provider_not_valid(case: Case) -> bool:
    provider = case.text("PLACE_PROVIDER")
    if provider is None:
        return False
    known = code_of("placement_provider", provider) is not None
    return not known or case.text("PLACE") in NO_PROVIDER


def _urn_not_wanted(case: Case) -> bool:
    return case.text("PLACE") in NO_URN and case.text("URN") not in (None, "XXXXXXX")


def _score_not_valid(case: Case) -> bool:
    score = case.text("SDQ_SCORE")
    return score is not None and not re.fullmatch(r"([0-9]|[1-3][0-9]|40)(\.0)?", score)


def _upn_still_new(case: Case) -> bool:
    of_age = case.born is not None and dates.add_months(case.born, 48) <= case.year.ends
    return case.text("UPN") == "UN1" and of_age


def _no_misuse_but_help(case: Case) -> bool:
    helped = case.text("INTERVENTION_RECEIVED") or case.text("INTERVENTION_OFFERED")
    return case.text("SUBSTANCE_MISUSE") in (None, "0") and bool(helped)


def _outside_year(column: str) -> Test:
    return lambda case: (
        _after(case.day(column), case.year.ends) or _after(case.year.starts, case.day(column))
    )


TEMPORARY = ("T0", "T1", "T2", "T3", "T4")
NO_PROVIDER = frozenset([*TEMPORARY, "Z1"])
NO_URN = NO_PROVIDER | {"H5", "P1", "P2", "P3", "R1", "R2", "R5"}
FIRST_DAY = date(1991, 10, 14)  # the Children Act 1989 came into force
D1_ENDED = date(2005, 12, 31)  # freeing orders gave way to placement orders
E1_BEGAN = date(2005, 12, 1)

ROW_RULES: tuple[RowRule, ...] = (
    # codes
    RowRule("101", "Header", "SEX", not_one_of("SEX", "1 2", blank=False)),
    RowRule("103", "Header", "ETHNIC", no_code_of("ETHNIC", "ethnicity_20", blank=False)),
    RowRule("114", "AD1", "FOSTER_CARE", not_one_of("FOSTER_CARE", "0 1")),
    RowRule("120", "PlacedAdoption", "REASON_PLACED_CEASED",
            not_one_of("REASON_PLACED_CEASED", "RD1 RD2 RD3 RD4")),
    RowRule("131", "OC3", "IN_TOUCH", no_code_of("IN_TOUCH", "in_touch", blank=False)),
    RowRule("132", "OC3", "ACTIV", no_code_of("ACTIV", "activity", blank=False, without="F3 P3")),
    RowRule("133", "OC3", "ACCOM",
            no_code_of("ACCOM", "accommodation", blank=False, without="S1 X1")),
    RowRule("143", "Episodes", "RNE", no_code_of("RNE", "reason_new_episode")),
    RowRule("144", "Episodes", "LS", no_code_of("LS", "legal_status")),
    RowRule("145", "Episodes", "CIN", no_code_of("CIN", "primary_need", without="N0 N9")),
    RowRule("146", "Episodes", "PLACE", no_code_of("PLACE", "placement_type")),
    RowRule("149", "Episodes", "REC", no_code_of("REC", "reason_episode_ceased")),
    RowRule("167", "Reviews", "REVIEW_CODE",
            no_code_of("REVIEW_CODE", "review_code", blank=False)),
    RowRule("175", "AD1", "NB_ADOPTR", not_one_of("NB_ADOPTR", "1 2")),
    RowRule("176", "AD1", "SEX_ADOPTR", not_one_of("SEX_ADOPTR", "M1 F1 MM FF MF")),
    RowRule("177", "AD1", "LS_ADOPTR", not_one_of("LS_ADOPTR", "L0 L11 L12 L2 L3 L4")),
    RowRule("178", "Episodes", "PLACE_PROVIDER", _provider_not_valid),
    RowRule("180", "OC2", "SDQ_SCORE", _score_not_valid),
    RowRule("K-903-MISSING", "Missing", "MISSING",
            no_code_of("MISSING", "missing_type", blank=False)),
    # pupil numbers
    RowRule("168", "Header", "UPN", _bad_upn_form),
    RowRule("209", "Header", "UPN", _upn_still_new),
    # dates
    RowRule("301", "Header", "DOB", lambda case: _after(case.day("DOB"), case.year.ends)),
    RowRule("304", "UASC", "DUC", lambda case: case.born is not None
            and _after(case.day("DUC"), dates.add_months(case.born, 216))),
    RowRule("333", "AD1", "DATE_INT", later_than("DATE_INT", "DATE_MATCH")),
    RowRule("353", "Episodes", "DECOM",
            lambda case: _after(FIRST_DAY, case.day("DECOM"))),
    RowRule("354", "Episodes", "DECOM",
            lambda case: _after(case.day("DECOM"), case.year.ends)),
    RowRule("355", "Episodes", "DEC", lambda case: case.day("DEC") is not None
            and case.day("DEC") == case.day("DECOM")),
    RowRule("356", "Episodes", "DEC", later_than("DECOM", "DEC")),
    RowRule("385", "Episodes", "DEC", lambda case: _after(case.day("DEC"), case.year.ends)),
    RowRule("445", "Episodes", "LS", lambda case: case.text("LS") == "D1"
            and _after(case.day("DECOM"), D1_ENDED)),
    RowRule("446", "Episodes", "LS", lambda case: case.text("LS") == "E1"
            and _after(E1_BEGAN, case.day("DECOM"))),
    RowRule("570", "Missing", "MIS_START",
            lambda case: _after(case.day("MIS_START"), case.year.ends)),
    RowRule("571", "Missing", "MIS_END", _outside_year("MIS_END")),
    RowRule("K-903-ENDS-FIRST", "Missing", "MIS_END", later_than("MIS_START", "MIS_END")),
    RowRule("K-903-ENDS-FIRST", "PlacedAdoption", "DATE_PLACED_CEASED",
            later_than("DATE_PLACED", "DATE_PLACED_CEASED")),
    RowRule("K-903-ENDS-FIRST", "SWEpisodes", "SW_DEC", later_than("SW_DECOM", "SW_DEC")),
    RowRule("K-903-ENDS-FIRST", "DoLo", "DOLO_END", later_than("DOLO_START", "DOLO_END")),
    # one cell against another
    RowRule("148", "Episodes", "DEC", _half_coded),
    RowRule("158", "OC2", "INTERVENTION_OFFERED",
            filled_beside("INTERVENTION_RECEIVED", "1", "INTERVENTION_OFFERED")),
    RowRule("174", "Header", "MC_DOB", filled_beside("SEX", "1", "MC_DOB")),
    RowRule("193", "OC2", "SUBSTANCE_MISUSE", _no_misuse_but_help),
    RowRule("213", "Episodes", "PLACE_PROVIDER",
            filled_beside("PLACE", "T0 T1 T2 T3 T4", "PLACE_PROVIDER")),
    RowRule("214", "Episodes", "LS", filled_beside("LS", "V3 V4", "PL_POST", "URN")),
    RowRule("222", "Episodes", "URN", _urn_not_wanted),
    RowRule("511", "AD1", "SEX_ADOPTR", together("NB_ADOPTR", "2", "SEX_ADOPTR", "M1 F1")),
    RowRule("514", "AD1", "LS_ADOPTR", without_others("LS_ADOPTR", "L0", "SEX_ADOPTR", "M1 F1")),
    RowRule("517", "AD1", "LS_ADOPTR", without_others("LS_ADOPTR", "L3", "SEX_ADOPTR", "MF")),
    RowRule("518", "AD1", "LS_ADOPTR", without_others("LS_ADOPTR", "L4", "SEX_ADOPTR", "MM FF")),
    RowRule("519", "AD1", "LS_ADOPTR", without_others("LS_ADOPTR", "L2", "SEX_ADOPTR", "MM FF MF")),
    RowRule("520", "AD1", "LS_ADOPTR", without_others("LS_ADOPTR", "L11", "SEX_ADOPTR", "MF")),
    RowRule("524", "AD1", "LS_ADOPTR", without_others("LS_ADOPTR", "L12", "SEX_ADOPTR", "MM FF")),
    RowRule("527", "Episodes", "PLACE_PROVIDER",
            together("PLACE_PROVIDER", "PR1", "PLACE", "P1 R2 R5")),
    RowRule("528", "Episodes", "PLACE_PROVIDER",
            together("PLACE_PROVIDER", "PR2", "PLACE", "P1 R2 R5")),
    RowRule("529", "Episodes", "PLACE_PROVIDER",
            together("PLACE_PROVIDER", "PR3", "PLACE",
                     "P1 A3 A4 A5 A6 K1 K2 U1 U2 U3 U4 U5 U6")),
    RowRule("530", "Episodes", "PLACE_PROVIDER", together("PLACE_PROVIDER", "PR4", "PLACE", "P1")),
    RowRule("531", "Episodes", "PLACE_PROVIDER", together("PLACE_PROVIDER", "PR5", "PLACE", "P1")),
    RowRule("550", "Episodes", "PLACE_PROVIDER",
            without_others("PLACE_PROVIDER", "PR0", "PLACE", "P1")),
    # age
    RowRule("358", "Episodes", "LS", younger_than(10, "LS", "J1 J2 J3", "DECOM")),
    RowRule("370", "Episodes", "PLACE", younger_than(15, "PLACE", "P2", "DECOM")),
    RowRule("371", "Episodes", "PLACE", younger_than(14, "PLACE", "H5", "DECOM")),
    RowRule("372", "Episodes", "PLACE", younger_than(10, "PLACE", "R5", "DECOM")),
    RowRule("373", "Episodes", "PLACE", younger_than(4, "PLACE", "S1", "DECOM")),
    RowRule("374", "Episodes", "PLACE", younger_than(14, "PLACE", "P3", "DECOM")),
    RowRule("387", "Episodes", "REC", younger_than(14, "REC", "E5 E6", "DEC")),
    RowRule("389", "Episodes", "REC", younger_than(16, "REC", "E7", "DEC")),
    RowRule("440", "Reviews", "REVIEW_CODE", older_than(4, "REVIEW_CODE", "PN0", "REVIEW")),
    RowRule("441", "Reviews", "REVIEW_CODE",
            younger_than(4, "REVIEW_CODE", "PN1 PN2 PN3 PN4 PN5 PN6 PN7", "REVIEW")),
    RowRule("460", "Episodes", "REC", younger_than(18, "REC", "E17", "DEC")),
)  # fmt: skip

RULES: dict[str, str] = {
    "101": "The sex code is not valid",
    "102": "The date of birth is not a valid date",
    "103": "The ethnicity code is not valid or missing",
    "104": "The date on which unaccompanied status ceased is not a valid date",
    "112": "The date should be placed for adoption is not a valid date",
    "113": "The date of matching is not a valid date",
    "114": "The former carer code of an adopted child is not valid",
    "115": "The date of decision to place for adoption is not a valid date",
    "116": "The date of decision not to place for adoption is not a valid date",
    "120": "The reason for reversal of the adoption decision is not valid",
    "131": "The code for being in touch after leaving care is not valid",
    "132": "The code for activity after leaving care is not valid",
    "133": "The code for accommodation after leaving care is not valid",
    "141": "The date on which the episode began is not a valid date",
    "142": "A new episode has started, but the previous episode has not ended",
    "143": "The reason for new episode is not a valid code",
    "144": "The legal status is not a valid code",
    "145": "The category of need is not a valid code",
    "146": "The placement type is not a valid code",
    "147": "The date on which the episode ceased is not a valid date",
    "148": "Date and reason episode ceased must both be coded or both be blank",
    "149": "The reason episode ceased is not a valid code",
    "158": "An intervention was received, so whether one was offered should be blank",
    "166": "The date of review is not valid or missing",
    "167": "The participation code is not valid or missing",
    "168": "The unique pupil number has not its form",
    "174": "A mother's child is recorded for a male child",
    "175": "The number of adopters is not a valid code",
    "176": "The sex of adopters is not a valid code",
    "177": "The legal status of adopters is not a valid code",
    "178": "The placement provider is not a valid code for the placement",
    "180": "The strengths and difficulties score is not valid",
    "193": "No substance misuse is recorded, but an intervention is",
    "209": "A child of school age has UN1 in place of a unique pupil number",
    "213": "A temporary placement needs no provider",
    "214": "Short breaks need no placement location",
    "222": "This placement type should have no Ofsted number",
    "301": "The date of birth falls after the collection year",
    "302": "The first episode starts before the child was born",
    "304": "Unaccompanied status ceased after the eighteenth birthday",
    "333": "Should be placed for adoption comes after the matching",
    "353": "No episode can start before 14 October 1991",
    "354": "The episode began after the end of the collection year",
    "355": "The episode lasted less than a day",
    "356": "The episode ceased before it began",
    "357": "A child's first episode should have reason S",
    "358": "A child with this legal status should not be under 10",
    "370": "A child living independently should be at least 15",
    "371": "A child in semi-independent living should be at least 14",
    "372": "A child in custody should be at least 10",
    "373": "A child placed in a school should be at least 4",
    "374": "A child in residential employment should be at least 14",
    "385": "The episode ceased after the end of the collection year",
    "387": "Moved into independent living, but aged under 14",
    "388": "A new episode should follow on the same day, and none does",
    "389": "Moved to adult social care, but aged under 16",
    "431": "The child started to be looked after on a day when an earlier episode still ran",
    "432": "The child had ceased to be looked after, but the next episode is no new start",
    "433": "The episode continues an earlier one that ended on another day or not at all",
    "434": "Only the legal status should change, but it did not, or the placement did",
    "435": "Only the placement should change, but it did not, or the legal status did",
    "436": "Legal status and placement should both change, and one did not",
    "437": "The child had died or turned 18, but further episodes follow",
    "440": "Aged over 4 at the review, but coded as under 4",
    "441": "Aged under 4 at the review, but coded as 4 or over",
    "445": "D1 is not valid for an episode after December 2005",
    "446": "E1 is not valid for an episode before December 2005",
    "460": "Stayed with carers at 18, but aged under 18",
    "392c": "A postcode is not well-formed",
    "501": "A new episode has started before the end of the previous one",
    "511": "Two adopters are recorded with the sex of one",
    "514": "A single adopter is recorded with the sexes of a couple",
    "517": "A married couple of different sexes is not coded MF",
    "518": "A married couple of the same sex is not coded MM or FF",
    "519": "A couple in a civil partnership is coded with the sex of one",
    "520": "A couple married as of different sexes (L11) is not coded MF",
    "524": "A couple married as of one sex (L12) is not coded MM or FF",
    "527": "Provider PR1 cannot be associated with this placement",
    "528": "Provider PR2 cannot be associated with this placement",
    "529": "Provider PR3 cannot be associated with this placement",
    "530": "Provider PR4 cannot be associated with this placement",
    "531": "Provider PR5 cannot be associated with this placement",
    "550": "Provider PR0 can be associated only with placement P1",
    "570": "The missing episode starts after the end of the collection year",
    "571": "The missing episode ends outside the collection year",
    "574": "A missing episode starts while the previous one is still open",
    "K-903-CHILD": "A row names no child",
    "K-903-CONFLICT": "Two rows about one child disagree about who the child is",
    "K-903-DATE": "A date is not a valid date",
    "K-903-DIED": "A young person died after leaving care, and no date is given",
    "K-903-ENDS-FIRST": "An end lies before its start, and was left out",
    "K-903-HEADER": "A child has rows but no header row",
    "K-903-MISSING": "The missing type is neither M nor A",
    "K-903-MOTHER": "Whether the child is a mother is neither 0 nor 1",
    "K-903-START": "An episode has no date on which it began",
    "K-903-UPN": "The check letter of the unique pupil number is wrong",
}
