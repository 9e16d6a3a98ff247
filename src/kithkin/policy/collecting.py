"""What every reader of a part of the policy needs: entries to models, and mistakes kept as found."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from kithkin.policy.documents import Entry
from kithkin.policy.findings import mistake_of
from kithkin.policy.mistakes import Mistake, choose_from, suggestion
from kithkin.policy.models import Kind

Model = TypeVar("Model", bound=BaseModel)


class Collector:
    """The entries of a policy, and every mistake found in them so far."""

    def __init__(self, entries: Iterable[Entry], mistakes: Iterable[Mistake]) -> None:
        self.entries = list(entries)
        self.mistakes = list(mistakes)
        self._by_section: dict[str, list[Entry]] = {}
        for entry in self.entries:
            self._by_section.setdefault(entry.section, []).append(entry)
        self._names = {
            section: frozenset(entry.name for entry in entries)
            for section, entries in self._by_section.items()
        }
        self._all_read = not self.mistakes  # else a file not read may hold what seems missing

    def of(self, section: str) -> list[Entry]:
        """Give the entries of a section."""
        return self._by_section.get(section, [])

    def names(self, section: str) -> Collection[str]:
        """Give the names in a section, also of entries that are wrong."""
        return self._names.get(section, frozenset())

    def model(self, entry: Entry, model: type[Model], body: dict[str, Any]) -> Model | None:
        """Make a model of an entry's body; None, and its mistakes kept, when it cannot be."""
        try:
            return model.model_validate(body)
        except ValidationError as error:
            self.mistakes += [mistake_of(entry, model, detail) for detail in error.errors()]
            return None

    def models(self, section: str, model: type[Model]) -> dict[str, Model]:
        """Make a model of each entry of a section that has no names of its own to check."""
        made = {entry.name: self.model(entry, model, entry.body) for entry in self.of(section)}
        return {name: value for name, value in sorted(made.items()) if value is not None}

    def single(self, section: str, model: type[Model], file: str, what: str) -> Model | None:
        """Make the one table of a section that every policy has."""
        entries = self.of(section)
        if not entries and self._all_read:
            problem = f"missing; every policy has {what}"
            self.mistakes.append(Mistake(file, section, "", None, problem))
        return self.model(entries[0], model, entries[0].body) if entries else None

    def named(self, entry: Entry, key: str, body: dict[str, Any]) -> dict[str, Any]:
        """Give the body with the table's own name in it, which it may not say itself."""
        if key in body:
            problem = "unknown key; the table's own name says it, so remove this"
            self.mistakes.append(entry.mistake(key, body[key], problem))
        return {**body, key: entry.name}

    def known(
        self, entry: Entry, key: str, names: Iterable[str], allowed: Collection[str], what: str
    ) -> None:
        """Keep a mistake for each name that is not among the allowed."""
        for name in names:
            if name not in allowed:
                problem = f"unknown {what}; {choose_from(name, allowed)}"
                self.mistakes.append(entry.mistake(key, name, problem))

    def expand(self, entry: Entry, key: str, body: dict[str, Any]) -> dict[str, Any]:
        """Give a table with `police.crime.*` in its list of kinds, named by `key`, written out.

        `key` may lead with the tables above it, as in "numerator.kinds".
        """
        last = key.rpartition(".")[2]
        if not _is_list_of_text(body.get(last)):
            return body
        return body | {last: self._written_out(entry, key, body[last])}

    def _written_out(self, entry: Entry, key: str, names: list[str]) -> list[str]:
        known = self.names("kinds")
        expanded: list[str] = []
        for name in names:
            below = [kind for kind in known if _below(name, kind)] if name not in known else [name]
            if not below:
                problem = f"unknown kind; {suggestion(name, known) or 'no kind has this name'}"
                self.mistakes.append(entry.mistake(key, name, problem.strip()))
            expanded += below or [name]
        return expanded

    def check_roles(
        self,
        entry: Entry,
        key: str,
        wanted: tuple[str, ...],
        names: tuple[str, ...],
        kinds: Mapping[str, Kind],
    ) -> None:
        """Keep a mistake for each role that does not exist or that none of the kinds has."""
        roles = self.names("roles")
        self.known(entry, key, wanted, roles, "role")
        carried = {role for name in names if name in kinds for role in kinds[name].roles}
        for role in sorted({*wanted} & {*roles} - carried):
            if all(name in kinds for name in names):
                problem = f"none of its kinds has this role; {choose_from(role, carried)}"
                self.mistakes.append(entry.mistake(key, role, problem))

    def all_have(
        self,
        entry: Entry,
        key: str,
        names: Iterable[str],
        kinds: Mapping[str, Kind],
        problem_of: Callable[[Kind], str],
    ) -> None:
        """Keep a mistake for each kind in which `problem_of` finds a problem."""
        for name in names:
            problem = problem_of(kinds[name]) if name in kinds else ""
            if problem:
                self.mistakes.append(entry.mistake(key, name, problem))


def carries_value(kind: Kind) -> str:
    """Say what is wrong when each event must carry a number."""
    return "" if kind.value else "this kind carries no value; use one that does, or count"


def _below(pattern: str, kind: str) -> bool:
    return pattern.endswith(".*") and kind.startswith(pattern[:-1])


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
