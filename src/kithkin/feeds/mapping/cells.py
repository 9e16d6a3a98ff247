"""One row's cells, read as text, days, numbers or words of ours, noting what cannot be read.

`Readers` makes each reading once a file; what a text means is worked out once a column and then
remembered, since columns repeat few texts and a county sends millions of rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, TypeVar

from kithkin.feeds.mapping.models import Condition, Lookup, Value, fold
from kithkin.feeds.parsing import Remembered, read_day, read_number, read_truth
from kithkin.model import dates
from kithkin.model.codes import Code, code_set

T = TypeVar("T")

_UK_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?=[ T])")


@dataclass(frozen=True)
class Problem:
    """Something a row says that could not be used; the row loads without it."""

    rule: str
    column: str
    value: object
    message: str
    remedy: str


class RowRefusedError(Exception):
    """The row means nothing without what it lacks: why, and what to do about it."""

    def __init__(self, rule: str, column: str | None, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.rule, self.column, self.reason, self.remedy = rule, column, reason, remedy


@dataclass(slots=True)
class Cells:
    """The cells of a row by column name, those of a joined row as `join.column`; its problems."""

    values: Mapping[str, str | None]
    problems: list[Problem] = field(default_factory=list)

    def note(self, problem: Problem) -> None:
        """Note a problem once."""
        if problem not in self.problems:
            self.problems.append(problem)


@dataclass(frozen=True, slots=True)
class Meaning(Generic[T]):
    """What a text means, and the problems that it has."""

    says: T
    problems: tuple[Problem, ...] = ()


Read = Callable[[Cells], T]


class Readers:
    """Makes the functions that read the cells of each row of a file.

    Parameters
    ----------
    layouts : the date layouts of the file, tried in order.
    shared : the mapping's named value maps, words folded.

    """

    def __init__(self, layouts: Sequence[str], shared: Mapping[str, Mapping[str, str]]) -> None:
        self.layouts, self.shared = tuple(layouts), shared
        self._days: dict[str, Read[date | None]] = {}

    def text(self, column: str | None) -> Read[str | None]:
        """Give a cell as it stands; None when it is blank or the file lacks the column."""
        if column is None:
            return _nothing
        return lambda cells: cells.values.get(column)

    def joined(self, columns: Sequence[str]) -> Read[str | None]:
        """Give several cells as one key; None when any of them is blank."""
        if len(columns) < 2:
            return self.text(columns[0] if columns else None)

        def read(cells: Cells) -> str | None:
            texts = [text for column in columns if (text := cells.values.get(column)) is not None]
            return "|".join(texts) if len(texts) == len(columns) else None

        return read

    def day(self, columns: Sequence[str]) -> Read[date | None]:
        """Give the day in the first of `columns` that holds one."""
        if not columns:
            return _nothing
        if len(columns) == 1:
            return self._day(columns[0])
        readings = [self._day(column) for column in columns]

        def read(cells: Cells) -> date | None:
            for reading in readings:
                if (day := reading(cells)) is not None:
                    return day
            return None

        return read

    def _day(self, column: str) -> Read[date | None]:
        if column not in self._days:
            remedy = "Send the date in a layout that the mapping names."
            self._days[column] = _remembering(
                column, lambda text: read_day(text, self.layouts), "K-MAP-DATE", remedy
            )
        return self._days[column]

    def number(self, column: str | None) -> Read[float | None]:
        """Give a cell's number; None when it is blank or no number."""
        if column is None:
            return _nothing
        return _remembering(column, read_number, "K-MAP-NUMBER", "Send digits only.")

    def value(self, value: Value | None) -> Read[float | None]:
        """Give the number that an event carries."""
        if value is None:
            return _nothing
        if (fixed := value.fixed) is not None:
            return lambda _: fixed
        if value.hours_to is not None:
            return _hours(self.text(value.hours_from), self.text(value.hours_to))
        if value.values is None:
            return self.number(value.column)
        return _of_cell(value.column, lambda text: _number_for(value, text))

    def holds(self, when: Mapping[str, Condition]) -> Read[bool]:
        """Say whether all conditions hold."""
        tests = [self._holds(column, condition) for column, condition in when.items()]
        if len(tests) == 1:
            return tests[0]

        def hold(cells: Cells) -> bool:
            for test in tests:  # noqa: SIM110 - all() of a generator takes twice the time
                if not test(cells):
                    return False
            return True

        return hold

    def _holds(self, column: str, condition: Condition) -> Read[bool]:
        alone = _of_cell(column, lambda text: _judged(column, condition, text))
        if condition.later_day_than is None:
            return alone
        day, other = self.day([column]), self.day([condition.later_day_than])

        def later(cells: Cells) -> bool:
            if not alone(cells):
                return False
            this, that = day(cells), other(cells)
            return this is not None and that is not None and this > that

        return later

    def word(self, lookup: Lookup | None) -> Read[str | None]:
        """Give the one word that a lookup finds; None when there is nothing to say."""
        words = self._words(lookup, first=True)
        return lambda cells: next(iter(words(cells)), None)

    def words(self, lookup: Lookup | None) -> Read[tuple[str, ...]]:
        """Give the words that a lookup finds: several only when it splits its cell."""
        return self._words(lookup, first=False)

    def _words(self, lookup: Lookup | None, *, first: bool) -> Read[tuple[str, ...]]:
        if lookup is None or lookup.fixed is not None:
            fixed = () if lookup is None or lookup.fixed is None else (lookup.fixed,)
            return lambda _: fixed
        return _of_cell(lookup.column, lambda text: self._meaning(lookup, text, first=first))

    def _meaning(
        self, lookup: Lookup, text: str | None, *, first: bool
    ) -> Meaning[tuple[str, ...]]:
        words: list[str] = []
        problems: list[Problem] = []
        for said in self._said(lookup, text):
            if isinstance(said, Problem):
                problems.append(said)
            else:
                words.append(said)
                if first:
                    break
        return Meaning(tuple(words), tuple(problems))

    def _said(self, lookup: Lookup, text: str | None) -> Iterator[str | Problem]:
        if text is None:
            yield from _prefixed(lookup.blank, lookup.prefix)
            return
        parts = re.split(f"[{re.escape(lookup.split)}]", text) if lookup.split else [text]
        for part in dict.fromkeys(part.strip() for part in parts if part.strip()):
            word, known = self._looked_up(lookup, part)
            if known is not None:
                yield _unknown(str(lookup.column), part, known)
            yield from _prefixed(word, lookup.prefix)

    def _looked_up(self, lookup: Lookup, text: str) -> tuple[str | None, Sequence[str] | None]:
        """Give the word for a text, and the known words when it is none of them."""
        if lookup.codes is not None:
            code = code_set(lookup.codes).match(text)
            return (lookup.otherwise, []) if code is None else (_attribute(code, lookup), None)
        named = lookup.values_named
        table = lookup.by_word if named is None else self.shared[named]
        if table is None:
            return text, None
        word = fold(text)
        return (table[word], None) if word in table else (lookup.otherwise, list(table))


def _nothing(_: Cells) -> None:
    return None


def _remembering(
    column: str, work: Callable[[str | None], T | None], rule: str, remedy: str
) -> Read[T | None]:
    """Read a cell by `work`, which raises `ValueError` for a text that it cannot read."""

    def meaning(text: str | None) -> T | Problem | None:
        try:
            return work(text)
        except ValueError as error:
            return Problem(rule, column, text, str(error), remedy)

    remembered = Remembered(meaning)

    def read(cells: Cells) -> T | None:
        found = remembered[cells.values.get(column)]
        if isinstance(found, Problem):
            cells.note(found)
            return None
        return found

    return read


def _of_cell(column: str | None, work: Callable[[str | None], Meaning[T]]) -> Read[T]:
    """Read a cell by `work`, noting the problems of its text."""
    remembered = Remembered(work)
    if column is None:
        return lambda _: remembered[None].says

    def read(cells: Cells) -> T:
        meaning = remembered[cells.values.get(column)]
        for problem in meaning.problems:
            cells.note(problem)
        return meaning.says

    return read


def _judged(column: str, condition: Condition, text: str | None) -> Meaning[bool]:
    """Say whether a text alone meets a condition."""
    word = "" if text is None else fold(text)
    if condition.blank is not None and condition.blank != (text is None):
        return Meaning(says=False)
    if condition.any_of and word not in condition.any_words:
        return Meaning(says=False)
    if condition.none_of and word in condition.none_words:
        return Meaning(says=False)
    problems: list[Problem] = []
    if condition.truth is not None and _truth(column, text, problems) != condition.truth:
        return Meaning(says=False, problems=tuple(problems))
    return Meaning(_within(column, condition, text, problems), tuple(problems))


def _truth(column: str, text: str | None, problems: list[Problem]) -> bool:
    try:
        return bool(read_truth(text))
    except ValueError as error:
        problems.append(Problem("K-MAP-TRUTH", column, text, str(error), "Send Y or N."))
        return False


def _within(column: str, condition: Condition, text: str | None, problems: list[Problem]) -> bool:
    low, high = condition.at_least, condition.at_most
    if low is None and high is None:
        return True
    try:
        number = read_number(text)
    except ValueError as error:
        problems.append(Problem("K-MAP-NUMBER", column, text, str(error), "Send digits only."))
        return False
    if number is None:
        return False
    return (low is None or number >= low) and (high is None or number <= high)


def _number_for(value: Value, text: str | None) -> Meaning[float | None]:
    if text is None:
        return Meaning(None)
    found = value.by_word.get(fold(text))
    unknown = _unknown(str(value.column), text, list(value.values or ()))
    return Meaning(found, (unknown,) if found is None else ())


def _hours(start: Read[str | None], end: Read[str | None]) -> Read[float | None]:
    """Count the hours between two cells; None unless both hold a day and a time."""

    def read(cells: Cells) -> float | None:
        earlier, later = _moment(start(cells)), _moment(end(cells))
        return None if earlier is None or later is None else dates.hours_between(earlier, later)

    return read


def _unknown(column: str, text: str, known: Sequence[str]) -> Problem:
    words = f" ({', '.join(known[:20])})" if known else ""
    return Problem(
        "K-MAP-CODE",
        column,
        text,
        f"{text!r} is not one of the words that the mapping knows for {column}{words}.",
        "Add the word to the mapping's values, or ask the agency to correct it.",
    )


def _prefixed(word: str | None, prefix: str) -> Iterator[str]:
    """Nothing for the empty word; else the word behind its prefix, unless it has it already."""
    if word:
        yield word if word.startswith(prefix) else prefix + word


def _attribute(code: Code, lookup: Lookup) -> str | None:
    own = {"code": code.code, "label": code.label, "group": code.group}
    name = lookup.attribute
    return own[name] if name in own else code.more.get(name)


def _moment(text: str | None) -> datetime | None:
    """Read a day with a time after it; None for a day alone or anything else."""
    iso = _UK_DAY.sub(lambda m: f"{m[3]}-{int(m[2]):02}-{int(m[1]):02}", text or "", count=1)
    if ":" not in iso:
        return None
    try:
        return datetime.fromisoformat(iso.replace("Z", "+00:00")).replace(tzinfo=None)
    except ValueError:
        return None
