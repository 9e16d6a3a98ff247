"""Reads a policy folder and says everything that is wrong with it at once."""

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from kithkin.policy.documents import HEADER, Entry, read_documents
from kithkin.policy.findings import mistake_of
from kithkin.policy.mistakes import Mistake, PolicyError, choose_from, suggestion
from kithkin.policy.models import (
    MEASURES,
    Agency,
    ChangeIndicator,
    CountIndicator,
    FlagIndicator,
    Gateway,
    Header,
    Indicator,
    Kind,
    LatestIndicator,
    LeftOut,
    Part,
    RatioIndicator,
    Retention,
    Role,
    Selecting,
)
from kithkin.policy.policy import Policy

Model = TypeVar("Model", bound=BaseModel)
KIND_LISTS = ("kinds", "with_kinds", "unless_later")
PARTS = ("numerator", "denominator")


def default_policy_folder() -> Path:
    """Give the policy that ships with Kithkin: copy it and edit the copy."""
    return Path(__file__).parent / "default"


def read_policy(folder: Path | None = None) -> Policy:
    """Read the policy in a folder, or the shipped one; `PolicyError` lists every mistake in it."""
    reader = _Reader(*read_documents(folder or default_policy_folder()))
    policy = reader.policy()
    if policy is None or reader.mistakes:
        raise PolicyError(reader.mistakes)
    return policy


class _Reader:
    """Collects mistakes while the entries of a policy become models."""

    def __init__(self, entries: Iterable[Entry], mistakes: Iterable[Mistake]) -> None:
        self.entries = list(entries)
        self.mistakes = list(mistakes)

    def policy(self) -> Policy | None:
        """Make the policy, or None when there is no header; look at `mistakes` before using it."""
        header = self._header()
        names = {section: self._names(section) for section in ("agencies", "gateways", "roles")}
        agencies = self._models("agencies", Agency)
        gateways = self._models("gateways", Gateway)
        retention = self._models("retention", Retention)
        roles = self._models("roles", Role)
        kinds = self._kinds(names | {"retention": self._names("retention")})
        indicators = self._indicators(kinds, names["roles"])
        left_out = self._left_out()
        if header is None:
            return None
        return Policy(
            header=header,
            agencies=agencies,
            gateways=gateways,
            retention=retention,
            roles=roles,
            kinds=kinds,
            indicators=indicators,
            left_out=left_out,
        )

    def _of(self, section: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.section == section]

    def _names(self, section: str) -> set[str]:
        return {entry.name for entry in self._of(section)}

    def _header(self) -> Header | None:
        entries = self._of(HEADER)
        if not entries and not self.mistakes:
            problem = "missing; every policy has a name, a version and a description"
            self.mistakes.append(Mistake("policy.toml", HEADER, "", None, problem))
        return self._model(entries[0], Header, entries[0].body) if entries else None

    def _models(self, section: str, model: type[Model]) -> dict[str, Model]:
        made = {entry.name: self._model(entry, model, entry.body) for entry in self._of(section)}
        return {name: value for name, value in sorted(made.items()) if value is not None}

    def _model(self, entry: Entry, model: type[Model], body: dict[str, Any]) -> Model | None:
        try:
            return model.model_validate(body)
        except ValidationError as error:
            self.mistakes += [mistake_of(entry, model, detail) for detail in error.errors()]
            return None

    def _named(self, entry: Entry, key: str, body: dict[str, Any]) -> dict[str, Any]:
        """Give the body with the table's own name in it, which it may not say itself."""
        if key in body:
            problem = "unknown key; the table's own name says it, so remove this"
            self.mistakes.append(entry.mistake(key, body[key], problem))
        return {**body, key: entry.name}

    def _known(
        self, entry: Entry, key: str, names: Iterable[str], allowed: Collection[str], what: str
    ) -> None:
        for name in names:
            if name not in allowed:
                problem = f"unknown {what}; {choose_from(name, allowed)}"
                self.mistakes.append(entry.mistake(key, name, problem))

    def _kinds(self, allowed: Mapping[str, set[str]]) -> dict[str, Kind]:
        entries = {entry.name: entry for entry in self._of("kinds")}
        kinds: dict[str, Kind] = {}
        for name, entry in sorted(entries.items()):
            kind = self._model(entry, Kind, self._named(entry, "name", entry.body))
            if kind is None:
                continue
            kinds[name] = kind
            self._known(entry, "agency", [kind.agency], allowed["agencies"], "agency")
            self._known(entry, "gateway", [kind.gateway], allowed["gateways"], "gateway")
            self._known(entry, "retention", [kind.retention], allowed["retention"], "retention")
            self._known(entry, "roles", kind.roles, allowed["roles"], "role")
            if kind.derived:
                self._known(entry, "derived.event", kind.derived.event, entries, "kind")
                self._known(entry, "derived.after", kind.derived.after, entries, "kind")
        self._no_cycles(entries, kinds)
        return kinds

    def _no_cycles(self, entries: Mapping[str, Entry], kinds: Mapping[str, Kind]) -> None:
        for name in kinds:
            if name in _derived_from(name, kinds):
                problem = "derived from itself, directly or through others; break the circle"
                self.mistakes.append(entries[name].mistake("derived", None, problem))

    def _indicators(self, kinds: Mapping[str, Kind], roles: set[str]) -> dict[str, Indicator]:
        known = self._names("kinds")
        indicators: dict[str, Indicator] = {}
        for entry in sorted(self._of("indicators"), key=lambda entry: entry.name):
            body = self._expanded(entry, known)
            measure = body.get("measure")
            if not isinstance(measure, str) or measure not in MEASURES:
                self.mistakes.append(_wrong_measure(entry, measure))
                continue
            indicator = self._model(entry, MEASURES[measure], self._named(entry, "code", body))
            if indicator is not None:
                indicators[entry.name] = indicator
                self._check_indicator(entry, indicator, kinds, roles)
        return indicators

    def _expanded(self, entry: Entry, known: set[str]) -> dict[str, Any]:
        """Give the body with `police.crime.*` written out in every list of kinds."""

        def lists(table: dict[str, Any], prefix: str) -> dict[str, Any]:
            return {
                key: self._expand(entry, prefix + key, value, known)
                if key in KIND_LISTS and _is_list_of_text(value)
                else value
                for key, value in table.items()
            }

        body = lists(entry.body, "")
        parts = {key: body[key] for key in PARTS if isinstance(body.get(key), dict)}
        return body | {key: lists(part, f"{key}.") for key, part in parts.items()}

    def _expand(self, entry: Entry, key: str, names: list[str], known: set[str]) -> list[str]:
        expanded: list[str] = []
        for name in names:
            below = [kind for kind in known if _matches(name, kind)]
            if not below:
                problem = f"unknown kind; {suggestion(name, known) or 'no kind has this name'}"
                self.mistakes.append(entry.mistake(key, name, problem.strip()))
            expanded += below or [name]
        return expanded

    def _check_indicator(
        self, entry: Entry, indicator: Indicator, kinds: Mapping[str, Kind], roles: set[str]
    ) -> None:
        if isinstance(indicator, RatioIndicator | ChangeIndicator):
            self._check_part(entry, "numerator.", indicator.numerator, kinds, roles)
            self._check_part(entry, "denominator.", indicator.denominator, kinds, roles)
            return
        self._check_selecting(entry, "", indicator, kinds, roles)
        if _of_values(indicator) and indicator.value_at_least is None:
            self._all_have(entry, "kinds", indicator.kinds, kinds, _carries_value)
        if isinstance(indicator, FlagIndicator):
            self._check_flag(entry, indicator, kinds)

    def _check_part(
        self, entry: Entry, prefix: str, part: Part, kinds: Mapping[str, Kind], roles: set[str]
    ) -> None:
        self._check_selecting(entry, prefix, part, kinds, roles)
        if part.weigh == "value":
            self._all_have(entry, f"{prefix}kinds", part.kinds, kinds, _carries_value)

    def _check_selecting(
        self,
        entry: Entry,
        prefix: str,
        selecting: Selecting,
        kinds: Mapping[str, Kind],
        roles: set[str],
    ) -> None:
        self._check_roles(entry, f"{prefix}roles", selecting.roles, selecting.kinds, kinds, roles)
        if selecting.value_at_least is not None:
            self._all_have(entry, f"{prefix}kinds", selecting.kinds, kinds, _carries_value)

    def _check_flag(self, entry: Entry, flag: FlagIndicator, kinds: Mapping[str, Kind]) -> None:
        if flag.threshold.at_least != 1:
            problem = "a flag is 0 or 1; write { at_least = 1 }"
            threshold = flag.threshold.model_dump(exclude_none=True)
            self.mistakes.append(entry.mistake("threshold", threshold, problem))
        if flag.state == "open":
            self._all_have(entry, "kinds", flag.kinds, kinds, _lasts)
        if flag.with_state == "open":
            self._all_have(entry, "with_kinds", flag.with_kinds, kinds, _lasts)
        if flag.with_state and not flag.with_kinds:
            problem = "there are no with_kinds; give them or remove this"
            self.mistakes.append(entry.mistake("with_state", flag.with_state, problem))
        if flag.open_at_least_days and flag.state != "open":
            problem = 'only with state = "open"; give that or remove this'
            days = flag.open_at_least_days
            self.mistakes.append(entry.mistake("open_at_least_days", days, problem))

    def _check_roles(
        self,
        entry: Entry,
        key: str,
        wanted: tuple[str, ...],
        names: tuple[str, ...],
        kinds: Mapping[str, Kind],
        roles: set[str],
    ) -> None:
        self._known(entry, key, wanted, roles, "role")
        carried = {role for name in names if name in kinds for role in kinds[name].roles}
        for role in sorted(set(wanted) & roles - carried):
            if all(name in kinds for name in names):
                problem = f"none of its kinds has this role; {choose_from(role, carried)}"
                self.mistakes.append(entry.mistake(key, role, problem))

    def _all_have(
        self,
        entry: Entry,
        key: str,
        names: Iterable[str],
        kinds: Mapping[str, Kind],
        problem_of: Callable[[Kind], str],
    ) -> None:
        for name in names:
            problem = problem_of(kinds[name]) if name in kinds else ""
            if problem:
                self.mistakes.append(entry.mistake(key, name, problem))

    def _left_out(self) -> dict[str, LeftOut]:
        present = {entry.name: entry.file for entry in self._of("indicators")}
        left_out: dict[str, LeftOut] = {}
        for entry in sorted(self._of("left_out"), key=lambda entry: entry.name):
            if entry.name in present:
                problem = f"is also an indicator, in {present[entry.name]}; keep one of the two"
                self.mistakes.append(entry.mistake("", None, problem))
            model = self._model(entry, LeftOut, self._named(entry, "code", entry.body))
            if model is not None:
                left_out[entry.name] = model
        return left_out


def _of_values(indicator: Indicator) -> bool:
    """Whether the measure is made of what the events carry, so that each kind must carry it."""
    weighed = isinstance(indicator, CountIndicator) and indicator.weigh == "value"
    return weighed or isinstance(indicator, LatestIndicator)


def _carries_value(kind: Kind) -> str:
    return "" if kind.value else "this kind carries no value; use one that does, or count"


def _lasts(kind: Kind) -> str:
    return "" if kind.lasting else 'this kind does not last, so it is never open; drop "open"'


def _matches(pattern: str, kind: str) -> bool:
    return kind.startswith(pattern[:-1]) if pattern.endswith(".*") else kind == pattern


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _derived_from(name: str, kinds: Mapping[str, Kind]) -> set[str]:
    """Every kind that this one is made from, through any number of steps."""
    found: set[str] = set()
    todo = [name]
    while todo:
        kind = kinds.get(todo.pop())
        sources = {*kind.derived.event, *kind.derived.after} if kind and kind.derived else set()
        todo += sources - found
        found |= sources
    return found


def _wrong_measure(entry: Entry, measure: object) -> Mistake:
    problem = "missing" if measure is None else "not allowed"
    return entry.mistake("measure", measure, f"{problem}; {choose_from(measure, MEASURES)}")
