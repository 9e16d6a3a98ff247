"""What is told of groups, as tables."""

from __future__ import annotations

from typing import ClassVar

from kithkin.model.tables import DAY, NUMBER, TEXT, TRUTH, WHOLE, Columns, TypedTable


class PeerGroupTable(TypedTable):
    """A row a group of persons who act together, as found for a theme on a date."""

    name = "peer_group"
    columns: ClassVar[Columns] = {
        "group_id": TEXT,
        "theme": TEXT,  # null: found in all peer ties alike
        "persons": WHOLE,
        "possible_persons": WHOLE,  # outside, but together with its members now and then
        "first_on": DAY,  # the first date on which it was found
        "stability": NUMBER,  # share of the partitions in which two members are together
        "least_agreement": NUMBER,  # the same of the member who belongs to it least surely
        "cohesion": NUMBER,  # share of its members' tie strength that is among themselves
        "density": NUMBER,  # share of its pairs that are tied
        "strength": NUMBER,  # of the ties inside, together
        "resolution": NUMBER,  # at which it was found, in median tie strengths
        "children": WHOLE,
        "adults": WHOLE,
        "of_unknown_age": WHOLE,
        "youngest": WHOLE,
        "median_age": NUMBER,
        "oldest": WHOLE,
    }


class PeerGroupMemberTable(TypedTable):
    """A row a person of a group, or who may be; the surest first."""

    name = "peer_group_member"
    columns: ClassVar[Columns] = {
        "group_id": TEXT,
        "person_key": WHOLE,
        "member": TRUTH,  # false: a possible member, not counted in anything told of the group
        "agreement": NUMBER,  # share of the partitions in which they are with the others
        "inside": NUMBER,  # share of their tie strength that is with the group
    }


class PeerGroupTieTable(TypedTable):
    """The ties that hold a group together, the first most."""

    name = "peer_group_tie"
    columns: ClassVar[Columns] = {
        "group_id": TEXT,
        "place": WHOLE,
        "person_a": WHOLE,
        "person_b": WHOLE,
        "strength": NUMBER,
        "betweenness": NUMBER,  # share of the shortest ways between members that go over it
        "cut_off": WHOLE,  # members it would leave apart if it were gone; 0: none
    }


class PeerGroupThemeTable(TypedTable):
    """How many of a group carry a theme, and how. Nobody under age counts as harming."""

    name = "peer_group_theme"
    columns: ClassVar[Columns] = {
        "group_id": TEXT,
        "theme": TEXT,
        "victims": WHOLE,
        "perpetrators": WHOLE,  # adults only
        "both": WHOLE,
        "neither": WHOLE,
    }


class PeerGroupChangeTable(TypedTable):
    """What became of a group since the month before."""

    name = "peer_group_change"
    columns: ClassVar[Columns] = {
        "group_id": TEXT,
        "theme": TEXT,
        "on": DAY,
        "change": TEXT,  # began kept came_back merged split ended
        "to_group_id": TEXT,  # of merged and split, where its persons are
        "persons": WHOLE,  # how many of them are there
    }
