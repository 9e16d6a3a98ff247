"""Batches onto a small county, one after another: each gives exactly what a full run gives.

Families with twins, likenesses of names, numbers on the wrong record, babies without a name, moves,
relationships and decisions come, change and go; what is kept of the run before is gone on from.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from kithkin.model.dates import add_months
from kithkin.people import Before, PeopleTables, build_people
from kithkin.people.arriving import (
    add_batch,
    build_and_keep,
    gathering,
    going_on,
    renewing,
    retelling,
    settling,
)
from kithkin.people.arriving.moves import KeptRun
from kithkin.people.deciding import Decision
from kithkin.people.identity import PersonIndex
from kithkin.people.pairs import LinkageModel
from tests.people.records import Town
from tests.people.test_pairs import learnt

FORENAMES = ("Chloe", "Lily", "Lilly", "Mohammed", "Muhammad", "Zara", "Idris", "Ali", "Alia", "Sara",
             "Sarah", "Jon", "John", "Max", "Maxine", "Xyloo")  # fmt: skip
SURNAMES = ("Price", "Okoro", "Smith", "Smyth", "Khan", "Evans-Rowe", "Evans")
STARTS = (
    "bra",
    "cor",
    "dun",
    "fel",
    "gri",
    "hol",
    "ker",
    "lam",
    "mor",
    "pen",
    "ros",
    "tre",
    "wick",
)
ENDS = ("by", "combe", "don", "field", "grave", "ham", "kin", "ley", "mont", "ster", "ton", "worth")
SOURCES = ("ssd", "health", "school", "housing")
KINDS = ("mother", "father", "parent", "sibling", "partner", "carer", "family_member",
         "household_member")  # fmt: skip
FAMILIES = 130
BATCHES = 3


@pytest.fixture(scope="module")
def model() -> LinkageModel:
    """Give a model that a larger county teaches: so few pairs that families stand apart."""
    found = replace(learnt(county(Random(1), 400)), prior=1e-5)  # noqa: S311 - not a secret
    assert found.source == "trained"
    return found


def day(random: Random, first: int, last: int) -> date:
    return date(random.randrange(first, last), random.randrange(1, 13), random.randrange(1, 29))


def county(random: Random, families: int, first: int = 0) -> Town:
    """Give families of one to five, each known to some sources."""
    town = Town()
    for family in range(first, first + families):
        rare = f"{random.choice(STARTS)}{random.choice(ENDS)}".capitalize()
        surname = rare if random.random() < 0.8 else random.choice(SURNAMES)
        town.address(
            f"home{family}", line=f"{family - family % 9 // 8} Mill Lane", town="Stroud",
            postcode=f"GL{family % 5} 1AA", uprn=f"{family}" if family % 3 else None,
        )  # fmt: skip
        births = [day(random, 1960, 1990), day(random, 2008, 2024)]
        births += random.choice([[], [births[1]], [births[1], day(random, 2008, 2024)]])
        for at, born in enumerate(births):
            known(town, random, f"{family:03}{at}", surname, born, family)
    for source in SOURCES:
        theirs = [one["record_id"] for one in town.rows["person_record"] if one["source"] == source]
        for one in theirs:
            near = [other for other in theirs if other[:3] == one[:3] and other != one]
            for other in near[:2]:
                town.related(f"{source}/{one}", random.choice(KINDS), f"{source}/{other}")
    return town


def known(town: Town, random: Random, person: str, surname: str, born: date, family: int) -> None:
    """Add a person's records: names spelt so or so, a number that is theirs, or their sibling's."""
    forename = random.choice(FORENAMES)
    for source in random.sample(SOURCES, random.choice([1, 2, 3, 4])):
        key = f"{source}/{person}"
        said = forename if random.random() < 0.85 else random.choice([*FORENAMES, None])
        middle = random.choice([None, None, "Jane", "Rose", "J"])
        when = born if random.random() < 0.9 else random.choice([None, add_months(born, 12)])
        town.person(
            key, said, surname=surname, date_of_birth=when, middle_names=middle,
            sex=random.choice(["F", "F", "F", "M", None]), seal=random.choice([None] * 20 + ["S2"]),
        )  # fmt: skip
        owner = person if random.random() < 0.9 else f"{person[:3]}{random.randrange(4)}"
        if random.random() < 0.6:
            town.number(key, "nhs_number", f"9{owner}00000")
        if random.random() < 0.4:
            town.number(key, random.choice(["upn", "former_upn"]), f"A{owner}00000000")
            town.number(key, "upn", f"B{person}00000000")
        if random.random() < 0.3:
            town.number(key, "case_id", owner, "unchecked")
        town.number(key, "phone", f"01452 396{family:03}", "unchecked")
        for home in {family, random.randrange(FAMILIES)} if random.random() < 0.1 else {family}:
            since = random.choice([None, day(random, 2000, 2026)])
            until = add_months(since, 20) if since and random.random() < 0.3 else None
            town.lives(key, f"home{home}", since, until)


def altered(town: Town, random: Random) -> Town:
    """Give a town from which some rows are gone, in which some are changed, and with new families."""
    now = Town()
    now.rows = {
        name: [dict(row) for row in rows if name == "address" or random.random() < 0.997]
        for name, rows in town.rows.items()
    }
    people = now.rows["person_record"]
    for row in random.sample(people, 3):
        row["forename"] = random.choice(FORENAMES)
    for row in random.sample(people, 2):
        row["date_of_birth"], row["date_of_death"] = (
            day(random, 1960, 2024),
            day(random, 2024, 2026),
        )
    for name, column in (
        ("identifier", "value"), ("residence", "address_id"), ("residence", "started_on"),
        ("relationship", "kind"), ("address", "uprn"), ("person_record", "seal"),
        ("person_record", "ethnicity"), ("identifier", "check"),
    ):  # fmt: skip
        if random.random() < 0.5:
            continue
        one, other = random.sample(now.rows[name], 2)
        one[column] = other.get(column)
    more = county(random, 1, random.randrange(50, 900))
    for name, rows in more.rows.items():
        now.rows[name] += rows
    return now


def decided(town: Town, random: Random, at: int) -> Decision:
    """Give a decision about two records, likely of one family."""
    keys = sorted((row["source"], row["record_id"]) for row in town.rows["person_record"])
    one = random.choice(keys)
    near = [key for key in keys if key[1][:3] == one[1][:3] and key != one] or keys[:1]
    left, right = sorted([one, random.choice(near)])
    kind = random.choice(["same", "different", "confirmed", "never"])
    return Decision(f"D{at}", kind, *left, *right, None, "A", "2026-02-01T00:00:00Z", "asked")


def assert_the_same(ours: PeopleTables, theirs: PeopleTables) -> None:
    for one, other in zip(ours.tables(), theirs.tables(), strict=True):
        assert one.data.equals(other.data), one.name
    assert ours.account == theirs.account


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_every_batch_gives_what_a_full_run_gives(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: LinkageModel
) -> None:
    random = Random(seed)  # noqa: S311 - a small county, not a secret
    town = county(random, FAMILIES)
    decisions = [decided(town, random, 0)]
    folders = [tmp_path / str(at) for at in range(BATCHES + 1)]
    for folder in folders:
        folder.mkdir()
    before = Before(model=model, decisions=tuple(decisions))
    people = build_and_keep(town.connection(), folders[0], before=before)
    for room in (renewing, gathering, settling, retelling):
        monkeypatch.setattr(room, "MOST", 1.0)
    for stage in ("score_pairs", "gather_evidence", "resolve_here", "person_table"):
        monkeypatch.setattr(going_on, stage, None)  # no stage is done as if nothing were kept
    for at in range(1, BATCHES + 1):
        town = altered(town, random)
        decisions += [decided(town, random, 10 * at + more) for more in range(3)]
        before = Before(
            PersonIndex(people.person_index, people.person_lineage), model, tuple(decisions)
        )
        day_of = date(2026, 2, at)
        full = build_people(town.connection(), before=before, as_of=day_of)
        people = add_batch(
            town.connection(), folders[at - 1], before=before, keep=folders[at], as_of=day_of
        )
        assert_the_same(people, full)


def test_what_another_run_left_or_others_made_is_not_gone_on_from(tmp_path: Path) -> None:
    table = pa.table({"rid": [1, 2]})
    KeptRun(tmp_path, b"one").write("told", table, b"by these rules")
    read = KeptRun(tmp_path, b"one").read(("told",), b"by these rules")
    assert read is not None
    assert read["told"].equals(table)
    assert KeptRun(tmp_path, b"other").read(("told",), b"by these rules") is None
    assert KeptRun(tmp_path, b"one").read(("told",), b"by others") is None
    assert KeptRun(tmp_path, b"one").read(("told", "gone"), b"by these rules") is None
