"""Reads how groups that act together are found, and what is counted at which places."""

from collections.abc import Mapping

from kithkin.policy.collecting import Collector
from kithkin.policy.documents import GROUPS, PLACES, Entry
from kithkin.policy.gatherings import Groups, Places, may_group
from kithkin.policy.models import Kind
from kithkin.policy.networks import TieRule
from kithkin.policy.themes import Theme

RESIDENCES = "residence."  # the kinds that stand for rows of the residence table


def read_groups(
    collector: Collector, ties: Mapping[str, TieRule], themes: Mapping[str, Theme]
) -> Groups | None:
    """Read `[groups]`; a policy without it finds none."""
    entries = collector.of(GROUPS)
    if not entries:
        return None
    entry = entries[0]
    groups = collector.model(entry, Groups, entry.body)
    if groups is not None:
        collector.known(entry, "rules", groups.rules, collector.names("ties"), "tie rule")
        _check_rules(collector, entry, groups, ties)
        collector.known(entry, "themes", groups.themes, themes, "theme")
        collector.known(entry, "theme_rules", groups.theme_rules, groups.themes, "theme of groups")
        for theme, rules in groups.theme_rules.items():
            collector.known(entry, f"theme_rules.{theme}", rules, groups.rules, "rule of groups")
    return groups


def _check_rules(
    collector: Collector, entry: Entry, groups: Groups, ties: Mapping[str, TieRule]
) -> None:
    for name in groups.rules:
        if name in ties and not may_group(ties[name]):
            problem = (
                "may not tie a group; only rules of events between peers, with no direction, may. "
                "Remove it"
            )
            collector.mistakes.append(entry.mistake("rules", name, problem))


def read_places(collector: Collector, kinds: Mapping[str, Kind]) -> Places | None:
    """Read `[places]`; a policy without it looks at none."""
    entries = collector.of(PLACES)
    if not entries:
        return None
    entry = entries[0]
    body = collector.expand(entry, "roll_kinds", entry.body)
    places = collector.model(entry, Places, _written_out(collector, entry, body))
    if places is not None:
        collector.all_have(entry, "roll_kinds", places.roll_kinds, kinds, _lasts)
        homes = {
            name.removeprefix(RESIDENCES)
            for name, kind in kinds.items()
            if name.startswith(RESIDENCES) and kind.lasting
        }
        collector.known(entry, "home_kinds", places.home_kinds, homes, "kind of residence")
    return places


def _written_out(collector: Collector, entry: Entry, body: dict[str, object]) -> dict[str, object]:
    measures = body.get("measures")
    if not isinstance(measures, dict):
        return body
    told = {
        name: collector.expand(entry, f"measures.{name}.kinds", measure)
        if isinstance(measure, dict)
        else measure
        for name, measure in measures.items()
    }
    return body | {"measures": told}


def _lasts(kind: Kind) -> str:
    return (
        "" if kind.lasting else "this kind does not last, so nobody is on a roll by it; remove it"
    )
