"""How groups and places are found, in plain English, from the policy's data alone."""

from collections.abc import Iterator

from kithkin.policy.gatherings import Groups, Places
from kithkin.policy.policy import Policy
from kithkin.policy.wording import join, number, titles

PLACES = {
    "address": "at each address that is nobody's home",
    "postcode_sector": "in each postcode sector",
    "school": "to the pupils of each school, wherever it was",
}


def describe_groups(policy: Policy) -> list[str]:
    """Say how groups that act together are found; empty when the policy finds none."""
    return [] if policy.groups is None else list(_groups(policy, policy.groups))


def _groups(policy: Policy, groups: Groups) -> Iterator[str]:
    rules = join((f'"{policy.ties[name].title}"' for name in groups.rules), "and")
    themes = join((policy.themes[name].title for name in groups.themes), "and")
    yield (
        f"Groups of {groups.smallest} to {groups.largest} people are found in ties by {rules}, of "
        f"which the last occasion is within {groups.recent_days} days; never in ties of family, of "
        "one school, or of who harmed whom."
    )
    if themes:
        yield (
            f"They are found in all such ties alike, and for {themes}. For a theme a tie counts in "
            f"full when both carry it, {groups.one_carries:.0%} when one does, "
            f"{groups.none_carries:.0%} when neither does, and a group has at least "
            f"{groups.least_carriers} who do."
        )
    for theme, names in sorted(groups.theme_rules.items()):
        own = join((f'"{policy.ties[name].title}"' for name in names), "and")
        yield f"For {policy.themes[theme].title} a tie by {own} counts in full whoever it ties."
    yield (
        f"The ties are parted {groups.partitions} times, each time without "
        f"{groups.ties_left_out:.0%} of them. Who is together in {groups.agreement:.0%} of the "
        f"partitions is in one group; who is with its members in {groups.member:.0%} on average is "
        f"a member, and from {groups.possible:.0%} may be one."
    )
    yield (
        f"A group is the one of a month before when more than {groups.same:.0%} of either are in "
        f"the other; one that was not found for {groups.remember_days} days never comes back."
    )
    yield f"Basis: {groups.basis}."


def describe_places(policy: Policy) -> list[str]:
    """Say what is counted at which places; empty when the policy looks at none."""
    return [] if policy.places is None else list(_places(policy, policy.places))


def _places(policy: Policy, places: Places) -> Iterator[str]:
    for measure in places.measures.values():
        where = join((PLACES[at] for at in measure.at), "and")
        yield f"{measure.title}: counted {where}. Kinds of event: {titles(policy, measure.kinds)}."
    yield (
        f"Rates of schools and sectors are by {number(places.per)} persons and year. A place is "
        f"held against those of its kind and against the {places.period_days} days before, with "
        f"intervals of {places.level:.0%}; of those said to rise or fall at most about "
        f"{places.false_discoveries:.0%} did not. With fewer than {places.least_children} children, "
        "but some, a place is not to be published."
    )
    yield f"Basis: {places.basis}."
