from collections.abc import Callable
from pathlib import Path

import pytest

from feeds.kit import Landed, read
from kithkin.feeds import delimited
from kithkin.feeds.delimited import read_delimited
from kithkin.feeds.delivery import DeliveredFile, Delivery, FeedError
from kithkin.feeds.loading import Loader

Read = Callable[..., Landed]


@pytest.fixture
def rows_of(
    tmp_path: Path,
) -> Callable[..., tuple[list[tuple[int, dict[str, str | None]]], Landed]]:
    """Read one file's content with the given arguments; give its rows and what was landed."""

    def run(content: str | bytes, **arguments: object) -> tuple[list, Landed]:
        rows: list[tuple[int, dict[str, str | None]]] = []

        def adapter(delivery: Delivery, loader: Loader) -> None:
            for file in delivery.files:
                with loader.file(file) as sink:
                    for number, row in read_delimited(file, sink, **arguments):
                        rows.append((number, row))
                        sink.loaded(number)

        return rows, read(adapter, {"people.csv": content}, tmp_path)

    return run


def test_rows_are_numbered_as_in_a_spreadsheet(rows_of: Read) -> None:
    rows, landed = rows_of("id,name\n1,Ann\n\n2,Ben\n,\n3,Cat\n")
    assert rows == [
        (2, {"id": "1", "name": "Ann"}),
        (4, {"id": "2", "name": "Ben"}),
        (6, {"id": "3", "name": "Cat"}),
    ]
    assert landed.accounts[0]["rows_in"] == 3


def test_a_cell_of_several_lines_counts_as_one_row(rows_of: Read) -> None:
    rows, _ = rows_of('id,address\r\n1,"1 High St\r\nDursley"\r\n2,x\r\n')
    assert rows[0] == (2, {"id": "1", "address": "1 High St\r\nDursley"})
    assert rows[1][0] == 3


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(rows_of: Read, delimiter: str) -> None:
    text = f'id{delimiter}"name, or alias; known"\n1{delimiter}Ann\n'
    assert rows_of(text)[0] == [(2, {"id": "1", "name, or alias; known": "Ann"})]


def test_excels_hint_of_the_delimiter_is_a_row_but_no_header(rows_of: Read) -> None:
    assert rows_of("sep=|\nid|name\n1|Ann\n")[0] == [(3, {"id": "1", "name": "Ann"})]


def test_a_file_of_one_column_needs_no_delimiter(rows_of: Read) -> None:
    assert rows_of("id\n1\n2\n")[0] == [(2, {"id": "1"}), (3, {"id": "2"})]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_an_accented_name_survives_every_encoding(rows_of: Read, encoding: str) -> None:
    rows, landed = rows_of("id,name\n1,Zoë O’Brien\n2,José\n".encode(encoding))
    assert [row["name"] for _, row in rows] == ["Zoë O’Brien", "José"]
    assert landed.rules() == (["K-CORE-ENCODING"] if encoding == "cp1252" else [])


def test_an_accent_beyond_the_first_block_is_seen(
    rows_of: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "_BLOCK", 7)
    rows, _ = rows_of("id,name\n" + "1,x\n2,y\n" + "3,José\n")
    assert rows[-1][1]["name"] == "José"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b" \r\n ", "is empty"),
        (b"\n,,\n", "has no header row"),
        (b"PK\x03\x04\x00\x00\x01\x00" * 50, "is not text"),
        (b"id,name\n1,\x81\x8d\n", "neither UTF-8, UTF-16 nor Windows-1252"),
        (b"id,name\n" + b"1,x\n" * 2000 + b"2,\x00\n", "neither UTF-8"),
        (b"\xff\xfei\x00d\x00\n", "neither UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_by_name(rows_of: Read, content: bytes, problem: str) -> None:
    with pytest.raises(FeedError, match=problem) as refusal:
        rows_of(content)
    assert refusal.value.file == "people.csv"
    assert refusal.value.remedy


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    def adapter(delivery: Delivery, loader: Loader) -> None:
        gone = DeliveredFile(tmp_path / "gone.csv", "gone.csv", "")
        with loader.file(gone) as sink:
            list(read_delimited(gone, sink))

    with pytest.raises(FeedError, match=r"gone.csv: cannot be opened \(No such file"):
        read(adapter, {"here.csv": "id\n1\n"}, tmp_path)


def test_a_missing_column_is_named_with_those_found(rows_of: Read) -> None:
    with pytest.raises(FeedError, match="no column 'dob'; its columns are 'id', 'name'"):
        rows_of("id,name\n1,Ann\n", required=["id", "dob"])


def test_columns_take_their_canonical_names(rows_of: Read) -> None:
    rows, _ = rows_of(
        "Child ID,Forename,Notes\n1,Ann,x\n",
        required=["record_id"],
        synonyms={"record_id": ["child id"], "forename": []},
    )
    assert rows == [(2, {"record_id": "1", "forename": "Ann", "Notes": "x"})]


def test_headers_that_repeat_or_lack_a_name_keep_every_cell(rows_of: Read) -> None:
    rows, landed = rows_of("id,date,date,\n1,a,b,c\n")
    assert rows == [(2, {"id": "1", "date": "a", "date (2)": "b", "column 4": "c"})]
    assert landed.rules() == ["K-CORE-HEADER"]


def test_an_exact_copy_of_a_row_is_set_aside(rows_of: Read) -> None:
    rows, landed = rows_of("id,name\n1,Ann\n2,Ben\n1,Ann\n1,Anne\n")
    assert [number for number, _ in rows] == [2, 3, 5]
    assert [(row["row"], row["rule"]) for row in landed.set_aside] == [(4, "K-CORE-DUPLICATE")]
    assert landed.accounts[0]["rows_in"] == 4


def test_cells_that_join_alike_are_not_copies(rows_of: Read) -> None:
    rows, landed = rows_of('a,b\n"x,",y\nx,",y"\n')
    assert len(rows) == 2
    assert landed.set_aside == []


def test_a_short_row_is_filled_and_noted(rows_of: Read) -> None:
    rows, landed = rows_of("id,name,dob\n1,Ann\n2,Ben,x\n")
    assert rows[0] == (2, {"id": "1", "name": "Ann", "dob": None})
    assert [(f["rule"], f["row"], f["severity"]) for f in landed.findings] == [
        ("K-CORE-SHORT", 2, "note")
    ]


def test_a_row_with_a_cell_past_the_header_is_set_aside_whole(rows_of: Read) -> None:
    rows, landed = rows_of("id,name\n1,Lee,Ann\n2,Ben,,\n")
    assert rows == [(3, {"id": "2", "name": "Ben"})]
    assert landed.set_aside[0]["content"] == (
        '{"id": "1", "name": "Lee", "cells past the header": ["Ann"]}'
    )


def test_a_row_with_loose_quotation_marks_is_set_aside_and_the_next_is_read(rows_of: Read) -> None:
    rows, landed = rows_of('id,name\n1,"Ann" Lee\n2,Ben\n')
    assert rows == [(3, {"id": "2", "name": "Ben"})]
    assert landed.set_aside[0]["rule"] == "K-CORE-QUOTE"
    assert landed.set_aside[0]["content"] == '{"row": "1,\\"Ann\\" Lee"}'


def test_a_quotation_mark_never_closed_does_not_swallow_rows_in_silence(rows_of: Read) -> None:
    with pytest.raises(FeedError, match="row 3: a quotation mark is opened and not closed"):
        rows_of('id,name\n1,Ann\n2,"Ben\n3,Cat\n')


def test_an_open_quotation_mark_in_a_long_file_stops_at_the_limit_of_a_cell(rows_of: Read) -> None:
    with pytest.raises(FeedError, match="row 2: a quotation mark is opened"):
        rows_of('id,name\n1,"Ben\n' + "3,Cat\n" * 40_000)


def test_a_line_without_end_is_refused(rows_of: Read) -> None:
    with pytest.raises(FeedError, match="a line of more than 1,048,576 characters"):
        rows_of("id,name\n1," + "x" * delimited.MAX_LINE)


def test_more_rows_than_the_limit_are_refused(
    rows_of: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "MAX_ROWS", 3)
    with pytest.raises(FeedError, match="more than 3 rows"):
        rows_of("id\n1\n2\n3\n")


def test_blank_and_null_cells_are_alike_nothing(rows_of: Read) -> None:
    rows, _ = rows_of('id,a,b,c\n1,NULL,"", \n')
    assert rows == [(2, {"id": "1", "a": None, "b": None, "c": None})]
