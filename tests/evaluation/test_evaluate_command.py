"""`kithkin evaluate linkage` judges, samples and estimates, and records whom it shows."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cli.commands import Typed
from evaluation.linkages import linkage
from kithkin.evaluation.linkage.sheet import KEY, SHEET, SHOWN
from kithkin.releases import read_looks

TEXT = pa.string()


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.setenv("COLUMNS", "160")
    return Typed(monkeypatch, capsys)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A workspace with a release of twelve persons of two records; r11x is sealed."""
    made = {f"r{n:02}{half}": f"P{n:02}" for n in range(12) for half in "xy"}
    linked = linkage(made, review=[("P00", "P01", "r00x", "r01x", 0.9)])
    folder = tmp_path / "workspace" / "releases" / "2026-01-31-trial"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text('{"as_of": "2026-01-31"}')
    (folder.parents[1] / "latest").write_text("2026-01-31-trial\n")
    records = linked.records
    for name in SHOWN[:-2]:
        if name not in records.schema.names:
            told = ["=1+1" if name == "forename" else None] * records.num_rows
            records = records.append_column(name, pa.array(told, TEXT))
    seals = ["S3" if each == "r11x" else "S0" for each in made]
    records = records.append_column("seal", pa.array(seals))
    tables = {
        "person_link": linked.links,
        "person_record": records,
        "person_pair_review": linked.review,
        "residence": keyed(record_id=["r00x"], address_id=["h1"]),
        "address": keyed(
            address_id=["h1"], line=["1 High Street"], town=["X"], postcode=["X1 1XX"]
        ),
        "identifier": keyed(record_id=["r00x"], scheme=["upn"], value=["A1"]),
    }
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return tmp_path / "workspace"


def keyed(**columns: list[str]) -> pa.Table:
    return pa.table({"source": ["feed"], **columns})


def test_a_truth_gives_measures_and_a_page(typed: Typed, place: Path, tmp_path: Path) -> None:
    lines = [f"feed,r{n:02}{half},T{n // 2}" for n in range(12) for half in "xy"]
    (tmp_path / "truth.csv").write_text("\n".join(["source,record_id,person", *lines]))
    words = ("evaluate", "linkage", "--truth", tmp_path / "truth.csv", "--workspace", place)
    said = typed(*words, "--json", "--out", tmp_path / "out")
    assert said.status == 0
    quality = json.loads(said.out)
    # Six human beings of four records, each spread over two persons: two of six pairs are found.
    assert quality["overall"]["recall"]["value"] == pytest.approx(1 / 3)
    assert (tmp_path / "out" / "linkage.html").exists()
    assert "pairwise recall" in typed(*words).out


@pytest.mark.parametrize(
    ("people", "options", "named"),
    [(10, [], 0), (9, [], 18), (10, ["--minimum", 1], 20)],
)
def test_a_truth_that_tells_of_each_it_names_is_a_look_at_them(
    typed: Typed, place: Path, tmp_path: Path, people: int, options: list[str | int], named: int
) -> None:
    lines = [f"feed,r{n:02}{half},T{n}" for n in range(people) for half in "xy"]
    (tmp_path / "truth.csv").write_text("\n".join(["source,record_id,person", *lines]))
    said = typed("evaluate", "linkage", "--truth", tmp_path / "truth.csv", "--workspace", place,
                 "--purpose", "audit of linkage", *options)  # fmt: skip
    assert said.status == 0
    (look,) = read_looks(place)
    assert (look["purpose"], len(look["shown"])) == ("audit of linkage", named)
    assert not named or look["shown"][0] == "feed/r00x"


def test_a_judgement_that_cannot_be_recorded_is_not_shown(
    typed: Typed, place: Path, tmp_path: Path
) -> None:
    (place / "looks.jsonl").mkdir()
    (tmp_path / "truth.csv").write_text("source,record_id,person\nfeed,r00x,T\n")
    said = typed("evaluate", "linkage", "--truth", tmp_path / "truth.csv", "--workspace", place,
                 "--out", tmp_path / "out")  # fmt: skip
    assert (said.status, said.out) == (1, "")
    assert "nothing is shown" in said.words
    assert not (tmp_path / "out").exists()


def test_a_sheet_is_drawn_after_the_look_is_recorded_and_judged_it_gives_an_estimate(
    typed: Typed, place: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    said = typed("evaluate", "linkage", "--sample", 50, "--out", out, "--workspace", place,
                 "--purpose", "audit of linkage")  # fmt: skip
    assert said.status == 0
    with (out / SHEET).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    shown = {f"feed/{row[f'record_id {side}']}" for row in rows for side in (1, 2)}
    (look,) = read_looks(place)
    assert (look["purpose"], set(look["shown"])) == ("audit of linkage", shown)
    assert "feed/r11x" not in shown
    assert {row["forename 1"] for row in rows} == {"'=1+1"}
    told = {row[f"{name} 1"] for row in rows for name in ("addresses", "numbers")}
    assert told == {"", "1 High Street, X, X1 1XX", "upn A1"}
    assert not {"band", "stated", "person_id 1"} & set(rows[0])
    judge(out / SHEET, rows)
    answer = typed("evaluate", "linkage", "--reviewed", out / SHEET, "--out", out, "--json")
    # Eleven joined pairs are right; the persons in review are one: four missed pairs.
    assert json.loads(answer.out)["recall"]["value"] == pytest.approx(11 / 15)
    assert "the true recall is lower" in (out / "linkage-estimate.html").read_text()
    assert "recall" in typed("evaluate", "linkage", "--reviewed", out / SHEET).out


def judge(sheet: Path, rows: list[dict[str, str]]) -> None:
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "answer": "same"} for row in rows)


def test_a_sheet_that_cannot_be_recorded_is_not_written(
    typed: Typed, place: Path, tmp_path: Path
) -> None:
    (place / "looks.jsonl").mkdir()
    said = typed(
        "evaluate", "linkage", "--sample", 5, "--out", tmp_path / "out", "--workspace", place
    )
    assert said.status == 1
    assert "nothing is shown" in said.words
    assert not (tmp_path / "out" / KEY).exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "give one of --truth, --sample and --reviewed"),
        (["--sample", "5"], "--sample needs --out"),
        (["--reviewed", "nothing.csv"], "nothing.key.json: cannot be read"),
        (["--truth", "nothing.csv"], "nothing.csv: there is no such file. Name a CSV or Parquet"),
        (["--truth", "."], "kithkin evaluate linkage --sample 300 --out DIR"),
    ],
)
def test_what_is_asked_amiss_is_said(
    typed: Typed, place: Path, words: list[str], told: str
) -> None:
    said = typed("evaluate", "linkage", "--workspace", place, *words)
    assert said.status != 0
    assert told in said.words
