"""How well records link on public sets that nobody here wrote, and how that is judged.

The marks and weights were fixed before any set was scored. `python -m bench.linkage` prints the
same sets beside other linkers.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bench.linkage import ours
from bench.linkage.judging import (
    Judgement,
    best_judgement,
    judge,
    linked,
    pairs_of,
    share_among,
)
from bench.linkage.page import BEGIN, END, MarkersError, put_between
from bench.linkage.sets import (
    COLUMNS,
    LinkageSet,
    csc_and_education,
    fake_1000,
    febrl,
    linkage_set,
)

from tests.shared_data import shared_data

HEADER = "First Name,Last Name,Date Of Birth,Gender,Address\n"


def test_every_two_records_of_a_cluster_count_as_a_pair() -> None:
    found, true = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 1, 1])
    # Found 3 + 1 pairs, true 1 + 6, in both {0, 1} and {3, 4}.
    assert judge(found, true) == Judgement(precision=2 / 4, recall=2 / 7)


def test_f1_is_the_harmonic_mean() -> None:
    assert Judgement(0.5, 1.0).f1 == pytest.approx(2 / 3)
    assert Judgement(0.0, 0.0).f1 == 0


def test_pairs_chain_into_one_cluster() -> None:
    labels = linked(np.array([[0, 1], [1, 2]]), 4)
    assert pairs_of(labels).tolist() == [[0, 1], [0, 2], [1, 2]]


def test_blocking_recall_is_of_true_pairs_whichever_end_stands_first() -> None:
    true = np.array([[0, 1], [2, 3]])
    assert share_among(true, np.array([[1, 0], [0, 3]]), 4) == 0.5


def test_the_best_mark_is_found_on_the_truth() -> None:
    pairs, weight = np.array([[0, 1], [1, 2]]), np.array([9.0, 2.0])
    assert best_judgement(pairs, weight, np.array([0, 0, 1])).f1 == 1


def test_a_table_goes_between_the_markers_and_nothing_else_changes() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert put_between(page, ["new"]) == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    with pytest.raises(MarkersError, match="add them"):
        put_between("no markers", ["new"])


def test_febrl_keeps_dates_that_do_not_exist_and_judges_by_record_id() -> None:
    row = {"given_name": "esra", "surname": "price", "street_number": "7", "address_1": "mill la",
           "suburb": np.nan, "postcode": "2119", "date_of_birth": "19561309",
           "soc_sec_id": "1804974"}  # fmt: skip
    frame = febrl(pd.DataFrame([row], index=["rec-12-dup-0"]), number=False).iloc[0]
    assert frame[["person", "date_of_birth", "line"]].tolist() == ["12", "1956-13-09", "7 mill la"]
    assert frame["town"] is None
    assert frame["number"] is None


def small_set(*rows: dict[str, str]) -> LinkageSet:
    frame = pd.DataFrame([dict.fromkeys(COLUMNS) | row for row in rows], dtype=object)
    return LinkageSet("small", frame.where(frame.notna(), None))


def record(at: int, person: str, forename: str, born: str, **more: str) -> dict[str, str]:
    return {"source": "a", "record_id": str(at), "person": person, "forename": forename,
            "surname": "Price", "date_of_birth": born, **more}  # fmt: skip


def test_columns_are_mapped_to_source_tables_as_a_feed_would() -> None:
    given = small_set(record(1, "x", "Esra", "2012-13-14", number="12", line="1 Mill Lane"))
    con = ours.mapped(given)
    assert con.sql("SELECT forename, date_of_birth FROM person_record").fetchall() == [
        ("Esra", None)
    ]
    assert con.sql('SELECT scheme, value, "check" FROM identifier').fetchall() == [
        ("nino", "12", "unchecked")
    ]
    assert con.sql("SELECT line FROM residence JOIN address USING (address_id)").fetchall() == [
        ("1 Mill Lane",)
    ]


def test_each_remaining_error_has_its_cause() -> None:
    given = small_set(
        record(1, "x", "Esra", "2012-03-14", line="1 Mill Lane", postcode="GL1 1AA"),
        record(2, "x", "Esra", "2012-03-14", line="1 Mill Lane", postcode="GL1 1AA"),
        # The same person, but nothing tells her from a twin.
        record(3, "x", "Dominic", "2012-03-14", line="1 Mill Lane", postcode="GL1 1AA"),
        record(4, "x", "Bo", "1950-01-02", surname="Quill"),
    )
    done = ours.link(given)
    found = {(one["kind"], one["cause"]): one["pairs"]
             for one in ours.errors(given, done, ours.looked_at(given, done))}  # fmt: skip
    assert done.person[0] == done.person[1]
    assert found.pop(("missed", ours.NEVER_LOOKED_AT)) == 3, "Bo and each of the others"
    [((kind, cause), pairs)] = found.items()
    assert (kind, pairs) == ("missed", 2), "Dominic and each Esra"
    assert cause.startswith("in review: possible twins")


@pytest.mark.slow
def test_two_small_files_of_one_layout_link_row_by_row(tmp_path: Path) -> None:
    one, other = tmp_path / "csc.csv", tmp_path / "education.csv"
    rows = 'Esra,Price,2012-03-14,Female,"1 Mill Lane\nGloucester\nGL1 1AA"\n'
    one.write_text(HEADER + rows + 'Dev,Shah,2010-01-02,Male,"2 Mill Lane\nGloucester\nGL1 1AB"\n')
    other.write_text(
        HEADER + rows + 'Dev,Shah,2010-01-02,Male,"9 Hill Road\nGloucester\nGL2 2BB"\n'
    )
    assert judged(csc_and_education(one, other)) == Judgement(1, 1)


@pytest.mark.slow
def test_children_in_a_social_care_and_an_education_extract_link() -> None:
    files = shared_data("linkage/csc.csv"), shared_data("linkage/education.csv")
    given = csc_and_education(*files)
    done = ours.link(given)
    found = judge(done.person, pd.factorize(given.records["person"])[0])
    assert found.precision == 1
    assert found.recall >= 0.97
    causes = {one["cause"] for one in ours.errors(given, done, ours.looked_at(given, done))}
    assert all(cause.startswith("in review") for cause in causes), "a human sees what did not join"


@pytest.mark.slow
def test_a_very_noisy_set_links_without_false_merges() -> None:
    found = judged(fake_1000(shared_data("linkage/splink_fake_1000.csv")))
    assert found.precision >= 0.99
    assert found.recall >= 0.1


@pytest.mark.slow
def test_febrl_links_without_false_merges() -> None:
    found = judged(linkage_set("febrl3"))
    assert found.precision >= 0.999
    assert found.recall >= 0.7


def judged(given: LinkageSet) -> Judgement:
    return judge(ours.link(given).person, pd.factorize(given.records["person"])[0])
