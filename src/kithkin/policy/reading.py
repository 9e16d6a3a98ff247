"""Reads a policy folder and says everything that is wrong with it at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kithkin.policy.collecting import Collector, carries_value
from kithkin.policy.documents import HEADER, SCORING, SENSITIVITY, Entry, read_documents
from kithkin.policy.mistakes import Mistake, PolicyError, choose_from
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
from kithkin.policy.reading_gatherings import read_groups, read_places
from kithkin.policy.reading_lists import Asked, read_accumulation, read_cohorts
from kithkin.policy.reading_themes import Read, read_themes
from kithkin.policy.reading_ties import read_ties
from kithkin.policy.themes import Scoring
from kithkin.policy.varying import Sensitivity

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


class _Reader(Collector):
    """Collects mistakes while the entries of a policy become models."""

    def policy(self) -> Policy | None:
        """Make the policy, or None without its single tables; look at `mistakes` before using it."""
        header = self.single(HEADER, Header, "policy.toml", "a name, a version and a description")
        scoring = self.single(SCORING, Scoring, "scoring.toml", "what all themes share")
        roles = self.models("roles", Role)
        retention = self.models("retention", Retention)
        kinds = self._kinds()
        indicators = self._indicators(kinds)
        ties = read_ties(self, kinds, roles)
        themes = read_themes(self, Read(kinds, roles, retention, indicators, ties, scoring))
        accumulation = read_accumulation(self, kinds)
        groups, places = read_groups(self, ties, themes), read_places(self, kinds)
        cohorts = read_cohorts(self, Asked(themes, indicators, accumulation, groups))
        agencies, gateways = self.models("agencies", Agency), self.models("gateways", Gateway)
        left_out = self._left_out()
        if header is None or scoring is None:
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
            scoring=scoring,
            ties=ties,
            themes=themes,
            accumulation=accumulation,
            cohorts=cohorts,
            groups=groups,
            places=places,
            sensitivity=self._sensitivity(),
        )

    def _sensitivity(self) -> Sensitivity | None:
        """Read `[sensitivity]`; of a policy without it, nobody can ask what rests on its constants."""
        entries = self.of(SENSITIVITY)
        return self.model(entries[0], Sensitivity, entries[0].body) if entries else None

    def _kinds(self) -> dict[str, Kind]:
        entries = {entry.name: entry for entry in self.of("kinds")}
        kinds: dict[str, Kind] = {}
        for name, entry in sorted(entries.items()):
            kind = self.model(entry, Kind, self.named(entry, "name", entry.body))
            if kind is None:
                continue
            kinds[name] = kind
            self.known(entry, "agency", [kind.agency], self.names("agencies"), "agency")
            self.known(entry, "gateway", [kind.gateway], self.names("gateways"), "gateway")
            self.known(entry, "retention", [kind.retention], self.names("retention"), "retention")
            self.known(entry, "roles", kind.roles, self.names("roles"), "role")
            if kind.open_at_most_days and not kind.lasting:
                problem = "this kind does not last, so it is never open; remove it"
                days = kind.open_at_most_days
                self.mistakes.append(entry.mistake("open_at_most_days", days, problem))
            if kind.derived:
                self.known(entry, "derived.event", kind.derived.event, entries, "kind")
                self.known(entry, "derived.after", kind.derived.after, entries, "kind")
        self._no_cycles(entries, kinds)
        return kinds

    def _no_cycles(self, entries: Mapping[str, Entry], kinds: Mapping[str, Kind]) -> None:
        for name in kinds:
            if name in _derived_from(name, kinds):
                problem = "derived from itself, directly or through others; break the circle"
                self.mistakes.append(entries[name].mistake("derived", None, problem))

    def _indicators(self, kinds: Mapping[str, Kind]) -> dict[str, Indicator]:
        indicators: dict[str, Indicator] = {}
        for entry in sorted(self.of("indicators"), key=lambda entry: entry.name):
            body = self._expanded(entry)
            measure = body.get("measure")
            if not isinstance(measure, str) or measure not in MEASURES:
                self.mistakes.append(_wrong_measure(entry, measure))
                continue
            indicator = self.model(entry, MEASURES[measure], self.named(entry, "code", body))
            if indicator is not None:
                indicators[entry.name] = indicator
                self._check_indicator(entry, indicator, kinds)
        return indicators

    def _expanded(self, entry: Entry) -> dict[str, Any]:
        """Give the body with `police.crime.*` written out in every list of kinds."""

        def lists(table: dict[str, Any], prefix: str) -> dict[str, Any]:
            for key in KIND_LISTS:
                table = self.expand(entry, prefix + key, table)
            return table

        body = lists(entry.body, "")
        parts = {key: body[key] for key in PARTS if isinstance(body.get(key), dict)}
        return body | {key: lists(part, f"{key}.") for key, part in parts.items()}

    def _check_indicator(
        self, entry: Entry, indicator: Indicator, kinds: Mapping[str, Kind]
    ) -> None:
        if isinstance(indicator, RatioIndicator | ChangeIndicator):
            self._check_part(entry, "numerator.", indicator.numerator, kinds)
            self._check_part(entry, "denominator.", indicator.denominator, kinds)
            return
        self._check_selecting(entry, "", indicator, kinds)
        if _of_values(indicator) and indicator.value_at_least is None:
            self.all_have(entry, "kinds", indicator.kinds, kinds, carries_value)
        if isinstance(indicator, FlagIndicator):
            self._check_flag(entry, indicator, kinds)

    def _check_part(self, entry: Entry, prefix: str, part: Part, kinds: Mapping[str, Kind]) -> None:
        self._check_selecting(entry, prefix, part, kinds)
        if part.weigh == "value":
            self.all_have(entry, f"{prefix}kinds", part.kinds, kinds, carries_value)

    def _check_selecting(
        self,
        entry: Entry,
        prefix: str,
        selecting: Selecting,
        kinds: Mapping[str, Kind],
    ) -> None:
        self.check_roles(entry, f"{prefix}roles", selecting.roles, selecting.kinds, kinds)
        if selecting.value_at_least is not None:
            self.all_have(entry, f"{prefix}kinds", selecting.kinds, kinds, carries_value)

    def _check_flag(self, entry: Entry, flag: FlagIndicator, kinds: Mapping[str, Kind]) -> None:
        if flag.threshold.at_least != 1:
            problem = "a flag is 0 or 1; write { at_least = 1 }"
            threshold = flag.threshold.model_dump(exclude_none=True)
            self.mistakes.append(entry.mistake("threshold", threshold, problem))
        if flag.state == "open":
            self.all_have(entry, "kinds", flag.kinds, kinds, _lasts)
        if flag.with_state == "open":
            self.all_have(entry, "with_kinds", flag.with_kinds, kinds, _lasts)
        if flag.with_state and not flag.with_kinds:
            problem = "there are no with_kinds; give them or remove this"
            self.mistakes.append(entry.mistake("with_state", flag.with_state, problem))
        if flag.open_at_least_days and flag.state != "open":
            problem = 'only with state = "open"; give that or remove this'
            days = flag.open_at_least_days
            self.mistakes.append(entry.mistake("open_at_least_days", days, problem))

    def _left_out(self) -> dict[str, LeftOut]:
        present = {entry.name: entry.file for entry in self.of("indicators")}
        left_out: dict[str, LeftOut] = {}
        for entry in sorted(self.of("left_out"), key=lambda entry: entry.name):
            if entry.name in present:
                problem = f"is also an indicator, in {present[entry.name]}; keep one of the two"
                self.mistakes.append(entry.mistake("", None, problem))
            model = self.model(entry, LeftOut, self.named(entry, "code", entry.body))
            if model is not None:
                left_out[entry.name] = model
        return left_out


def _of_values(indicator: Indicator) -> bool:
    """Whether the measure is made of what the events carry, so that each kind must carry it."""
    weighed = isinstance(indicator, CountIndicator) and indicator.weigh == "value"
    return weighed or isinstance(indicator, LatestIndicator)


def _lasts(kind: Kind) -> str:
    return "" if kind.lasting else 'this kind does not last, so it is never open; drop "open"'


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
