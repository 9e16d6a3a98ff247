"""Ten runs of a small county: shuffled, grown, corrected and decided upon.

The promise (issue 4, shows 6): ids change only for persons who were really merged or split, each
with lineage; every decision is honoured; what may never be joined never is.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from kithkin.model import dates
from kithkin.people import Before, PeopleTables, build_people
from kithkin.people.deciding import read_decisions, record_decision, replay
from kithkin.people.identity import PersonIndex
from kithkin.people.resolving.rulings import settle
from tests.people.records import Town

RUNS = 10
PEOPLE = 270
GROWN = 300  # 11% more
DECISIONS_A_RUN = 20
FEEDS = ("council", "health", "school")
FORENAMES = ("Ayaan", "Bea", "Chloe", "Dev", "Esra", "Finn", "Grace", "Hana", "Idris", "Jo", "Kit",
             "Lena", "Mo", "Nia", "Omar", "Pia", "Rosa", "Sol", "Tess", "Zara")  # fmt: skip
SURNAMES = ("Price", "Rowe", "Dhillon", "Osei", "Novak", "Evans", "Malik", "Byrne", "Castro",
            "Yilmaz", "Okafor", "Lindqvist", "Marsh", "Quinn", "Stone")  # fmt: skip
Key = tuple[str, str]


@dataclass
class County:
    """Records by key: forename, surname, date of birth."""

    chance: random.Random
    records: dict[Key, tuple[str, str, date]] = field(default_factory=dict)
    people: int = 0

    def grow(self, to: int) -> None:
        for person in range(self.people, to):
            told = (self.chance.choice(FORENAMES), self.chance.choice(SURNAMES), self.birthday())
            for feed in self.chance.sample(FEEDS, self.chance.choice((1, 2, 3))):
                self.records[feed, f"{self.chance.randrange(10**6):06}-{person}"] = told
        self.people = to

    def correct(self, many: int) -> None:
        """Correct names and dates of some records, and take some out."""
        for key in self.chance.sample(sorted(self.records), many):
            forename, surname, born = self.records[key]
            self.records[key] = self.chance.choice(
                [(forename, self.chance.choice(SURNAMES), born),
                 (forename, surname, self.birthday()), (forename[:-1], surname, born)]
            )  # fmt: skip
        for key in self.chance.sample(sorted(self.records), many // 4):
            del self.records[key]

    def birthday(self) -> date:
        return dates.add_days(date(2005, 1, 1), self.chance.randrange(5000))

    def build(self, before: Before, on: date) -> PeopleTables:
        town = Town()
        for (source, record), (forename, surname, born) in self.records.items():
            town.person(f"{source}/{record}", forename, surname=surname, date_of_birth=born)
        return build_people(
            town.connection(shuffle=self.chance.shuffle), before=before, as_of=on, most_people=12
        )

    def decide(self, path: Path, built: PersonIndex) -> None:
        """Decide about pairs of one person, and of two; take some decisions back."""
        together = [sorted(keys) for keys in built.persons().values() if len(keys) > 1]
        for _ in range(DECISIONS_A_RUN):
            kind = self.chance.choice(("same", "different", "confirmed", "never", "withdrawn"))
            told = read_decisions(path)
            taken_back = {one.withdraws for one in told}
            left = [d.decision_id for d in told
                    if d.kind != "withdrawn" and d.decision_id not in taken_back]  # fmt: skip
            pair = self.chance.sample(
                self.chance.choice(together) if kind != "same" else sorted(self.records), 2
            )
            withdrawn = kind == "withdrawn" and bool(left)
            record_decision(
                path, kind=kind if withdrawn or kind != "withdrawn" else "same",
                by="R. Osei", why="seen", at=datetime(2026, 1, 1, tzinfo=UTC),
                pair=None if withdrawn else (pair[0], pair[1]),
                withdraws=self.chance.choice(left) if withdrawn else None,
            )  # fmt: skip


def unexplained(before: PersonIndex, after: PersonIndex) -> list[str]:
    """List the persons of before whose id changed though nobody joined or left them.

    Records that came or went are no merger and no split.
    """
    now = {key: person for person, keys in after.persons().items() for key in keys}
    then = {key: person for person, keys in before.persons().items() for key in keys}
    came_together: defaultdict[str, set[str]] = defaultdict(set)
    for key, person in now.items():
        if key in then:
            came_together[person].add(then[key])
    found = []
    for person, keys in before.persons().items():
        heirs = {now[key] for key in keys if key in now}
        whole = len(heirs) == 1 and came_together[next(iter(heirs))] == {person}
        if whole and heirs != {person}:
            found.append(person)
    return found


def unsaid(before: PersonIndex, after: PersonIndex, never: set[frozenset[Key]]) -> list[Key]:
    """List the records that changed their id without lineage, but for persons of a `never` pair.

    Of the ids that such a person had, some would lead to the other of the pair: those are not told.
    """
    now = {key: person for person, keys in after.persons().items() for key in keys}
    said = {
        frozenset((row["person_id"], row["other_person_id"]))
        for row in after.lineage.data.to_pylist()
    }
    kept_apart = {now[key] for pair in never for key in pair if key in now}
    return [
        key
        for person, keys in before.persons().items()
        for key in keys
        if key in now and now[key] != person
        and frozenset((person, now[key])) not in said and now[key] not in kept_apart
    ]  # fmt: skip


@pytest.mark.slow
def test_ten_runs_change_ids_only_where_persons_merged_or_split_and_honour_every_decision(
    tmp_path: Path,
) -> None:
    county = County(random.Random(4))  # noqa: S311
    path = tmp_path / "decisions.jsonl"
    county.grow(PEOPLE)
    built = county.build(Before(), date(2026, 1, 31))
    before, model, changed = PersonIndex(built.person_index, built.person_lineage), built.model, 0
    for run in range(1, RUNS + 1):
        county.grow(PEOPLE + (GROWN - PEOPLE) * run // RUNS)
        county.correct(12)
        county.decide(path, before)
        decisions = read_decisions(path)
        going_on = Before(before, model, decisions)
        on = dates.add_months(date(2026, 1, 31), run)
        built = county.build(going_on, on)
        after = PersonIndex(built.person_index, built.person_lineage)
        keys = built.person_link.data.select(["source", "record_id"])
        ids = built.person_link.data.column("person_id").to_pylist()
        rulings = replay(decisions, keys).rulings
        assert [ids[a] != ids[b] for a, b, _ in rulings.never] == [True] * len(rulings.never)
        assert all(ids[a] != ids[b] for a, b, _ in rulings.different)
        assert all(ids[a] == ids[b] for a, b, _ in settle(rulings).joined)
        never = {d.pair for d in decisions if d.kind == "never"}
        assert unexplained(before, after) == []
        assert unsaid(before, after, {frozenset(pair) for pair in never}) == []
        again = county.build(Before(after, built.model, decisions), on)
        assert again.person_index.data.equals(built.person_index.data)
        changed += after.version > before.version
        before, model = after, built.model
    assert len(read_decisions(path)) == RUNS * DECISIONS_A_RUN
    assert changed == RUNS
