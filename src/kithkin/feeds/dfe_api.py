"""The DfE children's social care interface: JSON payloads of one child or a list of children.

Follows version 0.7 of the DfE's specification. What is marked `purge` was deleted at the source:
it is not loaded, and the account says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kithkin.feeds.addresses import put_residence
from kithkin.feeds.delivery import DeliveredFile, Delivery, FeedError
from kithkin.feeds.loading import FileSink, Loader
from kithkin.feeds.parsing import clean
from kithkin.feeds.ssd.care import (
    ADOPTED,
    CareColumns,
    Held,
    number_plans,
    put_care,
    put_protection_plan,
)
from kithkin.feeds.ssd.cells import CellRules, Cells
from kithkin.feeds.ssd.marks import Mark, Test, put_mark
from kithkin.feeds.ssd.steps import EXPECTED_BIRTH, put_factor, put_sdq
from kithkin.model import codes

RULES: dict[str, str] = {
    "K-API-1": "A date cannot be read",
    "K-API-2": "A number cannot be read",
    "K-API-3": "A value is neither true nor false",
    "K-API-4": "A code is not in its code set, or was not in use on the day",
    "K-API-5": "Something ends before it starts",
    "K-API-6": "A unique pupil number is cut short or its check letter does not fit",
    "K-API-7": "Part of the payload has not the shape of the specification",
    "K-API-8": "A child has no identifier",
    "K-API-9": "A child or a part of its record was deleted at source",
    "K-API-10": "A later payload of the delivery replaces this one",
    "K-API-11": "A part of a record has no date, without which it says nothing",
    "K-API-12": "A strengths and difficulties score is not from 0 to 40",
    "K-API-13": "A child has neither a date of birth nor an expected one",
}
CELL_RULES = CellRules(
    date="K-API-1",
    number="K-API-2",
    truth="K-API-3",
    code="K-API-4",
    end_before_start="K-API-5",
    upn="K-API-6",
)
LAYOUTS = ("iso",)
MAX_BYTES = 1 << 30  # the whole file is held in memory while it is read

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """One kind of item of a social care episode: its id, and the events that it stands for."""

    id: str
    marks: tuple[Mark, ...]


_NFA = (Test("referral_no_further_action_flag"),)
EPISODE = Part(
    "social_care_episode_id",
    (
        Mark("social_care.referral.received", on=("referral_date",), detail="referral_source",
             code_sets=("referral_source",)),
        Mark("social_care.referral.no_further_action", on=("referral_date",), only=_NFA),
        Mark("social_care.referral.open", on=("referral_date",), until=("closure_date",),
             unless=_NFA),
        Mark("social_care.case.closed", on=("closure_date",), unless=_NFA,
             detail="closure_reason", code_sets=("closure_reason",)),
        Mark("social_care.case.", on=("closure_date",), by="closure_reason",
             code_sets=("closure_reason",), parts={"RC9": "stepped_down"}),
    ),
)  # fmt: skip
PARTS: Mapping[str, Part] = {
    "child_and_family_assessments": Part(
        "child_and_family_assessment_id",
        (
            Mark("social_care.assessment.started", on=("start_date",)),
            Mark("social_care.assessment.completed", on=("authorisation_date",)),
            Mark("social_care.assessment.open", on=("start_date",), until=("authorisation_date",)),
        ),
    ),
    "child_in_need_plans": Part(
        "child_in_need_plan_id",
        (Mark("social_care.child_in_need_plan.open", on=("start_date",), until=("end_date",)),),
    ),
    "section_47_assessments": Part(
        "section_47_assessment_id",
        (
            Mark("social_care.section_47.started", on=("start_date",)),
            Mark("social_care.section_47.substantiated", on=("icpc_date",)),
            Mark("social_care.conference.initial", on=("icpc_date",)),
        ),
    ),
    "child_protection_plans": Part("child_protection_plan_id", ()),
    "child_looked_after_placements": Part(
        "child_looked_after_placement_id",
        (
            Mark("social_care.looked_after.placement_started", on=("start_date",),
                 detail="placement_type", code_sets=("placement_type",)),
            Mark("social_care.adoption.", on=("end_date",), by="end_reason",
                 code_sets=("reason_episode_ceased",), parts=dict.fromkeys(ADOPTED, "order")),
        ),
    ),
    "adoption": Part(
        "",
        (
            Mark("social_care.adoption.decision", on=("initial_decision_date",)),
            Mark("social_care.adoption.matched", on=("matched_date",)),
            Mark("social_care.adoption.placed", on=("placed_date",)),
        ),
    ),
    "care_leavers": Part(
        "",
        (
            Mark("social_care.care_leaver.eligible", on=("contact_date",), undated=True),
            Mark("social_care.care_leaver.contact", on=("contact_date",)),
        ),
    ),
    "care_worker_details": Part("", ()),
}  # fmt: skip
CARE = CareColumns(
    period="",
    entered="",
    start_reason="start_reason",
    ended="end_date",
    end_reason="end_reason",
)


def read_dfe_api(delivery: Delivery, loader: Loader) -> None:
    """Read payload files; a row of the account is a child, numbered by its place in the file.

    A child who comes more than once is read from the last payload, which is the newest.

    Raises
    ------
    FeedError : a file is not JSON (with line and column), is nested without end, or holds no
        children.

    """
    payloads = [(file, _children(file)) for file in sorted(delivery.files, key=lambda f: f.name)]
    newest = {
        _identifier(child): (file.name, row)
        for file, children in payloads
        for row, child in enumerate(children, 1)
    }
    with ExitStack() as stack:
        for file, children in payloads:
            sink = stack.enter_context(loader.file(file))
            for row, child in enumerate(children, 1):
                sink.take(row)
                _read_child(sink, row, child, newest)


# --- files -----------------------------------------------------------------------------------


def _children(file: DeliveredFile) -> list[Any]:
    """Give the children of a file, which may hold one, a list, or an envelope round either."""
    content = _parse(file)
    if isinstance(content, Mapping):
        inside = [value for key, value in content.items() if key.lower() == "children"]
        content = inside[0] if inside else content
    return content if isinstance(content, list) else [content]


def _parse(file: DeliveredFile) -> Any:
    try:
        if file.path.stat().st_size > MAX_BYTES:
            raise FeedError(file.name, "holds more than 1 GB.", "Send it as several files.")
        text = file.path.read_bytes().decode("utf-8-sig")
        return json.loads(text, parse_constant=_refuse)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FeedError(file.name, f"cannot be opened ({reason}).", "Send it again.") from None
    except UnicodeDecodeError as error:
        raise FeedError(
            file.name, f"is not UTF-8 text (byte {error.start}).", "Save it as UTF-8."
        ) from None
    except json.JSONDecodeError as error:
        raise FeedError(
            file.name,
            f"line {error.lineno}, column {error.colno}: is not JSON ({error.msg}).",
            "Send the payload as the interface builds it.",
        ) from None
    except (RecursionError, ValueError) as error:
        problem = "is nested without end." if isinstance(error, RecursionError) else f"{error}."
        raise FeedError(
            file.name, problem, "Send the payload as the interface builds it."
        ) from None


def _refuse(constant: str) -> None:
    raise ValueError(f"holds {constant}, which is not JSON")


# --- one child -------------------------------------------------------------------------------


@dataclass
class Child:
    """A child while its payload is read: what must be seen together waits here."""

    sink: FileSink
    row: int
    record_id: str
    plans: list[Held] = field(default_factory=list)
    stays: list[Held] = field(default_factory=list)
    since: list[date] = field(default_factory=list)  # first days of referrals
    adopted: bool = False

    def cells(self, item: Item, path: str) -> Cells:
        """Read an item's values; findings name them by their path in the payload."""
        values = {key: value for key, value in item.items() if not isinstance(value, dict | list)}
        headers = {key: f"{path}.{key}" if path else key for key in values}
        return Cells(self.sink, self.row, values, CELL_RULES, LAYOUTS, headers)

    def items(self, parent: Item, name: str, path: str) -> Iterator[tuple[str, Item]]:
        """Yield the items under a name that were not deleted, each with its path."""
        found = parent.get(name)
        if found is None:
            return
        path = f"{path}.{name}" if path else name
        for place, item in enumerate(found if isinstance(found, list) else [found]):
            at = f"{path}[{place}]" if isinstance(found, list) else path
            if not isinstance(item, Mapping):
                self.report_shape(at, item)
            elif not self.purged(item, at):
                yield at, item

    def purged(self, item: Item, path: str) -> bool:
        """Say if a part was deleted at source, and report it."""
        if self.cells(item, path).truth("purge") is not True:
            return False
        self.sink.finding("K-API-9", f"{path} was deleted at source and was not loaded.",
                          "Nothing need be done.", row=self.row, column=path,
                          severity="note")  # fmt: skip
        return True

    def report_shape(self, path: str, value: object) -> None:
        """Report a value where the specification has something else."""
        self.sink.finding("K-API-7", f"{path} is not what the specification has there; "
                          "it was not read.", "Send it in the shape of the specification.",
                          row=self.row, column=path, value=value)  # fmt: skip


def _identifier(child: object) -> str | None:
    """Give the authority's id for the child, else the case system's."""
    if not isinstance(child, Mapping):
        return None
    return clean(child.get("la_child_id")) or clean(child.get("mis_child_id"))


def _read_child(
    sink: FileSink, row: int, content: Any, newest: Mapping[str | None, tuple[str, int]]
) -> None:
    record_id = _identifier(content)
    as_row = content if isinstance(content, Mapping) else {"payload": content}
    if record_id is None:
        sink.set_aside(row, "K-API-8", "The payload has no la_child_id, so that it is nobody's.",
                       as_row, column="la_child_id", remedy="Send the identifier.")  # fmt: skip
    elif newest[record_id] != (sink.name, row):
        sink.set_aside(row, "K-API-10", "A later payload of the delivery replaces this one.",
                       as_row, remedy="Nothing need be done.")  # fmt: skip
    elif Child(sink, row, record_id).cells(content, "").truth("purge"):
        sink.set_aside(row, "K-API-9", "The child was deleted at source.",
                       {"la_child_id": record_id, "purge": True},
                       remedy="Nothing need be done.")  # fmt: skip
    else:
        _load(Child(sink, row, record_id), content)
        sink.loaded(row)


def _load(child: Child, content: Item) -> None:
    for path, episode in child.items(content, "social_care_episodes", ""):
        _episode(child, episode, path)
    for held, previous in number_plans(child.plans):
        ended_on = held.cells.last_day("end_date", held.started_on)
        put_protection_plan(held.cells, child.record_id, started_on=held.started_on,
                            ended_on=ended_on, previous=previous, initial="", latest="",
                            key=_key(child, PARTS["child_protection_plans"], held.cells))  # fmt: skip
    put_care(child.stays, CARE)
    for path, wellbeing in child.items(content, "health_and_wellbeing", ""):
        for at, answer in child.items(wellbeing, "sdq_assessments", path):
            _sdq(child, child.cells(answer, at))
    _person(child, content)


# --- who the child is ------------------------------------------------------------------------


def _person(child: Child, content: Item) -> None:
    """Put the child; when the details were deleted or not sent, by its identifier alone."""
    top = child.cells(content, "")
    if (mis := top.identifier("mis_child_id")) and mis != child.record_id:
        child.sink.identifier(child.row, child.record_id, "mis_child_id", mis, "unchecked")
    found = next(child.items(content, "child_details", ""), None)
    seal = "S2" if child.adopted else "S0"  # the identity before an adoption is sealed
    if found is None:
        child.sink.person(child.row, child.record_id, seal=seal)
        return
    path, details = found
    cells = child.cells(details, path)
    born, expected = cells.day("date_of_birth", past=True), cells.day("expected_date_of_birth")
    _put_person(child, cells, born, expected, seal)
    cells.upn(child.record_id, "unique_pupil_number")
    cells.upn(child.record_id, "former_unique_pupil_number", "former_upn")
    cells.code("unique_pupil_number_unknown_reason", "upn_unknown")
    put_residence(child.sink, child.row, child.record_id, kind="home", lines=None,
                  postcode=cells.text("postcode"))  # fmt: skip
    _disabilities(child, details, path)
    _unaccompanied(child, cells)


def _put_person(
    child: Child, cells: Cells, born: date | None, expected: date | None, seal: str
) -> None:
    unborn = born is None and expected is not None
    sex, ethnicity = cells.code("sex", "sex"), cells.code("ethnicity", "ethnicity_20")
    if born is None and expected is None:
        cells.finding("K-API-13", "There is no date of birth; the child is harder to link.",
                      "Send date_of_birth, or expected_date_of_birth.",
                      "date_of_birth")  # fmt: skip
    child.sink.person(
        child.row,
        child.record_id,
        forename=cells.text("first_name"),
        surname=cells.text("surname"),
        date_of_birth=born,
        expected_date_of_birth=expected,
        sex=sex.code if sex and sex.code in {"M", "F"} else None,
        ethnicity=ethnicity.code if ethnicity else None,
        ethnicity_raw=cells.text("ethnicity"),
        unborn=unborn,
        seal=seal,
    )
    if unborn and expected:
        recorded_by = min(expected, child.sink.delivery.extracted_on)
        child.sink.event(child.row, EXPECTED_BIRTH, recorded_by, [(child.record_id, "child")],
                         key=child.record_id)  # fmt: skip


def _disabilities(child: Child, details: Item, path: str) -> None:
    """Put each disability; the payload does not say since when."""
    listed = details.get("disabilities") or []
    if not isinstance(listed, list):
        child.report_shape(f"{path}.disabilities", listed)
        return
    for place, raw in enumerate(listed):
        cells = child.cells({f"disabilities[{place}]": raw}, path)
        found = cells.code(f"disabilities[{place}]", "disability")
        if found and found.group == "disabled":
            child.sink.event(child.row, "social_care.disability.recorded",
                             child.sink.delivery.extracted_on, [(child.record_id, "subject")],
                             key=f"{child.record_id}:{found.code}", detail=found.code)  # fmt: skip


def _unaccompanied(child: Child, cells: Cells) -> None:
    """Put that the child is an unaccompanied asylum seeker, from the first referral on."""
    if cells.truth("uasc_flag") is not True:
        return
    since = min(child.since, default=child.sink.delivery.extracted_on)
    child.sink.event(child.row, "social_care.unaccompanied_child.status", since,
                     [(child.record_id, "subject")], key=child.record_id,
                     ended_on=cells.last_day("uasc_end_date", since))  # fmt: skip


def _sdq(child: Child, cells: Cells) -> None:
    completed_on, score = cells.day("date"), cells.number("score")
    if completed_on is None or score is None:
        cells.finding("K-API-11", "An assessment without date or score says nothing.",
                      "Send both.", "date")  # fmt: skip
        return
    key = f"{child.record_id}:{completed_on.isoformat()}"
    put_sdq(cells, "score", score, completed_on, child.record_id, key, "K-API-12")


# --- what happened ---------------------------------------------------------------------------


def _episode(child: Child, episode: Item, path: str) -> None:
    """Put a social care episode: the referral, and all that followed from it."""
    cells = child.cells(episode, path)
    _put_marks(child, EPISODE, cells)
    closed = cells.code("closure_reason", "closure_reason")
    child.adopted = child.adopted or (closed is not None and closed.code == "RC1")
    if (referred_on := cells.day("referral_date")) is not None:
        child.since.append(referred_on)
    else:
        _report_undated(cells, "referral_date")
    for name, part in PARTS.items():
        for at, item in child.items(episode, name, path):
            held = child.cells(item, at)
            _put_marks(child, part, held)
            _beyond_marks(child, name, item, held)


def _put_marks(child: Child, part: Part, cells: Cells) -> None:
    for mark in part.marks:
        key = _key(child, part, cells)
        put_mark(mark, cells, child.record_id, key, group=f"{part.id}:{key}" if part.id else None)


def _key(child: Child, part: Part, cells: Cells) -> str:
    """Identify an item: by its id within the child, or its day when the item has none."""
    own = cells.identifier(part.id) if part.id else None
    days = ("start_date", "contact_date", "initial_decision_date")
    dated = next((text for day in days if (text := cells.text(day))), "")
    return f"{child.record_id}:{own or dated}"


def _beyond_marks(child: Child, name: str, item: Item, cells: Cells) -> None:
    """Read what the marks of an item cannot say."""
    if name == "care_leavers":
        _accommodation(child, cells)
        return
    if name == "adoption":
        return
    started_on = cells.day("start_date")
    if started_on is None:
        _report_undated(cells, "start_date")
    elif name == "child_and_family_assessments":
        _factors(child, item, cells, started_on)
    elif name == "child_protection_plans":
        child.plans.append(Held(cells, child.record_id, started_on))
    elif name == "child_looked_after_placements":
        _placement(child, cells, started_on)
    elif name == "care_worker_details":
        _worker(child, cells, started_on)


def _report_undated(cells: Cells, column: str) -> None:
    cells.finding("K-API-11", f"There is no {column}, without which this says nothing.",
                  "Send the date.", column)  # fmt: skip


def _factors(child: Child, item: Item, cells: Cells, started_on: date) -> None:
    """Put the factors found, as they stood when the assessment was authorised."""
    listed = item.get("factors") or []
    if not isinstance(listed, list):
        child.report_shape("factors", listed)
        return
    assessed_on = cells.day("authorisation_date") or started_on
    key = _key(child, PARTS["child_and_family_assessments"], cells)
    for place, raw in enumerate(listed):
        column = f"factors[{place}]"
        factor = child.cells({column: raw}, cells.headers.get("start_date", "").rpartition(".")[0])
        if (text := factor.text(column)) is not None:
            put_factor(factor, column, text, child.record_id, assessed_on, key)


def _placement(child: Child, cells: Cells, started_on: date) -> None:
    child.stays.append(Held(cells, child.record_id, started_on))
    reason = cells.code("end_reason", "reason_episode_ceased")
    child.adopted = child.adopted or (reason is not None and reason.code in ADOPTED)
    cells.code("change_reason", "reason_place_change")
    put_residence(child.sink, child.row, child.record_id, kind="placement", lines=None,
                  postcode=cells.text("postcode"), started_on=started_on,
                  ended_on=cells.last_day("end_date", started_on))  # fmt: skip


def _worker(child: Child, cells: Cells, started_on: date) -> None:
    worker = cells.identifier("worker_id")
    if worker:
        child.sink.put("professional", child.row, professional_id=worker, full_name=worker)
    child.sink.put("service_involvement", child.row, started_on, record_id=child.record_id,
                   involvement_id=f"{child.record_id}:{worker}:{started_on.isoformat()}",
                   service="social_care", professional_id=worker, started_on=started_on,
                   ended_on=cells.last_day("end_date", started_on))  # fmt: skip


def _accommodation(child: Child, cells: Cells) -> None:
    """Put unsuitable accommodation of a care leaver; the payload may give the letter alone."""
    cells.code("activity", "activity")
    raw = cells.text("accommodation")
    letters = {code.code[0] for code in codes.code_set("accommodation").codes}
    if raw is None or raw in letters:
        return
    found = cells.code("accommodation", "accommodation")
    if found and found.group == "unsuitable":
        on = cells.day("contact_date") or child.sink.delivery.extracted_on
        child.sink.event(child.row, "social_care.care_leaver.unsuitable_accommodation", on,
                         [(child.record_id, "subject")], detail=found.code,
                         key=f"{child.record_id}:{on.isoformat()}")  # fmt: skip
