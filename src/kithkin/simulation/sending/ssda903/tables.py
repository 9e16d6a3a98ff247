"""The return's files as tables: who was looked after, where, and what was recorded of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.model.identifiers import check_upn
from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.care import NEEDS
from kithkin.simulation.sending.case_files import CaseFiles
from kithkin.simulation.sending.case_files.cells import (
    Flags,
    as_text,
    coded,
    days,
    flags,
    only_where,
    weighted,
)
from kithkin.simulation.sending.case_files.episodes import (
    NEW_EPISODE,
    Adoptions,
    Episodes,
    adoptions,
    ceased,
    episodes_of,
    legal_status,
    place,
    place_changed,
    postcode,
    provider,
    urn,
)
from kithkin.simulation.sending.case_files.health import Leavers
from kithkin.simulation.sending.case_files.practice import care_reviews, missing_episodes
from kithkin.simulation.sending.case_files.spans import months_after
from kithkin.simulation.sending.case_files.years import PlantedFault, ReturnYear, plant
from kithkin.simulation.sending.ssda903.outcomes import care_leavers, oc2, oc3
from kithkin.simulation.world import Index

FILE = "ssda903"
UK = "%d/%m/%Y"
UPN_FORM = r"^[A-HJ-NP-RT-Z](\d{12}|\d{11}[A-Z])$"
SCHOOL_AGE = 4  # rule 209
TOO_YOUNG_TO_SPEAK = 4  # rule 440
REGISTER = "as the register has it"


@dataclass(frozen=True)
class Layout:
    """The return's tables by name, and the rules that they break."""

    tables: dict[str, pa.Table]
    planted: list[PlantedFault]


def lay_out(files: CaseFiles, year: ReturnYear) -> Layout:
    """Lay out the return of a year; `files` are those of its last day."""
    episodes = episodes_of(files)
    current = episodes.only((episodes.end >= year.starts) & files.owns(episodes.child))
    leavers = care_leavers(files, year)
    header, planted = _header(files, year, current, leavers)
    told, more = _episodes(files, current)
    adopting = adoptions(files, current)
    return Layout(
        {
            "header": header,
            "episodes": told,
            "reviews": _reviews(files, year),
            "uasc": _unaccompanied(files, current),
            "oc2": oc2(files, year, current),
            "oc3": oc3(files, leavers),
            "ad1": _adopted(files, year, adopting),
            "placed_for_adoption": _for_adoption(files, year, adopting),
            "previous_permanence": _previous(files, year, current),
            "missing": _missing(files, year),
        },
        [*planted, *more],
    )


def uk_days(values: Days) -> pa.Array:
    """Write days as the return has them."""
    return as_text(days(values), UK)


def who(files: CaseFiles, children: Index) -> dict[str, pa.Array]:
    """Give the columns with which every file but the episodes begins."""
    return {"CHILD": pa.array(files.number(children)), "DOB": uk_days(files.born(children))}


def _sex(files: CaseFiles, children: Index) -> pa.Array:
    letter = files.described("sex", files.record_of(children)).cast(pa.string())
    return coded(np.asarray(pc.index_in(letter, pa.array(["M", "F"])).fill_null(-1)), ("1", "2"))


def _header(
    files: CaseFiles, year: ReturnYear, episodes: Episodes, leavers: Leavers
) -> tuple[pa.Table, list[PlantedFault]]:
    looked_after = np.unique(episodes.child)
    children = np.union1d(looked_after, leavers.child).astype(np.int32)
    children = children[np.argsort(files.number(children))]
    current = np.isin(children, looked_after)
    sex = _sex(files, children)
    girl = np.asarray(pc.equal(sex, "2").fill_null(False))
    ethnicity = files.described("ethnicity", files.record_of(children)).cast(pa.string())
    without = plant(files, FILE, "103", current)
    upn, planted = _pupil_numbers(files, year, children, current)
    mother = pa.repeat(pa.scalar("0"), len(children))
    table = pa.table(
        {
            "CHILD": pa.array(files.number(children)),
            "SEX": sex,
            "DOB": uk_days(files.born(children)),
            "ETHNIC": only_where(ethnicity.fill_null("NOBT"), ~without),
            "UPN": upn,
            "MOTHER": only_where(mother, girl & current),
            "MC_DOB": pa.nulls(len(children), pa.string()),
        }
    )
    unborn = int(np.count_nonzero(files.born(children) == NEVER))
    return table, [
        *planted,
        PlantedFault(FILE, "101", sex.null_count, REGISTER),
        PlantedFault(FILE, "102", unborn, REGISTER),
        PlantedFault(FILE, "103", int(without.sum()), "planted"),
    ]


def _pupil_numbers(
    files: CaseFiles, year: ReturnYear, children: Index, current: Flags
) -> tuple[pa.Array, list[PlantedFault]]:
    """Give pupil numbers, else why there is none; some are cut short, some not asked for."""
    upn = files.described("upn", files.record_of(children)).cast(pa.string())
    has = np.asarray(pc.is_valid(upn))
    of_age = months_after(files.born(children), 12 * SCHOOL_AGE) <= year.ends
    not_asked = plant(files, FILE, "209", of_age & has & current)
    cut = plant(files, FILE, "168", has & ~not_asked & current)
    reason = pc.if_else(pa.array(of_age), "UN2", "UN1")
    given = pc.coalesce(upn, reason)
    given = pc.if_else(pa.array(not_asked), "UN1", given)
    given = pc.if_else(pa.array(cut), pc.utf8_slice_codeunits(given, 0, 9), given)
    known = given.filter(pa.array(has & ~cut & ~not_asked))
    fits = np.asarray(pc.match_substring_regex(known, UPN_FORM))
    wrong = sum(check_upn(each) == "failed" for each in given.to_pylist())
    return given, [
        PlantedFault(FILE, "209", int(not_asked.sum()), "planted"),
        PlantedFault(FILE, "168", int(cut.sum() + (~fits).sum()), "planted"),
        PlantedFault(FILE, "K-903-UPN", wrong, REGISTER),
    ]


def _episodes(files: CaseFiles, episodes: Episodes) -> tuple[pa.Table, list[PlantedFault]]:
    periods = files.care.care_periods
    why = place_changed(files, episodes)
    silent = plant(files, FILE, "225", np.asarray(pc.is_valid(why)))
    alone = periods.unaccompanied[episodes.care]
    where, kind = postcode(files, episodes), place(files, episodes)
    home = files.described("postcode", files.record_of(episodes.child)).cast(pa.string())
    same = np.asarray(pc.equal(home, where).fill_null(False)) & np.asarray(pc.not_equal(kind, "P1"))
    home = only_where(home, ~alone & ~same)
    table = pa.table(
        {
            "CHILD": pa.array(files.number(episodes.child)),
            "DECOM": uk_days(episodes.start),
            "RNE": coded(episodes.began_as, NEW_EPISODE),
            "LS": legal_status(files, episodes),
            "CIN": coded(periods.need[episodes.care], NEEDS),
            "PLACE": kind,
            "PLACE_PROVIDER": provider(files, episodes),
            "DEC": uk_days(episodes.end),
            "REC": ceased(files, episodes),
            "REASON_PLACE_CHANGE": only_where(why, ~silent),
            "HOME_POST": home,
            "PL_POST": where,
            "URN": urn(files, episodes),
        }
    )
    lacking = np.asarray(pc.or_(pc.is_null(home), pc.is_null(where)))
    homeless = int(np.count_nonzero(lacking & ~alone))
    return table, [
        PlantedFault(FILE, "225", int(silent.sum()), "planted"),
        PlantedFault(
            FILE, "392b", homeless, "the home is where the child is placed, or not on record"
        ),
    ]


def _reviews(files: CaseFiles, year: ReturnYear) -> pa.Table:
    reviews = care_reviews(files)
    child = files.care.care_periods.child[reviews.of]
    reviews = reviews.only(year.holds(reviews.day) & files.owns(child))
    child = files.care.care_periods.child[reviews.of]
    young = reviews.day < months_after(files.born(child), 12 * TOO_YOUNG_TO_SPEAK)
    spoke = weighted(files.settings.review_participation, reviews.chance)
    return pa.table(
        {
            **who(files, child),
            "REVIEW": uk_days(reviews.day),
            "REVIEW_CODE": pc.if_else(pa.array(young), "PN0", spoke),
        }
    )


def _unaccompanied(files: CaseFiles, episodes: Episodes) -> pa.Table:
    """Give unaccompanied children, whose status ceases on the eighteenth birthday."""
    alone = files.care.care_periods.unaccompanied[episodes.care]
    children = np.unique(episodes.child[alone])
    people = who(files, children)
    return pa.table(
        {
            "CHILD": people["CHILD"],
            "SEX": _sex(files, children),
            "DOB": people["DOB"],
            "DUC": uk_days(months_after(files.born(children), 12 * 18)),
        }
    )


def _adopted(files: CaseFiles, year: ReturnYear, found: Adoptions) -> pa.Table:
    """Give the children adopted in the year, and their adopters: a couple or one person."""
    at = np.flatnonzero(year.holds(found.ordered))
    rng = files.county.streams.of("sending", "case_files", "adopters")
    single = (
        rng.random(len(files.care.care_periods))[found.care[at]] < files.settings.single_adopter
    )
    one = pa.array(single)
    return pa.table(
        {
            **who(files, found.child[at]),
            "DATE_INT": uk_days(found.decided[at]),
            "DATE_MATCH": uk_days(found.matched[at]),
            "FOSTER_CARE": pa.repeat(pa.scalar("0"), len(at)),
            "NB_ADOPTR": flags(single, "1", "2"),
            "SEX_ADOPTR": pc.if_else(one, "F1", "MF"),
            "LS_ADOPTR": pc.if_else(one, "L0", "L11"),
        }
    )


def _for_adoption(files: CaseFiles, year: ReturnYear, found: Adoptions) -> pa.Table:
    """Give decisions that a child be placed for adoption; one who left otherwise, no longer."""
    end = files.care.care_periods.end[found.care]
    reversed_ = (end <= year.ends) & (found.ordered == NEVER)
    reason = pa.repeat(pa.scalar("RD4"), len(found))
    return pa.table(
        {
            **who(files, found.child),
            "DATE_PLACED": uk_days(found.decided),
            "DATE_PLACED_CEASED": only_where(uk_days(end), reversed_),
            "REASON_PLACED_CEASED": only_where(reason, reversed_),
        }
    )


def _previous(files: CaseFiles, year: ReturnYear, episodes: Episodes) -> pa.Table:
    """Give those who started in the year: none of them had left care for good before."""
    begun = year.holds(files.care.care_periods.start[episodes.care])
    children = np.unique(episodes.child[begun])
    return pa.table(
        {
            **who(files, children),
            "PREV_PERM": pa.repeat(pa.scalar("Z1"), len(children)),
            "LA_PERM": pa.nulls(len(children), pa.string()),
            "DATE_PERM": pa.nulls(len(children), pa.string()),
        }
    )


def _missing(files: CaseFiles, year: ReturnYear) -> pa.Table:
    """Give the year's episodes of going missing from care."""
    found = missing_episodes(files)
    at = (found.placement >= 0) & (found.end >= year.starts) & files.owns(found.child)
    back = np.where(found.end[at] <= year.ends, found.end[at], NEVER).astype(np.int32)
    return pa.table(
        {
            **who(files, found.child[at]),
            "MISSING": flags(found.unauthorised[at], "A", "M"),
            "MIS_START": uk_days(found.start[at]),
            "MIS_END": uk_days(back),
        }
    )
