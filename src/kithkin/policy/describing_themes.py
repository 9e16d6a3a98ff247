"""A rule for ties, a theme, and what all themes share, in plain English, from their data alone."""

from collections.abc import Iterable

from kithkin.policy.networks import EventTie, HouseholdTie, MembershipTie, RelationshipTie, TieRule
from kithkin.policy.policy import Policy
from kithkin.policy.themes import Component, Theme, ThemeNetwork, Track
from kithkin.policy.varying import GROUPS
from kithkin.policy.wording import join, number, say_ages, say_events, titles

NATURES = {"family": "as family", "peer": "as peers", "professional": "through their professionals"}
CONCERNS = {
    "harm": "It is a theme of harm.",
    "need": "It is a theme of need: about support, never a risk, and without a network.",
}
TRACKS = {
    "victim": "Who may be harmed, or be in need",
    "perpetrator": "Who may harm",
}
STANDS_FOR = {
    "poverty": "poverty",
    "disability": "disability",
    "ethnicity": "ethnicity",
    "surveillance_exposure": "how closely a family is watched",
    "unproven_information": "information that nobody has proved",
    "victim_status": "having been harmed",
}


def describe_tie(policy: Policy, name: str) -> str:
    """Say whom a rule ties, how strongly, for how long, how many at once, and where it comes from.

    Raises KeyError when the policy has no such rule.
    """
    rule = policy.ties[name]
    sentences = (
        f"{name}: {rule.title}.",
        f"{_whom(policy, rule)}, {NATURES[rule.nature]}.",
        *_strength(rule),
        _unless(policy, rule),
        f"Where more than {rule.most_people} people count, nobody is tied and it is reported."
        if not isinstance(rule, RelationshipTie)
        else "",
        "It may carry to a perpetrator score."
        if rule.perpetrator_network
        else "It never carries to a perpetrator score.",
        f"Basis: {rule.basis}.",
        f"Kinds of event: {titles(policy, rule.kinds)}."
        if isinstance(rule, EventTie | MembershipTie)
        else "",
    )
    return " ".join(sentence for sentence in sentences if sentence)


def _whom(policy: Policy, rule: TieRule) -> str:
    match rule:
        case EventTie():
            sides = _roles(policy, rule.roles)
            if rule.other_roles:
                other = _roles(policy, rule.other_roles)
                return f"Ties whoever was {sides} to whoever was {other} on one occasion, one way"
            return f"Ties two persons when both were {sides} on one occasion"
        case HouseholdTie():
            days = f"at least {rule.least_days} days"
            return f"Ties two persons who lived at one address together for {days}"
        case RelationshipTie():
            named = join((name.replace("_", " ") for name in rule.relationships), "or")
            return f"Ties two persons when an agency recorded the one as {named} of the other"
        case MembershipTie():
            return "Strengthens the tie of two persons of one place, where another rule ties them"


def _unless(policy: Policy, rule: TieRule) -> str:
    if not isinstance(rule, EventTie) or not rule.unless_kinds:
        return ""
    return f"Not on an occasion with any of: {titles(policy, rule.unless_kinds)}."


def _roles(policy: Policy, names: Iterable[str]) -> str:
    return join((policy.roles[name].phrase for name in names), "or")


def _strength(rule: TieRule) -> tuple[str, ...]:
    """Say what an occasion gives, how it fades and where it ends."""
    weight = number(rule.weight * rule.reliability)
    believed = (
        ""
        if rule.reliability == 1
        else f" (weight {number(rule.weight)}, believed to {rule.reliability:.0%})"
    )
    shared = "shared among the others who count"
    fades = f"half of it is left after {rule.half_life_days} days"
    match rule:
        case EventTie():
            times = "" if weight + believed == "1" else f"{weight}{believed} times "
            gives = f"An occasion gives {times}the gravity of its gravest kind"
            return (f"{gives}, {shared}; {fades}.", _most(rule))
        case RelationshipTie():
            gives = f"It gives {weight}{believed} for as long as it is recorded"
            return (f"{gives}; {fades} once it has ended.", _most(rule))
        case _:
            gives = f"It gives {weight}{believed}, {shared}, for as long as it lasts"
            return (f"{gives}; {fades} once one has left.", _most(rule))


def _most(rule: TieRule) -> str:
    return f"The rule gives a tie no more than {number(rule.at_most)}."


def describe_theme(policy: Policy, name: str) -> str:
    """Say what a theme is about, what it never counts, each line of evidence, and its network.

    A paragraph each, components as a list. Raises KeyError when the policy has no such theme.
    """
    theme = policy.themes[name]
    paragraphs = [" ".join(sentence for sentence in _about(policy, theme) if sentence)]
    for track_name, track in theme.tracks().items():
        paragraphs.append("\n".join(_track(policy, TRACKS[track_name], track)))
    paragraphs.append(describe_network(theme.network))
    return "\n\n".join(paragraphs)


def _about(policy: Policy, theme: Theme) -> list[str]:
    never = join((STANDS_FOR[caution] for caution in theme.never), "or")
    strengths = join((f"{policy.indicators[c].title} [{c}]" for c in theme.strengths), "and")
    return [
        f"{theme.name}: {theme.title}.",
        theme.description,
        CONCERNS[theme.concern],
        f"It never counts what may stand for {never}." if never else "",
        "It has no perpetrator score." if theme.perpetrator is None else "",
        f"Strengths shown beside it: {strengths}." if strengths else "",
        f"Basis: {theme.basis}.",
    ]


def _track(policy: Policy, title: str, track: Track) -> list[str]:
    """Give a heading, then each component, those that can weigh most first."""
    halfway = number(track.halfway)
    heading = (
        f"{title}: persons aged {say_ages(*track.ages)} on the as-of date. {halfway} points of "
        f"evidence make an index of 50, twice as many 75. Basis: {track.basis}."
    )
    ordered = sorted(track.components.items(), key=lambda item: (-item[1].at_most, item[0]))
    components = (f"- {name}: {describe_component(policy, track, c)}" for name, c in ordered)
    return [heading, *describe_once(track), *components]


def describe_once(track: Track) -> list[str]:
    """Say in which lines an occasion counts once."""
    return [
        f"An occasion counts once in {join(names, 'and')}"
        f"{' together' if len(names) > 1 else ''}, by what gives most."
        for names in track.once
    ]


def describe_component(policy: Policy, track: Track, component: Component) -> str:
    """Say what a line of evidence counts, how much, for how long, and where it comes from."""
    counted = f"{say_events(policy, component)}, in the {component.window_days} days"
    times = "" if component.weight == 1 else f"{number(component.weight)} times "
    fades = f"half of that after {component.half_life_days} days"
    lasting = any(policy.kinds[kind].lasting for kind in component.kinds)
    alone = index_of_points(component.at_most, track.halfway)
    variables = f"In Insight Bristol's models: {join(component.variables, 'and')}."
    sentences = (
        f"{component.title}.",
        f"Counts {counted} up to the as-of date.",
        f"Each gives {times}its gravity, {fades}.",
        "What lasts counts in full while it is open, and its days from its end." if lasting else "",
        f"At most {number(component.at_most)} points, an index of {alone:.0f} by themselves.",
        variables if component.variables else "",
        f"Basis: {component.basis}.",
        f"Kinds of event: {titles(policy, component.kinds)}.",
    )
    return " ".join(sentence for sentence in sentences if sentence)


def index_of_points(points: float, halfway: float) -> float:
    """Give the index that so many points of evidence make."""
    return 100 * (1 - 2 ** (-points / halfway))


def describe_network(network: ThemeNetwork | None) -> str:
    """Say how the network bears on a theme, or that it does not."""
    if network is None:
        return "Network: none. Nobody's score is changed by whom they know."
    ties = join(network.natures, "and")
    onward = (
        f"{network.onward:.0%} of it goes on to those at two steps"
        if network.onward
        else "none of it goes on to a second step"
    )
    return (
        f"Network: along ties of the nature {ties}. A person's index reaches each of the others in "
        f"proportion to their tie, against all their ties and {number(network.kept)} of strength "
        f"that is passed on to nobody; {onward}. It adds at most "
        f"{number(network.most_points)} points, half of that when {number(network.halfway)} points "
        f"of others' index arrive, and the less the more evidence there is of one's own. Whoever "
        f"has an index of {number(network.floor)} or more counts as carrying the theme. Without "
        f"evidence of one's own, {number(network.emerging_points)} points of network make a person "
        f"emerging. Basis: {network.basis}."
    )


def describe_scoring(policy: Policy) -> str:
    """Say what all themes share, each constant with where it comes from."""
    scoring = policy.scoring
    lines = {
        "harm_days_top": f"A crime's gravity goes with the logarithm of its days of harm: 1 for one "
        f"day, 5 for {number(scoring.harm_days_top)}.",
        "adult": f"Adults are {scoring.adult} or over.",
        "open_at_most_days": f"What lasts counts in full while it is open, and fades from its end. "
        f"Nothing counts as open for more than {scoring.open_at_most_days} days, where its kind does "
        f"not say otherwise: a record open for so long may be one that nobody closed.",
        "high_from": f"A score is high from {number(scoring.high_from)}.",
        "trend_months": f"A trend is judged against the person's own last {scoring.trend_months} "
        f"months.",
        "trend_points": f"A score is rising when it is more than {number(scoring.trend_points)} "
        f"points above the mean of that past, and falling when as many below.",
        "trend_swings": f"And then only when that is more than {number(scoring.trend_swings)} of its "
        f"standard deviations.",
    }
    return "\n".join(
        f"{said} Basis: {scoring.basis.get(key, 'not given')}." for key, said in lines.items()
    )


def describe_sensitivity(policy: Policy) -> str:
    """Say within which ranges constants are varied, and what is asked of a list then."""
    told = policy.sensitivity
    if told is None:
        return "Sensitivity: constants are not varied; what rests on them cannot be asked."
    ranges = [
        f"{title} {number(low)} to {number(high)}"
        for group, title in GROUPS.items()
        for low, high in [getattr(told, group)]
    ]
    return (
        f"Sensitivity: {told.draws} sets of constants are drawn (seed {told.seed}), and the "
        f"{told.list_size} people at the top of a list followed; who is on it in {told.mostly:.0%} "
        f"of draws or more stays mostly. Each constant is multiplied by a factor of its own: {join(ranges, 'and')}. "
        f"Basis: {told.basis}."
    )
