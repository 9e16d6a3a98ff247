"""How people and what ties them are named on a page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kithkin.policy import Policy
from kithkin.policy.networks import EventTie, TieRule

FORWARD, BOTH_WAYS = 1, 3  # `direction` of a tie's evidence
OPEN_SEAL = "S0"
SEALED = "Somebody whose record is sealed"


def is_sealed(person: Mapping[str, Any]) -> bool:
    """Say whether a person's record is sealed."""
    return (person.get("seal") or OPEN_SEAL) != OPEN_SEAL


def other_called(person: Mapping[str, Any]) -> str:
    """Name somebody else on a person's page, unless their record is sealed."""
    return SEALED if is_sealed(person) else called(person)


def called(person: Mapping[str, Any]) -> str:
    """Name a person."""
    return person.get("display_name") or f"{person['person_id']} (no name given)"


def tie_title(
    policy: Policy,
    rule: TieRule,
    direction: int,
    one: str,
    other: str,
    were: Collection[str] | None = None,
) -> str:
    """Say what ties two persons, and where it has a direction who was what.

    Parameters
    ----------
    one, other : the names of the two, the lower person_key first.
    were : the roles that either had; all that the rule names when they are not known.

    """
    if not direction or not isinstance(rule, EventTie) or not rule.other_roles:
        return rule.title
    if were is None and "the other" in rule.title and direction != BOTH_WAYS:
        from_, to = (one, other) if direction == FORWARD else (other, one)
        title = rule.title.replace("the other", to)
        return f"{from_}: {title[:1].lower()}{title[1:]}"
    phrases = [
        " or ".join(policy.roles[role].phrase for role in roles if were is None or role in were)
        for roles in (rule.roles, rule.other_roles)
    ]
    if direction == BOTH_WAYS:
        return f"{rule.title}, each of the other"
    from_, to = (one, other) if direction == FORWARD else (other, one)
    return f"{from_} was {phrases[0]}, {to} {phrases[1]}"
