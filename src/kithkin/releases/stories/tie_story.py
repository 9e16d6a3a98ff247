"""What ties two persons, as plain values, in the order in which it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kithkin.policy.networks import Nature


@dataclass(frozen=True)
class TieRow:
    """A record behind an occasion.

    Parameters
    ----------
    about : names of whichever of the two it is about.
    table, source, batch_id, row_id : where it stands in the release; of an event its id.
    file, row : where a person can open it.

    """

    title: str
    agency: str
    about: tuple[str, ...]
    occurred_on: date | None
    known_on: date
    table: str
    source: str
    batch_id: str
    row_id: str
    file: str | None
    row: int | None


@dataclass(frozen=True)
class TieEntry:
    """An occasion that ties the two, under one rule.

    Parameters
    ----------
    title : what it was, with who was what where it has a direction.
    occurred_on : of what lasts its start; None when nobody recorded since when.
    ended_on : of what lasts; None while it goes on, as far as is known. unclosed : nobody
        recorded that end; it was open for so long that it is taken to have ended.
    kind : the gravest kind of event in which both took part; None where none makes the tie.
    roles, other_roles : what the person and the other were.
    people : who shared it.
    direction : "to" when the person may have harmed the other, "from", "both", or "".
    before, after, counted : strength before fading, after it, and within what the rule may give.
    left : share of the strength that fading leaves.
    without : the tie's strength, were the occasion not there.

    """

    title: str
    rule: str
    nature: Nature
    occurred_on: date | None
    ended_on: date | None
    unclosed: bool
    lasting: bool
    known_on: date
    kind: str | None
    gravity: float
    roles: tuple[str, ...]
    other_roles: tuple[str, ...]
    people: int
    direction: str
    agencies: tuple[str, ...]
    unproven: bool
    before: float
    left: float
    after: float
    counted: float
    without: float
    rows: tuple[TieRow, ...]


@dataclass(frozen=True)
class TieLine:
    """One rule's share of the tie, with its occasions, the strongest first.

    Parameters
    ----------
    given : what its occasions give together after fading. at_most : what of it may count.
    counted : what counts. reliability : how far its occasions are believed, 0 to 1.

    """

    rule: str
    title: str
    nature: Nature
    basis: str
    reliability: float
    half_life_days: int
    given: float
    at_most: float
    counted: float
    entries: tuple[TieEntry, ...]


@dataclass(frozen=True)
class TieStory:
    """All that a release says of the tie between two persons.

    Parameters
    ----------
    other_id, other : None and a general name where the other's record is sealed; then no occasion
        is told, since dates and roles could say who it is.
    strength : the sum of what counts. by_nature : the same for family, peers and professionals.
    without_unproven : without unproven information.
    occasions : how many different ones, whatever rules see in them.
    harmed_other, harmed_by_other : occasions in which the one was suspected, the other harmed.

    """

    release: str
    as_of: date
    policy: str
    person_id: str
    name: str
    other_id: str | None
    other: str
    sealed: bool
    strength: float
    by_nature: dict[Nature, float]
    without_unproven: float
    reliability: float
    occasions: int
    first_on: date | None
    last_on: date | None
    agencies: tuple[str, ...]
    harmed_other: int
    harmed_by_other: int
    lines: tuple[TieLine, ...]
