"""Reads the lists of a workbook: whose each row is, then what happened."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date

from kithkin.feeds.addresses import put_residence
from kithkin.feeds.annex_a.lists import LISTS, SOURCES, AnnexList
from kithkin.feeds.annex_a.sheets import CELL_RULES, Sheet, Unread, find_sheets
from kithkin.feeds.delivery import DeliveredFile, Delivery, FeedError
from kithkin.feeds.loading import FileSink, Loader
from kithkin.feeds.parsing import clean
from kithkin.feeds.ssd.care import put_protection_plan
from kithkin.feeds.ssd.cells import Cells, impossible_before_birth
from kithkin.feeds.ssd.marks import put_mark
from kithkin.model import codes

LAYOUTS = ("iso", "uk", "census", "excel")
ADOPTED = frozenset(["E11", "E12", "a"])  # reasons why care ceased, in either code set


@dataclass
class Person:
    """What the lists together say of one child or adopter, and the row that names them first."""

    cells: Cells
    adult: bool
    facts: dict[str, object] = field(default_factory=dict)
    seal: str = "S0"


@dataclass(frozen=True)
class Entry:
    """A row that is to be read."""

    number: int  # of its list
    cells: Cells
    person: str


def read_annex_a(delivery: Delivery, loader: Loader) -> None:
    """Read Annex A workbooks, all lists that each holds.

    Raises
    ------
    FeedError : a file is no workbook, or holds none of the lists.

    """
    for file in delivery.files:
        _read_workbook(loader, file)


def _read_workbook(loader: Loader, file: DeliveredFile) -> None:
    found = list(find_sheets(file))
    sheets = [sheet for sheet in found if isinstance(sheet, Sheet)]
    if not sheets:
        titles = ", ".join(repr(sheet.title) for sheet in found) or "none with content"
        raise FeedError(
            file.name,
            f"holds none of the lists of Annex A; its sheets are {titles}.",
            "Name the sheets List 1 to List 11, each with its header row.",
        )
    for sheet in found:
        if isinstance(sheet, Unread):
            _report_unread(loader, file, sheet)
    with ExitStack() as stack:
        people: dict[str, Person] = {}
        entries: list[Entry] = []
        for sheet in sheets:
            sink = stack.enter_context(loader.file(file, sheet.title))
            _report_missing(sink, sheet)
            entries += _admit(sink, sheet, people)
        for record_id, person in people.items():
            _put_person(record_id, person)
        for entry in entries:
            _read_entry(entry, people[entry.person])


# --- sheets ----------------------------------------------------------------------------------


def _report_unread(loader: Loader, file: DeliveredFile, sheet: Unread) -> None:
    """Account for a sheet that is no list, or for the rows of a list without a header row."""
    with loader.file(file, sheet.title) as sink:
        if sheet.number is None:
            sink.finding("K-AA-7", f"Sheet {sheet.title!r} is none of the lists; it was not read.",
                         "Name it List 1 to List 11 if it is one.", severity="note")  # fmt: skip
            return
        for row, cells in sheet.rows:
            sink.take(row)
            content = {f"column {place}": cell for place, cell in enumerate(cells, 1)}
            sink.set_aside(row, "K-AA-8",
                           f"List {sheet.number} has no header row with an identifier column.",
                           content,
                           remedy="Put the headers of the Annex A template above the rows.")  # fmt: skip


def _report_missing(sink: FileSink, sheet: Sheet) -> None:
    if sheet.missing:
        sink.finding(
            "K-AA-9",
            f"List {sheet.number} lacks columns: {', '.join(sheet.missing)}.",
            "Use the headers of the Annex A template.",
            severity="warning" if LISTS[sheet.number].start in sheet.missing else "note",
        )


# --- people ----------------------------------------------------------------------------------


def _admit(sink: FileSink, sheet: Sheet, people: dict[str, Person]) -> list[Entry]:
    """Take a list's rows; give those that name somebody and are no copies."""
    wanted, seen, entries = LISTS[sheet.number], set[tuple[str, ...]](), list[Entry]()
    for row, named in sheet.rows:
        sink.take(row)
        cells = Cells(sink, row, named, CELL_RULES, LAYOUTS, sheet.columns)
        content = tuple(clean(value) or "" for value in named.values())
        person = cells.identifier(wanted.person)
        if person is None:
            cells.set_aside("K-AA-10", "The row has no identifier, so that it is nobody's.",
                            "Send the identifier.", wanted.person)  # fmt: skip
        elif content in seen:
            cells.set_aside("K-CORE-DUPLICATE",
                            "The row is the exact copy of an earlier row of the list.",
                            "Nothing is lost; look for what repeats rows.")  # fmt: skip
        else:
            seen.add(content)
            record_id = person if wanted.person == "child" else f"adopter-{person}"
            entries.append(Entry(sheet.number, cells, record_id))
            _learn(people, entries[-1])
    return entries


def _learn(people: dict[str, Person], entry: Entry) -> None:
    """Add what a row says of its person; a row that disagrees with an earlier one is reported."""
    cells, adult = entry.cells, LISTS[entry.number].person != "child"
    person = people.setdefault(entry.person, Person(cells, adult, seal="S1" if adult else "S0"))
    for name, column, value in _facts(cells):
        held = person.facts.setdefault(name, value)
        if held != value:
            cells.finding("K-AA-13", f"An earlier row says {held}, which was kept.",
                          "Correct the one that is wrong.", column)  # fmt: skip
    if _is_adopted(entry):
        person.seal = "S2"  # the identity before the adoption is sealed
    if not adult and cells.text("date_of_birth") is None:
        _report_no_birth(cells)


def _facts(cells: Cells) -> list[tuple[str, str, object]]:
    """Give what the row knows of its person: (fact, column, value)."""
    sex = cells.code("gender", "sex", "annex_a_gender")
    ethnicity = cells.code("ethnicity", "ethnicity_20", "annex_a_ethnicity")
    twenty = ethnicity and codes.code_set("ethnicity_20").match(ethnicity.code) == ethnicity
    letter = sex and {"a": "M", "b": "F"}.get(sex.code, sex.code)
    facts = (
        ("date_of_birth", "date_of_birth", cells.day("date_of_birth")),
        ("sex", "gender", letter if letter in {"M", "F"} else None),
        ("ethnicity", "ethnicity", ethnicity.code if ethnicity and twenty else None),
    )
    return [fact for fact in facts if fact[2] is not None]


def _is_adopted(entry: Entry) -> bool:
    if entry.number == 10:
        return entry.cells.day("adoption_order") is not None
    reason = None
    if entry.number == 8:
        reason = entry.cells.code("reason_ceased", "reason_episode_ceased", "annex_a_reason_ceased")
    return reason is not None and reason.code in ADOPTED


def _report_no_birth(cells: Cells) -> None:
    age = cells.number("age")
    beside = "" if age is None else f" (the list gives the age as {math.floor(age)})"
    cells.finding("K-AA-12", f"There is no date of birth{beside}; the child is harder to link.",
                  "Send the date of birth.", "date_of_birth")  # fmt: skip


def _put_person(record_id: str, person: Person) -> None:
    """Put a child or an adopter; a birth after the extract is an expected one."""
    cells, born = person.cells, person.facts.get("date_of_birth")
    unborn = isinstance(born, date) and born > cells.sink.delivery.extracted_on
    cells.sink.person(
        cells.row,
        record_id,
        date_of_birth=None if unborn else born,
        expected_date_of_birth=born if unborn else None,
        sex=person.facts.get("sex"),
        gender=cells.text("gender"),
        ethnicity=person.facts.get("ethnicity"),
        ethnicity_raw=cells.text("ethnicity"),
        unborn=unborn,
        seal=person.seal,
    )


# --- rows ------------------------------------------------------------------------------------


def _read_entry(entry: Entry, person: Person) -> None:
    """Put what a row says happened, and settle it."""
    cells, wanted = entry.cells, LISTS[entry.number]
    started_on = cells.day(wanted.start) if wanted.start else cells.sink.delivery.extracted_on
    _check(cells, wanted)
    if started_on is None:
        cells.set_aside("K-AA-11", f"The row has no {wanted.start}, without which it says nothing.",
                        "Send the row with its date.", wanted.start)  # fmt: skip
        return
    if wanted.start:
        _check_birth(cells, wanted, started_on, person)
    key = f"{entry.person}:{started_on.isoformat()}" if wanted.start else entry.person
    for mark in wanted.marks:
        put_mark(mark, cells, entry.person, key, group=f"list_{entry.number}:{key}")
    if entry.number in EXTRAS:
        EXTRAS[entry.number](cells, entry.person, started_on, key)
    _disability(cells, entry.person)
    _worker(cells, wanted, entry.person, key)
    cells.sink.loaded(cells.row)


def _check(cells: Cells, wanted: AnnexList) -> None:
    """Report cells that cannot be read, of columns that make no event too."""
    for column, raw in cells.cells.items():
        if isinstance(raw, str) and raw.strip().startswith("#"):
            cells.finding("K-AA-15", "The cell holds an Excel error and was read as blank.",
                          "Mend the formula or the lookup that fills it.", column,
                          severity="note")  # fmt: skip
    for column in wanted.truths:
        cells.truth(column)
    for column in (*wanted.numbers, "age"):
        cells.number(column)
    for column, sets in (wanted.codes or {}).items():
        cells.code(column, *sets)


def _check_birth(cells: Cells, wanted: AnnexList, started_on: date, person: Person) -> None:
    """Report what cannot be: care before birth. A plan for an unborn child is as it should be."""
    born = person.facts.get("date_of_birth")
    if not isinstance(born, date):
        return
    if impossible_before_birth(started_on, born) or (wanted.born_first and started_on < born):
        cells.finding("K-AA-14", f"The child was born on {born}; this is too long before.",
                      "Correct the date, or the date of birth.", wanted.start or "")  # fmt: skip


def _disability(cells: Cells, child: str) -> None:
    """Put that a child is recorded as disabled; the lists do not say since when."""
    found = cells.code("disability", "annex_a_disability", "disability")
    if found and found.group == "disabled":
        cells.sink.event(cells.row, "social_care.disability.recorded",
                         cells.sink.delivery.extracted_on, [(child, "subject")],
                         key=child)  # fmt: skip


def _worker(cells: Cells, wanted: AnnexList, child: str, key: str) -> None:
    """Put the allocated worker and, where the list says that work goes on, the involvement."""
    name, team = _name(cells, "worker"), _name(cells, "team")
    worker = f"{name or ''}|{team or ''}".casefold() if name or team else None
    if worker:
        cells.sink.put("professional", cells.row, professional_id=worker, full_name=name,
                       team=team)  # fmt: skip
    if wanted.allocated:
        started_on = cells.day(wanted.start) if wanted.start else None
        ended_on = cells.last_day(wanted.until, started_on) if started_on else None
        cells.sink.put("service_involvement", cells.row, started_on, record_id=child,
                       involvement_id=f"social_care:{wanted.start}:{key}", service="social_care",
                       professional_id=worker, started_on=started_on,
                       ended_on=ended_on)  # fmt: skip


def _name(cells: Cells, column: str) -> str | None:
    """Give a name with single spaces, whatever spaces the authority put between its words."""
    return " ".join((cells.text(column) or "").split()) or None


def _contact(cells: Cells, child: str, received_on: date, key: str) -> None:
    source = cells.code("contact_source", *SOURCES)
    known = source and source == codes.code_set("referral_source").match(source.code)
    cells.sink.put("contact", cells.row, received_on, contact_id=key, record_id=child,
                   received_on=received_on,
                   referral_source=source.code if source and known else None)  # fmt: skip


def _protection_plan(cells: Cells, child: str, started_on: date, key: str) -> None:
    put_protection_plan(cells, child, started_on=started_on,
                        ended_on=cells.last_day("plan_ended", started_on),
                        previous=cells.number("previous_plans"), initial="initial_category",
                        latest="latest_category", key=key)  # fmt: skip


def _placement(cells: Cells, child: str, care_started: date, _: str) -> None:
    started_on = cells.day("placement_started") or care_started
    put_residence(cells.sink, cells.row, child, kind="placement", lines=None,
                  postcode=cells.text("placement_postcode"), started_on=started_on,
                  ended_on=cells.last_day("care_ceased", started_on),
                  column=cells.headers.get("placement_postcode", "postcode"))  # fmt: skip


EXTRAS = {1: _contact, 7: _protection_plan, 8: _placement}
