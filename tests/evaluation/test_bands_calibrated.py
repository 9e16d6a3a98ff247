"""A judged sheet and decisions on the review queue correct what the next run states."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cli.commands import Typed
from kithkin.evaluation import EvaluationError
from kithkin.evaluation.linkage import (
    calibrate,
    read_released,
    read_reviewed,
    sample_for_review,
    write_sample,
)
from kithkin.evaluation.linkage.reviewed import Answer, Reviewed
from kithkin.people import Before, build_people
from kithkin.people.certainty import CALIBRATION, read_calibration
from kithkin.people.deciding import DECISIONS, read_decisions, record_decision
from kithkin.people.rules import linkage_rules
from tests.people.records import Town

HOMES = 12
AS_OF = date(2026, 1, 31)
SURNAMES = ("Ashe", "Bello", "Cole", "Dunn", "Eze", "Ford", "Gray", "Holt", "Iqbal", "Jones",
            "Khan", "Lowe")  # fmt: skip


def street() -> Town:
    """Twelve homes, each with a pair of possible twins and a mother known to two agencies."""
    made = Town()
    for at, surname in enumerate(SURNAMES):
        home = f"home{at}"
        made.address(home, line=f"{at + 1} High Street", postcode=f"GL1 {at % 10}A{chr(65 + at)}")
        born = date(2010 + at % 7, 1 + at, 3 + at)
        for name in ("Ayaan", "Idris"):
            made.person(f"school/{name}{at}", name, surname=surname, date_of_birth=born)
            made.lives(f"school/{name}{at}", home)
        for source in ("health", "council"):
            made.person(f"{source}/mum{at}", "Esra", surname=surname,
                        date_of_birth=date(1980 + at, 1 + at, 9 + at))  # fmt: skip
            made.lives(f"{source}/mum{at}", home)
    return made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a release of the street."""
    root = tmp_path_factory.mktemp("workspace")
    folder = root / "releases" / "2026-01-31-street"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text('{"as_of": "2026-01-31"}')
    (root / "latest").write_text("2026-01-31-street\n")
    con = street().connection()
    built = build_people(con)
    for table in built.tables():
        pq.write_table(table.data, folder / f"{table.name}.parquet")
    for name in ("person_record", "identifier", "address", "residence"):
        pq.write_table(con.table(name).to_arrow_table(), folder / f"{name}.parquet")
    built.model.save(folder)
    return root


def judged_sheet(made: Path, out: Path, answer: Callable[[str, str], str]) -> Path:
    """Draw every pair, and write the answer to its two forenames beside it."""
    folder = made / "releases" / "2026-01-31-street"
    sample = sample_for_review(read_released(folder, AS_OF), [], 500, seed=1)
    sheet, _ = write_sample(sample, folder, out)
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        for row in rows:
            writer.writerow({**row, "answer": answer(row["forename 1"], row["forename 2"])})
    return sheet


def truthful(one: str, other: str) -> str:
    return "same" if one == other else "different"


def test_the_next_run_states_what_a_judged_sheet_taught(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = judged_sheet(made, tmp_path, truthful)
    said = Typed(monkeypatch, capsys)(
        "evaluate", "linkage", "--reviewed", sheet, "--calibrate", "--workspace", made
    )
    assert said.status == 0
    assert "possible twins" in said.out
    calibration = read_calibration((made / CALIBRATION).read_bytes())
    (made / CALIBRATION).unlink()
    before, after = (
        build_people(street().connection(), before=Before(calibration=each)).person_pair_review.data
        for each in (Before().calibration, calibration)
    )
    stated, calibrated = (max(each.column("probability").to_pylist()) for each in (before, after))
    assert calibrated < 0.1 < stated


def test_each_reason_is_told_with_what_was_stated_and_what_was_true(
    made: Path, tmp_path: Path
) -> None:
    reviewed = read_reviewed(judged_sheet(made, tmp_path, truthful))
    found = calibrate(reviewed, made / "releases" / "2026-01-31-street", [], [])
    rows = {row.standing: row for row in found.rows}
    assert (rows["possible twins"].judged, rows["possible twins"].same) == (HOMES, 0)
    assert rows["possible twins"].calibrated < 0.1 < rows["possible twins"].stated
    assert (rows["joined"].judged, rows["joined"].same) == (HOMES, 1)
    assert found.calibration.judged == 2 * HOMES
    assert found.calibration.fits(linkage_rules())


def test_a_decision_on_the_review_queue_counts_and_one_elsewhere_does_not(
    made: Path, tmp_path: Path
) -> None:
    for at, (kind, one, other) in enumerate(
        [("same", "school/Ayaan0", "school/Idris0"), ("different", "health/mum1", "council/mum1")]
    ):
        record_decision(
            tmp_path / DECISIONS, kind=kind, by="R. Osei", at=datetime(2026, 2, 1 + at, tzinfo=UTC),
            why="seen", pair=(tuple(one.split("/")), tuple(other.split("/"))),
        )  # fmt: skip
    folder = made / "releases" / "2026-01-31-street"
    reviews = [pq.read_table(folder / "person_pair_review.parquet")]
    nothing = Reviewed("2026-01-31-street", [], [], 0, 0)
    found = calibrate(nothing, folder, read_decisions(tmp_path / DECISIONS), reviews)
    assert [(row.standing, row.judged, row.same) for row in found.rows] == [
        ("possible twins", 1, 1.0)
    ]


def test_a_pair_whose_record_is_gone_is_left_out_and_counted(made: Path) -> None:
    folder = made / "releases" / "2026-01-31-street"
    answer = Answer("joined", "weight 13 to 17", 1, 0.99, "same", ("health", "mum0"),
                    ("council", "mum0"))  # fmt: skip
    gone = replace(answer, right=("council", "mum99"))
    reviewed = Reviewed(folder.name, [], [answer, gone], 0, 0)
    found = calibrate(reviewed, folder, [], [])
    assert (found.calibration.judged, found.not_found) == (1, 1)


def test_an_old_sheet_and_one_without_an_answer_say_what_to_do(made: Path) -> None:
    folder = made / "releases" / "2026-01-31-street"
    old = Answer("apart", "weight under 6", 1, 0.9, "same")
    for answers, told in (([old], "older sheet"), ([replace(old, answer="unsure")], "No pair")):
        with pytest.raises(EvaluationError, match=told):
            calibrate(Reviewed(folder.name, [], answers, 0, 0), folder, [], [])


def test_calibrating_needs_a_judged_sheet(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = Typed(monkeypatch, capsys)(
        "evaluate", "linkage", "--sample", 5, "--calibrate", "--workspace", made
    )
    assert said.status != 0
    assert "--calibrate needs --reviewed" in said.words


def test_the_key_names_the_records_of_each_pair(made: Path, tmp_path: Path) -> None:
    sheet = judged_sheet(made, tmp_path, truthful)
    key = json.loads(sheet.with_suffix(".key.json").read_text())
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = {row["pair"]: row for row in csv.DictReader(file)}
    for asked in key["questions"]:
        row = rows[str(asked["pair"])]
        assert asked["left"] == [row["source 1"], row["record_id 1"]]
        assert asked["right"] == [row["source 2"], row["record_id 2"]]
