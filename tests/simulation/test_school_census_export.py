"""The school census that is sent: whole, under the schools' own numbers, and with no truth in it."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from kithkin.model.dates import day_number
from kithkin.simulation.agencies.education import education_files
from kithkin.simulation.calendar import NEVER
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile, Column, Register
from kithkin.simulation.sending.manifest import write_manifest
from kithkin.simulation.sending.registers import make_register
from kithkin.simulation.sending.school_census import write_school_census
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.mistakes import MistakeSettings
from kithkin.simulation.settings.services import ServiceSettings
from tests.simulation.hand_made_care import ENDS, hand_made_county
from tests.simulation.loading_returns import load

EARLIER = date(2024, 12, 31)


@cache
def modules() -> tuple[AgencyFile, ...]:
    files = education_files(hand_made_county(), read_section(ServiceSettings))
    return tuple(files)


def schools_register(county: County) -> Register:
    known = np.full(len(county.world.people), NEVER, dtype=np.int32)
    for file in modules():
        np.minimum.at(known, file.columns[0].values, file.known)
    people = np.flatnonzero(known != NEVER).astype(np.int32)
    settings = read_section(MistakeSettings)
    return make_register("school_census", people, known[people], county, settings)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_of_every_module_is_loaded(tmp_path: Path) -> None:
    county = hand_made_county()
    register = schools_register(county)
    found = load(tmp_path, write_school_census(tmp_path, county, modules(), register, ENDS))
    accounts = found.tables["file_account"]
    assert sum(each["rows_in"] for each in accounts) == sum(map(len, modules()))
    assert all(each["rows_in"] == each["loaded"] for each in accounts)
    pupils = {row["record_id"] for row in found.tables["person_record"]}
    assert {int(pupil.partition("/")[0]) for pupil in pupils} <= set(register.number.tolist())
    schools = {str(urn) for urn in county.world.schools.urn}
    registered = [row for row in found.tables["event"] if "registration" in row["kind"]]
    assert {row["detail"] for row in registered} <= schools


def test_only_censuses_that_had_been_received_are_sent(tmp_path: Path) -> None:
    county = hand_made_county()
    sent = write_school_census(tmp_path, county, modules(), schools_register(county), EARLIER)
    due = {f"school_census/{file.file}.csv" for file in modules()
           if len(file) and file.known[0] <= day_number(EARLIER)}  # fmt: skip
    assert set(sent.files) == due
    assert len(due) < len({file.file for file in modules() if len(file)})


def test_the_same_modules_give_the_same_bytes(tmp_path: Path) -> None:
    county, hashes = hand_made_county(), []
    for folder in (tmp_path / "first", tmp_path / "second"):
        sent = write_school_census(folder, county, modules(), schools_register(county), ENDS)
        hashes.append([hashlib.sha256((folder / f).read_bytes()).hexdigest() for f in sent.files])
    assert hashes[0] == hashes[1]


def test_rows_stand_in_order_of_the_pupils_numbers(tmp_path: Path) -> None:
    county = hand_made_county()
    write_school_census(tmp_path, county, modules(), schools_register(county), ENDS)
    rows = rows_of(tmp_path / "school_census" / "2025_autumn_pupilonroll.csv")
    numbers = [int(row["pupilonrolltableid"]) for row in rows]
    assert len(numbers) > 100
    assert numbers == sorted(numbers)


def test_the_manifest_says_which_schools_are_not_mainstream(tmp_path: Path) -> None:
    county = hand_made_county()
    sent = write_school_census(tmp_path, county, modules(), schools_register(county), ENDS)
    manifest = tomllib.loads(write_manifest(tmp_path, [sent]).read_text(encoding="utf-8"))
    schools = manifest["feed"][0]["options"]["schools"]
    assert schools
    assert set(schools.values()) <= {"pupil_referral_unit", "special_school"}


def test_a_column_that_the_census_has_not_is_refused(tmp_path: Path) -> None:
    county, first = hand_made_county(), modules()[0]
    minutes = Column("at", "minute", np.zeros(len(first), dtype=np.int64))
    wrong = AgencyFile(first.feed, first.file, (*first.columns, minutes), first.known)
    with pytest.raises(ValueError, match="column at is of kind 'minute'"):
        write_school_census(tmp_path, county, [wrong], schools_register(county), ENDS)
