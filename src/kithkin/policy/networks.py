"""What the policy says of ties between persons: which shared events make one, and how strong."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from kithkin.policy.models import Days, Frozen, Names, SomeNames, Text

Nature = Literal["family", "peer", "professional"]
Sides = Literal["same", "opposed"]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
People = Annotated[int, Field(strict=True, ge=2)]


class _Rule(Frozen):
    """What every rule for a tie says.

    Parameters
    ----------
    nature : of the tie that it makes.
    weight : multiplies what each occasion gives.
    half_life_days : after so long without a new occasion, half of the strength is left.
    at_most : the rule gives no tie more strength than this.
    most_people : a larger occasion ties nobody and is reported as left out.
    reliability : how far the rule's occasions are to be believed, 0 to 1; multiplies like `weight`.
    perpetrator_network : whether it may carry anything to a perpetrator score. Only occasions in
        which both were on the harming side may.

    """

    name: Text
    title: Text
    nature: Nature
    weight: Positive
    half_life_days: Days
    at_most: Positive
    most_people: People
    reliability: Share = 1.0
    perpetrator_network: StrictBool = False
    basis: Text


class EventTie(_Rule):
    """Two persons took part in one occasion: events of one group, else one event.

    Parameters
    ----------
    kinds : of the events, any of them.
    roles : of the one person.
    other_roles : of the other; the same as `roles` when none are given. Given, the tie has a
        direction: from `roles` to `other_roles`.
    unless_kinds : an occasion with an event of any of these is not of this rule, for as long as
        that event is known; another rule may say what it is.

    """

    source: Literal["events"]
    kinds: SomeNames
    roles: SomeNames
    other_roles: Names = ()
    unless_kinds: Names = ()


class HouseholdTie(_Rule):
    """Two persons lived at one address; `least_days` together make it count."""

    source: Literal["household"]
    least_days: Days


class RelationshipTie(_Rule):
    """An agency recorded that the one is this to the other."""

    source: Literal["relationship"]
    relationships: SomeNames


class MembershipTie(_Rule):
    """Two persons belong to one place, told by a lasting event of `kinds` with its code.

    A place never makes a tie by itself: only where another rule ties the two already.
    """

    source: Literal["membership"]
    kinds: SomeNames


TieRule = Annotated[
    EventTie | HouseholdTie | RelationshipTie | MembershipTie, Field(discriminator="source")
]
TIE_RULES: dict[str, type[EventTie | HouseholdTie | RelationshipTie | MembershipTie]] = {
    "events": EventTie,
    "household": HouseholdTie,
    "relationship": RelationshipTie,
    "membership": MembershipTie,
}
