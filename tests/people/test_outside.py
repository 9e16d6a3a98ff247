"""How well records link on public sets that nobody here wrote; the floors stand in docs/people.md.

The marks and weights were fixed before either set was scored.
"""

from pathlib import Path

import pytest

from kithkin.people import build_people
from tests.people.outside import (
    csc_and_education,
    fake_1000,
    linked_pairs,
    precision_and_recall,
    read,
)
from tests.shared_data import shared_data

pytestmark = pytest.mark.slow
HEADER = "First Name,Last Name,Date Of Birth,Gender,Address\n"


def test_precision_and_recall_are_counted_over_pairs() -> None:
    true = {("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")}
    assert precision_and_recall({("a", "b"), ("c", "x")}, true) == (0.5, 0.25)


def test_two_small_files_of_one_layout_link_row_by_row(tmp_path: Path) -> None:
    one, other = tmp_path / "csc.csv", tmp_path / "education.csv"
    rows = 'Esra,Price,2012-03-14,Female,"1 Mill Lane\nGL1 1AA"\n'
    one.write_text(HEADER + rows + 'Dev,Shah,2010-01-02,Male,"2 Mill Lane\nGL1 1AB"\n')
    other.write_text(HEADER + rows + 'Dev,Shah,2010-01-02,Male,"9 Hill Road\nGL2 2BB"\n')
    town, _ = csc_and_education(one, other)
    assert linked_pairs(build_people(town.connection())) == {
        ("csc/0000", "education/0000"),
        ("csc/0001", "education/0001"),
    }


def test_children_in_a_social_care_and_an_education_extract_link() -> None:
    files = shared_data("linkage/csc.csv"), shared_data("linkage/education.csv")
    town, true = csc_and_education(*files)
    built = build_people(town.connection())
    found = linked_pairs(built)
    precision, recall = precision_and_recall(found, true)
    assert precision == 1
    assert recall >= 0.97
    review = {
        tuple(sorted((f"{row['source']}/{row['record_id']}",
                      f"{row['other_source']}/{row['other_record_id']}")))
        for row in built.person_pair_review.data.to_pylist()
    }  # fmt: skip
    assert true - found <= review, "what did not join is before a human"


def test_a_very_noisy_set_links_without_false_merges_and_with_low_recall() -> None:
    town, true = fake_1000(shared_data("linkage/splink_fake_1000.csv"))
    found = linked_pairs(build_people(town.connection()))
    precision, recall = precision_and_recall(found, true)
    assert precision >= 0.99
    assert recall >= 0.1
    same, other = (_labelled(score) for score in ("1.0", "0.0"))
    assert not found & other, "pairs that a clerk parted stay apart"
    assert len(found & same) / len(same) >= 0.1


def _labelled(score: str) -> set[tuple[str, str]]:
    rows = read(shared_data("linkage/splink_fake_1000_labels.csv"))
    return {
        tuple(sorted(f"fake/{int(row[end]):04}" for end in ("unique_id_l", "unique_id_r")))  # type: ignore[misc]
        for row in rows
        if row["clerical_match_score"] == score
    }
