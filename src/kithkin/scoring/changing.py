"""What made an index what it is since an earlier date, by record: new, ended, faded, gone.

The points of all records sum to the index on either date, so what they gained and lost sums to
its change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kithkin.model import dates
from kithkin.policy.themes import TrackName
from kithkin.scoring.explained import Contribution, Person, contributions_of
from kithkin.scoring.plan import Plan

Why = Literal["new", "still counts", "no longer counts"]
How = Literal[
    "new", "of age", "instead", "ended", "faded", "stands", "too old", "elsewhere", "withdrawn",
    "not of age",
]  # fmt: skip
WHY: dict[How, Why] = {
    "new": "new", "of age": "new", "instead": "new", "ended": "still counts",
    "faded": "still counts", "stands": "still counts", "too old": "no longer counts",
    "elsewhere": "no longer counts", "withdrawn": "no longer counts",
    "not of age": "no longer counts",
}  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """What one event gave to an index on two dates, and what became of it between them.

    Parameters
    ----------
    contribution : as it is; of what no longer counts, as it was.
    how : new (not known then); of age (known then, when the person was not of the track's ages);
        instead (its occasion counted by another record or line then); ended (of what lasts); faded;
        stands (not faded: its share moves with what else there is); too old for its window;
        elsewhere (its occasion counts by another record or line now); withdrawn (no version of it
        is held any more); not of age any more.
    before, after : points of the index.

    """

    contribution: Contribution
    how: How
    before: float
    after: float

    @property
    def component(self) -> str:
        """Name the line of evidence."""
        return self.contribution.component

    @property
    def event_no(self) -> int:
        """Give the number of the event."""
        return self.contribution.event_no

    @property
    def kind(self) -> str:
        """Name the kind of the event."""
        return self.contribution.kind

    @property
    def why(self) -> Why:
        """Say in short how it moved."""
        return WHY[self.how]

    @property
    def change(self) -> float:
        """Points gained since the first date."""
        return self.after - self.before


def changes(
    person: Person, plan: Plan, theme: str, track: TrackName, before: date, after: date
) -> list[Moved]:
    """Say which events made an index what it is since an earlier date; the greatest move first.

    What still counts gains or loses by its age, and by how much else there is.
    """
    asked = person, plan, theme, track
    was, now = (
        {(one.component, one.event_no): one for one in contributions_of(*asked, on)}
        for on in (before, after)
    )  # fmt: skip
    position = plan.position(theme, track)
    of_age = [_of_age(person, plan, position, on) for on in (before, after)]
    days = [dates.day_number(on) for on in (before, after)]
    windows = {
        name: component.window_days for name, component in plan.tracks[position].track.components.items()
    }  # fmt: skip
    moved = [
        *(_began(one, days[0], of_age_then=of_age[0]) for key, one in now.items() if key not in was),
        *(_still(was[key], one) for key, one in now.items() if key in was),
        *(_gone(person, one, days[1], windows, of_age=of_age[1])
          for key, one in was.items() if key not in now),
    ]  # fmt: skip
    return sorted(moved, key=lambda one: (-abs(one.change), one.component, one.event_no))


def _of_age(person: Person, plan: Plan, position: int, on: date) -> bool:
    first, last = plan.births(on)
    return bool(first[position] <= person.born <= last[position])


def _began(now: Contribution, then: int, *, of_age_then: bool) -> Moved:
    how: How = "instead" if of_age_then else "of age"
    if max(now.known, now.occurred) > then:
        how = "new"
    return Moved(now, how, 0.0, now.points)


def _still(was: Contribution, now: Contribution) -> Moved:
    how: How = "faded" if now.evidence < was.evidence else "stands"
    if was.standing == "open" and now.standing != "open":
        how = "ended"
    return Moved(now, how, was.points, now.points)


def _gone(
    person: Person, was: Contribution, today: int, windows: Mapping[str, int], *, of_age: bool
) -> Moved:
    rows = person.rows
    held = (rows.event_no == was.event_no) & (rows.known <= today) & (rows.superseded > today)
    how: How = "withdrawn"
    if held.any():
        inside = today - rows.fades_from[held] < windows[was.component]
        how = "elsewhere" if inside.any() else "too old"
        how = how if of_age else "not of age"
    return Moved(was, how, was.points, 0.0)
