"""Gathers from a release all that it says of the tie between two persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from math import fsum
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from kithkin.model import dates
from kithkin.network import NATURES
from kithkin.network.explained import TieOccasion, tie_occasions
from kithkin.policy import Policy, read_policy
from kithkin.policy.networks import EventTie, TieRule
from kithkin.releases.explaining import Row, person_row
from kithkin.releases.scored import read_pair
from kithkin.releases.stories.naming import FORWARD, called, is_sealed, other_called, tie_title
from kithkin.releases.stories.tie_rows import Found, TieRows
from kithkin.releases.stories.tie_story import TieEntry, TieLine, TieRow, TieStory
from kithkin.releases.workspace import Release, ReleaseError


def tie_story(release: Release, person_id: str, other_id: str) -> TieStory:
    """Gather all that a release says of the tie between two persons.

    Raises
    ------
    PersonNotFoundError : when the release holds nobody of one of the ids.
    ReleaseError : when both are one person.

    """
    if person_id == other_id:
        raise ReleaseError(f"{person_id} is one person; a tie is between two. Name another.")
    return _Gathering(release, person_id, other_id).story()


@dataclass(frozen=True)
class _Gathering:
    release: Release
    person_id: str
    other_id: str

    def story(self) -> TieStory:
        person, other, whole = self.person, self.other, self.whole
        sealed = is_sealed(other)
        swapped = person["person_key"] > other["person_key"]
        harms = whole["harm_a_to_b"], whole["harm_b_to_a"]
        return TieStory(
            release=self.release.id,
            as_of=self.as_of,
            policy=f"{self.policy.header.name}, version {self.policy.header.version}",
            person_id=self.person_id,
            name=called(person),
            other_id=None if sealed else self.other_id,
            other=other_called(other),
            sealed=sealed,
            strength=whole["strength"],
            by_nature={nature: whole[f"strength_{nature}"] for nature in NATURES},
            without_unproven=whole["strength_proven"],
            reliability=whole["reliability"],
            occasions=whole["occasions"],
            first_on=None if sealed else whole["first_on"],
            last_on=None if sealed else whole["last_on"],
            agencies=() if sealed else self._agencies(),
            harmed_other=harms[swapped],
            harmed_by_other=harms[not swapped],
            lines=() if sealed else self._lines(),
        )

    # --- what the release holds ------------------------------------------------------------------

    @cached_property
    def policy(self) -> Policy:
        return read_policy(self.release.folder / "policy")

    @cached_property
    def as_of(self) -> date:
        return dates.parse_iso(self.release.manifest["as_of"])

    @cached_property
    def person(self) -> Row:
        return person_row(self.release, self.person_id)

    @cached_property
    def other(self) -> Row:
        return person_row(self.release, self.other_id)

    @cached_property
    def pair(self) -> tuple[int, int]:
        lower, higher = sorted(one["person_key"] for one in (self.person, self.other))
        return lower, higher

    @cached_property
    def whole(self) -> Row:
        """Give the row of the Person Link Table; noughts for who are not tied."""
        mine = (pc.field("person_a") == self.pair[0]) & (pc.field("person_b") == self.pair[1])
        found = pq.read_table(self.release.table("person_tie"), filters=mine)
        if found.num_rows:
            return dict(found.to_pylist()[0])
        return dict.fromkeys(found.column_names, 0) | {"first_on": None, "last_on": None}

    # --- occasions -------------------------------------------------------------------------------

    @cached_property
    def occasions(self) -> list[TieOccasion]:
        evidence = read_pair(self.release.folder, self.as_of, self.pair)
        return tie_occasions(evidence, self.policy, self.pair, self.as_of)

    def _agencies(self) -> tuple[str, ...]:
        counting = {code for one in self.occasions if one.counted > 0 for code in one.agencies}
        return self._named(sorted(counting))

    def _named(self, codes: Sequence[int]) -> tuple[str, ...]:
        names = sorted(self.policy.agencies)
        return tuple(self.policy.agencies[names[code]].title for code in codes)

    def _lines(self) -> tuple[TieLine, ...]:
        rows = TieRows(self.release, self.as_of, (self.person_id, self.other_id))
        found = []
        for name, same in groupby(self.occasions, key=lambda one: one.rule):
            rule, mine = self.policy.ties[name], list(same)
            behind = rows.of(rule, mine)
            found.append(
                TieLine(
                    rule=name,
                    title=rule.title,
                    nature=rule.nature,
                    basis=rule.basis,
                    reliability=rule.reliability,
                    half_life_days=rule.half_life_days,
                    given=fsum(one.after for one in mine),
                    at_most=rule.at_most,
                    counted=fsum(one.counted for one in mine),
                    entries=tuple(
                        self._entry(one, told) for one, told in zip(mine, behind, strict=True)
                    ),
                )
            )
        return tuple(sorted(found, key=lambda line: (-line.counted, line.title)))

    def _entry(self, one: TieOccasion, behind: Sequence[Found]) -> TieEntry:
        rule = self.policy.ties[one.rule]
        names = called(self.person), called(self.other)
        lower, higher = names if self.pair[0] == self.person["person_key"] else names[::-1]
        were = {role for each in behind for roles in each.roles.values() for role in roles}
        return TieEntry(
            title=tie_title(self.policy, rule, one.direction, lower, higher, were),
            rule=one.rule,
            nature=rule.nature,
            occurred_on=_since(one, behind),
            ended_on=None if one.ended is None else dates.from_day_number(one.ended),
            unclosed=one.unclosed,
            lasting=one.lasting,
            known_on=dates.from_day_number(one.known),
            kind=None if one.kind is None else self.policy.kinds[one.kind].title,
            gravity=one.gravity,
            roles=self._roles(rule, behind, self.person_id),
            other_roles=self._roles(rule, behind, self.other_id),
            people=one.people,
            direction=self._direction(one.direction),
            agencies=self._named(one.agencies),
            unproven=one.unproven,
            before=one.before,
            left=one.after / one.before if one.before else 0.0,
            after=one.after,
            counted=one.counted,
            without=one.without,
            rows=tuple(self._row(each) for each in behind),
        )

    def _direction(self, code: int) -> str:
        """Say which way, seen from the person; evidence counts from the lower person_key."""
        if code in (0, 3):
            return "both" if code else ""
        forward = (code == FORWARD) == (self.pair[0] == self.person["person_key"])
        return "to" if forward else "from"

    def _roles(self, rule: TieRule, behind: Sequence[Found], person_id: str) -> tuple[str, ...]:
        """Say what somebody was in events; in what lasts all are the same."""
        if not isinstance(rule, EventTie):
            return ()
        roles = {role for each in behind for role in each.roles.get(person_id, ())}
        return tuple(self.policy.roles[role].title for role in sorted(roles))

    def _row(self, found: Found) -> TieRow:
        row = found.row
        return TieRow(
            title=self._title(found),
            agency=self._agency(row),
            about=tuple(
                called(one) for one in (self.person, self.other) if one["person_id"] in found.roles
            ),
            occurred_on=_day(found),
            known_on=row["known_at"],
            table=found.table,
            source=row["source"],
            batch_id=row["batch_id"],
            row_id=found.row_id,
            file=row["file"],
            row=row["row"],
        )

    def _title(self, found: Found) -> str:
        name = str(found.row["kind"])
        kind = self.policy.kinds.get(name if found.table == "event" else f"{found.table}.{name}")
        return kind.title if kind else name.replace("_", " ")

    def _agency(self, row: Row) -> str:
        agency = row.get("agency") or self._by_source.get(row["source"], "")
        return self.policy.agencies[agency].title if agency in self.policy.agencies else agency

    @cached_property
    def _by_source(self) -> dict[str, Any]:
        return {entry["source"]: entry["agency"] for entry in self.release.manifest["inputs"]}


def _day(found: Found) -> date | None:
    day: date | None = found.row["occurred_on" if found.table == "event" else "started_on"]
    return day


def _since(one: TieOccasion, behind: Sequence[Found]) -> date | None:
    """Give the day of an occasion; evidence of what lasts since unknown times has its known day."""
    day = dates.from_day_number(one.occurred)
    if one.lasting and one.occurred == one.known and day not in map(_day, behind):
        return None
    return day
