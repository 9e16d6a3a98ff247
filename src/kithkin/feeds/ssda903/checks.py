"""Judges an SSDA903 return: rules of one row, and rules of a child's rows in their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from kithkin.feeds.returns import CODE_REMEDY, DATE_REMEDY, Entry
from kithkin.feeds.ssda903.rules import ROW_RULES, RULES, Case, Year
from kithkin.model import dates

PLACEMENT_CELLS = ("PLACE", "PL_POST", "URN", "PLACE_PROVIDER")
SEQUENCE_REMEDY = "Compare the child's episodes with the case file; all of them were loaded."
NEVER = date.max


@dataclass
class Return903:
    """The rows of a return by table, and the collection year that they are judged by."""

    year: Year
    tables: dict[str, list[Entry]]
    _born: dict[str, date] = field(default_factory=dict)
    _episodes: dict[str, list[Entry]] = field(default_factory=dict)

    def born(self, child: str) -> date | None:
        """Give a child's date of birth: the header's, else the first that any row states."""
        if not self._born:
            for entries in [self.tables["Header"], *self.tables.values()]:
                for entry in entries:
                    if day := entry.day("DOB"):
                        self._born.setdefault(child_of(entry), day)
        return self._born.get(child)

    def episodes(self) -> dict[str, list[Entry]]:
        """Give each child's dated episodes in order; those that cannot be ordered stay apart."""
        if not self._episodes:
            dated = [each for each in self.tables["Episodes"] if each.day("DECOM")]
            self._episodes = in_order(dated, lambda e: (e.days["DECOM"], e.day("DEC") or NEVER))
        return self._episodes


def child_of(entry: Entry) -> str:
    """Give the id of the child that a row is about."""
    return entry.cells["CHILD"] or ""


def in_order(
    entries: Iterable[Entry], key: Callable[[Entry], tuple[date | None, date]]
) -> dict[str, list[Entry]]:
    """Group rows by child, each child's rows sorted by `key`."""
    grouped: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        grouped[child_of(entry)].append(entry)
    for rows in grouped.values():
        rows.sort(key=key)
    return grouped


def check(sent: Return903) -> None:
    """Report every rule that the return breaks."""
    for rule in ROW_RULES:
        for entry in sent.tables[rule.table]:
            if rule.broken(Case(entry, sent.year, sent.born(child_of(entry)))):
                report(entry, rule.rule, rule.column)
    for entry in sent.tables["Reviews"]:
        if entry.text("REVIEW") is None:
            report(entry, "166", "REVIEW")
    for entry in sent.tables["Header"]:
        if entry.text("DOB") is None:
            report(entry, "102", "DOB")
    for child, episodes in sent.episodes().items():
        _check_episodes(sent, child, episodes)
    _check_missing(sent)


def report(entry: Entry, rule: str, column: str) -> None:
    """Report a row under one of `RULES`."""
    remedy = CODE_REMEDY if "code" in RULES[rule] else DATE_REMEDY
    if entry.text("DECOM") and rule in SEQUENCE:
        remedy = SEQUENCE_REMEDY
    entry.finding(rule, RULES[rule], column, remedy)


# --- a child's episodes in their order -------------------------------------------------------

SEQUENCE = frozenset(
    ["142", "302", "357", "388", "431", "432", "433", "434", "435", "436", "437", "501"]
)


def _check_episodes(sent: Return903, child: str, episodes: list[Entry]) -> None:
    born = sent.born(child)
    first, last = episodes[0], episodes[-1]
    if born and first.days["DECOM"] and first.days["DECOM"] < born:
        report(first, "302", "DECOM")
    if first.days["DECOM"] >= sent.year.starts and first.text("RNE") != "S":  # type: ignore[operator]
        report(first, "357", "RNE")
    for entry, following in pairwise(episodes):
        for rule, column in _broken_before(entry, following):
            report(entry, rule, column)
        for rule, column in _broken_after(entry, following):
            report(following, rule, column)
    if last.day("DEC") and last.text("REC") == "X1":
        report(last, "388", "REC")


def _broken_before(entry: Entry, following: Entry) -> Iterator[tuple[str, str]]:
    """Give what an episode breaks in view of the one that follows."""
    ceased, reason = entry.day("DEC"), entry.text("REC")
    joined = ceased == following.day("DECOM")
    if ceased is None or reason is None:
        yield "142", "DEC"
    elif joined != (reason == "X1"):
        yield "388", "REC"
    if reason in ("E2", "E15"):
        yield "437", "REC"


def _broken_after(entry: Entry, following: Entry) -> Iterator[tuple[str, str]]:
    """Give what an episode breaks in view of the one before it."""
    ceased, begins, why = entry.day("DEC"), following.days["DECOM"], following.text("RNE")
    if begins and ceased and begins < ceased:
        yield "501", "DECOM"
    if why == "S":
        if begins and ceased and begins <= ceased:
            yield "431", "RNE"
        return
    if entry.text("REC") not in (None, "X1"):
        yield "432", "RNE"
    if ceased != begins:
        yield "433", "RNE"
    if rule := _unlike_its_reason(why, entry, following):
        yield rule, "RNE"


def _unlike_its_reason(why: str | None, entry: Entry, following: Entry) -> str | None:
    """Give the rule that is broken when what changed is not what RNE says."""
    same_status = entry.text("LS") == following.text("LS")
    same_place = all(entry.text(cell) == following.text(cell) for cell in PLACEMENT_CELLS)
    if why == "L" and (same_status or not same_place):
        return "434"
    if why in ("P", "T") and (not same_status or same_place):
        return "435"
    if why in ("U", "B") and (same_status or same_place):
        return "436"
    return None


def _check_missing(sent: Return903) -> None:
    dated = [entry for entry in sent.tables["Missing"] if entry.day("MIS_START")]
    ordered = in_order(dated, lambda e: (e.day("MIS_END") or e.day("MIS_START"), NEVER))
    for rows in ordered.values():
        for entry, following in pairwise(rows):
            ended, begins = entry.day("MIS_END"), following.day("MIS_START")
            if ended is None or (begins is not None and begins < ended):
                report(following, "574", "MIS_START")


def birthday_in(year: Year, born: date | None) -> date | None:
    """Give the birthday that falls in a collection year; None when the birth is not known."""
    if born is None or born > year.ends:
        return None
    return dates.add_months(born, 12 * dates.age_in_years(born, year.ends))
