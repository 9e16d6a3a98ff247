"""Reads the themes, and holds what no partnership can decide away.

A victim is no suspect, a child has no perpetrator score, and what a theme says it never counts is
in none of its components.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kithkin.policy.collecting import Collector, carries_value
from kithkin.policy.documents import SCORING, Entry
from kithkin.policy.mistakes import choose_from
from kithkin.policy.models import Indicator, Kind, Retention, Role
from kithkin.policy.networks import TieRule
from kithkin.policy.reading_ties import harming_only, weighs
from kithkin.policy.themes import TRACKS, Component, Scoring, Theme, Track, TrackName

CHILDHOOD_ENDS = 18  # Children Act 1989, section 105: a child is a person under 18
DAYS_OF_A_YEAR = 366  # so that a window in whole years is never longer than the retention in years


@dataclass(frozen=True)
class Read:
    """What of the policy has been read before the themes."""

    kinds: Mapping[str, Kind]
    roles: Mapping[str, Role]
    retention: Mapping[str, Retention]
    indicators: Mapping[str, Indicator]
    ties: Mapping[str, TieRule]
    scoring: Scoring | None


def read_themes(collector: Collector, read: Read) -> dict[str, Theme]:
    """Read `[themes.NAME]`; what is wrong, there or in `[scoring]`, is kept in the collector."""
    if read.scoring is not None:
        _check_scoring(collector, read.scoring)
    themes: dict[str, Theme] = {}
    for entry in sorted(collector.of("themes"), key=lambda entry: entry.name):
        body = collector.named(entry, "name", _written_out(collector, entry))
        theme = collector.model(entry, Theme, body)
        if theme is not None:
            themes[entry.name] = theme
            _check_theme(collector, entry, theme, read)
    _check_titles(collector, collector.of("themes"), themes)
    return themes


def _check_scoring(collector: Collector, scoring: Scoring) -> None:
    constants = set(Scoring.model_fields) - {"basis"}
    entry = collector.of(SCORING)[0]
    collector.known(entry, "basis", sorted(scoring.basis), constants, "constant")


def _written_out(collector: Collector, entry: Entry) -> dict[str, Any]:
    """Give the body with `police.crime.*` written out in every component of both tracks."""
    body = dict(entry.body)
    for track in TRACKS:
        sides = body.get(track)
        components = sides.get("components") if isinstance(sides, dict) else None
        if isinstance(sides, dict) and isinstance(components, dict):
            body[track] = sides | {
                "components": {
                    name: collector.expand(entry, _key(track, name, "kinds"), component)
                    if isinstance(component, dict)
                    else component
                    for name, component in components.items()
                }
            }
    return body


def _key(track: str, component: str, key: str) -> str:
    return f"{track}.components.{component}.{key}"


def _check_theme(collector: Collector, entry: Entry, theme: Theme, read: Read) -> None:
    for name, track in theme.tracks().items():
        for component_name, component in track.components.items():
            _check_component(collector, entry, (name, component_name), component, read)
            _check_never(collector, entry, theme, (name, component_name), component, read)
        _check_once(collector, entry, name, track)
    if theme.perpetrator is not None:
        _check_perpetrator(collector, entry, theme.perpetrator, read)
    if theme.concern == "need":
        _check_need(collector, entry, theme)
    _check_network(collector, entry, theme, read)
    _check_strengths(collector, entry, theme, read)


def _check_component(
    collector: Collector,
    entry: Entry,
    place: tuple[TrackName, str],
    component: Component,
    read: Read,
) -> None:
    kinds = read.kinds
    collector.check_roles(entry, _key(*place, "roles"), component.roles, component.kinds, kinds)
    collector.all_have(entry, _key(*place, "kinds"), component.kinds, kinds, weighs)
    if component.value_at_least is not None:
        collector.all_have(entry, _key(*place, "kinds"), component.kinds, kinds, carries_value)
    if component.half_life_days > component.window_days:
        problem = (
            "longer than window_days, so an event would end while it still counts more than half; "
            "lengthen the window or shorten this"
        )
        value = component.half_life_days
        collector.mistakes.append(entry.mistake(_key(*place, "half_life_days"), value, problem))
    _check_retention(collector, entry, place, component, read)


def _check_once(collector: Collector, entry: Entry, name: TrackName, track: Track) -> None:
    """Hold that each list names components of the track, and none stands in two."""
    seen: set[str] = set()
    for together in track.once:
        collector.known(entry, f"{name}.once", together, track.components, "component")
        for again in sorted(seen & {*together}):
            problem = "also in another list, so it would count less twice; keep it in one"
            collector.mistakes.append(entry.mistake(f"{name}.once", again, problem))
        seen.update(together)


def _check_retention(
    collector: Collector,
    entry: Entry,
    place: tuple[TrackName, str],
    component: Component,
    read: Read,
) -> None:
    """Hold that nothing counts for longer than it is kept."""
    used = {read.kinds[name].retention for name in component.kinds if name in read.kinds}
    kept = {name: read.retention[name].years for name in sorted(used) if name in read.retention}
    for name, years in kept.items():
        if component.window_days > years * DAYS_OF_A_YEAR:
            problem = f"longer than its records are kept ({name}: {years} years); shorten it"
            value = component.window_days
            collector.mistakes.append(entry.mistake(_key(*place, "window_days"), value, problem))


def _check_never(
    collector: Collector,
    entry: Entry,
    theme: Theme,
    place: tuple[TrackName, str],
    component: Component,
    read: Read,
) -> None:
    """Hold that no kind counts that stands for what the theme never counts, or for a victim."""
    never = {*theme.never}
    against = place[0] == "perpetrator"
    for name in component.kinds:
        stands_for = read.kinds[name].stands_for() if name in read.kinds else frozenset()
        for caution in sorted(stands_for & never):
            problem = f"stands for {caution}, which this theme never counts; remove it"
            collector.mistakes.append(entry.mistake(_key(*place, "kinds"), name, problem))
        if against and "victim_status" in stands_for - never:
            problem = "whom it is about may be the one harmed (its cautions say so); remove it"
            collector.mistakes.append(entry.mistake(_key(*place, "kinds"), name, problem))


def _check_perpetrator(collector: Collector, entry: Entry, track: Track, read: Read) -> None:
    """Hold that nobody under 18 has this score, and that none of it comes of childhood or harm."""
    adult = max(CHILDHOOD_ENDS, read.scoring.adult if read.scoring else CHILDHOOD_ENDS)
    if track.ages[0] < adult:
        problem = f"nobody under {adult} has a perpetrator score; begin at {adult}"
        collector.mistakes.append(entry.mistake("perpetrator.ages", list(track.ages), problem))
    for name, component in track.components.items():
        key = _key("perpetrator", name, "roles")
        if not component.roles:
            problem = "missing; say in which roles a person was on the harming side"
            collector.mistakes.append(entry.mistake(key, None, problem))
        harming_only(collector, entry, key, component.roles, read.roles)
        if component.ages is None or component.ages[0] < adult:
            value = None if component.ages is None else list(component.ages)
            problem = f"what was done as a child never counts here; begin at {adult}"
            if component.ages is None:
                problem = f"missing; {problem}"
            key = _key("perpetrator", name, "ages")
            collector.mistakes.append(entry.mistake(key, value, problem))


def _check_need(collector: Collector, entry: Entry, theme: Theme) -> None:
    for key, there in (("perpetrator", theme.perpetrator), ("network", theme.network)):
        if there is not None:
            problem = 'a theme of concern "need" is about support, so it has none; remove it'
            collector.mistakes.append(entry.mistake(key, None, problem))


def _check_network(collector: Collector, entry: Entry, theme: Theme, read: Read) -> None:
    network = theme.network
    if network is None:
        return
    made = {rule.nature for rule in read.ties.values()}
    for nature in network.natures:
        if nature not in made:
            problem = f"no rule makes such ties; {choose_from(nature, made)}"
            collector.mistakes.append(entry.mistake("network.natures", nature, problem))
    if network.emerging_points > network.most_points:
        problem = "above most_points, so nobody would ever be emerging; lower it"
        value = network.emerging_points
        collector.mistakes.append(entry.mistake("network.emerging_points", value, problem))


def _check_strengths(collector: Collector, entry: Entry, theme: Theme, read: Read) -> None:
    known = collector.names("indicators")
    collector.known(entry, "strengths", theme.strengths, known, "indicator")
    for code in theme.strengths:
        if code in read.indicators and read.indicators[code].polarity != "protective":
            problem = "not a protective indicator, so no strength; remove it"
            collector.mistakes.append(entry.mistake("strengths", code, problem))


def _check_titles(
    collector: Collector, entries: Iterable[Entry], themes: Mapping[str, Theme]
) -> None:
    """Hold that nobody has to guess which of two is meant."""
    seen: dict[str, str] = {}
    for entry in sorted(entries, key=lambda entry: entry.name):
        theme = themes.get(entry.name)
        if theme is None:
            continue
        _twice(collector, entry, "title", theme.title, seen, entry.name)
        for track_name, track in theme.tracks().items():
            titles: dict[str, str] = {}
            for name, component in sorted(track.components.items()):
                key = _key(track_name, name, "title")
                _twice(collector, entry, key, component.title, titles, name)


def _twice(
    collector: Collector, entry: Entry, key: str, title: str, seen: dict[str, str], name: str
) -> None:
    earlier = seen.setdefault(title, name)
    if earlier != name:
        problem = f"also the title of {earlier}; tell the two apart"
        collector.mistakes.append(entry.mistake(key, title, problem))
