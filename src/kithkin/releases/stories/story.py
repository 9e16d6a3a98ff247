"""The parts of a story: plain values, in the order in which they are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kithkin.scoring.changing import How
from kithkin.scoring.explained import Standing


@dataclass(frozen=True)
class Entry:
    """A dated record that counts, and what it gives.

    Parameters
    ----------
    points : of the index. gravity, weight, decay : from which they come.
    standing : passed, or of what lasts open, ended, or unclosed; from `fades_from_on` it fades.
    without : the score, were this record not there; ties left as they are.
    value : what the record carries, in words; None when it carries nothing.
    file, row : where a person can open it; None where a record is made from others.

    """

    title: str
    value: str | None
    occurred_on: date
    known_on: date
    agency: str
    source: str
    file: str | None
    row: int | None
    points: float
    gravity: float
    weight: float
    decay: float
    standing: Standing
    fades_from_on: date
    without: float
    unproven: bool
    poverty_proxy: bool


@dataclass(frozen=True)
class Reason:
    """One line of evidence of the theme, with the records behind it, latest first."""

    title: str
    basis: str
    points: float
    capped: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Occasion:
    """Something that ties two persons."""

    title: str
    occurred_on: date
    ended_on: date | None
    unproven: bool


@dataclass(frozen=True)
class Tied:
    """Somebody through whom the network bears on the person.

    Parameters
    ----------
    person_id, who : their id and name. age : whole years, None when not known. carries : their own index.
    points : of the network term that come from them, directly or through `through`.
    occasions : that tie the person to them, or to the person between.

    """

    person_id: str
    who: str
    age: int | None
    carries: float
    points: float
    through: str | None
    through_id: str | None
    occasions: tuple[Occasion, ...]


@dataclass(frozen=True)
class Month:
    """A score of the past."""

    on: date
    index: float
    network_points: float


@dataclass(frozen=True)
class Change:
    """What became of one record since the last time, and what it gave then and gives now."""

    title: str
    line: str
    occurred_on: date
    known_on: date
    agency: str
    how: How
    before: float
    after: float


@dataclass(frozen=True)
class Changed:
    """What changed since the last remembered date before this one, the greatest change first.

    Parameters
    ----------
    index, network_points : then. records : of which what they give changed; their changes sum to
        the change of the index.

    """

    since: date
    index: float
    network_points: float
    records: tuple[Change, ...]


@dataclass(frozen=True)
class Near:
    """How many linked persons carry the theme, and at how many steps."""

    children_at_one: int
    children_at_two: int
    adults_at_one: int
    adults_at_two: int


@dataclass(frozen=True)
class Belonging:
    """A group that acts together of which the person is one, or may be.

    Parameters
    ----------
    of_theme : whether it was found for the theme of the story, or in all ties of peers alike.
    people, children : the person among them; who may belong is not counted.
    carrying : members who carry the theme of the story.
    member : False for who may belong. together : in what share of the partitions they are with the
        others. stability : the same of all its pairs.

    """

    group_id: str
    of_theme: bool
    people: int
    children: int
    carrying: int
    first_on: date
    member: bool
    together: float
    stability: float


@dataclass(frozen=True)
class Accumulated:
    """That many small events stand out, since when, and how many were usual."""

    since: date
    events: int
    expected: float
    agencies: int
    entries: tuple[tuple[date, str, str], ...]  # day, what, agency


@dataclass(frozen=True)
class ThemeStory:
    """All that a release says of one person and theme."""

    release: str
    as_of: date
    policy: str
    person_id: str
    name: str
    born: date | None
    age: int | None
    theme: str
    title: str
    description: str
    track: str
    need: bool  # a need for support, never a risk
    index: float
    network_points: float
    score: float
    high_from: float
    trend: str
    without_network: float
    without_poverty_proxies: float
    without_unproven: float
    emerging: bool
    reasons: tuple[Reason, ...]
    natures: tuple[str, ...]  # of the ties that bear on this theme
    floor: float  # of own evidence, from which somebody counts as carrying the theme
    near: Near | None
    tied: tuple[Tied, ...]
    unnamed: int  # ways through the network of which no line is given
    unnamed_points: float
    months: tuple[Month, ...]
    strengths: tuple[str, ...]
    services: tuple[str, ...]
    doubts: tuple[str, ...]
    missing: tuple[str, ...]
    groups: tuple[Belonging, ...]
    accumulated: Accumulated | None
    changed: Changed | None


def others_shown(story: ThemeStory) -> list[str]:
    """List the ids of all others whom a story names: showing it is a look at them too."""
    tied = {tied.person_id for tied in story.tied}
    return sorted(tied | {one.through_id for one in story.tied if one.through_id})
