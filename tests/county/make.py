"""Makes the files of persons in `feeds/` from people.csv and truth.csv, and draws the families.

Run it after an edit: `python tests/county/make.py`. What happened to people is written by hand in
the other files of `feeds/` and is never touched. `tests/test_county.py` holds that what is
committed is what this makes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from county.picture import picture

HERE = Path(__file__).resolve().parent
PICTURE = HERE.parents[1] / "docs" / "county.svg"
Row = dict[str, str]

SOCIAL_CARE = {
    "pers_forename": "forename",
    "pers_surname": "surname",
    "pers_dob": "date_of_birth",
    "pers_expected_dob": "expected_date_of_birth",
    "pers_death_date": "date_of_death",
    "pers_sex": "sex",
    "pers_ethnicity": "ethnicity",
    "pers_common_child_id": "nhs_number",
    "pers_upn": "upn",
}
NAMED = ("forename", "surname", "date_of_birth", "sex")
AT_HOME = ("address", "town", "postcode")
HEALTH = (
    "nhs_number", "forename", "surname", "date_of_birth", "expected_date_of_birth",
    "date_of_death", "sex", "ethnicity", *AT_HOME,
)  # fmt: skip

# File of persons of each feed: its path, the column of the record id, other columns.
FILES: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "social-care": ("social_care/ssd_person.csv", "pers_person_id", SOCIAL_CARE),
    "police": ("police/nominal.csv", "nominal_id", {c: c for c in (*NAMED, "ethnicity", *AT_HOME)}),
    "health": ("health/patient.csv", "patient_id", {c: c for c in HEALTH}),
    "housing": ("housing/person.csv", "person_id", {c: c for c in NAMED}),
    "benefits": ("benefits/person.csv", "person_id", {c: c for c in NAMED}),
    "youth-justice": (
        "youth_justice/person.csv", "person_id", {c: c for c in (*NAMED, "ethnicity", *AT_HOME)},
    ),
    "early-help": (
        "early_help/person.csv", "person_id", {c: c for c in ("nhs_number", *NAMED, *AT_HOME)},
    ),
}  # fmt: skip
SEALED = {"101": "S2", "102": "S2"}  # fled from violence: their record at social care is sealed

ROLL = (
    "pupilonrolltableid", "NativeId", "upn", "surname", "forename", "dob", "sex", "entrydate",
    "senprovision", "termlysessionspossible", "termlysessionsauthorised",
    "termlysessionsunauthorised",
)  # fmt: skip


def read(name: str) -> list[Row]:
    """Read one of the county's own files."""
    with (HERE / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def made() -> dict[Path, str]:
    """Give the contents of every file that this makes, by its path."""
    people = {person["who"]: person for person in read("people.csv")}
    known = read("truth.csv")
    files = {HERE / "feeds" / FILES[s][0]: _persons(s, people, known) for s in FILES}
    files[HERE / "feeds/schools/2026_spring_pupilonroll.csv"] = _roll(people, known)
    files[PICTURE] = picture(list(people.values()), known, read("ties.csv"))
    return files


def as_known(person: Row, record: Row) -> Row:
    """Give a person's details as one agency has them, errors and all."""
    differs = dict(part.strip().split("=") for part in record["differs"].split(";") if part)
    return {**person, **differs}


def _persons(source: str, people: Mapping[str, Row], known: Iterable[Row]) -> str:
    _, key, columns = FILES[source]
    sealed = ["pers_restricted_flag"] if source == "social-care" else []
    rows = []
    for record in known:
        if record["source"] == source:
            details = as_known(people[record["who"]], record)
            row = [record["record_id"], *(details[name] for name in columns.values())]
            rows.append(row + [SEALED.get(record["who"], "") for _ in sealed])
    return _csv([[key, *columns, *sealed], *rows])


def _roll(people: Mapping[str, Row], known: Iterable[Row]) -> str:
    records = {record["who"]: record for record in known if record["source"] == "schools"}
    rows: list[list[str]] = [list(ROLL)]
    for pupil in read("schools.csv"):
        record = records[pupil["who"]]
        details = as_known(people[pupil["who"]], record)
        rows.append(
            [record["record_id"], pupil["school"]]
            + [details[name] for name in ("upn", "surname", "forename", "date_of_birth", "sex")]
            + list(pupil.values())[2:]
        )
    return _csv(rows)


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    for path, content in made().items():
        path.write_text(content, encoding="utf-8")
