"""Which children and episodes the census has, and who the children are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.model.identifiers import check_upn
from kithkin.simulation.calendar import NEVER, whole_years
from kithkin.simulation.sending.case_files import CaseFiles
from kithkin.simulation.sending.case_files.cells import Flags, joined, only_where
from kithkin.simulation.sending.case_files.health import disabilities
from kithkin.simulation.sending.case_files.years import PlantedFault, ReturnYear, plant
from kithkin.simulation.sending.cin_census.episodes import Cases, case_fragments
from kithkin.simulation.sending.cin_census.xml import Fragments, element, together
from kithkin.simulation.world import Index

FILE = "cin_census"
UPN_FORM = r"^[A-Za-z]\d{11}[\dA-Za-z]$"
SCHOOL_AGE = 5
REGISTER = "as the register has it"


@dataclass(frozen=True)
class Layout:
    """The message's fragments, and the rules that it breaks."""

    fragments: list[Fragments]
    planted: list[PlantedFault]


def lay_out(files: CaseFiles, year: ReturnYear) -> Layout:
    """Lay out the census of a year; `files` are those of its last day."""
    cases = _cases(files, year)
    children = np.unique(cases.child)
    children = children[np.argsort(files.number(children))]
    identified, planted = _identify(files, year, children)
    fragments, more = case_fragments(files, year, cases)
    closing = pa.repeat(pa.scalar("</Child>"), len(children))
    number = files.number(children)
    ends = Fragments.at(closing, number, NEVER, 0, 0, 0, 0)
    return Layout([identified, *fragments, ends], [*planted, *more])


def _cases(files: CaseFiles, year: ReturnYear) -> Cases:
    """Choose referrals of the year, and earlier ones whose case was open in it.

    A record that was merged by mistake speaks of one child: the authority sends that child's.
    """
    table = files.care.referrals
    rows = files.referrals.rows
    rows = rows[files.owns(table.child[rows])]
    nfa = table.no_further_action[rows]
    in_year = np.where(nfa, year.holds(table.day[rows]), table.closed[rows] >= year.starts)
    rows = rows[in_year]
    return Cases(rows, table.child[rows], files.number(table.child[rows]))


def _identify(
    files: CaseFiles, year: ReturnYear, children: Index
) -> tuple[Fragments, list[PlantedFault]]:
    entry, born = files.record_of(children), files.born(children)
    unborn = born > year.ends
    numbers, planted = _pupil_numbers(files, year, children, unborn)
    sex = pc.coalesce(files.described("sex", entry), pa.scalar("U"))
    dob = files.birth(entry).cast(pa.string())
    died = files.described("date_of_death", entry)
    in_year = year.holds(np.asarray(died.cast(pa.int32()).fill_null(NEVER)))
    text = together(
        "<Child><ChildIdentifiers>",
        element("LAchildID", pa.array(files.number(children))),
        numbers,
        element("PersonBirthDate", only_where(dob, ~unborn)),
        element("ExpectedPersonBirthDate", only_where(dob, unborn)),
        element("Sex", pc.if_else(pa.array(unborn), "U", sex)),
        element("PersonDeathDate", only_where(died, in_year)),
        "</ChildIdentifiers><ChildCharacteristics>",
        element(
            "Ethnicity", files.described("ethnicity", entry).cast(pa.string()).fill_null("NOBT")
        ),
        _disabilities(files, children),
        "</ChildCharacteristics>",
    )
    missing = int(np.count_nonzero(born == NEVER))
    planted.append(PlantedFault(FILE, "8525Q", missing, REGISTER))
    return Fragments.at(text, files.number(children), -1, 0, 0, 0, 0), planted


def _disabilities(files: CaseFiles, children: Index) -> pa.Array:
    first, second = disabilities(files, children)
    some = joined(element("Disability", first.fill_null("NONE")), element("Disability", second))
    return element("Disabilities", some)


def _pupil_numbers(
    files: CaseFiles, year: ReturnYear, children: Index, unborn: Flags
) -> tuple[pa.Array, list[PlantedFault]]:
    """Write the pupil number, else why there is none: UN1 too young, UN2 never at such a school."""
    entry = files.record_of(children)
    upn = files.described("upn", entry).cast(pa.string())
    fits = np.asarray(pc.match_substring_regex(upn, UPN_FORM).fill_null(False))
    of_age = (whole_years(files.born(children), year.ends) >= SCHOOL_AGE) & ~unborn
    left_out = plant(files, FILE, "8770Q", of_age & fits)
    upn = only_where(upn, fits & ~left_out)
    unknown = pc.if_else(pa.array(of_age & ~left_out), "UN2", "UN1")
    text = joined(element("UPN", upn), element("UPNunknown", only_where(unknown, ~fits | left_out)))
    given = [each for each in upn.to_pylist() if each is not None]
    failed = sum(check_upn(each) == "failed" for each in given)
    shared = len(given) - len(set(given))
    return text, [
        PlantedFault(FILE, "8770Q", int(left_out.sum()), "planted"),
        PlantedFault(FILE, "1510", failed, REGISTER),
        PlantedFault(FILE, "1520", shared, REGISTER),
    ]
