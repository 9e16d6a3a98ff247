"""Reads the files of an SSDA903 return, judges them and hands on what they say."""

from __future__ import annotations

from contextlib import ExitStack

from kithkin.feeds.delimited import read_delimited
from kithkin.feeds.delivery import DeliveredFile, Delivery, FeedError
from kithkin.feeds.loading import FileSink, Loader
from kithkin.feeds.returns import Entry
from kithkin.feeds.ssda903.checks import Return903, check
from kithkin.feeds.ssda903.events import put_return
from kithkin.feeds.ssda903.layout import COLUMNS, DATES, SIGNATURES, table_of
from kithkin.feeds.ssda903.rules import RULES, Year

LAYOUTS = ("uk", "iso")


def read_ssda903(delivery: Delivery, loader: Loader) -> None:
    """Load a return; its files may have any names and come in any number.

    `options.year_ending` (such as 2018) names the collection year; without it the day of the
    extract does (`Year.of_extract`). Raises `FeedError` for a file that is none of the return's.
    """
    ending = delivery.options.get("year_ending")
    year = Year.ending(int(ending)) if ending else Year.of_extract(delivery.extracted_on)
    with ExitStack() as stack:
        sent = Return903(year, {table: [] for table in SIGNATURES})
        for file in delivery.files:
            _read(file, stack.enter_context(loader.file(file)), sent)
        check(sent)
        put_return(sent)


def _read(file: DeliveredFile, sink: FileSink, sent: Return903) -> None:
    table: str | None = None
    for row, cells in read_delimited(
        file, sink, required=("CHILD",), synonyms=dict.fromkeys(sorted(COLUMNS), ())
    ):
        table = table or table_of(frozenset(cells))
        if table is None:
            raise FeedError(
                file.name,
                f"has the columns {', '.join(cells)}, which are no SSDA903 file's.",
                "Leave the file out of this feed, or give it the headers of the return.",
            )
        entry = Entry(sink, row, cells)
        if entry.text("CHILD") is None:
            remedy = "Give the child's id."
            sink.set_aside(row, "K-903-CHILD", RULES["K-903-CHILD"], cells, column="CHILD",
                           remedy=remedy)  # fmt: skip
            continue
        rules = {column: (rule, RULES[rule]) for column, rule in DATES[table].items()}
        entry.read_days(rules, LAYOUTS)
        sent.tables[table].append(entry)
