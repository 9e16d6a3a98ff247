"""Every family a person belongs to, in which role: their main one, and those they live apart from.

The child of parted parents is a child of the family they live in and a "child living elsewhere" of
the other parent's; that parent is a "parent living apart" of the first. Statements that have ended
stay, with their last day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kithkin.people.living.families import (
    LISTED,
    REASONS,
    TIES,
    Edges,
    Families,
    Kinship,
    family_keys,
    reasons_in,
)
from kithkin.people.living.households import days
from kithkin.people.living.statements import (
    FATHER,
    KINDS,
    MOTHER,
    OTHER,
    PARENT,
    PARTNER,
    SIBLING,
    UPWARD,
    Statements,
    generation_apart,
)
from kithkin.people.living.stays import ALWAYS, NEVER, NOWHERE, Flags, Ints
from kithkin.people.tables import FamilyLinkTable

# Of two roles in one family the first stands.
ROLES = (
    "child",
    "child living elsewhere",
    "carer",
    "partner of carer",
    "parent living apart",
    "parent who has died",
    "sibling living elsewhere",
    "grown-up child",
    "adult of the home",
    "partner",
    "former partner of carer",
    "professional carer",
    "relative",
    "alone",
)
PARENTS = (MOTHER, FATHER, PARENT)
FORMER = "recorded partner, no longer"
PROFESSIONAL = "carer of more people than a family has"
CHILD_ELSEWHERE = "child of a member, lives elsewhere"
SIBLING_ELSEWHERE = "brother or sister of a child here, lives elsewhere"
PARTNER_ELSEWHERE = "recorded partner, lives elsewhere"
# In order, so that of two reasons the first in words stands.
WORDS = tuple(
    sorted({*REASONS, FORMER, PROFESSIONAL, CHILD_ELSEWHERE, SIBLING_ELSEWHERE, PARTNER_ELSEWHERE})
)


@dataclass
class _Links:
    """Rows so far: family, person, role (in `ROLES`), reason (in `WORDS`), since and until."""

    parts: list[tuple[Ints, Ints, Ints, Ints, Ints, Ints]]

    def add(
        self,
        family: Ints,
        person: Ints,
        role: str | Ints,
        reason: str | Ints,
        since: Ints | None = None,
        until: Ints | None = None,
    ) -> None:
        size = len(person)
        roles = np.full(size, ROLES.index(role)) if isinstance(role, str) else role
        words = np.full(size, WORDS.index(reason)) if isinstance(reason, str) else reason
        first = np.full(size, ALWAYS) if since is None else since
        last = np.full(size, NEVER) if until is None else until
        self.parts.append((family, person, roles, words, first, last))


def link_families(families: Families) -> FamilyLinkTable:
    """Give every person's families with role and reason; the main one always stands.

    One row a family and person, in (family_id, person_id) order.
    """
    kin, family = families.kinship, families.main
    links = _Links([])
    everybody = np.arange(len(family))
    main = np.array([WORDS.index(text) for text in REASONS])[reasons_in(kin, family)]
    links.add(family, everybody, main_roles(kin, family), main)
    _parents_and_children(links, kin, family)
    _siblings(links, kin, family)
    _partners(links, kin, family)
    _listed(links, kin, family)
    carers = kin.professional
    links.add(family[carers.person], carers.other, "professional carer", PROFESSIONAL,
              carers.since, carers.until)  # fmt: skip
    return _table(links, families)


def main_roles(kin: Kinship, family: Ints) -> Ints:
    """Give each person's role in their main family, as a position in `ROLES`."""
    ages, stated = kin.ages, kin.stated
    inside = stated.where(family[stated.person] == family[stated.other])
    here = kin.together(inside.person, inside.other)
    up = np.isin(inside.kind, UPWARD)
    of_child = up & ages.child[inside.person]
    known = (kin.home[inside.person] != NOWHERE) & (kin.home[inside.other] != NOWHERE)
    apart = (known & ~here) | kin.stays.placed[inside.person]
    two = (inside.kind == PARTNER) & here
    partners = Edges(inside.person[two], inside.other[two])
    role = np.full(len(family), ROLES.index("relative"))

    def give(people: Ints, name: str) -> None:
        role[people] = ROLES.index(name)

    # The strongest last, since it stands.
    give(np.flatnonzero(np.bincount(family, minlength=len(family))[family] == 1), "alone")
    give(np.concatenate([partners.one, partners.other]), "partner")
    minor = ages.child[kin.under.one]
    give(kin.under.other[minor], "adult of the home")
    without = ~np.isin(kin.under.one, inside.person[of_child & here]) & minor
    give(kin.under.other[without], "carer")
    give(np.concatenate([kin.under.one, inside.person[up & ~apart]]), "grown-up child")
    young_apart = inside.person[(up | (inside.kind == SIBLING)) & apart]
    give(young_apart, "sibling living elsewhere")
    parental = of_child & np.isin(inside.kind, PARENTS)
    give(inside.other[parental & apart], "parent living apart")
    give(inside.other[of_child & ~apart], "carer")
    carer = role == ROLES.index("carer")
    stated_carer = np.zeros(len(family), dtype=bool)
    stated_carer[inside.other[of_child & ~apart]] = True
    _beside(role, carer & stated_carer, partners)
    dead = parental & ages.dead[inside.other]
    give(inside.other[dead], "parent who has died")
    give(np.flatnonzero(ages.child), "child")
    give(np.flatnonzero(ages.child & _elsewhere(kin, family)), "child living elsewhere")
    return role


def _beside(role: Ints, carer: Flags, partners: Edges) -> None:
    """Make partners of carers that, unless they are carers by a record themselves."""
    for one, other in ((partners.one, partners.other), (partners.other, partners.one)):
        people = other[carer[one] & ~carer[other]]
        role[people] = ROLES.index("partner of carer")


def _elsewhere(kin: Kinship, family: Ints) -> Flags:
    """Say who is placed, or has a home that is no home of a grown member of their family."""
    grown = ~kin.ages.child & (kin.home != NOWHERE)
    size = int(kin.home.max(initial=0)) + 2
    homes = np.unique(family[grown] * size + kin.home[grown])
    apart = (kin.home != NOWHERE) & ~np.isin(family * size + kin.home, homes)
    with_homes = np.isin(family, family[grown])
    return np.asarray(kin.stays.placed | (apart & with_homes))


def _parents_and_children(links: _Links, kin: Kinship, family: Ints) -> None:
    up = _across(kin.stated.of(*UPWARD), family)
    child, elder = up.person, up.other
    minor = kin.ages.young[child]
    role = np.where(
        np.isin(up.kind, PARENTS),
        np.where(
            kin.ages.dead[elder],
            ROLES.index("parent who has died"),
            ROLES.index("parent living apart"),
        ),
        ROLES.index("carer"),
    )
    role = np.where(minor, role, ROLES.index("relative"))
    links.add(family[child], elder, role, _of_elders(up), up.since, up.until)
    role = np.where(
        kin.ages.child[child], ROLES.index("child living elsewhere"), ROLES.index("grown-up child")
    )
    links.add(family[elder], child, role, CHILD_ELSEWHERE, up.since, up.until)


def _of_elders(stated: Statements) -> Ints:
    """Give what is said of a parent or carer, as places in `WORDS`."""
    kinds = range(len(KINDS))
    told = [WORDS.index(TIES[kind].other) for kind in kinds]
    return np.array(told)[stated.kind]


def _across(stated: Statements, family: Ints) -> Statements:
    return stated.where(family[stated.person] != family[stated.other])


def _siblings(links: _Links, kin: Kinship, family: Ints) -> None:
    """Link brothers and sisters, stated or with a parent in common, to the families of the young."""
    stated, up = kin.stated.of(SIBLING), kin.stated.of(*PARENTS)
    order = np.lexsort((up.person, up.other))
    child, parent = up.person[order], up.other[order]
    ones, others = [stated.person], [stated.other]
    for step in range(1, len(child)):
        rows = np.flatnonzero(parent[step:] == parent[:-step])
        if not len(rows):
            break
        ones.append(child[rows])
        others.append(child[rows + step])
    one, other = np.concatenate(ones), np.concatenate(others)
    one, other = np.concatenate([one, other]), np.concatenate([other, one])
    rows = np.flatnonzero(
        (family[one] != family[other]) & kin.ages.young[one] & kin.ages.young[other]
    )
    links.add(family[one[rows]], other[rows], "sibling living elsewhere", SIBLING_ELSEWHERE)


def _partners(links: _Links, kin: Kinship, family: Ints) -> None:
    """Link partners who live elsewhere to the families of carers: those that are, those that were."""
    across = _across(kin.stated.of(PARTNER), family)
    carer = np.zeros(len(family), dtype=bool)
    up = kin.stated.of(*UPWARD)
    carer[up.other[kin.ages.young[up.person]]] = True
    for one, other in ((across.person, across.other), (across.other, across.person)):
        rows = np.flatnonzero(carer[one])
        over = across.until[rows] != NEVER
        now, past = ROLES.index("partner of carer"), ROLES.index("former partner of carer")
        words = np.where(over, WORDS.index(FORMER), WORDS.index(PARTNER_ELSEWHERE))
        links.add(family[one[rows]], other[rows], np.where(over, past, now), words,
                  across.since[rows], across.until[rows])  # fmt: skip


def _listed(links: _Links, kin: Kinship, family: Ints) -> None:
    """Link a child and an adult of one recorded family who live apart to each other's."""
    across = _across(kin.stated.of(OTHER), family)
    across = across.where(generation_apart(across.person, across.other, kin.ages))
    for one, other in ((across.person, across.other), (across.other, across.person)):
        rows = np.flatnonzero(kin.ages.young[one] | kin.ages.young[other])
        links.add(family[one[rows]], other[rows], "relative", LISTED,
                  across.since[rows], across.until[rows])  # fmt: skip


def _table(links: _Links, families: Families) -> FamilyLinkTable:
    family, person, role, reason, since, until = (
        np.concatenate([part[at] for part in links.parts]) for at in range(6)
    )
    main = families.main[person] == family
    rows = np.lexsort(
        (until, since, reason, role, np.arange(len(role)) * main, ~main, person, family)
    )
    first = np.ones(len(rows), dtype=bool)
    same = (family[rows][1:] == family[rows][:-1]) & (person[rows][1:] == person[rows][:-1])
    first[1:] = ~same
    rows = rows[first]
    key = family_keys(families.ids)
    rows = rows[np.lexsort((person[rows], key[family[rows]]))]
    columns = [
        families.ids.take(pa.array(family[rows])),
        families.kinship.stays.people.take(pa.array(person[rows])),
        pa.array(ROLES).take(pa.array(role[rows])),
        pa.array(WORDS).take(pa.array(reason[rows])),
        days(since[rows], ALWAYS),
        days(until[rows], NEVER),
    ]
    return FamilyLinkTable(pa.Table.from_arrays(columns, schema=FamilyLinkTable.schema()))
