"""One row's cells, read as text, days, numbers or words of ours, noting what cannot be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from kithkin.feeds.mapping.models import Condition, Lookup, Value, fold
from kithkin.feeds.parsing import read_day, read_number, read_truth
from kithkin.model import dates
from kithkin.model.codes import Code, code_set

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


@dataclass
class Cells:
    """The cells of a row by column name; those of a joined row as `join.column`."""

    values: Mapping[str, str | None]
    layouts: Sequence[str]
    shared: Mapping[str, Mapping[str, str]]  # the mapping's named value maps, words folded
    problems: list[Problem] = field(default_factory=list)

    def text(self, column: str | None) -> str | None:
        """Give a cell as it stands; None when it is blank or the file lacks the column."""
        return self.values.get(column) if column is not None else None

    def joined(self, columns: Sequence[str]) -> str | None:
        """Give several cells as one key; None when any of them is blank."""
        texts = [self.values.get(column) for column in columns]
        present = [text for text in texts if text is not None]
        return "|".join(present) if present and len(present) == len(texts) else None

    def day(self, columns: Sequence[str]) -> date | None:
        """Give the day in the first of `columns` that holds one."""
        return next((day for column in columns if (day := self._day(column))), None)

    def _day(self, column: str) -> date | None:
        text = self.values.get(column)
        try:
            return read_day(text, self.layouts)
        except ValueError as error:
            self._problem("K-MAP-DATE", column, str(error),
                          "Send the date in a layout that the mapping names.")  # fmt: skip
            return None

    def number(self, column: str | None) -> float | None:
        """Give a cell's number; None when it is blank or no number."""
        try:
            return read_number(self.text(column))
        except ValueError as error:
            self._problem("K-MAP-NUMBER", str(column), str(error), "Send digits only.")
            return None

    def truth(self, column: str) -> bool | None:
        """Give a cell's yes or no; None when it is blank or neither."""
        try:
            return read_truth(self.values.get(column))
        except ValueError as error:
            self._problem("K-MAP-TRUTH", column, str(error), "Send Y or N.")
            return None

    def hours(self, start: str | None, end: str | None) -> float | None:
        """Count the hours between two cells; None unless both hold a day and a time."""
        earlier, later = _moment(self.text(start)), _moment(self.text(end))
        return None if earlier is None or later is None else dates.hours_between(earlier, later)

    def value(self, value: Value | None) -> float | None:
        """Give the number that an event carries."""
        if value is None or value.fixed is not None:
            return value.fixed if value else None
        if value.hours_to is not None:
            return self.hours(value.hours_from, value.hours_to)
        if value.values is None:
            return self.number(value.column)
        text = self.text(value.column)
        found = None if text is None else value.by_word.get(fold(text))
        if text is not None and found is None:
            self._unknown(str(value.column), text, list(value.values))
        return found

    def holds(self, when: Mapping[str, Condition]) -> bool:
        """Say whether all conditions hold."""
        return all(self._holds(column, condition) for column, condition in when.items())

    def _holds(self, column: str, condition: Condition) -> bool:
        text = self.values.get(column)
        word = "" if text is None else fold(text)
        if condition.blank is not None and condition.blank != (text is None):
            return False
        if condition.any_of and word not in condition.any_words:
            return False
        if condition.none_of and word in condition.none_words:
            return False
        if condition.truth is not None and bool(self.truth(column)) != condition.truth:
            return False
        return self._within(column, condition) and self._later(column, condition.later_day_than)

    def _within(self, column: str, condition: Condition) -> bool:
        if condition.at_least is None and condition.at_most is None:
            return True
        number = self.number(column)
        if number is None:
            return False
        low, high = condition.at_least, condition.at_most
        return (low is None or number >= low) and (high is None or number <= high)

    def _later(self, column: str, than: str | None) -> bool:
        if than is None:
            return True
        day, other = self._day(column), self._day(than)
        return day is not None and other is not None and day > other

    def word(self, lookup: Lookup | None) -> str | None:
        """Give the one word that a lookup finds; None when there is nothing to say."""
        return next(self.words(lookup), None)

    def words(self, lookup: Lookup | None) -> Iterator[str]:
        """Give the words that a lookup finds: several only when it splits its cell."""
        if lookup is None:
            return
        if lookup.fixed is not None:
            yield lookup.fixed
            return
        text = self.text(lookup.column)
        if text is None:
            yield from _said(lookup.blank, lookup.prefix)
            return
        parts = re.split(f"[{re.escape(lookup.split)}]", text) if lookup.split else [text]
        for part in dict.fromkeys(part.strip() for part in parts if part.strip()):
            yield from _said(self._meaning(lookup, part), lookup.prefix)

    def _meaning(self, lookup: Lookup, text: str) -> str | None:
        if lookup.codes is not None:
            code = code_set(lookup.codes).match(text)
            if code is not None:
                return _attribute(code, lookup.attribute)
            self._unknown(str(lookup.column), text, [])
            return lookup.otherwise
        named = lookup.values_named
        table = lookup.by_word if named is None else self.shared[named]
        if table is None:
            return text
        if (word := fold(text)) in table:
            return table[word]
        self._unknown(str(lookup.column), text, list(table))
        return lookup.otherwise

    def _unknown(self, column: str, text: str, known: Sequence[str]) -> None:
        words = f" ({', '.join(known[:20])})" if known else ""
        self._problem(
            "K-MAP-CODE",
            column,
            f"{text!r} is not one of the words that the mapping knows for {column}{words}.",
            "Add the word to the mapping's values, or ask the agency to correct it.",
            text,
        )

    def _problem(
        self, rule: str, column: str, message: str, remedy: str, value: object = None
    ) -> None:
        problem = Problem(rule, column, value or self.values.get(column), message, remedy)
        if problem not in self.problems:
            self.problems.append(problem)


def _said(word: str | None, prefix: str) -> Iterator[str]:
    """Nothing for the empty word; else the word behind its prefix, unless it has it already."""
    if word:
        yield word if word.startswith(prefix) else prefix + word


def _attribute(code: Code, attribute: str) -> str | None:
    own = {"code": code.code, "label": code.label, "group": code.group}
    return own[attribute] if attribute in own else code.more.get(attribute)


def _moment(text: str | None) -> datetime | None:
    """Read a day with a time after it; None for a day alone or anything else."""
    iso = _UK_DAY.sub(lambda m: f"{m[3]}-{int(m[2]):02}-{int(m[1]):02}", text or "", count=1)
    if ":" not in iso:
        return None
    try:
        return datetime.fromisoformat(iso.replace("Z", "+00:00")).replace(tzinfo=None)
    except ValueError:
        return None
