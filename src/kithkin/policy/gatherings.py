"""What the policy says of groups that act together, and of places where harm happens."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from kithkin.policy.models import Days, Frozen, Names, SomeNames, Text
from kithkin.policy.networks import EventTie, Positive, Share, TieRule

Count = Annotated[int, Field(strict=True, ge=1)]
More = Annotated[int, Field(strict=True, ge=2)]
Majority = Annotated[float, Field(strict=True, ge=0.5, lt=1)]
Most = Annotated[float, Field(strict=True, gt=0.5, le=1)]
PlaceKind = Literal["address", "school", "postcode_sector"]
ANY_THEME = "any"  # groups found in the ties of peers whatever they are about


class Groups(Frozen):
    """How groups that act together are found and shown.

    Parameters
    ----------
    rules : names of the tie rules that count. Only ties by events between peers with no direction
        may: relatives do not act together by being relatives, nor pupils by going to one school,
        and nobody belongs to the group that harmed them.
    themes : for which groups are found, besides those found in all such ties alike.
    recent_days : a tie counts under a rule when the last occasion is within so many days.
    least_strength : a weaker tie does not count.
    theme_rules : by theme, the rules whose ties are of the theme whoever they tie.
    one_carries, none_carries : by how much other ties count for a theme when only one of the two
        persons carries it, or neither; 0 leaves them out. When both do they count in full.
    least_carriers : a group of a theme has so many members who carry it.
    smallest, largest : persons in a group.
    lowest_resolution, highest_resolution, resolutions : a group holds together when the strength
        that its ties would have, spread over all its pairs, is more than the resolution. So many
        are tried, evenly on a logarithmic scale, as multiples of the median strength of a tie.
    stay : the resolution of the month before is kept unless another is better by this share.
    searches : partitions made at each resolution tried.
    partitions : partitions of which the groups are what agrees.
    seed : of the first; the others follow.
    ties_left_out : each partition leaves out this share of the ties, so that a group which hangs
        on single records is seen to.
    agreement : two tied persons are in one group when they are together in this share of the
        partitions.
    member : a member is together with the others in at least this share on average.
    possible : someone outside is shown as a possible member from this share on.
    same : a group is the one of an earlier month when more than this share of either's persons are
        in the other. At least half, so that no group is two.
    months_at_first : where nothing is remembered, groups are found for so many month ends before,
        so that it can be said how long each has stood.
    remember_days : a group that is not found for longer never comes back under its id.
    key_links : how many ties are shown as those that hold a group together.

    """

    rules: SomeNames
    themes: Names = ()
    recent_days: Days
    least_strength: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
    theme_rules: Annotated[dict[Text, Names], Field(default_factory=dict)]
    one_carries: Share
    none_carries: Share
    least_carriers: Count
    smallest: Annotated[int, Field(strict=True, ge=3)]
    largest: Annotated[int, Field(strict=True, le=500)]
    lowest_resolution: Positive
    highest_resolution: Positive
    resolutions: Count
    stay: Share
    searches: More
    partitions: More
    seed: Annotated[int, Field(strict=True, ge=0)]
    ties_left_out: Annotated[float, Field(strict=True, ge=0, lt=1)]
    agreement: Most
    member: Share
    possible: Share
    same: Majority
    months_at_first: Annotated[int, Field(strict=True, ge=0, le=36)]
    remember_days: Days
    key_links: Count
    basis: Text

    @model_validator(mode="after")
    def _lowest_first(self) -> Self:
        if self.smallest > self.largest:
            raise ValueError("smallest is above largest")
        if self.lowest_resolution > self.highest_resolution:
            raise ValueError("lowest_resolution is above highest_resolution")
        if self.possible > self.member:
            raise ValueError("possible is above member: a member would not be a possible one")
        return self


def may_group(rule: TieRule) -> bool:
    """Say whether a group may hold together by ties of this rule.

    Of events alone: to live together, to be related or to go to one school is not to act together.
    """
    return isinstance(rule, EventTie) and rule.nature == "peer" and not rule.other_roles


class PlaceMeasure(Frozen):
    """What is counted at places.

    Parameters
    ----------
    kinds : of the events.
    at : at which places. At an address and in a postcode sector counts what happened there; at a
        school what its pupils took part in, wherever it was.

    """

    title: Text
    kinds: SomeNames
    at: Annotated[tuple[PlaceKind, ...], Field(min_length=1)]


class Places(Frozen):
    """How places are looked at as contexts of harm.

    Parameters
    ----------
    measures : by name.
    home_kinds : an address where somebody has a residence of these kinds is a home, and no place:
        what happens there is its household's.
    roll_kinds : lasting events that put a child on a school's roll; their detail is its code.
    period_days : the time that is counted, and the time before it with which it is compared.
    per : rates of schools and sectors are by so many persons and year.
    level : of every interval.
    false_discoveries : among the places said to rise or fall, at most about this share did not.
    least_children : with fewer children, but some, the place is marked as not to be published.

    """

    measures: Annotated[dict[Text, PlaceMeasure], Field(min_length=1)]
    home_kinds: SomeNames
    roll_kinds: SomeNames
    period_days: Days
    per: Positive
    level: Annotated[float, Field(strict=True, gt=0.5, lt=1)]
    false_discoveries: Annotated[float, Field(strict=True, gt=0, lt=1)]
    least_children: More
    basis: Text
