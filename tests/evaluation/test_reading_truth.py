"""A truth that cannot be used is refused with the place and the remedy."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evaluation.linkages import linkage
from kithkin.evaluation import EvaluationError
from kithkin.evaluation.linkage import read_truth
from kithkin.evaluation.linkage.judging import judge

HEAD = "source,record_id,person"


def file(folder: Path, text: str) -> Path:
    path = folder / "truth.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_numbers_stay_as_they_are_written_and_further_columns_are_groupings(tmp_path: Path) -> None:
    truth = read_truth(file(tmp_path, f"\ufeff{HEAD},origin\nfeed,007,1,x\nfeed,8,1,\n"))
    assert truth.data.column("record_id").to_pylist() == ["007", "8"]
    assert truth.groupings == ("origin",)


def test_parquet_is_read_as_well(tmp_path: Path) -> None:
    table = pa.table({"person": [4], "record_id": ["r1"], "source": ["feed"]})
    pq.write_table(table, tmp_path / "truth.parquet")
    assert read_truth(tmp_path / "truth.parquet").data.to_pylist() == [
        {"source": "feed", "record_id": "r1", "person": "4"}
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("source,number\nf,1\n", "truth.csv: no column record_id, person; it has source, number"),
        (f"{HEAD}\nf,1,a\nf,,b\n", "truth.csv, row 3, column record_id: is empty"),
        (f"{HEAD}\nf,1,a\nf,2,a\nf,1,b\n", "row 4, column record_id: '1' of 'f' stands at row 2"),
        (f"{HEAD}\nf,1\n", "truth.csv: cannot be read"),
        (f"{HEAD},name\n" + "".join(f"f,{n},a,n{n}\n" for n in range(101)),
         "column name: holds 101 different values"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_place_and_remedy(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(EvaluationError) as refused:
        read_truth(file(tmp_path, text))
    assert told in str(refused.value)


def test_a_record_that_the_release_does_not_hold_is_named_with_its_row(tmp_path: Path) -> None:
    truth = read_truth(file(tmp_path, f"{HEAD}\nfeed,r1,a\nfeed,r2,a\nelse,r1,a\n"))
    with pytest.raises(EvaluationError, match=r"row 3, column record_id: release trial has no"):
        judge(linkage({"r1": "P1"}), truth)
