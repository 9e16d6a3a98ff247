"""Gathers from a release all that it says of one person and theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from math import fsum
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kithkin.model import dates
from kithkin.network import Rules, TiePath
from kithkin.policy import Policy, read_policy
from kithkin.policy.themes import Theme, TrackName
from kithkin.policy.wording import say_value
from kithkin.releases.explaining import (
    Row,
    original_rows,
    person_row,
    records_of,
    rows_where,
    sources_of,
)
from kithkin.releases.inheriting import calibration_of
from kithkin.releases.scored import CONTRIBUTIONS, HISTORY, read_ties
from kithkin.releases.stories.belonging import groups_of
from kithkin.releases.stories.naming import called, is_sealed, other_called, tie_title
from kithkin.releases.stories.story import (
    Accumulated,
    Change,
    Changed,
    Entry,
    Month,
    Near,
    Occasion,
    Reason,
    ThemeStory,
    Tied,
)
from kithkin.releases.workspace import Release, ReleaseError
from kithkin.scoring import Plan, StoredContributions, born_days, index_on
from kithkin.scoring.changing import Moved, changes
from kithkin.scoring.explained import Contribution, Person, contributions_of, without_each
from kithkin.scoring.indices import adults_on
from kithkin.scoring.kernel import ALL
from kithkin.scoring.memory import ScoreMemory
from kithkin.scoring.reach import choice_of, reaches
from kithkin.scoring.scores import network_points, seeds_of

MOST_TIED = 12  # persons through whom the network bears, on a page
LEAST_POINTS = 0.5  # of the network term, below which nobody is named for it
STALE_DAYS = 365  # after so long without a record that counts it is said
LATE_DAYS = 90  # after so long a record is said to have been known late


def theme_story(
    release: Release, person_id: str, theme: str, track: TrackName = "victim"
) -> ThemeStory:
    """Gather all that a release says of one person and theme.

    Raises
    ------
    PersonNotFoundError : when the release holds nobody of this id.
    ReleaseError : when its policy has no such theme or track.

    """
    return _Gathering(release, person_id, theme, track).story()


@dataclass(frozen=True)
class _Gathering:
    release: Release
    person_id: str
    theme_name: str
    track: TrackName

    def story(self) -> ThemeStory:
        score, theme = self.score, self.theme
        reasons = self._reasons()
        tied, ways = self._tied()
        return ThemeStory(
            release=self.release.id,
            as_of=self.as_of,
            policy=f"{self.policy.header.name}, version {self.policy.header.version}",
            person_id=self.person_id,
            name=called(self.person),
            born=self.person["date_of_birth"],
            age=self._age(self.person),
            theme=theme.name,
            title=theme.title,
            description=theme.description,
            track=self.track,
            need=theme.concern == "need",
            index=score["index"],
            network_points=score["network_points"],
            score=score["score"],
            high_from=self.policy.scoring.high_from,
            trend=score["trend"] or "steady",
            without_network=score["without_network"],
            without_poverty_proxies=score["without_poverty_proxies"],
            without_unproven=score["without_unproven"],
            emerging=score["emerging"],
            reasons=reasons,
            natures=theme.network.natures if theme.network is not None else (),
            floor=theme.network.floor if theme.network is not None else 0.0,
            near=self._near(),
            tied=tied,
            unnamed=ways - len(tied),
            unnamed_points=max(0.0, score["network_points"] - sum(one.points for one in tied)),
            months=self._months(),
            strengths=tuple(
                self.policy.indicators[code].title for code in _listed(score["strengths"])
            ),
            services=tuple(self._service(name) for name in _listed(score["services"])),
            doubts=tuple(self._doubts(reasons)),
            missing=tuple(self._missing()),
            groups=groups_of(self.release, self.person["person_key"], theme.name)
            if theme.network is not None
            else (),
            accumulated=self._accumulated(),
            changed=self._changed(),
        )

    # --- what the release holds ------------------------------------------------------------------

    @cached_property
    def policy(self) -> Policy:
        return read_policy(self.release.folder / "policy")

    @cached_property
    def as_of(self) -> date:
        return dates.parse_iso(self.release.manifest["as_of"])

    @cached_property
    def theme(self) -> Theme:
        themes = self.policy.themes
        theme = themes.get(self.theme_name)
        if theme is None:
            raise ReleaseError(
                f"The policy has no theme {self.theme_name!r}. It has: {', '.join(themes)}."
            )
        if self.track not in theme.tracks():
            raise ReleaseError(
                f"{theme.title} has no {self.track} track. It has: {', '.join(theme.tracks())}."
            )
        return theme

    @cached_property
    def person(self) -> Row:
        return person_row(self.release, self.person_id)

    @cached_property
    def score(self) -> Row:
        """Give the score row; noughts for who has neither evidence nor network."""
        mine = (pc.field("person_id") == self.person_id) & (pc.field("theme") == self.theme.name)
        mine &= pc.field("track") == self.track
        found = pq.read_table(self.release.table("score"), filters=mine)
        if found.num_rows:
            return dict(found.to_pylist()[0])
        self._must_live()
        self._must_be_of_age()
        texts = {"strengths", "services", "trend"}
        return {name: "" if name in texts else 0 for name in found.column_names} | {
            "emerging": False
        }

    def _must_live(self) -> None:
        gone = int(self.stored.gone[self.person["person_key"]])
        if gone <= dates.day_number(self.as_of):
            raise ReleaseError(
                f"{self.person_id} is recorded as having died, as was known on "
                f"{dates.from_day_number(gone)}; nobody has a score from then on."
            )

    def _must_be_of_age(self) -> None:
        youngest, oldest = self.theme.tracks()[self.track].ages
        age = self._age(self.person)
        if age is None or not youngest <= age <= oldest:
            told = "whose date of birth is not known" if age is None else f"aged {age}"
            raise ReleaseError(
                f"{self.theme.title} ({self.track}) is asked of ages {youngest} to {oldest}; "
                f"{self.person_id}, {told}, has no such score."
            )

    @cached_property
    def plan(self) -> Plan:
        return Plan(self.policy)

    @cached_property
    def everybody(self) -> Any:
        columns = ["person_id", "person_key", "date_of_birth", "display_name", "seal"]
        person = pq.read_table(self.release.table("person"), columns=columns)
        return person.sort_by("person_key")

    @cached_property
    def stored(self) -> StoredContributions:
        return StoredContributions(self.release.folder / CONTRIBUTIONS)

    @cached_property
    def records(self) -> list[Row]:
        return records_of(self.release, [self.person_id])

    # --- own evidence ----------------------------------------------------------------------------

    @cached_property
    def scored(self) -> Person:
        key, born = self.person["person_key"], born_days(self.everybody)
        return Person(key, int(born[key]), self.stored.rows_of(key), self.stored.sets)

    def _reasons(self) -> tuple[Reason, ...]:
        asked = (self.scored, self.plan, self.theme.name, self.track, self.as_of)
        made = contributions_of(*asked)
        attention = self.score["attention"]
        without = {one.event_no: one.score for one in without_each(*asked, attention=attention)}
        components = self.theme.tracks()[self.track].components
        records = self._records_of(made)
        found = []
        for name, same in groupby(made, key=lambda one: one.component):
            mine = list(same)
            entries = tuple(
                self._entry(one, records[one.event_no], without[one.event_no]) for one in mine
            )
            points = sum(one.points for one in mine)
            capped = any(one.counted < one.evidence for one in mine)
            told = components[name]
            found.append(Reason(told.title, told.basis, points, capped, entries))
        return tuple(sorted(found, key=lambda one: (-one.points, one.title)))

    def _entry(self, one: Contribution, record: Row, without: float) -> Entry:
        return Entry(
            title=self.policy.kinds[one.kind].title,
            value=self._value(one.kind, record.get("value")),
            occurred_on=dates.from_day_number(one.occurred),
            known_on=dates.from_day_number(one.known),
            agency=self._agency(record.get("agency"), one.kind),
            source=record["source"],
            file=record.get("file"),
            row=record.get("row"),
            points=one.points,
            gravity=one.gravity,
            weight=one.weight,
            decay=one.decay,
            standing=one.standing,
            fades_from_on=dates.from_day_number(one.fades_from),
            without=without,
            unproven=one.unproven,
            poverty_proxy=one.poverty_proxy,
        )

    def _value(self, kind: str, value: float | None) -> str | None:
        what = self.policy.kinds[kind].value
        return None if what is None or value is None else say_value(what, value)

    def _records_of(self, made: Sequence[Contribution]) -> dict[int, Row]:
        path = self.release.folder / "facts" / "fact_event.parquet"
        numbers = sorted({one.event_no for one in made})
        return original_rows(self.release, rows_where(path, "event_no", numbers))

    def _agency(self, name: str | None, kind: str) -> str:
        return self.policy.agencies[name or self.policy.kinds[kind].agency].title

    def _service(self, name: str) -> str:
        kind = self.policy.kinds.get(f"involvement.{name}")
        return kind.title.removesuffix(" involved") if kind else name

    # --- the network -----------------------------------------------------------------------------

    def _near(self) -> Near | None:
        if self.theme.network is None:
            return None
        names = ("under_18_at_one_step", "under_18_at_two_steps", "adults_at_one_step",
                 "adults_at_two_steps")  # fmt: skip
        return Near(*(int(self.score[name] or 0) for name in names))

    def _tied(self) -> tuple[tuple[Tied, ...], int]:
        """Give those through whom the network bears on the person, and how many ways there are."""
        network, key = self.theme.network, self.person["person_key"]
        if network is None or self.score["network_points"] <= 0:
            return (), 0
        born, ties = born_days(self.everybody), read_ties(self.release.folder, self.as_of)
        index = index_on(self.stored, self.plan, born, [self.as_of], variants=1)[ALL, 0]
        adult = adults_on(born, self.as_of, self.policy.scoring.adult)
        position = self.plan.position(self.theme.name, self.track)
        choice = choice_of(self.plan, position, proven=False)
        if choice is None:
            return (), 0
        seeds = seeds_of(self.plan, position, index, adult)
        reach = next(reaches(ties, self.plan, born, [self.as_of]))
        paths = reach.paths(choice, network, key, seeds)
        whole = sum(path.points for path in paths)
        added = float(network_points(network, np.float64(self.score["index"]), whole))
        rules, told = Rules(self.policy), []
        for path in paths[:MOST_TIED]:
            points = added * path.points / whole
            if points >= LEAST_POINTS:
                told.append(self._one_tied(path, points, float(seeds[path.source]), ties, rules))
        return tuple(told), len(paths)

    def _one_tied(
        self, path: TiePath, points: float, carries: float, ties: Any, rules: Rules
    ) -> Tied:
        beside = path.source if path.through is None else path.through
        source = self._who(path.source)
        between = None if path.through is None else self._who(path.through)
        return Tied(
            person_id=source["person_id"],
            who=other_called(source),
            age=None if is_sealed(source) else self._age(source),
            carries=carries,
            points=points,
            through=None if between is None else other_called(between),
            through_id=None if between is None else between["person_id"],
            # Dates and roles could tell who somebody with a sealed record is.
            occasions=()
            if is_sealed(source) or is_sealed(between or source)
            else tuple(self._occasions(beside, ties, rules)),
        )

    def _occasions(self, other: int, ties: Any, rules: Rules) -> list[Occasion]:
        """List what ties the person to another, as it is known on the date, latest first."""
        first, second = sorted((self.person["person_key"], other))
        names = called(self._who(first)), called(self._who(second))
        today = dates.day_number(self.as_of)
        table = ties.table.data
        mine = (pc.field("person_a") == first) & (pc.field("person_b") == second)
        mine &= (pc.field("known") <= today) & (pc.field("superseded") > today)
        found = {}
        for row in table.filter(mine).to_pylist():
            rule = rules.rules[row["rule"]]
            ended = row["occurred"] < row["ended"] <= today and row["end_known"] <= today
            occasion = Occasion(
                title=tie_title(self.policy, rule, row["direction"], *names),
                occurred_on=dates.from_day_number(row["occurred"]),
                ended_on=dates.from_day_number(row["ended"]) if ended else None,
                unproven=row["grade"] >= 0 and row["proven"] < 0,
            )
            found[row["rule"], row["occasion"]] = occasion
        return sorted(found.values(), key=lambda one: (one.occurred_on, one.title), reverse=True)

    def _who(self, key: int) -> Row:
        return dict(self.everybody.slice(key, 1).to_pylist()[0])

    def _age(self, person: Mapping[str, Any]) -> int | None:
        born = person["date_of_birth"]
        return None if born is None else dates.age_in_years(born, self.as_of)

    # --- the past, doubts and gaps ---------------------------------------------------------------

    def _months(self) -> tuple[Month, ...]:
        memory = ScoreMemory(self.release.folder / HISTORY)
        rows = memory.of_person(self.person["person_key"]).data.to_pylist()
        mine = {row["as_of"]: row for row in rows
                if (row["theme"], row["track"]) == (self.theme.name, self.track)}  # fmt: skip
        nought = {"index": 0.0, "network_points": 0.0}
        told = [(day, mine.get(day, nought)) for day in memory.dates()]
        return tuple(Month(day, row["index"], row["network_points"]) for day, row in told)

    def _changed(self) -> Changed | None:
        """Say by record what changed since the month before; None where none is remembered."""
        earlier = [month for month in self._months() if month.on < self.as_of]
        if not earlier:
            return None
        last = earlier[-1]
        moved = changes(self.scored, self.plan, self.theme.name, self.track, last.on, self.as_of)
        records = self._records_of([one.contribution for one in moved])
        return Changed(
            since=last.on,
            index=fsum(one.before for one in moved),
            network_points=last.network_points,
            records=tuple(self._change(one, records[one.event_no]) for one in moved if one.change),
        )

    def _change(self, one: Moved, record: Row) -> Change:
        told = one.contribution
        return Change(
            title=self.policy.kinds[one.kind].title,
            line=self.theme.tracks()[self.track].components[one.component].title,
            occurred_on=dates.from_day_number(told.occurred),
            known_on=dates.from_day_number(told.known),
            agency=self._agency(record.get("agency"), one.kind),
            how=one.how,
            before=one.before,
            after=one.after,
        )

    def _doubts(self, reasons: Sequence[Reason]) -> list[str]:
        person = self.person
        judged = calibration_of(self.release).judged
        basis = f"calibrated by {judged:,} judged pairs" if judged else "not calibrated"
        count = len(self.records)
        sure = f"{person['match_confidence']:.3f} ({basis})"
        records = "records are" if count > 1 else "record is"
        told = [f"{count} {records} taken to be one person, with probability {sure}."]
        entries = [entry for reason in reasons for entry in reason.entries]
        unproven = sum(entry.unproven for entry in entries)
        if unproven:
            told.append(f"{_of(unproven, entries)} unproven information.")
        poverty = sum(entry.poverty_proxy for entry in entries)
        if poverty:
            told.append(f"{_of(poverty, entries)} such as may stand for poverty, which is no harm.")
        unclosed = sum(entry.standing == "unclosed" for entry in entries)
        if unclosed:
            told.append(
                f"{_of(unclosed, entries)} open for so long that somebody may have forgotten to close it; it counts less."
            )
        late = sum(dates.days_between(one.occurred_on, one.known_on) > LATE_DAYS for one in entries)
        if late:
            told.append(f"{_of(late, entries)} known more than {LATE_DAYS} days after.")
        latest = max((one.occurred_on for one in entries), default=None)
        if latest and dates.days_between(latest, self.as_of) > STALE_DAYS:
            told.append(f"Nothing that counts here was recorded after {latest:%-d %B %Y}.")
        told.append(self._exposure())
        return told + self._harming()

    def _harming(self) -> list[str]:
        """Say of an adult on the side of the harmed that they are on the other side as well."""
        mine = (pc.field("person_id") == self.person_id) & (pc.field("theme") == self.theme.name)
        mine &= pc.field("track") == "perpetrator"
        rows = pq.read_table(self.release.table("score"), filters=mine).to_pylist()
        if self.track == "perpetrator" or not rows or not rows[0]["index"]:
            return []
        points = f"{rows[0]['index']:.1f} points of own evidence"
        told = f"They are on the side of those who may harm as well, with {points} there."
        return [f"{told} What people around them add may come from those whom they harmed."]

    def _exposure(self) -> str:
        agencies, usual = self.score["agencies"] or 0, self.score["usual_agencies"] or 0.0
        count = {0: "No agency", 1: "One agency"}.get(agencies, f"{agencies} agencies")
        told = f"{count} recorded something of them in the year before"
        if agencies == usual:
            return f"{told}, as is usual at this age."
        seen = "more" if agencies > usual else "less"
        return f"{told}; {usual:g} is usual at this age, so {seen} could be seen of them than of others."

    def _missing(self) -> list[str]:
        held = sources_of(self.release, self.records)
        absent = [one for one in held if not one["holds"]]
        return [
            f"{self.policy.agencies[one['agency']].title}: no record in {one['source']} "
            f"(sent {dates.parse_iso(one['extracted_on']):%-d %B %Y})"
            for one in sorted(absent, key=lambda one: (one["agency"], one["source"]))
        ]

    def _accumulated(self) -> Accumulated | None:
        if self.policy.accumulation is None or self.track != "victim":
            return None
        key = self.person["person_key"]
        standing = [row for row in rows_where(self.release.table("accumulation"), "person_key", [key])
                    if row["stands"]]  # fmt: skip
        if not standing:
            return None
        row = standing[0]
        kinds = sorted(self.policy.kinds)
        agencies = sorted(self.policy.agencies)
        events = rows_where(self.release.table("accumulation_event"), "person_key", [key])
        return Accumulated(
            since=row["since"],
            events=row["events"],
            expected=row["expected"],
            agencies=row["agencies"],
            entries=tuple(
                (event["known_on"], self.policy.kinds[kinds[event["kind"]]].title,
                 self.policy.agencies[agencies[event["agency"]]].title)
                for event in events
            ),
        )  # fmt: skip


def _of(some: int, entries: Sequence[Entry]) -> str:
    if some == len(entries):
        return "The one record is" if some == 1 else f"All {some} records are"
    return f"{some} of {len(entries)} records {'is' if some == 1 else 'are'}"


def _listed(text: str | None) -> list[str]:
    return text.split(", ") if text else []
