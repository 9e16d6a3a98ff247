"""Reads the rules for ties between persons, with what no single value of one can show."""

from collections.abc import Iterable, Mapping

from kithkin.policy.collecting import Collector
from kithkin.policy.documents import Entry
from kithkin.policy.mistakes import choose_from
from kithkin.policy.models import Kind, Role
from kithkin.policy.networks import (
    TIE_RULES,
    EventTie,
    MembershipTie,
    RelationshipTie,
    TieRule,
)

RELATIONSHIPS = "relationship."  # the kinds that stand for rows of the relationship table


def read_ties(
    collector: Collector, kinds: Mapping[str, Kind], roles: Mapping[str, Role]
) -> dict[str, TieRule]:
    """Read `[ties.NAME]`; what is wrong is kept in the collector."""
    ties: dict[str, TieRule] = {}
    for entry in sorted(collector.of("ties"), key=lambda entry: entry.name):
        body = collector.expand(entry, "kinds", entry.body)
        body = collector.expand(entry, "unless_kinds", body)
        source = body.get("source")
        if not isinstance(source, str) or source not in TIE_RULES:
            told = "missing" if source is None else "not allowed"
            problem = f"{told}; {choose_from(source, TIE_RULES)}"
            collector.mistakes.append(entry.mistake("source", source, problem))
            continue
        rule = collector.model(entry, TIE_RULES[source], collector.named(entry, "name", body))
        if rule is not None:
            ties[entry.name] = rule
            _check(collector, entry, rule, kinds, roles)
    _check_titles(collector, ties)
    return ties


def _check(
    collector: Collector,
    entry: Entry,
    rule: TieRule,
    kinds: Mapping[str, Kind],
    roles: Mapping[str, Role],
) -> None:
    match rule:
        case EventTie():
            _check_events(collector, entry, rule, kinds)
        case MembershipTie():
            collector.all_have(entry, "kinds", rule.kinds, kinds, _lasts)
        case RelationshipTie():
            known = {n.removeprefix(RELATIONSHIPS) for n in kinds if n.startswith(RELATIONSHIPS)}
            collector.known(entry, "relationships", rule.relationships, known, "relationship")
    if rule.perpetrator_network:
        _check_perpetrator_network(collector, entry, rule, kinds, roles)


def _check_events(
    collector: Collector, entry: Entry, rule: EventTie, kinds: Mapping[str, Kind]
) -> None:
    collector.check_roles(entry, "roles", rule.roles, rule.kinds, kinds)
    collector.check_roles(entry, "other_roles", rule.other_roles, rule.kinds, kinds)
    collector.all_have(entry, "kinds", rule.kinds, kinds, _not_derived)
    collector.all_have(entry, "kinds", rule.kinds, kinds, weighs)
    for role in sorted({*rule.roles} & {*rule.other_roles}):
        problem = "also in roles, so the tie would have no direction; keep it in one of the two"
        collector.mistakes.append(entry.mistake("other_roles", role, problem))
    for kind in sorted({*rule.kinds} & {*rule.unless_kinds}):
        problem = "also in kinds, so it would never tie anybody; keep it in one of the two"
        collector.mistakes.append(entry.mistake("unless_kinds", kind, problem))


def _check_perpetrator_network(
    collector: Collector,
    entry: Entry,
    rule: TieRule,
    kinds: Mapping[str, Kind],
    roles: Mapping[str, Role],
) -> None:
    """Hold that only persons who both stood on the harming side are tied, as peers."""
    if not isinstance(rule, EventTie):
        problem = (
            'only a rule with source = "events" shows who was on the harming side; remove this'
        )
        collector.mistakes.append(entry.mistake("perpetrator_network", True, problem))
        return
    if rule.nature != "peer":
        problem = 'a rule with perpetrator_network ties peers; write "peer" or remove that'
        collector.mistakes.append(entry.mistake("nature", rule.nature, problem))
    for key, names in (("roles", rule.roles), ("other_roles", rule.other_roles)):
        harming_only(collector, entry, key, names, roles)
    collector.all_have(entry, "kinds", rule.kinds, kinds, _of_a_victim)


def harming_only(
    collector: Collector,
    entry: Entry,
    key: str,
    names: Iterable[str],
    roles: Mapping[str, Role],
) -> None:
    """Keep a mistake for each role that says nothing of having harmed, or says the opposite."""
    harming = {name for name, role in roles.items() if role.harming}
    for name in names:
        if name not in roles or name in harming:
            continue
        if roles[name].harmed:
            problem = "whoever has this role was harmed, which never counts against them; remove it"
        else:
            problem = f"not a role of the harming side; {choose_from(name, harming)}"
        collector.mistakes.append(entry.mistake(key, name, problem))


def weighs(kind: Kind) -> str:
    """Say what is wrong when each event must weigh something."""
    if kind.gravity > 0 or kind.harm_days is not None:
        return ""
    return "its gravity is 0, so it would never count; give it a gravity or remove it"


def _not_derived(kind: Kind) -> str:
    if kind.derived is None:
        return ""
    made_from = ", ".join(kind.derived.event)
    return f"made from other kinds, and ties come of recorded ones only; name {made_from}"


def _of_a_victim(kind: Kind) -> str:
    if "victim_status" not in kind.stands_for():
        return ""
    return "whom it is about may be the one harmed (its cautions say so); remove it"


def _lasts(kind: Kind) -> str:
    return "" if kind.lasting else "this kind does not last, so nobody belongs by it; remove it"


def _check_titles(collector: Collector, ties: Mapping[str, TieRule]) -> None:
    for entry in collector.of("ties"):
        rule = ties.get(entry.name)
        earlier = [n for n, other in ties.items() if rule and other.title == rule.title]
        if rule and earlier[0] != entry.name:
            problem = f"also the title of {earlier[0]}; tell the two apart"
            collector.mistakes.append(entry.mistake("title", rule.title, problem))
