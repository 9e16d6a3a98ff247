"""Facts are cut into parts at the boundaries of subjects, and none is lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kithkin.indicators import FactsFolder
from kithkin.indicators.stored import FACTS, SUBJECTS_A_PART, part_name

PART = SUBJECTS_A_PART


def batch(subjects: Sequence[int]) -> pa.RecordBatch:
    columns = {field.name: [0] * len(subjects) for field in FACTS} | {"subject": list(subjects)}
    return pa.RecordBatch.from_pydict(columns, schema=FACTS)


@pytest.mark.parametrize(
    "batches",
    [
        [[0, 0, PART - 1, PART, 2 * PART]],
        [[0], [0, PART - 1], [PART, 2 * PART]],
        [[0, 0, PART - 1], [], [PART], [2 * PART]],
    ],
    ids=["one batch", "across a boundary", "at the boundaries"],
)
def test_each_fact_lies_in_the_part_of_its_subject(
    tmp_path: Path, batches: list[list[int]]
) -> None:
    folder = FactsFolder(tmp_path / "facts")
    subjects = 2 * PART + 5
    assert folder.write(map(batch, batches), subjects) == 2  # the most that one subject has
    folder.describe(subjects, 2, [[0], [0, 3]])
    found = [pq.read_table(part.path)["subject"].to_pylist() for part in folder.parts()]
    assert found == [[0, 0, PART - 1], [PART], [2 * PART]]
    assert [(p.first, p.stop) for p in folder.parts()] == [
        (0, PART), (PART, 2 * PART), (2 * PART, subjects),
    ]  # fmt: skip
    assert [part.file_name for part in folder.parts()] == [
        part_name(p.first) for p in folder.parts()
    ]
    assert (folder.subjects, folder.most) == (subjects, 2)
    assert folder.signatures() == [[0], [0, 3]]


def test_subjects_without_facts_have_an_empty_part(tmp_path: Path) -> None:
    folder = FactsFolder(tmp_path)
    assert folder.write([], PART + 1) == 0
    folder.describe(PART + 1, 0, [])
    assert [pq.read_metadata(part.path).num_rows for part in folder.parts()] == [0, 0]
    assert pq.read_schema(folder.parts()[0].path).names == FACTS.names


def test_the_bytes_do_not_depend_on_how_the_facts_were_batched(tmp_path: Path) -> None:
    for name, batches in (("a", [[0, 1, 1, 2]]), ("b", [[0], [1], [1, 2]])):
        FactsFolder(tmp_path / name).write(map(batch, batches), 3)
    first, second = ((tmp_path / name / part_name(0)).read_bytes() for name in "ab")
    assert first == second
