"""Why a person or a family has the values they have, down to the source row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from kithkin.indicators import Catalogue, FactsFolder
from kithkin.indicators.evidence import Evidence, evidence_for, facts_of
from kithkin.indicators.kernel import FAR
from kithkin.indicators.stored import SUBJECTS_A_PART, part_name
from kithkin.model import dates
from kithkin.policy import Indicator, Policy, describe_value, read_policy
from kithkin.policy.models import Level
from kithkin.releases.inheriting import calibration_of
from kithkin.releases.workspace import Release, ReleaseError

Row = dict[str, Any]
SOURCE_TABLES = ("event", "residence", "relationship", "service_involvement", "person_record")


class PersonNotFoundError(ReleaseError):
    """Nobody in the release has this id."""


@dataclass(frozen=True)
class SourceRow:
    """A record behind a value: what, when, how known, and where to open it."""

    kind: str
    title: str
    occurred_on: date
    ended_on: date | None
    known_at: date
    agency: str
    source: str
    file: str
    row: int | None
    value: float | None
    detail: str | None
    use: str


@dataclass(frozen=True)
class Answer:
    """One indicator's value, whether it is raised, in words, and the rows behind it."""

    indicator: Indicator
    level: Level
    value: float | None
    raised: bool
    words: str
    rows: tuple[SourceRow, ...]


@dataclass(frozen=True)
class Explanation:
    """All that a release says of one person or family."""

    release: str
    as_of: date
    level: Level
    subject_id: str
    subject: Row
    members: tuple[Row, ...]  # the family's members; for a person, their family's
    records: tuple[Row, ...]  # which agencies' records are taken to be this person, and how surely
    sources: tuple[Row, ...]  # each feed, when it was extracted, and whether it holds this subject
    answers: tuple[Answer, ...]
    pairs_judged: int  # by which probabilities of persons are calibrated; 0: they are not


def explain(
    release: Release, subject_id: str, *, indicators: Sequence[str] = (), everything: bool = False
) -> Explanation:
    """Explain a person's or family's values.

    Parameters
    ----------
    subject_id : a person id or a family id of the release.
    indicators : codes, or Bristol's codes (`2A`), which may stand for several; without them,
        those that are raised, or with `everything` all that have a value.

    Raises
    ------
    PersonNotFoundError : when the release holds no such id.
    ReleaseError : when the policy holds no such indicator.

    """
    policy = read_policy(release.folder / "policy")
    level, subject = _find(release, subject_id)
    as_of = date.fromisoformat(release.manifest["as_of"])
    catalogue = Catalogue(policy, level)
    values = _values(release, level, subject[f"{level}_key"])
    wanted = _wanted(policy, level, indicators)
    known = _Known(release, policy, level, subject[f"{level}_key"])
    answers = [
        _answer(known, catalogue, policy.indicators[code], values[code], as_of)
        for code in catalogue.codes
        if code in wanted
        and (indicators or _shown(policy.indicators[code], values[code], everything))
    ]
    members = _members(release, level, subject_id)
    records = records_of(release, [subject_id] if level == "person" else
                       [member["person_id"] for member in members])  # fmt: skip
    return Explanation(
        release=release.id,
        as_of=as_of,
        level=level,
        subject_id=subject_id,
        subject=subject,
        members=tuple(members),
        records=tuple(records),
        sources=tuple(sources_of(release, records)),
        answers=tuple(answers),
        pairs_judged=calibration_of(release).judged,
    )


def _find(release: Release, subject_id: str) -> tuple[Level, Row]:
    levels: tuple[Level, ...] = ("person", "family")
    for level in levels:
        rows = rows_where(release.table(level), f"{level}_id", [subject_id])
        if rows:
            return level, rows[0]
    raise PersonNotFoundError(
        f"{release.id} holds no person or family {subject_id!r}. "
        "Ids are listed in person.parquet and family.parquet."
    )


def person_row(release: Release, person_id: str) -> Row:
    """Give a person's row; `PersonNotFoundError` when the release holds nobody of this id."""
    found = rows_where(release.table("person"), "person_id", [person_id])
    if not found:
        raise PersonNotFoundError(
            f"{release.id} holds no person {person_id!r}. Ids are listed in person.parquet."
        )
    return found[0]


def rows_where(path: Path, column: str, values: Sequence[Any]) -> list[Row]:
    """Read the rows of a table in which a column has one of some values."""
    found = pq.read_table(path, filters=pc.field(column).isin(list(values)))
    return list(found.to_pylist())


def _values(release: Release, level: Level, key: int) -> Row:
    first = key // SUBJECTS_A_PART * SUBJECTS_A_PART
    path = release.folder / "indicator_value" / level / part_name(first)
    return rows_where(path, "subject", [key])[0]


def _wanted(policy: Policy, level: Level, names: Sequence[str]) -> set[str]:
    of_level = {code for code, i in policy.indicators.items() if level in i.levels}
    if not names:
        return of_level
    wanted: set[str] = set()
    for name in names:
        found = {c for c in of_level if c == name or name in policy.indicators[c].codes.tfd}
        if not found:
            raise ReleaseError(
                f"The policy asks no indicator {name!r} of a {level}. "
                "`kithkin policy show` lists them."
            )
        wanted |= found
    return wanted


def _shown(indicator: Indicator, value: float | None, everything: bool) -> bool:
    if value is None:
        return False
    return everything or indicator.threshold.reached(value)


class _Known:
    """The facts of one person or family, and the source rows that they were made from."""

    def __init__(self, release: Release, policy: Policy, level: Level, key: int) -> None:
        self.policy = policy
        self.facts = facts_of(FactsFolder(release.folder / "facts" / level), key)
        numbers = sorted({fact["event_no"] for fact in self.facts.facts})
        path = release.folder / "facts" / "fact_event.parquet"
        self._events = {row["event_no"]: row for row in rows_where(path, "event_no", numbers)}
        self._kinds = {policy.kind_code(name): name for name in policy.kinds}
        self._release = release

    def kind(self, fact: Row) -> str:
        return self._kinds[fact["kind"]]

    @cached_property
    def _originals(self) -> dict[int, Row]:
        return original_rows(self._release, list(self._events.values()))

    def original(self, fact: Row) -> Row:
        """Give the canonical row, with its source."""
        return self._originals[fact["event_no"]]


def _answer(
    known: _Known, catalogue: Catalogue, indicator: Indicator, value: float | None, as_of: date
) -> Answer:
    found = evidence_for(known.facts, catalogue, indicator.code, as_of)
    rows = [_source_row(known, evidence) for evidence in found]
    rows.sort(key=lambda row: (row.use, row.occurred_on, row.kind, row.source, row.file))
    return Answer(
        indicator=indicator,
        level=catalogue.level,
        value=value,
        raised=value is not None and indicator.threshold.reached(value),
        words=describe_value(known.policy, indicator.code),
        rows=tuple(rows),
    )


def _source_row(known: _Known, evidence: Evidence) -> SourceRow:
    fact, kind = evidence.fact, known.kind(evidence.fact)
    original = known.original(fact)
    ended = known.policy.kinds[kind].lasting and fact["ended"] != FAR
    return SourceRow(
        kind=kind,
        title=known.policy.kinds[kind].title,
        occurred_on=dates.from_day_number(fact["occurred"]),
        # As the fact has it: an end that nobody knew on the as-of date is not told.
        ended_on=dates.from_day_number(fact["ended"]) if ended else None,
        known_at=dates.from_day_number(fact["known"]),
        agency=original.get("agency") or "",
        source=original["source"],
        file=original["file"],
        row=original["row"],
        value=original.get("value"),
        detail=original.get("detail"),
        use=evidence.use,
    )


def original_rows(release: Release, events: Sequence[Row]) -> dict[int, Row]:
    """Find the canonical rows that events stand for, by `event_no`; each table is read once.

    Parameters
    ----------
    events : rows of `fact_event`. A move is made from a residence.

    """
    found: dict[int, Row] = {}
    by_table: dict[str, list[Row]] = {}
    for event in events:
        by_table.setdefault(event["table_name"], []).append(event)
    for table, mine in sorted(by_table.items()):
        if table in ROW_KEYS:
            found |= _by_key(release.table(table), ROW_KEYS[table], mine)
        else:
            found |= _dated(release.table(table), table, mine)
    return found


ROW_KEYS = {"event": "event_id", "person_record": "record_id"}


def _by_key(path: Path, key: str, events: Sequence[Row]) -> dict[int, Row]:
    wanted = {(e["source"], e["batch_id"], e["row_id"]): e["event_no"] for e in events}
    found: dict[int, Row] = {}
    for row in rows_where(path, key, sorted({row_id for _, _, row_id in wanted})):
        number = wanted.get((row["source"], row["batch_id"], row[key]))
        if number is not None:
            found.setdefault(number, row)
    return found


KEYS = {
    "residence": "address_id",
    "relationship": "other_record_id",
    "service_involvement": "involvement_id",
}


def _dated(path: Path, table: str, events: Sequence[Row]) -> dict[int, Row]:
    """Find rows that are named by record, what they lead to and first day, joined by colons."""
    found: dict[int, Row] = {}
    starts = {
        ":".join(event["row_id"].split(":")[:parts])
        for event in events
        for parts in range(1, event["row_id"].count(":") + 1)
    }
    by_name = {
        (row["source"], row["batch_id"],
         f"{row['record_id']}:{row[KEYS[table]] or ''}:{row['started_on']}"): row
        for row in rows_where(path, "record_id", sorted(starts))
    }  # fmt: skip
    for event in events:
        name = event["row_id"].removesuffix(":moved")
        row = by_name.get((event["source"], event["batch_id"], name))
        if row is None:
            raise ReleaseError(f"{table} holds no row {name!r}: the release is damaged; verify it.")
        found[event["event_no"]] = row
    return found


def _members(release: Release, level: Level, subject_id: str) -> list[Row]:
    member = release.table("family_member")
    family = subject_id
    if level == "person":
        family = rows_where(member, "person_id", [subject_id])[0]["family_id"]
    members = rows_where(member, "family_id", [family])
    people = {p["person_id"]: p for p in
              rows_where(release.table("person"), "person_id", [m["person_id"] for m in members])}  # fmt: skip
    return [{**member, **people[member["person_id"]]} for member in members]


def records_of(release: Release, people: Sequence[str]) -> list[Row]:
    """List the agencies' records that are taken to be some persons."""
    links = rows_where(release.table("person_link"), "person_id", people)
    return sorted(links, key=lambda link: (link["person_id"], link["source"], link["record_id"]))


def sources_of(release: Release, records: list[Row]) -> list[Row]:
    """Give each feed once, with the day of its newest delivery."""
    known = {record["source"] for record in records}
    newest: dict[str, Row] = {}
    for entry in release.manifest["inputs"]:
        seen = newest.setdefault(entry["source"], entry)
        if entry["extracted_on"] > seen["extracted_on"]:
            newest[entry["source"]] = entry
    return [
        {"source": source, "agency": entry["agency"], "extracted_on": entry["extracted_on"],
         "holds": source in known}
        for source, entry in newest.items()
    ]  # fmt: skip
