"""Reads a children in need census, judges it and hands on what it says."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date

from kithkin.feeds.cin_census.checks import Seen, check_child
from kithkin.feeds.cin_census.events import Putter
from kithkin.feeds.cin_census.layout import DATES, NEEDED
from kithkin.feeds.cin_census.nodes import Node, children_of
from kithkin.feeds.cin_census.rules import RULES, Census
from kithkin.feeds.delivery import DeliveredFile, Delivery
from kithkin.feeds.loading import FileSink, Loader
from kithkin.feeds.parsing import clean, read_day
from kithkin.feeds.xml import iterate

LAYOUTS = ("iso", "uk")


def read_cin_census(delivery: Delivery, loader: Loader) -> None:
    """Load census files; each child and each part of a case is a row of the account.

    Of several years' files the latest is read first, so that what it says of a case counts.
    Raises `FeedError` for a file that is not well-formed XML.
    """
    putter = Putter()
    with ExitStack() as stack:
        sinks = [(file, stack.enter_context(loader.file(file))) for file in delivery.files]
        headed = [(file, sink, _census(file, sink)) for file, sink in sinks]
        for file, sink, census in sorted(headed, key=lambda each: each[2].ends, reverse=True):
            _read(file, sink, census, putter)


def _read(file: DeliveredFile, sink: FileSink, census: Census, putter: Putter) -> None:
    seen = Seen()
    for child in children_of(file, sink):
        _read_dates(child)
        check_child(child, census)
        seen.add(child)
        _put(child, census, putter)
    seen.report()


def _census(file: DeliveredFile, sink: FileSink) -> Census:
    """Read the year and the reference date; without them the day of the extract stands in."""
    line, header = next(iterate(file, "Header"), (None, None))
    year = clean(header.findtext(".//Year")) if header is not None else None
    stated = clean(header.findtext(".//ReferenceDate")) if header is not None else None
    ends = _day(stated)
    if ends is None or year is None or not year.isdecimal():
        sink.finding("K-CIN-HEADER", f"{RULES['K-CIN-HEADER']}.", "Send the whole message.",
                     row=line, column="ReferenceDate", value=stated)  # fmt: skip
        ends = ends or sink.delivery.extracted_on
        return Census(ends.year, ends)
    if ends != date(int(year), 3, 31):
        sink.finding("100", f"{RULES['100']}: {stated}.", "Correct the header.", row=line,
                     column="ReferenceDate", value=stated)  # fmt: skip
    return Census(int(year), ends)


def _day(text: str | None) -> date | None:
    try:
        return read_day(text, LAYOUTS)
    except ValueError:
        return None


def _read_dates(child: Node) -> None:
    rules = dict.fromkeys(DATES, ("K-CIN-DATE", RULES["K-CIN-DATE"]))
    for node in child.all():
        node.entry.read_days(rules, LAYOUTS)


def _put(child: Node, census: Census, putter: Putter) -> None:
    """Put a child and settle all of the child's rows."""
    record_id = child.entry.text("LAchildID")
    for node in child.all():
        if record_id is None:
            rule = "8500" if node is child else "K-CIN-ORPHAN"
            _set_aside(node, rule, "LAchildID", "Give the child's id.")
        elif not any(node.entry.day(column) for column in NEEDED.get(node.tag, ())) and (
            node is not child
        ):
            column = NEEDED[node.tag][0]
            rule = "8600" if node.tag == "CINdetails" else "K-CIN-START"
            _set_aside(node, rule, column, "Give the date on which it began.")
        else:
            putter.put(node, record_id, census)
            node.entry.sink.loaded(node.entry.row)


def _set_aside(node: Node, rule: str, column: str, remedy: str) -> None:
    node.entry.sink.set_aside(node.entry.row, rule, RULES[rule], node.content(), column=column,
                              remedy=remedy)  # fmt: skip
