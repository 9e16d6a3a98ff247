"""Reads who is watched for many small events, and who belongs on a list for people to look at."""

from collections.abc import Mapping
from dataclasses import dataclass

from kithkin.policy.collecting import Collector
from kithkin.policy.documents import ACCUMULATION, GROUPS, Entry
from kithkin.policy.gatherings import ANY_THEME, Groups
from kithkin.policy.lists import (
    ByScore,
    Cohort,
    Condition,
    OnAccumulation,
    OnGroup,
    OnIndicator,
    OnScore,
    OnTrend,
)
from kithkin.policy.mistakes import choose_from
from kithkin.policy.models import Indicator, Kind
from kithkin.policy.themes import Theme
from kithkin.policy.watching import Accumulation

NEVER_SMALL = {
    "poverty": "may stand for poverty",
    "disability": "may stand for disability",
    "ethnicity": "may stand for ethnicity",
    "unproven_information": "rests on information that nobody has proved",
}


def read_accumulation(collector: Collector, kinds: Mapping[str, Kind]) -> Accumulation | None:
    """Read `[accumulation]`; a policy without it watches nobody."""
    entries = collector.of(ACCUMULATION)
    if not entries:
        return None
    entry, body = entries[0], entries[0].body
    for key in ("kinds", "red", "seen_by"):
        body = collector.expand(entry, key, body)
    rules = collector.model(entry, Accumulation, body)
    if rules is not None:
        collector.check_roles(entry, "roles", rules.roles, rules.kinds, kinds)
        collector.all_have(entry, "kinds", rules.kinds, kinds, _too_cautioned)
        for name in sorted({*rules.kinds} & {*rules.red}):
            problem = "also in red, which crosses the threshold by itself; keep one of the two"
            collector.mistakes.append(entry.mistake("kinds", name, problem))
        _check_streams(collector, entry, rules)
    return rules


def _check_streams(collector: Collector, entry: Entry, rules: Accumulation) -> None:
    """Refuse a kind of a stream that is no small event, or that is in two."""
    met: set[str] = set()
    for number, stream in enumerate(rules.streams, start=1):
        for name in stream.kinds:
            if name not in rules.kinds:
                problem = "not among the kinds of small events; add it there, or remove it here"
                collector.mistakes.append(entry.mistake(f"streams, {number}: kinds", name, problem))
            elif name in met:
                problem = "in two streams; keep one of the two"
                collector.mistakes.append(entry.mistake(f"streams, {number}: kinds", name, problem))
            met.add(name)


def _too_cautioned(kind: Kind) -> str:
    found = [said for caution, said in NEVER_SMALL.items() if caution in kind.stands_for()]
    return f"{found[0]}, so many of them would be no sign of harm; remove it" if found else ""


@dataclass(frozen=True)
class Asked:
    """What a list may ask for. A policy need not watch for small events, nor look for groups."""

    themes: Mapping[str, Theme]
    indicators: Mapping[str, Indicator]
    accumulation: Accumulation | None
    groups: Groups | None


def read_cohorts(collector: Collector, asked: Asked) -> dict[str, Cohort]:
    """Read `[cohorts.NAME]`; a list may ask only for what the policy has."""
    cohorts: dict[str, Cohort] = {}
    for entry in sorted(collector.of("cohorts"), key=lambda entry: entry.name):
        cohort = collector.model(entry, Cohort, collector.named(entry, "name", entry.body))
        if cohort is None:
            continue
        cohorts[entry.name] = cohort
        if isinstance(cohort.rank, ByScore):
            _check_theme(collector, entry, "rank", cohort.rank, asked.themes)
        elif asked.accumulation is None:
            _no_detector(collector, entry, "rank.accumulation", True, ACCUMULATION)
        for key in ("every", "any_of", "none_of"):
            for place, condition in enumerate(getattr(cohort, key)):
                _check_condition(collector, entry, f"{key}.{place}", condition, asked)
    return cohorts


def _check_condition(
    collector: Collector, entry: Entry, at: str, condition: Condition, asked: Asked
) -> None:
    match condition:
        case OnScore() | OnTrend():
            _check_theme(collector, entry, at, condition, asked.themes)
        case OnIndicator():
            code = condition.indicator
            collector.known(entry, f"{at}.indicator", [code], asked.indicators, "indicator")
        case OnAccumulation():
            if asked.accumulation is None:
                _no_detector(collector, entry, f"{at}.accumulation", True, ACCUMULATION)
        case OnGroup():
            if asked.groups is None:
                _no_detector(collector, entry, f"{at}.group", condition.group, GROUPS)
            elif condition.group not in (ANY_THEME, *asked.groups.themes):
                found = choose_from(condition.group, (ANY_THEME, *asked.groups.themes))
                problem = f"no groups are found for it; {found}"
                collector.mistakes.append(entry.mistake(f"{at}.group", condition.group, problem))


def _check_theme(
    collector: Collector,
    entry: Entry,
    at: str,
    asked: OnScore | OnTrend | ByScore,
    themes: Mapping[str, Theme],
) -> None:
    collector.known(entry, f"{at}.theme", [asked.theme], themes, "theme")
    theme = themes.get(asked.theme)
    if theme is not None and asked.track not in theme.tracks():
        problem = f"{asked.theme} has no {asked.track} track; ask for another"
        collector.mistakes.append(entry.mistake(f"{at}.track", asked.track, problem))


def _no_detector(
    collector: Collector, entry: Entry, key: str, value: object, detector: str
) -> None:
    problem = f"the policy has no [{detector}]; add it or remove this"
    collector.mistakes.append(entry.mistake(key, value, problem))
