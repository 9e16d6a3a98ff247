from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kithkin.feeds.parsing import bind_headers, clean, read_day, read_number, read_truth
from kithkin.model import dates


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "   ",
        "\t",
        "\xa0",
        "\u200b",
        "\ufeff",
        "NULL",
        "null",
        "#N/A",
        "N/A",
        "n/a",
        "nan",
        "None",
        "NaT",
        None,
        float("nan"),
    ],
)
def test_a_cell_that_a_program_wrote_for_nothing_is_blank(cell: object) -> None:
    assert clean(cell) is None


@pytest.mark.parametrize("surname", ["Null", "Nan", "Na", "NONE", "0", "-"])
def test_a_name_that_looks_like_nothing_is_kept(surname: str) -> None:
    assert clean(surname) == surname


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  Ann ", "Ann"),
        ("\u00a0Ann\u200b", "Ann"),
        ("Ann\u00a0Lee", "Ann Lee"),
        ("O\u2019Neill", "O\u2019Neill"),
        ("José", "José"),
        (9212044.0, "9212044"),
        (1.5, "1.5"),
        (7, "7"),
        (True, "True"),
    ],
)
def test_a_cell_keeps_its_text_without_what_cannot_be_seen(cell: object, text: str) -> None:
    assert clean(cell) == text


@pytest.mark.parametrize(
    ("cell", "layout"),
    [
        ("2026-03-31", "iso"),
        ("2026-03-31T00:00:00", "iso"),
        ("2026-03-31 23:59:59.999", "iso"),
        ("2026-03-31T00:00:00Z", "iso"),
        ("2026-03-31T00:00:00+01:00", "iso"),
        ("31/03/2026", "uk"),
        ("31-03-2026", "uk"),
        ("31.03.2026", "uk"),
        ("31/3/2026", "uk"),
        ("31/03/2026 00:00", "uk"),
        ("03/31/2026", "us"),
        ("3/31/2026 12:00:00 AM", "us"),
        ("2026-Mar-31 00:00:00", "census"),
        ("2026-MAR-31", "census"),
        ("46112", "excel"),
        ("46112.75", "excel"),
        (46112, "excel"),
        (46112.0, "excel"),
        (date(2026, 3, 31), "iso"),
        (datetime.fromisoformat("2026-03-31 12:00"), "uk"),
    ],
)
def test_the_last_of_march_is_read_however_it_is_written(cell: object, layout: str) -> None:
    assert read_day(cell, [layout]) == date(2026, 3, 31)


def test_a_date_that_could_be_british_or_american_is_read_by_the_first_layout() -> None:
    assert read_day("04/05/2026", ["uk", "us"]) == date(2026, 5, 4)
    assert read_day("04/05/2026", ["us", "uk"]) == date(2026, 4, 5)


def test_a_layout_that_gives_no_day_of_the_calendar_leaves_it_to_the_next() -> None:
    assert read_day("04/25/2026", ["uk", "us"]) == date(2026, 4, 25)


@pytest.mark.parametrize("cell", ["", "NULL", None, "01/01/1900", "1900-01-01", 0, 1, "0"])
def test_a_blank_or_placeholder_is_no_date(cell: object) -> None:
    assert read_day(cell, ["iso", "uk", "excel"]) is None
    assert read_day(date(1900, 1, 1), ["iso"]) is None


@pytest.mark.parametrize(
    "cell",
    [
        "31/02/2026",
        "2026-02-30",
        "31/03/26",
        "2026-3-1",
        "20260331",
        "soon",
        "31/03-2026",
        "60",
        "9999999",
        "2026-W13-2",
        True,
    ],
)
def test_what_is_no_date_is_refused_with_its_value(cell: object) -> None:
    with pytest.raises(ValueError, match=str(cell)):
        read_day(cell, ["iso", "uk", "excel"])


def test_a_refused_date_says_how_to_write_one() -> None:
    with pytest.raises(
        ValueError, match=r"'soon' is not a date of layout iso \(2026-03-31\) or uk"
    ):
        read_day("soon", ["iso", "uk"])


@given(st.dates(min_value=date(1900, 3, 1), max_value=date(2199, 12, 31)))
def test_every_day_is_read_back_from_every_layout(day: date) -> None:
    month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][
        day.month - 1
    ]
    serial = dates.days_between(dates.EXCEL_EPOCH, day)
    assert read_day(day.isoformat(), ["iso"]) == day
    assert read_day(f"{day.day:02}/{day.month:02}/{day.year}", ["uk"]) == day
    assert read_day(f"{day.month}/{day.day}/{day.year}", ["us"]) == day
    assert read_day(f"{day.year}-{month}-{day.day:02} 00:00:00", ["census"]) == day
    assert read_day(str(serial), ["excel"]) == day


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1.5", 1.5), ("1,234.50", 1234.5), ("£1,234", 1234.0), ("-3", -3.0), (7, 7.0), (" ", None)],
)
def test_a_number_is_read_with_pounds_and_thousands(cell: object, number: float | None) -> None:
    assert read_number(cell) == number


@pytest.mark.parametrize("cell", ["twelve", "1,2", "inf", "1_000", "12 weeks", "-inf"])
def test_what_is_no_number_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        read_number(cell)


@pytest.mark.parametrize(
    ("cell", "truth"),
    [
        ("Y", True),
        ("no", False),
        ("1", True),
        (0, False),
        ("TRUE", True),
        ("f", False),
        ("X", True),
        (True, True),
        (False, False),
        (1.0, True),
        ("", None),
        ("NULL", None),
    ],
)
def test_yes_and_no_are_read_however_they_are_written(cell: object, truth: bool | None) -> None:
    assert read_truth(cell) is truth


@pytest.mark.parametrize("cell", ["maybe", "2", "yes please"])
def test_what_is_neither_yes_nor_no_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="neither yes nor no"):
        read_truth(cell)


@pytest.mark.parametrize(
    "header",
    [
        "child_id",
        "Child ID",
        "CHILD-ID ",
        "\ufeffchild id",
        "[Child ID",
        "Child\u2019 ID",
        "ChildId",
    ],
)
def test_a_header_binds_whatever_its_case_spaces_and_punctuation(header: str) -> None:
    assert bind_headers([header, "other"], {"child_id": []}) == {"child_id": header}


def test_headers_bind_by_synonym_and_by_pattern() -> None:
    synonyms = {"record_id": ["Child Unique ID", "/la.*child.*id/"], "born": ["DOB"]}
    assert bind_headers(["LA  Child Id", "D.O.B."], synonyms) == {
        "record_id": "LA  Child Id",
        "born": "D.O.B.",
    }


def test_a_pattern_must_cover_the_whole_header() -> None:
    assert bind_headers(["date of birth of mother"], {"born": ["/date of birth/"]}) == {}


def test_a_pattern_never_takes_the_header_that_another_name_spells_out() -> None:
    synonyms = {"any_date": ["/.*date.*/"], "start_date": ["start date"]}
    bound = bind_headers(["Start Date", "End Date"], synonyms)
    assert bound == {"start_date": "Start Date", "any_date": "End Date"}


def test_one_header_binds_once() -> None:
    assert bind_headers(["id"], {"child": ["id"], "person": ["id"]}) == {"child": "id"}
