"""The two public linkage sets as source tables, and pairwise precision and recall."""

import csv
from collections.abc import Iterable
from datetime import date
from itertools import combinations
from pathlib import Path

from kithkin.people import PeopleTables
from tests.people.records import Town

Pairs = set[tuple[str, str]]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def csc_and_education(csc: Path, education: Path) -> tuple[Town, Pairs]:
    """Row i of one file is the person of row i of the other."""
    town = Town()
    for source, path in (("csc", csc), ("education", education)):
        for at, row in enumerate(read(path)):
            key, *lines = f"{source}/{at:04}", *row["Address"].split("\n")
            town.person(
                key,
                row["First Name"],
                surname=row["Last Name"],
                date_of_birth=date.fromisoformat(row["Date Of Birth"]),
                sex=row["Gender"][:1],
            )
            place = " ".join(lines).upper()
            town.address(place, line=lines[0], postcode=lines[-1]).lives(key, place)
    return town, {(f"csc/{at:04}", f"education/{at:04}") for at in range(500)}


def fake_1000(path: Path) -> tuple[Town, Pairs]:
    """Splink's made-up set; its email address stands for an unchecked personal number."""
    town, people = Town(), {}
    for row in read(path):
        key = f"fake/{int(row['unique_id']):04}"
        people.setdefault(row["cluster"], []).append(key)
        town.person(
            key,
            row["first_name"] or None,
            surname=row["surname"] or None,
            date_of_birth=date.fromisoformat(row["dob"]) if row["dob"] else None,
        )
        if row["email"]:
            town.number(key, "account", row["email"], "unchecked")
    return town, {pair for keys in people.values() for pair in combinations(sorted(keys), 2)}


def linked_pairs(people: PeopleTables) -> Pairs:
    """Every two records of one person."""
    records: dict[str, list[str]] = {}
    for row in people.person_link.data.to_pylist():
        records.setdefault(row["person_id"], []).append(f"{row['source']}/{row['record_id']}")
    return {pair for keys in records.values() for pair in combinations(sorted(keys), 2)}


def precision_and_recall(found: Iterable[tuple[str, str]], true: Pairs) -> tuple[float, float]:
    found = set(found)
    return len(found & true) / len(found), len(found & true) / len(true)
