"""Phrases that every description of a part of the policy is made of."""

from collections.abc import Iterable

from kithkin.policy.models import Selecting
from kithkin.policy.policy import Policy

NO_UPPER_AGE = 120  # nobody is older, so it stands for no limit
MANY_KINDS = 8  # so many kinds are named by what they have in common when they are all of it
CAUTIONS = {
    "poverty": "it may stand for poverty",
    "disability": "it may stand for disability",
    "ethnicity": "it may stand for ethnicity",
    "surveillance_exposure": "it grows with how closely a family is watched",
    "unproven_information": "it rests on information that nobody has proved",
    "victim_status": "it marks a victim, who must not be treated as a suspect",
}


def say_events(policy: Policy, selecting: Selecting) -> str:
    """Say which events count: whose, in which role, at what age, from which value up."""
    agencies = {policy.agencies[policy.kinds[name].agency].title for name in selecting.kinds}
    text = f"events recorded by {join((inside(title) for title in sorted(agencies)), 'and')}"
    if selecting.roles:
        roles = (policy.roles[name].phrase for name in selecting.roles)
        text += f" in which the person was {join(roles, 'or')}"
    if selecting.ages:
        text += f", aged {say_ages(*selecting.ages)} at the time"
    if selecting.value_at_least is not None:
        text += f", with a value of {number(selecting.value_at_least)} or more"
    return text


def say_ages(low: int, high: int) -> str:
    """Say a span of ages."""
    return f"{low} or over" if high >= NO_UPPER_AGE else f"{low} to {high}"


def titles(policy: Policy, names: Iterable[str]) -> str:
    """Name kinds by their titles, or many of them by the branch that they are all of."""
    listed = list(names)
    whole = [branch for branch in _branches(listed) if _is_whole(policy, branch, listed)]
    said = {branch: f"all {len(_below(branch, listed))} kinds of {branch}" for branch in whole}
    parts = [
        said.pop(_branch(name), "")
        if _branch(name) in whole
        else f"{policy.kinds[name].title} [{name}]"
        for name in listed
    ]
    return "; ".join(part for part in parts if part)


def _branch(name: str) -> str:
    return name.rpartition(".")[0]


def _branches(names: Iterable[str]) -> list[str]:
    return [branch for branch in dict.fromkeys(map(_branch, names)) if branch]


def _below(branch: str, names: Iterable[str]) -> set[str]:
    return {name for name in names if name.startswith(f"{branch}.")}


def _is_whole(policy: Policy, branch: str, names: list[str]) -> bool:
    """Whether all kinds of a branch, such as police.crime, are there and are many."""
    below = _below(branch, policy.kinds)
    return len(below) >= MANY_KINDS and below <= set(names)


def inside(title: str) -> str:
    """Begin a title in lower case, for use within a sentence."""
    return title[:1].lower() + title[1:]


def number(value: float) -> str:
    """Write a number without a needless fraction."""
    return f"{value:g}"


def join(parts: Iterable[str], last: str) -> str:
    """Join parts by commas, the last by a word."""
    listed = list(parts)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} {last} {listed[-1]}"


def say_value(what: str, value: float) -> str:
    """Say the value of an event in the words of its kind: `grade: 1 low, 2 high` makes "grade high".

    A range, as in `score, 0 to 40`, gives "score 12"; a unit, as in `hours`, "12 hours".
    """
    name, _, steps = what.partition(": ")
    words = dict(step.split(" ", 1) for step in steps.split(", ")) if steps else {}
    told = words.get(number(value))
    if told is not None:
        return f"{name} {told}"
    rounded = number(round(value, 1))
    if "," in name or steps:
        return f"{name.partition(',')[0]} {rounded}"
    if rounded == "1" and " of " not in name:
        name = name.removesuffix("s")
    return f"{rounded} {name}"
