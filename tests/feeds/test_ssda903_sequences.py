"""The rules about a child's rows in their order: each is broken by one small history."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.feeds.kit import read
from tests.feeds.test_ssda903 import episodes, rows_of, spans

from kithkin.feeds.ssda903 import read_ssda903

# First and second episode, the rule, and the row and column at which it is reported; the header
# says that the child was born on 1 February 2008.
HISTORIES = [
    ("01/05/2016,S,C1,N1,U1,PR1,,", "01/06/2016,P,C1,N1,K1,PR1,,", "142", (2, "DEC")),
    ("01/05/2007,S,C1,N1,U1,PR1,,", "01/06/2016,P,C1,N1,K1,PR1,,", "302", (2, "DECOM")),
    ("01/05/2017,P,C1,N1,U1,PR1,02/06/2017,X1", "02/06/2017,P,C1,N1,K1,PR1,,", "357", (2, "RNE")),
    ("01/05/2016,S,C1,N1,U1,PR1,01/06/2016,X1", "02/06/2016,P,C1,N1,K1,PR1,,", "388", (2, "REC")),
    ("01/05/2016,S,C1,N1,U1,PR1,01/06/2016,E4A", "01/06/2016,S,C1,N1,K1,PR1,,", "431", (3, "RNE")),
    ("01/05/2016,S,C1,N1,U1,PR1,01/06/2016,E4A", "01/08/2016,P,C1,N1,K1,PR1,,", "432", (3, "RNE")),
    ("01/05/2016,S,C1,N1,U1,PR1,01/06/2016,X1", "02/06/2016,P,C1,N1,K1,PR1,,", "433", (3, "RNE")),
    ("01/05/2016,S,C1,N1,U1,PR1,01/06/2016,X1", "01/06/2016,L,C1,N1,U1,PR1,,", "434", (3, "RNE")),
    ("01/05/2016,S,C1,N1,U1,PR1,01/06/2016,X1", "01/06/2016,P,C1,N1,U1,PR1,,", "435", (3, "RNE")),
    ("01/05/2016,S,C1,N1,U1,PR1,01/06/2016,X1", "01/06/2016,B,C1,N1,K1,PR1,,", "436", (3, "RNE")),
    ("01/05/2016,S,C1,N1,U1,PR1,01/06/2016,E2", "01/08/2016,S,C1,N1,K1,PR1,,", "437", (2, "REC")),
    ("01/05/2016,S,C1,N1,U1,PR1,01/06/2016,X1", "15/05/2016,P,C1,N1,K1,PR1,,", "501", (3, "DECOM")),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "rule", "place"), HISTORIES)
def test_a_history_that_breaks_a_rule_is_reported_where_it_does(
    tmp_path: Path, first: str, second: str, rule: str, place: tuple[int, str]
) -> None:
    landed = episodes(tmp_path, f"7,{first},,,,", f"7,{second},,,,")
    assert rows_of(landed, rule) == [("b.csv", *place)]
    assert landed.set_aside == []


def test_a_history_in_order_breaks_no_rule(tmp_path: Path) -> None:
    landed = episodes(
        tmp_path,
        "7,01/05/2016,S,C1,N1,U1,PR1,01/06/2016,X1,CARPL,,,",
        "7,01/06/2016,P,C1,N1,U3,PR1,01/08/2016,X1,,,,",
        "7,01/08/2016,L,C2,N1,U3,PR1,,,,,,",
    )
    assert landed.findings == []


def test_a_new_start_ends_the_period_before_on_its_last_stated_day(tmp_path: Path) -> None:
    landed = episodes(
        tmp_path,
        "7,01/05/2016,S,C1,N1,U1,PR1,01/06/2016,X1,,,,",
        "7,01/09/2017,S,V2,N1,U1,PR1,,,,,,",
    )
    assert spans(landed, "social_care.looked_after.open") == [
        (date(2016, 5, 1), date(2016, 6, 1)),
        (date(2017, 9, 1), None),
    ]


def test_a_missing_episode_that_starts_inside_another_is_reported(tmp_path: Path) -> None:
    rows = "7,,M,01/05/2017,09/05/2017\n7,,M,05/05/2017,12/05/2017\n8,,M,01/05/2017,02/05/2017\n"
    files = {"m.csv": "CHILD,DOB,MISSING,MIS_START,MIS_END\n" + rows}
    landed = read(read_ssda903, files, tmp_path, extracted_on=date(2018, 6, 30))
    assert rows_of(landed, "574") == [("m.csv", 3, "MIS_START")]
    assert len(landed.tables["event"]) == 3


def test_rows_that_disagree_about_a_birth_are_reported_and_the_header_counts(
    tmp_path: Path,
) -> None:
    header = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n7,1,01/02/2008,WBRI,UN3,,\n"
    review = "CHILD,DOB,REVIEW,REVIEW_CODE\n7,02/02/2008,01/05/2017,PN1\n7,01/02/2008,,PN1\n"
    files = {"h.csv": header, "r.csv": review}
    landed = read(read_ssda903, files, tmp_path, extracted_on=date(2018, 6, 30))
    assert rows_of(landed, "K-903-CONFLICT") == [("r.csv", 2, "DOB")]
    assert landed.tables["person_record"][0]["date_of_birth"] == date(2008, 2, 1)
    assert [(row["row"], row["rule"]) for row in landed.set_aside] == [(3, "166")]
