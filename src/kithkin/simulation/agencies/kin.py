"""What one person is to another, as an agency that knows the family would put it."""

from __future__ import annotations

import numpy as np

from kithkin.simulation.world import NOBODY, TIE_KINDS, Index, Small, World

RELATIONS = (
    "mother", "father", "child", "sibling", "partner", "grandparent", "grandchild", "other",
)  # fmt: skip
MOTHER, FATHER, CHILD, SIBLING, PARTNER, GRANDPARENT, GRANDCHILD, OTHER = range(len(RELATIONS))


def partners(world: World, until: int) -> Index:
    """Give each person's latest partner of ties begun by a day, or NOBODY; shape (people,)."""
    ties = world.ties
    rows = np.flatnonzero((ties.kind == TIE_KINDS.index("partner")) & (ties.start <= until))
    rows = rows[np.argsort(ties.start[rows], kind="stable")]
    found = np.full(len(world.people), NOBODY, dtype=np.int32)
    found[ties.a[rows]] = ties.b[rows]
    found[ties.b[rows]] = ties.a[rows]
    return found


def relation(world: World, person: Index, other: Index, partner: Index) -> Small:
    """Say what `other` is to `person`, row by row, as a position in RELATIONS."""
    mother, father = world.people.mother, world.people.father
    its_mother, its_father = mother[person], father[person]
    theirs_mother, theirs_father = mother[other], father[other]
    alike = ((its_mother >= 0) & (its_mother == theirs_mother)) | (
        (its_father >= 0) & (its_father == theirs_father)
    )
    elders = [
        _of(parents, parent) for parent in (its_mother, its_father) for parents in (mother, father)
    ]
    youngers = [
        _of(parents, parent)
        for parent in (theirs_mother, theirs_father)
        for parents in (mother, father)
    ]
    tests = [
        (its_mother == other, MOTHER),
        (its_father == other, FATHER),
        ((theirs_mother == person) | (theirs_father == person), CHILD),
        (alike, SIBLING),
        (partner[person] == other, PARTNER),
        (np.any([elder == other for elder in elders], axis=0), GRANDPARENT),
        (np.any([younger == person for younger in youngers], axis=0), GRANDCHILD),
    ]
    return np.select([test for test, _ in tests], [kind for _, kind in tests], OTHER).astype(
        np.int8
    )


def _of(parents: Index, person: Index) -> Index:
    return np.where(person >= 0, parents[np.maximum(person, 0)], NOBODY).astype(np.int32)
